//! Sizes of working memory as constant expressions of C, from the declarations of it in the core (`layout!`, see
//! `core/src/memory.rs`), which are read as text.
//!
//! `ffi/abi/header/macros.h` names a declaration where the size of what it declares is to stand, `@PopulationScratchViewMut@`; where that
//! depends on how many samples are side by side, their number follows, `@PairsViewMut: TUTEE_SIZE(1)@`. Nothing of the core is compiled
//! for it. `tests/clients/sizes.c` compares the outcome with the library's functions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a size of the core is in C. Products are written in this order.
const SIZES: [(&str, &str); 18] = [
    ("FILTERS", "TUTEE_SIZE(filters)"),
    ("FEATURES", "TUTEE_SIZE(features)"),
    ("OUTPUTS", "TUTEE_SIZE(outputs)"),
    ("TOKENS", "TUTEE_SIZE(tokens)"),
    ("filters", "TUTEE_SIZE(filters)"),
    ("features", "TUTEE_SIZE(features)"),
    ("outputs", "TUTEE_SIZE(outputs)"),
    ("tokens", "TUTEE_SIZE(tokens)"),
    ("token_width", "TUTEE_LAYER_TOKEN_WIDTH@"),
    ("query_width", "TUTEE_LAYER_QUERY_WIDTH@"),
    ("key_width", "TUTEE_LAYER_KEY_WIDTH@"),
    ("code_width", "TUTEE_SIZE(code_width)"),
    ("own_token_width", "TUTEE_LAYER_OWN_TOKEN@"),
    ("own_query_width", "TUTEE_LAYER_OWN_QUERY@"),
    ("own_key_width", "TUTEE_LAYER_OWN_KEY@"),
    ("sets", "TUTEE_SIZE(16)"),
    ("exact", "TUTEE_POPULATION_SCRATCH(filters, features, tokens, 16)"),
    ("common_key_width", "((key_query) == 1 ? TUTEE_SIZE(key_width) : TUTEE_LAYER_OWN_QUERY@)"),
];

/// What a condition of a layer is in C, by the numbers of `tutee_embedding` and its kin.
const CONDITIONS: [(&str, &str); 10] = [
    ("is_merged", "(key_query) == 0"),
    ("is_separate", "(key_query) == 1"),
    ("tokens_ask", "(queries) == 0"),
    ("others_ask", "(queries) != 0"),
    ("shares_codes", "TUTEE_LAYER_SHARES@"),
    ("learns_codes", "(codes) == 2"),
    ("codes_are_fresh", "(codes) == 3"),
    ("tokens_learn", "(codes) == 2 && (embedding) != 0"),
    ("sets_learn", "(codes) == 2 && (queries) == 1"),
    ("keys_or_tokens_learn", "((key_query) == 1 || ((codes) == 2 && (embedding) != 0))"),
];

/// The arguments of a layer's sizes, for which `@` stands above.
const LAYER: &str =
    "(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width)";

/// A part of working memory: `matrix(A, B) if one && other`.
#[derive(Clone, Debug)]
struct Part {
    kind: String,
    of: Vec<String>,
    when: Vec<String>,
}

/// Declarations by the name of the view.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    parts: BTreeMap<String, Vec<Part>>,
    /// `const NAME: usize = NUMBER;`
    numbers: BTreeMap<String, String>,
}

/// Numbers that are added: under each condition of C, none first, how often which product.
type Terms = Vec<(String, Vec<(usize, Vec<String>)>)>;

