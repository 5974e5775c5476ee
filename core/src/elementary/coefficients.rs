//! The constants of the elementary functions, lowest coefficient first. Written by
//! `tests/elementary/make_coefficients.py`, which says how each is found; never edited.
//!
//! The error beside a polynomial is its own, in exact arithmetic, relative to the value of the function.

// A constant that happens to lie near one of the standard library's is still what the program computed.
#![allow(clippy::approx_constant)]

/// For the functions of `f32`.
pub mod f32 {
    /// `1 / ln 2`
    pub const LOG2_E: f32 = 1.442695;
    /// `ln 2` to 15 bits: its product with an exponent is exact
    pub const LN_2_HIGH: f32 = 0.69314575;
    /// `ln 2 - LN_2_HIGH`
    pub const LN_2_LOW: f32 = 1.4286068e-6;
    /// `2 pi`
    pub const TAU: f32 = 6.2831855;
    /// `pi` less its nearest number
    pub const PI_LOW: f32 = -8.742278e-8;
    /// `c - bits(m) / 2` are the bits of `1 / sqrt(m)`; error 2^-4.9
    pub const ROOT_START: u32 = 0x5F37623F;
    /// `e^r = 1 + r + r^2 q(r)`; error 2^-28.3
    pub const EXP: [f32; 5] = [
        0.49999994,
        0.16666521,
        0.041668255,
        0.008368662,
        0.0013821458,
    ];
    /// `ln((1 + s) / (1 - s)) = 2 s + s z l(z), z = s^2`; error 2^-30.2
    pub const LN: [f32; 3] = [
        0.66666776,
        0.39977586,
        0.29870695,
    ];
    /// `sin(2 pi w) = TAU w + w s(y), y = w^2, with TAU rounded to the type`; error 2^-28.1
    pub const SIN: [f32; 4] = [
        -1.9522564e-7,
        -41.34166,
        81.59188,
        -75.368324,
    ];
    /// `cos(2 pi w) = 1 + y c(y), y = w^2`; error 2^-31.1
    pub const COS: [f32; 4] = [
        -19.739208,
        64.93915,
        -85.42452,
        58.62109,
    ];
    /// `theta = s + s w p(w), s = sqrt(2 w), for the versine w of an angle up to a right one`; error 2^-28.7
    pub const ANGLE: [f32; 8] = [
        0.08333311,
        0.0187568,
        0.0055093574,
        0.0022532707,
        -0.0002607757,
        0.0017354289,
        -0.001101139,
        0.0004946785,
    ];
    /// `(sin(theta) - theta cos(theta)) / pi = theta^3 t(x), x = theta^2, for theta up to pi`; error 2^-29.8
    pub const KINK: [f32; 7] = [
        0.10610329,
        -0.010610325,
        0.0003789372,
        -7.016365e-6,
        7.956184e-8,
        -5.9666994e-10,
        2.634713e-12,
    ];
}

/// For the functions of `f64`.
pub mod f64 {
    /// `1 / ln 2`
    pub const LOG2_E: f64 = 1.4426950408889634;
    /// `ln 2` to 41 bits: its product with an exponent is exact
    pub const LN_2_HIGH: f64 = 0.6931471805601177;
    /// `ln 2 - LN_2_HIGH`
    pub const LN_2_LOW: f64 = -1.7239444525614835e-13;
    /// `2 pi`
    pub const TAU: f64 = 6.283185307179586;
    /// `pi` less its nearest number
    pub const PI_LOW: f64 = 1.2246467991473532e-16;
    /// `c - bits(m) / 2` are the bits of `1 / sqrt(m)`; error 2^-4.9
    pub const ROOT_START: u64 = 0x5FE6EC47FD1009BE;
    /// `e^r = 1 + r + r^2 q(r)`; error 2^-57.9
    pub const EXP: [f64; 10] = [
        0.5000000000000011,
        0.16666666666666463,
        0.04166666666652858,
        0.008333333333470727,
        0.0013888888943767832,
        0.0001984126954629586,
        2.4801493102222e-5,
        2.755755794113162e-6,
        2.763021810344371e-7,
        2.5007466647187375e-8,
    ];
    /// `ln((1 + s) / (1 - s)) = 2 s + s z l(z), z = s^2`; error 2^-59.5
    pub const LN: [f64; 7] = [
        0.6666666666666734,
        0.3999999999941705,
        0.2857142874189051,
        0.22222198621905903,
        0.18183561888809832,
        0.15314110873429032,
        0.14795363837305614,
    ];
    /// `sin(2 pi w) = TAU w + w s(y), y = w^2, with TAU rounded to the type`; error 2^-58.1
    pub const SIN: [f64; 7] = [
        2.240057578794121e-16,
        -41.341702240399634,
        81.60524927594638,
        -76.70585970377412,
        42.0586849538387,
        -15.09380024338056,
        3.780781196729324,
    ];
    /// `cos(2 pi w) = 1 + y c(y), y = w^2`; error 2^-61.5
    pub const COS: [f64; 7] = [
        -19.739208802178716,
        64.93939402266668,
        -85.45681720598927,
        60.24464122724164,
        -26.426241133106057,
        7.902629316318001,
        -1.6882991001392476,
    ];
    /// `theta = s + s w p(w), s = sqrt(2 w), for the versine w of an angle up to a right one`; error 2^-58.5
    pub const ANGLE: [f64; 19] = [
        0.08333333333333459,
        0.0187499999998013,
        0.005580357153905747,
        0.001898871214429047,
        0.000699135311783432,
        0.00027107694558957727,
        0.00010957153825073028,
        4.243442536528608e-5,
        3.052730398735924e-5,
        -2.891618557134743e-5,
        9.585497045444087e-5,
        -0.00017552041716990932,
        0.00026260603343494446,
        -0.00029576298430179765,
        0.0002516633038059065,
        -0.00015567320383549397,
        6.659734174165231e-5,
        -1.7645915220445923e-5,
        2.224369806538311e-6,
    ];
    /// `(sin(theta) - theta cos(theta)) / pi = theta^3 t(x), x = theta^2, for theta up to pi`; error 2^-58.8
    pub const KINK: [f64; 12] = [
        0.1061032953945969,
        -0.010610329539459739,
        0.00037894034069510535,
        -7.017413716702129e-6,
        7.974333776808334e-8,
        -6.134103205622349e-10,
        3.407842580178436e-12,
        -1.4319890337015036e-14,
        4.7236278080180045e-17,
        -1.338272667340894e-19,
        6.298795616628895e-22,
        -6.5737996008592775e-24,
    ];
}
