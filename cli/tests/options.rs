//! Options of `tutee learn` and `tutee mnist` that choose tokens, bias labels, give a student an activation and cut digits: each decides
//! what it says it does, is in the result, and `rerun` finds the result equal.

mod common;
#[path = "common/numbers.rs"]
mod numbers;
mod page;
#[path = "common/runs.rs"]
mod runs;

use std::fs;

use common::{contents, folder, tutee};
use npyz::NpyFile;
use safetensors::SafeTensors;
use serde_json::Value;

use numbers::numbers;
use runs::{refused, run};

#[test]
fn tokens_are_chosen() {
    let folder = folder("options-chosen");
    for student in [&["--steps", "50"][..], &["--steps", "3", "--student", "layer", "--mode", "online"]] {
        let of = |task: &str, chosen: &str| run(&folder, &[&["learn", task, "--chosen", chosen], student].concat());
        let selection = of("token-selection", "9,2,14,3");
        let row: Vec<f64> = (0..16).map(|token| if [2, 3, 9, 14].contains(&token) { 0.25 } else { 0.0 }).collect();
        for mixing in selection["teacher_mixing"].as_array().unwrap() {
            assert_eq!(*mixing, Value::from(row.clone()));
        }
        assert_eq!(selection["group"], 4);
        let sparse = of("group-sparse", "7");
        assert_eq!(sparse["teacher_mixing"][0][7], 1.0);
    }
    assert_eq!(
        run(&folder, &["learn", "token-selection", "--steps", "5", "--chosen", "9,2,3"])["chosen"],
        Value::from(vec![2, 3, 9])
    );
    // Nothing chosen: drawn, and said.
    assert_eq!(run(&folder, &["learn", "token-selection", "--steps", "5"])["chosen"].as_array().unwrap().len(), 3);
    assert_eq!(run(&folder, &["learn", "conv-relu", "--steps", "5"])["chosen"], Value::Null);

    refused(
        &folder,
        &["learn", "token-selection", "--chosen", "1,16"],
        &["token-selection", "--chosen: 16", "from 0 to 15"],
    );
    refused(&folder, &["learn", "token-selection", "--chosen", "1,5,1"], &["--chosen: 1;", "each token once"]);
    refused(&folder, &["learn", "token-selection", "--chosen", "1,-5"], &["--chosen", "-5", "whole number from 0"]);
    refused(
        &folder,
        &["learn", "token-selection", "--chosen", "1,2", "--group", "3"],
        &["--group 3", "--chosen names 2"],
    );
    refused(&folder, &["learn", "group-sparse", "--chosen", "1,2"], &["group-sparse", "--chosen", "expected 1"]);
    refused(&folder, &["learn", "conv-relu", "--chosen", "1"], &["conv-relu: --chosen", "token-selection"]);
    refused(&folder, &["learn", "--chosen", "1"], &["conv-relu: --chosen"]);
    let layer = ["--student", "layer", "--mode", "online", "--chosen", "1"];
    refused(&folder, &[&["learn", "top-k"], &layer[..]].concat(), &["top-k: --chosen", "every sample"]);
}

#[test]
fn labels_have_a_bias() {
    let folder = folder("options-noise-mean");
    let online = ["learn", "token-selection", "--mode", "online", "--tokens", "4", "--steps", "400", "--batch", "16"];
    let biased = |mean: &str| run(&folder, &[&online[..], &["--noise-mean", mean]].concat());
    let (none, zero, one) = (run(&folder, &online), biased("0"), biased("1"));
    assert_eq!(none["digest"], zero["digest"]);
    assert_ne!(none["digest"], one["digest"]);
    assert_eq!((&one["noise_mean"], &one["noise"], &none["noise_mean"]), (&1.0.into(), &0.0.into(), &0.0.into()));
    // Inputs have mean zero, so that a bias is a noise that no W fits, and whose size the batches leave in it.
    let loss = |run: &Value| run["excess_loss"].as_f64().unwrap();
    assert!(loss(&one) > 3.0 * loss(&none), "{} {}", loss(&one), loss(&none));
    // Its law is not that of labels without one.
    assert!(none["law_ratio"].is_f64() && one["law_ratio"].is_null());
    // A ReLU can follow a bias, and must not: the excess loss ends on a floor.
    let relu = |mean: &str| {
        run(
            &folder,
            &["learn", "conv-relu", "--mode", "online", "--tokens", "4", "--steps", "400", "--noise-mean", mean],
        )
    };
    assert!(loss(&relu("-0.5")) > 10.0 * loss(&relu("0")));

    let layer =
        ["learn", "token-selection", "--student", "layer", "--mode", "online", "--tokens", "4", "--steps", "30"];
    let (plain, biased) = (run(&folder, &layer), run(&folder, &[&layer[..], &["--noise-mean", "-2"]].concat()));
    assert_ne!(plain["digest"], biased["digest"]);
    assert_eq!((&plain["noise_mean"], &biased["noise_mean"]), (&0.0.into(), &(-2.0).into()));

    refused(&folder, &["learn", "--noise-mean", "1"], &["--noise-mean", "--mode online"]);
    refused(&folder, &["learn", "--mode", "online", "--noise-mean", "inf"], &["--noise-mean", "inf", "finite"]);
    refused(
        &folder,
        &["learn", "--mode", "online", "--scalar", "f32", "--noise-mean", "1e39"],
        &["--noise-mean: 1e39", "f32"],
    );
    let labels =
        ["learn", "group-sparse-classification", "--student", "layer", "--mode", "online", "--noise-mean", "1"];
    refused(&folder, &labels, &["--noise-mean", "label"]);
}

