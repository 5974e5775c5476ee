/* Trainings of a whole layer in one precision: from pairs with vectors that ask, codes that come with them and separate matrices, and
 * online with sets that ask and codes that are learned. In memory that is exactly as large as it must be. */

static P(tutee_layer) *P(make_layer)(const tutee_layer_shape *shape, uint64_t **words) {
    P(tutee_layer) *layer;
    P(tutee_layer_settings) settings;
    size_t n;
    MUST(P(tutee_layer_words)(shape, &n));
    *words = (uint64_t *)get(n * 8);
    MUST(P(tutee_layer_init)(*words, n, shape, &layer));
    MUST(P(tutee_layer_default)(shape, &settings));
    settings.activation = TUTEE_LEAKY_RELU;
    settings.slope = (REAL)0.125;
    settings.scale = (REAL)0.75;
    MUST(P(tutee_layer_configure)(layer, &settings));
    MUST(P(tutee_layer_start)(layer, TUTEE_START_GAUSSIAN, (REAL)0.5, 3));
    return layer;
}

/* ANSWERS are those to the first pairs: predictions, then the attention of the last. */
static void P(print_layer)(const char *training, P(tutee_layer) *layer, const REAL *y, size_t n_y) {
    REAL attention[L_OUTPUTS * L_TOKENS];
    uint64_t digest, hash = 0xCBF29CE484222325u;
    MUST(P(tutee_layer_digest)(layer, &digest));
    MUST(P(tutee_layer_get)(layer, TUTEE_ATTENTION, attention, L_OUTPUTS * L_TOKENS));
    P(feed_all)(&hash, y, n_y);
    P(feed_all)(&hash, attention, L_OUTPUTS * L_TOKENS);
    printf("layer %s %s %016llx %016llx\n", training, PRECISION, (unsigned long long)digest, (unsigned long long)hash);
}

static void P(layer_pairs)(void) {
    const tutee_layer_shape shape = {{L_FILTERS, L_FEATURES, L_TOKENS, L_OUTPUTS}, TUTEE_CONCATENATED, TUTEE_CODES_FRESH,
                                     TUTEE_SEPARATE, TUTEE_QUERIES_VECTORS, L_CODE, L_KEY, L_QUERY};
    enum { X = L_PAIRS * L_TOKENS * L_FEATURES, Q = L_PAIRS * L_OUTPUTS * L_QUERY, C = L_PAIRS * L_TOKENS * L_CODE,
           Y = L_PAIRS * L_OUTPUTS * L_FILTERS };
    REAL x[X], queries[Q], codes[C], y[Y];
    uint64_t *words, state = 1;
    P(tutee_layer) *layer = P(make_layer)(&shape, &words);
    P(tutee_descent) descent;
    int step, i;
    MUST(P(tutee_descent_default)((REAL)0.0625, &descent));
    MUST(P(tutee_layer_begin)(layer));
    for (step = 0; step < 20; step++) {
        for (i = 0; i < X; i++) x[i] = (REAL)simulate(&state);
        for (i = 0; i < Q; i++) queries[i] = (REAL)simulate(&state);
        for (i = 0; i < C; i++) codes[i] = (REAL)simulate(&state);
        for (i = 0; i < Y; i++) y[i] = (REAL)simulate(&state);
        MUST(P(tutee_layer_accumulate)(layer, L_PAIRS, x, X, NULL, 0, queries, Q, codes, C, y, Y));
        MUST(P(tutee_layer_step)(layer, &descent));
    }
    MUST(P(tutee_layer_predict)(layer, L_PAIRS, x, X, NULL, 0, queries, Q, codes, C, y, Y));
    P(print_layer)("pairs", layer, y, Y);
    free(words);
}

static void P(layer_online)(void) {
    const tutee_layer_shape shape = {{L_FILTERS, L_FEATURES, L_TOKENS, L_OUTPUTS}, TUTEE_CONCATENATED, TUTEE_CODES_LEARNED,
                                     TUTEE_MERGED, TUTEE_QUERIES_SETS, L_CODE, 0, 0};
    enum { X = L_TOKENS * L_FEATURES, S = L_OUTPUTS * L_SET, Y = L_OUTPUTS * L_FILTERS };
    static const uint32_t asked[S] = {0, 3, 2, 1, 1, 3};
    const P(tutee_labels) labels = {0, 0, TUTEE_ANSWER_SETS, 0};
    REAL x[X], y[Y], value[L_FILTERS * L_FEATURES], codes[L_TOKENS * L_CODE], *scratch;
    uint32_t sets[S];
    uint64_t *words, state = 1;
    P(tutee_layer) *layer = P(make_layer)(&shape, &words);
    P(tutee_descent) descent;
    P(tutee_source) source;
    size_t elements;
    int step, i;
    for (i = 0; i < L_FILTERS * L_FEATURES; i++) value[i] = (REAL)simulate(&state);
    MUST(P(tutee_layer_codes)(&shape, TUTEE_CODE_SINE, 0, codes, L_TOKENS * L_CODE));
    MUST(P(tutee_layer_set)(layer, TUTEE_CODES, codes, L_TOKENS * L_CODE));
    MUST(P(tutee_descent_default)((REAL)0.0625, &descent));
    MUST(P(tutee_source_default)(11, 4, &source));
    source.noise_deviation = (REAL)0.125;
    MUST(tutee_layer_online_scratch(&shape, &elements));
    scratch = (REAL *)get(elements * sizeof(REAL));
    for (step = 0; step < 20; step++) {
        MUST(P(tutee_layer_online_step)(layer, &labels, value, L_FILTERS * L_FEATURES, NULL, 0, &source, &descent, sets, S,
                                        scratch, elements));
    }
    for (i = 0; i < X; i++) x[i] = (REAL)simulate(&state);
    MUST(P(tutee_layer_predict)(layer, 1, x, X, asked, S, NULL, 0, NULL, 0, y, Y));
    P(print_layer)("online", layer, y, Y);
    free(scratch);
    free(words);
}
