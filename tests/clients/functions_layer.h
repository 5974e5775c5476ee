/* Every function of a whole layer of one precision with legal arguments; goes on from functions.h. */
CALL(layer_words, v[0].p, v[1].p)
CALL(layer_default, v[0].p, v[1].p)
CALL(layer_init, v[0].p, v[1].n, v[2].p, v[3].p)
CALL(layer_configure, v[0].p, v[1].p)
CALL(layer_configuration, v[0].p, v[1].p)
CALL(layer_codes, v[0].p, v[1].i, v[2].w, v[3].p, v[4].n)
CALL(layer_start, v[0].p, v[1].i, R(2), v[3].w)
CALL(layer_get, v[0].p, v[1].i, v[2].p, v[3].n)
CALL(layer_set, v[0].p, v[1].i, v[2].p, v[3].n)
CALL(layer_steps, v[0].p, v[1].p)
CALL(layer_digest, v[0].p, v[1].p)
CALL(layer_squares, v[0].p, v[1].i, v[2].p, v[3].n)
CALL(layer_recovery, v[0].p, v[1].p, v[2].p)
CALL(layer_begin, v[0].p)
/* Sets come with the samples of another layer: sweep_layers.h. */
CALL(layer_accumulate, v[0].p, v[1].n, v[2].p, v[3].n, NULL, 0, v[4].p, v[5].n, v[6].p, v[7].n, v[8].p, v[9].n)
CALL(layer_batch_loss, v[0].p, v[1].p, v[2].p)
CALL(layer_step, v[0].p, v[1].p)
CALL(layer_predict, v[0].p, v[1].n, v[2].p, v[3].n, v[4].p, v[5].n, NULL, 0, NULL, 0, v[6].p, v[7].n)
CALL(layer_loss, v[0].p, v[1].n, v[2].p, v[3].n, NULL, 0, v[4].p, v[5].n, v[6].p, v[7].n, v[8].p, v[9].n, v[10].p)
CALL(layer_online_step, v[0].p, v[1].p, v[2].p, v[3].n, v[4].p, v[5].n, v[6].p, v[7].p, v[8].p, v[9].n, v[10].p, v[11].n)
CALL(layer_online_loss, v[0].p, v[1].p, v[2].p, v[3].n, v[4].p, v[5].n, v[6].p, v[7].p, v[8].n, v[9].p, v[10].n, v[11].p)
CALL(layer_snapshot_bytes, v[0].p, v[1].p)
CALL(layer_save, v[0].p, v[1].p, v[2].p, v[3].n)
CALL(layer_save_to, v[0].p, v[1].p, v[2].p)
CALL(layer_load, v[0].p, v[1].p, v[2].n, v[3].p)

static void P(layer)(const struct P(memory) *m, int written) {
    object("layer", m->layer, sizeof m->layer, LAYERS, written);
}
static void P(set_layer)(const struct P(memory) *m, int written) {
    object("layer", m->set_layer, sizeof m->set_layer, LAYERS, written);
}
static void P(layer_sizes)(const struct P(memory) *m) {
    settings("shape", &m->layer_shape, sizeof m->layer_shape, ALIGN_layer_shape);
}
static void P(shown)(const struct P(memory) *m) {
    number("pairs")->n = PAIRS;
    reals(INPUT, "x", m->x, sizeof m->x, sizeof(REAL));
    reals(INPUT, "queries", m->queries, sizeof m->queries, sizeof(REAL));
    reals(INPUT, "codes", m->codes, sizeof m->codes, sizeof(REAL));
    reals(INPUT, "y", m->y, sizeof m->y, sizeof(REAL));
}
static void P(labelled)(const struct P(memory) *m) {
    settings("labels", &m->labels, sizeof m->labels, P(ALIGN_labels));
    reals(INPUT, "value", m->value, sizeof m->value, sizeof(REAL));
    reals(INPUT, "choice", m->direction, sizeof m->direction, sizeof(REAL));
}
static void P(drawn)(const struct P(memory) *m) {
    array(WORKING, "sets", m->drawn_sets, OUTPUTS * SET, sizeof(uint32_t), ALIGN_token, "n_sets")->length = ANY;
    P(scratch_at)(m->layer_scratch, SETS(TUTEE_LAYER_ONLINE_SCRATCH));
}

