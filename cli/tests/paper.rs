//! The paper's results, by the command's default run: a million exact steps on each of the six tasks.

use std::process::Command;

use serde_json::Value;

#[test]
fn a_million_steps_on_every_task() {
    let output = Command::new(env!("CARGO_BIN_EXE_tutee")).args(["learn", "--json", "-"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let runs = result["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 6);
    let readme = include_str!("../../README.md");
    for run in runs {
        let task = run["task"].as_str().unwrap();
        let within = |field: &str, low: f64, high: f64| {
            let value = run[field].as_f64().unwrap_or_else(|| panic!("{task}: {field} is {}", run[field]));
            println!("{task:>16} {field:>22} {value:12.6}  in [{low}, {high}]");
            assert!((low..=high).contains(&value), "{task}: {field} is {value}, not in [{low}, {high}]");
        };
        // The README's table has the same bits, on this machine as on the one that printed it.
        let digest = run["digest"].as_str().unwrap();
        assert!(readme.contains(&format!("`{digest}`")), "{task}: the README does not hold the digest {digest}");
        assert_eq!((run["steps"].as_u64(), run["tokens"].as_u64()), (Some(1_000_000), Some(16)));
        assert_eq!(run["verdict"], "asymptotic", "{task}: {}", run["reason"]);
        within("slope", -1.05, -0.95);
        within("law_ratio", 0.97, 1.05);
        within("value_cosine_min", 0.9999, 1.0);
        within("attention_error_max", 0.0, if task == "group-sparse" { 0.06 } else { 0.01 });
        within("ood_slope", -0.58, -0.42);
        within("ood_first_order_slope", -0.53, -0.47);
    }
}
