//! A digest of the bits of a student's parameters: equal digests mean equal bits.
//!
//! [`digest()`] is 64-bit FNV-1a over bytes, in this order: scalar width (4 bytes), filters, features, tokens, outputs, steps (8 bytes
//! each), then value, value carry, logits and logits carry, each scalar as its IEEE 754 bits; every number
//! little-endian. Nothing in it depends on the width of a pointer or on the byte order of the machine.
//!
//! [`layer_digest`] is that of a whole layer: scalar width (4 bytes), filters, features, tokens, outputs, then the form as eight
//! bytes each: embedding (0 content, 1 concatenated, 2 added), codes (0 none, 1 fixed, 2 learned, 3 fresh) and their width, 0 for
//! one matrix W_KQ or 1 for two, width of a key, queries (0 tokens, 1 sets, 2 vectors) and their width, steps, then every matrix
//! with its carry in the order of [`Parameter::ALL`](crate::layer::Parameter::ALL).
//!
//! [`identity`] is for comparisons inside of one program: a multiplication a scalar instead of one a byte, and no promise
//! that another version of the library has the same.

use crate::layer::{Codes, Embedding, KeyQuery, LayerShape, LayerView, Parameter, Queries};
use crate::scalar::Scalar;
use crate::student::StudentView;

/// A 64-bit FNV-1a hash that is fed piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    state: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Self {
        Self { state: 0xCBF2_9CE4_8422_2325 }
    }

    /// Feeds bytes.
    #[inline]
    pub const fn bytes(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((&byte, tail)) = rest.split_first() {
            self.state = (self.state ^ byte as u64).wrapping_mul(0x0000_0100_0000_01B3);
            rest = tail;
        }
    }

    /// Feeds the bits of scalars, little-endian.
    pub fn scalars<T: Scalar>(&mut self, scalars: &[T]) {
        for scalar in scalars {
            let bytes = scalar.to_bits_u64().to_le_bytes();
            let (low, _) = bytes.split_at_checked((T::BITS / 8) as usize).unwrap_or((&bytes, &[]));
            self.bytes(low);
        }
    }

    /// The 64 bits; print them as 16 hexadecimal digits.
    pub const fn finish(self) -> u64 {
        self.state
    }
}

/// The digest of every parameter, its carry, the sizes and the number of steps.
pub fn digest<T: Scalar>(student: StudentView<'_, T>) -> u64 {
    let shape = student.shape();
    let mut digest = Digest::new();
    digest.bytes(&T::BITS.to_le_bytes());
    for size in [shape.filters(), shape.features(), shape.tokens(), shape.outputs()] {
        digest.bytes(&(size as u64).to_le_bytes());
    }
    digest.bytes(&student.steps().to_le_bytes());
    for part in [student.value(), student.value_carry(), student.logits(), student.logits_carry()] {
        digest.scalars(part);
    }
    digest.finish()
}

/// Sizes and form of a layer, in the order that the module says.
fn layer_sizes(shape: LayerShape) -> [u64; 11] {
    let (sizes, form) = (shape.shape(), shape.form());
    let embedding = match form.embedding {
        Embedding::Content => 0,
        Embedding::Concatenated => 1,
        Embedding::Added => 2,
    };
    let codes = match form.codes {
        Codes::None => 0,
        Codes::Fixed { .. } => 1,
        Codes::Learned { .. } => 2,
        Codes::Fresh { .. } => 3,
    };
    let key_query = match form.key_query {
        KeyQuery::Merged => 0,
        KeyQuery::Separate { .. } => 1,
    };
    let queries = match form.queries {
        Queries::Tokens => 0,
        Queries::Sets => 1,
        Queries::Vectors { .. } => 2,
    };
    [
        sizes.filters() as u64,
        sizes.features() as u64,
        sizes.tokens() as u64,
        sizes.outputs() as u64,
        embedding,
        codes,
        shape.code_width() as u64,
        key_query,
        shape.key_width() as u64,
        queries,
        shape.query_width() as u64,
    ]
}

/// The digest of every parameter of a whole layer, its carry, sizes and form, and the number of steps.
pub fn layer_digest<T: Scalar>(layer: LayerView<'_, T>) -> u64 {
    let mut digest = Digest::new();
    digest.bytes(&T::BITS.to_le_bytes());
    for size in layer_sizes(layer.shape()).into_iter().chain([layer.steps()]) {
        digest.bytes(&size.to_le_bytes());
    }
    for parameter in Parameter::ALL {
        digest.scalars(layer.get(parameter));
        digest.scalars(layer.carry(parameter));
    }
    digest.finish()
}

