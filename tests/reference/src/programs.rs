//! Random programs: sequences of calls that nobody thought of, each drawn from the number that is its name.
//!
//! A program draws a shape, a teacher and a student, and then trains the student by the exact gradient, on fresh batches and
//! from pairs, in any order and with any settings; in between it measures, predicts, sets parameters, lays a batch aside,
//! saves, erases and loads. What comes of every call goes into its digest, refusals as such.

use tutee::activation::Activation;
use tutee::digest::{Digest, digest};
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len, online_scratch_wide_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len, sample_scratch_wide_len};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::matrix::{MatrixViewMut, Rows, RowsMut};
use tutee::predict::forward;
use tutee::recovery::out_of_distribution::{TestSet, test_excess, test_scratch_len};
use tutee::recovery::recovery;
use tutee::snapshot::{load, save, snapshot_len};
use tutee::step::Descent;
use tutee::student::{StudentView, StudentViewMut, student_len};
use tutee::teacher::{TeacherView, convolution, graph, group_sparse, token_selection};
use tutee::training::{Measured, Training};
use tutee::{Error, Scalar, Shape};

use crate::memory::{Part, part};
use crate::subnormals::{lowest, smallest};

/// Programs on the list, in each precision.
pub(crate) const PROGRAMS: u64 = 32;
/// Calls of a program.
const CALLS: u64 = 12;

/// The line of a program: `program-` and its number in two digits.
pub(crate) fn name(program: u64, bytes: &mut [u8; 10]) -> &str {
    let [tens, ones] = [program / 10 % 10, program % 10].map(|digit| b'0' + digit as u8);
    *bytes = [b'p', b'r', b'o', b'g', b'r', b'a', b'm', b'-', tens, ones];
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// What a program comes to.
pub(crate) fn run<T: Scalar>(program: u64, memory: &mut Part<T>, snapshot: &mut [u8]) -> u64 {
    let mut program = Program { draws: Draws { state: program }, all: Digest::new() };
    match program.run(memory, snapshot) {
        Ok(()) => program.all.finish(),
        // On no list.
        Err(_) => 0,
    }
}

/// Whole numbers by SplitMix64: not the library's own, which are under test.
struct Draws {
    state: u64,
}

impl Draws {
    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.state ^ self.state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// Below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        (self.bits() >> 32).checked_rem(limit).unwrap_or_default()
    }

    /// From one to `most`.
    fn size(&mut self, most: u64) -> usize {
        self.below(most) as usize + 1
    }

    /// A half to the power of a number below `limit`.
    fn fraction<T: Scalar>(&mut self, limit: u64) -> T {
        (0..self.below(limit)).fold(T::ONE, |x, _| x * T::HALF)
    }

    fn gaussians<T: Scalar>(&mut self, to: &mut [T]) {
        SampleStream::at(self.bits(), self.below(1000)).sample().gaussian_fill(to);
    }
}

struct Program {
    draws: Draws,
    all: Digest,
}

impl Program {
    fn run<T: Scalar>(&mut self, memory: &mut Part<T>, snapshot: &mut [u8]) -> Result<(), Error> {
        let shape = self.shape(memory)?;
        let value = part(&mut memory.value, shape.value_len())?;
        let mixing = part(&mut memory.mixing, shape.mixing_len())?;
        let activation = self.teacher(shape, value, mixing)?;
        let teacher = TeacherView::new(shape, activation, value, mixing)?;
        let student = part(&mut memory.student, student_len(shape))?;
        student.fill(T::ZERO);
        memory.steps = 0;
        let mut student = StudentViewMut::new(shape, student, &mut memory.steps)?;
        let mut stream = SampleStream::new(self.draws.bits());
        for _ in 0..CALLS {
            let call = self.draws.below(10);
            self.all.bytes(&[call as u8]);
            let (student, scratch) = (&mut student, memory.scratch.as_mut_slice());
            let outcome = match call {
                0 | 1 => self.population(student, teacher, scratch),
                2 | 3 => self.online(student, teacher, scratch, &mut memory.batch_loss, &mut stream),
                4 | 5 => self.pairs(student, teacher, scratch, &mut memory.batch_loss),
                6 => self.set(student, scratch),
                7 => self.predict(student.view(), teacher, scratch),
                8 => self.look(student.view(), teacher, scratch),
                _ => self.save_and_load(student, stream, snapshot),
            };
            self.all.bytes(&[outcome.is_ok() as u8]);
            self.all.bytes(&digest(student.view()).to_le_bytes());
        }
        Ok(())
    }

