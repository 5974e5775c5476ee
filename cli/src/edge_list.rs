//! Reads an undirected graph from a list of edges.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::failure::Failure;
use crate::memory::LARGEST;
use crate::text::shown;

/// Characters of a file's text that a message repeats.
const LONGEST_QUOTE: usize = 40;
/// Edges of the largest list: the core compares each with each.
const MOST_EDGES: usize = 1 << 16;
/// Bytes of the largest file: a bound on what is no list of edges at all.
const LONGEST_FILE: u64 = 1 << 26;

const EDGE: &str = r#"an edge "a b", two numbers of tokens from 0"#;

/// The edges, each once and none from a token to itself, and the number of tokens that they need.
#[derive(Debug, PartialEq, Eq)]
pub struct EdgeList {
    pub edges: Vec<(usize, usize)>,
    pub tokens: usize,
}

/// Reads the edges in `path`, one a line. What follows a `#` is a comment, and lines without an edge count for nothing.
///
/// # Errors
/// One line that names the file, the line and what was expected.
pub fn read(path: &Path) -> Result<EdgeList, Failure> {
    let file = path.display();
    let refuse = |message: String| Failure::usage(format!("{file}: {message}"));
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| refuse(format!("{error}; expected a list of edges")))?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(refuse(format!("more than {LONGEST_FILE} bytes; expected a list of edges")));
    }
    let text = String::from_utf8(bytes).map_err(|_| refuse("expected a list of edges in UTF-8".into()))?;
    parse(&text).map_err(refuse)
}

fn parse(text: &str) -> Result<EdgeList, String> {
    let most = LARGEST.isqrt();
    let (mut edges, mut tokens, mut lines) = (Vec::new(), 0, HashMap::new());
    // Some editors begin a file with a byte order mark.
    for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = i + 1;
        let said = line.split('#').next().unwrap_or_default();
        let words: Vec<_> = said.split_whitespace().take(3).collect();
        let [a, b] = match words.as_slice() {
            [] => continue,
            [a, b] => [*a, *b],
            _ => return Err(format!("line {number}: {:?}; expected {EDGE}", shown(said.trim(), LONGEST_QUOTE))),
        };
        let token = |word: &str| {
            let digits = word.bytes().all(|byte| byte.is_ascii_digit());
            let token = word.parse().ok().filter(|&token: &usize| digits && token < most);
            let expected = || format!("expected the number of a token, from 0 to {}", most - 1);
            token.ok_or_else(|| format!("line {number}: {:?}; {}", shown(word, LONGEST_QUOTE), expected()))
        };
        let (a, b) = (token(a)?, token(b)?);
        if a == b {
            let expected = "expected two different tokens; every token is its own neighbour already";
            return Err(format!("line {number}: an edge from {a} to {b}; {expected}"));
        }
        if let Some(before) = lines.insert((a.min(b), a.max(b)), number) {
            return Err(format!(
                "line {number}: the edge of line {before} again; expected each once, in either direction"
            ));
        }
        if edges.len() == MOST_EDGES {
            return Err(format!("line {number}: more than {MOST_EDGES} edges; expected fewer"));
        }
        tokens = tokens.max(a.max(b) + 1);
        edges.push((a, b));
    }
    if edges.is_empty() {
        return Err(format!("no edges; expected at least one line with {EDGE}"));
    }
    Ok(EdgeList { edges, tokens })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_comments_and_empty_lines() {
        let text = "\u{feff}# a kite\n\n0 1\n 2\t1 # and back\r\n0 2\n3 2";
        assert_eq!(parse(text), Ok(EdgeList { edges: vec![(0, 1), (2, 1), (0, 2), (3, 2)], tokens: 4 }));
    }

    #[test]
    fn every_mistake_is_named_by_its_line() {
        for (text, expected) in [
            ("", "no edges; expected at least one line with an edge"),
            ("# 0 1\n", "no edges"),
            ("0 1\n2", r#"line 2: "2"; expected an edge "a b""#),
            ("0 1 0.5", r#"line 1: "0 1 0.5"; expected an edge"#),
            ("0,1", r#"line 1: "0,1"; expected an edge"#),
            ("\n0 -1", r#"line 2: "-1"; expected the number of a token, from 0 to 8191"#),
            ("+1 2", r#"line 1: "+1"; expected the number"#),
            ("0 8192", r#""8192"; expected the number"#),
            ("0 99999999999999999999999", "expected the number"),
            ("4 4", "line 1: an edge from 4 to 4; expected two different tokens"),
            ("0 1\n#\n1 0", "line 3: the edge of line 1 again"),
        ] {
            let message = parse(text).expect_err(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
        let many: String = (0..400).flat_map(|a| (a + 1..400).map(move |b| format!("{a} {b}\n"))).collect();
        assert_eq!(parse(&many), Err("line 65537: more than 65536 edges; expected fewer".into()));
    }
}
