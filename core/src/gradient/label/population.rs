//! Training by the exact gradient of the mean logistic loss; its mathematics is in [`super`].

use super::mean::Means;
use crate::error::Error;
use crate::gradient::overflow::GRADIENT_TOO_LARGE;
use crate::kernel::reduce::dot;
use crate::kernel::softmax::d_softmax;
use crate::matrix::{Rows, RowsMut, all_finite, check_finite, check_length};
use crate::memory::layout;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::Descent;
use crate::student::{StudentView, StudentViewMut};
use crate::training::{Measure, Measured, Training};

/// `1 / sqrt(2 pi)`.
const ROOT_1_OVER_2_PI: f64 = 0.398_942_280_401_432_7;

/// What decides the label, and how inputs are distributed.
#[derive(Clone, Copy, Debug)]
pub struct GroupLabel<'a, T> {
    direction: &'a [T],
    norm: T,
    group: usize,
    deviation: T,
    /// `1 - 2p`: minus one where all labels are flipped.
    trust: T,
}

impl<'a, T: Scalar> GroupLabel<'a, T> {
    /// The label is the side of token `group` along `direction` (v*, of any length), flipped with probability `flips`; the entries
    /// of all tokens have the standard deviation `deviation`.
    ///
    /// # Errors
    /// [`Error::NotFinite`]; [`Error::OutOfRange`] for a direction whose squared norm is no normal number, a deviation that is not
    /// positive and finite, and flips outside `[0, 1]`.
    pub fn new(direction: &'a [T], group: usize, deviation: T, flips: T) -> Result<Self, Error> {
        check_finite("direction", direction)?;
        let squared = dot(direction, direction);
        if !(squared >= T::MIN_POSITIVE && squared.is_finite()) {
            return Err(Error::OutOfRange { what: "the squared norm of the direction must be a normal number" });
        }
        if !(deviation > T::ZERO && deviation.is_finite()) {
            return Err(Error::OutOfRange { what: "the deviation of inputs must be positive and finite" });
        }
        if !(flips >= T::ZERO && flips <= T::ONE) {
            return Err(Error::OutOfRange { what: "the share of flipped labels must be in [0, 1]" });
        }
        Ok(Self { direction, norm: squared.sqrt(), group, deviation, trust: T::ONE - T::TWO * flips })
    }

    /// The least mean loss of anything that answers with log-odds, whatever it knows: `-p ln p - (1 - p) ln(1 - p)` for labels that are
    /// flipped with probability p, zero without flips.
    pub fn entropy(&self) -> T {
        let part = |p: T| if p > T::ZERO { -(p * p.ln()) } else { T::ZERO };
        part(T::HALF * (T::ONE - self.trust)) + part(T::HALF * (T::ONE + self.trust))
    }

