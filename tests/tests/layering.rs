//! Who uses whom: no circle between the files of a crate, and in the core no room that uses one above it. The floors are
//! those of the table in ARCHITECTURE.md.
//!
//! What is read is the source: every `use`, and every path that begins with `crate`, `self`, `super` or a module of the file.
//! A name that a `mod.rs` hands on is used from that `mod.rs`. Tests inside a file may look anywhere, and are left out.
//!
//! Crates are found and not listed: a source that is nobody's module is what one is compiled from, and the `mod` lines lead to
//! the rest. So programs, examples, benches, tests and the workspaces beside ours are read, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module, as a path from the root of its crate; that is the empty one.
type Module = Vec<String>;

/// The folder of the repository.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files under a folder that `is` wants, but not what was built or fetched.
fn found(folder: &Path, is: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let (mut found, mut folders) = (vec![], vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.is_file() && is(&path) {
                found.push(path);
            }
        }
    }
    found
}

/// Every source in Rust under a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    found(folder, &|path| path.extension().is_some_and(|extension| extension == "rs"))
}

/// Identifiers, `::`, single characters and strings (with the quotation mark before them), without comments, other literals
/// and lifetimes.
fn tokens(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let at = |i: usize| text.get(i).copied().unwrap_or(' ');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut tokens, mut i) = (vec![], 0);
    while i < text.len() {
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < text.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                while i < text.len() && (at(i), at(i + 1)) != ('*', '/') {
                    i += 1;
                }
                i += 2;
            }
            'r' if at(i + 1) == '"' || at(i + 1) == '#' && matches!(at(i + 2), '"' | '#') => {
                i += 1;
                let hashes = (i..).take_while(|&i| at(i) == '#').count();
                i += hashes + 1;
                while i < text.len() && !(at(i) == '"' && (1..=hashes).all(|k| at(i + k) == '#')) {
                    i += 1;
                }
                i += hashes + 1;
            }
            '"' => {
                let start = i;
                i += 1;
                while i < text.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                tokens.push(text[start..i.min(text.len())].iter().collect());
                i += 1;
            }
            '\'' if at(i + 1) == '\\' || at(i + 2) == '\'' => {
                i += if at(i + 1) == '\\' { 3 } else { 2 };
                while i < text.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            }
            ':' if at(i + 1) == ':' => {
                tokens.push("::".to_owned());
                i += 2;
            }
            c if is_word(c) => {
                let start = i;
                while is_word(at(i)) {
                    i += 1;
                }
                tokens.push(text[start..i].iter().collect());
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(c.to_string());
                }
                i += 1;
            }
        }
    }
    tokens
}

/// The tokens but for items under `#[cfg(test)]` or `#[cfg(all(test, ...))]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let is =
        |i: usize, what: &[&str]| what.iter().enumerate().all(|(k, what)| tokens.get(i + k).is_some_and(|t| t == what));
    let (mut kept, mut i) = (vec![], 0);
    while i < tokens.len() {
        if is(i, &["#", "[", "cfg", "(", "test"]) || is(i, &["#", "[", "cfg", "(", "all", "(", "test"]) {
            // To the end of the item: a semicolon, or the brace that closes its first one.
            let mut depth = 0;
            loop {
                match tokens.get(i).map(String::as_str) {
                    Some("{" | "(" | "[") => depth += 1,
                    Some("}") if depth == 1 => break,
                    Some("}" | ")" | "]") => depth -= 1,
                    Some(";") if depth == 0 => break,
                    None => break,
                    _ => {}
                }
                i += 1;
            }
            i += 1;
        } else {
            kept.push(tokens[i].clone());
            i += 1;
        }
    }
    kept
}

