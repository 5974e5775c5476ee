/* Exact trainings in one precision: of the label of a group, and of selection over sets that are drawn and then over all of them. In memory
 * that is exactly as large as it must be. ANSWERS are the losses at the end. */

static void P(print_exact)(const char *training, uint64_t digest, const REAL *losses, size_t n) {
    uint64_t hash = 0xCBF29CE484222325u;
    P(feed_all)(&hash, losses, n);
    printf("exact %s %s %016llx %016llx\n", training, PRECISION, (unsigned long long)digest, (unsigned long long)hash);
}

static void P(exact_label)(void) {
    const tutee_shape shape = {1, L_FEATURES, L_TOKENS, L_OUTPUTS};
    const P(tutee_group_label) label = {(REAL)0.75, (REAL)0.125, 1};
    REAL direction[L_FEATURES], losses[3], *scratch;
    uint64_t *words, state = 1, digest;
    P(tutee_student) *student;
    P(tutee_descent) descent;
    P(tutee_stop) stop;
    P(tutee_result) result;
    size_t n, elements;
    int i;
    for (i = 0; i < L_FEATURES; i++) direction[i] = (REAL)simulate(&state);
    MUST(P(tutee_student_words)(&shape, &n));
    words = (uint64_t *)get(n * 8);
    MUST(P(tutee_student_init)(words, n, &shape, &student));
    MUST(tutee_label_scratch(&shape, &elements));
    scratch = (REAL *)get(elements * sizeof(REAL));
    MUST(P(tutee_descent_default)((REAL)0.5, &descent));
    MUST(P(tutee_stop_default)(60, &stop));
    for (i = 0; i < 20; i++)
        MUST(P(tutee_label_step)(student, &label, direction, L_FEATURES, &descent, scratch, elements));
    MUST(P(tutee_label_run)(student, &label, direction, L_FEATURES, &descent, &stop, NULL, scratch, elements, &result));
    MUST(P(tutee_label_loss)(student, &label, direction, L_FEATURES, scratch, elements, &losses[0]));
    losses[1] = result.end.excess_loss;
    losses[2] = result.end.gradient_norm;
    MUST(P(tutee_student_digest)(student, &digest));
    P(print_exact)("label", digest, losses, 3);
    free(scratch);
    free(words);
}

static void P(exact_selection)(void) {
    const tutee_layer_shape shape = {{L_FILTERS, L_FEATURES, L_TOKENS, L_OUTPUTS}, TUTEE_CONCATENATED, TUTEE_CODES_FIXED,
                                     TUTEE_MERGED, TUTEE_QUERIES_SETS, L_CODE, 0, 0};
    REAL value[L_FILTERS * L_FEATURES], codes[L_TOKENS * L_CODE], losses[2], *scratch;
    uint32_t set[L_SET];
    uint64_t *words, state = 1, digest;
    P(tutee_layer) *layer;
    P(tutee_layer_settings) settings;
    P(tutee_descent) descent;
    tutee_sets drawn = {11, 0, 18}, all = {0, 0, 0};
    size_t n, elements;
    int step, i;
    for (i = 0; i < L_FILTERS * L_FEATURES; i++) value[i] = (REAL)simulate(&state);
    MUST(P(tutee_layer_words)(&shape, &n));
    words = (uint64_t *)get(n * 8);
    MUST(P(tutee_layer_init)(words, n, &shape, &layer));
    MUST(P(tutee_layer_default)(&shape, &settings));
    settings.activation = TUTEE_LEAKY_RELU;
    settings.slope = (REAL)0.125;
    settings.scale = (REAL)0.75;
    settings.trained = TUTEE_TRAIN_VALUE_CONTENT + TUTEE_TRAIN_POSITION_POSITION;
    MUST(P(tutee_layer_configure)(layer, &settings));
    MUST(P(tutee_layer_codes)(&shape, TUTEE_CODE_SINE, 0, codes, L_TOKENS * L_CODE));
    MUST(P(tutee_layer_set)(layer, TUTEE_CODES, codes, L_TOKENS * L_CODE));
    MUST(P(tutee_descent_default)((REAL)0.125, &descent));
    MUST(tutee_layer_selection_scratch(&shape, &elements));
    scratch = (REAL *)get(elements * sizeof(REAL));
    for (step = 0; step < 40; step++) {
        MUST(P(tutee_layer_selection_step)(layer, value, L_FILTERS * L_FEATURES, step < 20 ? &drawn : &all, &descent, set, L_SET,
                                           scratch, elements));
    }
    if (drawn.index != 20 * 18 || all.index != 0) {
        printf("FAILED the stream of sets stands at %lu and %lu\n", (unsigned long)drawn.index, (unsigned long)all.index);
        exit(1);
    }
    MUST(P(tutee_layer_selection_loss)(layer, value, L_FILTERS * L_FEATURES, &all, set, L_SET, scratch, elements, &losses[0]));
    MUST(P(tutee_layer_selection_loss)(layer, value, L_FILTERS * L_FEATURES, &drawn, set, L_SET, scratch, elements, &losses[1]));
    MUST(P(tutee_layer_digest)(layer, &digest));
    P(print_exact)("selection", digest, losses, 2);
    free(scratch);
    free(words);
}
