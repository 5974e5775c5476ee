//! What the matrices show.

use super::*;

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
