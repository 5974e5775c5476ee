//! Compares what a target printed with the committed list.

/// The digest of the whole list, when every line is equal; else a sentence that names the first operation that differs.
pub(crate) fn compare<'a>(printed: &'a str, committed: &str) -> Result<&'a str, String> {
    let mut lines = printed.lines();
    let mut list = None;
    for expected in committed.lines() {
        let (operation, digest) = expected.split_once(' ').unwrap_or((expected, ""));
        match lines.next().map(|line| line.split_once(' ').unwrap_or((line, ""))) {
            Some((name, found)) if name == operation && found == digest => list = Some(found),
            Some((name, found)) if name == operation => {
                return Err(format!("the first operation that differs is {operation}: {found} instead of {digest}"));
            }
            Some((name, _)) => return Err(format!("printed {name:?} where {operation} was expected")),
            None => return Err(format!("stopped before {operation}")),
        }
    }
    match (list, lines.next()) {
        (_, Some(line)) => Err(format!("printed {line:?} after the list")),
        (Some(list), None) => Ok(list),
        (None, None) => Err("the committed list is empty".to_owned()),
    }
}

/// The operations whose lines are not the committed ones; all that the list has, if its names are others.
pub(crate) fn differing<'a>(printed: &str, committed: &'a str) -> Vec<&'a str> {
    let printed: Vec<_> = printed.lines().collect();
    let same_names = printed.len() == committed.lines().count();
    let lines = committed.lines().enumerate();
    let lines = lines.filter(|&(i, line)| !same_names || printed.get(i) != Some(&line));
    lines.map(|(_, line)| line.split_once(' ').map_or(line, |(operation, _)| operation)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = "f32/exp 01\nf32/sum 02\nlist 03\n";

    #[test]
    fn equal_lists_give_the_digest_of_the_list() {
        assert_eq!(compare(COMMITTED, COMMITTED), Ok("03"));
        assert_eq!(compare("f32/exp 01\r\nf32/sum 02\r\nlist 03\r\n", COMMITTED), Ok("03"));
    }

    #[test]
    fn all_that_differ_are_listed() {
        assert!(differing(COMMITTED, COMMITTED).is_empty());
        assert_eq!(differing("f32/exp 01\nf32/sum 99\nlist 98\n", COMMITTED), ["f32/sum", "list"]);
        assert_eq!(differing("f32/exp 01\n", COMMITTED), ["f32/exp", "f32/sum", "list"]);
    }

    #[test]
    fn the_first_operation_that_differs_is_named() {
        let error = compare("f32/exp 01\nf32/sum 99\nlist 98\n", COMMITTED).unwrap_err();
        assert_eq!(error, "the first operation that differs is f32/sum: 99 instead of 02");
    }

    #[test]
    fn lists_of_other_lengths_and_names_are_refused() {
        assert_eq!(compare("f32/exp 01\n", COMMITTED).unwrap_err(), "stopped before f32/sum");
        assert_eq!(compare("", COMMITTED).unwrap_err(), "stopped before f32/exp");
        assert_eq!(compare("panic\n", COMMITTED).unwrap_err(), "printed \"panic\" where f32/exp was expected");
        assert!(
            compare("f32/exp 01\nf32/sum 02\nlist 03\nmore 04\n", COMMITTED).unwrap_err().contains("after the list")
        );
        assert!(compare("", "").is_err());
    }
}
