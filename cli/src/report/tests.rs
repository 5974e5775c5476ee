//! The report as a whole: what is written, and whether it says what the records say.

use std::collections::BTreeSet;

use super::*;
use crate::failure::Unfinished;
use crate::input::InputName;
use crate::layer::record::{LayerPoint, LayerRecord, Shares};
use crate::record::{ActivationRecord, CurvePoint, DigitsRecord, Kind, Provenance, RunRecord, Summary};
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
        ood_first_order_slope: Some(-0.5),
        value: vec![vec![0.1, -0.7]; 3],
        attention: mixing(0.4, 0.05),
        logits: mixing(2.0, 0.0),
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
        ink: (0..16).map(|p| f64::from(p) / 16.0).collect(),
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
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    for file in &files {
        let text = read(file);
        if let Err(error) = roxmltree::Document::parse_with_options(&text, options) {
            panic!("{}: {error}", file.display());
        }
        assert!(!text.contains("NaN") && !text.contains("inf\""), "{}", file.display());
    }
    files.iter().map(|file| (name(file).to_owned(), read(file))).collect()
}

fn file<'a>(files: &'a [(String, String)], wanted: &str) -> &'a str {
    let found = files.iter().find(|(name, _)| name == wanted);
    &found.unwrap_or_else(|| panic!("{wanted} is missing")).1
}

#[test]
fn every_picture_is_a_file_and_a_figure_of_the_page() {
    let files = report("pictures", &[run("conv-relu"), run("graph-leaky")], Some(&digits()));
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "index.html",
            "loss.svg",
            "loss-by-task.svg",
            "law-ratio.svg",
            "out-of-distribution.svg",
            "out-of-distribution-by-task.svg",
            "cosine.svg",
            "attention-conv-relu.svg",
            "filters-conv-relu.svg",
            "attention-graph-leaky.svg",
            "filters-graph-leaky.svg",
            "digits-maps.svg",
            "digits-ink.svg",
            "digits-filters.svg",
            "digits-attention.svg",
            "digits-loss.svg",
        ]
    );
    let page = file(&files, "index.html");
    assert_eq!(page.matches("<svg ").count(), files.len() - 1);
    // Self-contained: nothing to fetch, nothing to run.
    for foreign in ["http", "url(", "@import", "<script", "<link", "<img", "src="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn the_table_says_what_the_records_say() {
    let files = report("table", &[run("conv-relu")], Some(&digits()));
    let page = file(&files, "index.html");
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
    let cells = |name: &str| heatmap::tests::cells(file(&files, name));
    let bar = heatmap::tests::BAR;
    assert_eq!(cells("attention-conv-relu.svg"), 3 * 4 * 6 + 2 * bar);
    assert_eq!(cells("filters-conv-relu.svg"), 2 * 3 * 2 + bar);
    assert_eq!(cells("digits-maps.svg"), 4 * 16 + bar);
    assert_eq!(cells("digits-ink.svg"), 16 + bar);
    assert_eq!(cells("digits-filters.svg"), 2 * 3 * 4 + bar);
    assert_eq!(cells("digits-attention.svg"), 3 * 4 * 16 + 2 * bar);
}

#[test]
fn names_are_escaped_and_never_leave_the_directory() {
    let names = ["<b>.json", "../../<b>.json", "", "conv-relu", "Conv_relu"];
    let files = report("names", &names.map(run), None);
    let page = file(&files, "index.html");
    assert!(page.contains("&lt;b&gt;.json") && !page.contains("<b>.json"));
    for slug in ["b-json", "b-json-2", "run", "conv-relu", "conv-relu-2"] {
        assert!(page.contains(&format!("id=\"task-{slug}\"")), "{slug}");
        file(&files, &format!("attention-{slug}.svg"));
    }
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let runs = [run("conv-relu"), run("token-selection")];
    assert_eq!(report("once", &runs, Some(&digits())), report("twice", &runs, Some(&digits())));
}

#[test]
fn the_law_passes_where_the_record_says() {
    let files = report("law", &[run("conv-relu")], None);
    // Divided by the law, the last point lies at the record's ratio, read off the axis as a person would.
    let picture = file(&files, "law-ratio.svg");
    let document = roxmltree::Document::parse(picture).unwrap();
    let curve = document.descendants().find(|n| n.has_tag_name("polyline")).unwrap();
    let (_, y) = curve.attribute("points").unwrap().rsplit(' ').next().unwrap().split_once(',').unwrap();
    let frame = document.descendants().find(|n| n.attribute("class") == Some("frame")).unwrap();
    let number = |name: &str| frame.attribute(name).unwrap().parse::<f64>().unwrap();
    let labels: Vec<i32> = document
        .descendants()
        .filter(|n| n.has_tag_name("tspan") && n.parent().unwrap().attribute("text-anchor") == Some("end"))
        .map(|n| n.text().unwrap().replace('−', "-").parse().unwrap())
        .collect();
    let (low, high) = (f64::from(labels[0]), f64::from(labels[labels.len() - 1]));
    let place = 1.0 - (y.parse::<f64>().unwrap() - number("y")) / number("height");
    let drawn = low + place * (high - low);
    assert!((drawn - number::log10(1.0456)).abs() < 0.01, "{drawn}");
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
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["index.html", "loss.svg", "attention-bare.svg", "filters-bare.svg"]);
    let row = file(&files, "index.html").lines().find(|line| line.contains("href=\"#task-bare\"")).unwrap();
    assert_eq!(row.matches("<td>–</td>").count(), 5);
    assert!(!file(&files, "loss.svg").contains("dashed s0"));

    bare.curve.clear();
    assert_eq!(report("no-curve", &[bare], None).len(), 4);
    assert_eq!(report("nothing", &[], None).len(), 1);
}

