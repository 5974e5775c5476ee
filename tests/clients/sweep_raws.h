/* What numbers of a student of raw readings, and of a whitener, can be wrong, for one precision; goes on from sweep_numbers.h. */

static void P(whiteners)(struct P(memory) *m) {
    static const char *const taking[] = {NAME(whitener_observe), NAME(whitener_whiten)};
    static const char *const settled[] = {NAME(whitener_whiten), NAME(whitener_restore)};
    P(tutee_whitener) *other;
    const size_t words = AT(W(TUTEE_WHITENER_WORDS)), n_x = PAIRS * AT(TUTEE_INPUT_LEN);
    size_t k, at;
    P(shapes)(NAME(whitener_words), m);
    P(shapes)(NAME(whitener_init), m);
    P(shapes)(NAME(whitener_snapshot_bytes), m);
    EACH(taking, ARG(inputs)->n = 0, TUTEE_ERROR_ZERO);
    EACH(taking, ARG(inputs)->n = SIZE_MAX / 2, TUTEE_ERROR_TOO_LARGE);
    EACH(taking, ARG(inputs)->n = 1, TUTEE_ERROR_LENGTH);
    for (k = 0; k < COUNT_OF(no_activation); k++)
        IN(NAME(whitener_observe), ARG(activation)->i = no_activation[k], TUTEE_ERROR_ENUM);
    for (at = 0; at < n_x; at++) {
        IN(NAME(whitener_observe), m->x[at] = LARGEST, TUTEE_ERROR_OUT_OF_RANGE);
        IN(NAME(whitener_observe), m->x[at] = -LARGEST / 2, TUTEE_ERROR_OUT_OF_RANGE);
    }
    IN(NAME(whitener_observe), argument("whitener")->p = m->whitener, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(settled, argument("whitener")->p = m->loose_whitener, TUTEE_ERROR_CANNOT_MOVE);
    /* In place: what is not finite before is not after. */
    IN(NAME(whitener_restore), m->out[1] = (REAL)NAN, TUTEE_ERROR_NOT_FINITE);
    IN(NAME(whitener_restore), m->scratch[2] = (REAL)INFINITY, TUTEE_ERROR_NOT_FINITE);
    /* Nothing was looked at; nothing that varies; something that hardly does. */
    for (k = 0; k < 3; k++) {
        tutee_status status;
        spoil(NAME(whitener_settle));
        status = P(tutee_whitener_init)(m->loose_whitener, words, &m->shape, &other);
        for (at = 0; at < n_x; at++) m->x[at] = 0;
        if (k == 2) m->x[0] = sizeof(REAL) == 4 ? (REAL)1e-40 : (REAL)1e-310;
        if (k && !status) status = P(tutee_whitener_observe)(other, TUTEE_IDENTITY, PAIRS, m->x, n_x);
        refused("from here nothing settles",
                status ? TUTEE_OK : k == 2 ? TUTEE_ERROR_OUT_OF_RANGE : TUTEE_ERROR_CANNOT_MOVE);
    }
    spoil(NAME(whitener_settle));
    argument("whitener")->p = m->whitener;
    accepted("settled once more");
}

static void P(raws)(struct P(memory) *m) {
    static const char *const sized[] = {NAME(raw_words), NAME(raw_init), NAME(raw_snapshot_bytes)};
    static const char *const stepping[] = {NAME(raw_step)};
    static const char *const taking[] = {NAME(raw_observe), NAME(raw_accumulate), NAME(raw_loss), NAME(raw_strayed)};
    static const char *const begun[] = {NAME(raw_accumulate), NAME(raw_step), NAME(raw_diagnose), NAME(raw_loss),
                                        NAME(raw_predict), NAME(raw_explain), NAME(raw_links), NAME(raw_save), NAME(raw_save_to), NAME(raw_merge)};
    static const int32_t none[] = {-1, 8, 9, INT32_MAX, INT32_MIN};
    P(tutee_raw) *raw = (P(tutee_raw) *)(void *)m->raw;
    const size_t n_x = PAIRS * AT(TUTEE_INPUT_LEN), n_y = PAIRS * AT(TUTEE_OUTPUT_LEN);
    REAL *numbers;
    size_t k, at;
    for (k = 0; k < COUNT_OF(sized); k++) P(shapes)(sized[k], m);
    P(shapes)(NAME(mixing_links), m);
    for (k = 0; k < COUNT_OF(none); k++) EACH(sized, ARG(preparation)->i = none[k], TUTEE_ERROR_ENUM);
    /* A token more than there may be; without it there are as many as may be. */
    EACH(sized, m->shape.tokens = 16777216, TUTEE_ERROR_TOO_LARGE);
    EACH(sized, (m->shape.tokens = 16777216, ARG(preparation)->i = TUTEE_SPARE), TUTEE_ERROR_TOO_LARGE);
    EACH(sized, (m->shape.features = 16777216, ARG(preparation)->i = TUTEE_INTERCEPT), TUTEE_ERROR_TOO_LARGE);
    for (k = 0; k < COUNT_OF(no_activation); k++) {
        IN(NAME(raw_init), ARG(activation)->i = no_activation[k], TUTEE_ERROR_ENUM);
    }
    IN(NAME(raw_init), ARG(slope)->r = NAN, TUTEE_ERROR_NOT_FINITE);
    IN(NAME(raw_init), ARG(slope)->r = INFINITY, TUTEE_ERROR_NOT_FINITE);
    IN(NAME(raw_init), ARG(slope)->r = -0.125, TUTEE_ERROR_OUT_OF_RANGE);
    IN(NAME(raw_init), ARG(slope)->r = 1.125, TUTEE_ERROR_OUT_OF_RANGE);

    NOT_NEGATIVE(stepping, m->raw_descent.value_share);
    NOT_NEGATIVE(stepping, m->raw_descent.attention_share);
    NOT_NEGATIVE(stepping, m->raw_descent.row_limit);
    NOT_NEGATIVE(stepping, m->raw_descent.loss_limit);
    EACH(stepping, m->raw_descent.value_share = 0, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(stepping, m->raw_descent.row_limit = 0, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(stepping, m->raw_descent.loss_limit = 1, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(stepping, m->raw_descent.compensated = 2, TUTEE_ERROR_ENUM);
    EACH(stepping, m->raw_descent.compensated = -1, TUTEE_ERROR_ENUM);

    /* Of another step, other readings, another activation or another preparation. */
    spoil(NAME(raw_merge));
    refused("another step", P(tutee_raw_step)((P(tutee_raw) *)(void *)m->other_raw, &m->raw_descent, &m->out_stepped) == TUTEE_OK
                                ? TUTEE_ERROR_BATCH : TUTEE_OK);
    spoil(NAME(raw_merge));
    argument("other")->p = argument("raw")->p;
    refused("an object with itself", TUTEE_ERROR_OVERLAP);
    for (k = 0; k < 3; k++) {
        static const int32_t preparations[] = {PREPARATION, PREPARATION, PREPARATION - TUTEE_SPARE};
        static const int32_t activations[] = {TUTEE_LEAKY_RELU, TUTEE_RELU, TUTEE_LEAKY_RELU};
        P(tutee_raw) *other = NULL;
        tutee_status status;
        spoil(NAME(raw_merge));
        status = P(tutee_raw_init)(m->other_raw, RAW(W(TUTEE_RAW_WORDS)), &m->shape, preparations[k], activations[k], (REAL)0.25, &other);
        if (!status) status = P(tutee_raw_observe)(other, k == 0 ? 1 : PAIRS, m->x, k == 0 ? n_x / PAIRS : n_x, m->y, k == 0 ? n_y / PAIRS : n_y);
        if (!status) status = P(tutee_raw_begin)(other);
        refused_at("another student", (long)k, status ? TUTEE_OK : k == 2 ? TUTEE_ERROR_SHAPE : TUTEE_ERROR_BATCH, 0);
    }

    EACH(taking, ARG(pairs)->n = 0, TUTEE_ERROR_ZERO);
    EACH(taking, ARG(pairs)->n = SIZE_MAX / 2, TUTEE_ERROR_TOO_LARGE);
    EACH(taking, ARG(pairs)->n = 1, TUTEE_ERROR_LENGTH);
    IN(NAME(raw_predict), ARG(inputs)->n = 0, TUTEE_ERROR_ZERO);
    IN(NAME(raw_links), ARG(n_links)->n = 0, TUTEE_ERROR_LENGTH);
    IN(NAME(raw_links), ARG(n_links)->n = AT(TUTEE_MIXING_LEN) + 1, TUTEE_ERROR_LENGTH);
    IN(NAME(mixing_links), ARG(n_links)->n = 0, TUTEE_ERROR_LENGTH);
    IN(NAME(mixing_links), ARG(n_links)->n = AT(TUTEE_MIXING_LEN) + 1, TUTEE_ERROR_LENGTH);
    spoil(NAME(mixing_links));
    argument("parts")->p = NULL;
    ARG(n_parts)->n = 0;
    accepted("no parts");
    IN(NAME(mixing_links), ARG(n_parts)->n = 1, TUTEE_ERROR_LENGTH);
    IN(NAME(mixing_links), ARG(n_parts)->n = 2 * AT(TUTEE_MIXING_LEN) - 1, TUTEE_ERROR_LENGTH);
    /* Finite numbers that no deviation can be taken of, and whose squares no type holds: in any place, of the first pair or the last. */
    for (at = 0; at < n_x + n_y; at++) {
        numbers = at < n_x ? m->x + at : m->y + (at - n_x);
        IN(NAME(raw_observe), *numbers = LARGEST, TUTEE_ERROR_OUT_OF_RANGE);
        IN(NAME(raw_observe), *numbers = -LARGEST / 2, TUTEE_ERROR_OUT_OF_RANGE);
        IN(NAME(raw_accumulate), *numbers = LARGEST, TUTEE_ERROR_NOT_FINITE);
        IN(NAME(raw_loss), *numbers = -LARGEST, TUTEE_ERROR_NOT_FINITE);
        IN(NAME(raw_strayed), *numbers = LARGEST, TUTEE_ERROR_NOT_FINITE);
    }

    /* No batch: other readings were looked at, or nothing was begun. */
    for (k = 0; k < COUNT_OF(begun); k++) {
        P(tutee_raw) *other;
        spoil(begun[k]);
        refused("readings that were looked at since",
                P(tutee_raw_observe)(raw, PAIRS, m->x, n_x, m->y, n_y) == TUTEE_OK ? TUTEE_ERROR_BATCH : TUTEE_OK);
        spoil(begun[k]);
        refused("nothing was begun",
                P(tutee_raw_init)(m->raw, RAW(W(TUTEE_RAW_WORDS)), &m->shape, PREPARATION, TUTEE_IDENTITY, 0, &other) ==
                        TUTEE_OK ? TUTEE_ERROR_BATCH : TUTEE_OK);
    }
    for (k = 0; k < 2; k++) {
        spoil(k ? NAME(raw_step) : NAME(raw_diagnose));
        refused("a batch without samples", P(tutee_raw_begin)(raw) == TUTEE_OK ? TUTEE_ERROR_NO_SAMPLES : TUTEE_OK);
    }
    /* Nothing was looked at; nothing that varies. */
    for (k = 0; k < 4; k++) {
        P(tutee_raw) *other;
        tutee_status status;
        spoil(k < 2 ? NAME(raw_begin) : NAME(raw_strayed));
        status = P(tutee_raw_init)(m->raw, RAW(W(TUTEE_RAW_WORDS)), &m->shape, PREPARATION, TUTEE_IDENTITY, 0, &other);
        for (at = 0; at < n_x; at++) m->x[at] = 1;
        if (k % 2 && !status) status = P(tutee_raw_observe)(other, PAIRS, m->x, n_x, m->y, n_y);
        refused("from here nothing moves", status ? TUTEE_OK : TUTEE_ERROR_CANNOT_MOVE);
    }
    spoil(NAME(raw_begin));
    accepted(P(tutee_raw_observe)(raw, PAIRS, m->x, n_x, m->y, n_y) == TUTEE_OK ? "begun once more" : "observed");
}
