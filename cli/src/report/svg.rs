//! A drawing in SVG: lines, text, curves and rectangles, written out by hand.
//!
//! Every shape carries a class instead of a colour of its own, so that one style sheet serves a light and a dark page.
//! Coordinates are fractions of a pixel, to a tenth: whole pixels, which a plotting library would give, make a slanted
//! line waver. The same records give the same file.

use std::fmt::Write;

use super::style;

/// A drawing under construction. Lengths are in pixels at the natural size; y grows downwards.
#[derive(Clone, Debug)]
pub struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Where the given point lies in a line of text.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

impl Anchor {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A coordinate: one decimal at most, no negative zero.
pub fn coordinate(x: f64) -> String {
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

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

impl Svg {
    /// An empty drawing.
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    /// A straight line between two points.
    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(coordinate);
        self.element(format_args!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#));
    }

    /// A rectangle by its upper left corner and its size.
    pub fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let [x, y, width, height] = [x, y, width, height].map(coordinate);
        self.element(format_args!(r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#));
    }

    /// A curve through the points; nothing for fewer than two of them.
    pub fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        if points.len() < 2 {
            return;
        }
        let points: Vec<String> = points.iter().map(|&(x, y)| format!("{},{}", coordinate(x), coordinate(y))).collect();
        self.element(format_args!(r#"<polyline class="{class}" points="{}"/>"#, points.join(" ")));
    }

    /// A line of text, `y` at its base line.
    pub fn text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        let [x, y] = [x, y].map(coordinate);
        self.element(format_args!(
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{}">{}</text>"#,
            anchor.name(),
            escape(text)
        ));
    }

    /// A line of text that reads upwards, centred on the point.
    pub fn text_upwards(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let [x, y] = [x, y].map(coordinate);
        self.element(format_args!(
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="middle" transform="rotate(-90 {x} {y})">{}</text>"#,
            escape(text)
        ));
    }

    /// Ten to an integer power, the exponent raised.
    pub fn power_of_ten(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), exponent: i32) {
        let [x, y] = [x, y].map(coordinate);
        let exponent = exponent.to_string().replace('-', "−");
        let raised = format!(r#"<tspan class="raised" dy="-5">{exponent}</tspan>"#);
        self.element(format_args!(
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{}">10{raised}</text>"#,
            anchor.name()
        ));
    }

    /// Opens a group whose unit square is `scale` wide and high, with its origin at the point. Close it with
    /// [`Self::end_group`].
    pub fn begin_group(&mut self, class: &str, (x, y): (f64, f64), scale: (f64, f64)) {
        let [x, y] = [x, y].map(coordinate);
        // The scale is exact: rounding it would be multiplied by the number of cells.
        let (sx, sy) = scale;
        self.element(format_args!(r#"<g class="{class}" transform="translate({x} {y}) scale({sx} {sy})">"#));
    }

    /// A filled outline in SVG's path notation.
    pub fn path(&mut self, fill: &str, outline: &str) {
        self.element(format_args!(r#"<path fill="{fill}" d="{outline}"/>"#));
    }

    /// Closes a group.
    pub fn end_group(&mut self) {
        self.element(format_args!("</g>"));
    }

    fn element(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a `String` cannot fail.
        let _ = self.body.write_fmt(element);
        self.body.push('\n');
    }

    /// The drawing as a part of a page that carries [`style::figures`]. `label` is what a screen reader says.
    pub fn inline(&self, label: &str) -> String {
        let label = escape(label);
        format!("<svg {} role=\"img\" aria-label=\"{label}\">\n{}</svg>\n", self.frame(), self.body)
    }

    /// The drawing as a file of its own.
    pub fn file(&self, title: &str, description: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" {}>\n<title>{}</title>\n<desc>{}</desc>\n<style>\n{}</style>\n\
             <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
            self.frame(),
            escape(title),
            escape(description),
            style::figures(),
            self.body
        )
    }

    fn frame(&self) -> String {
        let (width, height) = (coordinate(self.width), coordinate(self.height));
        format!(r#"class="figure" viewBox="0 0 {width} {height}" width="{width}" height="{height}""#)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_forbidden_characters_are_escaped() {
        assert_eq!(escape("<b a='1'>&\"\u{1}\n"), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;\u{fffd} ");
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(coordinate(12.04), "12");
        assert_eq!(coordinate(-0.01), "0");
        assert_eq!(coordinate(-3.25), "-3.2");
    }

    #[test]
    fn a_file_is_well_formed_whatever_the_text() {
        let mut svg = Svg::new(10.0, 20.0);
        svg.text("tick", Anchor::End, (1.0, 2.0), "<b>&\0");
        svg.power_of_ten("tick", Anchor::Middle, (1.0, 2.0), -3);
        svg.polyline("curve", &[(0.0, 0.0)]);
        let file = svg.file("<i>", "a & b");
        let document = roxmltree::Document::parse(&file).unwrap();
        let texts: Vec<_> = document.descendants().filter(|n| n.has_tag_name("text")).collect();
        assert_eq!(texts[0].text(), Some("<b>&\u{fffd}"));
        assert_eq!(texts[1].children().next_back().unwrap().text(), Some("−3"));
        assert!(!document.descendants().any(|n| n.has_tag_name("polyline")));
    }
}
