//! Where readings are and how far they spread, learned from a stream of them.

use super::centre::Centre;
use super::preparation::Preparation;
use super::spread::Spread;
use crate::error::Error;
use crate::matrix::{Rows, RowsMut, check_finite, check_length};
use crate::memory::{Cut, Sizes, layout};
use crate::scalar::Scalar;
use crate::shape::Shape;

/// How many pairs a [`Standardizer`] has seen, and how far their answers spread.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Observed<T> {
    pub(super) pairs: u64,
    pub(super) answers: Spread<T>,
    pub(super) answer_scale: T,
}

impl<T: Scalar> Observed<T> {
    /// None yet.
    pub const ZERO: Self = Self { pairs: 0, answers: Spread::ZERO, answer_scale: T::ZERO };

    /// Pairs seen.
    pub const fn pairs(&self) -> u64 {
        self.pairs
    }

    /// What a snapshot has of it beside the pairs, in its order.
    pub(crate) const fn scalars(&self) -> [T; 3] {
        [self.answers.unit, self.answers.squares, self.answer_scale]
    }

    /// Back from that.
    pub(crate) const fn of(pairs: u64, [unit, squares, answer_scale]: [T; 3]) -> Self {
        Self { pairs, answers: Spread { unit, squares }, answer_scale }
    }
}

layout! {
    /// What is known of readings, with its sizes, those of the readings, in its type.
    pub struct Standardizer<FILTERS, FEATURES, TOKENS, OUTPUTS>;
    /// What is known of readings: means, and how far they spread. Fixed memory, and one order of operations: pairs in the order
    /// in which they come (Welford 1962), tokens and then features in sequence.
    pub struct StandardizerViewMut: "standardizer" with observed: Observed<T> {
        pub(super) mean: matrix(TOKENS, FEATURES),
        pub(super) unit: matrix(FEATURES),
        pub(super) squares: matrix(FEATURES),
        pub(super) scale: matrix(FEATURES),
        pub(super) answer_mean: matrix(OUTPUTS, FILTERS),
        pub(super) observed: state(observed, Observed<T>),
    }
    /// Elements of the memory that [`StandardizerViewMut::new`] takes: `D d + 3 d + J M`.
    pub const fn standardizer_len;
}

/// A mean moves by its deviation from a new number divided by how many there now are; returns that deviation.
fn follow<T: Scalar>(mean: &mut T, number: T, count: T) -> T {
    let deviation = number - *mean;
    *mean += deviation / count;
    deviation
}

impl<'a, T: Scalar> StandardizerViewMut<'a, T> {
    /// Takes `memory`, for readings of this shape, and `observed` as a standardizer. All zero is one that has seen nothing; what
    /// another one left behind goes on from there.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`standardizer_len`] elements; [`Error::NotFinite`].
    pub fn new(shape: Shape, memory: &'a mut [T], observed: &'a mut Observed<T>) -> Result<Self, Error> {
        let (expected, found) = (standardizer_len(shape), memory.len());
        check_length("standardizer", memory, expected)?;
        check_finite("standardizer", memory)?;
        let wrong = Error::Length { what: "standardizer", expected, found };
        Self::cut(Sizes::of(shape), &mut Cut::new(memory), observed).ok_or(wrong)
    }

    /// Pairs seen.
    pub const fn pairs(&self) -> u64 {
        self.observed.pairs
    }

    /// The standard deviation of every feature, of its own units: what its readings are divided by. Zero for a feature that has
    /// been constant, which is given to the student as zero.
    pub const fn scales(&self) -> &[T] {
        self.scale
    }

    /// What answers are divided by: the root of their mean square about what is taken from them.
    pub const fn answer_scale(&self) -> T {
        self.observed.answer_scale
    }

    /// What is taken from every feature of every token, `tokens x features`, in units of its own.
    pub const fn means(&self) -> &[T] {
        self.mean
    }

