//! What recordings show before anything is learned from them: a reading far from all others of its sensor, a sensor in another unit than its
//! kin, answers that never vary.

use tutee::Scalar;

use super::pairs::Pairs;
use crate::text::several;

/// Pairs from which on a reading can be told to be far from all others.
const FEWEST: usize = 16;
/// Standard deviations of all other readings of a sensor from which on one is far. No signal that goes on comes near: of 16 readings with
/// Gaussian noise one in some ten million does.
const FAR: f64 = 10.0;
/// So many times the deviation of the median token is another unit, or another thing.
const ANOTHER_UNIT: f64 = 100.0;
/// Answers that never vary of which each is named.
const NAMED: usize = 8;

/// The readings of one sensor, or the answers of one place.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sensor {
    /// The pair whose reading lies farthest from the mean.
    farthest: usize,
    /// Standard deviation of all readings but that.
    deviation: f64,
    /// How far it lies from the mean of the others, in that; 0 where they never vary.
    distance: f64,
    /// Whether all readings are equal.
    constant: bool,
}

impl Sensor {
    fn of(readings: impl Iterator<Item = f64> + Clone) -> Self {
        let largest = readings.clone().map(f64::abs).fold(0.0, Scalar::larger);
        // Readings of 1e160 have squares beyond any number.
        let unit = if largest > 0.0 { largest } else { 1.0 };
        let scaled = readings.map(|reading| reading / unit);
        let count = scaled.clone().count() as f64;
        let mean = scaled.clone().sum::<f64>() / count;
        let first = scaled.clone().next().unwrap_or(0.0);
        let constant = scaled.clone().all(|reading| reading == first);
        let (mut farthest, mut most) = ((0, first), 0.0);
        for (pair, reading) in scaled.clone().enumerate() {
            if (reading - mean).abs() > most {
                (farthest, most) = ((pair, reading), (reading - mean).abs());
            }
        }
        let others = scaled.enumerate().filter(|&(pair, _)| pair != farthest.0).map(|(_, reading)| reading);
        let left = Scalar::larger(count - 1.0, 1.0);
        let mean = others.clone().sum::<f64>() / left;
        // In the largest of them, for the same reason.
        let largest = others.clone().map(|reading| (reading - mean).abs()).fold(0.0, Scalar::larger);
        let squares: f64 = others.map(|reading| (reading - mean) / largest).map(|x| x * x).sum();
        let deviation = if largest > 0.0 { largest * Scalar::sqrt(squares / left) } else { 0.0 };
        let distance = if deviation > 0.0 { (farthest.1 - mean).abs() / deviation } else { 0.0 };
        Self { farthest: farthest.0, deviation: unit * deviation, distance, constant }
    }

    /// Of every place of the arrays that a pair each has `width` numbers in.
    fn all<T: Scalar>(numbers: &[T], width: usize) -> Vec<Self> {
        let of_place = |place: usize| numbers.iter().skip(place).step_by(width).map(|x| x.to_f64());
        (0..width).map(|place| Self::of(of_place(place))).collect()
    }
}

/// What is said of the pairs: a sentence for each thing. `columns` are features of a token, and filters of an output.
pub fn notes<T: Scalar>(pairs: &Pairs<T>, columns: (usize, usize)) -> Vec<String> {
    let width = |numbers: &[T]| numbers.len() / pairs.count.max(1);
    let inputs = ("reading", Sensor::all(&pairs.x, width(&pairs.x)), ("token", "feature", columns.0));
    let answers = ("answer", Sensor::all(&pairs.y, width(&pairs.y)), ("output", "filter", columns.1));
    let mut notes = Vec::from_iter(constant_answers(&answers.1, columns.1));
    for (what, sensors, of) in [inputs, answers] {
        notes.extend(far(pairs.count, what, &sensors, of));
        notes.extend(another_unit(what, &sensors, of));
    }
    notes
}

/// Row and column of a place, in words: `token 3, feature 0`.
fn place((row, column, columns): (&str, &str, usize), place: usize) -> String {
    format!("{row} {}, {column} {}", place / columns, place % columns)
}

fn far(pairs: usize, what: &str, sensors: &[Sensor], of: (&str, &str, usize)) -> Option<String> {
    let far = sensors.iter().enumerate().filter(|(_, sensor)| pairs >= FEWEST && sensor.distance > FAR);
    let count = far.clone().count();
    let (sensor, most) = far.max_by(|a, b| a.1.distance.total_cmp(&b.1.distance))?;
    let others = if count > 1 { format!(" (so have {} more)", several(count - 1, "sensor")) } else { String::new() };
    Some(format!(
        "the {what} of pair {}, {} lies {} standard deviations of all others from their mean{others}: it weighs more than they do in what is \
         learned; where it is a fault, leave its pair out",
        most.farthest,
        place(of, sensor),
        if most.distance < 1e4 { format!("{:.1}", most.distance) } else { format!("{:.2e}", most.distance) }
    ))
}

