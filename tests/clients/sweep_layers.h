/* What numbers of a layer can be wrong, for one precision; goes on from sweep_numbers.h. */

/* Every choice of a shape, and sizes that do not go together, by every function that is given one. */
static void P(layer_shapes)(struct P(memory) *m) {
    static const char *const shaped[] = {NAME(layer_words), NAME(layer_init), NAME(layer_default), NAME(layer_codes),
                                         NAME(layer_snapshot_bytes)};
    static const int32_t none[] = {-1, 3, INT32_MAX, INT32_MIN};
    size_t k;
    for (k = 0; k < COUNT_OF(none); k++) {
        EACH(shaped, m->layer_shape.embedding = none[k], TUTEE_ERROR_ENUM);
        EACH(shaped, m->layer_shape.codes = none[k] == 3 ? 4 : none[k], TUTEE_ERROR_ENUM);
        EACH(shaped, m->layer_shape.key_query = none[k], TUTEE_ERROR_ENUM);
        EACH(shaped, m->layer_shape.queries = none[k], TUTEE_ERROR_ENUM);
    }
    EACH(shaped, m->layer_shape.sizes.filters = 0, TUTEE_ERROR_ZERO);
    EACH(shaped, m->layer_shape.sizes.outputs = 16777217, TUTEE_ERROR_TOO_LARGE);
    EACH(shaped, m->layer_shape.code_width = 0, TUTEE_ERROR_ZERO);
    EACH(shaped, m->layer_shape.key_width = 0, TUTEE_ERROR_ZERO);
    EACH(shaped, m->layer_shape.query_width = 0, TUTEE_ERROR_ZERO);
    EACH(shaped, m->layer_shape.code_width = UINT32_MAX, TUTEE_ERROR_TOO_LARGE);
    EACH(shaped, m->layer_shape.key_width = UINT32_MAX, TUTEE_ERROR_TOO_LARGE);
    EACH(shaped, m->layer_shape.query_width = UINT32_MAX, TUTEE_ERROR_TOO_LARGE);
    /* A width of what there is not, codes that nothing uses or that are missing, sizes that must agree. */
    EACH(shaped, m->layer_shape.key_query = TUTEE_MERGED, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(shaped, m->layer_shape.queries = TUTEE_QUERIES_SETS, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(shaped, m->layer_shape.codes = TUTEE_CODES_NONE, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(shaped, (m->layer_shape.codes = TUTEE_CODES_NONE, m->layer_shape.code_width = 0), TUTEE_ERROR_OUT_OF_RANGE);
    EACH(shaped, m->layer_shape.embedding = TUTEE_CONTENT, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(shaped, m->layer_shape.embedding = TUTEE_ADDED, TUTEE_ERROR_LENGTH);
    EACH(shaped, (m->layer_shape.queries = TUTEE_QUERIES_TOKENS, m->layer_shape.query_width = 0,
                  m->layer_shape.sizes.outputs = 3), TUTEE_ERROR_LENGTH);
    IN(NAME(layer_codes), ARG(code)->i = 5, TUTEE_ERROR_ENUM);
    IN(NAME(layer_codes), ARG(code)->i = -1, TUTEE_ERROR_ENUM);
    IN(NAME(layer_codes), ARG(code)->i = TUTEE_CODE_IDENTITY, TUTEE_ERROR_OUT_OF_RANGE);
    IN(NAME(layer_codes), ARG(code)->i = TUTEE_CODE_ORTHONORMAL, TUTEE_ERROR_OUT_OF_RANGE);
}

static void P(layer_settings)(struct P(memory) *m) {
    static const char *const set[] = {NAME(layer_configure)};
    size_t k;
    EACH(set, m->layer_settings.scale = (REAL)NAN, TUTEE_ERROR_NOT_FINITE);
    EACH(set, m->layer_settings.scale = (REAL)INFINITY, TUTEE_ERROR_NOT_FINITE);
    EACH(set, m->layer_settings.slope = (REAL)NAN, TUTEE_ERROR_NOT_FINITE);
    EACH(set, m->layer_settings.slope = 2, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(set, m->layer_settings.activation = 3, TUTEE_ERROR_ENUM);
    EACH(set, m->layer_settings.loss = 2, TUTEE_ERROR_ENUM);
    EACH(set, m->layer_settings.loss = -1, TUTEE_ERROR_ENUM);
    /* Two filters. */
    EACH(set, (m->layer_settings.loss = TUTEE_LOGISTIC, m->layer_settings.activation = TUTEE_IDENTITY),
         TUTEE_ERROR_OUT_OF_RANGE);
    EACH(set, m->layer_settings.trained = 128, TUTEE_ERROR_ENUM);
    EACH(set, m->layer_settings.trained = -1, TUTEE_ERROR_ENUM);
    /* Codes that are not learned, queries without positions. */
    EACH(set, m->layer_settings.trained = TUTEE_TRAIN_ENCODING, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(set, m->layer_settings.trained = TUTEE_TRAIN_CONTENT_POSITION, TUTEE_ERROR_OUT_OF_RANGE);

    IN(NAME(layer_start), ARG(start)->i = 3, TUTEE_ERROR_ENUM);
    IN(NAME(layer_start), ARG(start)->i = -1, TUTEE_ERROR_ENUM);
    IN(NAME(layer_start), ARG(deviation)->r = NAN, TUTEE_ERROR_NOT_FINITE);
    IN(NAME(layer_start), ARG(deviation)->r = INFINITY, TUTEE_ERROR_NOT_FINITE);
    IN(NAME(layer_start), ARG(deviation)->r = -0.125, TUTEE_ERROR_OUT_OF_RANGE);
    for (k = 0; k < 4; k++) {
        /* No block at all, one of students, two that this layer does not have. */
        static const int32_t no_block[] = {7, TUTEE_LOGITS, TUTEE_KEY_QUERY, TUTEE_CODES};
        static const char *const blocks[] = {NAME(layer_get), NAME(layer_set), NAME(layer_squares)};
        EACH(blocks, ARG(block)->i = no_block[k], TUTEE_ERROR_ENUM);
    }
    IN(NAME(layer_set), ARG(block)->i = TUTEE_ATTENTION, TUTEE_ERROR_READ_ONLY);
    IN(NAME(layer_squares), ARG(block)->i = TUTEE_ATTENTION, TUTEE_ERROR_READ_ONLY);
    IN(NAME(layer_get), ARG(block)->i = TUTEE_ATTENTION, TUTEE_ERROR_LENGTH);
}

/* A batch that was ended by whatever changes a layer; a step without samples; a start that cannot move. */
static void P(layer_batches)(struct P(memory) *m) {
    static const char *const users[] = {NAME(layer_accumulate), NAME(layer_batch_loss), NAME(layer_step)};
    P(tutee_layer) *layer = (P(tutee_layer) *)(void *)m->layer;
    const REAL zeros[KEY * (FEATURES + CODE)] = {0};
    size_t k;
    for (k = 0; k < COUNT_OF(users); k++) {
        spoil(users[k]);
        refused("settings that were replaced",
                P(tutee_layer_configure)(layer, &m->layer_settings) == TUTEE_OK ? TUTEE_ERROR_BATCH : TUTEE_OK);
        spoil(users[k]);
        refused("a new start", P(tutee_layer_start)(layer, TUTEE_START_GAUSSIAN, 1, 1) == TUTEE_OK ? TUTEE_ERROR_BATCH
                                                                                                  : TUTEE_OK);
        spoil(users[k]);
        refused("a block that was set", P(tutee_layer_set)(layer, TUTEE_QUERIES, m->kq, KEY * QUERY) == TUTEE_OK
                                            ? TUTEE_ERROR_BATCH : TUTEE_OK);
        spoil(users[k]);
        if (k == 0) continue;
        v[0].p = m->set_layer;
        refused("a layer that is trained online, or was made by nobody's batch", TUTEE_ERROR_BATCH);
    }
    spoil(NAME(layer_step));
    refused("a batch without samples",
            P(tutee_layer_begin)(layer) == TUTEE_OK ? TUTEE_ERROR_NO_SAMPLES : TUTEE_OK);
    spoil(NAME(layer_begin));
    refused("separate matrices from zero", P(tutee_layer_start)(layer, TUTEE_START_ZERO, 0, 0) == TUTEE_OK
                                               ? TUTEE_ERROR_CANNOT_MOVE : TUTEE_OK);
    spoil(NAME(layer_begin));
    m->layer_settings.trained = 0;
    refused("nothing trains", P(tutee_layer_configure)(layer, &m->layer_settings) == TUTEE_OK ? TUTEE_ERROR_CANNOT_MOVE
                                                                                             : TUTEE_OK);
    spoil(NAME(layer_begin));
    accepted(P(tutee_layer_set)(layer, TUTEE_KEYS, zeros, KEY * (FEATURES + CODE)) == TUTEE_OK ? "one matrix of two is zero"
                                                                                             : "set");
    /* A step that would diverge. */
    IN(NAME(layer_step), m->descent.value_rate = (REAL)1e30, TUTEE_ERROR_DIVERGED);
    IN(NAME(layer_step), m->descent.value_limit = (REAL)1e-3, TUTEE_ERROR_DIVERGED);
    IN(NAME(layer_step), m->descent.compensated = 2, TUTEE_ERROR_ENUM);
    IN(NAME(layer_step), m->descent.value_rate = -1, TUTEE_ERROR_OUT_OF_RANGE);
    IN(NAME(layer_accumulate), ARG(pairs)->n = 0, TUTEE_ERROR_ZERO);
    IN(NAME(layer_loss), ARG(pairs)->n = 0, TUTEE_ERROR_ZERO);
    IN(NAME(layer_predict), ARG(inputs)->n = 0, TUTEE_ERROR_ZERO);
    IN(NAME(layer_accumulate), ARG(pairs)->n = SIZE_MAX / 2, TUTEE_ERROR_TOO_LARGE);
    /* Sets of every size that is none, with a token that is none, and with one twice. */
    IN(NAME(layer_predict), v[5].n = 0, TUTEE_ERROR_LENGTH);
    IN(NAME(layer_predict), v[5].n = PAIRS * OUTPUTS * SET - 1, TUTEE_ERROR_LENGTH);
    IN(NAME(layer_predict), v[5].n = PAIRS * OUTPUTS * SET - PAIRS, TUTEE_ERROR_LENGTH);
    for (k = 0; k < PAIRS * OUTPUTS * SET; k++) {
        IN(NAME(layer_predict), m->sets[k] = TOKENS, TUTEE_ERROR_INDEX);
        IN(NAME(layer_predict), m->sets[k] = UINT32_MAX, TUTEE_ERROR_INDEX);
        if (k % SET) IN(NAME(layer_predict), m->sets[k] = m->sets[k - 1], TUTEE_ERROR_DUPLICATE);
    }
}

static void P(layer_labels)(struct P(memory) *m) {
    static const char *const online[] = {NAME(layer_online_step), NAME(layer_online_loss)};
    size_t k, share;
    EACH(online, m->labels.answer = -1, TUTEE_ERROR_ENUM);
    EACH(online, m->labels.answer = 6, TUTEE_ERROR_ENUM);
    EACH(online, m->labels.temperature = (REAL)NAN, TUTEE_ERROR_NOT_FINITE);
    EACH(online, m->labels.temperature = 0, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(online, m->labels.flips = (REAL)NAN, TUTEE_ERROR_NOT_FINITE);
    EACH(online, m->labels.flips = (REAL)1.5, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(online, m->source.batch = 0, TUTEE_ERROR_ZERO);
    EACH(online, m->source.input = 8, TUTEE_ERROR_ENUM);
    /* No choice is taken, or one of another length; no token, or too many; a label of two filters. */
    EACH(online, m->labels.answer = TUTEE_ANSWER_SETS, TUTEE_ERROR_LENGTH);
    EACH(online, m->labels.answer = TUTEE_ANSWER_MIXING, TUTEE_ERROR_LENGTH);
    EACH(online, m->labels.answer = TUTEE_ANSWER_TOP, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(online, (m->labels.answer = TUTEE_ANSWER_TOP, m->labels.count = TOKENS + 1), TUTEE_ERROR_OUT_OF_RANGE);
    EACH(online, (m->labels.answer = TUTEE_ANSWER_GROUP, ARG(choice)->p = NULL, v[5].n = 0), TUTEE_ERROR_OUT_OF_RANGE);
    EACH(online, m->labels.answer = TUTEE_ANSWER_ATTENTION, TUTEE_ERROR_LENGTH);
    EACH(online, (m->labels.answer = TUTEE_ANSWER_ATTENTION, m->labels.count = UINT32_MAX), TUTEE_ERROR_LENGTH);
    /* Sets of another number than one for each output, and larger ones than there are tokens. */
    EACH(online, ARG(n_sets)->n = 0, TUTEE_ERROR_LENGTH);
    EACH(online, ARG(n_sets)->n = OUTPUTS + 1, TUTEE_ERROR_LENGTH);
    EACH(online, v[0].p = m->layer, TUTEE_ERROR_LENGTH);
    IN(NAME(layer_online_step), m->descent.value_rate = (REAL)1e30, TUTEE_ERROR_DIVERGED);
    for (k = 0; k < COUNT_OF(online); k++) {
        spoil(online[k]);
        m->labels.answer = TUTEE_ANSWER_SETS;
        ARG(choice)->p = NULL;
        v[5].n = 0;
        accepted("a teacher of sets");
        spoil(online[k]);
        m->labels.answer = TUTEE_ANSWER_TOP;
        m->labels.count = 2;
        accepted("a teacher of the first tokens");
        spoil(online[k]);
        m->labels.answer = TUTEE_ANSWER_MIXING;
        ARG(choice)->p = m->mixing;
        v[5].n = AT(TUTEE_MIXING_LEN);
        accepted("a teacher of fixed mixing");
        /* One row of Q, the fixed weights, and their share, of which the second is too large. */
        for (share = 0; share < 2; share++) {
            spoil(online[k]);
            m->labels.answer = TUTEE_ANSWER_ATTENTION;
            m->labels.count = 1;
            ARG(choice)->p = m->x;
            v[5].n = FEATURES + AT(TUTEE_MIXING_LEN) + 1;
            m->x[FEATURES + AT(TUTEE_MIXING_LEN)] = share ? 2 : (REAL)0.5;
            if (share)
                refused("a share above one", TUTEE_ERROR_OUT_OF_RANGE);
            else
                accepted("a teacher that is a layer");
        }
    }
}

static void P(layers)(struct P(memory) *m) {
    P(layer_shapes)(m);
    P(layer_settings)(m);
    P(layer_batches)(m);
    P(layer_labels)(m);
}
