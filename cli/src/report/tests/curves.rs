//! What the curves show.

use super::*;

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
