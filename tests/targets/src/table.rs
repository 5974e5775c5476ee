//! The table of the README: rendered, found between its markers, replaced.

use crate::targets::Target;

const BEGIN: &str = "<!-- matrix -->\n";
const END: &str = "<!-- /matrix -->";
const HEAD: &str = "| target | how it ran | digest of the list | equal |\n|---|---|---|---|\n";

const NOT_RUN: &str = " | not run |";

/// What became of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The digest of the list, equal to the committed one line by line.
    Equal(String),
    /// A sentence that says what differs or failed.
    Different(String),
    /// This machine's processor cannot run it.
    NoProcessor,
}

/// The whole table. A target that this machine cannot run keeps the row that `readme` has for it, as long as that row is of
/// the list of this `digest`: of another list nobody knows what it would compute.
pub(crate) fn render(outcomes: &[(Target, Outcome)], digest: &str, readme: &str) -> String {
    let mut table = HEAD.to_owned();
    for (target, outcome) in outcomes {
        let start = format!("| {} | {} |", target.name, target.how);
        let is_kept = |line: &&str| line.starts_with(&start) && line.contains(digest);
        let kept = || readme.lines().find(is_kept).map(ToOwned::to_owned);
        let row = match outcome {
            Outcome::Equal(digest) => format!("{start} `{digest}` | yes |"),
            Outcome::Different(_) => format!("{start} | no |"),
            Outcome::NoProcessor => kept().unwrap_or_else(|| format!("{start}{NOT_RUN}")),
        };
        table.push_str(&row);
        table.push('\n');
    }
    table
}

/// The table between the markers.
pub(crate) fn find(readme: &str) -> Option<&str> {
    let (_, rest) = readme.split_once(BEGIN)?;
    rest.split_once(END).map(|(table, _)| table)
}

/// Whether the table of the README says what was found. A target of which it says that nobody ran it may have been run here.
pub(crate) fn agrees(written: &str, found: &str) -> bool {
    let is_said = |(written, found): (&str, &str)| {
        let unknown = written.strip_suffix(NOT_RUN);
        written == found || unknown.is_some_and(|start| found.starts_with(start) && found.ends_with("| yes |"))
    };
    written.lines().count() == found.lines().count() && written.lines().zip(found.lines()).all(is_said)
}

/// The text with another table between the markers; `None` without markers.
pub(crate) fn replace(readme: &str, table: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some([before, BEGIN, table, END, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::TARGETS;

    const README: &str = "before\n<!-- matrix -->\nold\n<!-- /matrix -->\nafter\n";

    #[test]
    fn what_was_written_is_found_again() {
        let [first, second, ..] = TARGETS;
        let outcomes = [(first, Outcome::Equal("0123".to_owned())), (second, Outcome::Different(String::new()))];
        let table = render(&outcomes, "0123", README);
        assert!(table.ends_with("| `0123` | yes |\n| x86-64, SSE2 alone | natively, release | | no |\n"), "{table}");
        let written = replace(README, &table).unwrap();
        assert!(
            written.starts_with("before\n<!-- matrix -->\n| target |")
                && written.ends_with("<!-- /matrix -->\nafter\n")
        );
        assert_eq!(find(&written), Some(table.as_str()));
        assert_eq!((find("no markers"), replace("no markers", &table)), (None, None));
    }

    #[test]
    fn a_row_that_cannot_run_here_is_kept() {
        let [target, ..] = TARGETS;
        let written = replace(README, &render(&[(target, Outcome::Equal("0123".to_owned()))], "0123", README)).unwrap();
        let here = [(target, Outcome::NoProcessor)];
        assert_eq!(find(&written), Some(render(&here, "0123", &written).as_str()));
        assert!(render(&here, "0123", README).ends_with("| not run |\n"));
        // Of another list.
        let unknown = render(&here, "4567", &written);
        assert!(unknown.ends_with("| not run |\n"), "{unknown}");
        // Where it is run it may be equal, and nothing else.
        let equal = render(&[(target, Outcome::Equal("4567".to_owned()))], "4567", &written);
        let different = render(&[(target, Outcome::Different(String::new()))], "4567", &written);
        assert!(agrees(&unknown, &unknown) && agrees(&unknown, &equal) && agrees(&equal, &equal));
        assert!(!agrees(&unknown, &different) && !agrees(&equal, &unknown) && !agrees("", &equal));
    }
}
