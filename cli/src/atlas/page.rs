//! The atlas as a page: a card a cell, with its picture. One file, nothing fetched from elsewhere.

use std::fmt::Write;

use super::cell::{Cell, RULE};
use super::number::short;
use super::picture::picture;
use crate::failure::Unfinished;
use crate::report::markup::{self, LOSS};

/// The cards' own look.
const STYLE: &str = "\
main{max-width:1400px}\n\
.cells{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:16px;margin-top:20px}\n\
.cell{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:14px 16px;min-width:0}\n\
.cell h2{font-size:17px;margin:0}\n\
.cell p{font-size:14px;margin:4px 0 0;overflow-wrap:anywhere}\n\
.word{font-weight:600;color:#0c7a54}\n\
.differs .word{color:#c0262d}\n\
@media screen and (prefers-color-scheme:dark){.word{color:#35c08f}.differs .word{color:#ff8a8a}}\n\
.cell table{font-size:13px;margin-top:8px}\n\
.cell td,.cell th{padding:3px 0 3px 8px;white-space:normal;vertical-align:top}\n\
.cell th{color:var(--soft);font-weight:400;text-align:right}\n\
summary{cursor:pointer}\n";

/// The whole page.
pub fn html(cells: &[Cell], unfinished: &[Unfinished]) -> String {
    let agreeing = cells.iter().filter(|cell| cell.agrees).count();
    let mut body = format!(
        "<h1>Atlas of what is learned</h1>\n\
         <p>The theorem covers teachers that average K tokens for each output, and Gaussian inputs. Every card leaves that on one side: what \
         was predicted, what was measured, and the word that follows from the curve. {agreeing} of {} are as predicted.</p>\n\
         <p class=\"soft\">Curves: loss over gradient steps, or over what the axis says, both logarithmic. Dashed: the least loss of any student, or, of two tokens by a layer, of the best of a family. \
         Grey, or in colours of their own: what stands beside it for comparison. {LOSS}</p>\n\
         <details><summary>How the words are chosen</summary><p class=\"soft\">{RULE}</p></details>\n<div class=\"cells\">\n",
        cells.len()
    );
    for cell in unfinished {
        writeln!(body, "<p><b>unfinished: {}</b></p>", markup::escape(&cell.message)).ok();
    }
    for cell in cells {
        let guess = cell.first_guess.map(|guess| format!(" The first guess was wrong: {guess}.")).unwrap_or_default();
        let class = if cell.agrees { "cell" } else { "cell differs" };
        let differs = if cell.agrees {
            String::new()
        } else if cell.found.verdict != cell.expected {
            format!(" (predicted: {})", cell.expected.name())
        } else {
            " (a number is not as predicted)".to_owned()
        };
        write!(
            body,
            "<article class=\"{class}\" id=\"{0}\">\n<h2>{0}</h2>\n<p class=\"soft\">{1}; student: {2}</p>\n{3}\
             <p><span class=\"word\">{4}</span>{differs}: {5}.</p>\n<p class=\"soft\">Predicted: {6}.{guess}</p>\n\
             <table><thead><tr><th></th><th>predicted</th><th>measured</th></tr></thead><tbody>\n",
            cell.name,
            cell.what,
            cell.student,
            picture(cell.name, &cell.found).place(&format!("{}: loss over {}", cell.name, cell.found.over)),
            cell.found.verdict.name(),
            cell.found.why,
            cell.prediction,
        )
        .ok();
        for number in &cell.found.numbers {
            let error = number.error.map(|error| format!(" &#177; {}", short(error))).unwrap_or_default();
            let (what, predicted, measured) = (number.what, short(number.predicted), short(number.measured));
            let within = number.within();
            writeln!(
                body,
                "<tr><td>{what}</td><td data-label=\"predicted\">{predicted}<br /><span class=\"soft\">{within}</span></td><td data-label=\"measured\">{measured}{error}</td></tr>"
            )
            .ok();
        }
        body.push_str("</tbody></table>\n</article>\n");
    }
    body.push_str("</div>\n");
    markup::page("Tutee: atlas of what is learned", "", STYLE, &body)
}
