/*
 * Readings of features that say nearly the same, through a whitener: water enters the radiators of eight rooms at 310 to 350 K and leaves
 * them some two K colder, and what a room gets is by the difference. Trained as tests/tests/whitening.rs trains it, with the same pairs, in
 * float and in double: a line each with the digest of W, b and S for readings as they come. The whitener is stopped half way, and goes on in
 * another object.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tutee.h"

enum { ROOMS = 8, PAIRS = 200, STEPS = 400, READ = 2 * ROOMS, PORTION = 50 };
static const tutee_shape readings = {1, 2, ROOMS, ROOMS};

#define MUST(condition) \
    do { \
        if (!(condition)) { \
            printf("FAILED line %d: %s\n", __LINE__, #condition); \
            return 1; \
        } \
    } while (0)

/* Uniform in [-1, 1). */
static double noise(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 4503599627370496.0 - 1.0;
}

/* The water of one pair and what each room gets. */
static void heated(uint64_t *state, double water[READ], double heat[ROOMS]) {
    int room, door;
    for (room = 0; room < ROOMS; room++) {
        water[2 * room] = 330.0 + 20.0 * noise(state);
        water[2 * room + 1] = water[2 * room] - 2.0 - 0.5 * noise(state);
    }
    for (room = 0; room < ROOMS; room++) {
        const int behind[3] = {room, (room + 1) % ROOMS, (room + 3) % ROOMS};
        heat[room] = 0;
        for (door = 0; door < 3; door++)
            heat[room] += 100.0 * (water[2 * behind[door]] - water[2 * behind[door] + 1]) / 3.0;
    }
}

static void add(uint64_t *hash, uint64_t bits) {
    *hash = (*hash ^ bits) * 0x0100000001b3u;
    *hash = *hash << 23 | *hash >> 41;
}

#define REAL float
#define P(name) name##_f32
#define W(name) name##_F32
#include "radiators_of.h"
#undef REAL
#undef P
#undef W
#define REAL double
#define P(name) name##_f64
#define W(name) name##_F64
#include "radiators_of.h"

int main(void) { return radiators_f32() || radiators_f64(); }
