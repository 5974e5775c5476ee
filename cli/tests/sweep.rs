//! `tutee sweep` and `tutee collect`: runs are those of `tutee learn`, and the table is the same whoever made it.

#[path = "common/rerun.rs"]
mod again;
mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{contents, folder, tutee};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

fn code(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = tutee(folder, args);
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn sweep(folder: &Path, args: &[&str], expected: i32) -> String {
    let (code, error) = code(folder, &[&["sweep"], args].concat());
    assert_eq!(code, Some(expected), "{args:?}: {error}");
    error
}

fn table(folder: &Path, of: &str) -> String {
    let output = tutee(folder, &["collect", of, "--csv", "-"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn rows(table: &str) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let rows = reader.records().map(Result::unwrap).collect();
    (headings, rows)
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// 200 runs, of which those at a rate of 900 diverge.
const MANY: &str = "\
    task = ['conv-relu', 'graph-leaky', 'token-selection', 'group-sparse', 'conv-leaky']\n\
    mode = ['population', 'online']\n\
    scalar = ['f32', 'f64']\n\
    seed = [1, 2, 3, 4, 5]\n\
    rate = [0.125, 900]\n\
    tokens = 8\n\
    features = 3\n\
    steps = 6\n";

#[test]
fn the_table_is_that_of_the_plan_whoever_made_it() {
    let folder = folder("sweep");
    fs::write(folder.join("many.toml"), MANY).unwrap();
    let told = sweep(&folder, &["many.toml", "--threads", "1"], 1);
    assert!(told.contains("run 10, conv-relu --mode=population --steps=6 --rate=900 --seed=1"), "{told}");
    assert!(told.contains("training diverged") && told.contains("of 200 runs failed"), "{told}");
    let once = table(&folder, "many");

    for shard in ["1/2", "2/2"] {
        sweep(&folder, &["many.toml", "--out", "two", "--shard", shard, "--threads", "2"], 1);
    }
    assert_eq!(table(&folder, "two"), once);

    // Three at the same time, of which one is killed in the middle.
    let shard = |number: u8| {
        let shard = format!("{number}/3");
        let args = ["sweep", "many.toml", "--out", "three", "--threads", "3", "--shard", &shard];
        let mut command = Command::new(env!("CARGO_BIN_EXE_tutee"));
        command.current_dir(&folder).args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let [mut first, mut second, mut third] = [1, 2, 3].map(shard);
    let done = || {
        (0..200).filter(|index| index % 3 == 1 && folder.join(format!("three/run-{index:06}.json")).exists()).count()
    };
    let start = Instant::now();
    while done() < 5 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing is done");
        thread::sleep(Duration::from_millis(1));
    }
    second.kill().unwrap();
    second.wait().unwrap();
    let kept = done();
    assert!((5..67).contains(&kept), "{kept} of 67 runs when it was killed");
    assert_eq!((first.wait().unwrap().code(), third.wait().unwrap().code()), (Some(1), Some(1)));

    let (missing, told) = code(&folder, &["collect", "three"]);
    assert_eq!(missing, Some(1), "{told}");
    assert!(told.contains(&format!("{} of 200 runs without a result", 67 - kept)), "{told}");
    let partial = tutee(&folder, &["collect", "three", "--partial", "--csv", "-"]);
    assert_eq!(rows(&String::from_utf8(partial.stdout).unwrap()).1.len(), 133 + kept);
    let told = sweep(&folder, &["many.toml", "--out", "three", "--shard", "2/3"], 2);
    assert!(told.contains(&format!("{kept} of these runs have a result there; expected --resume")), "{told}");
    let output = tutee(&folder, &["sweep", "many.toml", "--out", "three", "--shard", "2/3", "--resume"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(&format!("67 of 67 runs have a result in three, {kept} of them kept")), "{said}");
    assert_eq!(table(&folder, "three"), once);

    let (headings, rows) = rows(&once);
    let column = |name: &str| headings.iter().position(|heading| heading == name).unwrap_or_else(|| panic!("{name}"));
    let cell = |row: usize, name: &str| rows[row].get(column(name)).unwrap();
    assert_eq!(rows.len(), 200);
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row.get(0).unwrap(), index.to_string());
        // In the order of help: tasks, modes, rates, seeds, scalars.
        let task = ["conv-relu", "graph-leaky", "token-selection", "group-sparse", "conv-leaky"][index / 40];
        let (mode, rate) = (["population", "online"][index / 20 % 2], index / 10 % 2);
        let (seed, scalar) = (index / 2 % 5 + 1, ["f32", "f64"][index % 2]);
        assert_eq!((cell(index, "task"), cell(index, "mode")), (task, mode));
        assert_eq!((cell(index, "rate"), cell(index, "scalar")), (["0.125", "900.0"][rate], scalar));
        assert_eq!(cell(index, "seed"), seed.to_string());
        assert_eq!((cell(index, "tokens"), cell(index, "steps")), ("8", "6"));
        let digest = cell(index, "digest");
        assert_eq!((cell(index, "ended"), digest.len()), [("done", 16), ("diverged", 0)][rate], "{row:?}");
        assert_eq!(cell(index, "verdict") == "diverged", rate == 1, "{row:?}");
        assert!(!cell(index, "verdict").is_empty(), "{row:?}");
    }
    assert!(!headings.iter().any(|heading| ["seconds", "time", "command"].contains(&heading)), "{headings:?}");

    // The page, too, depends on the plan alone.
    let pages = ["many", "two", "three"].map(|of| {
        let output = tutee(&folder, &["collect", of]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, format!("{of}/table.csv and {of}/index.html: 200 of 200 runs\n"));
        fs::read_to_string(folder.join(of).join("index.html")).unwrap()
    });
    assert!(pages[0] == pages[1] && pages[0] == pages[2], "pages of one plan differ");
    assert!(pages[0].contains("<span class=\"failed\">5 diverged</span>"));
}

/// Medians and where the middle half lies, over the seeds, recomputed from the table.
#[test]
fn figures_are_of_the_medians_of_the_table() {
    let folder = folder("sweep-figures");
    let plan = "task = ['conv-relu', 'token-selection']\nmode = 'online'\nnoise = [0.1, 0.2, 0.4]\nseed = [1, 2, 3, 4]\nsteps = 30\ntokens = 8\n";
    fs::write(folder.join("p.toml"), plan).unwrap();
    sweep(&folder, &["p.toml"], 0);
    let output = tutee(&folder, &["collect", "p", "--csv", "t.csv", "--page", "page.html"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = fs::read_to_string(folder.join("page.html")).unwrap();
    let drawing = |name: &str| -> Value {
        let (_, rest) = page.split_once(&format!("data-name=\"{name}\">")).unwrap_or_else(|| panic!("no {name}"));
        let (_, rest) = rest.split_once("<script type=\"application/json\">").unwrap();
        serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
    };
    let (headings, rows) = rows(&fs::read_to_string(folder.join("t.csv")).unwrap());
    let column = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
    let figure = drawing("noise-excess-loss-1");
    let traces = figure["data"].as_array().unwrap();
    for (n, task) in ["conv-relu", "token-selection"].into_iter().enumerate() {
        let trace =
            |name: &str| traces.iter().find(|trace| trace["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        let edges = ["low end", "high end"].map(|end| trace(&format!("{task}, {end}")));
        assert_eq!(trace(task)["x"], serde_json::json!([0.1, 0.2, 0.4]));
        assert_eq!(trace(task)["meta"], n);
        for (i, noise) in ["0.1", "0.2", "0.4"].into_iter().enumerate() {
            let of = |row: &&csv::StringRecord| {
                row.get(column("task")) == Some(task) && row.get(column("noise")) == Some(noise)
            };
            let mut losses: Vec<f64> =
                rows.iter().filter(of).map(|row| row.get(column("excess_loss")).unwrap().parse().unwrap()).collect();
            losses.sort_by(f64::total_cmp);
            let [a, b, c, d] = losses[..] else { panic!("{losses:?}") };
            // Of four values the quartiles are three quarters of the way from the outer to the inner ones.
            for (trace, expected) in
                [(edges[0], 0.25 * a + 0.75 * b), (trace(task), 0.5 * (b + c)), (edges[1], 0.75 * c + 0.25 * d)]
            {
                let drawn = trace["y"][i].as_f64().unwrap();
                assert!((drawn / expected - 1.0).abs() < 1e-5, "{task} {noise}: {drawn}, not {expected}");
            }
        }
    }
    // Six lines over the steps in one frame; no setting but the noise is a number with several values.
    let steps = drawing("steps-1");
    assert_eq!(steps["data"].as_array().unwrap().iter().filter(|trace| trace["text"].is_array()).count(), 6);
    assert!(
        !page.contains("data-name=\"seed")
            && !page.contains("data-name=\"tokens")
            && !page.contains("data-name=\"steps-2")
    );

    for (option, path, said) in [
        ("--page", "t.csv", "--page t.csv: expected another name; it is that of the table"),
        ("--csv", "p/plan.json", "--csv p/plan.json: expected another name; it is that of the plan or of a run"),
        ("--page", "p/run-000003.json", "--page p/run-000003.json: expected another name"),
        ("--page", "nowhere/page.html", "nowhere/page.html"),
        ("--parquet", "p/index.html", "--parquet p/index.html: expected another name; it is that of the page"),
        ("--parquet", "p/run-000000.json", "--parquet p/run-000000.json: expected another name"),
    ] {
        let other: &[&str] = if option == "--page" { &["--csv", "t.csv"] } else { &[] };
        let (code, error) = code(&folder, &[&["collect", "p", option, path], other].concat());
        assert_eq!((code, error.lines().count()), (Some(2), 1), "{option} {path}: {error}");
        assert!(error.contains(said), "{option} {path}: {error}");
    }
}

#[test]
fn a_run_is_that_of_learn_and_the_table_has_all_its_numbers() {
    let folder = folder("sweep-learn");
    fs::write(folder.join("edges"), "0 1\n1 2\n2 3\n").unwrap();
    let plans = [
        (
            "position",
            "task = ['conv-relu', 'graph:edges']\nmode = 'online'\nnoise = 0.1\nsteps = 1e2\ninput = 'uniform'\n",
        ),
        ("flag", "task = 'token-selection'\nsteps = 20\nstop-unchanged = [true, false]\n"),
        ("rule", "task = 'graph-leaky'\nrule = 'normalised'\nrate = 0.1\nsteps = [20, 30]\n"),
        (
            "layer",
            "task = ['conv-relu', 'top-k']\nstudent = 'layer'\nmode = 'online'\nsteps = 20\ntokens = 8\nscalar = 'f32'\n",
        ),
    ];
    for (name, plan) in plans {
        fs::write(folder.join(format!("{name}.toml")), plan).unwrap();
        let (code, error) = code(&folder, &["sweep", &format!("{name}.toml")]);
        let table = table(&folder, name);
        let (headings, rows) = rows(&table);
        assert_eq!(rows.len(), 2, "{name}: {code:?} {error}");
        // As Parquet the same cells, numbers as numbers and gaps as gaps.
        let typed = format!("{name}.parquet");
        assert!(tutee(&folder, &["collect", name, "--csv", "-", "--parquet", &typed]).status.success());
        let file = SerializedFileReader::new(fs::File::open(folder.join(&typed)).unwrap()).unwrap();
        for (row, typed) in rows.iter().zip(file.get_row_iter(None).unwrap().map(Result::unwrap)) {
            let mut names = Vec::new();
            for ((column, field), cell) in typed.get_column_iter().zip(row) {
                names.push(column.as_str());
                let same = match field {
                    Field::Null => cell.is_empty(),
                    Field::Str(text) => {
                        text == cell && cell.parse::<f64>().is_err() || ["digest", "scale"].contains(&column.as_str())
                    }
                    Field::Bool(whether) => whether.to_string() == cell,
                    Field::ULong(number) => cell.parse() == Ok(*number) || cell == "1e2" && *number == 100,
                    Field::Double(number) => cell.parse() == Ok(*number),
                    other => panic!("{column}: {other:?}"),
                };
                assert!(same, "{name}: {column}: {field:?} is {cell}");
            }
            assert_eq!(names, headings.iter().collect::<Vec<_>>());
        }
        assert_eq!(file.metadata().file_metadata().num_rows(), 2);
        if name == "flag" {
            let flag = headings.iter().position(|heading| heading == "stop_unchanged").unwrap();
            assert_eq!(rows.iter().map(|row| &row[flag]).collect::<Vec<_>>(), ["true", "false"]);
        }
        for (index, row) in rows.iter().enumerate() {
            let file = format!("{name}/run-{index:06}.json");
            let result = read_json(&folder.join(&file));
            let words: Vec<_> =
                result["sweep"]["learn"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
            let alone = tutee(&folder, &[&["learn"], &words[..], &["--json", "-"]].concat());
            let alone: Value = serde_json::from_slice(&alone.stdout).unwrap();
            let (alone, run) = (&alone["runs"][0], &result["runs"][0]);
            // A table that lost a number would be no table of the result.
            for (field, value) in alone.as_object().unwrap() {
                let apart = ["version", "commit", "command", "time", "seconds"].contains(&field.as_str());
                assert!(apart || *value == run[field], "{words:?}: {field}");
                if apart || !(value.is_string() || value.is_number()) {
                    continue;
                }
                let column =
                    headings.iter().position(|heading| heading == field).unwrap_or_else(|| panic!("no {field}"));
                let cell = row.get(column).unwrap();
                let same = match value.as_f64() {
                    Some(number) => cell.parse() == Ok(number),
                    None => value.as_str() == Some(cell),
                };
                assert!(same, "{words:?}: {field}: {value} is {cell}");
            }
            let again = again::rerun(&folder, &file);
            assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
        }
    }
}

#[test]
fn what_is_no_sweep_is_refused_before_anything_is_run() {
    let folder = folder("sweep-refused");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write("good.toml", "task = 'conv-relu'\nsteps = 10\nseed = [1, 2]\n");
    write("other.toml", "task = 'conv-relu'\nsteps = 10\nseed = [2, 1]\n");
    write("none", "task = 'conv-relu'");
    write("edges", "0 1\n1 2\n");
    write("graph.toml", "task = 'graph:edges'\nsteps = 10\n");
    for (name, plan, said) in [
        (
            "unknown",
            "seeds = [1]",
            "unknown.toml: seeds: no setting of a run; expected some of task, teacher, mode, steps",
        ),
        ("threads", "threads = 2", "threads: no setting of a run"),
        ("word", "tokens = 'many'", "'many' for '--tokens <D>': expected a whole number"),
        (
            "kind",
            "tokens = true",
            "kind.toml: tokens: boolean in place of a value; expected a word, a number or a list",
        ),
        ("empty", "seed = []", "empty.toml: seed: an empty list"),
        ("twice", "seed = [1, 2, 1]", "twice.toml: seed: 1 twice"),
        ("task", "task = ['conv-relu', 'conv']", "invalid value 'conv'"),
        (
            "mixed",
            "mode = ['online', 'population']\nnoise = 0.1",
            "mixed.toml: conv-relu --mode=population --noise=0.1: --noise",
        ),
        (
            "layer",
            "student = 'layer'\nmode = 'online'\nrule = 'adam'",
            "--rule adam: a layer moves by gradient descent alone",
        ),
        ("sizes", "task = 'conv-relu'\ntokens = [16, 18]", "sizes.toml: conv-relu --tokens=18: conv-relu"),
        ("syntax", "seed = [1\ntokens = 3", "syntax.toml: line 2"),
        ("file", "teacher = 'nowhere.json'", "nowhere.json"),
    ] {
        write(&format!("{name}.toml"), plan);
        let error = sweep(&folder, &[&format!("{name}.toml")], 2);
        assert!(error.contains(said) && error.lines().count() == 1, "{name}: {error}");
        assert!(!folder.join(name).exists(), "{name}: nothing is made before the plan is found to be good");
    }
    for (args, said) in [
        (&["nowhere.toml"][..], "nowhere.toml"),
        (&["none"], "none: a name without an ending; expected --out DIR"),
        (&["good.toml", "--shard", "4/3"], "--shard <I/N>': expected I/N, two numbers with I from 1 to N"),
        (&["good.toml", "--shard", "0/3"], "expected I/N"),
        (&["good.toml", "--shard", "-1/3"], "expected I/N"),
        (&["good.toml", "--threads", "0"], "--threads"),
        (&["good.toml", "--out", "edges"], "edges"),
    ] {
        let error = sweep(&folder, args, 2);
        assert!(error.contains(said) && error.lines().count() == 1, "{args:?}: {error}");
    }
    assert!(!folder.join("good").exists());

    sweep(&folder, &["good.toml", "--shard", "1/2"], 0);
    // Another shard goes to the same folder; the same one does not go there twice without a word.
    sweep(&folder, &["good.toml", "--shard", "2/2"], 0);
    assert!(sweep(&folder, &["good.toml"], 2).contains("good: 2 of these runs have a result there; expected --resume"));
    sweep(&folder, &["good.toml", "--resume"], 0);
    let before = table(&folder, "good");
    let error = sweep(&folder, &["other.toml", "--out", "good", "--resume"], 2);
    assert!(error.contains("good: a folder of another plan"), "{error}");
    // More shards than runs: some have none.
    sweep(&folder, &["good.toml", "--shard", "3/3", "--resume"], 0);

    // A result in the place of another, one that is none, and a plan of another version.
    let [first, second] = ["good/run-000000.json", "good/run-000001.json"].map(|name| folder.join(name));
    let whole = fs::read(&first).unwrap();
    for (content, said) in [
        (fs::read(&second).unwrap(), "run-000000.json: of run 1 of another plan or place"),
        (whole[..whole.len() / 2].to_vec(), "run-000000.json"),
        (b"{\"runs\": []}".to_vec(), "run-000000.json: missing field `sweep`"),
    ] {
        fs::write(&first, content).unwrap();
        for args in [&["sweep", "good.toml", "--resume"][..], &["collect", "good"]] {
            let (code, error) = code(&folder, args);
            assert_eq!(code, Some(2), "{args:?}: {error}");
            assert!(
                error.contains(said) && error.contains("expected the result of a run of this plan"),
                "{args:?}: {error}"
            );
        }
    }
    fs::remove_file(&first).unwrap();
    sweep(&folder, &["good.toml", "--resume"], 0);
    assert_eq!(table(&folder, "good"), before);
    assert_eq!(contents(&folder.join("good")).len(), 3, "plan and two results");
    let plan = fs::read_to_string(folder.join("good/plan.json")).unwrap();
    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(folder.join("good/plan.json"), plan.replace(&version, "\"version\":\"0.0.1\"")).unwrap();
    let error = sweep(&folder, &["good.toml", "--resume"], 2);
    assert!(error.contains("good: a folder of version 0.0.1 of the program"), "{error}");
    fs::remove_file(folder.join("good/plan.json")).unwrap();
    assert!(sweep(&folder, &["good.toml", "--resume"], 2).contains("run-000000.json: a result without a plan"));
    let (code, error) = code(&folder, &["collect", "good"]);
    assert!(code == Some(2) && error.contains("good/plan.json"), "{error}");

    // What a run reads belongs to the plan.
    sweep(&folder, &["graph.toml"], 0);
    write("edges", "0 1\n0 2\n");
    assert!(
        sweep(&folder, &["graph.toml", "--resume"], 2).contains("graph: a folder of another plan, or with other files")
    );
}

#[cfg(unix)]
#[test]
fn what_is_finished_before_the_interrupt_is_kept() {
    let folder = folder("sweep-interrupted");
    fs::write(folder.join("long.toml"), "task = 'conv-relu'\nsteps = [10, 20, 1e12]\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tutee"));
    let command = command.current_dir(&folder).args(["sweep", "long.toml", "--threads", "1"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while !folder.join("long/run-000001.json").exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing is done");
        thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("interrupted (2 of 3 runs finished); --resume goes on"), "{error}");
    let names = ["plan.json", "run-000000.json", "run-000001.json"].map(str::to_owned);
    assert_eq!(contents(&folder.join("long")), names.into());
}

/// What lies under `cli/examples`, with the program on the path.
#[cfg(unix)]
#[test]
fn the_examples_make_the_same_table() {
    let folder = folder("sweep-examples");
    fs::write(
        folder.join("p.toml"),
        "task = ['conv-relu', 'token-selection']\nseed = [1, 2, 3]\nsteps = 5\ntokens = 8\n",
    )
    .unwrap();
    sweep(&folder, &["p.toml"], 0);
    let once = table(&folder, "p");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let program = Path::new(env!("CARGO_BIN_EXE_tutee"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    for task in ["1", "2", "3"] {
        let mut job = Command::new("bash");
        job.current_dir(&folder).arg(examples.join("slurm.sh")).args(["p.toml", "jobs"]).env("PATH", &path);
        let output = job.env("SLURM_ARRAY_TASK_ID", task).env("SLURM_ARRAY_TASK_COUNT", "3").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(table(&folder, "jobs"), once);
    let mut python = Command::new("python3");
    let python = python.current_dir(&folder).arg(examples.join("shards.py")).args(["p.toml", "shards", "4"]);
    let output = match python.env("PATH", &path).output() {
        Ok(output) => output,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "python3: {error}");
            eprintln!("not run: shards.py; python3: {error}");
            return;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(folder.join("shards/table.csv")).unwrap(), once);

    // The plan that the README runs is good, and has as many runs as it says.
    fs::copy(examples.join("sizes.toml"), folder.join("sizes.toml")).unwrap();
    let error = sweep(&folder, &["sizes.toml", "--shard", "121/121"], 0);
    assert_eq!(error, "");
    let (code, error) = code(&folder, &["collect", "sizes"]);
    assert!(code == Some(1) && error.contains("120 of 120 runs without a result"), "{error}");
}
