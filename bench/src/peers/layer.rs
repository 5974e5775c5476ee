//! Whole online steps of a layer beside those of peers.

use tutee::gradient::layer::{
    LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, layer_drawn_len, layer_scratch_len,
};
use tutee::gradient::samples::BatchLoss;
use tutee::input::SampleStream;
use tutee::layer::{LayerSettings, LayerView, LayerViewMut, Parameter, layer_len};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::training::Training;
use tutee::{Error, Scalar};
use tutee_bench::layers::{ATTENTION_RATE, Matrices, Online, SIZES, VALUE_RATE, layer_shape, train};
use tutee_bench::steps::{BATCH, GROUP, Sizes, Task};

use super::check::Expected;
use super::contest::{Contender, Effort};
use super::program::Program;
use crate::table::{Table, number};

/// Samples of the loss by which layers are compared.
const TEST_SAMPLES: u32 = 256;

const STATISTICS: [&str; 3] = ["loss", "overlap of the filters", "gap between logits of codes"];

#[derive(Clone, Copy)]
struct Case {
    matrices: Matrices,
    sizes: Sizes,
    batch: u32,
    /// K / J times these are the rates of W_V and of the other matrices.
    factors: [f64; 2],
}

impl Case {
    fn name(&self) -> String {
        let [filters, features, tokens, _] = self.sizes;
        format!("layer {}, d {features}, D = J = {tokens}, M {filters}, f32", self.matrices.name())
    }

    fn descent<T: Scalar>(&self) -> Descent<T> {
        let [value, attention] = self.rates();
        Descent::new(T::from_f64(value)).with_attention_rate(T::from_f64(attention))
    }

    fn rates(&self) -> [f64; 2] {
        let [.., outputs] = self.sizes;
        self.factors.map(|factor| factor * GROUP as f64 / outputs as f64)
    }

    /// Far enough in a few steps that a layer that learns something else would be told from this one.
    fn of_check(self) -> Self {
        Self { factors: [0.5, self.sizes[2] as f64 / 8.0], ..self }
    }

    /// Sets out; false when this program does not take such steps.
    fn begin(&self, program: &mut Program, task: &Task<f64>) -> Result<bool, String> {
        let Self { matrices, sizes: [filters, features, tokens, _], batch, .. } = self;
        let [value_rate, rate] = self.rates();
        program.start_task(
            &format!(
                "start {} f32 {filters} {features} {tokens} {GROUP} {batch} {value_rate} {rate} 1",
                matrices.name()
            ),
            task.value(),
        )
    }
}

/// The library.
struct Tutee<'t, 'o> {
    online: &'t mut Online<'o, f32>,
    descent: Descent<f32>,
}

impl Contender for Tutee<'_, '_> {
    fn steps(&mut self, count: u64) -> Result<(), String> {
        (0..count).try_for_each(|_| self.online.step(&self.descent)).map_err(|error| error.to_string())
    }
}

