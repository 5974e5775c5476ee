//! S as a list, the largest weights first.

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

impl<T: Scalar> Link<T> {
    /// Whether it stands before another one: by size of the weight, whatever its sign, then by output and token.
    fn is_before(&self, other: &Self) -> bool {
        let (own, others) = (self.weight.abs(), other.weight.abs());
        own > others || (own == others && (self.output, self.token) < (other.output, other.token))
    }
}

/// Writes the first of `links` in the order of [`Link::is_before`], as many as `to` has places. With fewer links than places,
/// the others stay as they are. Costs a logarithm of the places for each link, no memory: a heap (Williams 1964) with the last
/// of those that were kept on top.
pub(crate) fn rank<T: Scalar>(mut links: impl Iterator<Item = Link<T>>, to: &mut [Link<T>]) {
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
fn sift<T: Scalar>(heap: &mut [Link<T>], mut at: usize) {
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
