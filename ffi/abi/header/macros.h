
/* AVR, MSP430 and compilers told so have others. */
#if FLT_RADIX != 2 || FLT_MANT_DIG != 24 || DBL_MANT_DIG != 53
#error "tutee.h needs a float of 32 bits and a double of 64, those of IEEE 754"
#endif
#if SIZE_MAX < 0xffffffff
#error "tutee.h needs a size_t of 32 bits or more"
#endif

/** The version of the library that this header belongs to; tutee_version() says which one is linked. */
#define TUTEE_VERSION "@VERSION@"
/* The three numbers of it, for #if. */
#define TUTEE_VERSION_MAJOR @MAJOR@
#define TUTEE_VERSION_MINOR @MINOR@
#define TUTEE_VERSION_PATCH @PATCH@

/*
 * The compiler warns when a result is not looked at, and a cast to void tells it that this is meant. GCC has no such
 * attribute before C++17 and C23: its warn_unused_result does not take the cast for an answer. Whoever wants that one, or
 * none because a parser of headers knows no attributes, defines TUTEE_MUST_USE before including this file.
 */
#ifndef TUTEE_MUST_USE
#if defined(__clang__)
#define TUTEE_MUST_USE __attribute__((warn_unused_result))
#elif (defined(__cplusplus) && __cplusplus >= 201703L) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202000L)
#define TUTEE_MUST_USE [[nodiscard]]
#else
#define TUTEE_MUST_USE
#endif
#endif

#ifdef __cplusplus
#define TUTEE_SIZE(n) static_cast<size_t>(n)
#else
#define TUTEE_SIZE(n) ((size_t)(n))
#endif

/*
 * Sizes as integer constant expressions, for static arrays; all take the four sizes in the order of tutee_shape. They are
 * right for every shape that the function of the same name accepts: only the function sees that a size is zero or that a
 * product overflows.
 */

/** Elements of value[filters][features]. */
#define TUTEE_VALUE_LEN(filters, features, tokens, outputs) (TUTEE_SIZE(filters) * TUTEE_SIZE(features))
/** Elements of mixing, attention or logits [outputs][tokens]. */
#define TUTEE_MIXING_LEN(filters, features, tokens, outputs) (TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens))
/** Elements of one input x[tokens][features]. */
#define TUTEE_INPUT_LEN(filters, features, tokens, outputs) (TUTEE_SIZE(tokens) * TUTEE_SIZE(features))
/** Elements of one output y[outputs][filters]. */
#define TUTEE_OUTPUT_LEN(filters, features, tokens, outputs) (TUTEE_SIZE(outputs) * TUTEE_SIZE(filters))

/** Elements of value and mixing together. */
#define TUTEE_MODEL_LEN(filters, features, tokens, outputs) \
    (TUTEE_VALUE_LEN(filters, features, tokens, outputs) + TUTEE_MIXING_LEN(filters, features, tokens, outputs))
/** Elements that a sampler holds. */
#define TUTEE_SAMPLER_LEN(filters, features, tokens, outputs) \
    @NarrowScratchViewMut@
/** Elements that a sampler holds which makes the most of wide vector registers. */
#define TUTEE_SAMPLER_LEN_WIDE(filters, features, tokens, outputs) \
    (TUTEE_SAMPLER_LEN(filters, features, tokens, outputs) + \
     @PairsViewMut: TUTEE_SIZE((filters) <= 4 ? 32 : (filters) > 64 ? 1 : 128 / (filters))@)

/** Words (uint64_t) of a teacher: tutee_teacher_words_f32. */
#define TUTEE_TEACHER_WORDS_F32(filters, features, tokens, outputs) \
    (6 + (TUTEE_MODEL_LEN(filters, features, tokens, outputs) + 1) / 2)
/** Words (uint64_t) of a teacher: tutee_teacher_words_f64. */
#define TUTEE_TEACHER_WORDS_F64(filters, features, tokens, outputs) \
    (6 + TUTEE_MODEL_LEN(filters, features, tokens, outputs))

/** Words (uint64_t) of a student: tutee_student_words_f32. */
#define TUTEE_STUDENT_WORDS_F32(filters, features, tokens, outputs) \
    (6 + TUTEE_MODEL_LEN(filters, features, tokens, outputs))
/** Words (uint64_t) of a student: tutee_student_words_f64. */
#define TUTEE_STUDENT_WORDS_F64(filters, features, tokens, outputs) \
    (6 + 2 * TUTEE_MODEL_LEN(filters, features, tokens, outputs))

