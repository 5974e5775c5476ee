//! Matrices that `tutee learn` writes for other programs: files of NumPy and of safetensors, and codes that decide W_KQ.

mod common;
#[path = "common/numbers.rs"]
mod numbers;
#[path = "common/runs.rs"]
mod runs;

use std::fs;
use std::path::Path;

use common::{contents, folder};
use npyz::NpyFile;
use safetensors::SafeTensors;
use serde_json::Value;

use numbers::numbers;
use runs::{refused, run, runs};

/// A matrix of a file in NumPy's format: its sides, and its numbers row by row.
fn npy(path: &Path) -> (Vec<u64>, Vec<f64>) {
    let file = NpyFile::new(fs::File::open(path).unwrap()).unwrap();
    (file.shape().to_vec(), file.into_vec().unwrap())
}

/// No step depends on the codes of attention on positions alone, and its W_KQ does: a logit is the product of the codes of key and query with it,
/// over the root of the number of tokens.
#[test]
fn codes_of_attention_on_positions_decide_its_w_kq() {
    let folder = folder("options-codes");
    let task = ["learn", "conv-relu", "--tokens", "8", "--steps", "300", "--seed", "4"];
    let arrays = ["--encoding", "orthonormal", "--npy", "arrays"];
    let (plain, coded) = (run(&folder, &task), run(&folder, &[&task[..], &arrays].concat()));
    assert_eq!((&plain["encoding"], &coded["encoding"]), (&"identity".into(), &"orthonormal".into()));
    assert_eq!((&plain["digest"], &plain["logits"]), (&coded["digest"], &coded["logits"]));
    let [codes, kq, logits] = ["codes", "w_kq", "logits"].map(|name| numbers(&coded[name]));
    assert_eq!(npy(&folder.join("arrays/codes.npy")), (vec![8, 8], codes.clone()));
    assert_eq!(npy(&folder.join("arrays/w_kq.npy")), (vec![8, 8], kq.clone()));
    assert_ne!(kq, numbers(&plain["w_kq"]));
    for (output, query) in codes.chunks(8).enumerate() {
        for (token, key) in codes.chunks(8).enumerate() {
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let asked: Vec<f64> = kq.chunks(8).map(|row| dot(row, query)).collect();
            let logit = dot(key, &asked) / 8.0_f64.sqrt();
            assert!((logit - logits[output * 8 + token]).abs() < 1e-12, "{output} {token}: {logit}");
            assert!((dot(key, query) - f64::from(u8::from(output == token))).abs() < 1e-12, "{output} {token}");
        }
    }
    // The layer that has these two blocks has these codes, and finds this W_KQ.
    let online = [&task[..], &["--mode", "online", "--encoding", "orthonormal"]].concat();
    let train = ["--student", "layer", "--train", "value-content,position-position"];
    let (position, layer) = (run(&folder, &online), run(&folder, &[&online[..], &train].concat()));
    assert_eq!(position["codes"], layer["codes"]);
    // Its rows and columns of content, 6 of 14, do not train.
    let block: Vec<f64> = numbers(&layer["w_kq"]).chunks(14).skip(6).flat_map(|row| row[6..].to_vec()).collect();
    for (found, expected) in block.iter().zip(numbers(&position["w_kq"])) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    let other = [&task[..], &["--encoding", "sinusoidal"]].concat();
    refused(&folder, &other, &["--encoding sinusoidal", "identity or orthonormal", "--student layer"]);
}

#[test]
fn matrices_are_written_for_other_programs() {
    let folder = folder("options-matrices");
    let one = run(&folder, &["learn", "conv-relu", "--steps", "60", "--weights", "w.safetensors", "--npy", "arrays"]);
    let bytes = fs::read(folder.join("w.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let (_, head) = SafeTensors::read_metadata(&bytes).unwrap();
    let told: Value = serde_json::from_str(&head.metadata().as_ref().unwrap()["tutee"]).unwrap();
    assert_eq!((&told["digest"], &told["activation"]), (&one["digest"], &"relu".into()));
    let tensor = |name: &str| {
        let tensor = tensors.tensor(name).unwrap();
        let bytes = tensor.data().chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()));
        (tensor.shape().iter().map(|&side| side as u64).collect::<Vec<_>>(), bytes.collect::<Vec<_>>())
    };
    for (name, shape) in [("value", [4, 6]), ("attention", [16, 16]), ("logits", [16, 16])] {
        let expected = (shape.to_vec(), numbers(&one[name]));
        assert_eq!(tensor(name), expected, "{name}");
        assert_eq!(npy(&folder.join("arrays").join(format!("{name}.npy"))), expected, "{name}");
    }
    // Keys by queries: a logit is an entry of it over the root of 16 tokens.
    let (logits, (shape, kq)) = (numbers(&one["logits"]), tensor("w_kq"));
    assert_eq!((shape, npy(&folder.join("arrays/w_kq.npy")).1), (vec![16, 16], kq.clone()));
    for (output, row) in logits.chunks(16).enumerate() {
        for (token, logit) in row.iter().enumerate() {
            assert_eq!(kq[token * 16 + output] / 4.0, *logit);
        }
    }
    assert!(logits.iter().any(|&logit| logit != 0.0));
    assert_eq!((numbers(&one["w_kq"]), &one["codes"]), (kq, &Value::Null));
    assert_eq!((&one["embedding"], &one["scale"]), (&"concatenated".into(), &"tokens".into()));
    assert_eq!(contents(&folder.join("arrays")).len(), 4);

    // Of several runs each has its own; in the number type that trained.
    let args = [
        "learn",
        "conv-relu",
        "token-selection",
        "--steps",
        "20",
        "--scalar",
        "f32",
        "--weights",
        "w.safetensors",
        "--npy",
        "two",
    ];
    let two = runs(&folder, &args);
    let bytes = fs::read(folder.join("w.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let value = tensors.tensor("token-selection.value").unwrap();
    let found: Vec<f64> =
        value.data().chunks_exact(4).map(|x| f64::from(f32::from_le_bytes(x.try_into().unwrap()))).collect();
    assert_eq!(found, numbers(&two[1]["value"]));
    assert_eq!(tensors.len(), 8);
    assert!(folder.join("two/token-selection.w_kq.npy").exists() && contents(&folder.join("two")).len() == 8);

    let layer = ["learn", "conv-relu", "--student", "layer", "--mode", "online", "--steps", "3", "--npy", "layer"];
    let layer = run(&folder, &layer);
    assert_eq!(npy(&folder.join("layer/w_kq.npy")), (vec![22, 22], numbers(&layer["w_kq"])));

    let short = ["learn", "conv-relu", "--steps", "3"];
    refused(
        &folder,
        &[&short[..], &["--weights", "no/such/w.safetensors"]].concat(),
        &["no/such/w.safetensors", "a place to write to"],
    );
    refused(&folder, &[&short[..], &["--npy", "w.safetensors"]].concat(), &["w.safetensors", "a place to write to"]);
    refused(
        &folder,
        &[&short[..], &["--json", "w", "--weights", "w"]].concat(),
        &["--weights w", "another file than --json's"],
    );
}
