//! S as a list, the largest weights first; which of them stand out, and which of those students of parts of the data find, too.

use crate::error::Error;
use crate::matrix::{Rows, check_finite, check_length};
use crate::scalar::Scalar;

/// One entry of S: how much an output takes from a token.
#[repr(C)] // The C interface has it as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Link<T> {
    /// Who takes.
    pub output: u32,
    /// From whom.
    pub token: u32,
    /// How much: an entry of S, which is not zero only where there is a link.
    pub weight: T,
}

/// A link that stands out, and how sure it is.
#[repr(C)] // The C interface has it as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SureLink<T> {
    /// The link.
    pub link: Link<T>,
    /// In how many students, each of a part of the data, it stands out, too, with the sign that it has, and by more than chance
    /// ([`sure_links`]).
    pub found: u32,
    /// How many of them there are.
    pub parts: u32,
}

/// What can be put in order.
pub(crate) trait Ordered: Copy {
    /// Whether it stands before another one.
    fn is_before(&self, other: &Self) -> bool;
}

impl<T: Scalar> Ordered for Link<T> {
    /// By size of the weight, whatever its sign, then by output and token.
    fn is_before(&self, other: &Self) -> bool {
        let (own, others) = (self.weight.abs(), other.weight.abs());
        own > others || (own == others && (self.output, self.token) < (other.output, other.token))
    }
}

impl<T: Scalar> Ordered for SureLink<T> {
    fn is_before(&self, other: &Self) -> bool {
        self.link.is_before(&other.link)
    }
}

/// How much more than the mean of all that weigh less a token has to weigh.
const ABOVE_THE_REST: f64 = 1.25;
/// Share of the largest weight of a row, below which nothing stands out.
const LEAST: f64 = 0.01;
/// By how many times what weights of parts differ from those of all a weight of a part has to be above those that do not stand out: of
/// answers that have nothing to do with the inputs fewer than one link in twenty is found in both halves, which `tests/tests/raw_readings/chance.rs`
/// counts.
const ABOVE_CHANCE: f64 = 3.0;

/// Which weights of a row of S stand out: taken from the largest down, whatever their signs, those that weigh a quarter more than the
/// mean of all that weigh less, and a hundredth of the largest, up to the first that does not. The only weight of a row stands
/// out; of a row in which all weigh the same none does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outstanding<T> {
    /// Size and place of the last that stands out.
    last: Option<(T, usize)>,
    /// Mean size of those that do not.
    rest: f64,
}

impl<T: Scalar> Outstanding<T> {
    /// Of a row of finite weights, in which it looks as often as there are weights that stand out.
    pub fn of(row: impl Iterator<Item = T> + Clone) -> Self {
        let mut rest: f64 = row.clone().map(|weight| weight.abs().to_f64()).sum();
        let (count, mut last, mut listed, mut largest) = (row.clone().count(), None, 0, 0.0);
        while let Some((size, place)) = next_after(row.clone(), last) {
            let (weight, after) = (size.to_f64(), count - listed - 1);
            largest = if listed == 0 { weight } else { largest };
            rest -= weight;
            let mean = if after == 0 { 0.0 } else { rest / f64::from_usize(after) };
            if count > 1 && (weight <= ABOVE_THE_REST * mean || after == 0 || weight < LEAST * largest) {
                return Self { last, rest: (rest + weight) / f64::from_usize(after + 1) };
            }
            (last, listed) = (Some((size, place)), listed + 1);
        }
        Self { last, rest: 0.0 }
    }

    /// Whether the weight at this place of the row stands out.
    pub fn has(&self, place: usize, weight: T) -> bool {
        self.last.is_some_and(|last| !is_after((weight.abs(), place), last))
    }
}

