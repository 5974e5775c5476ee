//! Text that others wrote, such as names of files, as a line of a terminal can show it.

use std::fmt;

/// Characters of a name in a table or before a bar.
pub const LONGEST_NAME: usize = 40;

/// At most `longest` characters on one line: control characters, and those that turn the direction of what follows, are
/// escaped, and what is too long loses its middle.
pub fn shown(text: &str, longest: usize) -> String {
    let plain = |c: char| !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut escaped = String::new();
    for c in cut(text, longest).chars() {
        if plain(c) { escaped.push(c) } else { escaped.extend(c.escape_default()) }
    }
    cut(&escaped, longest)
}

/// The text without its middle, where it has more than `longest` characters.
fn cut(text: &str, longest: usize) -> String {
    let more = text.char_indices().nth(longest).is_some();
    if !more {
        return text.to_owned();
    }
    let kept = longest.saturating_sub(1);
    let tail = kept / 2;
    let head: String = text.chars().take(kept - tail).collect();
    let tail: Vec<char> = text.chars().rev().take(tail).collect();
    head + "…" + &tail.into_iter().rev().collect::<String>()
}

/// A number of things, of which one is one: `1 run`, `2 runs`, `0 runs`.
pub fn several(number: impl TryInto<u64>, thing: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Words on lines of at most `width` characters, `indent` spaces among them; a longer word has a line of its own.
pub fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for word in text.split_whitespace() {
        let length = word.chars().count();
        match lines.last_mut() {
            Some((used, line)) if *used + 1 + length <= width => {
                *used += 1 + length;
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push((indent + length, " ".repeat(indent) + word)),
        }
    }
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

/// A value that may be none.
pub fn told(value: Option<impl fmt::Debug>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_leave_its_line_is_escaped() {
        assert_eq!(shown("a\nb\u{1b}[31m\u{202e}é", 99), r"a\nb\u{1b}[31m\u{202e}é");
        assert_eq!(shown("", 99), "");
    }

    #[test]
    fn one_thing_is_one() {
        assert_eq!([0_u64, 1, 2].map(|n| several(n, "run")), ["0 runs", "1 run", "2 runs"]);
    }

    #[test]
    fn words_stay_whole_and_lines_within_their_width() {
        assert_eq!(wrapped("one two three", 2, 9), "  one two\n  three\n");
        assert_eq!(wrapped("one two three", 2, 8), "  one\n  two\n  three\n");
        assert_eq!(wrapped("ä unbreakable b", 0, 3), "ä\nunbreakable\nb\n");
        assert_eq!(wrapped("", 4, 80), "");
    }

    #[test]
    fn long_text_loses_its_middle() {
        assert_eq!(shown("abcdefghij", 10), "abcdefghij");
        assert_eq!(shown("abcdefghijk", 5), "ab…jk");
        assert_eq!(shown(&"\n".repeat(1000), 6), r"\n\…\n");
        assert!(shown(&"ä".repeat(1 << 20), 50).chars().count() == 50);
    }
}
