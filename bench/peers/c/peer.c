/* The steps in plain C, as a peer that answers on standard input and output (see ../README.md). Compiled twice, with and
 * without -ffast-math; FLAGS is what it says of itself. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

typedef struct {
    char kind[16], scalar[8];
    int filters, features, tokens, group, batch;
    double value_rate, logits_rate;
    uint64_t seed;
    double *value;
} task;

/* Memory of a training, which the next one gives back. */
static void *blocks[64];
static int taken;

static void *zeroed(size_t bytes) {
    /* Begins with a line of the cache. */
    void *block = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (block) memset(block, 0, bytes);
    if (!block || taken == sizeof blocks / sizeof *blocks) exit(1);
    return blocks[taken++] = block;
}

static void release(void) {
    while (taken) free(blocks[--taken]);
}

/* xoshiro256+ (Blackman & Vigna), seeded by SplitMix64. */
static uint64_t words[4];

static uint64_t rotated(uint64_t x, int by) { return x << by | x >> (64 - by); }

static uint64_t next(void) {
    uint64_t result = words[0] + words[3], shifted = words[1] << 17;
    words[2] ^= words[0], words[3] ^= words[1], words[1] ^= words[2], words[0] ^= words[3], words[2] ^= shifted;
    words[3] = rotated(words[3], 45);
    return result;
}

static void seed(uint64_t state) {
    for (int i = 0; i < 4; i++) {
        uint64_t z = state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        words[i] = z ^ z >> 31;
    }
}

#define REAL float
#define NAME(x) x##_f32
#include "step.h"
#undef REAL
#undef NAME
#define REAL double
#define NAME(x) x##_f64
#include "step.h"

static void read_task(task *task) {
    int read = scanf("%15s %7s %d %d %d %d %d %lf %lf %" SCNu64, task->kind, task->scalar, &task->filters,
                     &task->features, &task->tokens, &task->group, &task->batch, &task->value_rate, &task->logits_rate,
                     &task->seed);
    if (read != 10) exit(1);
    task->value = zeroed((size_t)task->filters * task->features * sizeof(double));
    for (int i = 0; i < task->filters * task->features; i++) {
        if (scanf("%lf", task->value + i) != 1) exit(1);
    }
}

int main(void) {
    char verb[8];
    task task = {0};
    training_f32 f32 = {0};
    training_f64 f64 = {0};
    printf("C%s\tgcc %s %s\n", strstr(FLAGS, "fast-math") ? " fast-math" : "", __VERSION__, FLAGS);
    fflush(stdout);
    for (int is_single = 0; scanf("%7s", verb) == 1;) {
        if (!strcmp(verb, "start")) {
            release();
            read_task(&task);
            seed(task.seed);
            is_single = !strcmp(task.scalar, "f32");
            if (strcmp(task.kind, "online") && strcmp(task.kind, "exact")) {
                printf("none\n");
                fflush(stdout);
                continue;
            }
            if (is_single) f32 = begin_f32(&task);
            else f64 = begin_f64(&task);
            printf("ready\n");
        } else if (!strcmp(verb, "steps")) {
            long steps;
            if (scanf("%ld", &steps) != 1) return 1;
            int online = !strcmp(task.kind, "online");
            for (long i = 0; i < steps; i++) {
                if (is_single && online) online_f32(&f32, &task);
                else if (is_single) exact_f32(&f32, &task);
                else if (online) online_f64(&f64, &task);
                else exact_f64(&f64, &task);
            }
            printf("done\n");
        } else if (!strcmp(verb, "student")) {
            if (is_single) print_f32(&f32);
            else print_f64(&f64);
        } else {
            return 1;
        }
        fflush(stdout);
    }
    return 0;
}