/// The entries of a matrix S, `outputs x tokens`, that [stand out](Outstanding), the farthest from zero first, as many as `links` has places,
/// each with how many of the students of parts of the data have it, too; returns how many stand out in all. For the attention of
/// any student, as [`StudentView::attention`](crate::student::StudentView::attention) writes it, at rates of one's own, too.
///
/// `parts` holds S of those students one behind the other: usually of two, each trained on half of the pairs, so that what both find is
/// no accident of a few pairs. It may be empty. A part has a link where it stands out there with the sign that it has here, and
/// exceeds the mean of what does not in that row by three times what the weights of the parts differ from those of `mixing`, root of
/// the mean square of all entries or of those of the row, whichever is larger: where parts of the data disagree about most of S, as about
/// answers that are nothing but noise, or of a row, as about one sensor that fails, what they agree on is chance. That both halves have a link does not make it a cause: what the inputs of two tokens
/// have in common is in both.
///
/// Of equal links the first output and token come first; what is left of `links` behind those that stand out stays as it is.
/// Costs a pass over each part, and two over a row for each of its links, here and in every part.
///
/// # Errors
/// [`Error::Zero`] for tokens; [`Error::Length`] where a matrix is no whole number of rows, where there are more places than entries, or
/// `parts` is no whole number of matrices; [`Error::NotFinite`]. Nothing is written then.
pub fn sure_links<T: Scalar>(
    tokens: usize,
    mixing: &[T],
    parts: &[T],
    links: &mut [SureLink<T>],
) -> Result<usize, Error> {
    let outputs = mixing.len().checked_div(tokens).ok_or(Error::Zero { what: "tokens" })?;
    check_length("mixing", mixing, outputs.max(1).saturating_mul(tokens))?;
    check_finite("mixing", mixing)?;
    sure(tokens, Rows::new(mixing, tokens).map(|row| row.iter().copied()), parts, (mixing.len(), links))
}

/// Those of rows that are known to be finite, `entries` weights in all.
pub(crate) fn sure<T: Scalar, R: Iterator<Item = T> + Clone>(
    tokens: usize,
    rows: impl Iterator<Item = R> + Clone,
    parts: &[T],
    (entries, links): (usize, &mut [SureLink<T>]),
) -> Result<usize, Error> {
    if links.len() > entries {
        return Err(Error::Length { what: "links", expected: entries, found: links.len() });
    }
    let count = parts.len().checked_div(entries).unwrap_or(0);
    check_length("parts", parts, count.saturating_mul(entries))?;
    check_finite("parts", parts)?;
    // No size exceeds 2^24.
    let standing_out = (0_u32..).zip(rows.clone()).flat_map(|(output, row)| {
        let those = Outstanding::of(row.clone());
        let links = (0_u32..).zip(row).map(move |(token, weight)| Link { output, token, weight });
        links.filter(move |link| those.has(link.token as usize, link.weight))
    });
    let all = standing_out.clone().count();
    let matrices = || Rows::new(parts, entries);
    let of_all = differing(rows.clone().flatten(), matrices());
    rank(standing_out.map(|link| SureLink { link, found: 0, parts: 0 }), links);
    for sure in links.iter_mut().take(all) {
        let (output, token) = (sure.link.output as usize, sure.link.token as usize);
        let there = || matrices().map(|part| Rows::new(part, tokens).nth(output).unwrap_or_default());
        // Among answers that parts agree on, one may be noise: then its own row says what chance makes of it.
        let of_row = rows.clone().nth(output).map_or(0.0, |row| differing(row, there()));
        let chance = if of_row > of_all { of_row } else { of_all };
        let found = there().filter(|row| {
            let weight = row.get(token).copied().unwrap_or(T::ZERO);
            let alike = (weight > T::ZERO) == (sure.link.weight > T::ZERO) && weight != T::ZERO;
            let those = Outstanding::of(row.iter().copied());
            let above = weight.abs().to_f64() - those.rest;
            alike && those.has(token, weight) && above * above > ABOVE_CHANCE * ABOVE_CHANCE * chance
        });
        sure.found = u32::try_from(found.count()).unwrap_or(u32::MAX);
        sure.parts = u32::try_from(count).unwrap_or(u32::MAX);
    }
    Ok(all)
}

/// By how much weights of parts differ from those of all, mean square: what chance makes of them. `parts` are of the same entries as
/// `weights`.
fn differing<'a, T: Scalar>(weights: impl Iterator<Item = T> + Clone, parts: impl Iterator<Item = &'a [T]>) -> f64 {
    let (mut sum, mut entries) = (0.0, 0);
    for part in parts {
        for (weight, &other) in weights.clone().zip(part) {
            let apart = weight.to_f64() - other.to_f64();
            sum += apart * apart;
            entries += 1;
        }
    }
    if entries == 0 { 0.0 } else { sum / f64::from_usize(entries) }
}

