//! This machine computes the committed list, to the last bit.

use std::collections::BTreeSet;

use tutee::vector::Level;
use tutee_reference::{COMMITTED, Memory, Name, committed, compute, list_digest, program};

/// With each kind of vector registers that this processor has. (Other tests may meanwhile run at a level that is not the
/// best: their bits are the same, or this one fails.)
#[test]
fn every_entry_has_the_committed_digest_at_every_level() {
    let best = Level::best();
    let levels: Vec<Level> = Level::ALL.into_iter().filter(|&level| level <= best).collect();
    for level in &levels {
        level.limit();
        assert_eq!(Level::best(), *level);
        every_entry_has_the_committed_digest(*level);
    }
    println!("equal at {levels:?}");
    let mut memory = Box::new(Memory::ZERO);
    let mut of_each = levels.iter().map(|level| {
        level.limit();
        (1000..1000 + MORE_PROGRAMS).map(|number| program(&mut memory, number)).collect::<Vec<_>>()
    });
    let narrow = of_each.next().unwrap();
    assert!(narrow.iter().flatten().all(|&digest| digest != 0), "a program could not be run");
    for (digests, level) in of_each.zip(&levels[1..]) {
        for (number, (found, expected)) in digests.iter().zip(&narrow).enumerate() {
            assert_eq!(found, expected, "program {} at {level:?}", 1000 + number);
        }
    }
}

/// Random programs beyond those on the list, of which the levels are compared with each other.
const MORE_PROGRAMS: u64 = 300;

fn every_entry_has_the_committed_digest(level: Level) {
    let mut memory = Box::new(Memory::ZERO);
    let mut computed = vec![];
    compute(&mut memory, |name, digest| computed.push((name.to_string(), digest, committed(name))));
    let lines: String = computed.iter().map(|(name, digest, _)| format!("{name} {digest:016x}\n")).collect();
    if let Some((name, digest, expected)) = computed.iter().find(|(_, digest, expected)| Some(*digest) != *expected) {
        // What to commit when the difference is meant.
        println!("{lines}");
        panic!("{level:?}: the first operation that differs is {name}: {digest:016x} instead of {expected:016x?}");
    }
    // The same entries in the same order, and none that no run computes any more.
    assert_eq!(lines, COMMITTED);
    assert!(computed.len() > 250, "{} entries", computed.len());
    println!("{level:?}: {} digests equal", computed.len());
}

#[test]
fn no_run_is_refused_and_few_digests_agree_by_accident() {
    let mut memory = Box::new(Memory::ZERO);
    let mut digests = BTreeSet::new();
    let mut entries = 0;
    compute(&mut memory, |Name(parts), digest| {
        assert_ne!(digest, 0, "{parts:?} was refused");
        // A run that was interrupted must end where the one that was not ended: no digest of its own.
        if parts[2].ends_with("-resumed") {
            assert!(!digests.insert(digest), "{parts:?} did not end as if never stopped");
        } else {
            entries += 1;
            digests.insert(digest);
        }
    });
    // Some teachers give one student: one-of-each has nothing to attend to.
    assert!(digests.len() + 8 > entries, "{} of {entries} digests differ", digests.len());
}

#[test]
fn committed_knows_the_whole_name_only() {
    assert!(committed(Name(["f32", "exp", ""])).is_some());
    assert!(committed(Name(["f32", "conv-relu", ""])).is_none());
    assert!(committed(Name(["f32", "conv-relu", "online"])).is_some());
    assert!(committed(Name(["f16", "exp", ""])).is_none());
}

/// Programs that compute a part of the list each leave the digest of it all to who puts their lines together.
#[test]
fn the_lines_give_the_digest_of_the_list() {
    let (lines, list) = COMMITTED.trim_end().rsplit_once('\n').unwrap();
    let digest = list_digest(lines).map(|digest| format!("list {digest:016x}"));
    assert_eq!(digest.as_deref(), Some(list));
    assert_eq!(list_digest("f32/a/b/c/d 0123456789abcdef"), None);
    assert_eq!(list_digest("panic"), None);
}
