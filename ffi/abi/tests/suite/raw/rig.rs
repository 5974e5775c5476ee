//! A student of raw readings through the C interface alone, and the plant that it is trained on.

use std::ptr;

use tutee_abi::tutee_status::*;
use tutee_abi::*;

pub use crate::suite::rig::*;

pub const IDENTITY: i32 = tutee_activation::TUTEE_IDENTITY as i32;
pub const RELU: i32 = tutee_activation::TUTEE_RELU as i32;
pub const INTERCEPT: i32 = tutee_preparation::TUTEE_INTERCEPT as i32;
pub const SPARE: i32 = tutee_preparation::TUTEE_SPARE as i32;
pub const SIGNED: i32 = tutee_preparation::TUTEE_SIGNED as i32;
pub const ALL: i32 = INTERCEPT | SPARE | SIGNED;

/// Two features, of which the second is stuck; three tokens, two outputs.
pub const READINGS: tutee_shape = tutee_shape { filters: 1, features: 2, tokens: 3, outputs: 2 };
pub const READ: usize = 6;
pub const ANSWERS: usize = 2;
pub const UNFIT: tutee_raw_fit<Real> = tutee_raw_fit { loss: -7.0, nothing: -7.0, explained: -7.0 };

/// A student of raw readings through C.
pub struct Raw {
    pub memory: Vec<u64>,
}

impl Raw {
    pub fn new(shape: tutee_shape, preparation: i32, activation: i32) -> Self {
        let (mut words, mut raw) = (0, ptr::null_mut());
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(raw_words(&shape, preparation, &mut words)) };
        let mut memory = vec![u64::MAX; words];
        // SAFETY: as above.
        unsafe { ok(raw_init(memory.as_mut_ptr(), words, &shape, preparation, activation, 0.0, &mut raw)) };
        assert_eq!(raw.cast(), memory.as_mut_ptr());
        Self { memory }
    }

    pub fn raw(&mut self) -> *mut tutee_raw<Real> {
        self.memory.as_mut_ptr().cast()
    }

    pub fn observe(&mut self, pairs: usize, (x, y): &(Vec<Real>, Vec<Real>)) -> tutee_status {
        // SAFETY: the arrays are as long as is said.
        unsafe { raw_observe(self.raw(), pairs, x.as_ptr(), x.len(), y.as_ptr(), y.len()) }
    }

    pub fn begin(&mut self) -> tutee_status {
        // SAFETY: the object is alive.
        unsafe { raw_begin(self.raw()) }
    }

    pub fn accumulate(&mut self, pairs: usize, (x, y): &(Vec<Real>, Vec<Real>)) -> tutee_status {
        // SAFETY: the arrays are as long as is said.
        unsafe { raw_accumulate(self.raw(), pairs, x.as_ptr(), x.len(), y.as_ptr(), y.len()) }
    }

    pub fn step(&mut self, descent: &tutee_raw_descent<Real>) -> Result<tutee_raw_stepped<Real>, tutee_status> {
        let mut stepped = tutee_raw_stepped { fit: UNFIT, value_rate: -7.0, attention_rate: -7.0 };
        let untouched = stepped;
        // SAFETY: references are valid pointers.
        match unsafe { raw_step(self.raw(), descent, &mut stepped) } {
            TUTEE_OK => Ok(stepped),
            status => {
                assert_eq!(stepped, untouched);
                Err(status)
            }
        }
    }

    pub fn loss(&mut self, pairs: usize, (x, y): &(Vec<Real>, Vec<Real>)) -> Result<tutee_raw_fit<Real>, tutee_status> {
        let mut fit = UNFIT;
        // SAFETY: the arrays are as long as is said.
        match unsafe { raw_loss(self.raw(), pairs, x.as_ptr(), x.len(), y.as_ptr(), y.len(), &mut fit) } {
            TUTEE_OK => Ok(fit),
            status => Err(status),
        }
    }

    pub fn diagnose(&mut self) -> Result<tutee_raw_diagnosis<Real>, tutee_status> {
        let mut found = tutee_raw_diagnosis { pairs: 7, steps: 7, fit: UNFIT, beside_uniform: -7.0, dead_filter: -7 };
        // SAFETY: a reference is a valid pointer.
        match unsafe { raw_diagnose(self.raw(), &mut found) } {
            TUTEE_OK => Ok(found),
            status => Err(status),
        }
    }

    pub fn predict(&mut self, x: &[Real], answers: usize) -> Vec<Real> {
        let mut y = vec![-7.0; answers];
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(raw_predict(self.raw(), 1, x.as_ptr(), x.len(), y.as_mut_ptr(), answers)) };
        y
    }

    /// W, bias and S.
    pub fn explain(&mut self, lengths: [usize; 3]) -> [Vec<Real>; 3] {
        let [mut value, mut bias, mut mixing] = lengths.map(|len| vec![-7.0; len]);
        let (w, b, s) = (value.as_mut_ptr(), bias.as_mut_ptr(), mixing.as_mut_ptr());
        let [m, n, o] = lengths;
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(raw_explain(self.raw(), w, m, b, n, s, o)) };
        [value, bias, mixing]
    }

    pub fn save(&mut self, shape: &tutee_shape, preparation: i32) -> Vec<u8> {
        let mut n = 0;
        // SAFETY: a reference is a valid pointer.
        unsafe { ok(raw_snapshot_bytes(shape, preparation, &mut n)) };
        let mut bytes = vec![7; n];
        // SAFETY: the array is as long as is said.
        unsafe { ok(raw_save(self.raw(), bytes.as_mut_ptr(), n)) };
        bytes
    }

    pub fn load(&mut self, bytes: &[u8]) -> tutee_status {
        // SAFETY: the array is as long as is said.
        unsafe { raw_load(self.raw(), bytes.as_ptr(), bytes.len()) }
    }

    /// Takes a step for every four of the pairs.
    pub fn learn(&mut self, (x, y): &(Vec<Real>, Vec<Real>)) {
        for (x, y) in x.chunks(4 * READ).zip(y.chunks(4 * ANSWERS)) {
            ok(self.accumulate(4, &(x.to_vec(), y.to_vec())));
            self.step(&usual()).unwrap();
        }
    }

    pub fn links(&mut self, count: usize) -> Vec<(u32, u32, Real)> {
        let mut links = vec![tutee_link { output: 77, token: 77, weight: -7.0 }; count];
        // SAFETY: the array is as long as is said.
        unsafe { ok(raw_links(self.raw(), links.as_mut_ptr(), count)) };
        links.iter().map(|link| (link.output, link.token, link.weight)).collect()
    }
}

pub fn usual() -> tutee_raw_descent<Real> {
    let mut descent =
        tutee_raw_descent { value_share: 0.0, attention_share: 0.0, row_limit: 0.0, loss_limit: 0.0, compensated: 7 };
    // SAFETY: a reference is a valid pointer.
    unsafe { ok(raw_descent_default(&mut descent)) };
    descent
}

/// A plant, read in milli-units with an offset of 300: the first output follows the first token, the second takes from the
/// third what the second has.
pub fn recorded(pairs: usize, seed: u64) -> (Vec<Real>, Vec<Real>) {
    let (mut x, mut y, mut state) = (vec![], vec![], seed);
    for _ in 0..pairs {
        let [a, b, c] = [(); 3].map(|()| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as Real / (1 << 23) as Real - 1.0
        });
        for token in [a, b, c] {
            x.extend([1000.0 * token + 300.0, 42.0]);
        }
        y.extend([20.0 + 3.0 * a, 1.5 * c - 1.5 * b]);
    }
    (x, y)
}
