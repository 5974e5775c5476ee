//! What happens to results when their place is a file: one of an earlier run, one that is read, one of somebody else's, on a
//! disk that is full.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::{contents, folder, tutee};
use crate::{SHORT, command, limited, line, read_json};

#[test]
fn a_file_is_replaced_when_the_new_one_is_whole() {
    let folder = folder("replaced");
    fs::write(folder.join("real.json"), "earlier").unwrap();
    fs::set_permissions(folder.join("real.json"), fs::Permissions::from_mode(0o604)).unwrap();
    symlink("real.json", folder.join("link.json")).unwrap();
    symlink("nothing-yet.json", folder.join("dangling.json")).unwrap();
    for name in ["link.json", "dangling.json", "new.json"] {
        assert_eq!(tutee(&folder, &[&SHORT[..], &["--json", name]].concat()).status.code(), Some(0));
    }
    for name in ["real.json", "nothing-yet.json", "new.json"] {
        assert_eq!(read_json(&folder.join(name))["runs"][0]["task"], "conv-relu");
        let own = fs::symlink_metadata(folder.join(name)).unwrap();
        let mode = own.permissions().mode() & 0o777;
        assert!(
            own.is_file() && if name == "real.json" { mode == 0o604 } else { mode & 0o600 == 0o600 },
            "{name}: {mode:o}"
        );
    }
    assert!(fs::symlink_metadata(folder.join("link.json")).unwrap().is_symlink());
    // The same mask as any other new file.
    fs::write(folder.join("other"), "").unwrap();
    let mode = |name| fs::metadata(folder.join(name)).unwrap().permissions().mode();
    assert_eq!(mode("new.json"), mode("other"));
    assert_eq!(contents(&folder).len(), 6, "{:?}", contents(&folder));
    // In a folder that this very run makes.
    let args = [&SHORT[..], &["--out", "made/here", "--json", "made/here/run.json"]].concat();
    assert_eq!(tutee(&folder, &args).status.code(), Some(0));
    assert!(read_json(&folder.join("made/here/run.json"))["runs"][0].is_object());
}

/// Limits of a file's size stand in for a full disk.
const FULL_AFTER_1_KB: &str = "trap '' XFSZ && ulimit -f 1";

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = folder("full_files");
    let args = ["learn", "conv-relu", "--steps", "3000", "--json", "r.json", "--out", "out"];
    let output = limited(&folder, FULL_AFTER_1_KB, &args).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8(output.stdout.clone()).unwrap().starts_with("task"), "the table is printed all the same");
    let told = line(&output);
    assert!(told.contains("r.json: File too large") && told.contains("out/index.html: "), "{told}");
    assert_eq!(contents(&folder), ["out".to_owned()].into(), "no half of a file");
    assert!(contents(&folder.join("out")).is_empty());

    assert_eq!(tutee(&folder, &args).status.code(), Some(0));
    let (earlier, page) = (read_json(&folder.join("r.json")), fs::read(folder.join("out/index.html")).unwrap());
    let pictures = contents(&folder.join("out"));
    let other = ["learn", "graph-relu", "--steps", "3000", "--json", "r.json", "--out", "out"];
    let output = limited(&folder, FULL_AFTER_1_KB, &other).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(line(&output).contains("the file there is an earlier one"), "{}", line(&output));
    assert_eq!(read_json(&folder.join("r.json")), earlier);
    assert_eq!((fs::read(folder.join("out/index.html")).unwrap(), contents(&folder.join("out"))), (page, pictures));
}

