//! What a run means: numbers that only look like success come with a verdict that says so, and exit codes follow it.

mod common;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tutee::input::{Input, SampleStream};

/// The run's record, its exit code and the line on standard error.
fn learn(arguments: &[&str], teacher: Option<&str>) -> (Value, Option<i32>, String) {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let folder = common::folder(&format!("verdicts-{}", CALLS.fetch_add(1, Ordering::Relaxed)));
    let mut all = [&["learn"], arguments, &["--json", "-"]].concat();
    if let Some(teacher) = teacher {
        fs::write(folder.join("teacher.json"), teacher).unwrap();
        all.extend(["--teacher", "teacher.json"]);
    }
    let output = common::tutee(&folder, &all);
    assert!(common::contents(&folder).iter().all(|name| name == "teacher.json"), "JSON alone was asked for");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    (result["runs"][0].clone(), output.status.code(), stderr)
}

fn verdict(arguments: &[&str], teacher: Option<&str>) -> (Value, String, Option<i32>) {
    let (run, code, stderr) = learn(arguments, teacher);
    let verdict = run["verdict"].as_str().unwrap_or_else(|| panic!("{run}")).to_owned();
    assert!(!run["reason"].as_str().unwrap().is_empty());
    let failed = ["diverged", "oscillating", "stuck"].contains(&verdict.as_str());
    assert_eq!(code, Some(i32::from(failed)), "{verdict}: {stderr}");
    assert_eq!(stderr.contains(&format!(": {verdict}: ")), failed, "{stderr}");
    (run, verdict, code)
}

