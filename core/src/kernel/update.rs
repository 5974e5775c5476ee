//! The parameter update, with or without compensation.
//!
//! Late in training a step moves a logit by about `1/t`: once that is less than half a unit in the last place, a plain
//! `a += step` stops moving. The compensated update keeps in `carry` what each addition rounded away and offers it to
//! the next one, so that `parameter + carry` follows the exact sum. The rounding error of an addition is computed exactly
//! where the parameter is not smaller than what is added (Dekker's sum); where it is, near zero, an error of half
//! a unit in the last place of the step may be missed, which is nothing.

use crate::scalar::Scalar;
use crate::vector::lane::Lane;

/// Parameter and carry after `step` was added.
#[inline(always)]
pub(crate) fn advanced<T: Scalar, L: Lane<T>>(parameter: L, carry: L, step: L, compensated: bool) -> [L; 2] {
    if compensated {
        let addend = step + carry;
        let after = parameter + addend;
        [after, addend - (after - parameter)]
    } else {
        [parameter + step, carry]
    }
}

/// Adds `step` to one parameter. When `compensated`, `carry` holds what rounding has taken from it so far, and is added
/// again; else it stays as it is.
#[inline(always)]
pub fn advance<T: Scalar>(parameter: &mut T, carry: &mut T, step: T, compensated: bool) {
    [*parameter, *carry] = advanced(*parameter, *carry, step, compensated);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_below_half_an_ulp_add_up_only_with_compensation() {
        let (mut plain, mut kept, mut none, mut carry) = (4.0f32, 4.0f32, 0.0, 0.0);
        for _ in 0..1_000_000 {
            advance(&mut plain, &mut none, 1e-7, false);
            advance(&mut kept, &mut carry, 1e-7, true);
        }
        assert_eq!(plain, 4.0);
        assert!((kept - 4.1).abs() <= f32::EPSILON * 4.0, "{kept}");
    }
}
