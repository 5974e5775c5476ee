//! What is generated is what the program would write, and names in the header follow its rule.

use std::fs;

#[test]
fn generated_files_are_up_to_date() {
    tutee_generate::each(|path, expected| {
        let found = fs::read_to_string(path).unwrap_or_default();
        let line = found.lines().zip(expected.lines()).take_while(|(found, expected)| found == expected).count() + 1;
        assert!(
            found == expected,
            "{} differs from what it is made from, first in line {line}; its own first line says how to make it again",
            path.display()
        );
    });
}

/// The rule of names in the header's introduction.
#[test]
fn every_function_begins_with_what_the_rule_names() {
    let header = fs::read_to_string(tutee_generate::root().join("include/tutee.h")).unwrap();
    let (_, rule) = header.split_once(" * Names. ").unwrap();
    let (rule, _) = rule.split_once("\n *\n").unwrap();
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let beginnings: Vec<String> = rule.match_indices("tutee_").map(|(at, _)| word(&rule[at..])).collect();
    let functions: Vec<String> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '/', '#']))
        .filter_map(|line| line.split_once('(').map(|(declared, _)| declared))
        .filter_map(|declared| declared.find("tutee_").map(|_| declared.rsplit([' ', '*']).next().unwrap().to_string()))
        .filter(|name| name.starts_with("tutee_"))
        .collect();
    assert!(functions.len() > 80, "{functions:?}");
    for function in &functions {
        assert!(beginnings.iter().any(|beginning| function.starts_with(beginning.as_str())), "{function}");
    }
    for beginning in &beginnings {
        assert!(
            functions.iter().any(|function| function.starts_with(beginning.as_str())),
            "{beginning} is no function's"
        );
    }
}
