//! The command refuses to compute where floating-point arithmetic has other bits.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// A library that is loaded before the program and sets the mode of its thread, as one that was linked with `-ffast-math`
/// does.
const PRELOADED: &str = r#"
    #[used]
    #[unsafe(link_section = ".init_array")]
    static SET: extern "C" fn() = {
        extern "C" fn set() {
            let word: u32 = MODE;
            unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const word) }
        }
        set
    };
"#;

#[test]
fn another_mode_ends_with_1_and_one_line() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("environment");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    // The usual mode; results flushed, and operands; rounding down.
    for (mode, says) in [("0x1F80", None), ("0x9FC0", Some("subnormal")), ("0x3F80", Some("nearest"))] {
        let (source, library) = (folder.join(format!("{mode}.rs")), folder.join(format!("lib{mode}.so")));
        fs::write(&source, PRELOADED.replace("MODE", mode)).unwrap();
        let mut compiler = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into()));
        compiler.args(["--edition=2024", "--crate-type=cdylib", "-o"]).args([&library, &source]);
        assert!(compiler.status().unwrap().success());
        for arguments in [&["learn", "conv-relu", "--steps", "3"][..], &["fingerprint"]] {
            let mut tutee = Command::new(env!("CARGO_BIN_EXE_tutee"));
            let output = tutee.args(arguments).current_dir(&folder).env("LD_PRELOAD", &library).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            if let Some(says) = says {
                assert_eq!(output.status.code(), Some(1), "{mode} {arguments:?}: {said}");
                assert!(said.starts_with("tutee: ") && said.contains(says), "{said}");
                assert_eq!((said.lines().count(), output.stdout.as_slice()), (1, &b""[..]));
                assert!(!folder.join("results").exists());
            } else {
                assert_eq!(output.status.code(), Some(0), "{mode} {arguments:?}: {said}");
                let _ = fs::remove_dir_all(folder.join("results"));
            }
        }
    }
}