/** Words (uint64_t) of a sampler: tutee_sampler_words_f32. */
#define TUTEE_SAMPLER_WORDS_F32(filters, features, tokens, outputs) \
    (9 + (TUTEE_SAMPLER_LEN(filters, features, tokens, outputs) + 1) / 2)
/** Words (uint64_t) of a sampler: tutee_sampler_words_f64. */
#define TUTEE_SAMPLER_WORDS_F64(filters, features, tokens, outputs) \
    (9 + TUTEE_SAMPLER_LEN(filters, features, tokens, outputs))
/** Words (uint64_t) of a sampler with wide vector registers: tutee_sampler_words_wide_f32. */
#define TUTEE_SAMPLER_WORDS_WIDE_F32(filters, features, tokens, outputs) \
    (9 + (TUTEE_SAMPLER_LEN_WIDE(filters, features, tokens, outputs) + 1) / 2)
/** Words (uint64_t) of a sampler with wide vector registers: tutee_sampler_words_wide_f64. */
#define TUTEE_SAMPLER_WORDS_WIDE_F64(filters, features, tokens, outputs) \
    (9 + TUTEE_SAMPLER_LEN_WIDE(filters, features, tokens, outputs))

/** Elements of scratch for population training and measurement: tutee_population_scratch. */
#define TUTEE_POPULATION_SCRATCH(filters, features, tokens, outputs) \
    @PopulationScratchViewMut@
/** Elements of scratch for online training, enough for every other function: tutee_online_scratch. */
#define TUTEE_ONLINE_SCRATCH(filters, features, tokens, outputs) \
    @OnlineScratchViewMut@
/** Elements of scratch for online training with wide vector registers: tutee_online_scratch_wide. */
#define TUTEE_ONLINE_SCRATCH_WIDE(filters, features, tokens, outputs) \
    (TUTEE_ONLINE_SCRATCH(filters, features, tokens, outputs) + \
     @MatricesViewMut: TUTEE_SIZE((filters) <= 4 ? 32 : (filters) > 64 ? 1 : 128 / (filters))@)
/** Elements of scratch for predictions, a teacher's answers, recovery and setting W_KQ: tutee_predict_scratch. */
#define TUTEE_PREDICT_SCRATCH(filters, features, tokens, outputs) \
    (TUTEE_MIXING_LEN(filters, features, tokens, outputs) + TUTEE_SIZE(tokens))

/** Elements of scratch for the exact gradient of a group's label: tutee_label_scratch. */
#define TUTEE_LABEL_SCRATCH(filters, features, tokens, outputs) \
    @LabelScratch@

/** Elements of scratch for an exact step by another rule than gradient descent: tutee_rules_scratch. */
#define TUTEE_RULES_SCRATCH(filters, features, tokens, outputs) \
    (TUTEE_POPULATION_SCRATCH(filters, features, tokens, outputs) + \
     TUTEE_VALUE_LEN(filters, features, tokens, outputs) + 2 * TUTEE_MIXING_LEN(filters, features, tokens, outputs) + TUTEE_SIZE(tokens))
/** Elements that TUTEE_RULE_ADAM keeps: tutee_rules_kept. */
#define TUTEE_RULES_KEPT(filters, features, tokens, outputs) (2 * TUTEE_MIXING_LEN(filters, features, tokens, outputs) + 2)

/** Bytes of a snapshot: tutee_snapshot_bytes_f32. */
#define TUTEE_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs) \
    (100 + 8 * TUTEE_MODEL_LEN(filters, features, tokens, outputs))
/** Bytes of a snapshot: tutee_snapshot_bytes_f64. */
#define TUTEE_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs) \
    (100 + 16 * TUTEE_MODEL_LEN(filters, features, tokens, outputs))

/** Bytes of a snapshot with what TUTEE_RULE_ADAM keeps: tutee_snapshot_bytes_ruled_f32. */
#define TUTEE_SNAPSHOT_BYTES_RULED_F32(filters, features, tokens, outputs) \
    (TUTEE_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs) + 4 * TUTEE_RULES_KEPT(filters, features, tokens, outputs))
/** Bytes of a snapshot with what TUTEE_RULE_ADAM keeps: tutee_snapshot_bytes_ruled_f64. */
#define TUTEE_SNAPSHOT_BYTES_RULED_F64(filters, features, tokens, outputs) \
    (TUTEE_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs) + 8 * TUTEE_RULES_KEPT(filters, features, tokens, outputs))

