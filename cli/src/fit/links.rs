//! Who depends on whom: a matrix of attention as a short list.

use tutee::readings::Outstanding;

use super::record::Link;

/// The tokens that [stand out](Outstanding) in each row, output after output, the largest weight first. A row in which all weigh the
/// same has none.
pub fn ranked(attention: &[Vec<f64>]) -> Vec<Link> {
    let mut links = Vec::new();
    for (output, row) in attention.iter().enumerate() {
        let those = Outstanding::of(row.iter().copied());
        let mut row: Vec<_> =
            row.iter().copied().enumerate().filter(|&(token, weight)| those.has(token, weight)).collect();
        row.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        links.extend(row.into_iter().map(|(token, weight)| Link { output, token, weight, halves: None }));
    }
    links
}

/// Says of each link in how many of the matrices, those of either half of the pairs, it stands out, too.
pub fn confirm(links: &mut [Link], halves: &[Vec<Vec<f64>>]) {
    let listed: Vec<_> = halves.iter().map(|half| ranked(half)).collect();
    for link in links {
        let same = |other: &Link| (other.output, other.token) == (link.output, link.token);
        let agrees = |other: &Link| same(other) && other.weight * link.weight > 0.0;
        link.halves = Some(listed.iter().filter(|half| half.iter().any(agrees)).count());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_out_is_listed_and_even_rows_are_not() {
        let rows = [
            vec![0.02, 0.74, 0.08, 0.06, 0.036, 0.022, 0.021, 0.021],
            vec![0.125; 8],
            vec![0.2, -0.42, 0.001, 0.002, 0.001, 0.002, 0.001, 0.19],
            vec![0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0],
        ];
        let listed: Vec<_> = ranked(&rows).iter().map(|link| (link.output, link.token)).collect();
        assert_eq!(listed, [(0, 1), (0, 2), (0, 3), (0, 4), (2, 1), (2, 0), (2, 7), (3, 1), (3, 2)]);
        assert_eq!(ranked(&[vec![1.0]]).len(), 1);
        let mut links = ranked(&[vec![0.0, 0.5, -0.4, 0.3]]);
        confirm(&mut links, &[vec![vec![0.0, 0.5, 0.4, 0.3]], vec![vec![0.0, 0.5, -0.4, 0.0]]]);
        let halves: Vec<_> = links.iter().map(|link| link.halves).collect();
        assert_eq!(halves, [Some(2), Some(1), Some(1)]);
    }
}