    /// What is taken from every filter of every output, `outputs x filters`: zeros where [`Centre::Feature`] takes nothing.
    pub const fn answer_means(&self) -> &[T] {
        self.answer_mean
    }

    /// Whether all features were constant: nothing can be learned from them.
    pub fn is_constant(&self) -> bool {
        self.scale.iter().all(|&scale| scale == T::ZERO)
    }

    /// How many pairs were seen, and how far their answers spread.
    pub(crate) const fn observed(&self) -> &Observed<T> {
        self.observed
    }

    /// Its memory in its order.
    pub(crate) const fn parts(&self) -> [&[T]; 5] {
        [self.mean, self.unit, self.squares, self.scale, self.answer_mean]
    }

    /// Everything that it knows, to be replaced.
    pub(crate) const fn parts_mut(&mut self) -> ([&mut [T]; 5], &mut Observed<T>) {
        ([self.mean, self.unit, self.squares, self.scale, self.answer_mean], self.observed)
    }

    /// Whether a mean is taken from answers.
    pub(crate) fn centres_answers(&self) -> bool {
        self.answer_mean.iter().any(|&mean| mean != T::ZERO)
    }

    /// Refuses a pair that [`StandardizerViewMut::observe`] refuses: for a program that wants all of several pairs, or none.
    ///
    /// # Errors
    /// Those of [`StandardizerViewMut::observe`].
    pub fn check_pair(&self, shape: Shape, x: &[T], y: &[T]) -> Result<(), Error> {
        self.check(Sizes::of(shape))?;
        for (what, numbers, expected) in [("x", x, shape.input_len()), ("y", y, shape.output_len())] {
            check_length(what, numbers, expected)?;
            check_finite(what, numbers)?;
            if !numbers.iter().all(|&n| (n * (T::TWO * T::TWO)).is_finite()) {
                return Err(Error::OutOfRange { what: "a reading must be below a quarter of the largest number" });
            }
        }
        Ok(())
    }

    /// Looks at one recorded pair, `x[token][feature]` and `y[output][filter]`. Costs two divisions a number.
    ///
    /// To be done with the first pairs, as many as show how the readings spread; a student that is being trained is confused by
    /// readings that are scaled in another way than before.
    ///
    /// # Errors
    /// Nothing is changed then:
    /// * [`Error::Length`], [`Error::NotFinite`], naming the slice;
    /// * [`Error::OutOfRange`]: a number beyond a quarter of the largest one there is.
    pub fn observe(&mut self, shape: Shape, centre: Centre, x: &[T], y: &[T]) -> Result<(), Error> {
        self.check_pair(shape, x, y)?;
        self.observed.pairs = self.observed.pairs.saturating_add(1);
        let (pairs, features) = (self.observed.pairs, shape.features());
        // The square of a deviation from the mean before times (n - 1) / n is that about the means before and after.
        let share = |count: T| ((count - T::ONE) / count).sqrt();
        let mut add = |feature: usize, deviation: T| {
            if let (Some(unit), Some(squares)) = (self.unit.get_mut(feature), self.squares.get_mut(feature)) {
                let mut spread = Spread { unit: *unit, squares: *squares };
                spread.add(deviation);
                (*unit, *squares) = (spread.unit, spread.squares);
            }
        };
        match centre {
            Centre::Token => {
                let count = T::from_u64(pairs);
                for (x, mean) in Rows::new(x, features).zip(RowsMut::new(self.mean, features)) {
                    for (feature, (&x, mean)) in x.iter().zip(mean).enumerate() {
                        add(feature, follow(mean, x, count) * share(count));
                    }
                }
                for (&y, mean) in y.iter().zip(&mut *self.answer_mean) {
                    self.observed.answers.add(follow(mean, y, count) * share(count));
                }
            }
            Centre::Feature => {
                let mut seen = pairs.saturating_sub(1).saturating_mul(shape.tokens() as u64);
                let (first, others) = self.mean.split_at_mut_checked(features).unwrap_or((&mut [], &mut []));
                for x in Rows::new(x, features) {
                    seen = seen.saturating_add(1);
                    let count = T::from_u64(seen);
                    for (feature, (&x, mean)) in x.iter().zip(&mut *first).enumerate() {
                        add(feature, follow(mean, x, count) * share(count));
                    }
                }
                for token in RowsMut::new(others, features) {
                    for (to, &from) in token.iter_mut().zip(&*first) {
                        *to = from;
                    }
                }
                for &y in y {
                    self.observed.answers.add(y);
                }
            }
        }
        let count = T::from_u64(pairs);
        let each = count * T::from_usize(shape.tokens());
        for ((scale, &unit), &squares) in self.scale.iter_mut().zip(&*self.unit).zip(&*self.squares) {
            *scale = Spread { unit, squares }.root_mean_square(each);
        }
        let answers = count * T::from_usize(shape.output_len());
        self.observed.answer_scale = self.observed.answers.root_mean_square(answers);
        Ok(())
    }

