/*
 * Fuzzes sequences of calls on students of raw readings: the input chooses sizes, then calls and their arguments, one in four spoiled. After
 * each call all memory is compared (watch.h); a step is repeated on a copy of its object, and must give the same bits; what is loaded
 * is what is saved again; what was
 * learned must stay finite in the units that the student sees, and an answer that is finite must be told so.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

static const tutee_shape shapes[4] = {{1, 1, 4, 4}, {2, 2, 3, 2}, {1, 1, 1, 1}, {3, 1, 2, 3}};
/* The largest arrays that these shapes need, two pairs at a time, and their words; calls in a sequence. */
enum { ELEMENTS = 32, WORDS = 512, SNAPSHOT = 1024, ALL_OF_THEM = TUTEE_INTERCEPT | TUTEE_SPARE | TUTEE_SIGNED, MANY = 40, CALLS = 18 };

/* A struct that may be read from anywhere. */
#define READ(at) pointer(at, sizeof *(at), 8, ELSEWHERE)

static struct {
    tutee_shape *shape;
    size_t *size;
    void **place;
    uint8_t *bytes;
    tutee_raw_info *info;
} common;

/* An output of the call: what it points to may change when the call succeeds. */
static void *output(void *at, size_t bytes, size_t align) {
    void *given = pointer(at, bytes, align, ELSEWHERE);
    allow(given, bytes, ON_SUCCESS);
    return given;
}
#define OUT(at) output(at, sizeof *(at), sizeof *(at) % 8 == 0 ? 8 : 4)

/* An object that the call may change. */
static void *object(void *at, enum when when) {
    void *given = pointer(at, 64, 8, ELSEWHERE);
    allow_block(given, when);
    return given;
}
#define UNCHANGED(at) pointer(at, 64, 8, ELSEWHERE)

#define REAL float
#define P(name) name##_f32
#define W(name) name##_F32
#include "raws_of.h"
#undef REAL
#undef P
#undef W
#define REAL double
#define P(name) name##_f64
#define W(name) name##_F64
#include "raws_of.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    feed(data, size);
    const tutee_shape *const shape = &shapes[byte() % 4];
    common.shape = block("shape", sizeof *common.shape);
    common.size = block("size", sizeof *common.size);
    common.place = block("place", sizeof *common.place);
    common.bytes = block("bytes", SNAPSHOT);
    common.info = block("info", sizeof *common.info);
    *common.shape = *shape;
    make_world_f32(shape);
    make_world_f64(shape);
    for (unsigned i = 0; i < MANY && !exhausted(); i++) {
        const uint8_t which = byte();
        if (which & 128) call_f64(which % 128 % CALLS);
        else call_f32(which % 128 % CALLS);
    }
    free_blocks();
    return 0;
}
