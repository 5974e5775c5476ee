//! The atlas as a page: a card a cell, with its picture. One file, no script, nothing fetched from elsewhere.

use std::fmt::Write;

use super::cell::{Cell, RULE};
use super::number::short;
use super::picture::picture;

const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#f5f6f8;--card:#fff;--ink:#24292f;--soft:#5b6470;--rule:#dde1e6;--own:#0f5fa8;--beside:#9aa3ae;--least:#cf5f12;\
--good:#0c7a54;--bad:#c0262d}\n\
@media (prefers-color-scheme:dark){:root{--ground:#121418;--card:#1a1d22;--ink:#e4e7eb;--soft:#a3acb8;--rule:#2f353d;--own:#4f9fe8;--beside:#6c7580;\
--least:#f39a55;--good:#35c08f;--bad:#ff8a8a}}\n\
*{box-sizing:border-box}\n\
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n\
main{max-width:1400px;margin:0 auto;padding:32px 20px 64px}\n\
h1{font-size:32px;margin:0 0 10px}\n\
p{margin:0 0 12px;max-width:80ch}\n\
.cells{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:16px;margin-top:20px}\n\
.cell{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:14px 16px;min-width:0}\n\
.cell h2{font-size:17px;margin:0}\n\
.cell p{font-size:14px;margin:4px 0 0;overflow-wrap:anywhere}\n\
.soft{color:var(--soft)}\n\
.word{font-weight:600;color:var(--good)}\n\
.differs .word{color:var(--bad)}\n\
svg{display:block;width:100%;height:auto;margin:10px 0 4px}\n\
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}\n\
.axis,.grid{fill:none;stroke:var(--rule)}\n\
.axis{stroke:var(--beside)}\n\
polyline{fill:none;stroke-width:2;stroke-linejoin:round}\n\
.own{stroke:var(--own)}\n\
.beside{stroke:var(--beside);stroke-width:1.5}\n\
.least{fill:none;stroke:var(--least);stroke-dasharray:5 4;stroke-width:1.5}\n\
table{border-collapse:collapse;width:100%;font-size:13px;margin-top:8px;font-variant-numeric:tabular-nums}\n\
td,th{padding:3px 0 3px 8px;text-align:right;border-top:1px solid var(--rule);font-weight:400;vertical-align:top}\n\
td:first-child,th:first-child{text-align:left;padding-left:0}\n\
th{color:var(--soft);border-top:0}\n\
summary{cursor:pointer}\n";

/// The whole page.
pub fn html(cells: &[Cell]) -> String {
    let agreeing = cells.iter().filter(|cell| cell.agrees).count();
    let mut body = format!(
        "<h1>Atlas of what is learned</h1>\n\
         <p>The theorem covers teachers that average K tokens for each output, and Gaussian inputs. Every card leaves that on one side: what \
         was predicted, what was measured, and the word that follows from the curve. {agreeing} of {} are as predicted.</p>\n\
         <p class=\"soft\">Curves: loss over gradient steps, both logarithmic. Dashed: the least loss of any student. Grey: what stands beside \
         it for comparison.</p>\n\
         <details><summary>How the words are chosen</summary><p class=\"soft\">{RULE}</p></details>\n<div class=\"cells\">\n",
        cells.len()
    );
    for cell in cells {
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
             <p><span class=\"word\">{4}</span>{differs}: {5}.</p>\n<p class=\"soft\">Predicted: {6}.</p>\n\
             <table><tr><th></th><th>predicted</th><th>measured</th></tr>\n",
            cell.name,
            cell.what,
            cell.student,
            picture(cell.name, &cell.found),
            cell.found.verdict.name(),
            cell.found.why,
            cell.prediction,
        )
        .ok();
        for number in &cell.found.numbers {
            let error = number.error.map(|error| format!(" &#177; {}", short(error))).unwrap_or_default();
            let (what, predicted, measured) = (number.what, short(number.predicted), short(number.measured));
            writeln!(body, "<tr><td>{what}</td><td>{predicted}</td><td>{measured}{error}</td></tr>").ok();
        }
        body.push_str("</table>\n</article>\n");
    }
    body.push_str("</div>\n");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n<title>Tutee: atlas of what is learned</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}
