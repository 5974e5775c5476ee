/* The two steps in plain C, for sizes that are known when it is compiled: -DFILTERS -DFEATURES -DTOKENS -DOUTPUTS, and
 * -DNAME(x), which makes the names of the functions. The layout of the types is known to src/plain.rs, too. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stdint.h>

struct student {
    float value[FILTERS][FEATURES];
    float logits[OUTPUTS][TOKENS];
};

struct teacher {
    /* act(x) = slope * x below zero */
    float slope;
    float value[FILTERS][FEATURES];
    float mixing[OUTPUTS][TOKENS];
    /* of the rows of the two */
    float value_norms[FILTERS];
    float mixing_norms[OUTPUTS];
};

struct rates {
    float value;
    float logits;
};

/* State of xoshiro256++. */
struct generator {
    uint64_t words[4];
};

/* Standard normal numbers; what a sample of an online step is made of. */
void NAME(draw)(struct generator *generator, float x[TOKENS][FEATURES]);
/* A step along the exact gradient. */
void NAME(exact_step)(struct student *student, const struct teacher *teacher, struct rates rates);
/* A step along the mean gradient of a fresh batch. */
void NAME(online_step)(struct student *student, const struct teacher *teacher, struct rates rates,
                       struct generator *generator, int batch);

#endif
