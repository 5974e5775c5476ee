/*
 * The bits of every kind of training, on each of the paper's six tasks, of a whole layer, and exact ones of a label and of
 * selection, in both precisions:
 *
 *     task training precision DIGEST ANSWERS
 *
 * DIGEST is the student's, ANSWERS that of everything that can be asked of it. tests/clients.rs computes the same lines
 * without the C interface. All memory comes from malloc and is exactly as large as the header says, so that a tool that
 * watches the heap sees every byte that the library touches beyond it.
 *
 *     digests            as above
 *     digests too-small  what the header forbids, an array shorter than its n_: the tool must cry
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tutee.h"

enum { FEATURES = 5, TOKENS = 8, OUTPUTS = 8, PAIRS = 8, FIRST = 3, ASKED = 2 };
/* The layer's. */
enum { L_FILTERS = 2, L_FEATURES = 3, L_TOKENS = 4, L_OUTPUTS = 3, L_CODE = 2, L_KEY = 3, L_QUERY = 5, L_PAIRS = 5, L_SET = 2 };
enum { POPULATION_STEPS = 200, ONLINE_STEPS = 60, BATCHES = 40 };

enum family { CONVOLUTION, CYCLE, SELECTION, GROUP };
static const struct task {
    const char *name;
    enum family family;
    int32_t activation;
    uint32_t filters;
    double rate; /* K / J */
} tasks[] = {
    {"conv-relu", CONVOLUTION, TUTEE_RELU, 3, 0.5},
    {"conv-leaky", CONVOLUTION, TUTEE_LEAKY_RELU, 3, 0.5},
    {"graph-relu", CYCLE, TUTEE_RELU, 3, 0.375},
    {"graph-leaky", CYCLE, TUTEE_LEAKY_RELU, 3, 0.375},
    {"token-selection", SELECTION, TUTEE_IDENTITY, 3, 0.375},
    {"group-sparse", GROUP, TUTEE_IDENTITY, 1, 0.125},
};
static const size_t chosen[] = {6, 1, 3};

enum training { POPULATION, ONLINE, SAMPLES, TRAININGS };
static const char *const training_names[TRAININGS] = {"population", "online", "samples"};

static int too_small;

static void *get(size_t bytes) {
    void *p = malloc(bytes);
    if (p == NULL) exit(2);
    return p;
}

#define MUST(call) \
    do { \
        tutee_status status = (call); \
        if (status != TUTEE_OK) { \
            printf("FAILED %s: %s\n", #call, tutee_status_message(status)); \
            exit(1); \
        } \
    } while (0)

/* 64-bit FNV-1a. */
static void feed(uint64_t *hash, uint64_t bits, size_t bytes) {
    for (; bytes > 0; bytes--, bits >>= 8) *hash = (*hash ^ (bits & 0xFF)) * 0x100000001B3u;
}

/* Sixteen bits of a linear congruential generator, from -2 to 2: exact in both precisions. */
static double simulate(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 48) / 16384 - 2;
}

#define REAL float
#define P(name) name##_f32
#define BITS_TYPE uint32_t
#define PRECISION "f32"
#include "digests.h"
#include "digests_layer.h"
#include "digests_exact.h"
#undef REAL
#undef P
#undef BITS_TYPE
#undef PRECISION
#define REAL double
#define P(name) name##_f64
#define BITS_TYPE uint64_t
#define PRECISION "f64"
#include "digests.h"
#include "digests_layer.h"
#include "digests_exact.h"

int main(int argc, char **argv) {
    size_t i;
    int training;
    too_small = argc > 1 && strcmp(argv[1], "too-small") == 0;
    MUST(tutee_self_test());
    for (i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        for (training = 0; training < TRAININGS; training++) {
            run_f32(&tasks[i], (enum training)training);
            run_f64(&tasks[i], (enum training)training);
        }
    }
    layer_pairs_f32();
    layer_pairs_f64();
    layer_online_f32();
    layer_online_f64();
    exact_label_f32();
    exact_label_f64();
    exact_selection_f32();
    exact_selection_f64();
    return 0;
}