#[test]
fn zeros_are_skipped_and_either_sign_is_drawn() {
    let mut odd = run("odd");
    odd.curve[2].excess_loss = 0.0;
    odd.curve[3].ood_excess = Some(0.0);
    odd.curve[4].ood_excess = Some(-0.3);
    let files = report("signs", &[odd], None);
    let points = |name: &str| {
        let document = roxmltree::Document::parse(file(&files, name)).unwrap();
        let curve =
            document.descendants().find(|n| n.attribute("class") == Some("curve s0") && n.has_tag_name("polyline"));
        curve.unwrap().attribute("points").unwrap().split(' ').count()
    };
    assert_eq!(points("loss.svg"), 3);
    assert_eq!(points("out-of-distribution.svg"), 3);
    // The guide is laid by the last decade, in which the zero lies: in the frame and in the legend.
    assert_eq!(file(&files, "out-of-distribution.svg").matches("<line class=\"guide dashed\"").count(), 2);
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
    assert_eq!(heatmap::tests::cells(file(&files, "filters-tiny.svg")), 2 + heatmap::tests::BAR);
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
    let (many, one) = ([run("conv-relu"), run("graph-leaky")], [run("graph-leaky")]);
    write(
        &scratch.0,
        &Report { runs: &many, digits: None, layers: &[], fits: &[], unfinished: &[], table: Some("task\n") },
    )
    .unwrap();
    for own in ["attention-mine.svg", "notes.txt"] {
        fs::write(scratch.0.join(own), "mine").unwrap();
    }
    let Written { mut files, cleared } =
        write(&scratch.0, &Report { runs: &one, digits: None, layers: &[], fits: &[], unfinished: &[], table: None })
            .unwrap();
    assert_eq!(cleared, 5, "two pictures of the other task, two of all tasks apart, and the table");
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
    let picture = file(&files, "attention-signed.svg");
    let colour = |value| colour::Map::Signed(1.0).colour(value).to_string();
    // In the teacher's matrix, and at both ends of the bar.
    for value in [-1.0, 0.0, 1.0] {
        assert!(picture.contains(&format!("fill=\"{}\"", colour(value))), "{value}");
    }
    assert!(picture.contains(">1.0<") && picture.contains(">−1.0<"));
    assert!(picture.contains("Blue is negative, red positive."));
    assert!(!file(&files, "attention-plain.svg").contains("Blue is"));
}