#[test]
fn json_is_no_file_of_the_report() {
    let folder = folder("apart");
    fs::create_dir(folder.join("there")).unwrap();
    symlink("there", folder.join("link")).unwrap();
    symlink("there/loss.svg", folder.join("loss.json")).unwrap();
    let absolute = folder.join("new/index.html");
    for (json, out) in [
        ("new/index.html", "new"),
        ("new/table.csv", "./new/"),
        ("./new/loss.svg", "new"),
        ("there/../new/attention-conv-relu.svg", "new"),
        ("new/INDEX.HTML", "new"),
        (absolute.to_str().unwrap(), "new"),
        ("index.html", "."),
        ("link/index.html", "there"),
        ("there/table.csv", "link"),
        ("link/../new/table.csv", "new"),
        ("loss.json", "there"),
        ("new", "./new"),
    ] {
        for command in [&["learn", "conv-relu"][..], &["mnist"]] {
            let args = [command, &["--steps", "5", "--json", json, "--out", out]].concat();
            let output = tutee(&folder, &args);
            assert_eq!(output.status.code(), Some(2), "{args:?}");
            assert!(line(&output).starts_with(&format!("tutee: --json {json}: expected ")), "{}", line(&output));
            assert_eq!(contents(&folder).len(), 3, "{args:?}: {:?}", contents(&folder));
            assert!(contents(&folder.join("there")).is_empty(), "{args:?}");
        }
    }
    // A picture's name that leads to the file, the other way round.
    symlink("../r.json", folder.join("there/loss.svg")).unwrap();
    let output = tutee(&folder, &[&SHORT[..], &["--json", "r.json", "--out", "there"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", line(&output));
    fs::remove_file(folder.join("there/loss.svg")).unwrap();
    // Names that only look alike.
    for json in ["index.html", "there/run.json", "there/index.html.json"] {
        let output = tutee(&folder, &[&SHORT[..], &["--json", json, "--out", "there"]].concat());
        assert_eq!(output.status.code(), Some(0), "{json}");
        assert!(read_json(&folder.join(json))["runs"][0].is_object());
    }
}

#[test]
fn a_limit_on_files_is_a_full_disk() {
    let folder = folder("limit");
    for args in [&["learn", "conv-relu", "--steps", "3000"][..], &["mnist", "--steps", "5"]] {
        let args = [args, &["--json", "r.json", "--out", "out"]].concat();
        let output = limited(&folder, "ulimit -f 1", &args).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        assert!(line(&output).contains("r.json: File too large"), "{}", line(&output));
        assert_eq!(contents(&folder), ["out".to_owned()].into());
        assert!(contents(&folder.join("out")).is_empty());
    }
    // Standard output, too.
    let args = ["learn", "conv-relu", "--steps", "3000", "--json", "-"];
    let log = File::create(folder.join("log")).unwrap();
    let output = limited(&folder, "ulimit -f 1", &args).stdout(log).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(line(&output).starts_with("tutee: standard output: File too large"), "{}", line(&output));
}

/// Once the teacher was replaced by the result of its own training.
#[test]
fn what_is_read_is_not_written_over() {
    let folder = folder("inputs");
    let teacher = r#"{"activation": "relu", "value": [[1, 0.5]], "mixing": [[0.5, 0.5, 0]]}"#;
    fs::create_dir_all(folder.join("out")).unwrap();
    for name in ["t.json", "out/table.csv"] {
        fs::write(folder.join(name), teacher).unwrap();
    }
    symlink("t.json", folder.join("soft.json")).unwrap();
    fs::hard_link(folder.join("t.json"), folder.join("hard.json")).unwrap();
    symlink("../t.json", folder.join("out/loss.svg")).unwrap();
    let absolute = folder.join("t.json");
    let absolute = absolute.to_str().unwrap();
    let refused = |args: &[&str], named: [&str; 2]| {
        let output = tutee(&folder, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        let line = line(&output);
        assert!(named.iter().all(|name| line.contains(name)), "{args:?}: {line}");
        assert_eq!(fs::read_to_string(folder.join("t.json")).unwrap(), teacher);
        assert!(!folder.join("results").exists());
    };
    for (read, written) in [
        ("t.json", "t.json"),
        ("t.json", "./out/../t.json"),
        ("t.json", "soft.json"),
        ("t.json", "hard.json"),
        ("soft.json", "hard.json"),
        (absolute, "t.json"),
    ] {
        let (by, of) = (format!("--json {written}: "), format!("--teacher reads, {read}"));
        refused(&["learn", "--steps", "5", "--teacher", read, "--json", written], [&by, &of]);
    }
    for read in ["t.json", "out/table.csv"] {
        let of = format!("--teacher reads, {read}");
        refused(&["learn", "--steps", "5", "--teacher", read, "--out", "out"], ["--out out: ", &of]);
    }
    let log = File::options().append(true).open(folder.join("t.json")).unwrap();
    let args = ["learn", "--steps", "5", "--teacher", "t.json", "--json", "-"];
    let output = command(&folder, &args).stdout(log).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(line(&output).contains("standard output: expected a place of its own"), "{}", line(&output));
    assert_eq!(fs::read_to_string(folder.join("t.json")).unwrap(), teacher);

    // The digits, which are found under any of their names.
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    fs::create_dir(folder.join("digits")).unwrap();
    for entry in fs::read_dir(sample).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|extension| extension == "gz") {
            fs::copy(&entry, folder.join("digits").join(entry.file_name().unwrap())).unwrap();
        }
    }
    symlink("digits/t10k-labels-idx1-ubyte.gz", folder.join("labels")).unwrap();
    for written in ["digits/train-images-idx3-ubyte.gz", "labels"] {
        let args = ["mnist", "--steps", "5", "--data", "digits", "--json", written];
        refused(&args, [&format!("--json {written}: "), "--data reads, digits/"]);
    }
    // Another file is as good as ever.
    let args = ["learn", "--steps", "5", "--teacher", "t.json", "--json", "other.json"];
    assert_eq!(tutee(&folder, &args).status.code(), Some(0));
}

/// Root that replaces a file of somebody else's leaves it to its owner.
#[test]
fn a_replaced_file_keeps_owner_and_mode() {
    let folder = folder("owner");
    let path = folder.join("r.json");
    fs::write(&path, "earlier").unwrap();
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        std::os::unix::fs::chown(&path, Some(1_234), Some(4_321)).unwrap();
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let of = |path: &Path| fs::metadata(path).map(|found| (found.uid(), found.gid(), found.mode() & 0o7777)).unwrap();
    let before = of(&path);
    for args in [&SHORT[..], &["fingerprint"]] {
        // Held open, so that no other file gets its number.
        let earlier = File::open(&path).unwrap();
        assert_eq!(tutee(&folder, &[args, &["--json", "r.json"]].concat()).status.code(), Some(0));
        assert!(read_json(&path).is_object());
        assert_eq!(of(&path), before);
        let number = |found: fs::Metadata| found.ino();
        assert_ne!(number(fs::metadata(&path).unwrap()), number(earlier.metadata().unwrap()), "written into");
    }
}

/// Root may write everywhere unless it gives that up.
#[cfg(target_os = "linux")]
#[test]
fn a_file_is_enough_where_its_folder_is_closed() {
    let folder = folder("closed_folder");
    let closed = folder.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("r.json"), "earlier").unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let run = |args: &[&str]| {
        if root {
            let mut plain = Command::new("setpriv");
            plain.args(["--bounding-set", "-dac_override", "--", env!("CARGO_BIN_EXE_tutee")]).args(args);
            plain.current_dir(&folder).output().unwrap()
        } else {
            tutee(&folder, args)
        }
    };
    for args in [&SHORT[..], &["fingerprint"]] {
        let output = run(&[args, &["--json", "closed/r.json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(read_json(&closed.join("r.json")).is_object());
    }
    let output = run(&[&SHORT[..], &["--json", "closed/new.json"]].concat());
    assert_eq!(output.status.code(), Some(2), "the folder is closed for new files: {output:?}");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(contents(&closed), ["r.json".to_owned()].into());
}

#[test]
fn what_lies_beside_the_page_is_of_that_page() {
    let folder = folder("stale");
    assert_eq!(tutee(&folder, &["learn", "--steps", "50", "conv-relu"]).status.code(), Some(0));
    assert_eq!(contents(&folder.join("results")), ["index.html", "table.csv"].map(str::to_owned).into());
    fs::write(folder.join("results/attention-mine.svg"), "mine").unwrap();
    let output = tutee(&folder, &["mnist", "--steps", "5"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("1 file of an earlier run removed"));
    assert_eq!(contents(&folder.join("results")), ["attention-mine.svg", "index.html"].map(str::to_owned).into());
}

#[test]
fn one_that_diverges_leaves_the_others() {
    let folder = folder("one_diverges");
    fs::write(folder.join("r.json"), "an earlier result").unwrap();
    let args =
        ["learn", "conv-relu", "token-selection", "--steps", "3000", "--rate", "3", "--json", "r.json", "--out", "out"];
    let output = tutee(&folder, &args);
    assert_eq!(output.status.code(), Some(1));
    let told = line(&output);
    assert!(
        told.contains("token-selection: training diverged at --rate 3.0") && told.contains("(1 of 2 runs"),
        "{told}"
    );
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("\nconv-relu") && table.contains("not finished: token-selection (diverged)"), "{table}");
    let result = read_json(&folder.join("r.json"));
    assert_eq!(result["runs"].as_array().unwrap().len(), 1);
    assert_eq!(result["runs"][0]["task"], "conv-relu");
    assert_eq!(result["unfinished"][0]["task"], "token-selection");
    assert_eq!(result["unfinished"][0]["why"], "diverged");
    let page = fs::read_to_string(folder.join("out/index.html")).unwrap();
    assert!(page.contains("Not finished:</b> token-selection (diverged)"));
    assert_eq!(fs::read_to_string(folder.join("out/table.csv")).unwrap().lines().count(), 2);
}

#[test]
fn digits_are_found_where_an_archive_of_kaggles_unpacks_them() {
    let folder = folder("kaggle");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for (part, kind, ending) in [
        ("train", "images", "idx3"),
        ("train", "labels", "idx1"),
        ("t10k", "images", "idx3"),
        ("t10k", "labels", "idx1"),
    ] {
        let name = format!("{part}-{kind}-{ending}-ubyte");
        let packed = sample.join(format!("{name}.gz"));
        if kind == "images" {
            fs::create_dir_all(folder.join("data").join(&name)).unwrap();
            fs::copy(packed, folder.join("data").join(&name).join(&name)).unwrap();
        } else {
            fs::create_dir_all(folder.join("data")).unwrap();
            fs::copy(packed, folder.join("data").join(format!("{part}-{kind}.{ending}-ubyte"))).unwrap();
        }
    }
    let digest = |args: &[&str]| {
        let output = tutee(&folder, &[&["mnist", "--steps", "5", "--json", "-"], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["runs"][0]["digest"].clone()
    };
    assert_eq!(digest(&["--data", "data"]), digest(&[]));
}