/// Whether one weight, by its size and place, comes after another from the largest down.
fn is_after<T: Scalar>(own: (T, usize), other: (T, usize)) -> bool {
    own.0 < other.0 || (own.0 == other.0 && own.1 > other.1)
}

/// Size and place of the largest weight that comes after `last`.
fn next_after<T: Scalar>(row: impl Iterator<Item = T>, last: Option<(T, usize)>) -> Option<(T, usize)> {
    let sizes = row.enumerate().map(|(place, weight)| (weight.abs(), place));
    let left = sizes.filter(|&own| last.is_none_or(|last| is_after(own, last)));
    left.reduce(|best, own| if is_after(best, own) { own } else { best })
}

/// Writes the first of `links` in the order of [`Ordered::is_before`], as many as `to` has places. With fewer links than places,
/// the others stay as they are. Costs a logarithm of the places for each link, no memory: a heap (Williams 1964) with the last
/// of those that were kept on top.
pub(crate) fn rank<L: Ordered>(mut links: impl Iterator<Item = L>, to: &mut [L]) {
    let mut kept = 0;
    for place in &mut *to {
        let Some(link) = links.next() else { break };
        *place = link;
        kept += 1;
    }
    let Some(heap) = to.get_mut(..kept) else { return };
    for at in (0..kept / 2).rev() {
        sift(heap, at);
    }
    for link in links {
        if let Some(top) = heap.first_mut()
            && link.is_before(top)
        {
            *top = link;
            sift(heap, 0);
        }
    }
    let mut rest = heap;
    // The top of the heap is the last of its links.
    while let Some((last, others)) = rest.split_last_mut() {
        if let Some(top) = others.first_mut() {
            core::mem::swap(top, last);
        }
        sift(others, 0);
        rest = others;
    }
}

