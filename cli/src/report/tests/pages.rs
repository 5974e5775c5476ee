//! The page as a whole: its files, its table, what it says of runs that are not there.

use super::*;

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