static void P(describe_layer)(const struct P(memory) *m) {
    BEGIN(layer_words, 0); P(layer_sizes)(m); output("words", &m->out_size, sizeof m->out_size, ALIGN_size);
    BEGIN(layer_default, 1); P(layer_sizes)(m);
    output("settings", &m->out_layer_settings, sizeof m->out_layer_settings, P(ALIGN_layer_settings));
    BEGIN(layer_init, 1);
    array(PLACE, "memory", m->layer_place, LAYER(W(TUTEE_LAYER_WORDS)), 8, ALIGN_word, "words");
    P(layer_sizes)(m); P(pointer)("layer", m);
    BEGIN(layer_configure, 0); P(layer)(m, 1);
    settings("settings", &m->layer_settings, sizeof m->layer_settings, P(ALIGN_layer_settings));
    BEGIN(layer_configuration, 0); P(layer)(m, 0);
    output("settings", &m->out_layer_settings, sizeof m->out_layer_settings, P(ALIGN_layer_settings));
    BEGIN(layer_codes, 1); P(layer_sizes)(m); integer("code", TUTEE_CODE_SIGNS); number("seed")->w = 7;
    P(result)("codes", m, TOKENS * CODE);
    BEGIN(layer_start, 1); P(layer)(m, 1); integer("start", TUTEE_START_GAUSSIAN); number("deviation")->r = 0.125;
    number("seed")->w = 7;
    BEGIN(layer_get, 0); P(layer)(m, 0); integer("block", TUTEE_VALUE); P(result)("out", m, FILTERS * (FEATURES + CODE));
    BEGIN(layer_set, 0); P(layer)(m, 1); integer("block", TUTEE_QUERIES);
    reals(INPUT, "from", m->kq, KEY * QUERY * sizeof(REAL), sizeof(REAL));
    BEGIN(layer_steps, 0); P(layer)(m, 0); output("steps", &m->out_word, 8, ALIGN_word);
    BEGIN(layer_digest, 0); P(layer)(m, 0); output("digest", &m->out_word, 8, ALIGN_word);
    BEGIN(layer_squares, 1); P(layer)(m, 0); integer("block", TUTEE_KEYS); P(result)("squares", m, 4);
    BEGIN(layer_recovery, 1); P(layer)(m, 0); P(teacher)(m);
    output("recovered", &m->out_recovered, sizeof m->out_recovered, P(ALIGN_recovered));
    BEGIN(layer_begin, 1); P(layer)(m, 1);
    BEGIN(layer_accumulate, 1); P(layer)(m, 1); P(shown)(m);
    BEGIN(layer_batch_loss, 1); P(layer)(m, 0); output("count", &m->out_word, 8, ALIGN_word);
    output("mean_loss", &m->out_real, sizeof(REAL), P(ALIGN_real));
    BEGIN(layer_step, 1); P(layer)(m, 1); P(descent)(m);
    BEGIN(layer_predict, 1); P(set_layer)(m, 1); P(inputs)(m);
    array(INPUT, "sets", m->sets, PAIRS * OUTPUTS * SET, sizeof(uint32_t), ALIGN_token, "n_sets")->length = ANY;
    P(result)("y", m, PAIRS * AT(TUTEE_OUTPUT_LEN));
    BEGIN(layer_loss, 1); P(layer)(m, 1); P(shown)(m); output("mean_loss", &m->out_real, sizeof(REAL), P(ALIGN_real));
    BEGIN(layer_online_step, 1); P(set_layer)(m, 1); P(labelled)(m); P(source)(m); P(descent)(m); P(drawn)(m);
    BEGIN(layer_online_loss, 1); P(set_layer)(m, 0); P(labelled)(m);
    settings("source", &m->source, sizeof m->source, P(ALIGN_source)); P(drawn)(m);
    output("mean_loss", &m->out_real, sizeof(REAL), P(ALIGN_real));
    BEGIN(layer_snapshot_bytes, 0); P(layer_sizes)(m); output("bytes", &m->out_size, sizeof m->out_size, ALIGN_size);
    BEGIN(layer_save, 0); P(set_layer)(m, 0);
    settings("stream", &m->stream, sizeof m->stream, ALIGN_stream)->optional = 1;
    array(OUTPUT, "bytes", m->out_layer_snapshot, sizeof m->out_layer_snapshot, 1, 1, "n_bytes");
    BEGIN(layer_save_to, 0); P(set_layer)(m, 0);
    settings("stream", &m->stream, sizeof m->stream, ALIGN_stream)->optional = 1; P(sink)(m);
    BEGIN(layer_load, 1); P(set_layer)(m, 1);
    array(INPUT, "bytes", m->set_snapshot, sizeof m->set_snapshot, 1, 1, "n_bytes")->length = ANY;
    output("stream", &m->out_stream, sizeof m->out_stream, ALIGN_stream)->optional = 1;
}