/// Times every size and prints the table. How many times a peer was compared.
pub(super) fn run(programs: &mut [Program], effort: Effort, quick: bool) -> Result<usize, String> {
    let names: Vec<String> = programs.iter().map(|program| program.name.clone()).collect();
    let mut rows = vec![];
    for sizes in if quick { &SIZES[..1] } else { &SIZES[..] } {
        for matrices in Matrices::ALL {
            let case = Case { matrices, sizes: *sizes, batch: BATCH, factors: [VALUE_RATE, ATTENTION_RATE] };
            eprintln!("{}", case.name());
            rows.push((case, time(case, programs, effort)?));
        }
    }
    // Only those that take such steps have a column.
    let taking = |i: &usize| rows.iter().any(|(_, (_, peers))| peers.get(*i).is_some_and(Option::is_some));
    let columns: Vec<usize> = (0..names.len()).filter(taking).collect();
    let head = ["step", "steps/s"].into_iter().chain(columns.iter().map(|&i| &*names[i]));
    let mut table = Table::new(1, &head.chain(["ahead of the fastest by", "compensated"]).collect::<Vec<_>>());
    for (case, ([plain, compensated], peers)) in &rows {
        let mut cells = vec![case.name(), number(*plain)];
        let times = |speed: f64| format!("{:.2}", plain / speed);
        cells.extend(columns.iter().map(|&i| peers[i].map_or("–".into(), times)));
        let timed = columns.iter().filter_map(|&i| Some((i, peers[i]?)));
        if let Some((i, speed)) = timed.max_by(|(_, x), (_, y)| x.total_cmp(y)) {
            cells.extend([format!("{} ({})", times(speed), names[i]), format!("{:.2}", compensated / speed)]);
        }
        table.row(cells);
    }
    table.print(
        "Steps of a whole layer: tokens of content and code, concatenated, which ask; codes of D entries, keys of 2 d where \
         matrices are separate. Columns as above",
    );
    Ok(rows.iter().map(|(_, (_, peers))| peers.iter().flatten().count()).sum())
}

/// Steps a second: the library's with plain and with compensated updates, and each program's.
type Speeds = ([f64; 2], Vec<Option<f64>>);

fn time(case: Case, programs: &mut [Program], effort: Effort) -> Result<Speeds, String> {
    let shown = |error: Error| error.to_string();
    let (task, check) = (Task::<f32>::new(case.sizes).map_err(shown)?, Check::new(case)?);
    let mut takes_part = vec![];
    for program in &mut *programs {
        let passes = check.passes(program)?;
        takes_part.push(passes && case.begin(program, &check.task)?);
    }
    let compensated: Descent<f32> = case.descent();
    let plain = Descent { compensated: false, ..compensated };
    let speeds = train(&task, case.matrices, case.batch, 1, |first| {
        train(&task, case.matrices, case.batch, 1, |second| {
            let mut tutee = Tutee { online: first, descent: plain };
            let mut careful = Tutee { online: second, descent: compensated };
            let peers = programs.iter_mut().zip(&takes_part).filter(|(_, takes)| **takes);
            let mut contenders: Vec<&mut dyn Contender> = vec![&mut tutee, &mut careful];
            contenders.extend(peers.map(|(program, _)| program as &mut dyn Contender));
            effort.fastest(&mut contenders)
        })
    });
    let mut speeds = speeds.map_err(shown)?.map_err(shown)??.into_iter();
    let mut next = || speeds.next().ok_or("a contender was not timed");
    let own = [next()?, next()?];
    let peers = takes_part.into_iter().map(|takes| if takes { next().map(Some) } else { Ok(None) });
    Ok((own, peers.collect::<Result<_, _>>()?))
}

/// What a peer's layer is held to after a few steps: statistics of the library's own under other seeds.
struct Check {
    case: Case,
    task: Task<f64>,
    steps: u64,
    expected: Expected,
}

impl Check {
    fn new(case: Case) -> Result<Self, String> {
        let shown = |error: Error| error.to_string();
        let task = Task::<f32>::new(case.sizes).map_err(shown)?;
        let (steps, batch) = match task.shape().tokens() {
            0..=16 => (24, 1024),
            17..=64 => (16, 64),
            _ => (8, 64),
        };
        let (case, wide) = (Case { batch, ..case.of_check() }, task.widened());
        let trained = |seed| -> Result<Vec<f64>, String> {
            train(&task, case.matrices, batch, seed, |online| {
                Tutee { online: &mut *online, descent: case.descent() }.steps(steps)?;
                Ok(numbers(online.layer()))
            })
            .map_err(shown)?
        };
        let expected = Expected::statistics(|seed| statistics(&wide, case.matrices, &trained(seed)?).map_err(shown))?;
        Ok(Self { case, task: wide, steps, expected })
    }

