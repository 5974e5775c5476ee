//! Trainings of a whole layer: from pairs, and online by teachers that choose anew for every sample, in every kind of attention,
//! and what can be asked of the layer afterwards. Short, for they run under emulators, too.

use tutee::activation::Activation;
use tutee::digest::{Digest, layer_digest};
use tutee::gradient::layer::{
    DrawnQuery, LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, layer_drawn_len, layer_scratch_len,
};
use tutee::input::{LabelNoise, SampleStream};
use tutee::layer::{
    Codes, Embedding, Form, KeyQuery, LayerInput, LayerSettings, LayerShape, LayerViewMut, Parameter, Queries, Query,
    Start, Trained, layer_len,
};
use tutee::loss::Loss;
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::snapshot::{LayerContext, layer_snapshot_len, load_layer, save_layer};
use tutee::step::Descent;
use tutee::teacher::labels::Labels;
use tutee::teacher::per_sample::{GroupSign, LearnedWeights, Map, Selection, SelfAttention, TopK, draw_set};
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

use crate::memory::{Part, part};
use crate::name::Name;

/// Steps, and samples in each.
const BATCHES: u32 = 4;
const BATCH: u32 = 3;
/// Members of a set.
const SET: usize = 2;
const TOKENS: usize = 3;
const FEATURES: usize = 2;

/// Who answers what is drawn.
enum Teacher {
    Weights,
    Top,
    Sets,
    Group,
    /// Attention of the tokens on each other.
    Layer,
    /// Nobody: vectors that ask are not drawn.
    None,
}

struct Kind {
    name: &'static str,
    filters: usize,
    outputs: usize,
    form: Form,
    teacher: Teacher,
}

const fn form(embedding: Embedding, codes: Codes, key_query: KeyQuery, queries: Queries) -> Form {
    Form { embedding, codes, key_query, queries }
}

const KINDS: [Kind; 6] = [
    Kind {
        name: "layer-learned-codes",
        filters: 2,
        outputs: 3,
        form: form(Embedding::Concatenated, Codes::Learned { width: 2 }, KeyQuery::Merged, Queries::Tokens),
        teacher: Teacher::Weights,
    },
    Kind {
        name: "layer-separate",
        filters: 2,
        outputs: 3,
        form: form(Embedding::Added, Codes::Fixed { width: 2 }, KeyQuery::Separate { keys: 3 }, Queries::Tokens),
        teacher: Teacher::Top,
    },
    Kind {
        name: "layer-sets",
        filters: 2,
        outputs: 2,
        form: form(Embedding::Concatenated, Codes::Learned { width: 3 }, KeyQuery::Separate { keys: 2 }, Queries::Sets),
        teacher: Teacher::Sets,
    },
    Kind {
        name: "layer-labels",
        filters: 1,
        outputs: 3,
        form: form(Embedding::Concatenated, Codes::Fresh { width: 3 }, KeyQuery::Merged, Queries::Tokens),
        teacher: Teacher::Group,
    },
    Kind {
        name: "layer-vectors",
        filters: 2,
        outputs: 2,
        form: form(Embedding::Content, Codes::None, KeyQuery::Merged, Queries::Vectors { width: 3 }),
        teacher: Teacher::None,
    },
    Kind {
        name: "layer-by-layer",
        filters: 2,
        outputs: 3,
        form: form(Embedding::Content, Codes::None, KeyQuery::Separate { keys: 2 }, Queries::Tokens),
        teacher: Teacher::Layer,
    },
];

/// Digests of all trainings in one precision. A training that is refused has the digest 0, which no list holds.
pub(crate) fn all<T: Scalar>(
    precision: &str,
    memory: &mut Part<T>,
    snapshot: &mut [u8],
    entry: &mut impl FnMut(Name<'_>, u64),
) {
    for kind in &KINDS {
        let mut give = |mode: &str, digest: Result<u64, Error>| {
            entry(Name([precision, kind.name, mode]), digest.unwrap_or_default());
        };
        let Ok(mut run) = Run::new(kind, memory) else {
            give("samples", Ok(0));
            continue;
        };
        give("samples", run.samples(false));
        give("answers", run.samples(true));
        if !matches!(kind.teacher, Teacher::None) {
            give("online", run.online(None));
            give("online-resumed", run.online(Some(snapshot)));
        }
    }
}

/// One kind of layer in its memory.
struct Run<'m, T> {
    kind: &'m Kind,
    shape: LayerShape,
    settings: LayerSettings<T>,
    parameters: &'m mut [T],
    steps: &'m mut u64,
    scratch: &'m mut [T],
    /// What a pair has, or the filters and the direction of a teacher.
    given: &'m mut [T],
    batch_loss: &'m mut tutee::gradient::samples::BatchLoss<T>,
}

