/* For one precision; see memory.h for REAL, P and W. BITS is its suffix as a string, LARGEST its largest number. */

/* Spoils one thing in a call of one function, or of each of several. */
#define IN(name, change, status) do { spoil(name); change; refused(#change, status); } while (0)
#define EACH(names, change, status) \
    do { size_t each; for (each = 0; each < COUNT_OF(names); each++) IN(names[each], change, status); } while (0)
#define ARG(name) argument(#name)
#define NAME(name) "tutee_" #name BITS

/* Everything that a real number must not be where it has to be finite and not negative. */
#define NOT_NEGATIVE(names, number) \
    do { \
        EACH(names, number = (REAL)NAN, TUTEE_ERROR_NOT_FINITE); \
        EACH(names, number = (REAL)INFINITY, TUTEE_ERROR_NOT_FINITE); \
        EACH(names, number = -(REAL)INFINITY, TUTEE_ERROR_NOT_FINITE); \
        EACH(names, number = -1, TUTEE_ERROR_OUT_OF_RANGE); \
        EACH(names, number = -LARGEST, TUTEE_ERROR_OUT_OF_RANGE); \
    } while (0)

static const char *const P(shaped)[] = {
    NAME(teacher_init), NAME(mixing_convolution), NAME(mixing_window), NAME(mixing_cycle),
    NAME(mixing_graph), NAME(mixing_selection), NAME(mixing_group), NAME(student_init),
    NAME(sampler_init), NAME(teacher_words), NAME(student_words), NAME(sampler_words),
    NAME(sampler_words_wide), NAME(snapshot_bytes), NAME(snapshot_bytes_ruled)};
static const char *const P(activated)[] = {NAME(teacher_init), NAME(student_predict), NAME(samples_begin)};
static const char *const P(descending)[] = {NAME(population_step), NAME(population_run), NAME(samples_step),
                                            NAME(online_step), NAME(online_run), NAME(population_step_ruled),
                                            NAME(samples_step_ruled), NAME(online_step_ruled), NAME(label_step),
                                            NAME(label_run)};
static const char *const P(ruled)[] = {NAME(population_step_ruled), NAME(samples_step_ruled), NAME(online_step_ruled)};
/* Those that take what a rule kept, or give it. */
static const char *const P(saved)[] = {NAME(student_save_ruled), NAME(student_save_ruled_to), NAME(student_load_ruled)};
static const char *const P(of_student)[] = {NAME(student_save), NAME(student_save_ruled), NAME(student_save_to), NAME(student_save_ruled_to)};
static const char *const P(handing)[] = {NAME(student_save_to), NAME(student_save_ruled_to), NAME(layer_save_to), NAME(raw_save_to),
                                         NAME(whitener_save_to)};
static const char *const P(runs)[] = {NAME(population_run), NAME(online_run), NAME(label_run)};
static const char *const P(online)[] = {NAME(online_step), NAME(online_run), NAME(online_step_ruled)};

/* Each of the four sizes: none, too many. Then sizes whose products overflow. */
static void P(shapes)(const char *name, struct P(memory) *m) {
    static const uint32_t large[] = {16777217, 0x80000000u, UINT32_MAX};
    size_t k, side;
    for (side = 0; side < 4; side++) {
        uint32_t *sizes[] = {&m->shape.filters, &m->shape.features, &m->shape.tokens, &m->shape.outputs};
        spoil(name);
        *sizes[side] = 0;
        refused_at("a size of zero", (long)side, TUTEE_ERROR_ZERO, 0);
        for (k = 0; k < COUNT_OF(large); k++) {
            spoil(name);
            *sizes[side] = large[k];
            refused_at("a size that is too large", (long)side, TUTEE_ERROR_TOO_LARGE, 0);
        }
    }
#if SIZE_MAX <= 0xFFFFFFFFu
    spoil(name);
    m->shape.filters = m->shape.features = m->shape.tokens = m->shape.outputs = 16777216;
    refused("sizes whose products overflow", TUTEE_ERROR_TOO_LARGE);
#endif
}

