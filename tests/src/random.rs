//! Random numbers for tests, from a generator that is not the one under test: SplitMix64 (Steele, Lea, Flood 2014).

use crate::oracle::Rows;

/// A source of random numbers; the same seed gives the same numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The source that `seed` names.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform over all 64-bit numbers.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `(0, 1]`.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / 9_007_199_254_740_992.0
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform()));
        radius * libm::cos(2.0 * std::f64::consts::PI * self.uniform())
    }

    /// `count` normal numbers of standard deviation `scale`.
    pub fn normals(&mut self, count: usize, scale: f64) -> Vec<f64> {
        (0..count).map(|_| scale * self.normal()).collect()
    }

    /// A matrix of normal numbers of standard deviation `scale`.
    pub fn matrix(&mut self, rows: usize, cols: usize, scale: f64) -> Rows {
        (0..rows).map(|_| self.normals(cols, scale)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs for seed 0, as the generator's authors' reference program prints them.
    #[test]
    fn the_generator_is_splitmix() {
        let mut random = Random::new(0);
        assert_eq!([random.bits(), random.bits()], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }

    #[test]
    fn normal_numbers_have_normal_moments() {
        let mut random = Random::new(1);
        let n = 200_000;
        let draws = random.normals(n, 1.0);
        let moment = |power: i32| draws.iter().map(|x| (0..power).map(|_| x).product::<f64>()).sum::<f64>() / n as f64;
        // Four standard errors: 1, 2, 15 and 96 are the variances of the first four powers.
        for (power, expected, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let error = 4.0 * libm::sqrt(variance / n as f64);
            assert!((moment(power) - expected).abs() < error, "moment {power}: {}", moment(power));
        }
    }
}
