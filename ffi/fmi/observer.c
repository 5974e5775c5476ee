#include "observer.h"

#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const tag = "TUTEEFM1";

#define AT(field) offsetof(numbers, field)
static const variable variables[] = {
    {TIME, 1, REAL, OUTPUT, AT(time)},
    {X, INPUT_LEN, REAL, INPUT, AT(x)},
    {Y, ANSWER_LEN, REAL, INPUT, AT(y)},
    {VALUE_RATE, 1, REAL, TUNABLE, AT(value_rate)},
    {ATTENTION_RATE, 1, REAL, TUNABLE, AT(attention_rate)},
    {SLOPE, 1, REAL, FIXED, AT(slope)},
    {ACTIVATION, 1, INTEGER, FIXED, AT(activation)},
    {BATCH, 1, INTEGER, FIXED, AT(batch)},
    {SIZE_FILTERS, 1, INTEGER, CONSTANT, AT(sizes[0])},
    {SIZE_FEATURES, 1, INTEGER, CONSTANT, AT(sizes[1])},
    {SIZE_TOKENS, 1, INTEGER, CONSTANT, AT(sizes[2])},
    {SIZE_OUTPUTS, 1, INTEGER, CONSTANT, AT(sizes[3])},
    {PREDICTION, ANSWER_LEN, REAL, OUTPUT, AT(prediction)},
    {LOSS, 1, REAL, OUTPUT, AT(loss)},
    {VALUE, VALUE_LEN, REAL, OUTPUT, AT(value)},
    {ATTENTION, ATTENTION_LEN, REAL, OUTPUT, AT(attention)},
    {STEPS, 1, INTEGER, OUTPUT, AT(steps)},
    {HELD, 1, INTEGER, OUTPUT, AT(held)},
    {DIGEST, 1, STRING, OUTPUT, AT(digest)},
};

const variable *observer_find(kind kind, uint32_t reference) {
    size_t i;
    for (i = 0; i < sizeof variables / sizeof *variables; i++) {
        const variable *here = &variables[i];
        if (here->kind == kind && reference >= here->first && reference - here->first < here->length) return here;
    }
    return NULL;
}

void *observer_at(observer *o, const variable *variable) { return (char *)&o->of + variable->offset; }

static tutee_student_f64 *student(observer *o) { return (tutee_student_f64 *)o->student; }

static outcome say(observer *o, outcome outcome, const char *what, const char *why) {
    snprintf(o->message, sizeof o->message, "%s: %s", what, why);
    return outcome;
}

static outcome refused(observer *o, const char *what, tutee_status status) {
    return status == TUTEE_OK ? DONE : say(o, DISCARDED, what, tutee_status_message(status));
}

/*
 * The arithmetic of IEEE 754 as it is by default, whatever the program that loaded this FMU computes with: one that was linked
 * for fast mathematics flushes small numbers, and the library would refuse to work. What was there is put back.
 */
static void enter_arithmetic(fenv_t *before) {
    fegetenv(before);
    fesetenv(FE_DFL_ENV);
}

static void leave_arithmetic(const fenv_t *before) { fesetenv(before); }

/* Brings the outputs that show the student up to date. */
static outcome show(observer *o) {
    uint64_t digest = 0, steps = 0;
    tutee_status status = tutee_student_get_f64(student(o), TUTEE_VALUE, o->of.value, VALUE_LEN);
    if (status == TUTEE_OK) status = tutee_student_get_f64(student(o), TUTEE_ATTENTION, o->of.attention, ATTENTION_LEN);
    if (status == TUTEE_OK) status = tutee_student_digest_f64(student(o), &digest);
    if (status == TUTEE_OK) status = tutee_student_steps_f64(student(o), &steps);
    snprintf(o->digest, sizeof o->digest, "%08x%08x", (unsigned)(digest >> 32), (unsigned)(digest & 0xffffffffu));
    o->of.digest = o->digest;
    o->of.steps = steps < INT32_MAX ? (int32_t)steps : INT32_MAX;
    return refused(o, "the student", status);
}