fn cycle(s: f64, t: f64) -> String {
    let row = |j: usize| {
        let mut row = [0.0; 4];
        (row[j], row[(j + 1) % 4]) = (s, t);
        format!("{row:?}")
    };
    let mixing: Vec<_> = (0..4).map(row).collect();
    format!(r#"{{"activation": "identity", "value": [[1, 0.5], [0.3, -1]], "mixing": [{}]}}"#, mixing.join(", "))
}

#[test]
fn cosines_of_minus_one_and_ratios_of_one_do_not_pass_for_success() {
    let (run, said, _) = verdict(&["conv-relu", "--rate", "3", "--steps", "20000"], None);
    assert_eq!(said, "oscillating", "cosine {}", run["value_cosine_min"]);

    let (run, said, _) = verdict(&["conv-relu", "--tokens", "128", "--rate", "0.03125", "--steps", "20000"], None);
    assert_eq!(said, "plateau", "law ratio {}", run["law_ratio"]);
    assert!(run["steps_needed"].as_u64().unwrap() > 10_000_000, "{}", run["steps_needed"]);

    let online = ["conv-relu", "--mode", "online", "--noise", "0.3", "--steps", "3000"];
    let (run, said, _) = verdict(&online, None);
    assert_eq!(said, "transient", "slope {}, law ratio {}", run["slope"], run["law_ratio"]);
    assert!(run["steps_needed"].as_u64().unwrap() > 50_000, "{}", run["steps_needed"]);
}

#[test]
fn teachers_outside_the_class_are_told_apart() {
    let steps = ["--steps", "20000"];
    let (run, said, _) = verdict(&steps, Some(&cycle(1.0, -1.0)));
    assert_eq!(said, "stuck", "a saddle at zero");
    // The nearest simplex of each row is its positive entry alone: 1/2 2.34 4.
    assert!((run["best_loss"].as_f64().unwrap() - 4.68).abs() < 1e-9, "{}", run["best_loss"]);

    let (run, said, _) = verdict(&steps, Some(&cycle(1.0, -0.5)));
    assert_eq!(said, "floor");
    let ratio = run["excess_loss"].as_f64().unwrap() / run["best_loss"].as_f64().unwrap();
    assert!((1.0..1.01).contains(&ratio), "{ratio}");

    assert_eq!(verdict(&steps, Some(&cycle(1.0, 1.0))).1, "scale");
    assert_eq!(verdict(&steps, Some(&cycle(0.5, 0.5))).1, "asymptotic");
}

/// Exponential inputs have a mean, which the rates of the default do not allow for; from a lower rate on they teach the same teacher.
#[test]
fn other_inputs_have_no_law_and_a_verdict() {
    let online = ["token-selection", "--mode", "online", "--input", "exponential", "--steps"];
    let (run, code, stderr) = learn(&[&online[..], &["4000"]].concat(), None);
    assert_eq!((run, code), (Value::Null, Some(1)));
    assert!(stderr.contains("training diverged at --rate 0.1875"), "{stderr}");
    let (run, said, _) = verdict(&[&online[..], &["30000", "--rate", "0.02"]].concat(), None);
    assert_eq!((said.as_str(), &run["law_ratio"], &run["input"]), ("transient", &Value::Null, &"exponential".into()));
    assert!(run["excess_loss"].as_f64().unwrap() < 0.5 * run["excess_loss_start"].as_f64().unwrap());
}

/// Gumbel inputs are centred, of variance one: the default's rates fit, and the student learns what Gaussian ones teach it.
#[test]
fn gumbel_inputs_teach_at_the_rates_of_gaussian_ones() {
    let online = ["token-selection", "--mode", "online", "--steps", "4000", "--test-input", "gumbel"];
    let excess = |input: &[&str]| {
        let (run, _, stderr) = learn(&[&online[..], input].concat(), None);
        assert_eq!(run["test_input"], "gumbel", "{stderr}");
        run["excess_loss"].as_f64().unwrap()
    };
    let ratio = excess(&["--input", "gumbel"]) / excess(&[]);
    assert!(ratio != 1.0 && (0.9..1.1).contains(&ratio), "{ratio}");
}

/// A student that answers worse in the end than it did before its first step has failed, whatever moved it.
#[test]
fn a_loss_that_ends_above_its_start_has_diverged() {
    let online = ["conv-relu", "--mode", "online", "--batch", "16", "--input", "shifted:1", "--steps", "3000"];
    for rule in [&[][..], &["--rule", "mirror"], &["--rule", "normalised", "--theta", "0.1"], &["--rule", "adam"]] {
        let (run, said, code) = verdict(&[&online[..], rule].concat(), None);
        let [start, end] = ["excess_loss_start", "excess_loss"].map(|field| run[field].as_f64().unwrap());
        assert_eq!((said.as_str(), code), ("diverged", Some(1)), "{rule:?}: {end} of {start}");
        let reason = run["reason"].as_str().unwrap();
        assert!(end > 2.0 * start && reason.starts_with("the loss ended above its start"), "{reason}");
        // Of W, whatever moves the attention.
        assert!(reason.ends_with("a lower rate may help"), "{rule:?}: {reason}");
        let slow =
            learn(&[&online[..7], &["--steps", "3000", "--rate", "0.02"], &rule[..rule.len().min(2)]].concat(), None).0;
        let [start, end] = ["excess_loss_start", "excess_loss"].map(|field| slow[field].as_f64().unwrap());
        assert!(end < 0.8 * start && slow["verdict"] != "diverged", "{rule:?}: {end} of {start}");
    }
}

/// Rows of another sum leave a factor between filters and attention, whatever rule finds it, and theory's lines hold for them.
#[test]
fn a_scale_is_told_whatever_the_rule() {
    let double = cycle(1.0, 1.0);
    for rules in [
        &["--steps", "100000"][..],
        &["--rule", "mirror", "--attention-rate", "2"],
        &["--rule", "normalised", "--steps", "100"],
        &["--rule", "normalised"],
        &["--rule", "polyak", "--value-rule", "projected", "--steps", "20"],
        &["--rule", "polyak", "--value-rule", "projected"],
    ] {
        let (run, said, _) = verdict(rules, Some(&double));
        assert_eq!(said, "scale", "{rules:?}: {}", run["reason"]);
        assert!(run["reason"].as_str().unwrap().contains("filters are the teacher's times that sum"), "{rules:?}");
        assert!(run["value_cosine_min"].as_f64().unwrap() > 0.999_999);
        if rules.contains(&"100000") {
            assert!((run["law_ratio"].as_f64().unwrap() - 1.0).abs() < 0.05, "{}", run["law_ratio"]);
        }
    }
}

/// Trainings whose steps are as long as the loss, or as themselves, end and stay where rounding begins, which is sooner for such rows;
/// rows of -1 are a student's, too.
#[test]
fn a_training_rests_where_rounding_begins() {
    let turned = |teacher: String| teacher.replace("identity", "relu").replace("1, 0.5", "-1, 0.5");
    let polyak = ["--rule", "polyak", "--value-rule", "projected", "--steps", "400"];
    for (teacher, sum) in [(cycle(4.0, 4.0), 8.0), (turned(cycle(5.0, 5.0)), 10.0), (turned(cycle(-0.5, -0.5)), -1.0)] {
        for rules in [&polyak[..], &["--rule", "normalised", "--value-rule", "projected", "--steps", "400"]] {
            let (run, said, _) = verdict(rules, Some(&teacher));
            assert_eq!(said, "scale", "{sum} {rules:?}: {}", run["reason"]);
            let part = run["excess_loss"].as_f64().unwrap() / run["excess_loss_start"].as_f64().unwrap();
            assert!(part < 1e-11, "{sum} {rules:?}: {part:e}");
        }
    }
    let (run, said, _) = verdict(&["--steps", "100000"], Some(&turned(cycle(-0.5, -0.5))));
    assert_eq!(said, "scale", "{}", run["reason"]);
    assert!((run["law_ratio"].as_f64().unwrap() - 1.0).abs() < 0.02, "{}", run["law_ratio"]);
    assert!((run["value_cosine_min"].as_f64().unwrap() + 1.0).abs() < 1e-6, "filters take the sign");
}

/// The default's rate of the attention grows with the number of tokens, so that its steps are enough: the same part of the way as at 16.
/// A tenth of them here, and a tenth of those at 16 beside them; a rate that is given is that of both.
#[test]
fn rates_fit_the_size() {
    let run = |options: &[&str]| learn(&[&["token-selection", "--steps", "100000"], options].concat(), None).0;
    let number = |run: &Value, field: &str| run[field].as_f64().unwrap();
    let (small, large) = (run(&[]), run(&["--tokens", "64"]));
    assert_eq!(small["rate"], small["attention_rate"]);
    assert!((number(&large, "attention_rate") / number(&large, "rate") - 32.0).abs() < 1e-9);
    for run in [&small, &large] {
        assert_eq!(run["verdict"], "asymptotic", "{}", run["reason"]);
        assert!((number(run, "law_ratio") - 1.0).abs() < 0.03, "{}", run["law_ratio"]);
    }
    let given = run(&["--tokens", "64", "--rate", "0.046875"]);
    assert_eq!(given["rate"], given["attention_rate"]);
    assert_eq!((&given["rate"], &given["verdict"]), (&large["rate"], &"transient".into()), "{}", given["law_ratio"]);
    // The line of mirror steps, of the task that is last on it.
    let run = learn(&["group-sparse", "--rule", "mirror", "--tokens", "32"], None).0;
    assert_eq!(run["verdict"], "asymptotic", "{}", run["line_ratio"]);
}

/// What the attention's rate allows for: weights that differ, filters and rows that are large.
#[test]
fn a_rate_that_fits_the_size_fits_the_teacher() {
    let rates = |options: &[&str], teacher: &str| {
        let run = learn(&[options, &["--steps", "2000"]].concat(), Some(teacher)).0;
        let verdict = run["verdict"].as_str().unwrap_or("-").to_owned();
        (["rate", "attention_rate"].map(|field| run[field].as_f64().unwrap()), verdict)
    };
    let mirror = ["--rule", "mirror"];
    let uneven = |s: f64| cycle(0.25 * s, 0.75 * s);
    let ([rate, attention], verdict) = rates(&mirror, &uneven(1.0));
    assert_eq!(rate, attention, "weights that differ");
    assert!(verdict != "oscillating" && verdict != "diverged", "{verdict}");
    assert_eq!(rates(&mirror, &cycle(0.5, 0.5)).0[1], 8.0, "2 D");
    // The filters' square is 2.34, that of a row's sum 16.
    let large = rates(&mirror, &cycle(2.0, 2.0)).0[1];
    assert!((large - 8.0 * 4.0 / (2.34 * 16.0)).abs() < 1e-12, "{large}");
}

/// Noise with a mean is not what batches average, and a small mean beside it not what holds the loss.
#[test]
fn noise_with_a_mean_is_said_to_have_one() {
    let online = ["conv-relu", "--mode", "online", "--steps", "3000", "--batch", "8", "--rate", "0.25"];
    for noise in [&["--noise", "0.3", "--noise-mean", "0.001"][..], &["--noise-mean", "0.2"]] {
        let (run, said, _) = verdict(&[&online[..], noise].concat(), None);
        let reason = run["reason"].as_str().unwrap();
        assert!(said == "floor" || said == "plateau" || said == "transient", "{noise:?}: {said}: {reason}");
        assert!(said == "transient" || reason.contains("what is random of it, and not its mean"), "{said}: {reason}");
    }
    let (run, said, _) = verdict(&[&online[..], &["--noise-mean", "1"]].concat(), None);
    assert_eq!(said, "diverged", "{}", run["reason"]);
    assert!(run["reason"].as_str().unwrap().contains("no rate or batch lowers that"), "{}", run["reason"]);
}

/// A selection of all tokens, of which a single token is one: attention is right from the start, so that W alone learns, faster than any power of
/// the steps, until nothing is left. Neither law nor plateau; and the usual three tokens are no more than there are.
#[test]
fn a_selection_of_all_tokens_ends_where_rounding_begins() {
    let position = ["--mode population", "--mode online"];
    let layer = ["--student layer --mode online", "--student layer --mode online --attention separate"];
    let exact = ["--student layer --mode population"];
    for (task, modes) in
        [("token-selection", [&position[..], &layer].concat()), ("selection-per-sample", [&exact[..], &layer].concat())]
    {
        for (sizes, group) in [("--tokens 1", 1), ("--tokens 2", 2), ("--tokens 6 --group 6", 6)] {
            for mode in &modes {
                let told = format!("{task} {sizes} {mode}");
                let arguments = |more: &str| {
                    let text = format!("{told} --features 2 --filters 2 {more}");
                    text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
                };
                let of = |more: &str| {
                    let arguments = arguments(more);
                    let run = verdict(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), None).0;
                    assert_eq!((&run["group"], &run["law_ratio"]), (&group.into(), &Value::Null), "{told}");
                    run
                };
                // A whole layer that is drawn for has other blocks to still, of which there are none for one token.
                let drawn = mode.contains("layer --mode online") && group > 1;
                for (more, ends) in [("--steps 5000", true), ("--steps 100 --rate 0.05", false)] {
                    if drawn && ends {
                        continue;
                    }
                    let run = of(more);
                    let reason = run["reason"].as_str().unwrap();
                    let falls = reason.contains("faster than 1/t") && reason.contains("nothing to learn");
                    assert!(run["verdict"] == "floor" || falls && !ends, "{told} {more}: {}: {reason}", run["verdict"]);
                }
            }
        }
    }
}

