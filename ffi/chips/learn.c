/*
 * Eight sensors in a ring, two readings each; every answer is made of a sensor and its two neighbours. The library gets
 * pairs of readings and answers and nothing else, and finds who is whose neighbour. All memory is in static arrays.
 *
 * learn() sends what it found as text through `say`, and returns 0 when that is right. Call it from main, app_main or
 * setup; it runs once.
 */
#include <stdint.h>

#include "learn.h"
#include "tutee.h"

enum { FILTERS = 2, FEATURES = 2, TOKENS = 8, OUTPUTS = 8, BATCHES = 150, BATCH = 4 };
#define SIZES(macro) macro(FILTERS, FEATURES, TOKENS, OUTPUTS)

static uint64_t student_memory[SIZES(TUTEE_STUDENT_WORDS_F32)];
static uint64_t sampler_memory[SIZES(TUTEE_SAMPLER_WORDS_F32)];
static float x[TOKENS][FEATURES];
static float y[OUTPUTS][FILTERS];
static float attention[OUTPUTS * TOKENS];

/* Small multiples of a power of two, so that every compiler comes to the same sums. */
static float reading(void) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return ((float)(int32_t)(state >> 24) - 128.0f) / 64.0f;
}

/* Stands for what the chip measures. */
static void observe(void) {
    int place;
    for (place = 0; place < TOKENS; place++) {
        x[place][0] = reading();
        x[place][1] = reading();
    }
    for (place = 0; place < OUTPUTS; place++) {
        const float *left = x[(place + TOKENS - 1) % TOKENS], *here = x[place], *right = x[(place + 1) % TOKENS];
        float first = (left[0] + here[0] + right[0]) * 0.25f, second = (left[1] + here[1] + right[1]) * 0.25f;
        y[place][0] = first + second * 0.5f;
        y[place][1] = second - first * 0.5f;
    }
}

static void say_digest(learn_say *say, uint64_t digest) {
    char digits[17];
    int place;
    for (place = 0; place < 16; place++) digits[place] = "0123456789abcdef"[digest >> (60 - 4 * place) & 15];
    digits[16] = '\0';
    say("digest ");
    say(digits);
    say("\n");
}

static tutee_status train(tutee_student_f32 *student, tutee_sampler_f32 *sampler) {
    tutee_descent_f32 descent;
    int batch, pair;
    tutee_status status = tutee_descent_default_f32(0.5f, &descent);
    /* The attention can be taught faster than the filters. */
    descent.attention_rate = 15;
    if (status == TUTEE_OK) status = tutee_samples_begin_f32(student, sampler, TUTEE_IDENTITY, 0);
    for (batch = 0; status == TUTEE_OK && batch < BATCHES; batch++) {
        for (pair = 0; status == TUTEE_OK && pair < BATCH; pair++) {
            observe();
            status = tutee_samples_accumulate_f32(student, sampler, 1, x[0], TOKENS * FEATURES, y[0], OUTPUTS * FILTERS);
        }
        if (status == TUTEE_OK) status = tutee_samples_step_f32(student, sampler, &descent);
    }
    return status;
}

int learn(learn_say *say) {
    static const tutee_shape shape = {FILTERS, FEATURES, TOKENS, OUTPUTS};
    tutee_student_f32 *student;
    tutee_sampler_f32 *sampler;
    uint64_t digest = 0;
    int place, other, wrong = 0;
    /* Header and library belong together, and arithmetic is that of IEEE 754. */
    tutee_status status = tutee_abi_version() == TUTEE_ABI_VERSION ? tutee_float_environment() : TUTEE_ERROR_OBJECT;
    if (status == TUTEE_OK) status = tutee_student_init_f32(student_memory, SIZES(TUTEE_STUDENT_WORDS_F32), &shape, &student);
    if (status == TUTEE_OK) status = tutee_sampler_init_f32(sampler_memory, SIZES(TUTEE_SAMPLER_WORDS_F32), &shape, &sampler);
    if (status == TUTEE_OK) status = train(student, sampler);
    if (status == TUTEE_OK) status = tutee_student_digest_f32(student, &digest);
    if (status == TUTEE_OK) status = tutee_student_get_f32(student, TUTEE_ATTENTION, attention, OUTPUTS * TOKENS);
    if (status != TUTEE_OK) {
        say(tutee_status_message(status));
        say("\n");
        return 1;
    }
    /* A sensor attends to itself and its neighbours, a third each. */
    for (place = 0; place < OUTPUTS; place++) {
        for (other = 0; other < TOKENS; other++) {
            int apart = (other - place + TOKENS) % TOKENS;
            wrong += (apart <= 1 || apart == TOKENS - 1) != (attention[place * TOKENS + other] > 0.2f);
        }
    }
    say(wrong == 0 ? "all neighbours found\n" : "some neighbours were not found\n");
    say_digest(say, digest);
    return wrong != 0;
}