static void P(teachers)(struct P(memory) *m) {
    size_t k;
    EACH(P(activated), ARG(slope)->r = NAN, TUTEE_ERROR_NOT_FINITE);
    EACH(P(activated), ARG(slope)->r = INFINITY, TUTEE_ERROR_NOT_FINITE);
    EACH(P(activated), ARG(slope)->r = -INFINITY, TUTEE_ERROR_NOT_FINITE);
    EACH(P(activated), ARG(slope)->r = -0.125, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(P(activated), ARG(slope)->r = 1.125, TUTEE_ERROR_OUT_OF_RANGE);
    for (k = 0; k < COUNT_OF(no_activation); k++) {
        EACH(P(activated), ARG(activation)->i = no_activation[k], TUTEE_ERROR_ENUM);
    }
    /* Where a student is saved there may be none. */
    EACH(P(of_student), ARG(slope)->r = NAN, TUTEE_ERROR_NOT_FINITE);
    EACH(P(of_student), ARG(slope)->r = 1.125, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(P(handing), m->sink.call = NULL, TUTEE_ERROR_NULL);
    EACH(P(handing), m->sink.slot = 2, TUTEE_ERROR_ENUM);
    EACH(P(handing), m->sink.slot = -1, TUTEE_ERROR_ENUM);
    for (k = 1; k < COUNT_OF(no_activation); k++) {
        EACH(P(of_student), ARG(activation)->i = no_activation[k], TUTEE_ERROR_ENUM);
    }
    spoil(NAME(student_save));
    ARG(activation)->i = TUTEE_NO_ACTIVATION;
    ARG(slope)->r = NAN;
    accepted("no activation, and a slope that is not looked at");
    /* The slope of another activation is not looked at. */
    for (k = 0; k < COUNT_OF(P(activated)); k++) {
        spoil(P(activated)[k]);
        ARG(activation)->i = TUTEE_RELU;
        ARG(slope)->r = NAN;
        accepted("a slope that is not looked at");
    }

    IN(NAME(mixing_convolution), ARG(group)->n = 0, TUTEE_ERROR_ZERO);
    IN(NAME(mixing_convolution), ARG(group)->n = 3, TUTEE_ERROR_DOES_NOT_DIVIDE);
    IN(NAME(mixing_convolution), ARG(group)->n = TOKENS + 1, TUTEE_ERROR_DOES_NOT_DIVIDE);
    IN(NAME(mixing_convolution), ARG(group)->n = SIZE_MAX, TUTEE_ERROR_DOES_NOT_DIVIDE);
    IN(NAME(mixing_convolution), (m->shape.outputs = 3, argument("its n_")->n = 3 * TOKENS), TUTEE_ERROR_OUT_OF_RANGE);
    IN(NAME(mixing_convolution), (m->shape.outputs = 1, argument("its n_")->n = 1 * TOKENS), TUTEE_ERROR_OUT_OF_RANGE);

    IN(NAME(mixing_window), m->window.grid_rows = 0, TUTEE_ERROR_ZERO);
    IN(NAME(mixing_window), m->window.grid_cols = 0, TUTEE_ERROR_ZERO);
    IN(NAME(mixing_window), m->window.window_rows = 0, TUTEE_ERROR_ZERO);
    IN(NAME(mixing_window), m->window.window_cols = 0, TUTEE_ERROR_ZERO);
    IN(NAME(mixing_window), m->window.window_rows = 3, TUTEE_ERROR_DOES_NOT_DIVIDE);
    IN(NAME(mixing_window), m->window.window_cols = UINT32_MAX, TUTEE_ERROR_DOES_NOT_DIVIDE);
    IN(NAME(mixing_window), m->window.grid_rows = 3, TUTEE_ERROR_LENGTH);
    IN(NAME(mixing_window), m->window.grid_rows = 1, TUTEE_ERROR_LENGTH);
    IN(NAME(mixing_window), (m->shape.outputs = 3, argument("its n_")->n = 3 * TOKENS), TUTEE_ERROR_OUT_OF_RANGE);
    spoil(NAME(mixing_window));
    m->window.grid_rows = m->window.grid_cols = UINT32_MAX;
    m->window.window_rows = m->window.window_cols = 1;
    refused_at("a grid of 2^64 patches", 0, TUTEE_ERROR_LENGTH, TUTEE_ERROR_TOO_LARGE);

    IN(NAME(mixing_cycle), ARG(reach)->n = 2, TUTEE_ERROR_OUT_OF_RANGE);
    IN(NAME(mixing_cycle), ARG(reach)->n = SIZE_MAX / 2, TUTEE_ERROR_OUT_OF_RANGE);
    IN(NAME(mixing_cycle), ARG(reach)->n = SIZE_MAX, TUTEE_ERROR_OUT_OF_RANGE);
    IN(NAME(mixing_cycle), (m->shape.outputs = FEW, argument("its n_")->n = FEW * TOKENS), TUTEE_ERROR_LENGTH);

    IN(NAME(mixing_graph), ARG(normalisation)->i = 3, TUTEE_ERROR_ENUM);
    IN(NAME(mixing_graph), ARG(normalisation)->i = -1, TUTEE_ERROR_ENUM);
    IN(NAME(mixing_graph), (m->shape.outputs = FEW, argument("its n_")->n = FEW * TOKENS), TUTEE_ERROR_LENGTH);
    for (k = 0; k < 2 * EDGES; k++) {
        IN(NAME(mixing_graph), m->edges[k] = TOKENS, TUTEE_ERROR_INDEX);
        IN(NAME(mixing_graph), m->edges[k] = SIZE_MAX, TUTEE_ERROR_INDEX);
        IN(NAME(mixing_graph), m->edges[k] = m->edges[k ^ 1], TUTEE_ERROR_OUT_OF_RANGE);
    }
    IN(NAME(mixing_graph), (m->edges[2] = 0, m->edges[3] = 1), TUTEE_ERROR_DUPLICATE);
    IN(NAME(mixing_graph), (m->edges[2] = 1, m->edges[3] = 0), TUTEE_ERROR_DUPLICATE);
    IN(NAME(mixing_graph), (ARG(n_edges)->n = 1, ARG(normalisation)->i = 0), TUTEE_ERROR_EMPTY_NEIGHBOURHOOD);
    IN(NAME(mixing_graph), (ARG(edges)->p = NULL, ARG(n_edges)->n = 0, ARG(normalisation)->i = 0),
       TUTEE_ERROR_EMPTY_NEIGHBOURHOOD);
    spoil(NAME(mixing_graph));
    ARG(edges)->p = NULL;
    ARG(n_edges)->n = 0;
    accepted("a graph of self-loops alone");

    IN(NAME(mixing_selection), ARG(n_tokens)->n = 0, TUTEE_ERROR_ZERO);
    IN(NAME(mixing_selection), (ARG(tokens)->p = NULL, ARG(n_tokens)->n = 0), TUTEE_ERROR_ZERO);
    for (k = 0; k < CHOSEN; k++) {
        IN(NAME(mixing_selection), m->chosen[k] = TOKENS, TUTEE_ERROR_INDEX);
        IN(NAME(mixing_selection), m->chosen[k] = SIZE_MAX, TUTEE_ERROR_INDEX);
        IN(NAME(mixing_selection), m->chosen[k] = m->chosen[k ^ 1], TUTEE_ERROR_DUPLICATE);
    }
    IN(NAME(mixing_group), ARG(group)->n = TOKENS, TUTEE_ERROR_INDEX);
    IN(NAME(mixing_group), ARG(group)->n = SIZE_MAX, TUTEE_ERROR_INDEX);
}

/* The numbers of inputs and pairs, encodings and W_KQ. */
static void P(matrices)(struct P(memory) *m) {
    static const char *const inputs[] = {NAME(teacher_answer), NAME(student_predict)};
    static const char *const pairs[] = {NAME(samples_accumulate)};
    static const char *const blocks[] = {NAME(student_get), NAME(student_set)};
    static const int32_t no_block[] = {-1, 3, 4, 5, 6, INT32_MAX, INT32_MIN};
    static const int32_t no_encoding[] = {-1, 5, INT32_MAX, INT32_MIN};
    size_t k;
    EACH(inputs, ARG(inputs)->n = 0, TUTEE_ERROR_ZERO);
    EACH(inputs, ARG(inputs)->n = PAIRS + 1, TUTEE_ERROR_LENGTH);
    EACH(inputs, ARG(inputs)->n = SIZE_MAX, TUTEE_ERROR_TOO_LARGE);
    EACH(inputs, ARG(inputs)->n = SIZE_MAX / 2 + 2, TUTEE_ERROR_TOO_LARGE);
    EACH(pairs, ARG(pairs)->n = 0, TUTEE_ERROR_ZERO);
    EACH(pairs, ARG(pairs)->n = PAIRS + 1, TUTEE_ERROR_LENGTH);
    EACH(pairs, ARG(pairs)->n = SIZE_MAX, TUTEE_ERROR_TOO_LARGE);
    EACH(pairs, ARG(pairs)->n = SIZE_MAX / 2 + 2, TUTEE_ERROR_TOO_LARGE);

    for (k = 0; k < COUNT_OF(no_encoding); k++) {
        IN(NAME(position), ARG(encoding)->i = no_encoding[k], TUTEE_ERROR_ENUM);
    }
    IN(NAME(position), ARG(tokens)->u = 0, TUTEE_ERROR_ZERO);
    IN(NAME(position), ARG(tokens)->u = 16777217, TUTEE_ERROR_TOO_LARGE);
    IN(NAME(position), ARG(tokens)->u = UINT32_MAX, TUTEE_ERROR_TOO_LARGE);
    IN(NAME(position), ARG(tokens)->u = TOKENS + 1, TUTEE_ERROR_LENGTH);
    spoil(NAME(position));
    ARG(encoding)->i = TUTEE_ENCODING_HADAMARD;
    ARG(tokens)->u = 3;
    v[4].n = 9;
    refused("three tokens in a Hadamard basis", TUTEE_ERROR_OUT_OF_RANGE);

    for (k = 0; k < COUNT_OF(no_block); k++) {
        EACH(blocks, ARG(block)->i = no_block[k], TUTEE_ERROR_ENUM);
    }
    IN(NAME(student_set), ARG(block)->i = TUTEE_ATTENTION, TUTEE_ERROR_READ_ONLY);
    EACH(blocks, ARG(block)->i = TUTEE_VALUE, TUTEE_ERROR_LENGTH);
    for (k = 0; k < TOKENS * TOKENS; k++) {
        IN(NAME(student_get_key_query), m->position[k] += (REAL)0.25, TUTEE_ERROR_NOT_ORTHONORMAL);
        /* What an embedder may do to an encoding that need not be orthonormal, but not to this size. */
        IN(NAME(student_set_key_query), m->kq[k] = LARGEST, TUTEE_ERROR_OUT_OF_RANGE);
        IN(NAME(student_set_key_query), m->position[k] = LARGEST, TUTEE_ERROR_OUT_OF_RANGE);
    }
    IN(NAME(student_get_key_query), memset(m->position, 0, sizeof m->position), TUTEE_ERROR_NOT_ORTHONORMAL);
}

static void P(training)(struct P(memory) *m) {
    static const char *const rates[] = {NAME(descent_default)};
    P(tutee_student) *student = (P(tutee_student) *)(void *)m->student;
    size_t k;
    NOT_NEGATIVE(rates, ARG(rate)->r);
    IN(NAME(source_default), ARG(batch)->u = 0, TUTEE_ERROR_ZERO);

    NOT_NEGATIVE(P(descending), m->descent.value_rate);
    NOT_NEGATIVE(P(descending), m->descent.attention_rate);
    NOT_NEGATIVE(P(descending), m->descent.value_limit);
    EACH(P(descending), m->descent.value_limit = 0, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(P(descending), m->descent.value_limit = LARGEST, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(P(descending), m->descent.compensated = 2, TUTEE_ERROR_ENUM);
    EACH(P(descending), m->descent.compensated = -1, TUTEE_ERROR_ENUM);

    NOT_NEGATIVE(P(runs), m->stop.excess_loss);
    NOT_NEGATIVE(P(runs), m->stop.gradient_norm);
    EACH(P(runs), m->stop.check_every = 0, TUTEE_ERROR_ZERO);
    EACH(P(runs), m->observer.call = NULL, TUTEE_ERROR_NULL);
    EACH(P(runs), m->observer.every = 0, TUTEE_ERROR_ZERO);

    EACH(P(online), m->source.batch = 0, TUTEE_ERROR_ZERO);
    EACH(P(online), m->source.input = -1, TUTEE_ERROR_ENUM);
    EACH(P(online), m->source.input = 8, TUTEE_ERROR_ENUM);
    EACH(P(online), m->source.input = INT32_MIN, TUTEE_ERROR_ENUM);
    NOT_NEGATIVE(P(online), m->source.noise_deviation);
    EACH(P(online), m->source.noise_mean = (REAL)NAN, TUTEE_ERROR_NOT_FINITE);
    EACH(P(online), m->source.noise_mean = (REAL)INFINITY, TUTEE_ERROR_NOT_FINITE);
    for (k = 0; k < 3; k++) {
        static const int32_t with_parameter[] = {TUTEE_STUDENT_T, TUTEE_CORRELATED, TUTEE_SHIFTED};
        EACH(P(online), (m->source.input = with_parameter[k], m->source.parameter = (REAL)NAN), TUTEE_ERROR_NOT_FINITE);
        EACH(P(online), (m->source.input = with_parameter[k], m->source.parameter = (REAL)INFINITY),
             TUTEE_ERROR_NOT_FINITE);
    }
    for (k = 0; k < 7; k++) {
        static const REAL no_degrees[] = {0, -3, 2, (REAL)3.5, 65, 1000, LARGEST};
        EACH(P(online), (m->source.input = TUTEE_STUDENT_T, m->source.parameter = no_degrees[k]),
             TUTEE_ERROR_OUT_OF_RANGE);
    }
    EACH(P(online), (m->source.input = TUTEE_CORRELATED, m->source.parameter = 1), TUTEE_ERROR_OUT_OF_RANGE);
    EACH(P(online), (m->source.input = TUTEE_CORRELATED, m->source.parameter = -1), TUTEE_ERROR_OUT_OF_RANGE);

    /* A first step that would diverge: nothing has changed, the index of the source included. */
    EACH(P(descending), m->descent.value_rate = (REAL)1e30, TUTEE_ERROR_DIVERGED);
    EACH(P(descending), m->descent.attention_rate = (REAL)1e30, TUTEE_ERROR_DIVERGED);
    EACH(P(descending), m->descent.value_limit = (REAL)1e-3, TUTEE_ERROR_DIVERGED);
    EACH(P(online), m->source.noise_mean = LARGEST, TUTEE_ERROR_DIVERGED);

    /* Rules that there are not, and those that there are without what they keep. */
    for (k = 0; k < 4; k++) {
        static const int32_t no_rule[] = {5, -1, INT32_MAX, INT32_MIN};
        EACH(P(ruled), m->rules.attention = no_rule[k], TUTEE_ERROR_ENUM);
        EACH(P(saved), ARG(rule)->i = no_rule[k], TUTEE_ERROR_ENUM);
        EACH(P(ruled), m->rules.value = no_rule[k] == 5 ? 2 : no_rule[k], TUTEE_ERROR_ENUM);
    }
    for (k = 0; k < 2; k++) {
        static const int32_t with_theta[] = {TUTEE_RULE_NORMALISED, TUTEE_RULE_POLYAK};
        EACH(P(ruled), (m->rules.attention = with_theta[k], m->rules.theta = (REAL)NAN), TUTEE_ERROR_NOT_FINITE);
        EACH(P(ruled), (m->rules.attention = with_theta[k], m->rules.theta = (REAL)INFINITY), TUTEE_ERROR_NOT_FINITE);
        EACH(P(ruled), (m->rules.attention = with_theta[k], m->rules.theta = 0), TUTEE_ERROR_OUT_OF_RANGE);
        EACH(P(ruled), (m->rules.attention = with_theta[k], m->rules.theta = -1), TUTEE_ERROR_OUT_OF_RANGE);
    }
    EACH(P(ruled), (m->rules.attention = TUTEE_RULE_POLYAK, m->rules.theta = (REAL)2.5), TUTEE_ERROR_OUT_OF_RANGE);
    EACH(P(ruled), m->rules.attention = TUTEE_RULE_MIRROR, TUTEE_ERROR_LENGTH);
    EACH(P(ruled), ARG(kept)->p = NULL, TUTEE_ERROR_NULL);
    EACH(P(saved), ARG(rule)->i = TUTEE_RULE_MIRROR, TUTEE_ERROR_LENGTH);
    IN(NAME(student_load_ruled), (ARG(rule)->i = TUTEE_RULE_MIRROR, argument("its n_")->n = 0), TUTEE_ERROR_SNAPSHOT_RULE);
    /* Such a step is too long for the value matrix to follow. */
    for (k = 0; k < COUNT_OF(P(ruled)); k++) {
        spoil(P(ruled)[k]);
        m->rules.attention = TUTEE_RULE_NORMALISED;
        m->rules.theta = 1000;
        argument("its n_")->n = 0;
        ARG(kept)->p = NULL;
        if (k == 1) accepted("a batch, whose best student nobody knows");
        else refused("a normalised step that is too long", TUTEE_ERROR_OUT_OF_RANGE);
        spoil(P(ruled)[k]);
        m->rules.attention = TUTEE_RULE_MIRROR;
        argument("its n_")->n = 0;
        ARG(kept)->p = NULL;
        accepted("a rule that keeps nothing, and no array");
    }
    /* What nobody knows of a batch of the caller's, and what is known of one that is drawn. */
    for (k = 1; k < COUNT_OF(P(ruled)); k++) {
        static const int32_t not_white[] = {TUTEE_EXPONENTIAL, TUTEE_CORRELATED, TUTEE_SHIFTED};
        spoil(P(ruled)[k]);
        m->rules.value = TUTEE_VALUE_PROJECTED;
        if (k == 1) refused("a batch of tokens that nobody knows to be white", TUTEE_ERROR_OUT_OF_RANGE);
        else accepted("the value matrix solved for from a batch that is drawn");
        spoil(P(ruled)[k]);
        m->rules.attention = TUTEE_RULE_POLYAK;
        m->rules.theta = 1;
        argument("its n_")->n = 0;
        ARG(kept)->p = NULL;
        if (k == 1) refused("a batch of which the least loss is not known", TUTEE_ERROR_OUT_OF_RANGE);
        else accepted("Polyak's step from a batch that is drawn");
        for (size_t i = 0; k == 2 && i < COUNT_OF(not_white); i++)
            IN(P(ruled)[k],
               (m->source.input = not_white[i], m->source.parameter = (REAL)0.5, m->rules.value = TUTEE_VALUE_PROJECTED),
               TUTEE_ERROR_OUT_OF_RANGE);
    }

    /* A batch for another student, or none. */
    spoil(NAME(samples_step_ruled));
    ARG(sampler)->p = m->idle_sampler;
    refused("no batch", TUTEE_ERROR_BATCH);
    spoil(NAME(samples_accumulate));
    ARG(sampler)->p = m->idle_sampler;
    refused("no batch", TUTEE_ERROR_BATCH);
    spoil(NAME(samples_merge));
    ARG(sampler)->p = m->idle_sampler;
    refused("no batch", TUTEE_ERROR_BATCH);
    spoil(NAME(samples_merge));
    argument("other")->p = m->idle_sampler;
    refused("no other batch", TUTEE_ERROR_BATCH);
    spoil(NAME(samples_merge));
    refused_at("another activation", 0, P(tutee_samples_begin)(student, argument("other")->p, TUTEE_RELU, 0) ==
               TUTEE_OK ? TUTEE_ERROR_BATCH : TUTEE_OK, 0);
    spoil(NAME(samples_merge));
    argument("other")->p = argument("sampler")->p;
    refused("a sampler with itself", TUTEE_ERROR_OVERLAP);
    spoil(NAME(samples_step));
    ARG(sampler)->p = m->idle_sampler;
    refused("no batch", TUTEE_ERROR_BATCH);
    spoil(NAME(samples_loss));
    ARG(sampler)->p = m->idle_sampler;
    refused("no batch", TUTEE_ERROR_BATCH);
    spoil(NAME(samples_step));
    refused_at("a batch without samples", 0, P(tutee_samples_begin)(student, argument("sampler")->p, TUTEE_RELU, 0) ==
               TUTEE_OK ? TUTEE_ERROR_NO_SAMPLES : TUTEE_OK, 0);
}

/* Everything that changes a student makes its batch stale, even where it leaves the same bits. */
static void P(stale)(struct P(memory) *m) {
    static const char *const users[] = {NAME(samples_accumulate), NAME(samples_step), NAME(samples_step_ruled), NAME(samples_merge)};
    static const char *const changers[] = {
        NAME(student_reset), NAME(student_set), NAME(student_set_key_query), NAME(student_load), NAME(population_step), NAME(population_run), NAME(online_step), NAME(online_run),
        NAME(population_step_ruled), NAME(online_step_ruled), NAME(student_load_ruled)};
    size_t changer, user;
    for (changer = 0; changer < COUNT_OF(changers); changer++) {
        for (user = 0; user < COUNT_OF(users); user++) {
            struct call *call = call_named(changers[changer]);
            union value legal[PARAMETERS_MAX];
            int i;
            spoil(users[user]);
            for (i = 0; i < call->count; i++) legal[i] = call->parameters[i].legal;
            if (call->make(legal) != TUTEE_OK) refused(changers[changer], TUTEE_OK);
            else refused(changers[changer], TUTEE_ERROR_BATCH);
        }
    }
    /* Another student of the same shape, and the same one at another place: the latter is the one. */
    spoil(NAME(samples_accumulate));
    memcpy(world.spare, m->student, sizeof m->student);
    ARG(student)->p = world.spare;
    accepted("a copy of the student");
    for (user = 0; user < COUNT_OF(users); user++) {
        P(tutee_student) *other;
        spoil(users[user]);
        ARG(student)->p = world.spare;
        refused(users[user], P(tutee_student_init)(world.spare, AT(W(TUTEE_STUDENT_WORDS)), &m->shape, &other) ==
                TUTEE_OK ? TUTEE_ERROR_BATCH : TUTEE_OK);
    }
}

#include "sweep_layers.h"
#include "sweep_exact.h"
#include "sweep_raws.h"

static void P(numbers)(struct P(memory) *m) {
    size_t k;
    for (k = 0; k < COUNT_OF(P(shaped)); k++) P(shapes)(P(shaped)[k], m);
    P(teachers)(m);
    P(matrices)(m);
    P(training)(m);
    P(stale)(m);
    P(layers)(m);
    P(exact)(m);
    P(raws)(m);
    P(whiteners)(m);
}

#undef IN
#undef EACH
#undef ARG
#undef NAME
#undef NOT_NEGATIVE