/// What tells a layer from every other one, and from itself at another time, as [`identity`] does a student.
#[inline(never)]
pub fn layer_identity<T: Scalar>(layer: LayerView<'_, T>) -> u64 {
    let mut seal = Seal::new();
    for word in layer_sizes(layer.shape()).into_iter().chain([layer.steps()]) {
        seal.word(word);
    }
    for parameter in Parameter::ALL {
        seal.scalars(layer.get(parameter));
        seal.scalars(layer.carry(parameter));
    }
    seal.finish()
}

/// A hash of 64-bit words that is fed one by one: different words of one number give different hashes, but for one chance
/// in 2^64.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seal {
    state: u64,
}

impl Seal {
    pub(crate) const fn new() -> Self {
        Self { state: 0x9E37_79B9_7F4A_7C15 }
    }

    /// The product moves every bit up, the exchange of the halves, which costs nothing on a 32-bit processor, down again: each
    /// bit of a word comes to all bits of the state, and for a given state no two words lead to one.
    #[inline]
    pub(crate) const fn word(&mut self, word: u64) {
        self.state = (self.state.rotate_left(32) ^ word).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    }

    pub(crate) fn scalars<T: Scalar>(&mut self, scalars: &[T]) {
        for &scalar in scalars {
            self.word(scalar.to_bits_u64());
        }
    }

    pub(crate) const fn finish(self) -> u64 {
        self.state
    }
}

/// What tells a student from every other one, and from itself at another time: a hash of the bits of every parameter and
/// carry, of the sizes and of the number of steps. Two students that differ in any of these have one identity with a chance
/// of one in 2^64; a copy has that of its original. Costs a multiplication of 64-bit integers for each parameter and carry.
#[inline(never)]
pub fn identity<T: Scalar>(student: StudentView<'_, T>) -> u64 {
    let shape = student.shape();
    // Two, which do not wait for each other.
    let (mut seal, mut carries) = (Seal::new(), Seal::new());
    for size in [shape.filters(), shape.features(), shape.tokens(), shape.outputs()] {
        seal.word(size as u64);
    }
    seal.word(student.steps());
    for (part, carry) in [(student.value(), student.value_carry()), (student.logits(), student.logits_carry())] {
        for (&parameter, &carry) in part.iter().zip(carry) {
            seal.word(parameter.to_bits_u64());
            carries.word(carry.to_bits_u64());
        }
    }
    seal.word(carries.finish());
    seal.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;
    use crate::student::student_len;

    /// Students that differ in one scalar, in two that are exchanged, in a step, or in how one list of numbers is cut up.
    #[test]
    fn no_two_students_have_one_identity() {
        fn check<T: Scalar>() {
            let mut identities = std::vec![];
            let mut see = |shape: (usize, usize, usize, usize), memory: &[T], steps| {
                let shape = Shape::new(shape.0, shape.1, shape.2, shape.3).unwrap();
                identities.push(identity(StudentView::resume(shape, memory, steps).unwrap()));
            };
            let shape = (2, 3, 2, 4);
            let len = student_len(Shape::new(2, 3, 2, 4).unwrap());
            let zeros = std::vec![T::ZERO; len];
            see(shape, &zeros, 0);
            see(shape, &zeros, 1);
            see((3, 2, 2, 4), &zeros, 0);
            see((2, 3, 4, 2), &zeros, 0);
            for place in 0..len {
                for x in [T::from_u32(9), T::ONE, -T::ZERO, T::EPSILON, T::from_bits_u64(1)] {
                    let mut memory = zeros.clone();
                    memory[place] = x;
                    see(shape, &memory, 0);
                    // Its neighbour the same, and everything the same from here on.
                    if place + 1 < len {
                        memory[place + 1] = x;
                        see(shape, &memory, 0);
                    }
                    if place + 2 < len {
                        memory[place..].fill(x);
                        see(shape, &memory, 0);
                    }
                }
            }
            let count = identities.len();
            identities.sort_unstable();
            identities.dedup();
            assert_eq!(identities.len(), count);
            assert!(count > 400);
        }
        check::<f32>();
        check::<f64>();
    }

    #[test]
    fn fnv_1a_of_published_strings() {
        for (text, expected) in
            [("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8u64)]
        {
            let mut digest = Digest::new();
            digest.bytes(text.as_bytes());
            assert_eq!(digest.finish(), expected, "{text:?}");
        }
    }

    #[test]
    fn scalars_are_fed_as_little_endian_bits() {
        let (mut narrow, mut bytes) = (Digest::new(), Digest::new());
        narrow.scalars(&[1.0f32, -0.0]);
        bytes.bytes(&[0, 0, 0x80, 0x3F, 0, 0, 0, 0x80]);
        assert_eq!(narrow, bytes);
        let (mut wide, mut bytes) = (Digest::new(), Digest::new());
        wide.scalars(&[1.0f64]);
        bytes.bytes(&[0, 0, 0, 0, 0, 0, 0xF0, 0x3F]);
        assert_eq!(wide, bytes);
    }
}
