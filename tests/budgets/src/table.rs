//! The committed numbers: a file of rows that bounds them, and the README's table made from it.

/// What is counted of one image on one machine, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) machine: String,
    pub(crate) image: String,
    /// The optimisation level: `s` or `z`, or what `cargo build --release` gives.
    pub(crate) level: String,
    /// Code and constants in all.
    pub(crate) text: u32,
    /// What of it comes with the library.
    pub(crate) library: u32,
    /// Variables of the library's.
    pub(crate) ram: u32,
    /// The worst stack, from the machine code.
    pub(crate) stack: u32,
    /// The stack that was found used after a run; 0 for an image that is not run.
    pub(crate) painted: u32,
}

/// All rows, and the compiler that made them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) compiler: String,
    pub(crate) rows: Vec<Row>,
}

const HEAD: &str = "machine,image,level,text,library,ram,stack,painted";
/// What the code of a program of `images` may take more than where it was counted: its functions' names hold the folder that
/// the project is in, for the library is outside of the programs' workspace, and what the compiler shares between functions
/// depends on the order of their names. 8 bytes were seen. The C library is the same bytes from every folder.
const ELSEWHERE: u32 = 32;
const BEGIN: &str = "<!-- budgets -->\n";
const END: &str = "<!-- /budgets -->";

impl Table {
    /// Reads the file.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let compiler = lines.next().and_then(|line| line.strip_prefix("# rustc ")).ok_or("no compiler is named")?;
        if lines.next() != Some(HEAD) {
            return Err(format!("the second line is not {HEAD}"));
        }
        let rows =
            lines.map(|line| Row::read(line).ok_or_else(|| format!("no row: {line}"))).collect::<Result<_, _>>()?;
        Ok(Self { compiler: compiler.to_owned(), rows })
    }

    /// Writes the file.
    pub(crate) fn write(&self) -> String {
        let mut text = format!("# rustc {}\n{HEAD}\n", self.compiler);
        for Row { machine, image, level, text: all, library, ram, stack, painted } in &self.rows {
            text += &format!("{machine},{image},{level},{all},{library},{ram},{stack},{painted}\n");
        }
        text
    }

    /// Every number of `self` that is above its bound in `committed`, as sentences. Another compiler may take a twentieth
    /// more, and a few bytes; the code of a program in another folder, [`ELSEWHERE`].
    pub(crate) fn above(&self, committed: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for row in &self.rows {
            let same = |other: &&Row| other.machine == row.machine && other.image == row.image;
            let Some(bound) = committed.rows.iter().find(same) else {
                found.push(format!("{}, {}: there is no bound", row.machine, row.image));
                continue;
            };
            for ((what, bytes), (_, bound)) in row.numbers().into_iter().zip(bound.numbers()) {
                let allowed = if self.compiler != committed.compiler {
                    bound + bound / 20 + ELSEWHERE
                } else if row.is_program() && what.ends_with("code") {
                    bound + ELSEWHERE
                } else {
                    bound
                };
                if bytes > allowed {
                    found.push(format!("{}, {}: {what} {bytes}, at most {allowed}", row.machine, row.image));
                }
            }
        }
        found
    }

    /// The README's table.
    pub(crate) fn render(&self) -> String {
        let mut table = "| processor | image | level | code and constants | of these the library | variables | stack | used in a run |\n\
                         |---|---|---|--:|--:|--:|--:|--:|\n"
            .to_owned();
        for row in &self.rows {
            let painted = if row.painted == 0 { "-".to_owned() } else { row.painted.to_string() };
            let Row { machine, image, level, text, library, ram, stack, .. } = row;
            table += &format!("| {machine} | {image} | {level} | {text} | {library} | {ram} | {stack} | {painted} |\n");
        }
        table
    }
}

impl Row {
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split(',');
        let mut word = || fields.next().map(ToOwned::to_owned);
        let (machine, image, level) = (word()?, word()?, word()?);
        let mut number = || word()?.parse().ok();
        let (text, library, ram, stack, painted) = (number()?, number()?, number()?, number()?, number()?);
        fields.next().is_none().then_some(Self { machine, image, level, text, library, ram, stack, painted })
    }

    /// Whether it is a program of `images`, and not the C library: only programs are run.
    fn is_program(&self) -> bool {
        self.painted > 0
    }

    /// This with every number less by the least that [`Table::above`] must see.
    pub(crate) fn tightened(&self) -> Self {
        let code = if self.is_program() { ELSEWHERE + 1 } else { 1 };
        let mut row = self.clone();
        for (number, less) in [(&mut row.text, code), (&mut row.library, code), (&mut row.ram, 1), (&mut row.stack, 1)]
        {
            *number = number.saturating_sub(less);
        }
        row
    }

    /// What is bounded. The stack that a run used is not: it is no more than the worst.
    pub(crate) fn numbers(&self) -> [(&'static str, u32); 4] {
        [("code", self.text), ("library code", self.library), ("variables", self.ram), ("stack", self.stack)]
    }
}

