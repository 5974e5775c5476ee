/* A student with all its memory, trained by whoever calls: the same on this machine and in a task. */
#ifndef LEARNER_H
#define LEARNER_H

#include <stdint.h>

#include "tutee.h"

enum { FILTERS = 2, FEATURES = 4, TOKENS = 8, OUTPUTS = 8 };
#define SIZES(macro) macro(FILTERS, FEATURES, TOKENS, OUTPUTS)

typedef struct {
    uint64_t student[SIZES(TUTEE_STUDENT_WORDS_F32)];
    uint64_t sampler[SIZES(TUTEE_SAMPLER_WORDS_F32)];
    float x[TOKENS][FEATURES];
    float y[OUTPUTS][FILTERS];
    /* Which readings come, and the digest of what was learned from them. */
    uint32_t state;
    uint64_t digest;
} learner;

tutee_status learner_train(learner *learner);

#endif