impl Layouts {
    /// What the sources in a folder declare.
    pub(crate) fn of(folder: &Path) -> Self {
        let mut layouts = Self::default();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    layouts.read(&fs::read_to_string(path).unwrap());
                }
            }
        }
        layouts
    }

    /// Adds what one source declares, outside of its tests.
    pub(crate) fn read(&mut self, source: &str) {
        let code: String = source
            .lines()
            .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
            .flat_map(|line| [line, "\n"])
            .collect();
        for line in code.lines() {
            let constant = line.split_once("const ").and_then(|(_, rest)| rest.split_once(": usize = "));
            if let Some((name, number)) = constant
                && let Some(number) = number.strip_suffix(';')
                && number.bytes().all(|b| b.is_ascii_digit())
            {
                self.numbers.insert(name.into(), number.into());
            }
        }
        // Those of tests are further in.
        for declaration in code.split("\nlayout! {\n").skip(1) {
            let (declaration, _) = declaration.split_once("\n}").unwrap();
            let Some((head, body)) = declaration.split_once(" {\n") else { continue };
            let (_, head) = head.rsplit_once("struct ").unwrap();
            let name = head.split([':', ' ']).next().unwrap();
            let (body, _) = body.split_once("\n    }").unwrap();
            let parts = body.lines().filter(|line| !line.trim().is_empty()).map(part).collect();
            assert!(self.parts.insert(name.into(), parts).is_none(), "two layouts are called {name}");
        }
    }

    /// Puts sizes where `text` names declarations.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut pieces = text.split('@');
        let mut filled = String::from(pieces.next().unwrap());
        while let Some(name) = pieces.next() {
            let (name, samples) = name.split_once(": ").unwrap_or((name, "TUTEE_SIZE(1)"));
            filled += &self.size(name, samples);
            filled += pieces.next().unwrap();
        }
        filled
    }

    /// The size of what is declared, for so many samples side by side.
    fn size(&self, name: &str, samples: &str) -> String {
        let mut terms = vec![(String::new(), Vec::new())];
        self.add(name, samples, &mut terms);
        let mut sums = Vec::new();
        for (condition, products) in terms {
            let products: Vec<String> = products.iter().map(|(count, factors)| product(*count, factors)).collect();
            match condition.as_str() {
                "" => sums.extend(products),
                condition => sums.push(format!("({condition} ? {} : TUTEE_SIZE(0))", products.join(" + "))),
            }
        }
        format!("({})", sums.join(" + \\\n     ")).replace('@', LAYER)
    }

    fn add(&self, name: &str, samples: &str, terms: &mut Terms) {
        let parts = self.parts.get(name).unwrap_or_else(|| panic!("no layout is called {name}"));
        for Part { kind, of, when } in parts {
            let mut factors: Vec<String> = match kind.as_str() {
                "matrix" | "matrices" | "records" => of.clone(),
                "most" => {
                    let [most, rows, cols] = [0, 1, 2].map(|i| of[i].as_str());
                    let (most, rows) = (self.factor(most, samples), self.factor(rows, samples));
                    vec![format!("({rows} < {most} ? {rows} : {most})"), cols.into()]
                }
                "memory" => {
                    assert!(when.is_empty(), "memory of {name} with a condition");
                    let view = of.iter().find(|name| self.parts.contains_key(*name));
                    self.add(view.unwrap_or_else(|| panic!("{of:?} of {name} are not declared")), samples, terms);
                    continue;
                }
                // Memory that may be missing has a place of its own in the header.
                "wide" | "state" => continue,
                _ => panic!("{kind}: a kind of memory that has no size in C yet"),
            };
            factors.sort_by_key(|factor| SIZES.iter().position(|(name, _)| name == factor));
            // Numbers together, so that what is alike beside them is found.
            let (mut often, mut others) = (1, Vec::new());
            for factor in factors.iter().map(|factor| self.factor(factor, samples)) {
                let number = factor.strip_prefix("TUTEE_SIZE(").and_then(|rest| rest.strip_suffix(')'));
                match number.and_then(|number| number.parse::<usize>().ok()) {
                    Some(number) => often *= number,
                    None => others.push(factor),
                }
            }
            let conditions: Vec<&str> = when.iter().map(|name| known(&CONDITIONS, name).unwrap()).collect();
            let condition = conditions.join(" && ");
            let at = terms.iter().position(|(found, _)| *found == condition).unwrap_or_else(|| {
                terms.push((condition, Vec::new()));
                terms.len() - 1
            });
            let products = &mut terms[at].1;
            match products.iter_mut().find(|(_, found)| *found == others) {
                Some((count, _)) => *count += often,
                None => products.push((often, others)),
            }
        }
    }

    /// A size in C; what is one already is left as it is.
    fn factor(&self, name: &str, samples: &str) -> String {
        match name {
            "SAMPLES" | "samples" => samples.into(),
            "BATCHES" => "TUTEE_SIZE(1)".into(),
            _ if name.starts_with('(') => name.into(),
            _ if name.bytes().all(|b| b.is_ascii_digit()) => format!("TUTEE_SIZE({name})"),
            _ => match (known(&SIZES, name), self.numbers.get(name)) {
                (Some(size), _) => size.into(),
                (None, Some(number)) => format!("TUTEE_SIZE({number})"),
                (None, None) => panic!("{name}: a size that has no name in C yet"),
            },
        }
    }
}

