//! `tutee fit` on readings as they are recorded: a plant that is simulated in time, with offsets and different units, whose every
//! link is found with default settings; and what goes wrong, said.

mod common;
#[path = "common/npy.rs"]
mod npy;

use std::path::Path;

use npyz::Order;
use serde_json::Value;
use tutee::Scalar;

use npy::write;

/// Uniform in [-1, 1).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

const ROOMS: usize = 8;

/// Rooms in a row, and a door between two that are far apart.
fn doors() -> Vec<(usize, usize)> {
    (1..ROOMS).map(|i| (i - 1, i)).chain([(1, 6)]).collect()
}

/// Pairs of the plant, one after the other in time: temperatures in kelvin with an offset of each sensor and heating in watts,
/// and the temperatures `lag` ticks later, in Fahrenheit.
fn rooms(pairs: usize, lag: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    leaking((pairs, lag, seed), [0.02; ROOMS], 0.03)
}

/// Pairs of rooms that each lose a share of their own a tick to the world outside, and that draughts warm or cool by so many kelvin.
fn leaking((pairs, lag, seed): (usize, usize, u64), leaks: [f64; ROOMS], draught: f64) -> (Vec<f64>, Vec<f64>) {
    let mut noise = Noise(seed);
    let offsets: Vec<f64> = (0..ROOMS).map(|_| 293.0 + noise.next()).collect();
    let (mut warm, mut heating) = ([0.0; ROOMS], [0.0; ROOMS]);
    let mut history = vec![];
    for _ in 0..pairs * 3 + lag {
        history.push((warm, heating));
        let before = warm;
        for (a, b) in doors() {
            let flow = 0.12 * (before[b] - before[a]);
            warm[a] += flow;
            warm[b] -= flow;
        }
        for i in 0..ROOMS {
            warm[i] += 0.05 * heating[i] - leaks[i] * before[i] + draught * noise.next();
            heating[i] = 0.8 * heating[i] + 1.7 * noise.next();
        }
    }
    let (mut x, mut y) = (vec![], vec![]);
    for tick in (0..pairs).map(|pair| 3 * pair) {
        let ((warm, heating), (later, _)) = (history[tick], history[tick + lag]);
        x.extend((0..ROOMS).flat_map(|i| [warm[i] + offsets[i], 2000.0 + 1000.0 * heating[i]]));
        y.extend((0..ROOMS).map(|i| (later[i] + offsets[i] - 273.15) * 1.8 + 32.0));
    }
    (x, y)
}

/// Writes a recording: the first pairs to learn from, the last ones to test on.
fn record(folder: &Path, (x, y): &(Vec<f64>, Vec<f64>), test: usize) {
    let pairs = y.len() / ROOMS;
    let (learned, width) = (pairs - test, 2 * ROOMS);
    let parts = [
        ("x.npy", x, 0..learned, 2),
        ("x2.npy", x, learned..pairs, 2),
        ("y.npy", y, 0..learned, 1),
        ("y2.npy", y, learned..pairs, 1),
    ];
    for (file, numbers, of, columns) in parts {
        let row = if columns == 2 { width } else { ROOMS };
        write(&folder.join(file), Order::C, &[of.len(), ROOMS, columns], &numbers[of.start * row..of.end * row]);
    }
}

const PAIRS: [&str; 9] = ["fit", "--x", "x.npy", "--y", "y.npy", "--test-x", "x2.npy", "--test-y", "y2.npy"];