    /// Forgets until what is known weighs as much as `pairs` pairs, which may be none; what weighs less stays. Called before each
    /// [`observe`](Self::observe), means and scales are those of an exponential window: a pair counts `1 - 1 / (pairs + 1)` times as
    /// much with each that comes after it, so that they follow readings that drift, or a plant that was changed. A student that is
    /// being trained is confused by them; another one starts from them. Costs a multiplication a feature.
    pub fn forget(&mut self, pairs: u64) {
        let seen = self.observed.pairs;
        if seen <= pairs {
            return;
        }
        let kept = T::from_u64(pairs) / T::from_u64(seen);
        for squares in self.squares.iter_mut() {
            *squares *= kept;
        }
        self.observed.answers.squares *= kept;
        self.observed.pairs = pairs;
    }

    /// Writes what the student sees of one input: centred, scaled, and with what the preparation adds. Slices of the right
    /// lengths.
    pub(crate) fn prepare_input(&self, shape: Shape, preparation: Preparation, x: &[T], prepared: &mut [T]) {
        let mut to = prepared.iter_mut();
        self.each_prepared(shape, preparation, x, |number| {
            if let Some(to) = to.next() {
                *to = number;
            }
        });
    }

    /// The squared norm of what the student sees of one input, of a slice of the right length.
    pub(crate) fn input_power(&self, shape: Shape, preparation: Preparation, x: &[T]) -> T {
        let mut power = T::ZERO;
        self.each_prepared(shape, preparation, x, |number| power += number * number);
        power
    }

    /// The numbers that the student sees of one input, in their order.
    fn each_prepared(&self, shape: Shape, preparation: Preparation, x: &[T], mut see: impl FnMut(T)) {
        let features = shape.features();
        let signs = [T::ONE, -T::ONE];
        for &sign in signs.iter().take(1 + usize::from(preparation.signed)) {
            for (x, mean) in Rows::new(x, features).zip(Rows::new(self.mean, features)) {
                for ((&x, &mean), &scale) in x.iter().zip(mean).zip(&*self.scale) {
                    see(if scale > T::ZERO { sign * ((x - mean) / scale) } else { T::ZERO });
                }
                if preparation.intercept {
                    see(T::ONE);
                }
            }
        }
        if preparation.spare {
            (0..features).for_each(|_| see(T::ZERO));
            if preparation.intercept {
                see(T::ONE);
            }
        }
    }

    /// What the student is to answer.
    pub(crate) fn answers(&self, y: &[T]) -> impl Iterator<Item = T> {
        let scale = self.observed.answer_scale;
        let prepared = move |(&y, &mean): (&T, &T)| if scale > T::ZERO { (y - mean) / scale } else { T::ZERO };
        y.iter().zip(&*self.answer_mean).map(prepared)
    }

    /// Writes what the student is to answer.
    pub(crate) fn prepare_answer(&self, y: &[T], prepared: &mut [T]) {
        for (to, y) in prepared.iter_mut().zip(self.answers(y)) {
            *to = y;
        }
    }

