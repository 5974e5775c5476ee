//! Links that stand out, and how many of the students of parts of the data have them, too.

use std::ptr;

use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

#[test]
#[cfg_attr(miri, ignore = "a training of hours there")]
fn a_link_is_sure_that_both_halves_find() {
    let pairs = recorded(64, 10);
    let half = |first: usize| {
        let part = |all: &[Real], of_one: usize| all[first * of_one..(first + 32) * of_one].to_vec();
        (part(&pairs.0, READ), part(&pairs.1, ANSWERS))
    };
    let trained = |count: usize, pairs: &(Vec<Real>, Vec<Real>)| {
        let mut raw = Raw::new(READINGS, ALL, IDENTITY);
        ok(raw.observe(count, pairs));
        ok(raw.begin());
        for _ in 0..1500 {
            ok(raw.accumulate(count, pairs));
            raw.step(&usual()).unwrap();
        }
        raw
    };
    let [_, _, mixing] = trained(64, &pairs).explain([2, 2, 6]);
    let mut parts: Vec<Real> = vec![];
    for first in [0, 32] {
        let [_, _, mixing] = trained(32, &half(first)).explain([2, 2, 6]);
        parts.extend(mixing);
    }
    let none = tutee_sure_link { output: 77, token: 77, weight: -7.0, found: 77, parts: 77 };
    let sure_of = |mixing: &[Real], parts: &[Real], places: usize| {
        let (mut links, mut count) = (vec![none; places], 777);
        // SAFETY: the arrays are as long as is said.
        match unsafe {
            let parts_at = if parts.is_empty() { ptr::null() } else { parts.as_ptr() };
            let (at, links_at) = (mixing.as_ptr(), links.as_mut_ptr());
            mixing_links(&READINGS, at, mixing.len(), parts_at, parts.len(), links_at, places, &mut count)
        } {
            TUTEE_OK => Ok((count, links)),
            status => {
                assert_eq!((count, &links), (777, &vec![none; places]));
                Err(status)
            }
        }
    };
    let sure = |parts: &[Real], places: usize| sure_of(&mixing, parts, places);
    let (count, links) = sure(&parts, 6).unwrap();
    assert_eq!(count, 3, "{links:?}");
    assert_eq!(links[3..], [none; 3]);
    let found = |links: &[tutee_sure_link<Real>]| {
        let mut found: Vec<_> = links.iter().map(|link| (link.output, link.token, link.found, link.parts)).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(found(&links[..3]), [(0, 0, 2, 2), (1, 1, 2, 2), (1, 2, 2, 2)]);
    assert!(links[..3].is_sorted_by(|a, b| a.weight.abs() >= b.weight.abs()));
    let (count, first) = sure(&parts, 2).unwrap();
    assert_eq!((count, &first[..]), (3, &links[..2]));
    // The second half says little of what 1 takes from 2, and then the opposite of what 0 takes from 0: of halves that differ by that much
    // nothing is sure.
    parts[11] *= 0.3;
    let (_, doubtful) = sure(&parts, 3).unwrap();
    assert_eq!(found(&doubtful), [(0, 0, 2, 2), (1, 1, 2, 2), (1, 2, 1, 2)]);
    parts[6] = -parts[6];
    let (_, unsure) = sure(&parts, 3).unwrap();
    assert_eq!(found(&unsure), [(0, 0, 0, 2), (1, 1, 0, 2), (1, 2, 0, 2)]);
    let (_, unknown) = sure(&[], 3).unwrap();
    assert!(unknown.iter().all(|link| (link.found, link.parts) == (0, 0)));
    for (wrong, places) in [(&parts[..11], 3), (&parts[..], 0), (&parts[..], 7)] {
        assert_eq!(sure(wrong, places), Err(TUTEE_ERROR_LENGTH));
    }
    parts[7] = Real::NAN;
    assert_eq!(sure(&parts, 3), Err(TUTEE_ERROR_NOT_FINITE));
    assert_eq!(sure_of(&parts[6..], &[], 3), Err(TUTEE_ERROR_NOT_FINITE));
    assert_eq!(sure_of(&mixing[1..], &[], 3), Err(TUTEE_ERROR_LENGTH));
}