/// What a fit says, with its exit code.
fn fit(folder: &Path, more: &[&str]) -> (Value, Option<i32>, String) {
    let output = common::tutee(folder, &[&PAIRS[..], more, &["--json", "-"]].concat());
    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (result["runs"][0].clone(), output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn number(of: &Value) -> f64 {
    of.as_f64().unwrap()
}

/// Whether a room depends on another one: itself, or there is a door.
fn linked(a: usize, b: usize) -> bool {
    a == b || doors().contains(&(a, b)) || doors().contains(&(b, a))
}

/// How many links (and each room itself) are among the largest entries of their row, and how many there are.
fn hits(run: &Value) -> (usize, usize) {
    let (mut hit, mut all) = (0, 0);
    for (j, row) in run["mean_attention"].as_array().unwrap().iter().enumerate() {
        let row: Vec<f64> = row.as_array().unwrap().iter().map(number).collect();
        let count = (0..ROOMS).filter(|&i| linked(i, j)).count();
        let mut ranked: Vec<usize> = (0..ROOMS).collect();
        ranked.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        hit += ranked.iter().take(count).filter(|&&i| linked(i, j)).count();
        all += count;
    }
    (hit, all)
}

#[test]
fn every_link_of_a_plant_in_time_is_found_with_default_settings() {
    for seed in 1..4 {
        let folder = common::folder(&format!("plant-{seed}"));
        record(&folder, &rooms(500, 1, seed), 100);
        let (run, code, _) = fit(&folder, &[]);
        assert_eq!(code, Some(0), "{}", run["reason"]);
        let (hit, all) = hits(&run);
        assert_eq!(hit, all, "seed {seed}: {}", run["mean_attention"]);
        let listed = run["links"].as_array().unwrap();
        for (j, i) in doors().iter().flat_map(|&(a, b)| [(a, b), (b, a)]) {
            assert!(listed.iter().any(|link| link["output"] == j && link["token"] == i), "seed {seed}: {j} {i}");
        }
        // On readings that training does not see, and beside those who know no links.
        let (loss, best) = (number(&run["test_loss"]), number(&run["position_free_test_loss"]));
        assert!(number(&run["explained_test"]) > 0.98 && loss < 0.1 * best, "seed {seed}: {loss} {best}");
        assert!(best <= number(&run["constant_test_loss"]));
        // A kelvin of all rooms is 1.8 of the answers, but for what has leaked; in the units of the readings.
        assert!((number(&run["value"][0][0]) - 1.8).abs() < 0.1, "seed {seed}: {}", run["value"]);
        let standardised = &run["standardised"];
        assert!((number(&standardised["shift"][3][0]) - 293.0).abs() < 2.0);
        assert!((1000.0..3000.0).contains(&number(&standardised["scale"][1])), "{standardised}");
        let last = run["curve"].as_array().unwrap().last().unwrap();
        assert_eq!((&run["rates"], &run["rate"]), (&"data".into(), &last["rate"]));
        assert!(number(&run["rate"]) > 0.0 && number(&last["attention_rate"]) > 0.0);

        // What is told of W, its bias and S answers as the student does.
        let (x, y) = rooms(500, 1, seed);
        let told = |pair: usize, j: usize| -> f64 {
            let hidden = |i: usize| {
                let x = &x[2 * (pair * ROOMS + i)..][..2];
                x[0] * number(&run["value"][0][0]) + x[1] * number(&run["value"][0][1])
            };
            (0..ROOMS).map(|i| number(&run["mean_attention"][j][i]) * hidden(i)).sum::<f64>()
                + number(&run["bias"][j][0])
        };
        let error = |pair: usize, j: usize| {
            let error = told(pair, j) - y[pair * ROOMS + j];
            error * error
        };
        let sum: f64 = (400..500).flat_map(|pair| (0..ROOMS).map(move |j| (pair, j))).map(|(p, j)| error(p, j)).sum();
        assert!((sum / 200.0 / loss - 1.0).abs() < 1e-6, "{sum} {loss}");
    }
}

/// Rooms that leak by as much as .3 a tick, each by a share of its own, and sensors with offsets: rows of S that add up to one cannot say
/// that. A spare token takes what leaks.
#[test]
fn rooms_that_leak_are_told_by_a_spare_token() {
    const LEAKS: [f64; ROOMS] = [0.02, 0.05, 0.3, 0.02, 0.2, 0.02, 0.1, 0.3];
    for seed in 1..4 {
        let folder = common::folder(&format!("plant-leaks-{seed}"));
        record(&folder, &leaking((900, 1, seed), LEAKS, 0.01), 100);
        let of = |more: &[&str]| {
            let (run, code, error) = fit(&folder, more);
            assert_eq!(code, Some(0), "{error}");
            run
        };
        let (without, with) = (of(&[]), of(&["--spare"]));
        assert_eq!(hits(&with), (24, 24), "seed {seed}: {}", with["mean_attention"]);
        // Of the error itself, whose square the loss is.
        let error = |run: &Value| number(&run["test_loss"]).sqrt();
        println!(
            "seed {seed}: {:.3} of the error without, {:?} links without",
            error(&with) / error(&without),
            hits(&without)
        );
        assert!(error(&with) < 0.9 * error(&without), "seed {seed}: {} {}", with["test_loss"], without["test_loss"]);
        // Rooms that leak most give most to the spare token.
        let kept = |room: usize| with["mean_attention"][room].as_array().unwrap().iter().map(number).sum::<f64>();
        for (leaky, tight) in [(2, 0), (2, 3), (7, 3), (7, 5)] {
            assert!(kept(leaky) < kept(tight) - 0.05, "seed {seed}: {} {}", kept(leaky), kept(tight));
        }
    }
}

#[test]
fn plain_descent_on_the_same_readings_diverges_and_says_what_may_help() {
    let folder = common::folder("plant-plain");
    record(&folder, &rooms(500, 1, 1), 100);
    let before = common::contents(&folder);
    let (_, code, error) = fit(&folder, &["--rate", "0.1"]);
    assert_eq!(before, common::contents(&folder));
    assert_eq!((code, error.lines().count()), (Some(1), 1), "{error}");
    assert!(error.contains("diverged") && error.contains("rates from the data"), "{error}");
    // Standardised readings bear a rate of one's own.
    let (run, code, error) = fit(&folder, &["--rate", "0.02", "--attention-rate", "1.6", "--standardise"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!((&run["rates"], number(&run["rate"]), &run["curve"][5]["rate"]), (&"given".into(), 0.02, &Value::Null));
    assert!(number(&run["explained_test"]) > 0.98 && run["standardised"].is_object());
}

#[test]
fn failure_looks_like_this() {
    // What README's table prints.
    let told = |name: &str, pairs: usize, lag: usize| {
        let folder = common::folder(&format!("plant-fails-{pairs}-{lag}"));
        record(&folder, &rooms(pairs + 100, lag, 2), 100);
        let (run, code, error) = fit(&folder, &[]);
        assert_eq!(code, Some(0), "{error}");
        let (hit, all) = hits(&run);
        let explained = number(&run["explained_test"]);
        assert_eq!(
            run["notes"].to_string().contains("nothing was learned that holds on pairs held out"),
            explained < 0.0
        );
        let listed = run["links"].as_array().unwrap();
        let place = |link: &Value, what: &str| link[what].as_u64().unwrap() as usize;
        let sure = listed.iter().filter(|link| link["halves"] == 2);
        let (there, not): (Vec<_>, Vec<_>) = sure.partition(|link| linked(place(link, "output"), place(link, "token")));
        let (there, not) = (there.len(), not.len());
        // That places tell nothing is said, and of nothing else.
        let said = run["notes"].to_string().contains("the mean of all tokens does as well");
        assert_eq!(said, lag == 60, "{name}: {}", run["notes"]);
        println!(
            "{name}: {hit} of {all} links, explained {:.4} of training and {explained:.4} of test, {}, {} listed, {there} that are there and {not} that are not in both halves",
            number(&run["explained"]),
            run["verdict"],
            listed.len()
        );
        (hit, explained, there, not)
    };
    let good = told("400 pairs, lag 1", 400, 1);
    let late = told("400 pairs, lag 10", 400, 10);
    let too_late = told("400 pairs, lag 60", 400, 60);
    let few = told("12 pairs, lag 1", 12, 1);
    assert!(
        good.1 > 0.98 && late.1 < good.1 && too_late.1 < 0.5 && too_late.0 < good.0,
        "{good:?} {late:?} {too_late:?}"
    );
    // Of few pairs much is explained by what each room has of itself. Of links that are chance few are sure.
    assert!(few.0 < good.0 && good.2 > 20 && few.2 < 12, "{few:?} {good:?}");
    let wrong = [good.3, late.3, too_late.3, few.3];
    assert!(good.3 == 0 && wrong.iter().sum::<usize>() <= 2, "{wrong:?}");
}

#[test]
fn units_and_stuck_sensors_change_no_link() {
    let (x, y) = rooms(500, 1, 3);
    let of = |name: &str, recorded: (Vec<f64>, Vec<f64>), more: &[&str]| {
        let folder = common::folder(&format!("plant-unit-{name}"));
        record(&folder, &recorded, 100);
        let (run, code, error) = fit(&folder, more);
        assert_eq!(code, Some(0), "{name}: {error}");
        run
    };
    let scaled = |unit: f64| (x.iter().map(|x| unit * (x - 293.0)).collect::<Vec<_>>(), y.clone());
    for (name, unit, scalar) in [("milli", 1e-3, "f64"), ("tiny", 1e-20, "f32"), ("large", 1e20, "f32")] {
        let run = of(name, scaled(unit), &["--scalar", scalar]);
        let (hit, all) = hits(&run);
        assert_eq!(hit, all, "{name}");
        assert!(number(&run["explained_test"]) > 0.98, "{name}");
    }
    // Heating is stuck: its feature is left out, and that is said.
    let stuck: Vec<f64> = x.chunks(2).flat_map(|x| [x[0], 2000.0]).collect();
    let run = of("stuck", (stuck, y.clone()), &[]);
    let (hit, all) = hits(&run);
    assert_eq!((hit, &run["value"][0][1]), (all, &0.0.into()));
    assert_eq!(run["notes"], serde_json::json!(["feature 1 never varies, and was left out"]));
}

#[test]
fn smooth_signals_run_away_at_a_rate_and_not_without_one() {
    // Two tokens of four features, nearly the same direction in every pair.
    let folder = common::folder("plant-smooth");
    let signal = |t: usize, phase: f64| Scalar::sin_cos_turns(0.016 * t as f64 + phase / 6.0).0;
    let x: Vec<f64> = (0..40).flat_map(|t| (0..8).map(move |i| signal(t, 0.05 * f64::from(i)))).collect();
    let y: Vec<f64> = (0..40).flat_map(|t| [signal(t, 0.1), signal(t, 0.3)]).collect();
    write(&folder.join("x.npy"), Order::C, &[40, 2, 4], &x);
    write(&folder.join("y.npy"), Order::C, &[40, 2, 1], &y);
    let pairs = ["fit", "--x", "x.npy", "--y", "y.npy", "--json", "-"];
    let output = common::tutee(&folder, &[&pairs[..], &["--rate", "1"]].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && error.contains("diverged"), "{error}");
    let output = common::tutee(&folder, &pairs);
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.code() == Some(0) && number(&run["runs"][0]["explained"]) > 0.98, "{run}");
}

#[test]
fn a_dead_filter_is_named_and_rates_from_the_data_keep_it_alive() {
    let folder = common::folder("plant-dead");
    write(&folder.join("x.npy"), Order::C, &[2, 1, 1], &[1.0, 2.0]);
    let pairs = ["fit", "--x", "x.npy", "--y", "x.npy", "--activation", "relu", "--json", "-"];
    let output = common::tutee(&folder, &[&pairs[..], &["--rate", "1", "--steps", "50"]].concat());
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    // W is 2.5, then -1.25 for ever.
    assert_eq!(run["runs"][0]["value"][0][0], -1.25);
    assert_eq!(run["runs"][0]["dead_filters"], serde_json::json!([0]));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && error.contains("filter 0 is dead"), "{error}");
    let output = common::tutee(&folder, &pairs);
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.code() == Some(0) && number(&run["runs"][0]["training_loss"]) < 1e-6, "{run}");
    assert_eq!(run["runs"][0]["dead_filters"], serde_json::json!([]));
}

#[test]
fn differences_of_tokens_need_signs_and_that_is_said() {
    let folder = common::folder("plant-differences");
    let mut noise = Noise(7);
    let x: Vec<f64> = (0..200 * 5).map(|i| 40.0 + f64::from(i % 5) + noise.next()).collect();
    let y: Vec<f64> = x.chunks(5).flat_map(|x| (0..5).map(|j| x[(j + 1) % 5] - x[j])).collect();
    write(&folder.join("x.npy"), Order::C, &[200, 5, 1], &x);
    write(&folder.join("y.npy"), Order::C, &[200, 5, 1], &y);
    let pairs = ["fit", "--x", "x.npy", "--y", "y.npy", "--json", "-"];
    let output = common::tutee(&folder, &pairs);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && error.contains("uniform") && error.contains("--signed"), "{error}");
    let output = common::tutee(&folder, &[&pairs[..], &["--signed"]].concat());
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = &run["runs"][0];
    assert!(output.status.code() == Some(0) && number(&run["explained"]) > 0.98, "{run}");
    let links = run["links"].as_array().unwrap();
    for j in 0..5 {
        let of: Vec<_> = links.iter().filter(|link| link["output"] == j).take(2).collect();
        // W is a difference, too: which of the two tokens is the negative one is a matter of its sign.
        let sign = number(&run["value"][0][0]).signum();
        for (token, expected) in [(j, -sign), ((j + 1) % 5, sign)] {
            let link = of.iter().find(|link| link["token"] == token);
            assert!(link.is_some_and(|link| number(&link["weight"]).signum() == expected), "{j}: {of:?}");
            assert_eq!(link.unwrap()["halves"], 2, "{j}: {of:?}");
        }
    }
}