    /// The least mean loss of any student of position-only attention, whose log-odds are linear in the token: above
    /// [`entropy`](Self::entropy) where labels are flipped, and zero, which no student reaches, without flips. With all attention on the group
    /// and v along v* it is `( s - |1 - 2p| s ) / sqrt(2 pi) + tail(s)` of the logit's deviation s alone, least where
    /// `s curvature(s) = |1 - 2p| / sqrt(2 pi)`. Costs some 60 means.
    pub fn least_loss(&self) -> T {
        let trust = self.trust.abs();
        let root = T::from_f64(ROOT_1_OVER_2_PI);
        // What is sought is s, on which the left side grows from zero to 1 / sqrt(2 pi).
        let (mut low, mut high) = (T::ZERO, T::ONE);
        let below = |s: T| s * Means::of(s).curvature < trust * root;
        let farthest = T::from_f64(1e6);
        while high < farthest && below(high) {
            high = T::TWO * high;
        }
        if high >= farthest {
            return T::ZERO;
        }
        for _ in 0..40 {
            let middle = T::HALF * (low + high);
            if below(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        (T::ONE - trust) * high * root + Means::of(high).tail
    }
}

layout! {
    /// Working memory of the exact gradient of a label.
    struct LabelScratch at Shape {
        attention: matrix(outputs, tokens),
        d_attention: matrix(outputs, tokens),
        mass: matrix(tokens),
        d_value: matrix(features),
    }
}

/// Elements of the memory that [`LabelPopulation::new`] takes.
#[inline]
pub const fn label_population_len(shape: Shape) -> usize {
    LabelScratch::<f64>::len(shape)
}

/// Training a position-only classifier by the exact gradient of its mean logistic loss. The student's activation is the identity;
/// it has one filter, and the sum of its outputs is the logit of the label.
#[derive(Debug)]
pub struct LabelPopulation<'a, T> {
    student: StudentViewMut<'a, T>,
    label: GroupLabel<'a, T>,
    /// S, `outputs x tokens`.
    attention: &'a mut [T],
    /// dL/dS, `outputs x tokens`.
    d_attention: &'a mut [T],
    /// r, and then dL/dr.
    mass: &'a mut [T],
    d_value: &'a mut [T],
}

/// What the loss needs to know of a student; r is in the working memory.
struct Parts<T> {
    /// `r_g`
    right: T,
    /// `<v, v*>`, v* of length one
    along: T,
    /// `|v|^2`
    squared: T,
    /// `|r|^2`
    mass_squared: T,
    /// s
    deviation: T,
}

impl<'a, T: Scalar> LabelPopulation<'a, T> {
    /// Brings the three together; what `memory` holds does not matter.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a student of several filters, [`Error::Length`] for a direction or memory of another length than
    /// `features` and [`label_population_len`], [`Error::IndexOutOfRange`] for the group.
    pub fn new(student: StudentViewMut<'a, T>, label: GroupLabel<'a, T>, memory: &'a mut [T]) -> Result<Self, Error> {
        let shape = student.shape();
        if shape.filters() != 1 {
            return Err(Error::OutOfRange { what: "a label is of one filter" });
        }
        check_length("direction", label.direction, shape.features())?;
        if label.group >= shape.tokens() {
            return Err(Error::IndexOutOfRange { what: "group", index: label.group, limit: shape.tokens() });
        }
        check_length("memory of a label's gradient", memory, label_population_len(shape))?;
        let mut rest = memory;
        let LabelScratch { attention, d_attention, mass, d_value } = LabelScratch::cut(shape, &mut rest);
        Ok(Self { student, label, attention, d_attention, mass, d_value })
    }

    /// The student as it stands.
    #[inline]
    pub const fn student(&self) -> StudentView<'_, T> {
        self.student.view()
    }

    /// The mean loss over all inputs and labels. Costs `J D` exponentials and some hundreds more.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] where numbers are so large that it overflows.
    pub fn loss(&mut self) -> Result<T, Error> {
        let parts = self.parts();
        let (right, value, label) = (parts.right, &*self.student.value, &self.label);
        let sigma = label.deviation;
        // s - c1, of which nothing cancels where they are nearly the same.
        let c1 = sigma * right * parts.along;
        let gap = if c1 > T::ZERO {
            let along = parts.along / label.norm;
            let mut aside = T::ZERO;
            for (&v, &direction) in value.iter().zip(label.direction) {
                let difference = v - along * direction;
                aside += difference * difference;
            }
            let mut outside = T::ZERO;
            for (_, &r) in self.mass.iter().enumerate().filter(|&(i, _)| i != label.group) {
                outside += r * r;
            }
            let c2_squared = sigma * sigma * (right * right * aside + parts.squared * outside);
            c2_squared / (parts.deviation + c1)
        } else {
            parts.deviation - c1
        };
        let flipped = (T::ONE - label.trust) * c1;
        let loss = (gap + flipped) * T::from_f64(ROOT_1_OVER_2_PI) + Means::of(parts.deviation).tail;
        if loss.is_finite() {
            Ok(loss)
        } else {
            Err(Error::OutOfRange { what: "numbers so large that the loss overflows" })
        }
    }

