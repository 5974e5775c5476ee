/* Every function of a student of raw readings, and of a whitener before it, of one precision with legal arguments; goes on from functions_layer.h. */
CALL(raw_words, v[0].p, v[1].i, v[2].p)
CALL(raw_init, v[0].p, v[1].n, v[2].p, v[3].i, v[4].i, R(5), v[6].p)
CALL(raw_observe, v[0].p, v[1].n, v[2].p, v[3].n, v[4].p, v[5].n)
CALL(raw_forget, v[0].p, v[1].w)
CALL(raw_moments, v[0].p, v[1].p, v[2].n, v[3].p, v[4].n, v[5].p, v[6].n, v[7].p)
CALL(raw_begin, v[0].p)
CALL(raw_accumulate, v[0].p, v[1].n, v[2].p, v[3].n, v[4].p, v[5].n)
CALL(raw_merge, v[0].p, v[1].p)
CALL(raw_descent_default, v[0].p)
CALL(raw_step, v[0].p, v[1].p, v[2].p)
CALL(raw_diagnose, v[0].p, v[1].p)
CALL(raw_loss, v[0].p, v[1].n, v[2].p, v[3].n, v[4].p, v[5].n, v[6].p)
CALL(raw_strayed, v[0].p, v[1].n, v[2].p, v[3].n, v[4].p, v[5].n, v[6].p)
CALL(raw_predict, v[0].p, v[1].n, v[2].p, v[3].n, v[4].p, v[5].n)
CALL(raw_explain, v[0].p, v[1].p, v[2].n, v[3].p, v[4].n, v[5].p, v[6].n)
CALL(raw_links, v[0].p, v[1].p, v[2].n)
CALL(mixing_links, v[0].p, v[1].p, v[2].n, v[3].p, v[4].n, v[5].p, v[6].n, v[7].p)
CALL(raw_snapshot_bytes, v[0].p, v[1].i, v[2].p)
CALL(raw_save, v[0].p, v[1].p, v[2].n)
CALL(raw_save_to, v[0].p, v[1].p)
CALL(raw_load, v[0].p, v[1].p, v[2].n)
CALL(whitener_words, v[0].p, v[1].p)
CALL(whitener_init, v[0].p, v[1].n, v[2].p, v[3].p)
CALL(whitener_observe, v[0].p, v[1].i, v[2].n, v[3].p, v[4].n)
CALL(whitener_settle, v[0].p)
CALL(whitener_condition, v[0].p, v[1].p)
CALL(whitener_matrix, v[0].p, v[1].p, v[2].n, v[3].p, v[4].n)
CALL(whitener_whiten, v[0].p, v[1].n, v[2].p, v[3].n, v[4].p, v[5].n)
CALL(whitener_restore, v[0].p, v[1].p, v[2].n, v[3].p, v[4].n, v[5].p, v[6].n)
CALL(whitener_snapshot_bytes, v[0].p, v[1].p)
CALL(whitener_save, v[0].p, v[1].p, v[2].n)
CALL(whitener_save_to, v[0].p, v[1].p)
CALL(whitener_load, v[0].p, v[1].p, v[2].n)

static void P(raw)(const struct P(memory) *m, int written) { object("raw", m->raw, sizeof m->raw, RAWS, written); }
static void P(recorded)(const struct P(memory) *m) {
    number("pairs")->n = PAIRS;
    reals(INPUT, "x", m->x, sizeof m->x, sizeof(REAL));
    reals(INPUT, "y", m->y, sizeof m->y, sizeof(REAL));
}
/* An array of any whole number of matrices. */
static void P(any_reals)(const char *name, const REAL *in, size_t elements) {
    struct parameter *of = array(INPUT, name, in, elements, sizeof(REAL), P(ALIGN_real), "n_parts");
    of->length = ANY;
    of->real = sizeof(REAL);
}
/* Beside the one that is called out. */
static void P(into)(const char *name, const REAL *out, size_t elements) {
    reals(OUTPUT, name, out, elements * sizeof(REAL), sizeof(REAL));
}

