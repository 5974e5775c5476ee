//! Arrays of numbers from files.

use std::fmt::Debug;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use npyz::{Deserialize, NpyFile};

use crate::failure::Failure;
use crate::text::{LONGEST_NAME, shown};

/// Numbers of the largest array.
pub const MOST: u64 = 1 << 30;

/// An array, the last index fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<N> {
    /// Its sides.
    pub shape: Vec<usize>,
    /// Its numbers.
    pub numbers: Vec<N>,
}

/// What was to be read: the option, its file, and the sides in words.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The option that names the file.
    pub option: &'a str,
    /// The file.
    pub path: &'a Path,
    /// The sides, as messages name them.
    pub sides: &'a str,
    /// How many there are.
    pub dimensions: usize,
    /// The sides of one pair, with the options that say them: all, or all but the last where the file says that one itself.
    pub pair: &'a [(&'static str, Option<usize>)],
}

impl Wanted<'_> {
    /// A line that names the option and the file.
    pub fn refuse(&self, message: &str) -> Failure {
        Failure::usage(format!("{} {}: {message}", self.option, shown(&self.path.display().to_string(), LONGEST_NAME)))
    }

    /// Reads floating-point numbers, all finite, in double precision; says whether the file holds single ones.
    ///
    /// # Errors
    /// One line that names the file and what was expected.
    pub fn numbers(&self) -> Result<(Array<f64>, bool), Failure> {
        let file = self.open()?;
        let (array, single) = match collected::<f64, f64, _>(file, f64::from) {
            Ok(read) => (read, false),
            Err(file) => match collected::<f32, f64, _>(file, f64::from) {
                Ok(read) => (read, true),
                Err(file) => return Err(self.refuse(&format!("type {}; expected f4 or f8", file.dtype().descr()))),
            },
        };
        let array = array.map_err(|message| self.refuse(&message))?;
        match array.numbers.iter().position(|x| !x.is_finite()) {
            Some(index) => Err(self.refuse(&format!("element {index} is {}; expected numbers", array.numbers[index]))),
            None => Ok((array, single)),
        }
    }

    /// Reads numbers of tokens, of any type that holds whole numbers, each below `limit`.
    ///
    /// # Errors
    /// One line that names the file, the element and what was expected.
    pub fn indices(&self, limit: usize) -> Result<Array<u32>, Failure> {
        let file = self.open()?;
        let file = match collected::<i64, i64, _>(file, |x| x) {
            Ok(read) => return self.below(read, limit, |x| u32::try_from(x).ok()),
            Err(file) => file,
        };
        let file = match collected::<i32, i32, _>(file, |x| x) {
            Ok(read) => return self.below(read, limit, |x| u32::try_from(x).ok()),
            Err(file) => file,
        };
        let file = match collected::<u32, u32, _>(file, |x| x) {
            Ok(read) => return self.below(read, limit, Some),
            Err(file) => file,
        };
        let file = match collected::<f64, f64, _>(file, |x| x) {
            Ok(read) => return self.below(read, limit, whole),
            Err(file) => file,
        };
        match collected::<f32, f64, _>(file, f64::from) {
            Ok(read) => self.below(read, limit, whole),
            Err(file) => Err(self.refuse(&format!("type {}; expected f4, f8, i4, i8 or u4", file.dtype().descr()))),
        }
    }

    /// The numbers of tokens that were read.
    fn below<N: Copy + Debug>(
        &self,
        read: Result<Array<N>, String>,
        limit: usize,
        token: impl Fn(N) -> Option<u32>,
    ) -> Result<Array<u32>, Failure> {
        let Array { shape, numbers } = read.map_err(|message| self.refuse(&message))?;
        let mut tokens = Vec::new();
        if tokens.try_reserve_exact(numbers.len()).is_err() {
            return Err(self.refuse("no memory for so many numbers; expected fewer"));
        }
        for (index, x) in numbers.into_iter().enumerate() {
            let Some(token) = token(x).filter(|&token| (token as usize) < limit) else {
                return Err(self.refuse(&format!("element {index} is {x:?}; expected a token's number, below {limit}")));
            };
            tokens.push(token);
        }
        Ok(Array { shape, numbers: tokens })
    }

    fn open(&self) -> Result<NpyFile<BufReader<File>>, Failure> {
        let trouble = |error: std::io::Error| self.refuse(&format!("{error}; expected an array in NumPy's format"));
        let file = NpyFile::new(BufReader::new(File::open(self.path).map_err(trouble)?)).map_err(trouble)?;
        let sides = file.shape();
        if sides.len() != self.dimensions || sides.contains(&0) {
            return Err(self.refuse(&format!("shape {sides:?}; expected {}, none of them 0", self.sides)));
        }
        let count = sides.iter().try_fold(1_u64, |product, &side| product.checked_mul(side));
        if count.is_none_or(|count| count > MOST) {
            return Err(self.refuse(&format!("shape {sides:?}; expected at most {MOST} numbers")));
        }
        Ok(file)
    }
}

/// A number of a token; none where it is no whole number, or too large for one.
pub fn whole(x: f64) -> Option<u32> {
    let whole = x.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&x);
    whole.then_some(x as u32)
}

/// All numbers in C's order, whichever order the file has; the file back where its numbers are of another type.
#[allow(clippy::type_complexity, clippy::result_large_err, reason = "the file comes back, to be read as another type")]
fn collected<S: Deserialize, N: Copy, R: Read>(
    file: NpyFile<R>,
    convert: impl Fn(S) -> N,
) -> Result<Result<Array<N>, String>, NpyFile<R>> {
    let shape: Vec<usize> = file.shape().iter().map(|&side| side as usize).collect();
    let strides: Vec<usize> = file.strides().iter().map(|&stride| stride as usize).collect();
    let data = file.try_data::<S>()?;
    let count: usize = shape.iter().product();
    let mut stored = Vec::new();
    if stored.try_reserve_exact(count).is_err() {
        return Ok(Err("no memory for so many numbers; expected fewer".into()));
    }
    for number in data {
        match number {
            Ok(number) => stored.push(convert(number)),
            Err(error) => return Ok(Err(format!("{error}; expected {count} numbers"))),
        }
    }
    // Element by element, the last index fastest: where the file has it so, all stay where they are.
    let mut numbers = Vec::new();
    if numbers.try_reserve_exact(count).is_err() {
        return Ok(Err("no memory for so many numbers; expected fewer".into()));
    }
    let mut index = vec![0_usize; shape.len()];
    for _ in 0..count {
        let place: usize = index.iter().zip(&strides).map(|(i, stride)| i * stride).sum();
        numbers.extend(stored.get(place));
        for (i, side) in index.iter_mut().zip(&shape).rev() {
            *i += 1;
            if *i < *side {
                break;
            }
            *i = 0;
        }
    }
    Ok(Ok(Array { shape, numbers }))
}