#[test]
fn a_step_or_two_are_no_plateau() {
    for steps in ["1", "2"] {
        for rule in [&[][..], &["--rule", "mirror"], &["--rule", "polyak", "--value-rule", "projected"]] {
            let (run, said, _) = verdict(&[&["conv-relu", "--steps", steps], rule].concat(), None);
            assert_eq!(said, "transient", "{steps}, {rule:?}: {}", run["reason"]);
        }
    }
}

/// Attention on the right patches, and filters that point where they should, are no success of a student whose loss goes up and down, or stays.
#[test]
fn students_of_digits_are_judged() {
    let folder = common::folder("verdicts-digits");
    for (options, expected, code) in [
        (&["--steps", "3000"][..], &["transient", "asymptotic"][..], 0),
        (&["--steps", "500", "--rate", "3"], &["oscillating"], 1),
        (&["--steps", "1000", "--attention-rate", "3000"], &["oscillating"], 1),
        (&["--steps", "500", "--rate", "30"], &["plateau"], 0),
    ] {
        let output = common::tutee(&folder, &[&["mnist"], options, &["--json", "r.json"]].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        let result: Value = serde_json::from_slice(&fs::read(folder.join("r.json")).unwrap()).unwrap();
        let run = &result["runs"][0];
        let (verdict, reason) = (run["verdict"].as_str().unwrap(), run["reason"].as_str().unwrap());
        assert!(expected.contains(&verdict), "{options:?}: {verdict}: {reason}");
        assert_eq!((output.status.code(), &run["best_loss"]), (Some(code), &0.0.into()), "{options:?}: {error}");
        let told = format!("{verdict}: {reason}");
        assert_eq!(error.contains(&told), code == 1, "{error}");
        assert!(String::from_utf8(output.stdout).unwrap().contains(&told), "the table has {told}");
    }
}

/// A run that is refused a step has no record, and says so.
#[test]
fn a_diverging_run_is_no_run() {
    let run = ["learn", "token-selection", "--rate", "1000", "--steps", "500", "--json", "-"];
    let output = common::tutee(&common::folder("verdict-diverged"), &run);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!((result["runs"].as_array().unwrap().len(), &result["unfinished"][0]["why"]), (0, &"diverged".into()));
    // No run is there to say what made this.
    let command = result["unfinished"][0]["command"].as_str().unwrap();
    assert!(command.contains("learn") && command.contains("--rate"), "{command}");
    assert!(
        ["version", "time"].iter().all(|field| result["unfinished"][0][field].is_string()),
        "{}",
        result["unfinished"]
    );
}

/// A leak of -1 makes the activation an absolute value, which a student that starts from zero cannot follow: of Gaussian inputs its gradient is zero
/// there, bit for bit (the atlas has it). It is refused by name wherever an activation is said. Answers that somebody brings need no name:
/// they are even in the inputs, so that no student of the class does better than the constant, and neither exit code nor verdict says that one did.
#[test]
fn a_leak_of_minus_one_is_no_success() {
    let folder = common::folder("verdicts-absolute");
    let teacher = r#"{"activation": {"leaky_relu": -1}, "value": [[1, 2, -1], [0.5, 0, 1]], "mixing": [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]]}"#;
    fs::write(folder.join("teacher.json"), teacher).unwrap();
    let mut stream = SampleStream::new(11);
    for name in ["", "2"] {
        let (mut x, mut y) = (String::new(), String::new());
        for _ in 0..400 {
            let mut tokens = [0.0_f64; 12];
            Input::Gaussian.fill(&mut stream.sample(), 3, &mut tokens);
            let mean = |j: usize, f: usize| 0.5 * (tokens[6 * j + f] + tokens[6 * j + 3 + f]);
            let answer = |j: usize, v: [f64; 3]| (0..3).map(|f| v[f] * mean(j, f)).sum::<f64>().abs();
            let answers = [0, 1].map(|j| [answer(j, [1.0, 2.0, -1.0]), answer(j, [0.5, 0.0, 1.0])]).concat();
            let line = |numbers: &[f64]| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(",") + "\n";
            x.push_str(&line(&tokens));
            y.push_str(&line(&answers));
        }
        fs::write(folder.join(format!("X{name}.csv")), x).unwrap();
        fs::write(folder.join(format!("Y{name}.csv")), y).unwrap();
    }
    let pairs = "--x X.csv --y Y.csv --test-x X2.csv --test-y Y2.csv --tokens 4 --features 3 --outputs 2 --filters 2";
    for (command, named) in [
        (
            "learn --teacher teacher.json",
            "teacher.json: activation.leaky_relu: the leaky slope is -1.0; expected a number in [0, 1]",
        ),
        ("learn conv-relu --mode online --student-activation leaky_relu:-1", "leaky_relu:K with K from 0 to 1"),
        (&format!("fit {pairs} --activation leaky_relu:-1"), "leaky_relu:K with K from 0 to 1"),
    ] {
        let output = common::tutee(&folder, &command.split(' ').collect::<Vec<_>>());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{command}: {error}");
        assert!(error.contains(named), "{command}: {error}");
    }
    for activation in ["identity", "relu", "leaky_relu:0.1"] {
        let command = format!("fit {pairs} --activation {activation} --json -");
        let output = common::tutee(&folder, &command.split(' ').collect::<Vec<_>>());
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        let run = &result["runs"][0];
        let number = |field: &str| run[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", run[field]));
        assert_eq!((run["verdict"].as_str(), output.status.code()), (Some("plateau"), Some(0)), "{activation}");
        assert!(number("explained_test") < 0.02, "{activation}: {}", number("explained_test"));
        assert!(number("training_loss") > 0.97 * number("constant_loss"), "{activation}: {}", number("training_loss"));
    }
}