/// The modules that a file declares and other files hold: where each is below the file's own, and what `#[path]` says of it.
fn declared(tokens: &[String]) -> Vec<(Module, Option<String>)> {
    let (mut found, mut inside, mut depths, mut depth, mut place) = (vec![], Module::new(), vec![], 0, None);
    let is = |i: usize, what: &str| tokens.get(i).is_some_and(|token| token == what);
    for (i, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "path" if i > 1 && is(i - 2, "#") && is(i - 1, "[") && is(i + 1, "=") => {
                place = tokens.get(i + 2).and_then(|text| text.strip_prefix('"')).map(str::to_owned);
                continue;
            }
            "mod" if is(i + 2, ";") => found.push(([&inside[..], &tokens[i + 1..i + 2]].concat(), place.take())),
            "mod" if is(i + 2, "{") => {
                inside.push(tokens[i + 1].clone());
                depths.push(depth + 1);
            }
            "{" => depth += 1,
            "}" => {
                if depths.last() == Some(&depth) {
                    depths.pop();
                    inside.pop();
                }
                depth -= 1;
            }
            _ => {}
        }
        if matches!(token.as_str(), "{" | "}" | ";") {
            place = None;
        }
    }
    found
}

/// The file of a module that `file` declares, found as the compiler finds it; none where a macro writes the declaration.
fn file_of(file: &Path, module: &Module, place: Option<&str>) -> Option<PathBuf> {
    let beside = file.parent().unwrap();
    if let Some(place) = place {
        return fs::canonicalize(beside.join(place)).ok();
    }
    // A file that gives a crate or a folder its name has its modules beside itself, and so has the root of a test or program.
    let name = file.file_stem().unwrap();
    let below = beside.join(name);
    let folders =
        if ["mod", "lib", "main"].iter().any(|root| name == *root) { vec![beside] } else { vec![&below, beside] };
    let inside = module.join("/");
    let places = folders
        .into_iter()
        .flat_map(|folder| [format!("{inside}.rs"), format!("{inside}/mod.rs")].map(|end| folder.join(end)));
    places.into_iter().find(|path| path.is_file())
}

/// What is read of a source: its tokens without tests, and the files of its modules, with those that only tests have.
struct Source {
    tokens: Vec<String>,
    modules: Vec<(Module, PathBuf)>,
    tests: Vec<PathBuf>,
}

impl Source {
    fn of(path: &Path, text: &str) -> Self {
        let all = tokens(text);
        let kept = without_tests(&all);
        let files = |tokens: &[String]| -> Vec<(Module, PathBuf)> {
            let found = declared(tokens).into_iter();
            found
                .filter_map(|(module, place)| Some((module.clone(), file_of(path, &module, place.as_deref())?)))
                .collect()
        };
        let modules = files(&kept);
        let tests =
            files(&all).into_iter().map(|(_, file)| file).filter(|file| modules.iter().all(|(_, other)| other != file));
        Self { tests: tests.collect(), tokens: kept, modules }
    }
}

/// Every source of the repository.
fn all_sources() -> BTreeMap<PathBuf, Source> {
    let read = |path: PathBuf| {
        let path = fs::canonicalize(path).unwrap();
        let source = Source::of(&path, &fs::read_to_string(&path).unwrap());
        (path, source)
    };
    sources(&repository()).into_iter().map(read).collect()
}

/// The sources from which crates are compiled: those that are nobody's module.
fn roots(sources: &BTreeMap<PathBuf, Source>) -> Vec<&PathBuf> {
    let modules = sources.values().flat_map(|source| source.modules.iter().map(|(_, file)| file).chain(&source.tests));
    let modules: BTreeSet<&PathBuf> = modules.collect();
    sources.keys().filter(|path| !modules.contains(path)).collect()
}

/// The tokens of the files of a crate, with the modules that they are.
fn files_of_crate(sources: &BTreeMap<PathBuf, Source>, root: &Path) -> BTreeMap<Module, Vec<String>> {
    let (mut files, mut ahead) = (BTreeMap::new(), vec![(Module::new(), root)]);
    while let Some((module, path)) = ahead.pop() {
        let source = &sources[path];
        ahead.extend(source.modules.iter().map(|(inside, path)| ([&module[..], inside].concat(), &**path)));
        files.insert(module, source.tokens.clone());
    }
    files
}

