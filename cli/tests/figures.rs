//! `tutee paper`: each figure beside what the paper states, and verdicts that follow from their numbers and bounds.

mod common;
mod page;

use std::fs;

use common::{contents, folder, tutee};
use serde_json::Value;

/// What `learn` and `paper` say of one run, by one name.
const FIELDS: [&str; 27] = [
    "task",
    "scalar",
    "mode",
    "student",
    "encoding",
    "scale",
    "start",
    "train",
    "loss",
    "rule",
    "value_rule",
    "theta",
    "input",
    "activation",
    "filters",
    "features",
    "tokens",
    "outputs",
    "group",
    "rate",
    "attention_rate",
    "steps",
    "seed",
    "teacher_value",
    "excess_loss_start",
    "excess_loss",
    "slope",
];

#[test]
fn a_quick_run_has_every_figure_and_its_verdicts_follow_from_its_numbers() {
    let folder = folder("paper");
    let output = tutee(&folder, &["paper", "--quick", "--json", "-", "--out", "page"]);
    let error = String::from_utf8_lossy(&output.stderr);
    // Nothing but the object stands on standard output.
    let paper: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert_eq!((&paper["passed"], &paper["quick"]), (&Value::Bool(true), &Value::Bool(true)), "{error}");
    assert!(paper["rule"].as_str().unwrap().starts_with("A check passes where"));
    assert_eq!(paper["unfinished"].as_array().unwrap().len(), 0);
    for field in ["version", "command", "time"] {
        assert!(!paper[field].as_str().unwrap().is_empty(), "{field}");
    }

    let figures = paper["figures"].as_array().unwrap();
    let names: Vec<_> = figures.iter().map(|figure| figure["figure"].as_str().unwrap()).collect();
    let expected = [
        "1",
        "2 (a)",
        "2 (b)",
        "2 (c)",
        "3",
        "4",
        "5",
        "theorem 3.2",
        "theorem 3.1",
        "size",
        "K near D",
        "beyond the paper",
        "transfer",
    ];
    assert_eq!(names, expected);
    let mut checks = 0;
    for figure in figures {
        let name = figure["figure"].as_str().unwrap();
        assert!(figure["setting"].as_str().unwrap().len() > 100, "{name}: what was run is not said");
        let (plots, matrices) = (figure["plots"].as_array().unwrap(), figure["matrices"].as_array().unwrap());
        assert!(plots.len() + matrices.len() > 0, "{name}: nothing is drawn");
        for curve in plots.iter().flat_map(|plot| plot["curves"].as_array().unwrap()) {
            assert!(curve["points"].as_array().unwrap().len() > 2, "{name}: {}", curve["name"]);
        }
        let mut all = true;
        for check in figure["checks"].as_array().unwrap() {
            let what = check["what"].as_str().unwrap();
            let [low, high] = ["low", "high"].map(|field| check[field].as_f64().unwrap());
            let measured = check["measured"].as_array().unwrap();
            let inside = |m: &Value| m["value"].as_f64().is_some_and(|value| (low..=high).contains(&value));
            let passes = !measured.is_empty() && measured.iter().all(inside);
            assert_eq!(check["passed"].as_bool(), Some(passes), "{name}: {what}");
            assert!(["paper", "ours"].contains(&check["by"].as_str().unwrap()), "{name}: {what}");
            if what.starts_with("slope of the excess loss") {
                assert!(measured.iter().all(|m| m["error"].as_f64().is_some_and(|error| error > 0.0)), "{what}");
            }
            all &= passes;
            checks += 1;
        }
        assert_eq!(figure["passed"].as_bool(), Some(all), "{name}");
    }
    assert!(checks > 25, "{checks} checks");
    let runs = paper["runs"].as_array().unwrap();
    assert!(runs.len() > 10 && runs.iter().all(|run| run["digest"].as_str().unwrap().len() == 16));

    // An excess has its sign, and an image the patches where attention fails: at its border.
    let of = |name: &str| figures.iter().find(|figure| figure["figure"] == name).unwrap();
    let heights = |plot: &Value| -> Vec<f64> {
        let curves = plot["curves"].as_array().unwrap().iter();
        curves.flat_map(|curve| curve["points"].as_array().unwrap()).map(|point| point[1].as_f64().unwrap()).collect()
    };
    let plots = ["2 (b)", "theorem 3.2"].map(|name| of(name)["plots"].as_array().unwrap());
    let signed = plots.into_iter().flatten().flat_map(heights).collect::<Vec<_>>();
    assert!(signed.iter().any(|&y| y < 0.0) && signed.iter().any(|&y| y > 0.0));
    for panel in of("5")["matrices"].as_array().unwrap() {
        let image = &panel["matrices"][3];
        let rows = image["rows"].as_array().unwrap();
        assert!(rows.len() == 27 && rows.iter().all(|row| row.as_array().unwrap().len() == 27), "{}", rows.len());
        let frames: Vec<[u64; 4]> = serde_json::from_value(image["frames"].clone()).unwrap();
        assert!(!frames.is_empty() && frames.len() < 40, "{frames:?}");
        for [top, left, height, width] in frames {
            assert!((height, width) == (3, 3) && top % 3 == 0 && left % 3 == 0, "{top} {left} {height} {width}");
            // With the few steps of a quick look next to the border, too.
            assert!([top, left].iter().any(|&at| !(6..=18).contains(&at)), "a patch inside: {top} {left}");
        }
    }

    // What a run means stands beside it, and by another door it is the same.
    let verdict = |name: &str| runs.iter().find(|run| run["run"] == name).unwrap()["verdict"].as_str();
    assert_eq!(verdict("group-sparse, exact"), Some("asymptotic"));
    for run in runs {
        let (name, verdict) = (run["run"].as_str().unwrap(), run["verdict"].as_str());
        assert!(!run["reason"].as_str().unwrap().is_empty(), "{name}");
        // Of Adam alone nobody knows how the loss should fall.
        assert_eq!(verdict.is_none(), name.starts_with("Adam"), "{name}");
        let fails = matches!(verdict, Some("diverged" | "oscillating" | "stuck")) && !name.contains("times its limit");
        assert_eq!(run["failed"], Value::Bool(fails), "{name}: {verdict:?}");
        assert!(!fails, "{name} is {verdict:?}, and the exit code says that all is well");
    }
    let doors = [
        "group-sparse, exact",
        "plain, D = 16",
        "mirror, D = 16",
        "normalised, D = 16",
        "Polyak, D = 16",
        "Adam, D = 16",
    ];
    for name in doors {
        let run = runs.iter().find(|run| run["run"] == name).unwrap();
        let words: Vec<_> = run["learn"].as_str().unwrap().split(' ').collect();
        let again = tutee(&folder, &[&["learn"], &words[..], &["--json", "-"]].concat());
        let again: Value = serde_json::from_slice(&again.stdout).unwrap();
        let again = &again["runs"][0];
        for field in ["digest", "verdict", "reason"].into_iter().chain(FIELDS) {
            assert_eq!(again[field], run[field], "{name}: {field}");
        }
        let losses = |run: &Value| {
            let points = run["curve"].as_array().unwrap().iter();
            points.map(|point| (point["step"].clone(), point["excess_loss"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(losses(again), losses(run), "{name}");
    }

    // What has a name in the results of `learn` has it here.
    for run in runs {
        for field in FIELDS.iter().filter(|field| !["theta", "slope"].contains(field)) {
            assert!(!run[field].is_null() || run["task"] == "mnist", "{}: {field}", run["run"]);
        }
        assert!(run["curve"].as_array().unwrap().len() > 20, "{}", run["run"]);
    }
    let exact = runs.iter().find(|run| run["run"] == "token-selection, exact").unwrap();
    assert!((exact["law_ratio"].as_f64().unwrap() - 1.0).abs() < 0.01, "{}", exact["law_ratio"]);
    let end = exact["curve"].as_array().unwrap().last().unwrap();
    for field in ["value_error", "attention_error"] {
        assert!(end[field].as_f64().is_some_and(|error| error > 0.0 && error < 0.01), "{}", end[field]);
    }
    let rows = |field: &str| {
        exact[field].as_array().unwrap().iter().map(|row| row.as_array().unwrap().len()).collect::<Vec<_>>()
    };
    assert_eq!((rows("value"), rows("attention")), (vec![6; 4], vec![20; 20]));

    // A result of an earlier day has nothing of these, and is equal all the same.
    let mut earlier = paper.clone();
    for run in earlier["runs"].as_array_mut().unwrap() {
        let said = run.as_object_mut().unwrap();
        said.retain(|name, _| ["run", "learn", "verdict", "reason", "digest", "seconds"].contains(&name.as_str()));
    }
    fs::write(folder.join("earlier.json"), earlier.to_string()).unwrap();
    let again = tutee(&folder, &["rerun", "earlier.json"]);
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));

    // Made again from the file all is equal, but what was changed in it: a digest, a verdict, and a point of a curve.
    let mut changed = paper.clone();
    changed["runs"][1]["digest"] = "0000000000000000".into();
    let [name, judged] = [1, 2].map(|i| paper["runs"][i]["run"].as_str().unwrap());
    let word = std::mem::replace(&mut changed["runs"][2]["verdict"], "stuck".into());
    let late = &mut changed["runs"][3]["curve"][7];
    let (late_step, loss) = (late["step"].clone(), std::mem::replace(&mut late["excess_loss"], 0.125.into()));
    let drawn = figures.iter().position(|figure| figure["plots"][0]["across"] == "gradient steps").unwrap();
    let point = &mut changed["figures"][drawn]["plots"][0]["curves"][0]["points"][3];
    let step = point[0].as_f64().unwrap();
    let height = std::mem::replace(&mut point[1], 0.125.into());
    changed["figures"][0]["matrices"][0]["matrices"][0]["rows"][0][0] = 0.125.into();
    fs::write(folder.join("paper.json"), changed.to_string()).unwrap();
    let again = tutee(&folder, &["rerun", "paper.json"]);
    let said = String::from_utf8(again.stdout).unwrap();
    assert_eq!((again.status.code(), said.lines().count()), (Some(1), runs.len() + figures.len()), "{said}");
    let differ: Vec<_> = said.lines().filter(|line| !line.starts_with("equal ")).collect();
    let [digest, verdict, of_run, matrix, curve] = differ.try_into().unwrap_or_else(|lines| panic!("{lines:?}"));
    assert!(digest.starts_with(&format!("different  {name}")), "{digest}");
    assert!(verdict.starts_with(&format!("different  {judged}")), "{verdict}");
    assert!(verdict.ends_with(&format!(": in verdict: {}, not stuck", word.as_str().unwrap())), "{verdict}");
    let named = format!(": at step {late_step}: excess_loss {loss}, not 0.125");
    assert!(of_run.ends_with(&named), "{of_run}: {named}");
    let figure = format!("different  figure {}, ", figures[drawn]["figure"].as_str().unwrap());
    assert!(
        curve.starts_with(&figure) && curve.ends_with(&format!(": at step {step}: {height}, not 0.125")),
        "{curve}"
    );
    assert!(matrix.starts_with("different  figure 1: in matrices[0]") && matrix.ends_with(", not 0.125"), "{matrix}");

    assert_eq!(contents(&folder.join("page")).into_iter().collect::<Vec<_>>(), ["paper.html"]);
    let page = fs::read_to_string(folder.join("page/paper.html")).unwrap();
    let markup = page::without_scripts(&page);
    let drawn = roxmltree::Document::parse(&markup).unwrap();
    let count = |field: &str| figures.iter().map(|figure| figure[field].as_array().unwrap().len()).sum::<usize>();
    let tags = |name: &str| drawn.descendants().filter(|node| node.has_tag_name(name)).count();
    // Two tables: of checks, and of runs with what each means.
    assert_eq!((tags("figure"), tags("tr")), (count("plots") + count("matrices"), checks + runs.len() + 2));
    let cells: Vec<_> = drawn.descendants().filter(|node| node.has_tag_name("td")).collect();
    for run in runs {
        let digest = run["digest"].as_str().unwrap();
        let row =
            cells.iter().find(|cell| cell.descendants().any(|node| node.text() == Some(digest))).unwrap().parent();
        let said = row.unwrap().descendants().filter_map(|node| node.text()).collect::<Vec<_>>();
        let verdict = run["verdict"].as_str().unwrap_or("no known law");
        assert!(said.contains(&verdict) && said.contains(&run["reason"].as_str().unwrap()), "{said:?}");
    }
    assert!(
        markup.contains("A quick look") && !markup.contains("NaN") && !markup.contains("http"),
        "nothing is fetched"
    );
    assert_eq!(markup.matches("half the sum of the squared differences").count(), 1);
}

/// What stands in a terminal: lines of at most 80 characters, a verdict for each check, and every run under its own.
#[test]
fn the_printed_table_is_as_wide_as_a_terminal() {
    let folder = folder("paper-printed");
    let output = tutee(&folder, &["paper", "--quick", "--json", "paper.json", "--quiet"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    let printed = String::from_utf8(output.stdout).unwrap();
    for line in printed.lines() {
        assert!(line.chars().count() <= 80, "{} characters: {line}", line.chars().count());
    }
    let paper: Value = serde_json::from_slice(&fs::read(folder.join("paper.json")).unwrap()).unwrap();
    let words = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut checks = 0;
    for check in paper["figures"].as_array().unwrap().iter().flat_map(|figure| figure["checks"].as_array().unwrap()) {
        let [what, by, statement] = ["what", "by", "statement"].map(|field| check[field].as_str().unwrap());
        assert!(words.contains(&format!("{what}; {by}: {statement}")), "{what}");
        checks += 1;
    }
    assert_eq!(printed.lines().filter(|line| line.contains("  pass  ")).count(), checks);
    let runs = paper["runs"].as_array().unwrap();
    for verdict in ["asymptotic", "transient", "floor", "no known law"] {
        let of: Vec<_> =
            runs.iter().filter(|run| run["verdict"].as_str().unwrap_or("no known law") == verdict).collect();
        let names = of.iter().map(|run| run["run"].as_str().unwrap()).collect::<Vec<_>>().join("; ");
        let counted = if of.len() == 1 { "1 run".to_owned() } else { format!("{} runs", of.len()) };
        assert!(words.contains(&format!("{counted}, {verdict}: {names}")), "{verdict}: {printed}");
    }
}

#[test]
fn what_cannot_be_read_or_written_is_said_before_anything_is_run() {
    let folder = folder("paper-refused");
    for (args, said) in [
        (&["paper", "--data", "nowhere"][..], "nowhere: not a directory"),
        (&["paper", "--json", "nowhere/paper.json"], "nowhere/paper.json"),
        (&["paper", "--out", "page", "--json", "page/paper.html"], "--json page/paper.html: expected another name"),
        (&["paper", "--quick", "figure-1"], "unexpected argument"),
    ] {
        let output = tutee(&folder, args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{args:?}: {error}");
        assert!(error.contains(said), "{args:?}: {error}");
    }
    assert!(!folder.join("page/paper.html").exists());
}
