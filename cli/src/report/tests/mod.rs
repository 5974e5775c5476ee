//! The report as a whole: what is written, and whether it says what the records say.

mod curves;
mod layers;
mod matrices;
mod pages;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cells::tests::cells;
use super::drawing::tests::drawings;
use super::markup::tests::without_scripts;
use super::*;
use crate::failure::Unfinished;
use crate::input::InputName;
use crate::layer::record::{LayerPoint, LayerRecord, Shares};
use crate::record::{ActivationRecord, CurvePoint, DigitsRecord, Kind, Provenance, RunRecord, StopRecord, Summary};
use crate::step_rules::StepRules;

/// A directory of one test's own, removed when the test is over.
struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        Self(std::env::temp_dir().join(format!("tutee-report-{test}-{}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Four outputs over six tokens, three filters of two features, on a curve that follows its law from the start.
fn run(task: &str) -> RunRecord {
    let mixing = |on: f64, off: f64| -> Vec<Vec<f64>> {
        (0..4).map(|j| (0..6).map(|i| if i / 2 == j % 3 { on } else { off }).collect()).collect()
    };
    let steps = 1000;
    let point = |step: u64| CurvePoint {
        step,
        excess_loss: 2.0 / (1.0 + step as f64),
        ood_excess: Some(0.1 - 0.001 * step as f64),
        ood_first_order: Some(-0.2),
        value_cosine_min: (step > 0).then_some(0.95),
        value_error: Some(0.2),
        attention_error: Some(0.1),
        digest: step,
    };
    RunRecord {
        summary: Summary {
            provenance: Provenance::now(),
            task: task.to_owned(),
            scalar: "f64",
            mode: "population",
            activation: ActivationRecord::Relu,
            student_activation: None,
            filters: 3,
            features: 2,
            tokens: 6,
            outputs: 4,
            group: Some(2),
            rate: 0.5,
            attention_rate: 0.5,
            steps,
            seed: 1,
            excess_loss_start: Some(2.0),
            excess_loss: Some(2.0 / 1001.0),
            slope: Some(-1.0123),
            law_ratio: Some(1.0456),
            line_ratio: None,
            verdict: Some("asymptotic"),
            reason: Some("the loss falls along its law"),
            failed: false,
            steps_needed: None,
            best_loss: Some(0.0),
            value_cosine_min: Some(0.999_987_6),
            attention_error_max: Some(0.0321),
            ood_slope: Some(-0.4879),
            seconds: 1.25,
            digest: "0123456789abcdef".to_owned(),
            teacher_value: vec![vec![0.1, -0.8]; 3],
        },
        kind: Kind::position(StepRules::default(), Some(InputName::GAUSSIAN), Some(InputName::EXPONENTIAL)),
        batch: None,
        noise: None,
        noise_mean: None,
        flips: None,
        teacher_token: None,
        chosen: None,
        stop: StopRecord::default(),
        ood_first_order_slope: Some(-0.5),
        value: vec![vec![0.1, -0.7]; 3],
        attention: mixing(0.4, 0.05),
        logits: mixing(2.0, 0.0),
        w_kq: None,
        codes: None,
        teacher_mixing: mixing(0.5, 0.0),
        curve: [0, 1, 10, 100, steps].map(point).to_vec(),
    }
}

/// A grid of four by four patches of two by two pixels, in four windows.
fn digits() -> DigitsRecord {
    let window = |g: usize, p: usize| (p / 4 / 2, p % 4 / 2) == (g / 2, g % 2);
    let mixing = |on: f64, off: f64| -> Vec<Vec<f64>> {
        (0..4).map(|g| (0..16).map(|p| if window(g, p) { on } else { off }).collect()).collect()
    };
    DigitsRecord {
        run: RunRecord {
            summary: Summary {
                mode: "samples",
                features: 4,
                tokens: 16,
                group: Some(4),
                teacher_value: vec![vec![0.1, 0.2, -0.3, 0.5]; 3],
                ..run("digits").summary
            },
            attention: mixing(0.22, 0.01),
            teacher_mixing: mixing(0.25, 0.0),
            value: vec![vec![0.1, 0.2, -0.3, 0.4]; 3],
            ..run("digits")
        },
        value_cosine_mean: 0.9912,
        interior_mass: 0.9834,
        border_mass: 0.7056,
        relative_test_loss: 0.0078,
        teacher_accuracy: 0.9731,
        images: (1000, 500),
        source: "Drawn by <hand>.".to_owned(),
        data: None,
        grid: 4,
        window: 2,
        patch: 2,
        stride: 2,
        ink: (0..16).map(|p| f64::from(p) / 16.0).collect(),
        example: Vec::new(),
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Writes the report, checks that every file of it is well-formed, and returns the files by name.
fn report(test: &str, runs: &[RunRecord], digits: Option<&DigitsRecord>) -> Vec<(String, String)> {
    let scratch = Scratch::new(test);
    let files = write(&scratch.0, &Report { runs, digits, unfinished: &[], table: None, layers: &[], fits: &[] })
        .unwrap()
        .files;
    let on_disk: BTreeSet<PathBuf> = fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(on_disk, files.iter().cloned().collect(), "what is returned is what was written");
    assert_eq!(on_disk.len(), files.len(), "no file is written twice");
    for file in &files {
        let text = without_scripts(&read(file));
        if let Err(error) = roxmltree::Document::parse(&text) {
            panic!("{}: {error}", file.display());
        }
        assert!(!text.contains("NaN") && !text.contains("inf\""), "{}", file.display());
    }
    files.iter().map(|file| (name(file).to_owned(), read(file))).collect()
}

/// The page.
fn page_of(files: &[(String, String)]) -> &str {
    let [(name, page)] = files else { panic!("{} files", files.len()) };
    assert_eq!(name, PAGE);
    page
}

/// A drawing of the page.
fn drawing(page: &str, wanted: &str) -> Value {
    let found = drawings(page).into_iter().find(|(name, _)| name == wanted);
    found.unwrap_or_else(|| panic!("{wanted} is missing")).1
}

fn names(page: &str) -> Vec<String> {
    drawings(page).into_iter().map(|(name, _)| name).collect()
}