    /// The gradient itself, without a step: `dL/dW` (`1 x features`) and `dL/dA` (`outputs x tokens`).
    ///
    /// # Errors
    /// Nothing is written then: [`Error::Length`], naming the slice; [`Error::OutOfRange`] where it overflows.
    pub fn gradient(&mut self, d_value: &mut [T], d_logits: &mut [T]) -> Result<(), Error> {
        let shape = self.student.shape();
        check_length("d_value", d_value, shape.value_len())?;
        check_length("d_logits", d_logits, shape.mixing_len())?;
        self.slopes();
        let tokens = shape.tokens();
        for (s, d) in Rows::new(self.attention, tokens).zip(RowsMut::new(self.d_attention, tokens)) {
            d_softmax(s, d);
        }
        if !(all_finite(self.d_value) && all_finite(self.d_attention)) {
            return Err(GRADIENT_TOO_LARGE);
        }
        for (to, &from) in d_value.iter_mut().zip(&*self.d_value) {
            *to = from;
        }
        for (to, &from) in d_logits.iter_mut().zip(&*self.d_attention) {
            *to = from;
        }
        Ok(())
    }

    /// Attention and r of the student as it stands, and what follows from them. Sums over outputs in sequence.
    fn parts(&mut self) -> Parts<T> {
        let Self { student, label, attention, mass, .. } = self;
        let student = student.view();
        student.attention_rows(attention);
        mass.fill(T::ZERO);
        for row in Rows::new(attention, student.shape().tokens()) {
            for (r, &s) in mass.iter_mut().zip(row) {
                *r += s;
            }
        }
        let (squared, mass_squared) = (dot(student.value(), student.value()), dot(mass, mass));
        Parts {
            right: mass.get(label.group).copied().unwrap_or(T::ZERO),
            along: dot(student.value(), label.direction) / label.norm,
            squared,
            mass_squared,
            deviation: label.deviation * squared.sqrt() * mass_squared.sqrt(),
        }
    }

    /// dL/dv and dL/dS.
    fn slopes(&mut self) {
        let parts = self.parts();
        let Self { student, label, d_attention, mass, d_value, .. } = self;
        let sigma = label.deviation;
        let curvature = Means::of(parts.deviation).curvature * sigma * sigma;
        let linear = label.trust * sigma * T::from_f64(ROOT_1_OVER_2_PI);
        let (of_v, of_direction) = (curvature * parts.mass_squared, linear * parts.right / label.norm);
        for ((d, &v), &direction) in d_value.iter_mut().zip(&*student.value).zip(label.direction) {
            *d = of_v * v - of_direction * direction;
        }
        let of_r = curvature * parts.squared;
        for r in &mut **mass {
            *r *= of_r;
        }
        if let Some(r) = mass.get_mut(label.group) {
            *r += -(linear * parts.along);
        }
        for row in RowsMut::new(d_attention, mass.len()) {
            for (to, &d) in row.iter_mut().zip(&**mass) {
                *to = d;
            }
        }
    }
}

impl<T: Scalar> Measured<T> for LabelPopulation<'_, T> {
    fn student(&self) -> StudentView<'_, T> {
        self.student.view()
    }

    /// The mean loss above [`GroupLabel::entropy`], and the norm of its gradient with respect to v and W_KQ.
    fn measure(&mut self) -> Measure<T> {
        let infinite = T::from_f64(f64::INFINITY);
        // Rounding may leave less than the entropy.
        let excess_loss = self.loss().map_or(infinite, |loss| (loss - self.label.entropy()).larger(T::ZERO));
        self.slopes();
        let tokens = self.student.shape().tokens();
        let mut squared = T::ZERO;
        for (s, d) in Rows::new(self.attention, tokens).zip(RowsMut::new(self.d_attention, tokens)) {
            d_softmax(s, d);
            squared += dot(d, d);
        }
        squared /= T::from_usize(tokens);
        squared += dot(self.d_value, self.d_value);
        let gradient_norm = squared.sqrt();
        Measure { excess_loss, gradient_norm: if gradient_norm < infinite { gradient_norm } else { infinite } }
    }
}

impl<T: Scalar> Training<T> for LabelPopulation<'_, T> {
    fn steps(&self) -> u64 {
        self.student.view().steps()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        self.slopes();
        self.student.descend(self.d_value, (self.attention, self.d_attention), T::ONE, descent)
    }
}
