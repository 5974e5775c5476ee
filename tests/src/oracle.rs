//! The model once more, in plain `f64`, for comparison with the crates under test. It favours being obviously right
//! over everything else: matrices are vectors of rows, sums run in the order of the index, nothing is kept, and the
//! formulas stand as in a textbook. Near the optimum its population loss and gradient therefore lose their digits.
//!
//! With `a = |v| |s*|`, `b = |w| |s|`, `c = <v, w> <s*, s>`, `rho = c / (a b)` for one filter and one output, and with k
//! the slope below zero, `q = (1 + k^2) / 2`, `r = (1 - k)^2`:
//!
//! ```text
//! excess = sum 1/2 (q a^2 + q b^2 - 2 F)       F = k c + r a b h(rho)
//! h(rho) = (sqrt(1 - rho^2) + (pi - acos rho) rho) / (2 pi)
//! h'(rho) = (pi - acos rho) / (2 pi)
//! dF/db = r (a h - (c / b) h')                 dF/dc = k + r h'
//! ```

#![allow(clippy::needless_range_loop, reason = "the loops carry the indices of the formulas")]

use std::f64::consts::PI;

/// A matrix as its rows.
pub type Rows = Vec<Vec<f64>>;

/// A teacher: `value[filter][feature]`, `mixing[output][token]`, and the slope of its activation below zero.
#[derive(Clone, Debug)]
pub struct Teacher {
    /// k: 1 for the identity, 0 for ReLU.
    pub slope: f64,
    /// V*
    pub value: Rows,
    /// S* transposed
    pub mixing: Rows,
}

/// A student: `value[filter][feature]`, `logits[output][token]`. A gradient has the same two parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Student {
    /// W
    pub value: Rows,
    /// A
    pub logits: Rows,
}

/// A matrix of zeros.
pub fn zeros(rows: usize, cols: usize) -> Rows {
    vec![vec![0.0; cols]; rows]
}

