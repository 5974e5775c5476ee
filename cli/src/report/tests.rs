//! The report as a whole: what is written, and whether it says what the records say.

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

#[test]
fn every_drawing_is_on_the_page_and_the_page_needs_nothing_else() {
    let files = report("pictures", &[run("conv-relu"), run("graph-leaky")], Some(&digits()));
    let page = page_of(&files);
    assert_eq!(
        names(page),
        [
            "loss",
            "loss-by-task-1",
            "loss-by-task-2",
            "law-ratio",
            "law-ratio-end",
            "out-of-distribution",
            "out-of-distribution-signed",
            "out-of-distribution-by-task-1",
            "out-of-distribution-by-task-2",
            "cosine",
            "value-error",
            "attention-error",
            "attention-conv-relu-teacher",
            "attention-conv-relu-student",
            "attention-conv-relu-difference",
            "filters-conv-relu-teacher",
            "filters-conv-relu-student",
            "attention-graph-leaky-teacher",
            "attention-graph-leaky-student",
            "attention-graph-leaky-difference",
            "filters-graph-leaky-teacher",
            "filters-graph-leaky-student",
            "digits-maps",
            "digits-ink",
            "digits-filters",
            "digits-attention-teacher",
            "digits-attention-student",
            "digits-attention-difference",
            "digits-loss",
        ]
    );
    // Self-contained: nothing to fetch.
    for foreign in ["http", "url(", "@import", "<link", "<img", "src="] {
        assert!(!without_scripts(page).contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("half the sum of the squared differences").count(), 1);
}

#[test]
fn the_table_says_what_the_records_say() {
    let files = report("table", &[run("conv-relu")], Some(&digits()));
    let page = page_of(&files);
    let row = page.lines().find(|line| line.starts_with("<tr><td><a href=\"#task-conv-relu\">")).unwrap();
    for value in ["conv-relu", "−1.012", "1.046", "0.999988", "0.032", "−0.488", "1.25", "0123456789abcdef"] {
        assert!(row.contains(&format!(">{value}<")), "{value} in {row}");
    }
    assert!(page.contains("id=\"task-conv-relu\""));
    for value in ["0.9912", "0.9834", "0.7056", "0.0078", "97.3\u{a0}%", "Drawn by &lt;hand&gt;."] {
        assert!(page.contains(value), "{value}");
    }
}

#[test]
fn every_entry_of_every_matrix_is_a_cell() {
    let files = report("cells", &[run("conv-relu")], Some(&digits()));
    let cells = |name: &str| cells(&drawing(page_of(&files), name));
    for part in ["teacher", "student", "difference"] {
        assert_eq!(cells(&format!("attention-conv-relu-{part}")), 4 * 6);
        assert_eq!(cells(&format!("digits-attention-{part}")), 4 * 16);
    }
    assert_eq!(cells("filters-conv-relu-student"), 3 * 2);
    assert_eq!(cells("digits-maps"), 4 * 16);
    assert_eq!(cells("digits-ink"), 16);
    assert_eq!(cells("digits-filters"), 2 * 3 * 4);
    // A frame for each group around the patches of its window, counted in cells of the whole.
    let maps = drawing(page_of(&files), "digits-maps");
    let frames = maps["layout"]["shapes"].as_array().unwrap();
    assert_eq!(frames.len(), 4);
    let [x0, x1, y0, y1] = ["x0", "x1", "y0", "y1"].map(|side| frames[3][side].as_f64().unwrap());
    let lit = |x: f64, y: f64| maps["data"][0]["z"][(y + 0.5) as usize][(x + 0.5) as usize].as_f64();
    assert_eq!((x1 - x0, y1 - y0, lit(x0, y0), lit(x1 - 1.0, y1 - 1.0)), (2.0, 2.0, Some(0.22), Some(0.22)));
}

#[test]
fn names_are_escaped_and_never_leave_the_directory() {
    let names = ["<b>.json", "../../<b>.json", "", "conv-relu", "Conv_relu"];
    let files = report("names", &names.map(run), None);
    let page = page_of(&files);
    assert!(page.contains("&lt;b&gt;.json") && !page.contains("<b>.json"));
    for slug in ["b-json", "b-json-2", "run", "conv-relu", "conv-relu-2"] {
        assert!(page.contains(&format!("id=\"task-{slug}\"")), "{slug}");
        drawing(page, &format!("attention-{slug}-student"));
    }
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let runs = [run("conv-relu"), run("token-selection")];
    assert_eq!(report("once", &runs, Some(&digits())), report("twice", &runs, Some(&digits())));
}

/// Pairs of a trace.
fn points(trace: &Value, heights: &str) -> Vec<(f64, f64)> {
    let numbers = |field: &str| trace[field].as_array().unwrap().iter().map(|number| number.as_f64().unwrap());
    numbers("x").zip(numbers(heights)).collect()
}

#[test]
fn the_law_passes_where_the_record_says() {
    let files = report("law", &[run("conv-relu")], None);
    let page = page_of(&files);
    // Divided by the law, the last point lies at the record's ratio.
    let ratio = drawing(page, "law-ratio");
    let (_, last) = *points(&ratio["data"][1], "y").last().unwrap();
    assert!((last - 1.0456).abs() < 1e-5, "{last}");
    // And the dashed line of the loss lies below the last point by that ratio.
    let loss = drawing(page, "loss");
    let [(_, law), (_, end)] = [0, 1].map(|trace| *points(&loss["data"][trace], "y").last().unwrap());
    assert!((end / law - 1.0456).abs() < 1e-4, "{end} {law}");
    assert_eq!((&loss["data"][0]["line"]["dash"], &loss["data"][0]["meta"]), (&json!("6px,4px"), &json!(0)));
}

/// Of a student without its teacher's activation the law stands on the least that it can reach.
#[test]
fn the_law_stands_on_the_least_loss() {
    let mut linear = run("conv-relu");
    linear.summary.student_activation = Some(ActivationRecord::Identity);
    linear.summary.best_loss = Some(0.5);
    let above = linear.summary.excess_loss.unwrap();
    linear.summary.excess_loss = Some(0.5 + above);
    linear.curve.iter_mut().for_each(|point| point.excess_loss += 0.5);
    let files = report("law-least", &[linear], None);
    let page = page_of(&files);
    let last = |drawing: &Value, trace: usize| points(&drawing["data"][trace], "y").last().unwrap().1;
    let loss = drawing(page, "loss");
    let traces = loss["data"].as_array().unwrap();
    let law = traces.iter().position(|trace| trace["name"].as_str().unwrap().starts_with("law of")).unwrap();
    assert!((last(&loss, law) - (0.5 + above / 1.0456)).abs() < 1e-5, "{}", last(&loss, law));
    let ratio = drawing(page, "law-ratio");
    assert_eq!(ratio["layout"]["yaxis"]["title"]["text"], "loss above the least / law");
    let ends: Vec<f64> = (0..ratio["data"].as_array().unwrap().len()).map(|trace| last(&ratio, trace)).collect();
    assert!(ends.iter().any(|end| (end - 1.0456).abs() < 1e-3), "{ends:?}");
}

#[test]
fn the_ratio_to_the_law_can_be_read_by_the_per_cent() {
    for (end, step) in [(1.0012, 0.01), (0.98, 0.01), (1.0456, 0.02), (1.6, 0.2)] {
        let mut near = run("near");
        near.summary.law_ratio = Some(end);
        let files = report("per-cent", &[near], None);
        let close = drawing(page_of(&files), "law-ratio-end");
        let axis = &close["layout"]["yaxis"];
        let [low, high] = [0, 1].map(|side| axis["range"][side].as_f64().unwrap());
        assert!(low < end && end < high && low < 1.0 && 1.0 < high && high - low > 0.07, "{end}: {low} {high}");
        assert_eq!(axis["dtick"].as_f64(), Some(step), "{end}");
        assert!(close["data"][1]["name"].as_str().unwrap().starts_with("near: "), "{close}");
        let steps = close["layout"]["xaxis"]["range"].as_array().unwrap();
        assert!((steps[1].as_f64().unwrap() - steps[0].as_f64().unwrap() - 0.5).abs() < 1e-5);
    }
}

#[test]
fn errors_in_norm_stand_beside_the_cosine() {
    let files = report("norms", &[run("conv-relu")], None);
    for (name, value) in [("value-error", 0.2), ("attention-error", 0.1)] {
        let heights = points(&drawing(page_of(&files), name)["data"][0], "y");
        assert_eq!(heights, [1.0, 10.0, 100.0, 1000.0].map(|step| (step, value)), "{name}");
    }
}

#[test]
fn what_does_not_apply_leaves_a_dash_and_no_picture() {
    let mut bare = run("bare");
    bare.summary.group = None;
    bare.summary.slope = None;
    bare.summary.law_ratio = None;
    bare.summary.value_cosine_min = None;
    bare.summary.attention_error_max = None;
    bare.summary.ood_slope = None;
    bare.ood_first_order_slope = None;
    for point in &mut bare.curve {
        point.ood_excess = None;
        point.ood_first_order = None;
        point.value_cosine_min = None;
    }
    let files = report("bare", &[bare.clone()], None);
    let page = page_of(&files);
    let drawn = names(page);
    assert!(drawn.iter().all(|name| !name.starts_with("law") && !name.starts_with("out")), "{drawn:?}");
    assert!(drawn.len() == 6 && drawn[0] == "loss" && drawn[5] == "filters-bare-student", "{drawn:?}");
    let row = page.lines().find(|line| line.contains("href=\"#task-bare\"")).unwrap();
    assert_eq!(row.matches(">–</td>").count(), 5);
    assert_eq!(drawing(page, "loss")["data"].as_array().unwrap().len(), 1, "no law");

    bare.curve.clear();
    assert_eq!(names(page_of(&report("no-curve", &[bare], None))).len(), 6);
    assert_eq!(names(page_of(&report("nothing", &[], None))).len(), 0);
}

#[test]
fn zeros_are_skipped_and_either_sign_is_drawn() {
    let mut odd = run("odd");
    odd.curve[2].excess_loss = 0.0;
    odd.curve[3].ood_excess = Some(0.0);
    odd.curve[4].ood_excess = Some(-0.3);
    let files = report("signs", &[odd], None);
    let page = page_of(&files);
    assert_eq!(points(&drawing(page, "loss")["data"][1], "y").len(), 3);
    // The guide is laid by the last decade, in which the zero lies.
    let whole = drawing(page, "out-of-distribution");
    assert_eq!(whole["data"][0]["name"], "slope −1/2, to compare");
    let own = &whole["data"][1];
    assert_eq!(points(own, "y"), [(1.0, 0.099), (10.0, 0.09), (1000.0, 0.3)]);
    assert_eq!(points(own, "customdata"), [(1.0, 0.099), (10.0, 0.09), (1000.0, -0.3)]);
    assert_eq!(own["marker"]["size"], json!([0, 0, 7]));
    let signed = drawing(page, "out-of-distribution-signed");
    let (_, last) = *points(&signed["data"][1], "y").last().unwrap();
    assert!((last + 0.3 * 1000_f64.sqrt()).abs() < 1e-4, "{last}");
    let range = &signed["layout"]["yaxis"]["range"];
    assert_eq!(range[0].as_f64().map(|low| -low), range[1].as_f64());
}

#[test]
fn the_smallest_run_and_shapes_that_do_not_fit_are_drawn() {
    let mut tiny = run("tiny");
    tiny.value = vec![vec![0.5]];
    tiny.summary.teacher_value = vec![vec![1.0]];
    tiny.attention = vec![vec![1.0]];
    tiny.teacher_mixing = vec![vec![1.0]];
    let mut misfit = digits();
    misfit.grid = 0;
    misfit.window = 0;
    misfit.patch = 3;
    misfit.ink.clear();
    misfit.run.attention.pop();
    let files = report("tiny", &[tiny], Some(&misfit));
    assert_eq!(cells(&drawing(page_of(&files), "filters-tiny-teacher")), 1);
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let scratch = Scratch::new("blocked");
    fs::create_dir_all(&scratch.0).unwrap();
    let blocked = scratch.0.join("file");
    fs::write(&blocked, "").unwrap();
    let report =
        Report { runs: &[run("conv-relu")], digits: None, layers: &[], fits: &[], unfinished: &[], table: None };
    let failure = write(&blocked, &report).unwrap_err();
    assert_eq!(failure.code, 1);
    assert!(failure.to_string().starts_with(&format!("{}: ", blocked.display())), "{failure}");
}

#[test]
fn a_new_page_takes_the_place_of_all_of_the_one_before() {
    let scratch = Scratch::new("stale");
    let runs = [run("graph-leaky")];
    let report = Report { runs: &runs, digits: None, layers: &[], fits: &[], unfinished: &[], table: Some("task\n") };
    write(&scratch.0, &report).unwrap();
    // A page of an earlier version, whose pictures were files.
    let earlier =
        read(&scratch.0.join(PAGE)).replace("content=\"table.csv\"", "content=\"loss.svg gone.svg table.csv\"");
    fs::write(scratch.0.join(PAGE), earlier).unwrap();
    for own in ["loss.svg", "attention-mine.svg", "notes.txt"] {
        fs::write(scratch.0.join(own), "mine").unwrap();
    }
    let Written { mut files, cleared } = write(&scratch.0, &Report { table: None, ..report }).unwrap();
    assert_eq!(cleared, 2, "a picture, and the table");
    files.extend(["attention-mine.svg", "notes.txt"].map(|own| scratch.0.join(own)));
    let on_disk: BTreeSet<PathBuf> = fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(on_disk, files.into_iter().collect());
}

#[test]
fn a_page_names_nothing_outside_its_folder() {
    let names = |list: &str| {
        let page = format!("<meta name=\"tutee-files\" content=\"{list}\" />");
        page::files(&page).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names("loss.svg ../b.svg /etc/c.svg .svg d.txt table.csv .hidden.svg"), ["loss.svg", "table.csv"]);
    assert!(page::files("<html>").next().is_none());
}

#[test]
fn the_page_says_what_is_not_finished() {
    use crate::failure::Ended;
    let scratch = Scratch::new("unfinished");
    let lost = Unfinished::new("<b>", "<b>", "", Ended::Interrupted);
    write(
        &scratch.0,
        &Report { runs: &[run("conv-relu")], digits: None, layers: &[], fits: &[], unfinished: &[&lost], table: None },
    )
    .unwrap();
    assert!(read(&scratch.0.join(PAGE)).contains("Not finished:</b> &lt;b&gt; (interrupted)"));
}

#[test]
fn a_teacher_with_both_signs_has_a_scale_with_both() {
    let mut signed = run("signed");
    signed.teacher_mixing[0][0] = -1.0;
    signed.teacher_mixing[0][1] = 1.0;
    let files = report("both-signs", &[signed, run("plain")], None);
    let page = page_of(&files);
    for part in ["teacher", "student"] {
        let trace = drawing(page, &format!("attention-signed-{part}"))["data"][0].take();
        assert_eq!(
            (&trace["meta"], &trace["zmin"], &trace["zmax"]),
            (&json!("signed"), &json!(-1), &json!(1)),
            "{part}"
        );
        let plain = drawing(page, &format!("attention-plain-{part}"))["data"][0].take();
        assert_eq!(
            (&plain["meta"], &plain["zmin"], &plain["zmax"]),
            (&json!("amount"), &json!(0), &json!(0.5)),
            "{part}"
        );
    }
    let teacher = drawing(page, "attention-signed-teacher");
    assert_eq!((&teacher["data"][0]["z"][0][0], &teacher["data"][0]["z"][0][1]), (&json!(-1), &json!(1)));
    assert_eq!(page.matches("Blue is negative, red positive.").count(), 1);
}

/// Two tokens with the codes of their positions; separate matrices of one row, so that their product is known by heart.
fn layer(task: &str) -> LayerRecord {
    let point = |step: u64| LayerPoint {
        step,
        excess_loss: 2.0 / (1.0 + step as f64),
        ood_excess: 3.0,
        value_cosine_min: None,
        value_error: None,
        attention_error: None,
        digest: step,
    };
    LayerRecord {
        summary: Summary {
            mode: "online",
            tokens: 2,
            outputs: 2,
            filters: 1,
            features: 1,
            teacher_value: vec![vec![0.4]],
            ..run(task).summary
        },
        student: "layer",
        embedding: "concatenated".to_owned(),
        encoding: Some("identity".to_owned()),
        code_width: Some(2),
        attention: "separate".to_owned(),
        keys: Some(1),
        scale: "tokens".to_owned(),
        start: "gaussian:0.1".to_owned(),
        queries: "tokens",
        train: vec![],
        loss: "squared".to_owned(),
        rule: "gd",
        value_rule: "gd",
        input: "gaussian".to_owned(),
        test_input: "exponential".to_owned(),
        batch: 64,
        noise: 0.0,
        noise_mean: 0.0,
        flips: 0.0,
        test_samples: 500,
        stop: StopRecord::default(),
        shares: Shares { value_content: Some(0.75), position_position: Some(0.98762), ..Shares::default() },
        value: vec![vec![0.5, 0.1, -0.1]],
        w_kq: None,
        w_k: Some(vec![vec![1.0, 2.0, 0.0]]),
        w_q: Some(vec![vec![0.0, 3.0, -1.0]]),
        codes: Some(vec![vec![1.0, 0.0], vec![0.0, 1.0]]),
        codes_recovery: None,
        key_query_recovery: None,
        mean_attention: vec![vec![0.75, 0.25], vec![0.25, 0.75]],
        position_attention: Some(vec![vec![0.7, 0.3], vec![0.3, 0.7]]),
        teacher_mixing: Some(vec![vec![1.0, 0.0], vec![0.0, 1.0]]),
        teacher_direction: None,
        teacher_temperature: None,
        teacher_map: None,
        teacher_scale: None,
        teacher_share: None,
        teacher_fixed: None,
        teacher_token: None,
        curve: [0, 1, 10, 100, 1000].map(point).to_vec(),
    }
}

#[test]
fn a_layer_is_drawn_block_by_block() {
    let mut own = layer("top-k");
    (own.teacher_mixing, own.position_attention) = (None, None);
    // Of content alone.
    own.shares = Shares { value_content: Some(1.0), content_content: Some(0.0), ..Shares::default() };
    let layers = [layer("graph-relu"), own];
    let scratch = Scratch::new("layers");
    let report = Report { runs: &[], layers: &layers, fits: &[], digits: None, unfinished: &[], table: Some("task\n") };
    let files = write(&scratch.0, &report).unwrap().files;
    assert_eq!(files.iter().map(|path| name(path)).collect::<Vec<_>>(), ["index.html", "table.csv"]);
    let page = read(&scratch.0.join(PAGE));
    let expected = [
        "layer-loss",
        "layer-out-of-distribution",
        "value-graph-relu-teacher",
        "value-graph-relu-student",
        "key-query-graph-relu",
        "attention-graph-relu-teacher",
        "attention-graph-relu-position",
        "attention-graph-relu-mean",
        "value-top-k-teacher",
        "value-top-k-student",
        "key-query-top-k",
        "attention-top-k-mean",
    ];
    assert_eq!(names(&page), expected);
    let product = drawing(&page, "key-query-graph-relu");
    // The largest product is 2 * 3; content ends after the first entry of keys and of queries.
    assert_eq!((cells(&product), &product["data"][0]["zmax"]), (9, &json!(6)));
    assert_eq!(product["layout"]["title"]["text"], "W_K' W_Q");
    let borders = product["layout"]["shapes"].as_array().unwrap();
    assert_eq!((borders.len(), &borders[0]["y0"], &borders[1]["x0"]), (2, &json!(0.5), &json!(0.5)));
    let values = drawing(&page, "value-graph-relu-student");
    assert_eq!((cells(&values), values["layout"]["shapes"].as_array().unwrap().len()), (3, 1));
    for part in
        ["<h1>What the layer learned</h1>", ">0.7500<", ">0.9876<", "98.762 %", "href=\"#task-top-k\"", "half the sum"]
    {
        assert!(page.contains(part), "{part}");
    }
    // Blocks that are not there are not told of, and no zero stands for them.
    assert!(page.contains("key against query: content against content 0.000 %."));
    assert!(page.contains("key against query: position against position 98.762 %."));
    assert_eq!(page.matches("0.0000").count(), 0, "the share of positions of a layer without any");
}