/*
 * Sizes of a layer, likewise: after the four sizes the four choices and three widths of tutee_layer_shape, in its order.
 */

/** Elements of a token of a layer: its features, and beside them its code where tokens are concatenated. */
#define TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_SIZE(features) + ((embedding) == 1 ? TUTEE_SIZE(code_width) : TUTEE_SIZE(0)))
/** Elements of a query: those of a token, of a code, or of a vector of its own. */
#define TUTEE_LAYER_QUERY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((queries) == 0 ? TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
                    : (queries) == 1 ? TUTEE_SIZE(code_width) : TUTEE_SIZE(query_width))
/** Elements of a key: those of a token where keys and queries are merged. */
#define TUTEE_LAYER_KEY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((key_query) == 1 ? TUTEE_SIZE(key_width) : TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of position codes [tokens][code_width] that a layer holds. */
#define TUTEE_LAYER_CODES_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((codes) == 1 || (codes) == 2 ? TUTEE_SIZE(tokens) * TUTEE_SIZE(code_width) : TUTEE_SIZE(0))
/** Elements of all matrices that train whatever the codes are. */
#define TUTEE_LAYER_MATRICES_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_SIZE(filters) * TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     TUTEE_LAYER_KEY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) * TUTEE_LAYER_QUERY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     ((key_query) == 1 ? TUTEE_SIZE(key_width) * TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)))
/** Elements of the parameters of a layer and of what rounding has taken from them. */
#define TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (2 * TUTEE_LAYER_MATRICES_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     ((codes) == 2 ? 2 : 1) * TUTEE_LAYER_CODES_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** 1 where all samples share what codes alone make. */
#define TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((embedding) == 1 && (codes) == 1)
/** Elements of a token that are a sample's own. */
#define TUTEE_LAYER_OWN_TOKEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) ? TUTEE_SIZE(features) : TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of a query that are a sample's own. */
#define TUTEE_LAYER_OWN_QUERY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((queries) == 0 ? TUTEE_LAYER_OWN_TOKEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_LAYER_QUERY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of a key that are a sample's own. */
#define TUTEE_LAYER_OWN_KEY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((key_query) == 1 ? TUTEE_SIZE(key_width) : TUTEE_LAYER_OWN_TOKEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of the working memory of training a layer. */
#define TUTEE_LAYER_TRAINING_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (@Kept@ + \
     @Moving@)

/** Words (uint64_t) of a layer: tutee_layer_words_f32. */
#define TUTEE_LAYER_WORDS_F32(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (17 + (TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + TUTEE_LAYER_TRAINING_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + 1) / 2)
/** Words (uint64_t) of a layer: tutee_layer_words_f64. */
#define TUTEE_LAYER_WORDS_F64(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (17 + TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + TUTEE_LAYER_TRAINING_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of scratch for online training of a layer: tutee_layer_online_scratch. */
#define TUTEE_LAYER_ONLINE_SCRATCH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_LAYER_TRAINING_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     @Drawn@)
/** Elements of scratch for the exact gradient of selection: tutee_layer_selection_scratch. */
#define TUTEE_LAYER_SELECTION_SCRATCH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (@Sums@ + \
     @SetsMemory@)

/*
 * Sizes of a student of raw readings, likewise: after the four sizes of the readings the sum of tutee_preparation.
 */

/** Features of the student: those of the readings, and the intercept. */
#define TUTEE_RAW_FEATURES(filters, features, tokens, outputs, preparation) \
    (TUTEE_SIZE(features) + TUTEE_SIZE((preparation) & 1))
/** Tokens of the student: those of the readings, negated ones, and the spare one. */
#define TUTEE_RAW_TOKENS(filters, features, tokens, outputs, preparation) \
    (TUTEE_SIZE(tokens) * (TUTEE_SIZE(1) + TUTEE_SIZE((preparation) >> 2 & 1)) + TUTEE_SIZE((preparation) >> 1 & 1))
/** Elements of the student and of the working memory of its training. */
#define TUTEE_RAW_STUDENT_LEN(filters, features, tokens, outputs) \
    (2 * TUTEE_MODEL_LEN(filters, features, tokens, outputs) + TUTEE_SAMPLER_LEN(filters, features, tokens, outputs) + \
     @RawScratchViewMut@)
