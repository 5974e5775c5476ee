//! Selection of sets at more tokens than were trained on: what of the attention stands on the set, for codes that come afresh with
//! every sample and for codes that stand.

use tutee::Shape;
use tutee::activation::Activation;
use tutee::gradient::layer::{
    LayerOnline, LayerSource, SelectionPopulation, Sets, layer_drawn_len, selection_population_len,
};
use tutee::input::SampleStream;
use tutee::layer::{
    Codes, Form, LayerInput, LayerPredictScratchViewMut, LayerSettings, LayerShape, Parameter, Queries, Query, Trained,
    layer_predict_scratch_len, predict,
};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::recovery::laws::selection_mass;
use tutee::step::Descent;
use tutee::teacher::per_sample::{Selection, draw_set};
use tutee::training::Training;
use tutee_tests::layer::LayerModel;
use tutee_tests::tolerance::LENGTHS;

/// Tokens of training, and members of a set.
const TRAINED: usize = 8;
const SIZE: usize = 2;
/// Entries of a code: as many as there are tokens at most.
const WIDTH: usize = 128;
const LENGTHS_TESTED: [usize; 5] = [8, 16, 32, 64, 128];

fn shape(tokens: usize, codes: Codes) -> LayerShape {
    let form = Form { queries: Queries::Sets, codes, ..Form::concatenated(WIDTH) };
    LayerShape::new(Shape::new(1, 1, tokens, 1).unwrap(), form).unwrap()
}

fn settings(shape: LayerShape) -> LayerSettings<f64> {
    let trained = Trained::POSITION_ONLY;
    LayerSettings { trained, scale: 1.0, ..LayerSettings::new(shape, Activation::Identity) }
}

/// Orthonormal codes of the longest inputs; those of shorter ones are the first of them.
fn standing() -> Vec<f64> {
    let mut p = vec![0.0; WIDTH * WIDTH];
    codes::orthonormal(MatrixViewMut::new("codes", &mut p, WIDTH, WIDTH).unwrap(), 7).unwrap();
    p
}

/// The mean over 400 sets among the `first` tokens of how much attention stands on them, with this W_KQ at `tokens` tokens.
fn mass(kq: &[f64], tokens: usize, fresh: bool, first: usize) -> f64 {
    let shape = shape(tokens, if fresh { Codes::Fresh { width: WIDTH } } else { Codes::Fixed { width: WIDTH } });
    let mut model = LayerModel::new(shape, settings(shape));
    model.layer().set(Parameter::KeyQuery, kq).unwrap();
    let mut own = vec![0.0; shape.fresh_codes_len()];
    if !fresh {
        model.layer().set(Parameter::Codes, &standing()[..tokens * WIDTH]).unwrap();
    }
    let mut memory = vec![0.0; layer_predict_scratch_len(shape)];
    let mut scratch = LayerPredictScratchViewMut::new(shape, &mut memory).unwrap();
    let (settings, x, mut stream, count) = (model.settings, vec![0.0; tokens], SampleStream::new(11), 400);
    let mut sum = 0.0;
    for _ in 0..count {
        let (mut rng, mut set) = (stream.sample(), [0; SIZE]);
        draw_set(&mut rng, first, &mut set).unwrap();
        if fresh {
            codes::signs(MatrixViewMut::new("codes", &mut own, tokens, WIDTH).unwrap(), &mut rng);
        }
        let input = LayerInput { x: &x, query: Query::Sets(&set), codes: &own };
        predict(model.layer().view(), &settings, &input, &mut scratch, &mut [0.0]).unwrap();
        sum += set.iter().map(|&token| scratch.attention()[token as usize]).sum::<f64>();
    }
    sum / f64::from(count)
}

