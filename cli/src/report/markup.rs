//! Text as a page has it, and what all pages have in common: head, look, and the chart library with the script that draws.

use super::style;

/// The chart library, plotly.js: MIT licence, see the folder.
const LIBRARY: &str = include_str!("../../plotly/plotly-cartesian.min.js");
/// What draws the figures with it.
const SCRIPT: &str = include_str!("page.js");

/// What every page says once of its losses.
pub const LOSS: &str = "The squared loss of an answer is half the sum of the squared differences of all its entries, not their mean; \
                        losses are means of that over inputs.";

/// The text with everything replaced that means something to XML or is not allowed in it.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A page of one file that needs no other and no network. `head` goes into its head, `style` after the style that all pages share.
pub fn page(title: &str, head: &str, style: &str, body: &str) -> String {
    let script = |text: &str| format!("<script>\n{text}\n</script>\n");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n{head}<title>{title}</title>\n\
         <style>\n{}{style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
         <noscript><p>The figures are drawn by a script inside this file, which is switched off here.</p></noscript>\n{}{}</body>\n</html>\n",
        style::PAGE,
        script(LIBRARY),
        script(SCRIPT),
    )
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A page without the two scripts at its end, which are no XML.
    pub fn without_scripts(page: &str) -> String {
        let (body, _) = page.split_once("<script>\n").unwrap();
        format!("{}</body>\n</html>\n", body.trim_start_matches("<!DOCTYPE html>\n"))
    }

    #[test]
    fn markup_and_forbidden_characters_are_escaped() {
        assert_eq!(escape("<b a='1'>&\"\u{1}\n"), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;\u{fffd} ");
    }

    #[test]
    fn a_page_is_well_formed_and_its_scripts_end_where_they_should() {
        let text = page("title", "", "", "<p>body</p>\n");
        assert_eq!((text.matches("<script>\n").count(), text.matches("</script").count()), (2, 2));
        assert!(text.ends_with("</script>\n</body>\n</html>\n"));
        roxmltree::Document::parse(&without_scripts(&text)).unwrap();
    }
}