#[test]
fn of_few_pairs_one_w_is_taken_and_that_is_said() {
    // Five places of two readings: 45 weights and W with its intercept, of five answers a pair, of three fourths of the pairs.
    for (pairs, told) in [(3, true), (10, true), (13, true), (14, false)] {
        let folder = common::folder(&format!("plant-few-{pairs}"));
        let mut noise = Noise(5);
        let x: Vec<f64> = (0..pairs * 5).flat_map(|_| [7.0 + noise.next(), 1000.0 * noise.next()]).collect();
        let of = |x: &[f64], i: usize| x[2 * (i % 5)] + 0.001 * x[2 * (i % 5) + 1];
        let mean = |x: &[f64], j: usize| 0.5 * (of(x, j) + of(x, j + 1));
        let y: Vec<f64> = x.chunks(10).flat_map(|x| (0..5).map(|j| mean(x, j)).collect::<Vec<_>>()).collect();
        let y: Vec<f64> = y.iter().map(|y| y + 0.4 * noise.next()).collect();
        write(&folder.join("x.npy"), Order::C, &[pairs, 5, 2], &x);
        write(&folder.join("y.npy"), Order::C, &[pairs, 5, 1], &y);
        let run = |more: &[&str]| -> Value {
            let pairs = ["fit", "--x", "x.npy", "--y", "y.npy", "--json", "-"];
            let output = common::tutee(&folder, &[&pairs[..], more].concat());
            let mut all: Value = serde_json::from_slice(&output.stdout).unwrap();
            all["runs"][0].take()
        };
        let (together, chosen) = (run(&["--together"]), run(&[]));
        let (choice, notes) = (&chosen["choice"], chosen["notes"].to_string());
        assert_eq!(notes.contains(&format!("of 14 pairs or more, and not of {pairs}; --apart")), told, "{notes}");
        assert_eq!(choice["pairs_needed"].as_u64(), told.then_some(14), "{choice}");
        assert_eq!(choice["unexplained_apart"].is_null(), told, "{choice}");
        assert_eq!((&choice["apart"], &chosen["digest"]), (&Value::Bool(false), &together["digest"]), "{choice}");
    }
}