    /// One that the memory is enough for.
    fn shape<T: Scalar>(&mut self, memory: &Part<T>) -> Result<Shape, Error> {
        loop {
            let draws = &mut self.draws;
            let shape = Shape::new(draws.size(4), draws.size(5), draws.size(18), draws.size(18))?;
            let pair = shape.input_len() + shape.output_len();
            let least = [
                population_scratch_len(shape),
                online_scratch_len(shape),
                sample_scratch_len(shape) + 3 * pair + shape.tokens(),
                test_scratch_len(shape),
            ];
            // Of the memory that there is everywhere.
            let fits = student_len(shape) <= memory.student.len()
                && shape.value_len() <= memory.value.len()
                && shape.mixing_len() <= memory.mixing.len()
                && least.into_iter().all(|needed| needed <= crate::memory::SCRATCH);
            if fits {
                return Ok(shape);
            }
        }
    }

    fn activation<T: Scalar>(&mut self) -> Activation<T> {
        match self.draws.below(3) {
            0 => Activation::Identity,
            1 => Activation::Relu,
            _ => Activation::LeakyRelu(T::from_usize(self.draws.size(16)) / T::from_u32(16)),
        }
    }

    fn teacher<T: Scalar>(&mut self, shape: Shape, value: &mut [T], mixing: &mut [T]) -> Result<Activation<T>, Error> {
        self.draws.gaussians(value);
        let activation = self.activation();
        let (tokens, outputs) = (shape.tokens(), shape.outputs());
        let group = self.draws.size(tokens as u64);
        let view = MatrixViewMut::new("mixing", &mut *mixing, outputs, tokens)?;
        let filled = match self.draws.below(5) {
            0 => convolution::average_pooling(view, group),
            1 => graph::cycle(view, 1),
            2 => token_selection::select(view, &[group - 1]),
            3 => group_sparse::select_group(view, group - 1),
            _ => Err(Error::NoSamples),
        };
        self.all.bytes(&[filled.is_ok() as u8]);
        if filled.is_err() {
            // No family has such a teacher, or none was wanted.
            self.draws.gaussians(mixing);
        }
        Ok(activation)
    }

    /// Rates at which most trainings get somewhere; one in eight moves the attention by next to nothing.
    fn descent<T: Scalar>(&mut self, shape: Shape, slow: u32) -> Descent<T> {
        let rate = self.draws.fraction::<T>(4) / T::from_usize(shape.outputs()) / T::from_u32(slow);
        let attention_rate = match self.draws.below(8) {
            0 => T::ZERO,
            1 => smallest::<T>() * self.draws.fraction(4),
            2 | 3 => rate * T::from_u32(8),
            _ => rate,
        };
        Descent { compensated: self.draws.below(3) > 0, ..Descent::new(rate).with_attention_rate(attention_rate) }
    }

    fn population<T: Scalar>(
        &mut self,
        student: &mut StudentViewMut<'_, T>,
        teacher: TeacherView<'_, T>,
        scratch: &mut [T],
    ) -> Result<(), Error> {
        let shape = student.shape();
        let descent = self.descent(shape, 1);
        let scratch = PopulationScratchViewMut::new(shape, part(scratch, population_scratch_len(shape))?)?;
        let mut training = Population::new(student.reborrow(), teacher, scratch)?;
        for _ in 0..self.draws.size(6) {
            training.step(&descent)?;
        }
        let measure = training.measure();
        self.all.scalars(&[measure.excess_loss, measure.gradient_norm]);
        Ok(())
    }

    fn input<T: Scalar>(&mut self) -> Input<T> {
        match self.draws.below(7) {
            0 => Input::Exponential,
            1 => Input::Uniform,
            2 => Input::Laplace,
            3 => Input::StudentT { degrees_of_freedom: self.draws.below(8) as u32 + 3 },
            4 => Input::Correlated { correlation: self.draws.fraction::<T>(4) * T::HALF },
            5 => Input::Shifted { mean: self.draws.fraction(4) },
            _ => Input::Gaussian,
        }
    }