static void P(describe_raw)(const struct P(memory) *m) {
    BEGIN(raw_words, 0); P(sizes)(m); integer("preparation", PREPARATION);
    output("words", &m->out_size, sizeof m->out_size, ALIGN_size);
    BEGIN(raw_init, 1);
    array(PLACE, "memory", m->raw_place, RAW(W(TUTEE_RAW_WORDS)), 8, ALIGN_word, "words");
    P(sizes)(m); integer("preparation", PREPARATION); P(activation)(); P(pointer)("raw", m);
    BEGIN(raw_observe, 1); P(raw)(m, 1); P(recorded)(m);
    BEGIN(raw_forget, 1); P(raw)(m, 1); number("pairs")->w = 1;
    BEGIN(raw_moments, 0); P(raw)(m, 0); P(into)("mean", m->out, AT(TUTEE_INPUT_LEN));
    P(into)("scale", m->scratch, FEATURES); P(into)("answer_mean", m->layer_scratch, AT(TUTEE_OUTPUT_LEN));
    output("answer_scale", &m->out_real, sizeof(REAL), P(ALIGN_real));
    BEGIN(raw_begin, 1); P(raw)(m, 1);
    BEGIN(raw_accumulate, 1); P(raw)(m, 1); P(recorded)(m);
    BEGIN(raw_merge, 1); P(raw)(m, 1); object("other", m->other_raw, sizeof m->other_raw, RAWS, 0);
    BEGIN(raw_descent_default, 0);
    output("descent", &m->out_raw_descent, sizeof m->out_raw_descent, P(ALIGN_raw_descent));
    BEGIN(raw_step, 1); P(raw)(m, 1);
    settings("descent", &m->raw_descent, sizeof m->raw_descent, P(ALIGN_raw_descent));
    output("stepped", &m->out_stepped, sizeof m->out_stepped, P(ALIGN_raw_stepped));
    BEGIN(raw_diagnose, 1); P(raw)(m, 0);
    output("diagnosis", &m->out_diagnosis, sizeof m->out_diagnosis, P(ALIGN_raw_diagnosis));
    BEGIN(raw_loss, 1); P(raw)(m, 1); P(recorded)(m);
    output("fit", &m->out_fit, sizeof m->out_fit, P(ALIGN_raw_fit));
    BEGIN(raw_strayed, 1); P(raw)(m, 0); P(recorded)(m);
    output("strayed", &m->out_strayed, sizeof m->out_strayed, P(ALIGN_raw_spread));
    BEGIN(raw_predict, 1); P(raw)(m, 1); P(inputs)(m); P(result)("y", m, PAIRS * AT(TUTEE_OUTPUT_LEN));
    BEGIN(raw_explain, 1); P(raw)(m, 0); P(into)("value", m->out, AT(TUTEE_VALUE_LEN));
    P(into)("bias", m->scratch, AT(TUTEE_OUTPUT_LEN)); P(into)("mixing", m->layer_scratch, AT(TUTEE_MIXING_LEN));
    BEGIN(raw_links, 1); P(raw)(m, 0);
    array(OUTPUT, "links", m->out_links, RANKED, sizeof *m->out_links, P(ALIGN_link), "n_links")->length = ANY;
    BEGIN(mixing_links, 1); P(sizes)(m); reals(INPUT, "mixing", m->mixing, sizeof m->mixing, sizeof(REAL));
    P(any_reals)("parts", m->parts, 2 * AT(TUTEE_MIXING_LEN));
    array(OUTPUT, "links", m->out_sure, SURE, sizeof *m->out_sure, P(ALIGN_sure_link), "n_links")->length = ANY;
    output("count", &m->out_size, sizeof m->out_size, ALIGN_size);
    BEGIN(raw_snapshot_bytes, 0); P(sizes)(m); integer("preparation", PREPARATION);
    output("bytes", &m->out_size, sizeof m->out_size, ALIGN_size);
    BEGIN(raw_save, 0); P(raw)(m, 0);
    array(OUTPUT, "bytes", m->out_raw_snapshot, sizeof m->out_raw_snapshot, 1, 1, "n_bytes");
    BEGIN(raw_save_to, 0); P(raw)(m, 0); P(sink)(m);
    BEGIN(raw_load, 1); P(raw)(m, 1);
    array(INPUT, "bytes", m->raw_snapshot, sizeof m->raw_snapshot, 1, 1, "n_bytes")->length = ANY;
}

static void P(whitener)(const char *name, const uint64_t *of, int written) {
    object(name, of, AT(W(TUTEE_WHITENER_WORDS)) * 8, WHITENERS, written);
}

