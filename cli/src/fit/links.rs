//! Who depends on whom: a matrix of attention as a short list.

use tutee::Error;
use tutee::readings::{Outstanding, SureLink, sure_links};

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

/// Says of each link of a matrix of attention in how many of those of either half of the pairs it is, too, by more than chance
/// ([`sure_links`]).
pub fn confirm(links: &mut [Link], attention: &[Vec<f64>], halves: &[Vec<Vec<f64>>]) -> Result<(), Error> {
    let none = SureLink { link: tutee::readings::Link { output: 0, token: 0, weight: 0.0 }, found: 0, parts: 0 };
    let (tokens, mixing) = (attention.first().map_or(1, Vec::len), attention.concat());
    let mut sure = vec![none; mixing.len()];
    let count =
        sure_links(tokens, &mixing, &halves.iter().flatten().flatten().copied().collect::<Vec<_>>(), &mut sure)?;
    for link in links {
        let same = |other: &&SureLink<f64>| {
            (other.link.output as usize, other.link.token as usize) == (link.output, link.token)
        };
        link.halves = sure.iter().take(count).find(same).map(|other| other.found as usize);
    }
    Ok(())
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
        let row = |sign: f64| {
            vec![vec![0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, sign * 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]; 4]
        };
        let mut links = ranked(&row(1.0));
        // Of one output the second half lacks a link, or has it with another sign, or all have.
        let mut other = row(1.0);
        other[2][8] = 0.0;
        confirm(&mut links, &row(1.0), &[row(1.0), other.clone()]).unwrap();
        let told = |links: &[Link]| links.iter().map(|link| link.halves.unwrap()).collect::<Vec<_>>();
        assert_eq!(told(&links), [2, 2, 2, 2, 2, 1, 2, 2]);
        // Then three times what its row differs in are .106, which .1 is not above in the first half.
        other[2][8] = -0.1;
        confirm(&mut links, &row(1.0), &[row(1.0), other]).unwrap();
        assert_eq!(told(&links), [2, 2, 2, 2, 2, 0, 2, 2]);
        confirm(&mut links, &row(1.0), &[row(1.0), row(-1.0)]).unwrap();
        assert_eq!(told(&links), [2, 0, 2, 0, 2, 0, 2, 0]);
    }
}
