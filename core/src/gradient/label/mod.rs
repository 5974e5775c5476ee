//! Classification by one group of features, learned by position-only attention: the exact mean of the logistic loss over all
//! Gaussian inputs, its gradient, and training along it ([`LabelPopulation`]).
//!
//! Tokens are independent, `x_i ~ N(0, sigma^2 I)`. The label is `y = sign <v*, x_g>` (Zhang, Meng and Cao 2025), the other one with
//! probability p. The student has one filter v and the logit `F = sum_j U_j = sum_i r_i <v, x_i>`, `r_i = sum_j S_ji`; the loss is
//! `log(1 + exp(-y F))`. With `|v*| = 1`,
//!
//! ```text
//! c1 = sigma r_g <v, v*>       c2^2 = sigma^2 ( r_g^2 |v - <v, v*> v*|^2 + |v|^2 sum_{i != g} r_i^2 )
//! ```
//!
//! the margin of a label that is not flipped is `y F = c1 |u| + c2 w`, u and w standard normal: a mean in two dimensions, with a
//! kink in u.
//!
//! **One dimension is enough.** The loss is half the negative margin and an even function of it,
//! `log(1 + exp(-m)) = -m/2 + log(2 cosh(m/2))`, and an even function of `y F` is one of F, which is normal with variance
//! `s^2 = c1^2 + c2^2 = sigma^2 |v|^2 |r|^2`. From the even part `s / sqrt(2 pi)`, the mean of `|F|/2`, is taken out:
//!
//! ```text
//! L = ( s - (1 - 2p) c1 ) / sqrt(2 pi) + tail(s)           s - c1 = c2^2 / (s + c1), which cancels nothing
//! tail(s) = E log(1 + exp(-s |n|))                          n standard normal
//!
//! dL/dv   = curvature(s) sigma^2 |r|^2 v   - (1 - 2p) sigma r_g v* / sqrt(2 pi)
//! dL/dr_i = curvature(s) sigma^2 |v|^2 r_i - (1 - 2p) sigma <v, v*> [i = g] / sqrt(2 pi)
//! curvature(s) = E 1 / (4 cosh^2(s n / 2))                  d/ds E log(2 cosh(s n / 2)) = s curvature(s), by parts
//! ```
//!
//! Every output has the row `dL/dr` as its dL/dS.
//!
//! **How exact.** Tail and curvature come from one Gauss-Legendre rule of 16 points on seven panels that double in width from zero
//! on, as far as `min(9, 40/s)`. What is cut off is below 1e-17 of either; so is the error of the rule, because the only
//! singularities stand on the imaginary axis, at odd multiples of `i pi / s`, which leaves around every panel an ellipse of
//! parameter 5 (error about `5^-32`). So what is wrong is rounding: a few epsilon of the loss. The gradient's part along v* is a
//! difference of numbers near `sigma r_g / sqrt(2 pi)` that shrinks as `1/s^2`; it is right to about `s^2` epsilon of itself.
//!
//! **The law.** From zero, with logits that move by `eta dL/dA` (orthonormal codes and scale 1: an attention rate of `D eta`),
//! v moves along v*, r grows to D on the group, and the tail is all that is left:
//! [`group_label_law`](crate::recovery::laws::group_label_law).

mod mean;
mod population;

pub use population::{GroupLabel, LabelPopulation, label_population_len};
