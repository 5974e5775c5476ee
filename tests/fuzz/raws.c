/*
 * Fuzzes sequences of calls on students of raw readings and on whiteners: the input chooses sizes, then calls and their arguments, one in four spoiled. After
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
enum { ELEMENTS = 32, WORDS = 512, SNAPSHOT = 1024, LOOKS = 16, ALL_OF_THEM = TUTEE_INTERCEPT | TUTEE_SPARE | TUTEE_SIGNED, MANY = 40, CALLS = 30 };

/* A struct that may be read from anywhere. */
#define READ(at) pointer(at, sizeof *(at), 8, ELSEWHERE)

static struct {
    tutee_shape *shape;
    size_t *size;
    void **place;
    uint8_t *bytes;
    tutee_raw_info *info;
    tutee_curve_point *curve;
    tutee_known *known;
    tutee_judgement *judgement;
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

/* Any curve of `looks` looks, with whatever is known of it: a word of the list, and a sentence that ends. */
static void judge(size_t looks, uint8_t b) {
    const tutee_known nothing = {0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0};
    tutee_curve_point *const curve = common.curve + (LOOKS - looks);
    uint64_t step = 0;
    *common.known = nothing;
    for (size_t i = 0; i < looks; i++) {
        const uint8_t c = byte();
        curve[i].step = step;
        curve[i].loss = c < 240 ? (double)c / (1 + (b & 4 ? (double)step : 0)) : c < 248 ? 1e300 : c < 252 ? 1e-300 : -1;
        step += 1 + step / 2 + (b & 8 ? (uint64_t)c << 40 : 0);
    }
    if (b & 1) common.known->scalar_bits = 32;
    if (b & 2) common.known->sampled = common.known->noisy = 1;
    if (b & 16) common.known->best_loss = byte() / 16.0, common.known->row_sum = byte() / 128.0;
    if (b & 32) common.known->group = byte(), common.known->tokens = byte(), common.known->outputs = byte(), common.known->attention_rate = byte() / 64.0;
    if (b & 64) common.known->refused = 1;
    before_call();
    const tutee_status status = tutee_curve_judge(pointer(curve, looks * sizeof *curve, 8, ELSEWHERE), length(looks, SHORTER),
                                                  READ(common.known), OUT(common.judgement));
    if (!after_call("tutee_curve_judge", status)) return;
    if (common.judgement->verdict < TUTEE_VERDICT_ASYMPTOTIC || common.judgement->verdict > TUTEE_VERDICT_SCALE)
        fail("a verdict out of range", "curve_judge", common.judgement->verdict);
    const char *const end = memchr(common.judgement->reason, 0, sizeof common.judgement->reason);
    if (!end || end - common.judgement->reason < 10) fail("no sentence", "curve_judge", 0);
}

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
    common.curve = block("curve", LOOKS * sizeof *common.curve);
    common.known = block("known", sizeof *common.known);
    common.judgement = block("judgement", sizeof *common.judgement);
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