/// The rows of a matrix that is stored row after row.
pub fn rows(elements: &[f64], cols: usize) -> Rows {
    elements.chunks_exact(cols).map(<[f64]>::to_vec).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn norm(x: &[f64]) -> f64 {
    libm::sqrt(dot(x, x))
}

fn act(slope: f64, u: f64) -> f64 {
    if u >= 0.0 { u } else { slope * u }
}

/// The right derivative: 1 at zero.
fn d_act(slope: f64, u: f64) -> f64 {
    if u >= 0.0 { 1.0 } else { slope }
}

/// The attention: the softmax of every row of the logits.
pub fn attention(logits: &Rows) -> Rows {
    let softmax = |row: &Vec<f64>| {
        let largest = row.iter().fold(f64::NEG_INFINITY, |a, &b| if a > b { a } else { b });
        let e: Vec<f64> = row.iter().map(|a| libm::exp(a - largest)).collect();
        let sum: f64 = e.iter().sum();
        e.iter().map(|e| e / sum).collect()
    };
    logits.iter().map(softmax).collect()
}

/// From `dL/dS` to `dL/dA`, row by row.
fn d_attention(attention: &Rows, d_attention: &Rows) -> Rows {
    let mut d_logits = zeros(attention.len(), attention[0].len());
    for j in 0..attention.len() {
        let mean = dot(&attention[j], &d_attention[j]);
        for t in 0..attention[j].len() {
            d_logits[j][t] = attention[j][t] * (d_attention[j][t] - mean);
        }
    }
    d_logits
}

/// `u[output][filter]`, what the activation is applied to: `sum_t weights[output][t] <value[filter], x[t]>`.
pub fn before_activation(value: &Rows, weights: &Rows, x: &Rows) -> Rows {
    let mut u = zeros(weights.len(), value.len());
    for j in 0..weights.len() {
        for m in 0..value.len() {
            for t in 0..x.len() {
                u[j][m] += weights[j][t] * dot(&value[m], &x[t]);
            }
        }
    }
    u
}

/// `y[output][filter] = act(u)`: a teacher's answer with its mixing as `weights`, a student's with its attention.
pub fn predict(slope: f64, value: &Rows, weights: &Rows, x: &Rows) -> Rows {
    let u = before_activation(value, weights, x);
    u.iter().map(|row| row.iter().map(|&u| act(slope, u)).collect()).collect()
}

/// `1/2 |y - f(x)|^2` for one sample, `x[token][feature]` and `y[output][filter]`.
pub fn sample_loss(slope: f64, student: &Student, x: &Rows, y: &Rows) -> f64 {
    let f = predict(slope, &student.value, &attention(&student.logits), x);
    let mut loss = 0.0;
    for j in 0..y.len() {
        for m in 0..y[j].len() {
            loss += 0.5 * (y[j][m] - f[j][m]) * (y[j][m] - f[j][m]);
        }
    }
    loss
}

/// The gradient of [`sample_loss`].
pub fn d_sample_loss(slope: f64, student: &Student, x: &Rows, y: &Rows) -> Student {
    let (w, s) = (&student.value, attention(&student.logits));
    let u = before_activation(w, &s, x);
    let mut d_w = zeros(w.len(), w[0].len());
    let mut d_s = zeros(s.len(), s[0].len());
    for j in 0..s.len() {
        for m in 0..w.len() {
            let g = (act(slope, u[j][m]) - y[j][m]) * d_act(slope, u[j][m]);
            for t in 0..x.len() {
                for f in 0..x[t].len() {
                    d_w[m][f] += g * s[j][t] * x[t][f];
                }
                d_s[j][t] += g * dot(&w[m], &x[t]);
            }
        }
    }
    Student { value: d_w, logits: d_attention(&s, &d_s) }
}

/// `h(rho)` and `h'(rho)`.
fn kernel(rho: f64) -> (f64, f64) {
    // Rounding carries the cosine of equal directions off 1, and acos would make an angle of 1e-8 of that.
    let rho = if 1.0 - rho.abs() < 1e-15 { libm::copysign(1.0, rho) } else { rho };
    let rest = PI - libm::acos(rho);
    ((libm::sqrt(1.0 - rho * rho) + rest * rho) / (2.0 * PI), rest / (2.0 * PI))
}

/// The excess loss over all inputs whose tokens are independent standard normal vectors.
pub fn excess_loss(teacher: &Teacher, student: &Student) -> f64 {
    let k = teacher.slope;
    let (q, r) = ((1.0 + k * k) / 2.0, (1.0 - k) * (1.0 - k));
    let mut loss = 0.0;
    for (v, w) in teacher.value.iter().zip(&student.value) {
        for (target, s) in teacher.mixing.iter().zip(&attention(&student.logits)) {
            let (a, b, c) = (norm(v) * norm(target), norm(w) * norm(s), dot(v, w) * dot(target, s));
            let f = if a * b > 0.0 { k * c + r * a * b * kernel(c / (a * b)).0 } else { 0.0 };
            loss += 0.5 * (q * a * a + q * b * b - 2.0 * f);
        }
    }
    loss
}

/// The gradient of [`excess_loss`]; at `w = 0`, where there is none, the expectation of [`d_sample_loss`].
pub fn d_excess_loss(teacher: &Teacher, student: &Student) -> Student {
    let k = teacher.slope;
    let (q, r) = ((1.0 + k * k) / 2.0, (1.0 - k) * (1.0 - k));
    let s = attention(&student.logits);
    let mut d_w = zeros(student.value.len(), student.value[0].len());
    let mut d_s = zeros(s.len(), s[0].len());
    for m in 0..student.value.len() {
        let (v, w) = (&teacher.value[m], &student.value[m]);
        for j in 0..s.len() {
            let (target, s) = (&teacher.mixing[j], &s[j]);
            if norm(w) == 0.0 {
                for f in 0..w.len() {
                    d_w[m][f] -= (1.0 + k) / 2.0 * dot(target, s) * v[f];
                }
                continue;
            }
            let (a, b, c) = (norm(v) * norm(target), norm(w) * norm(s), dot(v, w) * dot(target, s));
            let (mut f_b, mut f_c) = (0.0, 0.0);
            if a > 0.0 {
                let (h, d_h) = kernel(c / (a * b));
                f_b = r * (a * h - c / b * d_h);
                f_c = k + r * d_h;
            }
            let (d_b, d_c) = (q * b - f_b, -f_c);
            for f in 0..w.len() {
                d_w[m][f] += d_b * norm(s) * w[f] / norm(w) + d_c * dot(target, s) * v[f];
            }
            for t in 0..s.len() {
                d_s[j][t] += d_b * norm(w) * s[t] / norm(s) + d_c * dot(v, w) * target[t];
            }
        }
    }
    Student { value: d_w, logits: d_attention(&s, &d_s) }
}

/// One step of plain gradient descent, without compensation: `attention_rate` is the rate of W_KQ, `tokens` times that of
/// the logits.
pub fn descend(student: &mut Student, gradient: &Student, rate: f64, attention_rate: f64) {
    let tokens = student.logits[0].len() as f64;
    for (matrix, d_matrix, rate) in
        [(&mut student.value, &gradient.value, rate), (&mut student.logits, &gradient.logits, attention_rate / tokens)]
    {
        for (row, d_row) in matrix.iter_mut().zip(d_matrix) {
            for (x, d_x) in row.iter_mut().zip(d_row) {
                *x -= rate * d_x;
            }
        }
    }
}
