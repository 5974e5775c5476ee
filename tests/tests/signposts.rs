//! What ARCHITECTURE.md and CONTRIBUTING.md point at is there: every file and folder, every `room::name` and `Type::name`, every
//! name of the code, and the packages and tests of the commands.
//!
//! What is in backticks is looked at, and the indented commands. Capitals such as `NAME` stand for what the reader fills in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Names that are not ours: of another crate, of Cargo's tables, of the paper.
const FOREIGN: [&str; 2] = ["ItemTooBig", "mul_add"];
/// What the reader fills in.
const FILLED_IN: [&str; 2] = ["NAME", "FILE"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file of the repository by its path, with its text where it is a source, and every folder by its path.
struct Tree {
    files: BTreeMap<String, String>,
    folders: BTreeSet<String>,
}

impl Tree {
    fn read() -> Self {
        let mut tree = Self { files: BTreeMap::new(), folders: BTreeSet::new() };
        let root = root();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                let last = name.rsplit('/').next().unwrap();
                if path.is_dir() && !["target", ".git"].contains(&last) {
                    tree.folders.insert(name);
                    folders.push(path);
                } else if path.is_file() {
                    // The two pages and this test prove nothing of what they name.
                    let source = [".rs", ".h", ".hpp", ".c", ".py", ".toml"].iter().any(|end| last.ends_with(end));
                    // Scripts have no ending, and say in their first line what they are.
                    let script = !last.contains('.');
                    let read = (source || script) && last != "signposts.rs";
                    let text = if read { fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
                    let text = if script && !text.starts_with("#!") { String::new() } else { text };
                    tree.files.insert(name, text);
                }
            }
        }
        tree
    }

    /// Whether a file or folder has this path, whole or from some folder on.
    fn has_path(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let inside = format!("/{path}");
        let is = |name: &String| name == path || name.ends_with(&inside);
        self.files.keys().chain(&self.folders).any(is)
    }

    fn has_word(&self, name: &str) -> bool {
        self.files.values().any(|text| has_word(text, name))
    }

    /// Sources in Rust of a room of the core, or of a module of any crate by the end of its path: `room` is `a::b`.
    fn sources_of(&self, room: &[&str]) -> Vec<&String> {
        let path = room.join("/");
        let ends = [format!("/{path}.rs"), format!("/{path}/mod.rs")];
        let inside = format!("/{path}/");
        let is =
            |name: &str| ends.iter().any(|end| name.ends_with(end)) || name.ends_with(".rs") && name.contains(&inside);
        self.files.iter().filter(|(name, _)| is(name)).map(|(_, text)| text).collect()
    }

    /// Sources that define a type or say what it can do.
    fn sources_with(&self, name: &str) -> Vec<&String> {
        let defines = |text: &str| {
            let words = ["struct", "enum", "trait", "type"];
            words.iter().any(|word| has_phrase(text, &format!("{word} {name}")))
                || has_phrase(text, &format!("for {name}"))
        };
        let mut sources: Vec<_> =
            self.files.iter().filter(|(path, text)| path.ends_with(".rs") && defines(text)).collect();
        // A type that its own folder says more of.
        sources.dedup();
        sources.into_iter().map(|(_, text)| text).collect()
    }

    /// Whether a path of Rust leads anywhere: rooms, then perhaps types, then perhaps a name.
    fn has_rust(&self, path: &str) -> bool {
        let names: Vec<&str> = path.trim_end_matches('!').split("::").filter(|name| !name.is_empty()).collect();
        let is_type = |name: &&str| name.starts_with(char::is_uppercase);
        let rooms: Vec<&str> = names.iter().copied().take_while(|name| !is_type(name)).collect();
        match &names[rooms.len()..] {
            [] if !self.sources_of(&rooms).is_empty() => true,
            [] => match rooms.split_last() {
                Some((name, rooms)) if !rooms.is_empty() => {
                    self.sources_of(rooms).iter().any(|text| defines(text, name))
                }
                _ => false,
            },
            [one] => self.sources_of(&rooms).iter().any(|text| has_word(text, one)),
            [of, name] => {
                let sources = self.sources_with(of);
                let within = rooms.is_empty() || self.sources_of(&rooms).iter().any(|text| has_word(text, of));
                within && sources.iter().any(|text| defines(text, name))
            }
            _ => false,
        }
    }

    /// What is wrong with a command of Cargo: a package or a test that is not there.
    fn of_command(&self, command: &str) -> Option<String> {
        let words: Vec<&str> = command.split_whitespace().collect();
        let after = |option: &str| words.iter().position(|word| *word == option).and_then(|at| words.get(at + 1));
        let has_package = |name: &str| {
            self.files
                .iter()
                .any(|(path, text)| path.ends_with("Cargo.toml") && text.contains(&format!("name = \"{name}\"")))
        };
        let package = after("-p").filter(|name| !has_package(name)).map(|name| format!("no package {name}"));
        let has_test =
            |name: &str| self.has_path(&format!("tests/{name}.rs")) || self.has_path(&format!("tests/{name}/main.rs"));
        let test = after("--test").filter(|name| !has_test(name)).map(|name| format!("no test {name}"));
        let has_program = |name: &str| self.has_path(&format!("src/bin/{name}.rs"));
        let program = after("--bin").filter(|name| !has_program(name)).map(|name| format!("no program {name}"));
        package.or(test).or(program)
    }

    /// What is wrong with a text in backticks, if anything.
    fn wrong(&self, text: &str) -> Option<String> {
        let first = text.split_whitespace().next().unwrap_or_default();
        let is_word = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
        let is_rust = |text: &str| text.trim_end_matches('!').split("::").all(is_word);
        let is_file = |text: &str| {
            let ends = [".rs", ".md", ".toml", ".h", ".hpp", ".c", ".py", ".js", ".txt", ".build"];
            ends.iter().any(|end| text.ends_with(end)) || text.contains('/')
        };
        let missing = |is_there: bool, what: &str| (!is_there).then(|| format!("no {what} `{text}`"));
        if text.starts_with("cargo ") {
            text.split("&&").find_map(|command| self.of_command(command))
        } else if FOREIGN.contains(&text) {
            None
        } else if first.contains("::") && is_rust(first) {
            missing(self.has_rust(first), "name")
        } else if is_file(first) && !first.contains(':') {
            let filled_in = FILLED_IN.iter().any(|word| first.contains(word));
            let path = if filled_in { first.rsplit_once('/').map_or("", |(folder, _)| folder) } else { first };
            missing(path.is_empty() || self.has_path(path), "file")
        } else if text.starts_with("--test ") {
            self.of_command(text)
        } else if is_word(text) && !FILLED_IN.iter().any(|word| text.contains(word)) {
            // Ordinary words are rooms, values, the paper's letters.
            let of_code = text.contains('_') || text.chars().any(char::is_uppercase);
            missing(!of_code || self.has_word(text), "name")
        } else {
            None
        }
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a text has a phrase that no letter continues at either end.
fn has_phrase(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + phrase.len()..].chars().next());
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    })
}

