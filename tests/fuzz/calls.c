/*
 * Fuzzes sequences of calls: the input chooses sizes, then calls and their arguments, one in four spoiled. After each call
 * all memory is compared (watch.h); a training step is repeated on a copy of its student with other scratch, and must
 * give the same bits; students must stay finite. Both precisions share the memory under watch.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

static const tutee_shape shapes[8] = {{1, 1, 1, 1}, {2, 3, 4, 4}, {1, 2, 4, 2}, {3, 1, 2, 5},
                                      {2, 2, 8, 8}, {2, 3, 6, 1}, {4, 2, 3, 3}, {1, 5, 4, 4}};
/* The largest arrays that these sizes need, three inputs at a time; the largest snapshot; calls in a sequence. */
enum { NODES = 12, ELEMENTS = 64, SNAPSHOT = 1188, MANY = 40 };

#define AT(macro, shape) macro((shape)->filters, (shape)->features, (shape)->tokens, (shape)->outputs)
/* A struct that may be read from anywhere, and one that may not: it would send the library off for ages. */
#define READ(at) pointer(at, sizeof *(at), 8, ELSEWHERE)
#define READ_HERE(at) pointer(at, sizeof *(at), 8, NOT_ELSEWHERE)

/* What both precisions use. */
static struct {
    tutee_shape *shape;
    tutee_window *window;
    tutee_stream *stream;
    size_t *nodes;
    uint8_t *bytes;
    size_t *size;
    uint64_t *word;
    void **place;
    tutee_snapshot_info *info;
} common;

static uint32_t any_size(void) {
    const uint8_t kind = byte(), low = byte();
    switch (kind % 4) {
    case 0: return low;
    case 1: return (uint32_t)low << 20;
    case 2: return (1u << 24) + low % 3 - 1;
    default: return 0x01010101u * low;
    }
}

/* An output of the call: what it points to may change when the call succeeds. */
static void *output(void *at, size_t bytes, size_t align) {
    void *given = pointer(at, bytes, align, ELSEWHERE);
    allow(given, bytes, ON_SUCCESS);
    return given;
}
#define OUT(at) output(at, sizeof *(at), sizeof *(at) % 8 == 0 ? 8 : 4)

/* An object that the call may change. */
static void *object(void *at, enum when when) {
    void *given = pointer(at, 32, 8, ELSEWHERE);
    allow_block(given, when);
    return given;
}
#define CONST_OBJECT(at) pointer(at, 32, 8, ELSEWHERE)

#define REAL float
#define P(name) name##_f32
#define W(name) name##_F32
#define BITS 32
#include "calls_of.h"
#undef REAL
#undef P
#undef W
#undef BITS
#define REAL double
#define P(name) name##_f64
#define W(name) name##_F64
#define BITS 64
#include "calls_of.h"