#[test]
fn features_that_come_by_links_of_their_own_are_found_apart() {
    // What is carried on comes from a token itself, and what pushes from the next one: no W serves both.
    let folder = common::folder("plant-apart");
    let mut noise = Noise(3);
    let x: Vec<f64> = (0..300 * 5).flat_map(|_| [7.0 + noise.next(), 1000.0 * noise.next()]).collect();
    let y: Vec<f64> =
        x.chunks(10).flat_map(|x| (0..5).map(|j| 3.0 * x[2 * j] + 0.002 * x[2 * ((j + 1) % 5) + 1])).collect();
    write(&folder.join("x.npy"), Order::C, &[300, 5, 2], &x);
    write(&folder.join("y.npy"), Order::C, &[300, 5, 1], &y);
    let pairs = ["fit", "--x", "x.npy", "--y", "y.npy", "--steps", "4000", "--json", "-"];
    let run = |more: &[&str]| -> Value {
        let output = common::tutee(&folder, &[&pairs[..], more].concat());
        let mut all: Value = serde_json::from_slice(&output.stdout).unwrap();
        all["runs"][0].take()
    };
    let (together, apart, chosen) = (run(&["--together"]), run(&["--apart"]), run(&[]));
    // The data choose, and the result says why.
    assert!(together["choice"].is_null() && apart["choice"].is_null());
    let (choice, note) = (&chosen["choice"], chosen["notes"].to_string());
    assert_eq!((&chosen["digest"], &choice["apart"]), (&apart["digest"], &Value::Bool(true)));
    assert!(number(&choice["unexplained_apart"]) < number(&choice["unexplained_together"]), "{choice}");
    assert!(note.contains("--together"), "{note}");
    assert!(number(&choice["error"]) < number(&choice["unexplained_together"]) - number(&choice["unexplained_apart"]));
    assert!(number(&together["explained"]) < 0.9 && together["mean_attention_apart"].is_null(), "{together}");
    assert!(number(&apart["explained"]) > 0.998, "{apart}");
    let (of_tokens, of_readings) = (&apart["mean_attention"], &apart["mean_attention_apart"]);
    let (value, bias) = (&apart["value"][0], &apart["bias"]);
    for j in 0..5 {
        for i in 0..5 {
            let both = [0, 1].map(|f| number(&of_readings[j][2 * i + f]));
            assert!((number(&of_tokens[j][i]) - both[0] - both[1]).abs() < 1e-9);
            let expected = if i == j { [true, false] } else { [false, i == (j + 1) % 5] };
            assert_eq!(both.map(|s| s > 0.1), expected, "{j} {i}: {both:?}");
        }
        // In the readings' own units.
        let answer: f64 = (0..10).map(|n| number(&of_readings[j][n]) * number(&value[n % 2]) * x[n]).sum();
        assert!((answer + number(&bias[j][0]) - y[j]).abs() < 0.4, "{j}: {answer}");
    }
}