/// The table between the README's markers.
pub(crate) fn find(readme: &str) -> Option<&str> {
    let (_, rest) = readme.split_once(BEGIN)?;
    rest.split_once(END).map(|(table, _)| table)
}

/// The README with another table between its markers; `None` without markers.
pub(crate) fn replace(readme: &str, table: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some([before, BEGIN, table, END, after].concat())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn table() -> Table {
        let row = |image: &str, text| Row {
            machine: "M".to_owned(),
            image: image.to_owned(),
            level: "s".to_owned(),
            text,
            library: 100,
            ram: 30,
            stack: 40,
            painted: 39,
        };
        // The second is a library, which is not run.
        Table { compiler: "1.2.3".to_owned(), rows: vec![row("a", 1000), Row { painted: 0, ..row("b", 2000) }] }
    }

    #[test]
    fn what_was_written_is_read_again() {
        assert_eq!(Table::read(&table().write()), Ok(table()));
        let readme = replace("x\n<!-- budgets -->\n<!-- /budgets -->\ny\n", &table().render()).unwrap();
        assert_eq!(find(&readme), Some(table().render().as_str()));
        assert!(readme.starts_with("x\n") && readme.ends_with("y\n"));
        assert!(Table::read(&table().write().replace(",30,", ",x,")).is_err());
        assert!(Table::read(&table().write().replace(",39\n", ",39,1\n")).is_err());
    }

    #[test]
    fn every_number_is_bounded() {
        assert_eq!(table().above(&table()), [""; 0]);
        for number in 0..4 {
            let mut more = table();
            let row = &mut more.rows[1];
            *[&mut row.text, &mut row.library, &mut row.ram, &mut row.stack][number] += 1;
            assert_eq!(more.above(&table()).len(), 1, "{number}");
            assert_eq!(table().above(&more), [""; 0], "less is well");
            // Another compiler's numbers are not as strictly bounded.
            more.compiler = "1.2.4".to_owned();
            assert_eq!(more.above(&table()), [""; 0]);
            more.rows[1].text *= 2;
            assert_eq!(more.above(&table()).len(), 1);
        }
        // Both rows: code, the library's, variables, stack. One more than the bound, and of a program's code 33.
        let tight = Table { rows: table().rows.iter().map(Row::tightened).collect(), ..table() };
        assert_eq!(table().above(&tight).len(), 8);
        let mut elsewhere = table();
        elsewhere.rows[0].text += ELSEWHERE;
        assert_eq!(elsewhere.above(&table()), [""; 0]);
        elsewhere.rows[0].text += 1;
        assert_eq!(elsewhere.above(&table()), ["M, a: code 1033, at most 1032"]);
        let mut other = table();
        other.rows[0].image = "c".to_owned();
        assert_eq!(other.above(&table()), ["M, c: there is no bound"]);
    }

    /// The header once said that the self-test needs "some 4 kB", of 5.9, and a linker script of the firmware in C that 4,096
    /// bytes are enough for every function.
    #[test]
    fn what_is_said_of_the_stack_is_what_was_counted() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
        let table = Table::read(&read("tests/budgets/budgets.csv")).unwrap();
        let is_c = |row: &&Row| ["library", "library as built", "self-test"].contains(&row.image.as_str());
        let worst = table.rows.iter().filter(is_c).map(|row| row.stack).max().unwrap();
        let said = |file: &str, before: &str| -> u32 {
            let text = read(file);
            let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{file} does not say {before:?}"));
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().unwrap()
        };
        let in_header = said("include/tutee.h", "on the 32-bit processors of tests/budgets at most ");
        assert_eq!(in_header, said("tests/firmware_c/sections.ld", "ASSERT(stack_top - bss_end >= "));
        // Nobody is to keep much more free than there is use for.
        let (least, most) = (worst, worst + worst / 4);
        assert!((least..=most).contains(&in_header), "{in_header} is said, {worst} was counted");
    }
}