/* Calls without a precision. */
static void common_call(void) {
    const uint8_t choice = byte();
    if (choice % 4 == 0) {
        for (unsigned i = 0; i < 4; i++) (&common.shape->filters)[i] = any_size();
        const tutee_shape s = *common.shape;
        before_call();
        const struct {
            const char *name;
            tutee_status (*function)(const tutee_shape *, size_t *);
            size_t macro;
        } sizes[] = {
#define SIZE(function, macro) {#function, function, AT(macro, &s)}
            SIZE(tutee_population_scratch, TUTEE_POPULATION_SCRATCH), SIZE(tutee_online_scratch, TUTEE_ONLINE_SCRATCH),
            SIZE(tutee_predict_scratch, TUTEE_PREDICT_SCRATCH),       SIZE(tutee_teacher_words_f32, TUTEE_TEACHER_WORDS_F32),
            SIZE(tutee_teacher_words_f64, TUTEE_TEACHER_WORDS_F64),   SIZE(tutee_student_words_f32, TUTEE_STUDENT_WORDS_F32),
            SIZE(tutee_student_words_f64, TUTEE_STUDENT_WORDS_F64),   SIZE(tutee_sampler_words_f32, TUTEE_SAMPLER_WORDS_F32),
            SIZE(tutee_sampler_words_f64, TUTEE_SAMPLER_WORDS_F64),   SIZE(tutee_snapshot_bytes_f32, TUTEE_SNAPSHOT_BYTES_F32),
            SIZE(tutee_snapshot_bytes_f64, TUTEE_SNAPSHOT_BYTES_F64),
            SIZE(tutee_online_scratch_wide, TUTEE_ONLINE_SCRATCH_WIDE),
            SIZE(tutee_sampler_words_wide_f32, TUTEE_SAMPLER_WORDS_WIDE_F32),
            SIZE(tutee_sampler_words_wide_f64, TUTEE_SAMPLER_WORDS_WIDE_F64),
            SIZE(tutee_rules_scratch, TUTEE_RULES_SCRATCH),
            SIZE(tutee_label_scratch, TUTEE_LABEL_SCRATCH),
            SIZE(tutee_rules_kept, TUTEE_RULES_KEPT),
            SIZE(tutee_snapshot_bytes_ruled_f32, TUTEE_SNAPSHOT_BYTES_RULED_F32),
            SIZE(tutee_snapshot_bytes_ruled_f64, TUTEE_SNAPSHOT_BYTES_RULED_F64),
        };
        /* Once it chose one of them; the inputs of the corpus have it. */
        (void)byte();
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            if (i > 0) before_call();
            const tutee_status status = sizes[i].function(READ(common.shape), OUT(common.size));
            if (after_call(sizes[i].name, status) && *common.size != sizes[i].macro)
                fail("function and macro differ", sizes[i].name, (long)i);
        }
        before_fixed_call();
        allow(common.size, sizeof *common.size, ON_SUCCESS);
        const tutee_status status = tutee_student_block_len(common.shape, TUTEE_VALUE, common.size);
        if (after_call("tutee_student_block_len", status) && *common.size != (size_t)s.filters * s.features)
            fail("the length of a block", "", 0);
    } else if (choice % 4 == 1) {
        before_call();
        (void)after_call("tutee_snapshot_inspect", tutee_snapshot_inspect(pointer(common.bytes, SNAPSHOT, 1, ELSEWHERE),
                                                                          length(SNAPSHOT, SHORTER), OUT(common.info)));
    } else if (choice % 4 == 3 && choice >= 128) {
        /* Two slots: the second, whatever the input says; the first, sealed or not. */
        const size_t n = byte() % SNAPSHOT;
        before_fixed_call();
        allow(common.bytes, n, ON_SUCCESS);
        const tutee_status sealed = tutee_slot_seal(common.bytes, n, choice & 16 ? 0 : UINT32_MAX);
        if (after_call("tutee_slot_seal", sealed) != (n >= TUTEE_SLOT_HEADER)) fail("sealed", "bytes", (long)n);
        _Static_assert(sizeof *common.info >= sizeof(tutee_slots), "room for what two slots hold");
        tutee_slots *const slots = (void *)common.info;
        before_fixed_call();
        allow(slots, sizeof *slots, ON_SUCCESS);
        const tutee_status seen = tutee_slots_inspect(common.bytes, SNAPSHOT, common.bytes + n, SNAPSHOT - n, slots);
        if (after_call("tutee_slots_inspect", seen) &&
            (slots->newest < -1 || slots->newest > 1 || slots->next > 1 || (int32_t)slots->next == slots->newest ||
             slots->payload_bytes > SNAPSHOT - TUTEE_SLOT_HEADER || (n >= TUTEE_SLOT_HEADER && slots->newest < 0)))
            fail("two slots hold", "newest", slots->newest);
    } else if (choice == 2) {
        if (tutee_self_test() != TUTEE_OK) fail("the self-test", "", 0);
    } else if (!tutee_status_message(choice - 128)) {
        fail("no message", "status", choice - 128);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    feed(data, size);
    const uint8_t first = byte();
    const tutee_shape *const chosen[2] = {&shapes[first % 8], &shapes[first / 8 % 8]};
    common.shape = block("shape", sizeof *common.shape);
    common.window = block("window", sizeof *common.window);
    common.stream = block("stream", sizeof *common.stream);
    common.nodes = block("nodes", NODES * sizeof *common.nodes);
    common.bytes = block("bytes", SNAPSHOT);
    common.size = block("size", sizeof *common.size);
    common.word = block("word", sizeof *common.word);
    common.place = block("place", sizeof *common.place);
    common.info = block("info", sizeof *common.info);
    make_world_f32(chosen, first < 192);
    make_world_f64(chosen, first < 192);
    for (unsigned i = 0; i < MANY && !exhausted(); i++) {
        const uint8_t which = byte();
        if (which % 16 == 15) common_call();
        else if (which & 128) call_f64(which % 16);
        else call_f32(which % 16);
    }
    free_blocks();
    return 0;
}
