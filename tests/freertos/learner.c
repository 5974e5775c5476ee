#include "learner.h"

enum { BATCHES = 60, BATCH = 4 };

/* Small multiples of a power of two, so that every compiler comes to the same sums. */
static float reading(learner *l) {
    l->state = l->state * 1664525u + 1013904223u;
    return ((float)(int32_t)(l->state >> 24) - 128.0f) / 64.0f;
}

/* Each sensor answers with what its right neighbour reads. */
static void observe(learner *l) {
    int place, entry;
    for (place = 0; place < TOKENS; place++) {
        for (entry = 0; entry < FEATURES; entry++) l->x[place][entry] = reading(l);
    }
    for (place = 0; place < OUTPUTS; place++) {
        const float *right = l->x[(place + 1) % TOKENS];
        l->y[place][0] = right[0] - right[1] * 0.5f;
        l->y[place][1] = right[2] * 0.5f + right[3];
    }
}

tutee_status learner_train(learner *l) {
    static const tutee_shape shape = {FILTERS, FEATURES, TOKENS, OUTPUTS};
    tutee_student_f32 *student;
    tutee_sampler_f32 *sampler;
    tutee_descent_f32 descent;
    int batch, pair;
    tutee_status status = tutee_descent_default_f32(0.25f, &descent);
    descent.attention_rate = 8;
    if (status == TUTEE_OK) status = tutee_student_init_f32(l->student, SIZES(TUTEE_STUDENT_WORDS_F32), &shape, &student);
    if (status == TUTEE_OK) status = tutee_sampler_init_f32(l->sampler, SIZES(TUTEE_SAMPLER_WORDS_F32), &shape, &sampler);
    if (status == TUTEE_OK) status = tutee_samples_begin_f32(student, sampler, TUTEE_IDENTITY, 0);
    for (batch = 0; status == TUTEE_OK && batch < BATCHES; batch++) {
        for (pair = 0; status == TUTEE_OK && pair < BATCH; pair++) {
            observe(l);
            status = tutee_samples_accumulate_f32(student, sampler, 1, l->x[0], TOKENS * FEATURES, l->y[0], OUTPUTS * FILTERS);
        }
        if (status == TUTEE_OK) status = tutee_samples_step_f32(student, sampler, &descent);
    }
    return status == TUTEE_OK ? tutee_student_digest_f32(student, &l->digest) : status;
}