impl<'m, T: Scalar> Run<'m, T> {
    fn new(kind: &'m Kind, memory: &'m mut Part<T>) -> Result<Self, Error> {
        let shape = LayerShape::new(Shape::new(kind.filters, FEATURES, TOKENS, kind.outputs)?, kind.form)?;
        let (loss, activation) = match kind.teacher {
            Teacher::Group => (Loss::Logistic, Activation::Identity),
            _ => (Loss::Squared, Activation::LeakyRelu(T::ONE / T::from_u32(10))),
        };
        let scale = T::from_u32(3) / T::from_u32(4);
        Ok(Self {
            kind,
            shape,
            settings: LayerSettings { scale, activation, loss, trained: Trained::all(shape) },
            parameters: part(&mut memory.student, layer_len(shape))?,
            steps: &mut memory.steps,
            scratch: &mut memory.scratch,
            given: &mut memory.mixing,
            batch_loss: &mut memory.batch_loss,
        })
    }

    fn layer(&mut self) -> Result<LayerViewMut<'_, T>, Error> {
        LayerViewMut::new(self.shape, self.parameters, self.steps)
    }

    /// To where every training sets out from.
    fn start(&mut self) -> Result<(), Error> {
        let (trained, form) = (self.settings.trained, self.kind.form);
        self.parameters.fill(T::ZERO);
        let mut layer = self.layer()?;
        layer.start(Start::Gaussian { deviation: T::HALF, seed: 5 }, trained)?;
        let mut room = [T::ZERO; 9];
        let filled = part(&mut room, TOKENS * form.codes.width())?;
        match form.codes {
            Codes::Fixed { width } => codes::sinusoidal(MatrixViewMut::new("codes", &mut *filled, TOKENS, width)?),
            Codes::Learned { width } => codes::sine(MatrixViewMut::new("codes", &mut *filled, TOKENS, width)?),
            Codes::None | Codes::Fresh { .. } => return Ok(()),
        }
        layer.set(Parameter::Codes, filled)
    }

    fn descent() -> Descent<T> {
        let ten = T::from_u32(10);
        Descent::new(T::ONE / ten).with_attention_rate(T::from_u32(4) / ten)
    }

    /// Trains from pairs that are drawn outside of the training; with `answers`, digests what the layer then says instead of
    /// what it is.
    fn samples(&mut self, answers: bool) -> Result<u64, Error> {
        self.start()?;
        let Self { shape, settings, .. } = *self;
        let (outputs, sizes) = (self.kind.outputs, shape.shape());
        let scratch = part(self.scratch, layer_scratch_len(shape))?;
        let scratch = LayerScratchViewMut::new(shape, scratch, self.batch_loss)?;
        let layer = LayerViewMut::new(shape, self.parameters, self.steps)?;
        let mut samples = LayerSamples::new(layer, settings, scratch)?;
        let too_large = Error::TooLarge { what: "a run" };
        let (x, free) = self.given.split_at_mut_checked(sizes.input_len()).ok_or(too_large)?;
        let (y, free) = free.split_at_mut_checked(settings.targets_len(shape)).ok_or(too_large)?;
        let (fresh, free) = free.split_at_mut_checked(shape.fresh_codes_len()).ok_or(too_large)?;
        let vectors = part(free, outputs * shape.query_width())?;
        let mut sets = [0; SET * TOKENS];
        let sets = part(&mut sets, SET * outputs)?;
        let (mut stream, mut digest) = (SampleStream::new(2), Digest::new());
        for batch in 0..=BATCHES {
            for _ in 0..BATCH {
                let mut rng = stream.sample();
                for numbers in [&mut *x, &mut *y, &mut *vectors] {
                    rng.gaussian_fill(numbers);
                }
                if settings.loss == Loss::Logistic {
                    for label in &mut *y {
                        *label = if *label >= T::ZERO { T::ONE } else { -T::ONE };
                    }
                }
                for set in sets.chunks_mut(SET) {
                    draw_set(&mut rng, TOKENS, set)?;
                }
                if let Codes::Fresh { width } = shape.form().codes {
                    codes::signs(MatrixViewMut::new("codes", &mut *fresh, TOKENS, width)?, &mut rng);
                }
                let query = match shape.form().queries {
                    Queries::Tokens => Query::Tokens,
                    Queries::Sets => Query::Sets(sets),
                    Queries::Vectors { .. } => Query::Vectors(vectors),
                };
                let input = LayerInput { x, query, codes: fresh };
                if batch < BATCHES {
                    samples.accumulate(&input, y)?;
                } else {
                    digest.scalars(&[samples.loss(&input, y)?]);
                    samples.predict(&input, y)?;
                    digest.scalars(y);
                    digest.scalars(samples.attention());
                }
            }
            if batch < BATCHES {
                samples.step(&Self::descent())?;
            }
        }
        for parameter in Parameter::ALL {
            digest.scalars(samples.layer().block_squares(parameter).as_flattened());
        }
        Ok(if answers { digest.finish() } else { layer_digest(samples.layer()) })
    }

    /// Trains on fresh batches; with `snapshot`, layer and stream are saved half way, and erased.
    fn online(&mut self, mut snapshot: Option<&mut [u8]>) -> Result<u64, Error> {
        self.start()?;
        let mut stream = SampleStream::at(3, 1 << 40);
        for step in 0..BATCHES {
            if let (Some(bytes), true) = (snapshot.as_deref_mut(), step == BATCHES / 2) {
                let context = LayerContext { stream: Some(stream), settings: self.settings };
                let bytes = part(bytes, layer_snapshot_len::<T>(self.shape))?;
                save_layer(self.layer()?.view(), &context, bytes)?;
                self.start()?;
                let found = load_layer(bytes, &mut self.layer()?)?;
                (stream, self.settings) = (found.stream.ok_or(Error::NoSamples)?, found.settings);
            }
            stream = self.step(stream)?;
        }
        Ok(layer_digest(self.layer()?.view()))
    }

    /// One step with the kind's own teacher; where the stream then stands.
    fn step(&mut self, stream: SampleStream) -> Result<SampleStream, Error> {
        let Self { shape, settings, kind, .. } = *self;
        let (sizes, activation) = (shape.shape(), settings.activation);
        let layer = LayerViewMut::new(shape, self.parameters, self.steps)?;
        let too_large = Error::TooLarge { what: "a run" };
        let (scratch, free) = self.scratch.split_at_mut_checked(layer_scratch_len(shape)).ok_or(too_large)?;
        let drawn = part(free, layer_drawn_len(shape))?;
        let samples = LayerSamples::new(layer, settings, LayerScratchViewMut::new(shape, scratch, self.batch_loss)?)?;
        let (value, free) = self.given.split_at_mut_checked(sizes.value_len()).ok_or(too_large)?;
        let (direction, free) = free.split_at_mut_checked(FEATURES).ok_or(too_large)?;
        let (map, free) = free.split_at_mut_checked(2 * FEATURES).ok_or(too_large)?;
        let fixed = part(free, TOKENS * TOKENS)?;
        let mut rng = SampleStream::new(6).sample();
        rng.gaussian_fill(value);
        rng.gaussian_fill(direction);
        rng.gaussian_fill(map);
        rng.gaussian_fill(fixed);
        let noise = LabelNoise { mean: T::ZERO, standard_deviation: T::ONE / T::from_u32(10) };
        let source = LayerSource { stream, noise, flips: T::HALF * T::HALF, ..LayerSource::gaussian(0, BATCH) };
        let mut sets = [0; SET * TOKENS];
        let sets = part(&mut sets, if matches!(kind.teacher, Teacher::Sets) { SET * kind.outputs } else { 0 })?;
        let (value, direction) = (&*value, &*direction);
        let drawn = Drawn { source, memory: drawn, sets };
        match kind.teacher {
            Teacher::Weights => {
                step_once(samples, LearnedWeights::new(sizes, activation, value, direction, T::HALF)?, drawn)
            }
            Teacher::Top => step_once(samples, TopK::new(sizes, activation, value, direction, 2)?, drawn),
            Teacher::Sets => step_once(samples, Selection::new(sizes, activation, value)?, drawn),
            Teacher::Group => step_once(samples, GroupSign::new(sizes, value, 1)?, drawn),
            Teacher::Layer => {
                let map = Map { rows: map, scale: T::HALF };
                let share = T::ONE / T::from_u32(4);
                step_once(samples, SelfAttention::new(sizes, activation, value, map, (fixed, share))?, drawn)
            }
            Teacher::None => Err(Error::NoSamples),
        }
    }
}

/// What samples are drawn from, and into.
struct Drawn<'m, T> {
    source: LayerSource<T>,
    memory: &'m mut [T],
    sets: &'m mut [u32],
}

/// A frame of its own for each teacher: machines with little memory have room for one at a time.
#[inline(never)]
fn step_once<T: Scalar, L: Labels<T, Query: DrawnQuery>>(
    samples: LayerSamples<'_, T>,
    teacher: L,
    drawn: Drawn<'_, T>,
) -> Result<SampleStream, Error> {
    let mut online = LayerOnline::new(samples, teacher, drawn.source, drawn.memory, drawn.sets)?;
    online.step(&Run::<T>::descent())?;
    Ok(online.source().stream)
}
