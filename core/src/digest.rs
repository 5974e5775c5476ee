//! A digest of the bits of a student's parameters: equal digests mean equal bits.
//!
//! 64-bit FNV-1a over bytes, in this order: scalar width (4 bytes), filters, features, tokens, outputs, steps (8 bytes
//! each), then value, value carry, logits and logits carry, each scalar as its IEEE 754 bits; every number
//! little-endian. Nothing in it depends on the width of a pointer or on the byte order of the machine.

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

#[cfg(test)]
mod tests {
    use super::*;

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
