/*
 * What is in the FMU, whatever version of FMI asks for it: a student that is shown a plant's pairs of input and answer, one a
 * communication step, and takes a step of gradient descent for every `batch` of them.
 *
 * fmi2.c and fmi3.c are the two doors. Sizes and value references come from observer_variables.h, which ./make writes from its
 * list of variables, the one that modelDescription.xml comes from.
 */
#ifndef OBSERVER_H
#define OBSERVER_H

#include <stddef.h>
#include <stdint.h>

#include "observer_variables.h"
#include "tutee.h"

#define SIZES(macro) macro(FILTERS, FEATURES, TOKENS, OUTPUTS)

enum {
    INPUT_LEN = TOKENS * FEATURES,
    ANSWER_LEN = OUTPUTS * FILTERS,
    VALUE_LEN = FILTERS * FEATURES,
    ATTENTION_LEN = OUTPUTS * TOKENS,
    SNAPSHOT_BYTES = SIZES(TUTEE_SNAPSHOT_BYTES_F64),
    /* A tag, what the environment sets, what it may ask for, the pairs of the batch that is open, the student. */
    PAYLOAD_BYTES = 8 + 4 * 4 + 8 * (5 + (1 + BATCH_MOST) * (INPUT_LEN + ANSWER_LEN) + ANSWER_LEN) + SNAPSHOT_BYTES,
    STATE_BYTES = TUTEE_SLOT_HEADER + PAYLOAD_BYTES
};

/* Stages of an FMU's life. */
enum { INSTANTIATED, INITIALIZING, STEPPING, TERMINATED };

/* What came of a call: DISCARDED and WRONG have changed nothing, and observer.message says why. */
typedef enum { DONE, DISCARDED, WRONG } outcome;

/* What the environment sets, and asks for: everything that variables[] knows by name. */
typedef struct {
    double time;
    double x[INPUT_LEN], y[ANSWER_LEN];
    double value_rate, attention_rate, slope;
    int32_t activation, batch;
    /* Outputs. */
    double prediction[ANSWER_LEN], loss, value[VALUE_LEN], attention[ATTENTION_LEN];
    int32_t steps, held;
    const char *digest;
    int32_t sizes[4];
} numbers;

typedef struct {
    numbers of;
    int32_t stage;
    /* The pairs of the batch that is open. The library gets them together: then nothing that a state must hold is half done. */
    double held_x[BATCH_MOST][INPUT_LEN], held_y[BATCH_MOST][ANSWER_LEN];
    uint64_t student[SIZES(TUTEE_STUDENT_WORDS_F64)];
    uint64_t sampler[SIZES(TUTEE_SAMPLER_WORDS_WIDE_F64)];
    double scratch[SIZES(TUTEE_PREDICT_SCRATCH)];
    char digest[17], message[200];
} observer;

typedef enum { REAL, INTEGER, STRING } kind;
typedef enum { CONSTANT, FIXED, TUNABLE, INPUT, OUTPUT } role;

/* A variable: `length` references from `first` on stand for its elements in FMI 2.0; in FMI 3.0 `first` stands for all of it. */
typedef struct {
    uint32_t first, length;
    kind kind;
    role role;
    size_t offset;
} variable;

/* The variable of a reference, of this kind; NULL without one. */
const variable *observer_find(kind kind, uint32_t reference);

/* Where the numbers of a variable stand. */
void *observer_at(observer *o, const variable *variable);

/* Start values, and a student that knows nothing. */
outcome observer_reset(observer *o);

/* Whether the variable may be set at this stage. */
outcome observer_may_set(observer *o, const variable *variable);

/* Takes `next` for what the environment has set, unless a setting is out of its range. */
outcome observer_set(observer *o, const numbers *next);

/* From `from` to `to`, of the stages above. */
outcome observer_enter(observer *o, int32_t from, int32_t to);

/* Takes the pair (x, y) as it stands: predicts y, then learns from it. Time moves from `now` to `now + by`. */
outcome observer_step(observer *o, double now, double by);

/* Everything that the observer is, as STATE_BYTES bytes, the same on every machine; and back. */
outcome observer_save(observer *o, uint8_t state[STATE_BYTES]);
outcome observer_load(observer *o, const uint8_t *state, size_t bytes);

/* Memory of its own (free it) with these bytes, if they are a state; NULL, and a message, if not. */
uint8_t *observer_copy_of_state(observer *o, const uint8_t *state, size_t bytes);

#endif
