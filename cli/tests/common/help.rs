//! What `--help` says of a command.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::common::tutee;

/// Help of a command, or of the program.
pub fn help(folder: &Path, command: &[&str]) -> String {
    String::from_utf8(tutee(folder, &[command, &["--help"]].concat()).stdout).unwrap()
}

/// The commands.
pub fn commands(folder: &Path) -> Vec<String> {
    let all = help(folder, &[]);
    let commands = all.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<_> = commands.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(commands.len() > 10, "{commands:?}");
    commands
}

/// The options of a command, each with the words that it takes, where these are listed; its arguments under no name.
pub fn options(help: &str) -> BTreeMap<String, BTreeSet<String>> {
    let (mut options, mut name) = (BTreeMap::<String, BTreeSet<String>>::new(), String::new());
    for line in help.lines().map(str::trim_start) {
        let line = line.strip_prefix("-h, ").or(line.strip_prefix("-V, ")).unwrap_or(line);
        if let Some(option) = line.strip_prefix("--") {
            name = option.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap().to_owned();
            options.entry(name.clone()).or_default();
        } else if let Some((word, _)) = line.strip_prefix("- ").and_then(|line| line.split_once(": ")) {
            let word = word.trim_end_matches(":FILE").to_owned();
            options.entry(name.clone()).or_default().insert(word);
        }
    }
    options
}
