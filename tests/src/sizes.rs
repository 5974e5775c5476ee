//! The one list of shapes that tests go through.

use tutee::Shape;

/// A shape and why it is on the list.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// M, d, D, J.
    pub shape: Shape,
    /// What it could break.
    pub reason: &'static str,
}

const fn size(filters: usize, features: usize, tokens: usize, outputs: usize, reason: &'static str) -> Size {
    match Shape::new(filters, features, tokens, outputs) {
        Ok(shape) => Size { shape, reason },
        Err(_) => panic!("a size of the list is not a shape"),
    }
}

/// The list. A reduction runs in 16 lanes, which are added by halves: 7, 8, 9 and 16, 17, 31 are on either side of where it
/// changes its course. (`levels.rs` has the sizes on either side of a tile.)
pub const SIZES: [Size; 12] = [
    size(1, 1, 1, 1, "everything one: attention is constant, two filters can only be parallel or opposite"),
    size(1, 1, 2, 1, "one feature: nothing but the attention makes an angle"),
    size(2, 2, 1, 2, "one token: nothing but the filters makes an angle"),
    size(2, 2, 2, 2, "everything two"),
    size(1, 4, 7, 7, "one filter, as a group-sparse predictor has; tokens one below half the lanes"),
    size(3, 3, 8, 8, "tokens and outputs exactly half the lanes; odd filters and features"),
    size(3, 9, 9, 4, "features and tokens one above half the lanes; fewer outputs than tokens"),
    size(2, 7, 3, 8, "more outputs than tokens; features one below half the lanes"),
    size(5, 6, 4, 3, "all four unequal, even beside odd"),
    size(4, 6, 16, 16, "the paper's reproduction: exactly the lanes"),
    size(9, 17, 17, 2, "the lanes and one more; filters above half of them"),
    size(1, 8, 31, 1, "one output of many tokens, as one selected set has"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Every relation and every special size that the tests rely on is on the list.
    #[test]
    fn the_list_covers_what_matters() {
        type Property = (&'static str, fn(Shape) -> bool);
        let properties: [Property; 10] = [
            ("J < D", |s| s.outputs() < s.tokens()),
            ("J = D", |s| s.outputs() == s.tokens()),
            ("J > D", |s| s.outputs() > s.tokens()),
            ("M = 1", |s| s.filters() == 1 && s.tokens() > 1),
            ("d = 1", |s| s.features() == 1 && s.tokens() > 1),
            ("D = 1", |s| s.tokens() == 1 && s.features() > 1),
            ("J = 1", |s| s.outputs() == 1 && s.tokens() > 1),
            ("one below a lane width", |s| s.tokens() % 8 == 7),
            ("a whole number of lanes", |s| s.tokens().is_multiple_of(8)),
            ("one above a lane width", |s| s.tokens() % 8 == 1 && s.tokens() > 1),
        ];
        for (what, holds) in properties {
            assert!(SIZES.iter().any(|size| holds(size.shape)), "no size has {what}");
        }
        for (i, size) in SIZES.iter().enumerate() {
            assert!(SIZES[..i].iter().all(|other| other.shape != size.shape), "{:?} stands twice", size.shape);
        }
    }
}