/// Pairs of radiators: water goes in at 310 to 350 K and comes out some 2 K colder, and each room gets the mean heat of its own radiator and
/// of those behind its doors, in watts.
fn radiators(pairs: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut noise = Noise(seed);
    let (mut x, mut y) = (vec![], vec![]);
    for _ in 0..pairs {
        let colder: Vec<f64> = (0..ROOMS).map(|_| 2.0 + 0.2 * noise.next()).collect();
        x.extend(colder.iter().flat_map(|colder| {
            let warm = 330.0 + 20.0 * noise.next();
            [warm, warm - colder]
        }));
        y.extend((0..ROOMS).map(|j| {
            let linked = (0..ROOMS).filter(|&i| i == j || doors().contains(&(i, j)) || doors().contains(&(j, i)));
            let (count, sum) = linked.fold((0.0, 0.0), |(count, sum), i| (count + 1.0, sum + colder[i]));
            100.0 * sum / count + 0.2 * noise.next()
        }));
    }
    (x, y)
}

/// Two readings that say nearly the same: what they differ in is learned at once where features are whitened, and hardly at all where they
/// are not; either way W is for readings as they come. README has what this prints.
#[test]
fn what_nearly_equal_readings_differ_in_takes_whitening() {
    let folder = common::folder("radiators");
    record(&folder, &radiators(500, 3), 100);
    let mut explained = vec![];
    for (name, more) in [
        ("standardised, 2,000 steps", &["--together"][..]),
        ("standardised, 20,000 steps", &["--together", "--steps", "20000"]),
        ("standardised, readings apart", &["--apart", "--signed"]),
        ("whitened, 2,000 steps", &["--whiten"]),
        ("whitened, at a given rate", &["--whiten", "--rate", "0.1", "--attention-rate", "2"]),
    ] {
        let (run, _, stderr) = fit(&folder, more);
        let ((hit, all), share) = (hits(&run), number(&run["explained_test"]));
        let w: Vec<f64> = run["value"][0].as_array().unwrap().iter().map(number).collect();
        let told = run["condition"].as_f64().map_or("none".to_owned(), |condition| format!("{condition:.3e}"));
        println!(
            "{name}: condition {told}, {hit} of {all} links, explained {share:.4} of test, W {w:.1?}, {}",
            run["verdict"]
        );
        explained.push(share);
        if run["whitened"].is_null() {
            continue;
        }
        assert!(number(&run["whitened"]["condition"]) > 1e4, "{stderr}");
        assert_eq!((hit, share > 0.99), (all, true), "{name}: {hit} of {all}, {share}");
        assert!((w[0] - 100.0).abs() < 10.0 && (w[1] + 100.0).abs() < 10.0, "{w:?}");
        // W, b and S answer readings as they come.
        let (x, y) = radiators(1, 3);
        let row = |of: &Value| of.as_array().unwrap().iter().map(number).collect::<Vec<_>>();
        for (j, y) in y.iter().enumerate() {
            let s = row(&run["mean_attention"][j]);
            let sum: f64 = (0..ROOMS).map(|i| s[i] * (w[0] * x[2 * i] + w[1] * x[2 * i + 1])).sum();
            let answer = sum + number(&run["bias"][j][0]);
            assert!((answer - y).abs() < 5.0, "{j}: {answer} {y}");
        }
    }
    assert!(explained[0] < 0.5 && explained[0] < explained[3] - 0.5, "{explained:?}");
}