/// Codes that stand, exactly trained: on the tokens of training the mass is that of the closed form, and at positions that were never
/// seen it is that of chance, or less.
#[test]
fn standing_codes_know_the_positions_of_training() {
    let shape = shape(TRAINED, Codes::Fixed { width: WIDTH });
    let mut model = LayerModel::new(shape, settings(shape));
    model.layer().set(Parameter::Codes, &standing()[..TRAINED * WIDTH]).unwrap();
    let (mut set, mut memory) = ([0; SIZE], vec![0.0; selection_population_len(shape)]);
    let settings = model.settings;
    let mut population =
        SelectionPopulation::new(model.layer(), settings, &[1.0], Sets::All, &mut set, &mut memory).unwrap();
    for _ in 0..3000 {
        population.step(&Descent::new(0.5)).unwrap();
    }
    let kq = population.layer().get(Parameter::KeyQuery).to_vec();
    let p = standing();
    let product = |i: usize, j: usize| -> f64 {
        let row = |a: usize| -> f64 { (0..WIDTH).map(|b| kq[(1 + a) * WIDTH + b] * p[j * WIDTH + b]).sum() };
        (0..WIDTH).map(|a| p[i * WIDTH + a] * row(a)).sum()
    };
    let a = product(0, 0) - product(0, 1);
    println!("codes that stand, a = {a:.3}: tokens, closed form, measured on sets of positions seen and of all");
    for tokens in LENGTHS_TESTED {
        let law = selection_mass(SIZE, tokens, a);
        let [seen, all] = [TRAINED, tokens].map(|first| mass(&kq, tokens, false, first));
        println!("{tokens:>5}  {law:.4}  {seen:.4}  {all:.4}");
        if tokens == TRAINED {
            assert!((seen - law).abs() < 1e-9 && law > 0.85, "{seen} {law}");
            continue;
        }
        // Logits of positions never seen are zero, and those of positions that were sum to zero: a member's is a (1 - q/T), another's
        // -a q/T.
        let share = SIZE as f64 / TRAINED as f64;
        let [member, other] = [1.0 - share, -share].map(|x| libm::exp(a * x));
        let (members, others) = (SIZE as f64 * member, (TRAINED - SIZE) as f64 * other);
        let expected = members / (members + others + (tokens - TRAINED) as f64);
        assert!((seen - expected).abs() < 1e-9, "{tokens}: {seen} {expected}");
        assert!(all < 0.7 * law && seen < law, "{tokens}: {all} of all, {seen} of those seen, beside {law}");
    }
}

/// Signs that are drawn with every sample: what was learned at 8 tokens holds at 128.
#[test]
fn fresh_codes_carry_over_to_longer_inputs() {
    let shape = shape(TRAINED, Codes::Fresh { width: WIDTH });
    let mut model = LayerModel::new(shape, settings(shape));
    let teacher = Selection::new(shape.shape(), Activation::Identity, &[1.0]).unwrap();
    let (mut memory, mut sets) = (vec![0.0; layer_drawn_len(shape)], [0; SIZE]);
    let source = LayerSource::gaussian(2, 32);
    let mut online = LayerOnline::new(model.samples(), teacher, source, &mut memory, &mut sets).unwrap();
    // Of each product of codes a part in 128 is common to all samples.
    for _ in 0..3000 {
        online.step(&Descent::new(0.5).with_attention_rate(16.0)).unwrap();
    }
    let kq = online.layer().get(Parameter::KeyQuery).to_vec();
    // By how much a member's logit is the larger one on average: its own code's square with W_KQ.
    let a = (0..WIDTH).map(|k| kq[(1 + k) * WIDTH + k]).sum::<f64>() / WIDTH as f64;
    println!("codes of {WIDTH} signs, fresh, a = {a:.3}: tokens, closed form, measured");
    for tokens in LENGTHS_TESTED {
        let (law, found) = (selection_mass(SIZE, tokens, a), mass(&kq, tokens, true, tokens));
        println!("{tokens:>5}  {law:.4}  {found:.4}");
        assert!((found - law).abs() <= LENGTHS.value, "{tokens}: {found} {law}");
        // Four times as much as where it does not look.
        assert!(found > 4.0 * SIZE as f64 / tokens as f64 || found > 0.8, "{tokens}: {found}");
    }
}