    /// With as much memory as makes it fast where there is so much, or with as little as will do: the bits are the same.
    fn online<T: Scalar>(
        &mut self,
        student: &mut StudentViewMut<'_, T>,
        teacher: TeacherView<'_, T>,
        scratch: &mut [T],
        batch_loss: &mut BatchLoss<T>,
        stream: &mut SampleStream,
    ) -> Result<(), Error> {
        let (shape, descent) = (student.shape(), self.descent(student.shape(), 8));
        let noise =
            LabelNoise { mean: self.draws.fraction::<T>(3) - T::HALF, standard_deviation: self.draws.fraction(4) };
        let source = Source { stream: *stream, input: self.input(), noise, batch: self.draws.size(5) as u32 };
        let (wide, steps) = (self.draws.below(2) == 0, self.draws.size(3));
        let least = online_scratch_len(shape);
        let len = if wide { online_scratch_wide_len(shape).min(scratch.len()) } else { least };
        let scratch = OnlineScratchViewMut::new(shape, part(scratch, len)?, batch_loss)?;
        let mut training = Online::new(student.reborrow(), teacher, source, scratch)?;
        for _ in 0..steps {
            training.step(&descent)?;
        }
        *stream = training.stream();
        self.all.bytes(&stream.index().to_le_bytes());
        Ok(())
    }

    /// Pairs that are drawn here, one by one or together, now and then with the batch laid aside; one time in four so small
    /// that their products are subnormal.
    fn pairs<T: Scalar>(
        &mut self,
        student: &mut StudentViewMut<'_, T>,
        teacher: TeacherView<'_, T>,
        scratch: &mut [T],
        batch_loss: &mut BatchLoss<T>,
    ) -> Result<(), Error> {
        let (shape, descent) = (student.shape(), self.descent(student.shape(), 8));
        let (pairs, together, tiny) = (self.draws.size(3), self.draws.below(2) == 0, self.draws.below(4) == 0);
        let too_large = Error::TooLarge { what: "a program" };
        let (x, scratch) = scratch.split_at_mut_checked(pairs * shape.input_len()).ok_or(too_large)?;
        let (y, scratch) = scratch.split_at_mut_checked(pairs * shape.output_len()).ok_or(too_large)?;
        let (hidden, scratch) = scratch.split_at_mut_checked(shape.tokens()).ok_or(too_large)?;
        self.draws.gaussians(x);
        for (x, y) in Rows::new(x, shape.input_len()).zip(RowsMut::new(y, shape.output_len())) {
            forward(shape, teacher.activation(), (teacher.value(), teacher.mixing()), x, hidden, y)?;
        }
        if tiny {
            // Beside a student of ordinary size: what moves is its carries.
            let root = smallest::<T>().sqrt();
            x.iter_mut().chain(y.iter_mut()).for_each(|x| *x *= root);
            self.set_value(student, scratch)?;
        }
        let wide = self.draws.below(2) == 0 && sample_scratch_wide_len(shape) <= scratch.len();
        let scratch = part(scratch, if wide { sample_scratch_wide_len(shape) } else { sample_scratch_len(shape) })?;
        let view = SampleScratchViewMut::new(shape, scratch, batch_loss)?;
        let mut samples = Samples::new(student.reborrow(), teacher.activation(), view)?;
        if together {
            samples.accumulate_many(pairs, x, y)?;
        } else {
            for (x, y) in Rows::new(x, shape.input_len()).zip(Rows::new(y, shape.output_len())) {
                samples.accumulate(x, y)?;
            }
        }
        if self.draws.below(2) == 0 {
            let paused = samples.pause();
            let view = SampleScratchViewMut::new(shape, scratch, batch_loss)?;
            samples = Samples::resume(student.reborrow(), view, paused)?;
        }
        self.all.scalars(&[samples.batch_loss().mean_loss().unwrap_or(T::ZERO)]);
        samples.step(&descent)
    }

