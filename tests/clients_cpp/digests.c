/* The digests of tasks.h through tutee.h alone, in C99; the lines of digests.cpp. */
#include "tutee.h"

#include "tasks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void ok(tutee_status status, int line) {
    if (status != TUTEE_OK) {
        fprintf(stderr, "digests.c:%d: %s\n", line, tutee_status_message(status));
        exit(1);
    }
}
#define OK(...) ok(__VA_ARGS__, __LINE__)

#define REAL float
#define P(name) name##_f32
#define PRECISION "f32"
#include "digests_of.h"
#undef REAL
#undef P
#undef PRECISION
#define REAL double
#define P(name) name##_f64
#define PRECISION "f64"
#include "digests_of.h"

int main(void) {
    for (int number = 0; number < TASKS; number++) task_f32(number);
    for (int number = 0; number < TASKS; number++) task_f64(number);
    return 0;
}