fn another_unit(what: &str, sensors: &[Sensor], of: (&str, &str, usize)) -> Vec<String> {
    let of_column = |column: usize| {
        let mut rows: Vec<_> = sensors.iter().enumerate().skip(column).step_by(of.2).collect();
        rows.retain(|(_, sensor)| sensor.deviation > 0.0);
        rows.sort_by(|a, b| a.1.deviation.total_cmp(&b.1.deviation));
        let (first, last, median) = (rows.first()?, rows.last()?, rows.get(rows.len().saturating_sub(1) / 2)?);
        let beside = |sensor: &Sensor| sensor.deviation / median.1.deviation;
        let (odd, times) = [last, first]
            .map(|&(place, sensor)| (place, beside(sensor)))
            .into_iter()
            .find(|&(_, times)| !(1.0 / ANOTHER_UNIT..=ANOTHER_UNIT).contains(&times))?;
        let (row, column) = (of.0, of.1);
        Some(format!(
            "{what}s of {} vary {} as much as those of the median {row}: every {row} of a {column} has one scale{}; where its unit is \
             another, expected one unit for a {column}",
            place(of, odd),
            if times > 1.0 { "more than 100 times" } else { "less than a hundredth" },
            if of.0 == "token" { " and one W" } else { "" }
        ))
    };
    (0..of.2).filter_map(of_column).collect()
}

fn constant_answers(sensors: &[Sensor], filters: usize) -> Option<String> {
    let constant = || sensors.iter().enumerate().filter(|(_, sensor)| sensor.constant).map(|(place, _)| place);
    let named: Vec<_> = constant().take(NAMED).map(|at| place(("output", "filter", filters), at)).collect();
    let more = constant().count().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and of {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("answers of {}{more} never vary: they tell of no link", named.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs of three tokens of one feature and of one output, all between -1 and 1 about an offset.
    fn pairs() -> Pairs<f64> {
        let drawn = |i: u64| {
            let bits = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        Pairs {
            count: 40,
            x: (0..120).map(|i| 290.0 + drawn(i)).collect(),
            y: (0..40).map(|i| drawn(1000 + i)).collect(),
            sets: vec![],
            queries: vec![],
        }
    }

    #[test]
    fn nothing_is_said_of_readings_in_any_unit() {
        for unit in [1.0, 1e-200, 1e160] {
            let mut pairs = pairs();
            pairs.x.iter_mut().for_each(|x| *x *= unit);
            assert_eq!(notes(&pairs, (1, 1)), [""; 0]);
        }
    }

    #[test]
    fn one_reading_far_from_all_others_is_named() {
        for unit in [1.0, 1e160] {
            let mut far = pairs();
            far.x[3 * 17 + 2] += 18.0;
            far.x.iter_mut().for_each(|x| *x *= unit);
            let notes = notes(&far, (1, 1));
            assert!(notes.len() == 1 && notes[0].contains("pair 17, token 2, feature 0 lies 3"), "{notes:?}");
        }
        let mut far = pairs();
        far.y[5] = -40.0;
        let notes = notes(&far, (1, 1));
        assert!(notes.len() == 1 && notes[0].contains("answer of pair 5, output 0, filter 0"), "{notes:?}");
    }

    #[test]
    fn a_sensor_in_another_unit_and_answers_that_never_vary_are_named() {
        let mut other = pairs();
        other.x.iter_mut().skip(1).step_by(3).for_each(|x| *x *= 1000.0);
        let said = notes(&other, (1, 1));
        assert!(
            said.len() == 1 && said[0].contains("token 1, feature 0 vary") && said[0].contains("one unit"),
            "{said:?}"
        );
        let mut other = pairs();
        other.x.iter_mut().step_by(3).for_each(|x| *x *= 1e-3);
        assert!(notes(&other, (1, 1))[0].contains("token 0, feature 0 vary"));
        // One that never varies is in no unit.
        let mut stuck = pairs();
        stuck.x.iter_mut().step_by(3).for_each(|x| *x = 7.0);
        assert_eq!(notes(&stuck, (1, 1)), [""; 0]);
        let mut still = pairs();
        still.y.iter_mut().step_by(2).for_each(|y| *y = 5.0);
        still.count = 20;
        still.x.truncate(60);
        let said = notes(&still, (1, 1));
        assert_eq!(said, ["answers of output 0, filter 0 never vary: they tell of no link"]);
    }
}