#[test]
fn a_student_may_have_an_activation_of_its_own() {
    let folder = folder("options-activation");
    let small = ["learn", "conv-relu", "--tokens", "4", "--group", "2", "--filters", "1", "--features", "2"];
    let online = ["--mode", "online", "--rate", "0.05", "--attention-rate", "2", "--batch", "256", "--steps", "3000"];
    let of = |more: &[&str]| run(&folder, &[&small[..], &online, more].concat());
    let number = |run: &Value, field: &str| run[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", run[field]));
    // The best linear function of the inputs has half of the teacher's filters, and leaves a quarter of their power.
    let linear = of(&["--student-activation", "identity"]);
    assert_eq!((&linear["activation"], &linear["student_activation"]), (&"relu".into(), &"identity".into()));
    for (w, v) in numbers(&linear["value"]).iter().zip(numbers(&linear["teacher_value"])) {
        assert!((w - 0.5 * v).abs() < 0.05, "{w} {v}");
    }
    let best = number(&linear, "best_loss");
    // 1/2 of four outputs, each the mean of two tokens, times 1/4.
    assert!((best - 0.25).abs() < 0.02 && number(&linear, "excess_loss") < 1.05 * best, "{best}");
    assert!(number(&linear, "excess_loss") > 0.99 * best && number(&linear, "attention_error_max") < 0.1);
    assert_eq!(linear["verdict"], "floor");
    // What its answers cannot be is noise to its batches: no law.
    assert!(linear["law_ratio"].is_null() && linear["line_ratio"].is_null() && linear["steps_needed"].is_null());
    let usual = of(&[]);
    assert!(usual["student_activation"].is_null() && number(&usual, "best_loss") == 0.0, "{}", usual["best_loss"]);
    assert!(number(&usual, "excess_loss") < 0.1 * best, "{}", usual["excess_loss"]);
    // One that is the teacher's is no other.
    assert_eq!(of(&["--student-activation", "relu"])["digest"], usual["digest"]);
    let exact = [&small[..], &["--steps", "50"]].concat();
    let (named, plain) =
        (run(&folder, &[&exact[..], &["--student-activation", "relu"]].concat()), run(&folder, &exact));
    assert_eq!((&named["digest"], &named["student_activation"]), (&plain["digest"], &Value::Null));
    // No best is known of it, and it is nearer.
    let leaky = of(&["--student-activation", "leaky_relu:0.3"]);
    assert_eq!(leaky["student_activation"]["leaky_relu"], 0.3);
    assert!(leaky["best_loss"].is_null() && number(&leaky, "excess_loss") < 0.5 * best, "{}", leaky["excess_loss"]);

    let output =
        tutee(&folder, &[&small[..], &online[..6], &["--steps", "30", "--student-activation", "identity"]].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("; the student has no activation, the teacher ReLU, which is noise to its batches"),
        "{said}"
    );
    assert!(said.contains("where it is not linear: no law is known"), "{said}");
    let leaky = ["--steps", "30", "--student-activation", "leaky_relu:0.5"];
    let output = tutee(&folder, &[&small[..], &online[..6], &leaky].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("the teacher ReLU; no law is known of such a student"), "{said}");
    let goal = of(&["--student-activation", "identity", "--stop-relative", "0.7"]);
    assert_eq!(goal["stopped"], "excess_loss");

    // Over all inputs, too: the gradient is that of the linear part of the teacher, and the loss above the least falls along its law.
    let exact =
        run(&folder, &["learn", "conv-relu", "--tokens", "8", "--student-activation", "identity", "--steps", "100000"]);
    let number = |field: &str| exact[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", exact[field]));
    // 1/8 |V*|^2 |S*|^2, four filters of norm one, eight outputs of four tokens each.
    assert!((number("best_loss") - 1.0).abs() < 1e-9, "{}", number("best_loss"));
    assert_eq!(exact["verdict"], "floor");
    let law = 4.0 * 8.0 * (8.0 - 4.0) / (4.0 * number("attention_rate") * number("steps"));
    let ratio = (number("excess_loss") - number("best_loss")) / law;
    assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
    assert!((number("law_ratio") - ratio).abs() < 1e-9 && exact["line_ratio"].is_null(), "{}", number("law_ratio"));
    for (v, w) in numbers(&exact["teacher_value"]).into_iter().zip(numbers(&exact["value"])) {
        assert!((w - 0.5 * v).abs() < 0.02, "{w} {v}");
    }

    let layer = ["learn", "conv-relu", "--student", "layer", "--mode", "online", "--tokens", "8", "--steps", "40"];
    let own = run(&folder, &[&layer[..], &["--student-activation", "identity", "--weights", "w.safetensors"]].concat());
    assert_eq!((&own["activation"], &own["student_activation"]), (&"relu".into(), &"identity".into()));
    assert_ne!(own["digest"], run(&folder, &layer)["digest"]);
    // Who uses the matrices needs the student's.
    let bytes = fs::read(folder.join("w.safetensors")).unwrap();
    let (_, head) = SafeTensors::read_metadata(&bytes).unwrap();
    let told: Value = serde_json::from_str(&head.metadata().as_ref().unwrap()["tutee"]).unwrap();
    assert_eq!(told["activation"], "identity");

    let refuse = |more: &[&str], said: &[&str]| refused(&folder, &[&small[..], more].concat(), said);
    let own = "--student-activation";
    refuse(&[own, "leaky_relu:0.3"], &["conv-relu: --student-activation", "--mode online"]);
    refuse(&[own, "identity", "--rule", "adam"], &["conv-relu: --student-activation", "--rule"]);
    refuse(&[own, "identity", "--mode", "online", "--rule", "adam"], &["conv-relu: --student-activation", "--rule"]);
    refuse(
        &[own, "identity", "--mode", "online", "--stop-gradient", "1"],
        &["--student-activation", "--stop-gradient"],
    );
    refuse(&[own, "tanh", "--mode", "online"], &["--student-activation", "tanh", "leaky_relu:K"]);
    refuse(&[own, "leaky_relu:2", "--mode", "online"], &["leaky_relu:2", "K from 0 to 1"]);
    refused(
        &folder,
        &["learn", "selection-per-sample", "--student", "layer", own, "relu"],
        &["selection-per-sample: --student-activation", "--mode online"],
    );
}

/// What is called an excess loss is one: where no student can be its teacher, or nobody knows, table, CSV and page speak of the loss.
#[test]
fn a_loss_that_cannot_be_zero_is_no_excess() {
    let folder = folder("options-loss-names");
    let signed = r#"{"activation": "identity", "value": [[1, 0.5]], "mixing": [[1, -0.5, 0.5], [0.5, 1, -0.5]]}"#;
    fs::write(folder.join("signed.json"), signed).unwrap();
    fs::write(folder.join("signed-relu.json"), signed.replace("identity", "relu")).unwrap();
    let own = [
        "conv-relu",
        "--mode",
        "online",
        "--student-activation",
        "identity",
        "--steps",
        "200",
        "--attention-rate",
        "1",
    ];
    // The arguments, what the loss is called, whether its excess over the least is known.
    let cases: [(&[&str], &str, bool); 6] = [
        (&["conv-relu", "token-selection", "--steps", "200"], "excess loss", true),
        (&["conv-relu", "--mode", "online", "--noise", "0.3", "--steps", "200"], "excess loss", true),
        (&own, "loss", true),
        (&["conv-relu", "--mode", "online", "--student-activation", "leaky_relu:0.5", "--steps", "50"], "loss", false),
        (&["--teacher", "signed.json", "--steps", "20000"], "loss", true),
        (&["--teacher", "signed-relu.json", "--steps", "200"], "loss", false),
    ];
    for (args, name, known) in cases {
        let output = tutee(&folder, &[&["learn"], args, &["--out", "page"]].concat());
        let table = String::from_utf8(output.stdout).unwrap();
        let headings = table.lines().next().unwrap();
        assert!(
            headings.contains(&format!("steps  {name}")) || headings.contains(&format!(" {name}  ")),
            "{args:?}: {table}"
        );
        let excess = name == "excess loss";
        assert_eq!(headings.contains("excess"), excess, "{args:?}: {table}");
        let mut csv = csv::Reader::from_path(folder.join("page/table.csv")).unwrap();
        let headings = csv.headers().unwrap().clone();
        let column = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
        for row in csv.records().map(Result::unwrap) {
            let [loss, least, over] = ["loss", "least loss", "excess loss"].map(|name| row[column(name)].to_owned());
            let number = |cell: &str| cell.parse::<f64>().unwrap();
            assert_eq!((least == "-", over == "-"), (!known, !known), "{row:?}");
            if known {
                assert!((number(&loss) - number(&least) - number(&over)).abs() <= 2e-3 * number(&loss), "{row:?}");
                assert_eq!(number(&least) == 0.0, excess, "{row:?}");
            }
        }
        let page = fs::read_to_string(folder.join("page/index.html")).unwrap();
        assert_eq!(page::without_scripts(&page).to_ascii_lowercase().contains("excess"), excess, "{args:?}");
        assert_eq!(page.contains("\"least loss of "), known && !excess, "{args:?}");
        assert_eq!(page.contains("<td>→ −1</td>"), excess, "{args:?}");
    }
}

#[test]
fn digits_are_cut_and_learned_as_asked() {
    let folder = folder("options-mnist");
    let of = |more: &[&str]| run(&folder, &[&["mnist", "--steps", "12", "--batch", "2"], more].concat());
    let size =
        |run: &Value| ["filters", "features", "tokens", "outputs", "group"].map(|field| run[field].as_u64().unwrap());
    let usual = of(&[]);
    assert_eq!(size(&usual), [8, 9, 144, 16, 9]);
    assert_eq!(["patch", "stride", "window"].map(|field| usual[field].as_u64().unwrap()), [3, 3, 3]);

    // One pixel of frame, 15 patches of 2 x 2 a side, 5 windows of 3.
    let small = of(&["--patch", "2", "--filters", "5"]);
    assert_eq!(size(&small), [5, 4, 225, 25, 9]);
    assert_eq!((small["stride"].as_u64(), small["grid"].as_u64()), (Some(2), Some(15)));
    // 28 + 2 x 2 pixels, 15 patches that overlap, 3 windows of 5.
    let near = of(&["--patch", "4", "--stride", "2", "--window", "5"]);
    assert_eq!(size(&near), [8, 16, 225, 9, 25]);

    let rates = of(&["--rate", "0.125", "--attention-rate", "3"]);
    assert_eq!((rates["rate"].as_f64(), rates["attention_rate"].as_f64()), (Some(0.125), Some(3.0)));
    assert_eq!(rates["teacher_value"], usual["teacher_value"], "the network is the same");
    assert_ne!(rates["digest"], usual["digest"]);

    let pictures =
        tutee(&folder, &["mnist", "--steps", "5", "--patch", "4", "--stride", "2", "--window", "5", "--out", "page"]);
    assert!(pictures.status.success() && folder.join("page/index.html").exists());

    let digits = of(&["--npy", "arrays", "--weights", "w.safetensors"]);
    let file = NpyFile::new(fs::File::open(folder.join("arrays/w_kq.npy")).unwrap()).unwrap();
    let (shape, kq) = (file.shape().to_vec(), file.into_vec::<f32>().unwrap());
    let kq: Vec<f64> = kq.into_iter().map(f64::from).collect();
    let tokens = digits["tokens"].as_u64().unwrap();
    assert_eq!((shape, kq), (vec![tokens, tokens], numbers(&digits["w_kq"])));
    let bytes = fs::read(folder.join("w.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!((tensors.len(), contents(&folder.join("arrays")).len()), (4, 4));

    refused(
        &folder,
        &["mnist", "--patch", "3", "--stride", "2"],
        &["--patch 3 --stride 2 --window 3", "come out even"],
    );
    refused(&folder, &["mnist", "--window", "12"], &["--window 12", "windows a side; expected at least 3"]);
    refused(&folder, &["mnist", "--patch", "0"], &["--patch", "0", "from 1 to 28"]);
    refused(&folder, &["mnist", "--filters", "0"], &["--filters", "0", "from 1 to 1024"]);
    refused(&folder, &["mnist", "--rate", "-1"], &["--rate", "-1", "positive"]);
    refused(&folder, &["mnist", "--attention-rate", "1e60"], &["--attention-rate: 1e60", "f32"]);
}
