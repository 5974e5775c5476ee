//! A library in Rust beside tutee in one program, with the standard library.

/// How many digits the numbers below `n` have together.
#[unsafe(no_mangle)]
pub extern "C" fn neighbour(n: u32) -> u32 {
    let numbers: Vec<String> = (0..n).map(|number| number.to_string()).collect();
    std::panic::catch_unwind(|| numbers.concat().len() as u32).unwrap_or(0)
}
