//! Means of the logistic loss's parts over a normal logit.

use crate::loss::logistic;
use crate::scalar::Scalar;

/// Means over `n`, standard normal, for a logit `s n`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means<T> {
    /// `E log(1 + exp(-s |n|))`: ln 2 at zero, and `sqrt(2/pi) pi^2 / 12 / s` far from it.
    pub(super) tail: T,
    /// `E 1 / (4 cosh^2(s n / 2))`: a quarter at zero, and `1 / (sqrt(2 pi) s)` far from it.
    pub(super) curvature: T,
}

/// Above zero those of the 16 nodes of Gauss and Legendre on `[-1, 1]`, with their weights.
const RULE: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_894),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_096),
];

/// Panels `[0, X/64], [X/64, X/32], ..., [X/2, X]`.
const DOUBLINGS: u32 = 6;

/// `sqrt(2 / pi)`.
const ROOT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;

impl<T: Scalar> Means<T> {
    /// For a standard deviation `s >= 0` of the logit. Costs 112 times the logistic loss and an exponential. The sums run over the panels
    /// from zero on, and in each over pairs of nodes from its middle outwards, the lower first.
    pub(super) fn of(s: T) -> Self {
        let (farthest, negligible) = (T::from_f64(9.0), T::from_f64(40.0));
        let end = if s * farthest > negligible { negligible / s } else { farthest };
        let mut width = end / T::from_u32(1 << DOUBLINGS);
        let mut begin = T::ZERO;
        let (mut tail, mut curvature) = (T::ZERO, T::ZERO);
        for _ in 0..=DOUBLINGS {
            let half = T::HALF * width;
            let middle = begin + half;
            for (node, weight) in RULE {
                let (offset, weight) = (half * T::from_f64(node), half * T::from_f64(weight));
                for x in [middle - offset, middle + offset] {
                    let density = weight * T::exp_not_positive(-(T::HALF * x * x));
                    let (slope, loss) = logistic(s * x, T::ONE);
                    tail += density * loss;
                    curvature += density * (-slope * (T::ONE + slope));
                }
            }
            begin += width;
            // The first two panels are equally wide.
            width = begin;
        }
        let normalise = T::from_f64(ROOT_2_OVER_PI);
        Self { tail: normalise * tail, curvature: normalise * curvature }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `s`, tail and curvature to twenty digits, by adaptive quadrature with fifty.
    const MEANS: [(f64, f64, f64); 11] = [
        (0.0, core::f64::consts::LN_2, 0.25),
        (0.03125, 0.680_802_289_713_587_5, 0.249_938_994_625_475_5),
        (0.5, 0.524_021_660_865_259_6, 0.236_044_422_439_879_66),
        (1.0, 0.407_116_902_946_007_1, 0.206_620_964_141_907_03),
        (3.0, 0.197_251_201_954_301_6, 0.114_837_904_773_910_54),
        (4.4375, 0.140_343_132_474_716_32, 0.083_449_257_248_909_04),
        (4.5, 0.138_574_970_787_181_66, 0.082_442_955_934_790_33),
        (10.0, 0.064_890_227_156_821_88, 0.039_259_560_109_364_08),
        (100.0, 0.006_561_582_090_298_764, 0.003_988_766_796_835_580_3),
        (1e4, 6.562_337_401_822_057e-5, 3.989_422_738_390_954e-5),
        (1e10, 6.562_337_477_384_342e-11, 3.989_422_804_014_327e-11),
    ];

    #[test]
    fn means_are_right_to_rounding() {
        for (s, tail, curvature) in MEANS {
            let found = Means::of(s);
            let worst = (found.tail / tail - 1.0).abs().larger((found.curvature / curvature - 1.0).abs());
            // Ten terms of a panel are larger than the rest; 4 epsilon measured.
            assert!(worst <= 8.0 * f64::EPSILON, "{s}: {worst:e}");
            let narrow = Means::of(s as f32);
            let worst = (f64::from(narrow.tail) / tail - 1.0).abs();
            let worst = worst.larger((f64::from(narrow.curvature) / curvature - 1.0).abs());
            assert!(worst <= 8.0 * f64::from(f32::EPSILON), "{s} in f32: {worst:e}");
        }
    }
}