    /// Turns a student's answers into readings, in place.
    pub(crate) fn restore_answer(&self, y: &mut [T]) {
        for (y, &mean) in y.iter_mut().zip(&*self.answer_mean) {
            *y = *y * self.observed.answer_scale + mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::checked_shape;

    const SHAPE: Shape = checked_shape(1, 2, 2, 2);

    #[test]
    fn readings_of_any_unit_and_offset_become_the_same_numbers() {
        // What four pairs give, in units of 1e-20 to 1e20 with offsets.
        let prepared = |centre, unit: f64, offset: f64| {
            let mut standardizer = Standardizer::<f64, 1, 2, 2, 2>::ZERO;
            let mut view = standardizer.view_mut();
            let pair = |i: f64| ([i, i * i, 3.0 - i, 7.0].map(|x| unit * (x + offset)), [i * unit, -i * unit]);
            for i in [0.0, 1.0, 3.0, -1.0] {
                let (x, y) = pair(i);
                view.observe(SHAPE, centre, &x, &y).unwrap();
            }
            let (mut x, mut y) = ([0.0; 12], [0.0; 2]);
            let all = Preparation { intercept: true, spare: false, signed: true };
            view.prepare_input(SHAPE, all, &pair(3.0).0, &mut x);
            view.prepare_answer(&pair(3.0).1, &mut y);
            (x, y)
        };
        for centre in [Centre::Token, Centre::Feature] {
            let expected = prepared(centre, 1.0, 0.0);
            for (unit, offset) in [(1e-20, 0.0), (1e20, 0.0), (1e-3, 273.15), (1000.0, -40.0)] {
                let (x, y) = prepared(centre, unit, offset);
                for (found, expected) in x.iter().chain(&y).zip(expected.0.iter().chain(&expected.1)) {
                    assert!((found - expected).abs() < 1e-11, "{centre:?} {unit} {offset}: {found} {expected}");
                }
            }
            let ([a, b, one, c, d, _, minus_a, minus_b, _, minus_c, minus_d, last], _) = expected;
            assert_eq!([-a, -b, -c, -d], [minus_a, minus_b, minus_c, minus_d]);
            assert_eq!([one, last], [1.0, 1.0]);
        }
        // The second feature of the second token never moves; by token it is zero, by feature it is not.
        assert_eq!(prepared(Centre::Token, 1.0, 5.0).0[4], 0.0);
        assert!(prepared(Centre::Feature, 1.0, 5.0).0[4] > 0.5);
    }

    #[test]
    fn mean_and_variance_are_those_of_two_passes() {
        let readings: [f32; 6] = [300.1, 299.8, 300.5, 301.0, 299.9, 300.2];
        let mut standardizer = Standardizer::<f32, 1, 1, 1, 1>::ZERO;
        let mut view = standardizer.view_mut();
        let shape = checked_shape(1, 1, 1, 1);
        for x in readings {
            view.observe(shape, Centre::Token, &[x], &[2.0 * x]).unwrap();
        }
        let mean = readings.iter().map(|&x| f64::from(x)).sum::<f64>() / 6.0;
        let variance = readings.iter().map(|&x| (f64::from(x) - mean) * (f64::from(x) - mean)).sum::<f64>() / 6.0;
        assert!((f64::from(view.mean[0]) - mean).abs() < 3e-5);
        assert!((f64::from(view.scales()[0]) / variance.sqrt() - 1.0).abs() < 2e-4);
        assert!((view.answer_scale() / view.scales()[0] - 2.0).abs() < 1e-3);
        assert_eq!((view.pairs(), view.is_constant()), (6, false));
    }

    #[test]
    fn what_is_forgotten_makes_room_for_a_plant_that_changed() {
        let shape = checked_shape(1, 1, 1, 1);
        // Half-way the sensor is another one: from 20 +- 1 to 300 +- 10.
        let reading = |i: u32| if i < 400 { 20.0 } else { 300.0 } + if i < 400 { 1.0 } else { 10.0 } * [1.0, -1.0][i as usize % 2];
        let known = |centre: Centre, window: Option<u64>, pairs: u32| {
            let mut standardizer = Standardizer::<f64, 1, 1, 1, 1>::ZERO;
            let mut view = standardizer.view_mut();
            for i in 0..pairs {
                window.into_iter().for_each(|window| view.forget(window));
                view.observe(shape, centre, &[reading(i)], &[2.0 * reading(i)]).unwrap();
            }
            (view.means()[0], view.scales()[0], view.answer_scale(), view.pairs())
        };
        for centre in [Centre::Token, Centre::Feature] {
            let ((mean, scale, answers, pairs), (all, wide, ..)) =
                (known(centre, Some(20), 800), known(centre, None, 800));
            assert!((mean - 300.0).abs() < 1.0 && (scale / 10.0 - 1.0).abs() < 0.05, "{centre:?}: {mean} {scale}");
            let expected = if centre == Centre::Token { 20.0 } else { 600.0 };
            assert!((answers / expected - 1.0).abs() < 0.05 && pairs == 21, "{centre:?}: {answers} {pairs}");
            assert!((all - 160.0).abs() < 1.0 && wide > 130.0, "{all} {wide}");
            // Fewer pairs than the window are all there is.
            assert_eq!(known(centre, Some(20), 15), known(centre, None, 15));
        }
        // What is forgotten at once is as if it had not been.
        let mut standardizers = [Standardizer::<f64, 1, 1, 1, 1>::ZERO, Standardizer::ZERO];
        let [forgot, fresh] = standardizers.each_mut().map(|standardizer| {
            let mut view = standardizer.view_mut();
            view.observe(shape, Centre::Token, &[5.0], &[7.0]).unwrap();
            view.observe(shape, Centre::Token, &[9.0], &[1.0]).unwrap();
            view
        });
        let (mut forgot, mut fresh) = (forgot, fresh);
        forgot.forget(0);
        for x in [300.0, 310.0, 290.0] {
            forgot.observe(shape, Centre::Token, &[x], &[x]).unwrap();
        }
        fresh.forget(2);
        assert_eq!((fresh.pairs(), fresh.means()[0]), (2, 7.0));
        assert!((fresh.scales()[0] - 2.0).abs() < 1e-12);
        assert!(
            (forgot.means()[0] - 300.0).abs() < 1e-12 && (forgot.scales()[0] - (200.0_f64 / 3.0).sqrt()).abs() < 1e-9
        );
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let mut standardizer = Standardizer::<f32, 1, 2, 2, 2>::ZERO;
        let mut view = standardizer.view_mut();
        view.observe(SHAPE, Centre::Token, &[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0]).unwrap();
        let state = |view: &StandardizerViewMut<'_, f32>| {
            (view.mean.to_vec(), view.unit.to_vec(), view.scale.to_vec(), view.answer_mean.to_vec(), *view.observed)
        };
        let before = state(&view);
        let too_large = Error::OutOfRange { what: "a reading must be below a quarter of the largest number" };
        for (x, y, error) in [
            ([f32::NAN; 4], [0.0; 2], Error::NotFinite { what: "x", index: 0 }),
            ([0.0; 4], [0.0, f32::INFINITY], Error::NotFinite { what: "y", index: 1 }),
            ([0.0, 0.0, 2e38, 0.0], [0.0; 2], too_large),
            ([0.0; 4], [-2e38, 0.0], too_large),
        ] {
            assert_eq!(view.observe(SHAPE, Centre::Token, &x, &y), Err(error));
        }
        let short = Err(Error::Length { what: "x", expected: 4, found: 3 });
        assert_eq!(view.observe(SHAPE, Centre::Token, &[0.0; 3], &[0.0; 2]), short);
        assert_eq!(state(&view), before);
        assert!(view.is_constant());
    }
}