fn has_word(text: &str, name: &str) -> bool {
    has_phrase(text, name)
}

/// Whether a source defines a name: an item, a field or a variant.
fn defines(text: &str, name: &str) -> bool {
    let items = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod", "macro_rules!"];
    items.iter().any(|item| has_phrase(text, &format!("{item} {name}")))
        || text.lines().map(|line| line.trim_start().trim_start_matches("pub ")).any(|line| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| [":", ",", " {", "("].iter().any(|next| rest.starts_with(next)))
        })
}

/// What a page has in backticks, and its indented lines of commands, with the numbers of the lines.
fn signs(page: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    for (number, line) in (1..).zip(page.lines()) {
        found.extend(line.split('`').skip(1).step_by(2).map(|text| (number, text.to_owned())));
        if let Some(command) = line.strip_prefix("    ").filter(|command| command.starts_with("cargo ")) {
            found.push((number, command.split('#').next().unwrap().to_owned()));
        }
    }
    found
}

#[test]
fn what_the_pages_point_at_is_there() {
    let tree = Tree::read();
    let mut wrong = vec![];
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let signs = signs(&fs::read_to_string(root().join(page)).unwrap());
        assert!(signs.len() > 100, "{page}: {signs:?}");
        for (line, text) in signs {
            wrong.extend(tree.wrong(&text).map(|what| format!("{page}:{line}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Once a third of the tests stood nowhere on the page that says what each proves.
#[test]
fn every_test_is_on_the_page_of_tests() {
    let page = fs::read_to_string(root().join("tests/README.md")).unwrap();
    let mut files = 0;
    for folder in ["tests/tests", "cli/tests", "ffi/abi/tests"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".rs") {
                files += 1;
                assert!(page.contains(&format!("{name}`")), "{folder}/{name} is not in tests/README.md");
            }
        }
    }
    assert!(files > 50, "{files} files");
}

#[test]
fn what_is_not_there_is_found() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files = [
        file("core/src/room/part.rs", "pub struct Thing {\n    pub field: u32,\n}\nimpl Thing { pub fn act() {} }"),
        file("core/src/room/mod.rs", "macro_rules! make { () => {} }\nfn f() {}"),
        file("cli/Cargo.toml", "name = \"tutee-cli\""),
        file("cli/tests/seen.rs", ""),
    ];
    let tree = Tree { files: files.into(), folders: ["core/src/room".to_owned()].into() };
    let there = [
        "room::part",
        "part",
        "room::make!",
        "Thing::field",
        "Thing::act",
        "room::part::Thing",
        "room/part.rs",
        "core/src/room/",
        "room/NAME.rs",
        "cargo test -p tutee-cli --test seen some_name",
        "--test seen",
        "Thing",
        "other words",
        "M",
    ];
    let absent = [
        "room::gone",
        "gone::part",
        "Thing::gone",
        "Gone::field",
        "room::part::Gone",
        "room/gone.rs",
        "gone.toml",
        "gone/NAME.rs",
        "cargo test -p tutee-gone",
        "cargo test -p tutee-cli --test gone",
        "--test gone",
        "Gone",
        "is_gone",
    ];
    assert_eq!(there[..13].iter().filter_map(|text| tree.wrong(text)).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(absent.iter().filter(|text| tree.wrong(text).is_none()).collect::<Vec<_>>(), [&""; 0]);
    let page = "Say `a` and `b::c`.\n    cargo run -p d   # e\n    none\n";
    let signs: Vec<_> = signs(page).into_iter().map(|(line, text)| format!("{line} {}", text.trim())).collect();
    assert_eq!(signs, ["1 a", "1 b::c", "2 cargo run -p d"]);
}
