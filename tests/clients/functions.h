/*
 * Every function of one precision with legal arguments, as world.c includes it twice; see memory.h for REAL, P and W.
 * BITS is the precision as a string.
 */
#define CALL(name, ...) \
    static tutee_status P(call_##name)(const union value *v) { return P(tutee_##name)(__VA_ARGS__); }
#define R(k) ((REAL)v[k].r)
#define BEGIN(name, computes) begin("tutee_" #name BITS, P(call_##name), computes)

CALL(teacher_words, v[0].p, v[1].p)
CALL(teacher_init, v[0].p, v[1].n, v[2].p, v[3].i, R(4), v[5].p, v[6].n, v[7].p, v[8].n, v[9].p)
CALL(mixing_convolution, v[0].p, v[1].n, v[2].p, v[3].n)
CALL(mixing_window, v[0].p, v[1].p, v[2].p, v[3].n)
CALL(mixing_cycle, v[0].p, v[1].n, v[2].p, v[3].n)
CALL(mixing_graph, v[0].p, v[1].p, v[2].n, v[3].i, v[4].p, v[5].n)
CALL(mixing_selection, v[0].p, v[1].p, v[2].n, v[3].p, v[4].n)
CALL(mixing_group, v[0].p, v[1].n, v[2].p, v[3].n)
CALL(teacher_value, v[0].p, v[1].p, v[2].n)
CALL(teacher_mixing, v[0].p, v[1].p, v[2].n)
CALL(teacher_answer, v[0].p, v[1].n, v[2].p, v[3].n, v[4].p, v[5].n, v[6].p, v[7].n)
CALL(student_words, v[0].p, v[1].p)
CALL(student_init, v[0].p, v[1].n, v[2].p, v[3].p)
CALL(student_reset, v[0].p)
CALL(student_steps, v[0].p, v[1].p)
CALL(position, v[0].i, v[1].u, v[2].w, v[3].p, v[4].n)
CALL(student_get, v[0].p, v[1].i, v[2].p, v[3].n)
CALL(student_set, v[0].p, v[1].i, v[2].p, v[3].n)
CALL(student_get_key_query, v[0].p, v[1].p, v[2].n, v[3].p, v[4].n)
CALL(student_set_key_query, v[0].p, v[1].p, v[2].n, v[3].p, v[4].n, v[5].p, v[6].n)
CALL(student_predict, v[0].p, v[1].i, R(2), v[3].n, v[4].p, v[5].n, v[6].p, v[7].n, v[8].p, v[9].n)
CALL(student_measure, v[0].p, v[1].p, v[2].p, v[3].n, v[4].p)
CALL(student_recovery, v[0].p, v[1].p, v[2].p, v[3].n, v[4].p)
CALL(student_digest, v[0].p, v[1].p)
CALL(descent_default, R(0), v[1].p)
CALL(stop_default, v[0].w, v[1].p)
CALL(source_default, v[0].w, v[1].u, v[2].p)
CALL(population_step, v[0].p, v[1].p, v[2].p, v[3].p, v[4].n)
CALL(population_run, v[0].p, v[1].p, v[2].p, v[3].p, v[4].p, v[5].p, v[6].n, v[7].p)
CALL(sampler_words, v[0].p, v[1].p)
CALL(sampler_words_wide, v[0].p, v[1].p)
CALL(sampler_init, v[0].p, v[1].n, v[2].p, v[3].p)
CALL(samples_begin, v[0].p, v[1].p, v[2].i, R(3))
CALL(samples_accumulate, v[0].p, v[1].p, v[2].n, v[3].p, v[4].n, v[5].p, v[6].n)
/* What was found is written for a refusal, too: not to the world. */
static tutee_status P(call_check_numbers)(const union value *v) {
    tutee_fault fault;
    const tutee_status status = P(tutee_check_numbers)("numbers", v[0].p, v[1].n, PAIRS * AT(TUTEE_INPUT_LEN), &fault);
    return fault.status == status ? status : TUTEE_ERROR_INTERNAL;
}
CALL(samples_merge, v[0].p, v[1].p, v[2].p)
CALL(samples_loss, v[0].p, v[1].p, v[2].p)
CALL(samples_step, v[0].p, v[1].p, v[2].p)
CALL(online_step, v[0].p, v[1].p, v[2].p, v[3].p, v[4].p, v[5].n)
CALL(online_run, v[0].p, v[1].p, v[2].p, v[3].p, v[4].p, v[5].p, v[6].p, v[7].n, v[8].p)
CALL(snapshot_bytes, v[0].p, v[1].p)
CALL(student_save, v[0].p, v[1].p, v[2].i, R(3), v[4].p, v[5].n)
CALL(student_save_to, v[0].p, v[1].p, v[2].i, R(3), v[4].p)
CALL(student_load, v[0].p, v[1].p, v[2].n, v[3].p)

static void P(teacher)(const struct P(memory) *m) { object("teacher", m->teacher, sizeof m->teacher, TEACHER, 0); }
static void P(student)(const struct P(memory) *m) { object("student", m->student, sizeof m->student, STUDENT, 0); }
static void P(new_student)(const struct P(memory) *m) { object("student", m->student, sizeof m->student, STUDENT, 1); }
static void P(new_sampler)(const struct P(memory) *m) { object("sampler", m->sampler, sizeof m->sampler, SAMPLER, 1); }
static void P(descent)(const struct P(memory) *m) {
    settings("descent", &m->descent, sizeof m->descent, P(ALIGN_descent));
}
static void P(activation)(void) {
    integer("activation", TUTEE_LEAKY_RELU);
    number("slope")->r = 0.25;
}
static void P(source)(const struct P(memory) *m) {
    settings("source", &m->source, sizeof m->source, P(ALIGN_source))->written = 1;
}
static void P(inputs)(const struct P(memory) *m) {
    number("inputs")->n = PAIRS;
    reals(INPUT, "x", m->x, sizeof m->x, sizeof(REAL));
}
static void P(scratch_at)(const REAL *scratch, size_t elements) {
    reals(WORKING, "scratch", scratch, elements * sizeof(REAL), sizeof(REAL));
}
static void P(scratch)(const struct P(memory) *m, size_t elements) {
    reals(WORKING, "scratch", m->scratch, elements * sizeof(REAL), sizeof(REAL));
}
static void P(run)(const struct P(memory) *m, size_t scratch) {
    settings("stop", &m->stop, sizeof m->stop, P(ALIGN_stop));
    settings("observer", &m->observer, sizeof m->observer, P(ALIGN_observer))->optional = 1;
    P(scratch)(m, scratch);
    output("result", &m->out_result, sizeof m->out_result, P(ALIGN_result));
}

static void P(sink)(const struct P(memory) *m) { settings("sink", &m->sink, sizeof m->sink, ALIGN_sink); }
static void P(sizes)(const struct P(memory) *m) { settings("shape", &m->shape, sizeof m->shape, ALIGN_shape); }
static void P(pointer)(const char *name, const struct P(memory) *m) {
    output(name, &m->out_pointer, sizeof m->out_pointer, ALIGN_pointer);
}
static void P(size)(const char *name, const struct P(memory) *m) {
    settings("shape", &m->shape, sizeof m->shape, ALIGN_shape);
    output(name, &m->out_size, sizeof m->out_size, ALIGN_size);
}
static void P(result)(const char *name, const struct P(memory) *m, size_t elements) {
    reals(OUTPUT, name, m->out, elements * sizeof(REAL), sizeof(REAL));
}

static void P(describe_teacher)(const struct P(memory) *m) {
    BEGIN(teacher_words, 0); P(size)("words", m);
    BEGIN(teacher_init, 1);
    array(PLACE, "memory", m->place, AT(W(TUTEE_TEACHER_WORDS)), 8, ALIGN_word, "words");
    P(sizes)(m); P(activation)(); reals(INPUT, "value", m->value, sizeof m->value, sizeof(REAL));
    reals(INPUT, "mixing", m->mixing, sizeof m->mixing, sizeof(REAL)); P(pointer)("teacher", m);
    BEGIN(mixing_convolution, 1); P(sizes)(m); number("group")->n = 2; P(result)("mixing", m, AT(TUTEE_MIXING_LEN));
    BEGIN(mixing_window, 1); P(sizes)(m);
    settings("window", &m->window, sizeof m->window, ALIGN_shape); P(result)("mixing", m, AT(TUTEE_MIXING_LEN));
    BEGIN(mixing_cycle, 1); P(sizes)(m); number("reach")->n = 1; P(result)("mixing", m, AT(TUTEE_MIXING_LEN));
    BEGIN(mixing_graph, 1); P(sizes)(m);
    array(INPUT, "edges", m->edges, EDGES, 2 * sizeof(size_t), ALIGN_size, "n_edges")->length = ANY;
    integer("normalisation", TUTEE_NEIGHBOURS_AND_SELF); P(result)("mixing", m, AT(TUTEE_MIXING_LEN));
    BEGIN(mixing_selection, 1); P(sizes)(m);
    array(INPUT, "tokens", m->chosen, CHOSEN, sizeof(size_t), ALIGN_size, "n_tokens")->length = ANY;
    P(result)("mixing", m, AT(TUTEE_MIXING_LEN));
    BEGIN(mixing_group, 1); P(sizes)(m); number("group")->n = 2; P(result)("mixing", m, AT(TUTEE_MIXING_LEN));
    BEGIN(teacher_value, 0); P(teacher)(m); P(result)("value", m, AT(TUTEE_VALUE_LEN));
    BEGIN(teacher_mixing, 0); P(teacher)(m); P(result)("mixing", m, AT(TUTEE_MIXING_LEN));
    BEGIN(teacher_answer, 1); P(teacher)(m); P(inputs)(m);
    P(scratch)(m, AT(TUTEE_PREDICT_SCRATCH)); P(result)("y", m, PAIRS * AT(TUTEE_OUTPUT_LEN));
}

static void P(describe_student)(const struct P(memory) *m) {
    BEGIN(student_words, 0); P(size)("words", m);
    BEGIN(student_init, 0);
    array(PLACE, "memory", m->place, AT(W(TUTEE_STUDENT_WORDS)), 8, ALIGN_word, "words");
    settings("shape", &m->shape, sizeof m->shape, ALIGN_shape); P(pointer)("student", m);
    BEGIN(student_reset, 0); P(new_student)(m);
    BEGIN(student_steps, 0); P(student)(m); output("steps", &m->out_word, 8, ALIGN_word);
    BEGIN(position, 1); integer("encoding", TUTEE_ENCODING_RANDOM); number("tokens")->u = TOKENS;
    number("seed")->w = 7; P(result)("position", m, TOKENS * TOKENS);
    BEGIN(student_get, 1); P(student)(m); integer("block", TUTEE_ATTENTION); P(result)("out", m, AT(TUTEE_MIXING_LEN));
    BEGIN(student_set, 0); P(new_student)(m); integer("block", TUTEE_LOGITS);
    reals(INPUT, "from", m->kq, sizeof m->kq, sizeof(REAL));
    BEGIN(student_get_key_query, 1); P(student)(m);
    reals(INPUT, "position", m->position, sizeof m->position, sizeof(REAL)); P(result)("out", m, TOKENS * TOKENS);
    BEGIN(student_set_key_query, 1); P(new_student)(m);
    reals(INPUT, "position", m->position, sizeof m->position, sizeof(REAL));
    reals(INPUT, "from", m->kq, sizeof m->kq, sizeof(REAL)); P(scratch)(m, AT(TUTEE_PREDICT_SCRATCH));
    BEGIN(student_predict, 1); P(student)(m); P(activation)(); P(inputs)(m);
    P(scratch)(m, AT(TUTEE_PREDICT_SCRATCH)); P(result)("y", m, PAIRS * AT(TUTEE_OUTPUT_LEN));
    BEGIN(student_measure, 1); P(student)(m); P(teacher)(m); P(scratch)(m, AT(TUTEE_POPULATION_SCRATCH));
    output("progress", &m->out_progress, sizeof m->out_progress, P(ALIGN_progress));
    BEGIN(student_recovery, 1); P(student)(m); P(teacher)(m); P(scratch)(m, AT(TUTEE_PREDICT_SCRATCH));
    output("recovery", &m->out_recovery, sizeof m->out_recovery, P(ALIGN_recovery));
    BEGIN(student_digest, 0); P(student)(m); output("digest", &m->out_word, 8, ALIGN_word);
}

static void P(describe_training)(const struct P(memory) *m) {
    BEGIN(descent_default, 0); number("rate")->r = 0.5;
    output("descent", &m->out_descent, sizeof m->out_descent, P(ALIGN_descent));
    BEGIN(stop_default, 0); number("steps")->w = 9; output("stop", &m->out_stop, sizeof m->out_stop, P(ALIGN_stop));
    BEGIN(source_default, 0); number("seed")->w = 9; number("batch")->u = 3;
    output("source", &m->out_source, sizeof m->out_source, P(ALIGN_source));
    BEGIN(population_step, 1); P(new_student)(m); P(teacher)(m); P(descent)(m);
    P(scratch)(m, AT(TUTEE_POPULATION_SCRATCH));
    BEGIN(population_run, 1); P(new_student)(m); P(teacher)(m); P(descent)(m); P(run)(m, AT(TUTEE_POPULATION_SCRATCH));
    BEGIN(sampler_words, 0); P(size)("words", m);
    BEGIN(sampler_words_wide, 0); P(size)("words", m);
    BEGIN(sampler_init, 0);
    array(PLACE, "memory", m->place, AT(W(TUTEE_SAMPLER_WORDS)), 8, ALIGN_word, "words");
    settings("shape", &m->shape, sizeof m->shape, ALIGN_shape); P(pointer)("sampler", m);
    BEGIN(samples_begin, 1); P(new_student)(m); P(new_sampler)(m); P(activation)();
    BEGIN(samples_accumulate, 1); P(new_student)(m); P(new_sampler)(m); number("pairs")->n = PAIRS;
    reals(INPUT, "x", m->x, sizeof m->x, sizeof(REAL)); reals(INPUT, "y", m->y, sizeof m->y, sizeof(REAL));
    BEGIN(check_numbers, 0); reals(INPUT, "numbers", m->x, sizeof m->x, sizeof(REAL));
    BEGIN(samples_merge, 1); P(student)(m); P(new_sampler)(m);
    object("other", m->other_sampler, sizeof m->other_sampler, SAMPLER, 0);
    BEGIN(samples_loss, 1); object("sampler", m->sampler, sizeof m->sampler, SAMPLER, 0);
    output("count", &m->out_word, 8, ALIGN_word); output("mean_loss", &m->out_real, sizeof(REAL), P(ALIGN_real));
    BEGIN(samples_step, 1); P(new_student)(m); P(new_sampler)(m); P(descent)(m);
    BEGIN(online_step, 1); P(new_student)(m); P(teacher)(m); P(source)(m); P(descent)(m);
    P(scratch)(m, AT(TUTEE_ONLINE_SCRATCH));
    BEGIN(online_run, 1); P(new_student)(m); P(teacher)(m); P(source)(m); P(descent)(m);
    P(run)(m, AT(TUTEE_ONLINE_SCRATCH));
    BEGIN(snapshot_bytes, 0); P(size)("bytes", m);
    BEGIN(student_save, 0); P(student)(m);
    settings("stream", &m->stream, sizeof m->stream, ALIGN_stream)->optional = 1; P(activation)();
    array(OUTPUT, "bytes", m->out_snapshot, sizeof m->out_snapshot, 1, 1, "n_bytes");
    BEGIN(student_save_to, 0); P(student)(m);
    settings("stream", &m->stream, sizeof m->stream, ALIGN_stream)->optional = 1; P(activation)(); P(sink)(m);
    BEGIN(student_load, 0); P(new_student)(m);
    array(INPUT, "bytes", m->snapshot, sizeof m->snapshot, 1, 1, "n_bytes")->length = ANY;
    output("stream", &m->out_stream, sizeof m->out_stream, ALIGN_stream)->optional = 1;
}

/* The callback of the runs. */
static int32_t P(count_call)(void *user, const P(tutee_progress) *progress) {
    ++*(unsigned *)user;
    return progress->steps == 0;
}

#define MUST(call) do { if ((call) != TUTEE_OK) { printf("world: %s failed\n", #call); return 0; } } while (0)

/* Fills the memory: a student that has taken steps of every kind, a teacher, samplers with and without a batch. */
static int P(fill)(struct P(memory) *m) {
    size_t i;
    P(tutee_teacher) *teacher;
    P(tutee_student) *student;
    P(tutee_sampler) *sampler;
    const tutee_shape shape = {FILTERS, FEATURES, TOKENS, OUTPUTS}, few = {FILTERS, FEATURES, TOKENS, FEW};
    const tutee_window window = {2, 2, 1, 2};
    static const size_t edges[2 * EDGES] = {0, 1, 1, 2, 2, 3, 3, 0}, chosen[CHOSEN] = {3, 1};

    m->shape = shape;
    m->few_shape = few;
    m->window = window;
    memcpy(m->edges, edges, sizeof edges);
    memcpy(m->chosen, chosen, sizeof chosen);
    for (i = 0; i < sizeof m->value / sizeof(REAL); i++) m->value[i] = (REAL)(i * 7 % 5) / 4 - (REAL)0.375;
    for (i = 0; i < sizeof m->mixing / sizeof(REAL); i++) m->mixing[i] = (REAL)((i / TOKENS + i) % 3) / 4;
    for (i = 0; i < sizeof m->logits / sizeof(REAL); i++) m->logits[i] = (REAL)(i * 5 % 7) / 8;
    for (i = 0; i < sizeof m->kq / sizeof(REAL); i++) m->kq[i] = (REAL)(i * 3 % 7) / 8;
    for (i = 0; i < sizeof m->x / sizeof(REAL); i++) m->x[i] = (REAL)(i * 11 % 13) / 4 - 1;
    for (i = 0; i < sizeof m->y / sizeof(REAL); i++) m->y[i] = (REAL)(i * 5 % 11) / 8 - (REAL)0.5;
    MUST(P(tutee_position)(TUTEE_ENCODING_SINUSOIDAL, TOKENS, 0, m->position, TOKENS * TOKENS));

    MUST(P(tutee_descent_default)((REAL)0.25, &m->descent));
    MUST(P(tutee_source_default)(5, 3, &m->source));
    m->stream.seed = 5;
    m->stream.index = 12;
    m->observer.call = P(count_call);
    m->observer.user = &callback_calls;
    m->observer.every = 2;
    m->sink.call = take_bytes;
    m->sink.user = &callback_calls;
    m->sink.slot = 1;
    m->sink.sequence = 3;

    MUST(P(tutee_mixing_group)(&few, 1, m->scratch, AT_FEW(TUTEE_MIXING_LEN)));
    MUST(P(tutee_teacher_init)(m->few_teacher, AT_FEW(W(TUTEE_TEACHER_WORDS)), &few, TUTEE_RELU, 0, m->value,
                               AT(TUTEE_VALUE_LEN), m->scratch, AT_FEW(TUTEE_MIXING_LEN), &teacher));
    MUST(P(tutee_mixing_cycle)(&shape, 1, m->scratch, AT(TUTEE_MIXING_LEN)));
    MUST(P(tutee_teacher_init)(m->teacher, AT(W(TUTEE_TEACHER_WORDS)), &shape, TUTEE_LEAKY_RELU, (REAL)0.25, m->value,
                               AT(TUTEE_VALUE_LEN), m->scratch, AT(TUTEE_MIXING_LEN), &teacher));
    MUST(P(tutee_student_init)(m->few_student, AT_FEW(W(TUTEE_STUDENT_WORDS)), &few, &student));
    MUST(P(tutee_sampler_init)(m->few_sampler, AT_FEW(W(TUTEE_SAMPLER_WORDS)), &few, &sampler));
    MUST(P(tutee_samples_begin)(student, sampler, TUTEE_RELU, 0));
    MUST(P(tutee_sampler_init)(m->idle_sampler, AT(W(TUTEE_SAMPLER_WORDS)), &shape, &sampler));

    MUST(P(tutee_student_init)(m->student, AT(W(TUTEE_STUDENT_WORDS)), &shape, &student));
    MUST(P(tutee_sampler_init)(m->sampler, AT(W(TUTEE_SAMPLER_WORDS)), &shape, &sampler));
    for (i = 0; i < 3; i++) {
        MUST(P(tutee_population_step)(student, teacher, &m->descent, m->scratch, AT(TUTEE_POPULATION_SCRATCH)));
        MUST(P(tutee_online_step)(student, teacher, &m->source, &m->descent, m->scratch, AT(TUTEE_ONLINE_SCRATCH)));
    }
    MUST(P(tutee_samples_begin)(student, sampler, TUTEE_LEAKY_RELU, (REAL)0.25));
    MUST(P(tutee_samples_accumulate)(student, sampler, PAIRS, m->x, PAIRS * AT(TUTEE_INPUT_LEN), m->y,
                                     PAIRS * AT(TUTEE_OUTPUT_LEN)));
    memcpy(m->other_sampler, m->sampler, sizeof m->sampler);
    MUST(P(tutee_stop_default)(6 + 5, &m->stop));
    MUST(P(tutee_student_save)(student, &m->stream, TUTEE_NO_ACTIVATION, 0, m->snapshot, sizeof m->snapshot));
    memset(m->slot, 0, sizeof m->slot);
    memcpy(m->slot[0] + TUTEE_SLOT_HEADER, "whole", 5);
    MUST(tutee_slot_seal(m->slot[0], sizeof m->slot[0], UINT32_MAX));
    memset(m->scratch, POISON, sizeof m->scratch);
    return 1;
}
/* functions_layer.h and functions_raw.h go on from here. */