outcome observer_reset(observer *o) {
    static const tutee_shape shape = {FILTERS, FEATURES, TOKENS, OUTPUTS};
    tutee_student_f64 *student;
    tutee_sampler_f64 *sampler;
    tutee_status status;
    outcome outcome;
    fenv_t before;
    memset(o, 0, sizeof *o);
    o->of.sizes[0] = FILTERS;
    o->of.sizes[1] = FEATURES;
    o->of.sizes[2] = TOKENS;
    o->of.sizes[3] = OUTPUTS;
    o->of.value_rate = START_VALUE_RATE;
    o->of.attention_rate = START_ATTENTION_RATE;
    o->of.activation = START_ACTIVATION;
    o->of.batch = START_BATCH;
    if (tutee_abi_version() != TUTEE_ABI_VERSION) return say(o, WRONG, "tutee", "header and library do not belong together");
    enter_arithmetic(&before);
    status = tutee_student_init_f64(o->student, SIZES(TUTEE_STUDENT_WORDS_F64), &shape, &student);
    if (status == TUTEE_OK) status = tutee_sampler_init_f64(o->sampler, SIZES(TUTEE_SAMPLER_WORDS_WIDE_F64), &shape, &sampler);
    outcome = status == TUTEE_OK ? show(o) : refused(o, "sizes", status);
    leave_arithmetic(&before);
    return outcome;
}

outcome observer_may_set(observer *o, const variable *variable) {
    switch (variable->role) {
        case INPUT:
        case TUNABLE: return DONE;
        case FIXED:
            if (o->stage == INSTANTIATED || o->stage == INITIALIZING) return DONE;
            return say(o, WRONG, "set", "a fixed parameter, after initialization");
        default: return say(o, WRONG, "set", "not an input, nor a parameter");
    }
}

/* Whether these settings are such that a step can be taken with them. */
static outcome settings(observer *o, const numbers *of, tutee_descent_f64 *descent) {
    outcome outcome = refused(o, "value_rate", tutee_descent_default_f64(of->value_rate, descent));
    if (outcome == DONE) outcome = refused(o, "attention_rate", tutee_descent_default_f64(of->attention_rate, descent));
    if (outcome != DONE) return outcome;
    descent->value_rate = of->value_rate;
    if (of->batch < 1 || of->batch > BATCH_MOST) return say(o, DISCARDED, "batch", "less than 1, or more than there is memory for");
    if (of->activation < TUTEE_IDENTITY || of->activation > TUTEE_LEAKY_RELU)
        return say(o, DISCARDED, "activation", "not 0 (identity), 1 (ReLU) or 2 (leaky ReLU)");
    if (!isfinite(of->slope)) return say(o, DISCARDED, "slope", "infinite or NaN");
    return DONE;
}

outcome observer_set(observer *o, const numbers *next) {
    tutee_descent_f64 descent;
    outcome outcome = settings(o, next, &descent);
    if (outcome == DONE) o->of = *next;
    return outcome;
}

outcome observer_enter(observer *o, int32_t from, int32_t to) {
    if (o->stage != from) return say(o, WRONG, "mode", "this call does not belong here");
    if (to == STEPPING) {
        /* What only the library can say of the activation, it says before the first pair. */
        fenv_t before;
        tutee_status status;
        enter_arithmetic(&before);
        status = tutee_samples_begin_f64(student(o), (tutee_sampler_f64 *)o->sampler, o->of.activation, o->of.slope);
        leave_arithmetic(&before);
        if (status != TUTEE_OK) return refused(o, "activation or slope", status);
    }
    o->stage = to;
    return DONE;
}

/* A step along the mean gradient of the pairs that are held. */
static outcome learn(observer *o) {
    tutee_sampler_f64 *sampler = (tutee_sampler_f64 *)o->sampler;
    tutee_descent_f64 descent;
    uint64_t count;
    double loss = 0;
    const size_t pairs = (size_t)o->of.batch;
    tutee_status status;
    outcome outcome = settings(o, &o->of, &descent);
    if (outcome != DONE) return outcome;
    status = tutee_samples_begin_f64(student(o), sampler, o->of.activation, o->of.slope);
    if (status == TUTEE_OK)
        status = tutee_samples_accumulate_f64(student(o), sampler, pairs, o->held_x[0], pairs * INPUT_LEN, o->held_y[0],
                                              pairs * ANSWER_LEN);
    if (status == TUTEE_OK) status = tutee_samples_loss_f64(sampler, &count, &loss);
    if (status == TUTEE_OK) status = tutee_samples_step_f64(student(o), sampler, &descent);
    if (status != TUTEE_OK) return refused(o, "the batch's step", status);
    o->of.loss = loss;
    o->of.held = 0;
    return show(o);
}