/** Elements of what is known of the readings, and of the student. */
#define TUTEE_RAW_LEN(filters, features, tokens, outputs, preparation) \
    (@StandardizerViewMut@ + \
     TUTEE_RAW_STUDENT_LEN(filters, TUTEE_RAW_FEATURES(filters, features, tokens, outputs, preparation), \
                           TUTEE_RAW_TOKENS(filters, features, tokens, outputs, preparation), outputs))
/** Words (uint64_t) of a student of raw readings: tutee_raw_words_f32. */
#define TUTEE_RAW_WORDS_F32(filters, features, tokens, outputs, preparation) \
    (21 + (TUTEE_RAW_LEN(filters, features, tokens, outputs, preparation) + 1) / 2)
/** Words (uint64_t) of a student of raw readings: tutee_raw_words_f64. */
#define TUTEE_RAW_WORDS_F64(filters, features, tokens, outputs, preparation) \
    (21 + TUTEE_RAW_LEN(filters, features, tokens, outputs, preparation))

/** Bytes of a snapshot of a student of raw readings of so many bytes a number. */
#define TUTEE_RAW_SNAPSHOT_BYTES(filters, features, tokens, outputs, preparation, width) \
    (172 + (width) * (TUTEE_INPUT_LEN(filters, features, tokens, outputs) + 3 * TUTEE_SIZE(features) + \
                      TUTEE_OUTPUT_LEN(filters, features, tokens, outputs) + 5 + \
                      2 * TUTEE_MODEL_LEN(filters, TUTEE_RAW_FEATURES(filters, features, tokens, outputs, preparation), \
                                          TUTEE_RAW_TOKENS(filters, features, tokens, outputs, preparation), outputs)))
/** Bytes of a snapshot of a student of raw readings: tutee_raw_snapshot_bytes_f32. */
#define TUTEE_RAW_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs, preparation) \
    TUTEE_RAW_SNAPSHOT_BYTES(filters, features, tokens, outputs, preparation, 4)
/** Bytes of a snapshot of a student of raw readings: tutee_raw_snapshot_bytes_f64. */
#define TUTEE_RAW_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs, preparation) \
    TUTEE_RAW_SNAPSHOT_BYTES(filters, features, tokens, outputs, preparation, 8)

/** Words (uint64_t) of a whitener: tutee_whitener_words_f32. */
#define TUTEE_WHITENER_WORDS_F32(filters, features, tokens, outputs) \
    (7 + (TUTEE_WHITENER_LEN(filters, features, tokens, outputs) + 1) / 2)
/** Words (uint64_t) of a whitener: tutee_whitener_words_f64. */
#define TUTEE_WHITENER_WORDS_F64(filters, features, tokens, outputs) \
    (7 + TUTEE_WHITENER_LEN(filters, features, tokens, outputs))
/** Elements of a whitener. */
#define TUTEE_WHITENER_LEN(filters, features, tokens, outputs) \
    @WhitenerViewMut@
/** Bytes of a snapshot of a whitener of so many bytes a number. */
#define TUTEE_WHITENER_SNAPSHOT_BYTES(filters, features, tokens, outputs, width) \
    (76 + (width) * (TUTEE_INPUT_LEN(filters, features, tokens, outputs) + 2 * TUTEE_SIZE(features) * TUTEE_SIZE(features) + \
                     TUTEE_SIZE(features) + 1))
/** Bytes of a snapshot of a whitener: tutee_whitener_snapshot_bytes_f32. */
#define TUTEE_WHITENER_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs) \
    TUTEE_WHITENER_SNAPSHOT_BYTES(filters, features, tokens, outputs, 4)
/** Bytes of a snapshot of a whitener: tutee_whitener_snapshot_bytes_f64. */
#define TUTEE_WHITENER_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs) \
    TUTEE_WHITENER_SNAPSHOT_BYTES(filters, features, tokens, outputs, 8)

/** Bytes of what a snapshot of a layer has beside its numbers. */
#define TUTEE_LAYER_SNAPSHOT_HEAD(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_SIZE(128) + ((key_query) == 1 ? TUTEE_SIZE(12) : TUTEE_SIZE(0)) + ((codes) == 1 || (codes) == 2 ? TUTEE_SIZE(12) : TUTEE_SIZE(0)))
/** Bytes of a snapshot of a layer: tutee_layer_snapshot_bytes_f32. */
#define TUTEE_LAYER_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_LAYER_SNAPSHOT_HEAD(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + 4 * TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Bytes of a snapshot of a layer: tutee_layer_snapshot_bytes_f64. */
#define TUTEE_LAYER_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_LAYER_SNAPSHOT_HEAD(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + 8 * TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