    /// Trains the peer's layer and compares; false when it takes no such steps. An error says what differs.
    fn passes(&self, program: &mut Program) -> Result<bool, String> {
        if !self.case.begin(program, &self.task)? {
            return Ok(false);
        }
        program.steps(self.steps)?;
        let shape = layer_shape(&self.task, self.case.matrices).map_err(|error| error.to_string())?;
        let found = program.entries(matrices_of(self.case.matrices).map(|one| shape.parameter_len(one)).sum())?;
        let refused =
            |what: String| format!("{} computes something else in {}: {what}", program.name, self.case.name());
        let found = statistics(&self.task, self.case.matrices, &found).map_err(|error| refused(error.to_string()))?;
        self.expected.compare(&found, &STATISTICS).map_err(refused)?;
        Ok(true)
    }
}

/// The matrices that train, in the order in which peers say them.
fn matrices_of(matrices: Matrices) -> impl Iterator<Item = Parameter> {
    use Parameter::*;
    [Value, KeyQuery, Key, Query]
        .into_iter()
        .filter(move |&one| (one == KeyQuery) == (matrices == Matrices::Merged) || one == Value)
}

fn numbers<T: Scalar>(layer: LayerView<'_, T>) -> Vec<f64> {
    let matrices = [Parameter::Value, Parameter::KeyQuery, Parameter::Key, Parameter::Query];
    matrices.into_iter().flat_map(|one| layer.get(one)).map(|x| x.to_f64()).collect()
}

/// In the order of [`STATISTICS`].
fn statistics(task: &Task<f64>, matrices: Matrices, numbers: &[f64]) -> Result<[f64; 3], Error> {
    let (shape, teacher) = (layer_shape(task, matrices)?, task.teacher()?);
    let (tokens, features, e) = (task.shape().tokens(), task.shape().features(), shape.token_width());
    let (mut memory, mut steps) = (vec![0.0; layer_len(shape)], 0);
    let mut layer = LayerViewMut::new(shape, &mut memory, &mut steps)?;
    let mut identity = vec![0.0; tokens * tokens];
    codes::identity(MatrixViewMut::new("codes", &mut identity, tokens, tokens)?)?;
    layer.set(Parameter::Codes, &identity)?;
    let mut rest = numbers;
    for parameter in matrices_of(matrices) {
        let (elements, after) = rest.split_at(shape.parameter_len(parameter));
        layer.set(parameter, elements)?;
        rest = after;
    }
    let view = layer.view();
    let rows = view.get(Parameter::Value).chunks(e).flat_map(|w| &w[..features]);
    let overlap = rows.zip(task.value()).map(|(w, v)| w * v).sum::<f64>() / task.shape().filters() as f64;
    let logit = |i: usize, j: usize| match matrices {
        Matrices::Merged => view.get(Parameter::KeyQuery)[(features + i) * e + features + j],
        Matrices::Separate => {
            let (keys, queries) = (view.get(Parameter::Key).chunks(e), view.get(Parameter::Query).chunks(e));
            keys.zip(queries).map(|(key, query)| key[features + i] * query[features + j]).sum()
        }
    };
    let (mut inside, mut outside) = (0.0, 0.0);
    for j in 0..tokens {
        for i in 0..tokens {
            *(if i / GROUP == j / GROUP { &mut inside } else { &mut outside }) += logit(i, j);
        }
    }
    let gap = (inside / GROUP as f64 - outside / (tokens - GROUP) as f64) / tokens as f64;
    let (mut scratch, mut batch_loss) = (vec![0.0; layer_scratch_len(shape)], BatchLoss::ZERO);
    let settings = LayerSettings::new(shape, teacher.activation());
    let samples = LayerSamples::new(layer, settings, LayerScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?)?;
    let mut drawn = vec![0.0; layer_drawn_len(shape)];
    let mut online = LayerOnline::new(samples, teacher, LayerSource::gaussian(1, 1), &mut drawn, &mut [])?;
    Ok([online.mean_loss(SampleStream::new(1000), TEST_SAMPLES)?, overlap, gap])
}