/* Whether all numbers of an input are finite; says which is not. */
static outcome readable(observer *o, const char *name, const double *numbers, size_t n) {
    tutee_fault fault;
    char what[32];
    if (tutee_check_numbers_f64(NULL, numbers, n, n, &fault) == TUTEE_OK) return DONE;
    snprintf(what, sizeof what, "%s, element %u", name, (unsigned)fault.index + 1);
    return say(o, DISCARDED, what, tutee_status_message(fault.status));
}

static outcome take(observer *o) {
    double prediction[ANSWER_LEN];
    outcome outcome = readable(o, "x", o->of.x, INPUT_LEN);
    if (outcome == DONE) outcome = readable(o, "y", o->of.y, ANSWER_LEN);
    if (outcome == DONE)
        outcome = refused(o, "prediction",
                          tutee_student_predict_f64(student(o), o->of.activation, o->of.slope, 1, o->of.x, INPUT_LEN, o->scratch,
                                                    SIZES(TUTEE_PREDICT_SCRATCH), prediction, ANSWER_LEN));
    if (outcome != DONE) return outcome;
    memcpy(o->held_x[o->of.held], o->of.x, sizeof o->of.x);
    memcpy(o->held_y[o->of.held], o->of.y, sizeof o->of.y);
    if (o->of.held + 1 < o->of.batch) {
        o->of.held += 1;
    } else {
        outcome = learn(o);
        if (outcome != DONE) return outcome;
    }
    memcpy(o->of.prediction, prediction, sizeof prediction);
    return DONE;
}

outcome observer_step(observer *o, double now, double by) {
    fenv_t before;
    outcome outcome;
    if (o->stage != STEPPING) return say(o, WRONG, "step", "the FMU is not initialized, or terminated");
    enter_arithmetic(&before);
    outcome = take(o);
    if (outcome == DONE) o->of.time = now + by;
    leave_arithmetic(&before);
    return outcome;
}

/* ---- a state, as bytes ---- */

static void put_word(uint8_t **to, uint64_t word, int bytes) {
    int i;
    for (i = 0; i < bytes; i++) *(*to)++ = (uint8_t)(word >> (8 * i));
}

static uint64_t get_word(const uint8_t **from, int bytes) {
    uint64_t word = 0;
    int i;
    for (i = 0; i < bytes; i++) word |= (uint64_t)*(*from)++ << (8 * i);
    return word;
}

static void put(uint8_t **to, const double *numbers, size_t n) {
    for (; n > 0; n--, numbers++) {
        uint64_t word;
        memcpy(&word, numbers, sizeof word);
        put_word(to, word, 8);
    }
}

static void get(const uint8_t **from, double *numbers, size_t n) {
    for (; n > 0; n--, numbers++) {
        uint64_t word = get_word(from, 8);
        memcpy(numbers, &word, sizeof word);
    }
}