    fn set_value<T: Scalar>(&mut self, student: &mut StudentViewMut<'_, T>, scratch: &mut [T]) -> Result<(), Error> {
        let value = part(scratch, student.shape().value_len())?;
        self.draws.gaussians(value);
        student.set_value(value)
    }

    /// One of the matrices, or none of what was learned; logits with or without tokens that next to no attention is paid to.
    fn set<T: Scalar>(&mut self, student: &mut StudentViewMut<'_, T>, scratch: &mut [T]) -> Result<(), Error> {
        match self.draws.below(4) {
            0 => self.set_value(student, scratch),
            1 | 2 => {
                let logits = part(scratch, student.shape().mixing_len())?;
                self.draws.gaussians(logits);
                if self.draws.below(2) == 0 {
                    let lowest = lowest::<T>();
                    logits.iter_mut().for_each(|a| *a = if *a > T::ONE { lowest + T::HALF * *a } else { *a });
                }
                student.set_logits(logits)
            }
            _ => {
                student.reset();
                Ok(())
            }
        }
    }

    fn predict<T: Scalar>(
        &mut self,
        student: StudentView<'_, T>,
        teacher: TeacherView<'_, T>,
        scratch: &mut [T],
    ) -> Result<(), Error> {
        let shape = student.shape();
        let too_large = Error::TooLarge { what: "a program" };
        let (x, scratch) = scratch.split_at_mut_checked(shape.input_len()).ok_or(too_large)?;
        let (y, scratch) = scratch.split_at_mut_checked(shape.output_len()).ok_or(too_large)?;
        let (hidden, scratch) = scratch.split_at_mut_checked(shape.tokens()).ok_or(too_large)?;
        let attention = part(scratch, shape.mixing_len())?;
        student.attention(attention)?;
        self.draws.gaussians(x);
        forward(shape, teacher.activation(), (student.value(), attention), x, hidden, y)?;
        self.all.scalars(attention);
        self.all.scalars(y);
        Ok(())
    }

    fn look<T: Scalar>(
        &mut self,
        student: StudentView<'_, T>,
        teacher: TeacherView<'_, T>,
        scratch: &mut [T],
    ) -> Result<(), Error> {
        let shape = student.shape();
        let test = TestSet { input: self.input(), seed: self.draws.bits(), samples: 4, noise_mean: T::HALF };
        let tested = test_excess(student, teacher, &test, part(scratch, test_scratch_len(shape))?)?;
        self.all.scalars(&[tested.excess, tested.standard_error, tested.first_order, tested.second_order]);
        let found = recovery(student, teacher, part(scratch, shape.tokens())?)?;
        let cosines = [found.value_cosine_min, found.value_cosine_mean].map(|cosine| cosine.unwrap_or(T::ZERO));
        self.all.scalars(&cosines);
        self.all.scalars(&[found.attention_error_max, found.mass_mean, found.mass_min]);
        Ok(())
    }

    /// The committed digests are of snapshots of version 1: the fields that begin every version, the parameters, and the CRC-32 of
    /// both. What version 2 has between them does not depend on what is computed.
    fn snapshot(&mut self, bytes: &[u8]) {
        let fields = bytes.iter().take(52).enumerate().map(|(at, &byte)| if at == 8 { 1 } else { byte });
        let parameters = bytes.get(96..bytes.len().saturating_sub(4)).unwrap_or_default();
        let mut crc = u32::MAX;
        for byte in fields.chain(parameters.iter().copied()) {
            self.all.bytes(&[byte]);
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
            }
        }
        self.all.bytes(&(!crc).to_le_bytes());
    }

    fn save_and_load<T: Scalar>(
        &mut self,
        student: &mut StudentViewMut<'_, T>,
        stream: SampleStream,
        bytes: &mut [u8],
    ) -> Result<(), Error> {
        let bytes = part(bytes, snapshot_len::<T>(student.shape()))?;
        let stream = (self.draws.below(2) == 0).then_some(stream);
        save(student.view(), stream, bytes)?;
        student.reset();
        let loaded = load(bytes, student)?;
        self.snapshot(bytes);
        if loaded == stream { Ok(()) } else { Err(Error::NoSamples) }
    }
}