/* Fills the memory of layers: one with a batch, and one that has taken steps online. */
static int P(fill_layers)(struct P(memory) *m) {
    size_t i;
    P(tutee_layer) *layer;
    P(tutee_source) source;
    const tutee_layer_shape of_vectors = {{FILTERS, FEATURES, TOKENS, OUTPUTS}, TUTEE_CONCATENATED, TUTEE_CODES_FRESH,
                                          TUTEE_SEPARATE, TUTEE_QUERIES_VECTORS, CODE, KEY, QUERY};
    const tutee_layer_shape of_sets = {{FILTERS, FEATURES, TOKENS, OUTPUTS}, TUTEE_CONCATENATED, TUTEE_CODES_FIXED,
                                       TUTEE_MERGED, TUTEE_QUERIES_SETS, CODE, 0, 0};
    m->layer_shape = of_vectors;
    m->set_shape = of_sets;
    for (i = 0; i < PAIRS * OUTPUTS * QUERY; i++) m->queries[i] = (REAL)(i * 7 % 11) / 8 - (REAL)0.5;
    for (i = 0; i < PAIRS * TOKENS * CODE; i++) m->codes[i] = (REAL)(i * 3 % 5) / 4 - (REAL)0.5;
    for (i = 0; i < FEATURES; i++) m->direction[i] = (REAL)(i + 1) / 4;
    for (i = 0; i < PAIRS * OUTPUTS * SET; i++) m->sets[i] = (uint32_t)((i / SET + i % SET) % TOKENS);
    m->labels.temperature = (REAL)0.5;
    m->labels.flips = 0;
    m->labels.answer = TUTEE_ANSWER_WEIGHTS;
    m->labels.count = 0;

    MUST(P(tutee_layer_default)(&of_vectors, &m->layer_settings));
    m->layer_settings.activation = TUTEE_LEAKY_RELU;
    m->layer_settings.slope = (REAL)0.25;
    MUST(P(tutee_layer_init)(m->layer, LAYER(W(TUTEE_LAYER_WORDS)), &of_vectors, &layer));
    MUST(P(tutee_layer_configure)(layer, &m->layer_settings));
    MUST(P(tutee_layer_start)(layer, TUTEE_START_GAUSSIAN, (REAL)0.5, 3));
    MUST(P(tutee_layer_begin)(layer));
    for (i = 0; i < 2; i++) {
        MUST(P(tutee_layer_accumulate)(layer, PAIRS, m->x, PAIRS * AT(TUTEE_INPUT_LEN), NULL, 0, m->queries,
                                       PAIRS * OUTPUTS * QUERY, m->codes, PAIRS * TOKENS * CODE, m->y,
                                       PAIRS * AT(TUTEE_OUTPUT_LEN)));
        if (i == 0) MUST(P(tutee_layer_step)(layer, &m->descent));
    }

    MUST(P(tutee_layer_init)(m->set_layer, SETS(W(TUTEE_LAYER_WORDS)), &of_sets, &layer));
    MUST(P(tutee_layer_codes)(&of_sets, TUTEE_CODE_SINE, 0, m->scratch, TOKENS * CODE));
    MUST(P(tutee_layer_set)(layer, TUTEE_CODES, m->scratch, TOKENS * CODE));
    source = m->source;
    for (i = 0; i < 3; i++) {
        MUST(P(tutee_layer_online_step)(layer, &m->labels, m->value, AT(TUTEE_VALUE_LEN), m->direction, FEATURES, &source,
                                        &m->descent, m->drawn_sets, OUTPUTS * SET, m->layer_scratch,
                                        SETS(TUTEE_LAYER_ONLINE_SCRATCH)));
    }
    MUST(P(tutee_layer_save)(layer, &m->stream, m->set_snapshot, sizeof m->set_snapshot));
    memset(m->scratch, POISON, sizeof m->scratch);
    memset(m->layer_scratch, POISON, sizeof m->layer_scratch);
    memset(m->drawn_sets, POISON, sizeof m->drawn_sets);
    return 1;
}
/* functions_raw.h goes on from here, and undefines what all use. */