/// A fit of these readings and answers, five tokens unless there are other numbers of them, without pairs held out.
fn of(
    name: &str,
    (x, y): (&[f64], &[f64]),
    (pairs, features, filters): (usize, usize, usize),
    more: &[&str],
) -> (Value, Option<i32>, String) {
    let folder = common::folder(&format!("plant-{name}"));
    write(&folder.join("x.npy"), Order::C, &[pairs, x.len() / pairs / features, features], x);
    write(&folder.join("y.npy"), Order::C, &[pairs, y.len() / pairs / filters, filters], y);
    let output = common::tutee(&folder, &[&["fit", "--x", "x.npy", "--y", "y.npy", "--json", "-"], more].concat());
    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (result["runs"][0].clone(), output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Readings of five tokens, and answers of which each takes 0.6 of one token and 0.4, or -0.4, of the next.
fn pairs_of(count: usize, next: f64) -> (Vec<f64>, Vec<f64>) {
    let mut noise = Noise(11);
    let x: Vec<f64> = (0..count * 5).map(|_| 20.0 + noise.next()).collect();
    let answer = |x: &[f64], j: usize| 0.6 * x[j] + next * x[(j + 1) % 5];
    let y = x.chunks(5).flat_map(|x| (0..5).map(|j| answer(x, j)).collect::<Vec<_>>()).map(|y| y + 0.02 * noise.next());
    let y = y.collect();
    (x, y)
}

#[test]
fn a_filter_that_is_always_below_zero_is_named() {
    let (x, good) = pairs_of(100, 0.4);
    // One filter behind ReLU that can be learned, and one whose answers are all below zero.
    let y: Vec<f64> = good.iter().flat_map(|y| [y - 20.0 + 1.0, 20.0 - y - 9.0]).collect();
    let (run, code, error) = of("below", (&x, &y), (100, 1, 2), &["--activation", "relu", "--steps", "300"]);
    let notes = run["notes"].to_string();
    assert_eq!((code, &run["dead_filters"]), (Some(1), &serde_json::json!([1])), "{notes}");
    assert!(
        notes.contains("filter 1 is dead") && notes.contains("never above zero, which ReLU cannot give"),
        "{notes}"
    );
    assert!(notes.contains("worse than the best constant") && notes.contains("by filter 1 (-"), "{notes}");
    assert!(number(&run["explained"]) < -1.0 && error.contains("filter 1"), "{error}");
    // Behind a slope nothing is dead, and what is lost is said all the same.
    let (run, code, _) =
        of("below-leaky", (&x, &y), (100, 1, 2), &["--activation", "leaky_relu:0.01", "--steps", "20"]);
    let notes = run["notes"].to_string();
    assert!(code == Some(1) && notes.contains("by filter") && notes.contains("slope alone"), "{notes}");
    let (run, code, _) = of("below-identity", (&x, &y), (100, 1, 2), &["--steps", "300"]);
    assert!(code == Some(0) && number(&run["explained"]) > 0.9 && run["notes"] == serde_json::json!([]), "{run}");
}

#[test]
fn that_nothing_holds_on_other_pairs_is_said_without_pairs_held_out() {
    let (x, y) = pairs_of(120, 0.4);
    let (run, code, _) = of("holds", (&x, &y), (120, 1, 1), &[]);
    assert!(
        code == Some(0) && number(&run["explained_halves"]) > 0.95 && run["notes"] == serde_json::json!([]),
        "{run}"
    );
    let mut noise = Noise(5);
    let nothing: Vec<f64> = y.iter().map(|_| noise.next()).collect();
    let (run, _, _) = of("holds-nothing", (&x, &nothing), (120, 1, 1), &[]);
    let notes = run["notes"].to_string();
    assert!(number(&run["explained"]) > 0.0 && number(&run["explained_halves"]) < 0.0, "{run}");
    assert!(notes.contains("nothing was learned that holds on pairs it did not see"), "{notes}");
    assert!(!notes.contains("hardly left its start"), "{notes}");
    // Of fewer pairs chance is learned faster and faster, and that is no start that is left.
    let (run, _, _) = of("holds-little", (&x[..300], &nothing[..300]), (60, 1, 1), &[]);
    assert!(!run["notes"].to_string().contains("hardly left its start"), "{run}");
    // After too long a lag all depend on all.
    let all: Vec<f64> = x.chunks(5).flat_map(|x| [x.iter().sum::<f64>(); 5]).map(|y| y + 0.5 * noise.next()).collect();
    let (run, _, _) = of("holds-all", (&x, &all), (120, 1, 1), &[]);
    let notes = run["notes"].to_string();
    assert!(notes.contains("answered by a student of the other, 0.") && notes.contains("all depend on all"), "{notes}");
    // Of three pairs there are no halves.
    let (run, _, _) = of("holds-three", (&x[..15], &y[..15]), (3, 1, 1), &[]);
    assert!(run["explained_halves"].is_null() && run["explained"].is_number(), "{run}");
}

#[test]
fn numbers_that_have_no_squares_are_told_as_such() {
    let (x, y) = pairs_of(60, 0.4);
    let times = |of: &[f64], unit: f64| of.iter().map(|x| unit * x).collect::<Vec<_>>();
    for (unit, why) in [(1e160, "beyond f64"), (1e-300, "lost in f64")] {
        let (_, code, error) = of("squares", (&x, &times(&y, unit)), (60, 1, 1), &[]);
        assert!(
            code == Some(2) && error.contains("--y") && error.contains(why) && error.lines().count() == 1,
            "{error}"
        );
    }
    let (plain, _, _) = of("squares-plain", (&x, &y), (60, 1, 1), &[]);
    for unit in [1e160, 1e-300] {
        let (run, code, error) = of("squares-inputs", (&times(&x, unit), &y), (60, 1, 1), &[]);
        assert_eq!(code, Some(0), "{error}");
        let beside = |name: &str| number(&run[name]) / number(&plain[name]) - 1.0;
        assert!(beside("position_free_loss").abs() < 1e-9 && beside("explained").abs() < 1e-9, "{unit}: {run}");
        let (_, code, error) = of("squares-rate", (&times(&x, unit), &y), (60, 1, 1), &["--rate", "0.01"]);
        let beyond = code == Some(2) && error.contains("--x") && error.contains("or no --rate");
        assert_eq!(beyond, unit > 1.0, "{error}");
    }
}

#[test]
fn links_of_both_signs_are_told_to_need_signs() {
    let said = |name: &str, (x, y): &(Vec<f64>, Vec<f64>), more: &[&str]| {
        let (run, code, error) = of(name, (x, y), (150, 1, 1), more);
        assert_eq!(code, Some(0), "{error}");
        run["notes"].to_string().contains("--signed may find")
    };
    assert!(said("signs", &pairs_of(150, -0.4), &[]));
    assert!(!said("signs-none", &pairs_of(150, 0.4), &[]));
    assert!(!said("signs-given", &pairs_of(150, -0.4), &["--signed"]));
    // Rows of other sums need no signs, however much a student without a spare token leaves.
    let (x, y) = pairs_of(150, 0.4);
    let leaking: Vec<f64> = y.iter().enumerate().map(|(n, y)| [1.0, 0.2, 0.6, 0.1, 0.4][n % 5] * y).collect();
    assert!(!said("signs-leaking", &(x, leaking), &[]));
}

#[test]
fn what_recordings_show_before_anything_is_learned_is_said() {
    let (x, y) = pairs_of(80, 0.4);
    let notes = |name: &str, x: &[f64], y: &[f64], features: usize| {
        of(name, (x, y), (80, features, 1), &["--together"]).0["notes"].as_array().unwrap().clone()
    };
    let mut far = x.clone();
    far[5 * 31 + 2] += 30.0;
    let said = notes("seen-far", &far, &y, 1);
    assert!(said.iter().any(|note| note.as_str().unwrap().contains("pair 31, token 2, feature 0 lies")), "{said:?}");
    let mut unit = x.clone();
    unit.iter_mut().skip(3).step_by(5).for_each(|x| *x *= 1000.0);
    let said = notes("seen-unit", &unit, &y, 1);
    assert!(said.iter().any(|note| note.as_str().unwrap().contains("of token 3, feature 0 vary")), "{said:?}");
    let mut still = y.clone();
    still.iter_mut().skip(4).step_by(5).for_each(|y| *y = 5.0);
    let said = notes("seen-still", &x, &still, 1);
    assert_eq!(said, ["answers of output 4, filter 0 never vary: they tell of no link"]);
    // One feature twice, in two units.
    let twice: Vec<f64> = x.iter().flat_map(|&x| [x, 1000.0 * x]).collect();
    let said = notes("seen-twice", &twice, &y, 2);
    assert!(said.len() == 1 && said[0].as_str().unwrap().contains("--whiten"), "{said:?}");
    let (run, _, _) = of("seen-white", (&twice, &y), (80, 2, 1), &["--whiten"]);
    assert_eq!(
        run["notes"],
        serde_json::json!(["of what features say together 1 direction never varies, and was left out"])
    );
}

#[test]
fn the_best_student_that_is_the_start_has_learned_nothing() {
    let folder = common::folder("plant-start");
    record(&folder, &rooms(60, 1, 1), 20);
    // To test on, answers that go the other way: what is learned only makes them worse.
    let (_, y) = rooms(60, 1, 1);
    let mean = |room: usize| y[..40 * ROOMS].iter().skip(room).step_by(ROOMS).sum::<f64>() / 40.0;
    let other: Vec<f64> = y[40 * ROOMS..].iter().enumerate().map(|(n, y)| 2.0 * mean(n % ROOMS) - y).collect();
    write(&folder.join("y2.npy"), Order::C, &[20, ROOMS, 1], &other);
    let (run, code, error) = fit(&folder, &["--best", "--stop-every", "1"]);
    let notes = run["notes"].to_string();
    assert_eq!(run["reported_step"], 0, "{notes}");
    assert!(code == Some(1) && notes.contains("no step answered pairs held out better than the start"), "{notes}");
    assert!(!notes.contains("more steps may help") && error.contains("no step"), "{error}");
}

/// Whether a note says all of this.
fn says(run: &Value, all: &[&str]) -> bool {
    let notes = run["notes"].as_array().unwrap();
    notes.iter().filter_map(Value::as_str).any(|note| all.iter().all(|part| note.contains(part)))
}

#[test]
fn a_sensor_that_moved_is_the_likely_cause_and_links_that_halves_find_are_not_called_chance() {
    let (x, y) = pairs_of(200, 0.4);
    let moved: Vec<f64> =
        x.iter().enumerate().map(|(i, x)| x + if i >= 500 && i % 5 == 3 { 6.0 } else { 0.0 }).collect();
    let (run, _, _) = of("moved", (&moved, &y), (200, 1, 1), &[]);
    assert!(
        says(&run, &["does not hold", "though both halves", "listed links; the likely cause: readings of token 3"]),
        "{run}"
    );
    assert!(!says(&run, &["chance"]) && !says(&run, &["lag"]), "{}", run["notes"]);
    // Held out, and all of them.
    let folder = common::folder("plant-moved-since");
    let later: Vec<f64> = x[500..].iter().map(|x| x + 6.0).collect();
    for (file, side, numbers) in
        [("x", 100, &x[..500]), ("y", 100, &y[..500]), ("x2", 100, &later), ("y2", 100, &y[500..])]
    {
        write(&folder.join(format!("{file}.npy")), Order::C, &[side, 5, 1], numbers);
    }
    let (run, _, _) = fit(&folder, &[]);
    assert!(
        says(&run, &["does not hold on pairs held out", "moved by", "those held out (so did 4 more sensors)"]),
        "{run}"
    );
    assert!(!says(&run, &["chance"]), "{}", run["notes"]);
    // Answers that moved, of which the halves explain little.
    let answers: Vec<f64> = y.iter().enumerate().map(|(i, y)| y + if i >= 500 { 6.0 } else { 0.0 }).collect();
    let (run, _, _) = of("moved-answers", (&x, &answers), (200, 1, 1), &[]);
    assert!(says(&run, &["answers of output", "moved by", "(so did 4 more sensors)"]), "{}", run["notes"]);
    // One that is far away.
    let mut far = x.clone();
    far[5 * 30 + 3] += 30.0;
    let (run, _, _) = of("moved-far", (&far, &y), (200, 1, 1), &[]);
    let fails = run["explained_halves"].as_f64().unwrap() < 0.0;
    assert_eq!(fails, says(&run, &["the likely cause: the reading of pair 30, token 3"]), "{}", run["notes"]);
    let code: Vec<f64> = x.iter().enumerate().map(|(i, &x)| if i % 205 == 2 { -9999.0 } else { x }).collect();
    let (run, _, _) = of("moved-code", (&code, &y), (200, 1, 1), &[]);
    assert!(says(&run, &["token 2, feature 0 is -9999 in 5 of 200 pairs (0, 41, 82 and 2 more)"]), "{}", run["notes"]);
}

/// One answer of 64 sensors: rates from the data fall as the tokens are more, and more steps make up for it.
#[test]
fn one_answer_of_many_sensors_takes_more_steps_and_where_they_are_few_that_is_said() {
    let mut noise = Noise(3);
    let x: Vec<f64> = (0..300 * 64).map(|_| 20.0 + noise.next()).collect();
    let y: Vec<f64> = x.chunks(64).map(|x| 0.5 * x[7] + 0.3 * x[20] + 0.2 * x[41] + 0.03 * noise.next()).collect();
    let (run, code, _) = of("one-answer", (&x, &y), (300, 1, 1), &[]);
    assert_eq!((code, &run["steps"]), (Some(0), &16000.into()));
    assert!(number(&run["explained_halves"]) > 0.95 && run["notes"] == serde_json::json!([]), "{run}");
    let (run, _, _) = of("one-answer-few", (&x, &y), (300, 1, 1), &["--steps", "1500"]);
    assert!(says(&run, &["hardly left its start after 1500 steps", "--steps 7500", "--attention-rate 100"]), "{run}");
    assert!(!says(&run, &["chance"]) && !says(&run, &["lag"]), "{}", run["notes"]);
    // What it says helps.
    for more in
        [&["--steps", "7500"][..], &["--standardise", "--rate", "0.3", "--attention-rate", "100", "--steps", "1500"]]
    {
        let (run, _, _) = of("one-answer-more", (&x, &y), (300, 1, 1), more);
        assert!(number(&run["explained_halves"]) > 0.8, "{more:?} {run}");
    }
}

#[test]
fn units_and_offsets_are_named_where_they_are_the_cause() {
    let (x, y) = pairs_of(200, 0.4);
    let few = ["--steps", "300"];
    // Behind ReLU no mean is taken away.
    let (run, _, _) = of(
        "offset-relu",
        (&x, &y.iter().map(|y| y + 100.0).collect::<Vec<_>>()),
        (200, 1, 1),
        &[&few[..], &["--activation", "relu"]].concat(),
    );
    assert!(
        says(&run, &["all above zero", "--activation identity takes it away"]) && !says(&run, &["lag"]),
        "{}",
        run["notes"]
    );
    // At a rate that was given.
    let small: Vec<f64> = x.iter().map(|x| 1e-3 * (x - 20.0)).collect();
    let centred: Vec<f64> = y.iter().map(|y| y - 20.0).collect();
    let (run, _, _) = of("unit-rate", (&small, &centred), (200, 1, 1), &[&few[..], &["--rate", "0.1"]].concat());
    assert!(says(&run, &["inputs are of about 5.6e-4, and at --rate 0.1 W hardly moves"]), "{}", run["notes"]);
    assert!(!says(&run, &["more steps"]) && !says(&run, &["--signed"]), "{}", run["notes"]);
    let (run, _, _) = of("offset-rate", (&centred, &y), (200, 1, 1), &[&few[..], &["--rate", "0.1"]].concat());
    assert!(says(&run, &["answers have an offset, which nothing takes away"]), "{}", run["notes"]);
    // Rounding of f32 is no fault of a student.
    let mut noise = Noise(5);
    let far: Vec<f64> = y.iter().map(|_| 1e6 + noise.next()).collect();
    let (run, code, _) = of("offset-f32", (&x, &far), (200, 1, 1), &[&few[..], &["--scalar", "f32"]].concat());
    assert!(code == Some(0) && !says(&run, &["worse than the best constant"]), "{} {}", run["explained"], run["notes"]);
    // What is refused names its file.
    for (name, (x, y), more, option) in [
        ("still-x", (&vec![7.0; 1000], &y), &[][..], "--x x.npy: no feature varies"),
        ("still-x-white", (&vec![7.0; 1000], &y), &["--whiten"][..], "--x x.npy: no feature varies"),
        ("still-y", (&x, &vec![7.0; 1000]), &[][..], "--y y.npy: every answer is the same"),
    ] {
        let (_, code, error) = of(name, (x, y), (200, 1, 1), more);
        assert!(code == Some(2) && error.contains(option), "{error}");
    }
}
