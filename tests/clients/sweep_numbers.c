/* Illegal numbers, sizes, names and descriptions: what no pointer and no count shows. */
#include "sweep.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const int32_t no_activation[] = {-1, 3, INT32_MAX, INT32_MIN};

#define REAL float
#define P(name) name##_f32
#define W(name) name##_F32
#define BITS "_f32"
#define LARGEST FLT_MAX
#include "sweep_numbers.h"
#undef REAL
#undef P
#undef W
#undef BITS
#undef LARGEST
#define REAL double
#define P(name) name##_f64
#define W(name) name##_F64
#define BITS "_f64"
#define LARGEST DBL_MAX
#include "sweep_numbers.h"
#undef REAL
#undef P
#undef W
#undef BITS
#undef LARGEST

/* A curve, and what is known of it. */
#define JUDGED(change, status) do { spoil("tutee_curve_judge"); change; refused(#change, status); } while (0)
static void curves(struct memory_f64 *m) {
    static const double not_finite[] = {NAN, INFINITY, -INFINITY};
    size_t k, at;
    for (k = 0; k < COUNT_OF(not_finite); k++) {
        for (at = 0; at < LOOKS; at++) JUDGED(m->curve[at].loss = not_finite[k], TUTEE_ERROR_NOT_FINITE);
        JUDGED(m->known.best_loss = not_finite[k], TUTEE_ERROR_NOT_FINITE);
        JUDGED(m->known.row_sum = not_finite[k], TUTEE_ERROR_NOT_FINITE);
        JUDGED(m->known.attention_rate = not_finite[k], TUTEE_ERROR_NOT_FINITE);
    }
    for (at = 1; at < LOOKS; at++) {
        JUDGED(m->curve[at].step = m->curve[at - 1].step, TUTEE_ERROR_OUT_OF_RANGE);
        JUDGED(m->curve[at - 1].step = UINT64_MAX, TUTEE_ERROR_OUT_OF_RANGE);
    }
    JUDGED(m->known.best_loss = -1, TUTEE_ERROR_OUT_OF_RANGE);
    JUDGED(m->known.attention_rate = 0, TUTEE_ERROR_OUT_OF_RANGE);
    JUDGED(m->known.attention_rate = -1, TUTEE_ERROR_OUT_OF_RANGE);
    JUDGED(m->known.group = TOKENS, TUTEE_ERROR_OUT_OF_RANGE);
    JUDGED(m->known.outputs = 0, TUTEE_ERROR_OUT_OF_RANGE);
    JUDGED(m->known.tokens = 0, TUTEE_ERROR_OUT_OF_RANGE);
    JUDGED(m->known.scalar_bits = 0, TUTEE_ERROR_ENUM);
    JUDGED(m->known.scalar_bits = 16, TUTEE_ERROR_ENUM);
    JUDGED(m->known.refused = 2, TUTEE_ERROR_ENUM);
    JUDGED(m->known.sampled = -1, TUTEE_ERROR_ENUM);
    JUDGED(m->known.noisy = INT32_MAX, TUTEE_ERROR_ENUM);
    JUDGED(m->known.reserved = 1, TUTEE_ERROR_ENUM);
    spoil("tutee_curve_judge");
    argument("curve")->p = NULL;
    argument("n_curve")->n = 0;
    accepted("nothing was looked at");
    spoil("tutee_curve_judge");
    m->known.refused = 1;
    accepted("a step was refused");
}

void sweep_numbers(void) {
    curves(&world.f64);
    numbers_f32(&world.f32);
    numbers_f64(&world.f64);
    /* The sizes that exist once take the shape of f64. */
    shapes_f64("tutee_population_scratch", &world.f64);
    shapes_f64("tutee_online_scratch", &world.f64);
    shapes_f64("tutee_online_scratch_wide", &world.f64);
    shapes_f64("tutee_predict_scratch", &world.f64);
    shapes_f64("tutee_rules_scratch", &world.f64);
    shapes_f64("tutee_rules_kept", &world.f64);
    shapes_f64("tutee_label_scratch", &world.f64);
}
