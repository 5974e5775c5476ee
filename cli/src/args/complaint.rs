//! What is said of a command line that is none.

/// What is wrong with a command line: the first paragraph says it, and a later one what may have been meant; the rest is a usage
/// reminder.
pub(super) fn complaint(error: &clap::Error) -> String {
    let text = error.to_string();
    let mut paragraphs = text.split("\n\n").map(str::trim);
    let first = paragraphs.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let hints = paragraphs.filter(|hint| hint.starts_with("tip: ")).flat_map(str::lines).map(str::trim);
    hints
        .filter(|hint| hint.contains("exist"))
        .fold(first, |line, hint| format!("{line}; {}", hint.trim_start_matches("tip: ")))
}
