//! Tables in Markdown.

/// A table that grows row by row and is printed when it is complete.
pub(crate) struct Table {
    columns: usize,
    text: String,
}

impl Table {
    /// The head; the first `words` columns are words, the others numbers.
    pub(crate) fn new(words: usize, head: &[&str]) -> Self {
        let mut table = Self { columns: head.len(), text: String::new() };
        table.row(head.iter().copied());
        let rules = (0..head.len()).map(|i| if i < words { "---" } else { "--:" });
        table.text.push_str(&format!("|{}|\n", rules.collect::<Vec<_>>().join("|")));
        table
    }

    /// Adds a row; cells that it lacks are empty.
    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let mut count = 0;
        self.text.push('|');
        for cell in cells {
            self.text.push_str(&format!(" {} |", cell.as_ref()));
            count += 1;
        }
        self.text.push_str(&"  |".repeat(self.columns.saturating_sub(count)));
        self.text.push('\n');
    }

    /// Prints it, under a title.
    pub(crate) fn print(&self, title: &str) {
        println!("{title}\n\n{}", self.text);
    }
}

/// Three significant digits, without an exponent where that is short.
pub(crate) fn number(x: f64) -> String {
    match x {
        x if x >= 1e6 => format!("{:.2}M", x / 1e6),
        x if x >= 1e4 => format!("{:.1}k", x / 1e3),
        x if x >= 100.0 => format!("{x:.0}"),
        x if x >= 10.0 => format!("{x:.1}"),
        x => format!("{x:.2}"),
    }
}
