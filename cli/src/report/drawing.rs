//! A drawing as plotly.js takes it, its place on a page, and how numbers and words stand in it. Colours are named, not given: the page's
//! script knows the scheme. A drawing depends on its numbers only, which it holds to six digits.

use serde_json::{Value, json};

use super::markup::escape;

/// One drawing of a page: a figure of its own, or one of several that stand side by side.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Name of its file when it is saved.
    pub name: String,
    /// Takes the whole width.
    pub wide: bool,
    /// Pixels that it takes at most, where there are more.
    pub most: Option<u32>,
    /// Data and layout.
    pub figure: Value,
}

impl Drawing {
    /// One of many that stand side by side.
    #[must_use]
    pub fn in_small(self) -> Self {
        Self { wide: false, ..self }
    }

    /// Its place on the page, which holds what is drawn there. `label` is what a screen reader says.
    pub fn place(&self, label: &str) -> String {
        let most = self.most.map(|most| format!(" style=\"max-width:{most}px\"")).unwrap_or_default();
        // Inside JSON these stand in strings alone.
        let json = self.figure.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
        format!(
            "<div class=\"drawing{0}\"{most}><div class=\"plot{0}\" role=\"img\" aria-label=\"{1}\" data-name=\"{2}\">\
             <script type=\"application/json\">{json}</script></div></div>\n",
            if self.wide { " wide" } else { "" },
            escape(label),
            escape(&self.name),
        )
    }
}

/// Puts a title over a drawing; an empty one takes no place.
pub fn titled(layout: &mut Value, title: &str) {
    if !title.is_empty() {
        layout["title"] = json!({ "text": plain(title), "x": 0.02, "xanchor": "left", "font": { "size": 13 } });
    }
}

/// Text in which nothing is markup: the library knows some of HTML's.
pub fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A number to six digits; null where there is none.
pub fn number(x: f64) -> Value {
    let rounded: f64 = format!("{x:.5e}").parse().unwrap_or(f64::NAN);
    if rounded.fract() == 0.0 && rounded.abs() < 1e9 { json!(rounded as i64) } else { json!(rounded) }
}

/// A name of at most the given length: a teacher's file can be called anything.
pub fn fitting(name: &str) -> String {
    const LONGEST: usize = 29;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    // The end of a path tells more than its beginning.
    let kept: Vec<char> = name.chars().rev().take(LONGEST - 1).collect();
    std::iter::once('…').chain(kept.into_iter().rev()).collect()
}

#[cfg(test)]
pub mod tests {
    use super::super::markup::tests::without_scripts;
    use super::*;

    /// Every drawing of a page by the name of its file.
    pub fn drawings(page: &str) -> Vec<(String, Value)> {
        let page = without_scripts(page);
        let document = roxmltree::Document::parse(&page).unwrap();
        let places = document.descendants().filter(|node| node.attribute("data-name").is_some());
        places
            .map(|place| {
                let json = place.children().next().unwrap().text().unwrap();
                (place.attribute("data-name").unwrap().to_owned(), serde_json::from_str(json).unwrap())
            })
            .collect()
    }

    #[test]
    fn numbers_have_six_digits_and_names_their_ends() {
        assert_eq!(number(1.0 / 3.0).to_string(), "0.333333");
        assert_eq!(number(-1.234_567_89e-20).to_string(), "-1.23457e-20");
        assert_eq!(number(20000.0).to_string(), "20000");
        assert_eq!(number(f64::INFINITY), Value::Null);
        assert_eq!(fitting("conv-relu"), "conv-relu");
        let name = fitting("a/very/long/path/to/a/teacher/of/mine.json");
        assert!(name.chars().count() == 29 && name.starts_with('…') && name.ends_with("of/mine.json"));
    }
}