/// All paths of a `use` from token `i` on, which comes after `prefix`.
fn use_tree(tokens: &[String], i: &mut usize, prefix: &[String], paths: &mut Vec<Module>) {
    let mut path = prefix.to_vec();
    while let Some(token) = tokens.get(*i) {
        match token.as_str() {
            "{" => {
                *i += 1;
                while tokens.get(*i).is_some_and(|token| token != "}") {
                    use_tree(tokens, i, &path, paths);
                    if tokens.get(*i).is_some_and(|token| token == ",") {
                        *i += 1;
                    }
                }
                *i += 1;
                return;
            }
            "as" => *i += 2,
            "," | "}" | ";" => break,
            "::" => *i += 1,
            "*" => *i += 1,
            // Inside braces this is the path before them.
            "self" if !path.is_empty() => *i += 1,
            name => {
                path.push(name.to_owned());
                *i += 1;
            }
        }
    }
    paths.push(path);
}

/// What a file names: the module in which a path stands, and the path.
fn paths(tokens: &[String], module: &Module) -> Vec<(Module, Module)> {
    let (mut found, mut inside, mut depths, mut depth, mut i) = (vec![], module.clone(), vec![], 0, 0);
    let is = |i: usize, what: &str| tokens.get(i).is_some_and(|token| token == what);
    while i < tokens.len() {
        match tokens[i].as_str() {
            "mod" if is(i + 2, "{") => {
                inside.push(tokens[i + 1].clone());
                depth += 1;
                depths.push(depth);
                i += 3;
                continue;
            }
            // A module that a macro names.
            "mod" if is(i + 1, "$") && is(i + 3, "{") => {
                inside.push(tokens[i + 2].clone());
                depth += 1;
                depths.push(depth);
                i += 4;
                continue;
            }
            "{" => depth += 1,
            "}" => {
                if depths.last() == Some(&depth) {
                    depths.pop();
                    inside.pop();
                }
                depth -= 1;
            }
            // `pub(in super::super)` says who may look, and looks at nobody.
            "pub" if is(i + 1, "(") => {
                while !is(i, ")") && i < tokens.len() {
                    i += 1;
                }
            }
            "use" => {
                i += 1;
                let mut named = vec![];
                use_tree(tokens, &mut i, &[], &mut named);
                found.extend(named.into_iter().map(|path| (inside.clone(), path)));
                continue;
            }
            _ if is(i + 1, "::") && (i == 0 || !is(i - 1, "::")) => {
                let mut path = vec![tokens[i].clone()];
                while is(i + 1, "::")
                    && tokens.get(i + 2).is_some_and(|t| t.chars().all(|c| c.is_alphanumeric() || c == '_'))
                {
                    path.push(tokens[i + 2].clone());
                    i += 2;
                }
                found.push((inside.clone(), path));
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// The file that a path leads to, if it is one of the crate.
fn target(files: &BTreeMap<Module, Vec<String>>, inside: &Module, path: &Module) -> Option<Module> {
    let mut names = path.iter().map(String::as_str).peekable();
    let mut module = match *names.peek()? {
        "crate" => {
            names.next();
            vec![]
        }
        "self" => {
            names.next();
            inside.clone()
        }
        "super" => inside.clone(),
        child => {
            let mut module = inside.clone();
            module.push(child.to_owned());
            if !files.contains_key(&module) {
                return None;
            }
            inside.clone()
        }
    };
    while names.next_if_eq(&"super").is_some() {
        module.pop();
    }
    // Modules that stand in a file are that file.
    while !files.contains_key(&module) {
        module.pop()?;
    }
    for name in names {
        module.push(name.to_owned());
        if !files.contains_key(&module) {
            module.pop();
            break;
        }
    }
    Some(module)
}

/// Every file of a crate, with those that it uses.
fn uses(files: &BTreeMap<Module, Vec<String>>) -> BTreeMap<Module, BTreeSet<Module>> {
    let used = |module: &Module, tokens: &[String]| {
        let targets = paths(tokens, module).into_iter().filter_map(|(inside, path)| target(files, &inside, &path));
        targets.filter(|target| target != module).collect()
    };
    files.iter().map(|(module, tokens)| (module.clone(), used(module, tokens))).collect()
}

/// What is left when files are taken away, one after the other, that use none of the rest or are used by none.
fn circles(mut uses: BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    loop {
        let before = uses.len();
        let all: BTreeSet<Module> = uses.keys().cloned().collect();
        uses.retain(|_, used| used.iter().any(|module| all.contains(module)));
        let used: BTreeSet<Module> = uses.values().flatten().cloned().collect();
        uses.retain(|module, _| used.contains(module));
        if uses.len() == before {
            break;
        }
    }
    let edges = uses.iter().flat_map(|(module, used)| used.iter().map(move |used| (module, used)));
    let within = edges.filter(|(_, used)| uses.contains_key(*used));
    within.map(|(module, used)| format!("{} uses {}", name(module), name(used))).collect()
}

fn name(module: &Module) -> String {
    if module.is_empty() { "the root".to_owned() } else { module.join("::") }
}

/// The rooms with their floors, from the rows of the table: `| floor | room | ...`.
fn floors(architecture: &str) -> BTreeMap<Module, u32> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let floor = cells.next()?.parse().ok()?;
        let room = cells.next()?.trim_matches('`').split("::").map(str::to_owned).collect::<Module>();
        Some((room, floor))
    };
    architecture.lines().filter_map(row).collect()
}

/// The room that a file is in: the longest path of the table that it begins with.
fn room_of<'r>(rooms: &'r BTreeMap<Module, u32>, module: &Module) -> Option<(&'r Module, u32)> {
    let (room, floor) = rooms.iter().filter(|(room, _)| module.starts_with(room)).max_by_key(|(room, _)| room.len())?;
    Some((room, *floor))
}

/// Uses that do not run down, and files without a room.
fn uses_that_run_up(uses: &BTreeMap<Module, BTreeSet<Module>>, rooms: &BTreeMap<Module, u32>) -> Vec<String> {
    let mut wrong = vec![];
    for (module, used) in uses.iter().filter(|(module, _)| !module.is_empty()) {
        let Some((room, floor)) = room_of(rooms, module) else {
            wrong.push(format!("{} is in no room of the table", name(module)));
            continue;
        };
        for used in used {
            match room_of(rooms, used) {
                Some((below, _)) if below == room => {}
                Some((_, below)) if below < floor => {}
                Some((_, other)) => {
                    wrong.push(format!("{} (floor {floor}) uses {} (floor {other})", name(module), name(used)));
                }
                None => wrong.push(format!("{} uses {}, which is in no room", name(module), name(used))),
            }
        }
    }
    wrong
}

#[test]
fn the_core_is_used_from_above() {
    let architecture = fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let sources = all_sources();
    let core = files_of_crate(&sources, &fs::canonicalize(repository().join("core/src/lib.rs")).unwrap());
    let (rooms, uses) = (floors(&architecture), uses(&core));
    let wrong = uses_that_run_up(&uses, &rooms);
    assert!(wrong.is_empty(), "{} uses do not run down:\n{}", wrong.len(), wrong.join("\n"));
    let empty = rooms.keys().filter(|room| !uses.keys().any(|module| module.starts_with(room)));
    assert_eq!(empty.map(name).collect::<Vec<_>>(), [""; 0], "rooms of the table without a file");
    // What reads the source must have seen it: the gradient uses most of the core.
    let gradient = uses.iter().filter(|(module, _)| module.starts_with(&["gradient".to_owned()]));
    assert!(gradient.map(|(_, used)| used.len()).sum::<usize>() > 50, "{uses:?}");
}

#[test]
fn no_file_uses_itself_by_way_of_others() {
    let (sources, repository) = (all_sources(), fs::canonicalize(repository()).unwrap());
    let roots = roots(&sources);
    let mut wrong = vec![];
    for root in &roots {
        let name = root.strip_prefix(&repository).unwrap().display();
        let circles = circles(uses(&files_of_crate(&sources, root)));
        wrong.extend(circles.into_iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(wrong.is_empty(), "{} uses in circles:\n{}", wrong.len(), wrong.join("\n"));
    // What reads the sources must have seen them: a crate of every package, and no stray file.
    let packages = found(&repository, &|path| {
        path.ends_with("Cargo.toml") && fs::read_to_string(path).unwrap().contains("[package]")
    });
    let packages: Vec<_> = packages.iter().map(|path| path.parent().unwrap()).collect();
    let empty = packages.iter().filter(|package| !roots.iter().any(|root| root.starts_with(package)));
    let empty: Vec<_> = empty.collect();
    assert!(empty.is_empty(), "packages without a source: {empty:?}");
    assert!(packages.len() > 20 && roots.len() > 100, "{} packages, {} crates", packages.len(), roots.len());
    let stray = roots.iter().filter(|root| {
        let folder = root.parent().unwrap();
        let named = ["lib.rs", "main.rs", "build.rs"].iter().any(|name| root.ends_with(name));
        let targets = ["bin", "tests", "examples", "benches", "must_not_compile", "neighbour"];
        !named && !targets.iter().any(|target| folder.ends_with(target))
    });
    let stray: Vec<_> = stray.collect();
    assert!(stray.is_empty(), "sources that no crate is compiled from: {stray:?}");
}

#[test]
fn only_vector_asks_for_the_processor() {
    let core = repository().join("core/src");
    let asks = |path: &PathBuf| tokens(&fs::read_to_string(path).unwrap()).iter().any(|token| token == "target_arch");
    let (vector, elsewhere): (Vec<_>, Vec<_>) =
        sources(&core).into_iter().filter(asks).partition(|path| path.starts_with(core.join("vector")));
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    assert!(!vector.is_empty(), "what reads the source must have seen it");
}

#[test]
fn the_source_is_read_as_the_compiler_reads_it() {
    let text = r##"
        // use crate::comment;
        use crate::{a::{self, B}, c::d as e};
        const TEXT: (&str, &str, char) = ("use crate::text;", r#"crate::raw"#, '"');
        mod inner { use super::child::F; fn f<'a>() -> crate::g::G<'a> { child::h() } }
        macro_rules! both { ($name:ident) => { mod $name { use super::child::F; } } }
        pub(in crate::visible) fn i() { child::j(); other::k(); }
        #[cfg(test)] mod test_file;
        #[cfg(all(test, unix))] mod tests { use crate::test; }
    "##;
    let all = tokens(text);
    let tokens = without_tests(&all);
    let names = |tokens: &[String]| declared(tokens).iter().map(|(module, _)| name(module)).collect::<Vec<_>>();
    assert_eq!((names(&all), names(&tokens)), (vec!["test_file".to_owned()], vec![]));
    let module = |path: &str| path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect::<Module>();
    let here = module("room");
    let files =
        ["", "a", "c", "c::d", "g", "room", "room::child", "other", "comment", "text", "raw", "visible", "test"];
    let files: BTreeMap<Module, Vec<String>> = files.into_iter().map(|path| (module(path), vec![])).collect();
    let found = paths(&tokens, &here).into_iter().filter_map(|(inside, path)| target(&files, &inside, &path));
    let found: BTreeSet<String> = found.map(|module| name(&module)).collect();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a", "c::d", "g", "room::child"]);

    let rooms =
        floors("| floor | room |\n|---|---|\n| 0 | `a` | low |\n| 2 | `room` | high |\n| 3 | `c::d` | higher |\n");
    let uses = |from: &str, to: &str| BTreeMap::from([(module(from), BTreeSet::from([module(to)]))]);
    assert_eq!(uses_that_run_up(&uses("room", "a"), &rooms), [""; 0]);
    assert_eq!(uses_that_run_up(&uses("room", "room::child"), &rooms), [""; 0]);
    assert_eq!(uses_that_run_up(&uses("room::child", "c::d"), &rooms), ["room::child (floor 2) uses c::d (floor 3)"]);
    assert_eq!(uses_that_run_up(&uses("b", "a"), &rooms), ["b is in no room of the table"]);
    let both = [uses("a", "b"), uses("b", "a"), uses("c", "a")].into_iter().flatten().collect();
    assert_eq!(circles(both), ["a uses b", "b uses a"]);
}
