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

void sweep_numbers(void) {
    numbers_f32(&world.f32);
    numbers_f64(&world.f64);
    /* The sizes that exist once take the shape of f64. */
    shapes_f64("tutee_population_scratch", &world.f64);
    shapes_f64("tutee_online_scratch", &world.f64);
    shapes_f64("tutee_online_scratch_wide", &world.f64);
    shapes_f64("tutee_predict_scratch", &world.f64);
    shapes_f64("tutee_rules_scratch", &world.f64);
    shapes_f64("tutee_rules_kept", &world.f64);
}
