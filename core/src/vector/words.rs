//! 64-bit integers side by side.

/// Integers that the widest register holds.
pub const WORDS: usize = 8;

/// [`WORDS`] integers in the registers of one kind of vector.
pub trait Words<V>: Copy {
    /// Lane `i` from `x[i]`.
    fn load(vector: V, x: &[u64; WORDS]) -> Self;
    /// Lane `i` to `x[i]`.
    fn store(self, x: &mut [u64; WORDS]);
    /// The sum modulo 2^64.
    fn add(self, other: Self) -> Self;
    /// Where the bits differ.
    fn xor(self, other: Self) -> Self;
    /// The bits moved up by 17.
    fn up_17(self) -> Self;
    /// The bits rotated up by 23.
    fn rotate_23(self) -> Self;
    /// The bits rotated up by 45.
    fn rotate_45(self) -> Self;
    /// Rows and columns exchanged: lane `i` of column `j` is lane `j` of row `i`.
    fn columns(vector: V, rows: [Self; WORDS]) -> [Self; WORDS];
}

impl<V> Words<V> for [u64; WORDS] {
    #[inline(always)]
    fn load(_: V, x: &[u64; WORDS]) -> Self {
        *x
    }
    #[inline(always)]
    fn store(self, x: &mut [u64; WORDS]) {
        *x = self;
    }
    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        for (x, y) in self.iter_mut().zip(other) {
            *x = x.wrapping_add(y);
        }
        self
    }
    #[inline(always)]
    fn xor(mut self, other: Self) -> Self {
        for (x, y) in self.iter_mut().zip(other) {
            *x ^= y;
        }
        self
    }
    #[inline(always)]
    fn up_17(self) -> Self {
        self.map(|x| x << 17)
    }
    #[inline(always)]
    fn rotate_23(self) -> Self {
        self.map(|x| x.rotate_left(23))
    }
    #[inline(always)]
    fn rotate_45(self) -> Self {
        self.map(|x| x.rotate_left(45))
    }
    #[inline(always)]
    fn columns(_: V, rows: [Self; WORDS]) -> [Self; WORDS] {
        let mut columns = [[0; WORDS]; WORDS];
        for (i, row) in rows.into_iter().enumerate() {
            for (column, word) in columns.iter_mut().zip(row) {
                column[i] = word;
            }
        }
        columns
    }
}