static void P(describe_whitener)(const struct P(memory) *m) {
    BEGIN(whitener_words, 0); P(size)("words", m);
    BEGIN(whitener_init, 0);
    array(PLACE, "memory", m->whitener_place, AT(W(TUTEE_WHITENER_WORDS)), 8, ALIGN_word, "words");
    P(sizes)(m); P(pointer)("whitener", m);
    BEGIN(whitener_observe, 1); P(whitener)("whitener", m->loose_whitener, 1); integer("activation", TUTEE_RELU); P(inputs)(m);
    BEGIN(whitener_settle, 1); P(whitener)("whitener", m->loose_whitener, 1);
    BEGIN(whitener_condition, 0); P(whitener)("whitener", m->whitener, 0);
    output("whitened", &m->out_whitened, sizeof m->out_whitened, P(ALIGN_whitened));
    BEGIN(whitener_matrix, 0); P(whitener)("whitener", m->whitener, 0); P(into)("mean", m->out, AT(TUTEE_INPUT_LEN));
    P(into)("matrix", m->scratch, FEATURES * FEATURES);
    BEGIN(whitener_whiten, 1); P(whitener)("whitener", m->whitener, 0); P(inputs)(m);
    P(into)("whitened", m->out_inputs, PAIRS * AT(TUTEE_INPUT_LEN));
    BEGIN(whitener_restore, 1); P(whitener)("whitener", m->whitener, 1); P(into)("value", m->out, AT(TUTEE_VALUE_LEN));
    P(into)("bias", m->scratch, AT(TUTEE_OUTPUT_LEN)); reals(INPUT, "mixing", m->mixing, sizeof m->mixing, sizeof(REAL));
    BEGIN(whitener_snapshot_bytes, 0); P(size)("bytes", m);
    BEGIN(whitener_save, 0); P(whitener)("whitener", m->whitener, 0);
    array(OUTPUT, "bytes", m->out_whitener_snapshot, sizeof m->out_whitener_snapshot, 1, 1, "n_bytes");
    BEGIN(whitener_save_to, 0); P(whitener)("whitener", m->whitener, 0); P(sink)(m);
    BEGIN(whitener_load, 1); P(whitener)("whitener", m->whitener, 1);
    array(INPUT, "bytes", m->whitener_snapshot, sizeof m->whitener_snapshot, 1, 1, "n_bytes")->length = ANY;
}

/* Fills the memory: two whiteners of the same inputs, one of which settles. */
static int P(fill_whiteners)(struct P(memory) *m) {
    P(tutee_whitener) *whitener, *loose;
    const size_t words = AT(W(TUTEE_WHITENER_WORDS)), n_x = PAIRS * AT(TUTEE_INPUT_LEN);
    MUST(P(tutee_whitener_init)(m->whitener, words, &m->shape, &whitener));
    MUST(P(tutee_whitener_init)(m->loose_whitener, words, &m->shape, &loose));
    MUST(P(tutee_whitener_observe)(whitener, TUTEE_IDENTITY, PAIRS, m->x, n_x));
    MUST(P(tutee_whitener_observe)(loose, TUTEE_IDENTITY, PAIRS, m->x, n_x));
    MUST(P(tutee_whitener_save)(loose, m->whitener_snapshot, sizeof m->whitener_snapshot));
    MUST(P(tutee_whitener_settle)(whitener));
    return 1;
}

/* Fills the memory: one student with a batch, after a step. */
static int P(fill_raws)(struct P(memory) *m) {
    P(tutee_raw) *raw;
    P(tutee_raw_stepped) stepped;
    size_t i;
    const tutee_known known = {0, 0, 0.5, 2, OUTPUTS, TOKENS, 64, 0, 1, 1, 0};
    m->known = known;
    for (i = 0; i < LOOKS; i++) {
        m->curve[i].step = 100 * i * i;
        m->curve[i].loss = 4.0 / (1.0 + (double)i);
    }
    for (i = 0; i < 2 * AT(TUTEE_MIXING_LEN); i++) m->parts[i] = (REAL)(i % 5) / 4;
    MUST(P(tutee_raw_descent_default)(&m->raw_descent));
    MUST(P(tutee_raw_init)(m->raw, RAW(W(TUTEE_RAW_WORDS)), &m->shape, PREPARATION, TUTEE_LEAKY_RELU, (REAL)0.25, &raw));
    MUST(P(tutee_raw_observe)(raw, PAIRS, m->x, PAIRS * AT(TUTEE_INPUT_LEN), m->y, PAIRS * AT(TUTEE_OUTPUT_LEN)));
    MUST(P(tutee_raw_begin)(raw));
    MUST(P(tutee_raw_accumulate)(raw, PAIRS, m->x, PAIRS * AT(TUTEE_INPUT_LEN), m->y, PAIRS * AT(TUTEE_OUTPUT_LEN)));
    MUST(P(tutee_raw_step)(raw, &m->raw_descent, &stepped));
    MUST(P(tutee_raw_save)(raw, m->raw_snapshot, sizeof m->raw_snapshot));
    MUST(P(tutee_raw_accumulate)(raw, PAIRS, m->x, PAIRS * AT(TUTEE_INPUT_LEN), m->y, PAIRS * AT(TUTEE_OUTPUT_LEN)));
    memcpy(m->other_raw, m->raw, sizeof m->raw);
    return 1;
}
#undef MUST
#undef CALL
#undef R
#undef BEGIN