/// Moves the link at `at` down to where none below stands after it.
fn sift<L: Ordered>(heap: &mut [L], mut at: usize) {
    while let Some(&link) = heap.get(at) {
        let left = 2 * at + 1;
        let Some(&first) = heap.get(left) else { return };
        let (child, below) = match heap.get(left + 1) {
            Some(&second) if first.is_before(&second) => (left + 1, second),
            _ => (left, first),
        };
        if !link.is_before(&below) {
            return;
        }
        if let Some(place) = heap.get_mut(at) {
            *place = below;
        }
        if let Some(place) = heap.get_mut(child) {
            *place = link;
        }
        at = child;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn what_stands_out_is_told_from_what_is_even() {
        let listed = |row: &[f64]| {
            let those = Outstanding::of(row.iter().copied());
            (0..row.len()).filter(|&place| those.has(place, row[place])).collect::<Vec<_>>()
        };
        assert_eq!(listed(&[0.02, 0.74, 0.08, 0.06, 0.036, 0.022, 0.021, 0.021]), [1, 2, 3, 4]);
        assert_eq!(listed(&[0.125; 8]), []);
        assert_eq!(listed(&[0.2, -0.42, 0.001, 0.002, 0.001, 0.002, 0.001, 0.19]), [0, 1, 7]);
        assert_eq!(listed(&[0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]), [1, 2]);
        assert_eq!(listed(&[1.0]), [0]);
        assert_eq!(listed(&[0.0; 3]), []);
        assert_eq!(listed(&[]), []);
        // A hundredth of the largest.
        assert_eq!(listed(&[100.0, 1.1, 0.0, 0.0]), [0, 1]);
        assert_eq!(listed(&[100.0, 0.9, 0.0, 0.0]), [0]);
    }

    #[test]
    fn links_of_any_matrix_say_in_how_many_parts_they_are() {
        let mixing = [0.1, 0.1, 0.7, 0.1, 0.45, 0.05, 0.05, 0.45];
        // One part has an even first row, and the second one turns a sign.
        let parts = [0.25, 0.25, 0.25, 0.25, 0.44, 0.06, 0.06, 0.44, 0.1, 0.1, 0.7, 0.1, -0.4, 0.1, 0.1, 0.4];
        let none = SureLink { link: Link { output: 9, token: 9, weight: 9.0 }, found: 9, parts: 9 };
        let link = |output, token, weight, found| SureLink { link: Link { output, token, weight }, found, parts: 2 };
        let mut links = [none; 4];
        assert_eq!(sure_links(4, &mixing, &parts, &mut links), Ok(3));
        // The root of the mean square is (0.27 + 0.0004 + 0.73)^(1/2) / 4 = 0.25, three of which nothing is above.
        assert_eq!(links, [link(0, 2, 0.7, 0), link(1, 0, 0.45, 0), link(1, 3, 0.45, 0), none]);
        // With the sign it is (0.27 + 0.0004 + 0.01)^(1/2) / 4 = 0.132: 0.7 is 0.6 above the others, 0.44 is 0.38.
        let mut alike = parts;
        alike[12] = 0.4;
        assert_eq!(sure_links(4, &mixing, &alike, &mut links), Ok(3));
        assert_eq!(links, [link(0, 2, 0.7, 1), link(1, 0, 0.45, 0), link(1, 3, 0.45, 0), none]);
        // Where a small weight of a long row has another sign, little differs.
        let mut long = [0.0; 64];
        (long[7], long[9]) = (0.7, -0.1);
        let mut turned = long;
        turned[9] = 0.1;
        let mut two = [none; 2];
        assert_eq!(sure_links(64, &long, &[long, turned].concat(), &mut two), Ok(2));
        assert_eq!(two, [link(0, 7, 0.7, 2), link(0, 9, -0.1, 1)]);
        // Of nine rows eight are alike in both parts; the root of the mean square is 0.187 of the last, and 0.062 of all.
        let even = [0.1, 0.1, 0.7, 0.1].repeat(8);
        let (of_all, early, late) = ([0.1, 0.1, 0.7, 0.1], [0.4, 0.0, 0.5, 0.1], [0.0, 0.4, 0.5, 0.1]);
        let of_nine = [&even[..], &early, &even, &late].concat();
        let mut nine = [none; 9];
        assert_eq!(sure_links(4, &[&even[..], &of_all].concat(), &of_nine, &mut nine), Ok(9));
        assert!(nine.iter().all(|sure| sure.found == if sure.link.output == 8 { 0 } else { 2 }), "{nine:?}");
        let length = |what, expected, found| Err(Error::Length { what, expected, found });
        let mut many = [none; 9];
        assert_eq!(sure_links(4, &mixing, &[], &mut many), length("links", 8, 9));
        assert_eq!(sure_links(4, &mixing[1..], &[], &mut links), length("mixing", 4, 7));
        assert_eq!(sure_links(4, &[], &[], &mut links), length("mixing", 4, 0));
        assert_eq!(sure_links(4, &mixing, &parts[1..], &mut links), length("parts", 8, 15));
        assert_eq!(sure_links(0, &mixing, &[], &mut links), Err(Error::Zero { what: "tokens" }));
        let not = [f64::NAN; 8];
        assert_eq!(sure_links(4, &not, &[], &mut links), Err(Error::NotFinite { what: "mixing", index: 0 }));
        assert_eq!(sure_links(4, &mixing, &not, &mut links), Err(Error::NotFinite { what: "parts", index: 0 }));
    }

    #[test]
    fn the_first_places_are_those_of_a_sorted_list() {
        for links in [0_u32, 1, 2, 3, 10, 60] {
            // Weights that come up several times, and with either sign.
            let weight = |i: u32| f64::from((i * 7919 + 5) % 17) * if i.is_multiple_of(3) { -1.0 } else { 1.0 };
            let all: Vec<_> = (0..links).map(|i| Link { output: i / 8, token: i % 8, weight: weight(i) }).collect();
            let mut sorted = all.clone();
            sorted.sort_by(|a, b| {
                b.weight.abs().total_cmp(&a.weight.abs()).then((a.output, a.token).cmp(&(b.output, b.token)))
            });
            for places in 0..=links as usize + 1 {
                let none = Link { output: 99, token: 99, weight: 99.0 };
                let mut ranked = vec![none; places];
                rank(all.iter().copied(), &mut ranked);
                sorted.push(none);
                assert_eq!(ranked, sorted[..places], "{links} {places}");
                sorted.pop();
            }
        }
    }
}
