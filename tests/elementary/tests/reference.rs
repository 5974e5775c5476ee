//! The double-double arithmetic that everything else is compared with, against values that mpmath computed with 400
//! bits.

use std::collections::BTreeMap;

use tutee_elementary::double_double::Dd;
use tutee_elementary::reference;

const VECTORS: &str = include_str!("../vectors.txt");
/// Relative: below 2^-95, a 2^42th of an `f64`'s unit.
const TOLERANCE: f64 = 2e-29;

fn function(name: &str, x: f64) -> Dd {
    match name {
        "exp" => {
            let (value, k) = reference::exp(x);
            value.scale(libm::ldexp(1.0, k / 2)).scale(libm::ldexp(1.0, k - k / 2))
        }
        "ln" => reference::ln(x),
        "sin" => reference::sin_cos_turns(x).0,
        "cos" => reference::sin_cos_turns(x).1,
        "angle" => reference::angle(x),
        "kink_loss" => reference::kink_loss(x),
        _ => panic!("{name}"),
    }
}

#[test]
fn reference_has_digits_to_spare() {
    let mut worst = BTreeMap::new();
    for line in VECTORS.lines() {
        let (name, numbers) = line.split_once(' ').unwrap();
        let mut numbers = numbers.split(' ').map(|bits| f64::from_bits(u64::from_str_radix(bits, 16).unwrap()));
        let (x, high, low) = (numbers.next().unwrap(), numbers.next().unwrap(), numbers.next().unwrap());
        let error = (function(name, x) - Dd { high, low }).high.abs() / high.abs();
        let (count, largest): &mut (u32, f64) = worst.entry(name).or_default();
        *count += 1;
        if error > *largest {
            *largest = error;
        }
        assert!(error < TOLERANCE, "{name}({x:e}): relative error {error:e}");
    }
    assert_eq!(worst.len(), 6);
    println!("values and largest relative errors: {worst:?}");
}