/// Two tokens with the codes of their positions; separate matrices of one row, so that their product is known by heart.
fn layer(task: &str) -> LayerRecord {
    let point = |step: u64| LayerPoint {
        step,
        excess_loss: 2.0 / (1.0 + step as f64),
        ood_excess: 3.0,
        value_cosine_min: None,
        value_error: None,
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
        flips: 0.0,
        test_samples: 500,
        shares: Shares { value_content: Some(0.75), position_position: Some(0.98762), ..Shares::default() },
        value: vec![vec![0.5, 0.1, -0.1]],
        w_kq: None,
        w_k: Some(vec![vec![1.0, 2.0, 0.0]]),
        w_q: Some(vec![vec![0.0, 3.0, -1.0]]),
        codes: Some(vec![vec![1.0, 0.0], vec![0.0, 1.0]]),
        mean_attention: vec![vec![0.75, 0.25], vec![0.25, 0.75]],
        position_attention: Some(vec![vec![0.7, 0.3], vec![0.3, 0.7]]),
        teacher_mixing: Some(vec![vec![1.0, 0.0], vec![0.0, 1.0]]),
        teacher_direction: None,
        teacher_temperature: None,
        teacher_token: None,
        curve: [0, 1, 10, 100, 1000].map(point).to_vec(),
    }
}

#[test]
fn a_layer_is_drawn_block_by_block() {
    let mut own = layer("top-k");
    (own.teacher_mixing, own.position_attention) = (None, None);
    let layers = [layer("graph-relu"), own];
    let scratch = Scratch::new("layers");
    let report = Report { runs: &[], layers: &layers, fits: &[], digits: None, unfinished: &[], table: Some("task\n") };
    let files = write(&scratch.0, &report).unwrap().files;
    let names: Vec<&str> = files.iter().map(|path| name(path)).collect();
    let expected = [
        "index.html",
        "layer-loss.svg",
        "layer-out-of-distribution.svg",
        "value-graph-relu.svg",
        "key-query-graph-relu.svg",
        "attention-graph-relu.svg",
        "value-top-k.svg",
        "key-query-top-k.svg",
        "attention-top-k.svg",
        "table.csv",
    ];
    assert_eq!(names, expected);
    let text = |name: &str| read(&scratch.0.join(name));
    let bar = heatmap::tests::BAR;
    let cells = |name: &str| heatmap::tests::cells(&text(name));
    // V* and W_V; the product of W_K and W_Q; S* and S with and without content, or S alone.
    assert_eq!(cells("value-graph-relu.svg"), 1 + 3 + bar);
    assert_eq!(cells("key-query-graph-relu.svg"), 9 + bar);
    assert_eq!(cells("attention-graph-relu.svg"), 3 * 4 + bar);
    assert_eq!(cells("attention-top-k.svg"), 4 + bar);
    let product = text("key-query-graph-relu.svg");
    // The largest product is 2 * 3; content ends after the first entry of keys and of queries.
    for part in [">6.0<", ">98.762 %<", "W_K&#39; W_Q"] {
        assert!(product.contains(part), "{part}");
    }
    assert_eq!(product.matches("<line class=\"guide dashed\"").count(), 2);
    assert_eq!(text("value-graph-relu.svg").matches("<line class=\"guide dashed\"").count(), 1);
    let page = text("index.html");
    for part in ["<h1>What the layer learned</h1>", ">0.7500<", ">0.9876<", "href=\"#task-top-k\""] {
        assert!(page.contains(part), "{part}");
    }
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    for name in &names[..9] {
        assert!(roxmltree::Document::parse_with_options(&text(name), options).is_ok(), "{name}");
    }
}