fn known(table: &'static [(&str, &str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|&(_, in_c)| in_c)
}

/// `name: kind(..) if one && other,`
fn part(line: &str) -> Part {
    let (_, declared) = line.split_once(": ").unwrap();
    let declared = declared.trim_end().trim_end_matches(',');
    let (declared, when) = declared.split_once(" if ").unwrap_or((declared, ""));
    let (kind, of) = declared.split_once('(').unwrap();
    let of = of.strip_suffix(')').unwrap().split(", ").map(String::from).collect();
    Part { kind: kind.into(), of, when: when.split(" && ").filter(|name| !name.is_empty()).map(String::from).collect() }
}

/// So many times a product of sizes.
fn product(count: usize, factors: &[String]) -> String {
    match (count, factors.join(" * ").as_str()) {
        (count, "") => format!("TUTEE_SIZE({count})"),
        (1, product) => product.into(),
        (count, product) => format!("{count} * {product}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
pub(crate) const ABOUT: usize = 3;
pub const LANES: usize = 16;

layout! {
    /// An owner.
    pub struct Inner<FILTERS, OUTPUTS>;
    pub(crate) struct InnerViewMut: \"inner\" {
        about: records(FILTERS, ABOUT),
        // Not one: matrix(TOKENS).
        pub(super) one: matrix(OUTPUTS, TOKENS),
        other: matrix(TOKENS, OUTPUTS),
    }
}
layout! {
    struct Outer<FILTERS, TOKENS, OUTPUTS> at Line;
    struct OuterViewMut: \"outer\" with sum: Sum<T> {
        inner: memory(Inner<FILTERS, OUTPUTS>, InnerViewMut),
        rows: most(LANES, OUTPUTS, TOKENS),
        side: matrices(SAMPLES, TOKENS, FEATURES),
        sum: state(sum, Sum<T>),
        beside: wide(Side<TOKENS>, SideViewMut),
    }
    /// Its length.
    const fn outer_len;
}
layout! {
    struct Parts at LayerSizes {
        codes: matrix(code_width, tokens) if learns_codes,
        both: matrix(samples, own_key_width) if is_separate && tokens_ask,
        again: matrix(tokens, code_width) if learns_codes,
    }
}
#[cfg(test)]
mod tests {
    layout! {
        struct Parts at LayerSizes {
            another: matrix(tokens),
        }
    }
}
";

    #[test]
    fn sizes_are_sums_of_products_with_what_is_alike_together() {
        let mut layouts = Layouts::default();
        layouts.read(SOURCE);
        let of = |text: &str| layouts.fill(text);
        let inner = "(3 * TUTEE_SIZE(filters) + \\\n     2 * TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens))";
        assert_eq!(of("#define A @InnerViewMut@\n"), format!("#define A {inner}\n"));
        let rows = "(TUTEE_SIZE(outputs) < TUTEE_SIZE(16) ? TUTEE_SIZE(outputs) : TUTEE_SIZE(16)) * TUTEE_SIZE(tokens)";
        let inner = inner.strip_suffix(')').unwrap();
        let outer = format!("{inner} + \\\n     {rows} + \\\n     n * TUTEE_SIZE(features) * TUTEE_SIZE(tokens))");
        assert_eq!(of("@OuterViewMut: n@"), outer);
        let layer = |name: &str| format!("TUTEE_LAYER_{name}{LAYER}");
        let parts = format!(
            "((codes) == 2 ? 2 * TUTEE_SIZE(tokens) * TUTEE_SIZE(code_width) : TUTEE_SIZE(0)) + \\\n     \
             ((key_query) == 1 && (queries) == 0 ? {} : TUTEE_SIZE(0))",
            layer("OWN_KEY")
        );
        assert_eq!(of("@Parts@"), format!("({parts})"));
    }

    #[test]
    fn what_is_not_known_is_no_size() {
        let mut layouts = Layouts::default();
        layouts.read("\nlayout! {\n    struct Odd at LayerSizes {\n        odd: matrix(whatever),\n    }\n}\n");
        for text in ["@Odd@", "@Other@"] {
            assert!(std::panic::catch_unwind(|| layouts.fill(text)).is_err(), "{text}");
        }
    }
}
