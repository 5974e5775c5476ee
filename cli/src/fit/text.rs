//! What is printed of a fit below its table.

use super::record::FitRecord;
use crate::atlas::number::short;
use crate::text::{LONGEST_NAME, several, shown};

/// Outputs of which a line is printed, and links on it.
const OUTPUTS: usize = 32;
const LINKS: usize = 8;

/// Verdict, what was chosen, what was noticed, and who depends on whom.
pub fn lines(run: &FitRecord) -> String {
    let mut text = format!("{}: {}\n", run.verdict, run.reason);
    if let Some(whitened) = &run.whitened {
        let before = short(whitened.condition);
        text += &format!(
            "readings were whitened (condition of their features before: {before}); W and its bias in the JSON are for readings as they come\n"
        );
    } else if run.standardised.is_some() {
        text += "readings were standardised; W and its bias in the JSON are for readings as they come\n";
    }
    if run.stop.reported == "best" {
        let step = several(run.stop.reported_step, "step");
        text +=
            &format!("reported: the student after {step} of {}, the best of pairs held out at any look\n", run.steps);
    }
    if run.rates == "data" {
        text += &format!(
            "rates from the data, in its last step: {:.3e} of W, {:.3e} of W_KQ\n",
            run.rate, run.attention_rate
        );
    }
    let condition = run
        .condition
        .map_or_else(|| "a direction has no power".to_owned(), |condition| format!("condition {}", short(condition)));
    let norm = run.gradient_norm.map_or_else(|| "overflows".to_owned(), short);
    text += &format!("gradient norm {norm}, inputs: {condition}\n");
    for note in &run.notes {
        text += &format!("{note}\n");
    }
    let confirmed = if run.links.iter().all(|link| link.halves.is_some()) {
        "? where not both halves of the pairs say so"
    } else {
        "no students of halves of the pairs confirm or doubt them"
    };
    text += &format!("\nwho depends on whom (output: token weight, the largest first; {confirmed})\n");
    for output in 0..run.outputs.min(OUTPUTS) {
        let row: Vec<_> = run.links.iter().filter(|link| link.output == output).collect();
        let told: Vec<_> = row
            .iter()
            .take(LINKS)
            .map(|link| {
                let doubt = if link.halves.is_some_and(|halves| halves < 2) { "?" } else { "" };
                format!("{} {:.3}{doubt}", link.token, link.weight)
            })
            .collect();
        let more = if row.len() > LINKS { format!(", and {} more", row.len() - LINKS) } else { String::new() };
        let told = if told.is_empty() { "none stands out".to_owned() } else { told.join(", ") + &more };
        text += &format!("{output:>4}: {told}\n");
    }
    if run.outputs > OUTPUTS {
        text += &format!(
            "  and {} more, of {}\n",
            several(run.outputs - OUTPUTS, "output"),
            shown(&run.task, LONGEST_NAME)
        );
    }
    text
}
