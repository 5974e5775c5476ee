//! By which names working memory of a layer is declared: sizes of its matrices, and what decides whether there is one.

use super::shape::{Codes, Embedding, LayerShape, Queries};

/// The sizes of a layer, and how many samples are worked on together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LayerSizes {
    pub(crate) shape: LayerShape,
    pub(crate) samples: usize,
}

impl LayerSizes {
    /// Of what is there once, however many samples are worked on together.
    #[inline(always)]
    pub(crate) const fn of(shape: LayerShape) -> Self {
        Self { shape, samples: 0 }
    }

    #[inline(always)]
    pub(crate) const fn samples(self) -> usize {
        self.samples
    }

    #[inline(always)]
    pub(crate) const fn filters(self) -> usize {
        self.shape.shape().filters()
    }

    #[inline(always)]
    pub(crate) const fn features(self) -> usize {
        self.shape.shape().features()
    }

    #[inline(always)]
    pub(crate) const fn tokens(self) -> usize {
        self.shape.shape().tokens()
    }

    #[inline(always)]
    pub(crate) const fn outputs(self) -> usize {
        self.shape.shape().outputs()
    }

    #[inline(always)]
    pub(crate) const fn token_width(self) -> usize {
        self.shape.token_width()
    }

    #[inline(always)]
    pub(crate) const fn query_width(self) -> usize {
        self.shape.query_width()
    }

    #[inline(always)]
    pub(crate) const fn key_width(self) -> usize {
        self.shape.key_width()
    }

    #[inline(always)]
    pub(crate) const fn code_width(self) -> usize {
        self.shape.code_width()
    }

    #[inline(always)]
    pub(crate) const fn own_token_width(self) -> usize {
        self.shape.own_token_width()
    }

    #[inline(always)]
    pub(crate) const fn own_query_width(self) -> usize {
        self.shape.own_query_width()
    }

    #[inline(always)]
    pub(crate) const fn own_key_width(self) -> usize {
        self.shape.own_key_width()
    }

    /// Entries of what codes add to a key.
    #[inline(always)]
    pub(crate) const fn common_key_width(self) -> usize {
        if self.is_merged() { self.shape.own_query_width() } else { self.shape.key_width() }
    }

    #[inline(always)]
    pub(crate) const fn is_merged(self) -> bool {
        self.shape.is_merged()
    }

    #[inline(always)]
    pub(crate) const fn is_separate(self) -> bool {
        !self.shape.is_merged()
    }

    #[inline(always)]
    pub(crate) const fn tokens_ask(self) -> bool {
        self.shape.tokens_ask()
    }

    /// Whether queries come with the sample.
    #[inline(always)]
    pub(crate) const fn others_ask(self) -> bool {
        !self.shape.tokens_ask()
    }

    #[inline(always)]
    pub(crate) const fn shares_codes(self) -> bool {
        self.shape.shares_codes()
    }

    #[inline(always)]
    pub(crate) const fn learns_codes(self) -> bool {
        self.shape.learns_codes()
    }

    /// Whether codes come with the sample.
    #[inline(always)]
    pub(crate) const fn codes_are_fresh(self) -> bool {
        matches!(self.shape.form().codes, Codes::Fresh { .. })
    }

    /// Whether a gradient goes through tokens to codes that are part of them.
    #[inline(always)]
    pub(crate) const fn tokens_learn(self) -> bool {
        self.shape.learns_codes() && !matches!(self.shape.form().embedding, Embedding::Content)
    }

    /// Whether a gradient goes through queries that are sums of codes.
    #[inline(always)]
    pub(crate) const fn sets_learn(self) -> bool {
        self.shape.learns_codes() && matches!(self.shape.form().queries, Queries::Sets)
    }

    /// Whether what outputs look for is needed by rows: for the gradient of keys, or of tokens that learn.
    #[inline(always)]
    pub(crate) const fn keys_or_tokens_learn(self) -> bool {
        self.is_separate() || self.tokens_learn()
    }
}