outcome observer_save(observer *o, uint8_t state[STATE_BYTES]) {
    uint8_t *to = state + TUTEE_SLOT_HEADER;
    tutee_status status;
    int i;
    memcpy(to, tag, 8);
    to += 8;
    put_word(&to, (uint32_t)o->stage, 4);
    put_word(&to, (uint32_t)o->of.activation, 4);
    put_word(&to, (uint32_t)o->of.batch, 4);
    put_word(&to, (uint32_t)o->of.held, 4);
    put(&to, &o->of.time, 1);
    put(&to, &o->of.value_rate, 1);
    put(&to, &o->of.attention_rate, 1);
    put(&to, &o->of.slope, 1);
    put(&to, &o->of.loss, 1);
    put(&to, o->of.x, INPUT_LEN);
    put(&to, o->of.y, ANSWER_LEN);
    put(&to, o->of.prediction, ANSWER_LEN);
    for (i = 0; i < BATCH_MOST; i++) {
        /* What is not held is zero: equal states have equal bytes. */
        if (i >= o->of.held) {
            memset(o->held_x[i], 0, sizeof o->held_x[i]);
            memset(o->held_y[i], 0, sizeof o->held_y[i]);
        }
        put(&to, o->held_x[i], INPUT_LEN);
        put(&to, o->held_y[i], ANSWER_LEN);
    }
    status = tutee_student_save_f64(student(o), NULL, o->of.activation, o->of.slope, to, SNAPSHOT_BYTES);
    if (status == TUTEE_OK) status = tutee_slot_seal(state, STATE_BYTES, 0);
    return refused(o, "state", status);
}

static outcome load(observer *o, const uint8_t *state, size_t bytes) {
    static const uint8_t nothing[TUTEE_SLOT_HEADER] = {0};
    const uint8_t *from = state + TUTEE_SLOT_HEADER;
    tutee_slots slots;
    tutee_descent_f64 descent;
    numbers next = o->of;
    outcome outcome;
    int32_t stage;
    int i;
    tutee_status status = tutee_slots_inspect(state, bytes, nothing, sizeof nothing, &slots);
    if (status != TUTEE_OK) return refused(o, "state", status);
    if (bytes != STATE_BYTES || slots.newest != 0 || slots.payload_bytes != PAYLOAD_BYTES || memcmp(from, tag, 8) != 0)
        return say(o, DISCARDED, "state", "not one of an observer of these sizes, or altered");
    from += 8;
    stage = (int32_t)get_word(&from, 4);
    next.activation = (int32_t)get_word(&from, 4);
    next.batch = (int32_t)get_word(&from, 4);
    next.held = (int32_t)get_word(&from, 4);
    get(&from, &next.time, 1);
    get(&from, &next.value_rate, 1);
    get(&from, &next.attention_rate, 1);
    get(&from, &next.slope, 1);
    get(&from, &next.loss, 1);
    get(&from, next.x, INPUT_LEN);
    get(&from, next.y, ANSWER_LEN);
    get(&from, next.prediction, ANSWER_LEN);
    outcome = settings(o, &next, &descent);
    if (outcome == DONE && (stage < INSTANTIATED || stage > TERMINATED || next.held < 0 || next.held >= next.batch))
        outcome = say(o, DISCARDED, "state", "numbers that no observer has");
    if (outcome == DONE)
        outcome = refused(o, "state", tutee_student_load_f64(student(o), state + STATE_BYTES - SNAPSHOT_BYTES, SNAPSHOT_BYTES, NULL));
    if (outcome != DONE) return outcome;
    for (i = 0; i < BATCH_MOST; i++) {
        get(&from, o->held_x[i], INPUT_LEN);
        get(&from, o->held_y[i], ANSWER_LEN);
    }
    o->of = next;
    o->stage = stage;
    return show(o);
}

outcome observer_load(observer *o, const uint8_t *state, size_t bytes) {
    fenv_t before;
    outcome outcome;
    enter_arithmetic(&before);
    outcome = load(o, state, bytes);
    leave_arithmetic(&before);
    return outcome;
}

uint8_t *observer_copy_of_state(observer *o, const uint8_t *state, size_t bytes) {
    /* Read by an observer that nobody needs, so that what is no state is refused here, and changes nothing. */
    observer *spare = malloc(sizeof *spare);
    uint8_t *copy = malloc(STATE_BYTES);
    outcome outcome = WRONG;
    if (spare == NULL || copy == NULL) {
        say(o, WRONG, "state", "no memory");
    } else {
        outcome = observer_reset(spare);
        if (outcome == DONE) outcome = observer_load(spare, state, bytes);
        memcpy(o->message, spare->message, sizeof o->message);
    }
    free(spare);
    if (outcome == DONE) {
        memcpy(copy, state, STATE_BYTES);
        return copy;
    }
    free(copy);
    return NULL;
}
