/*
 * Fuzzes sequences of calls on whole layers: the input chooses shapes, then calls and their arguments, one in four spoiled. After each
 * call all memory is compared (watch.h); a step is repeated on a copy of its layer, and must give the same bits; layers must
 * stay finite, and what is saved must come back.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

/* Every kind of tokens, codes, keys and queries. */
static const tutee_layer_shape shapes[8] = {
    {{2, 3, 4, 4}, TUTEE_CONCATENATED, TUTEE_CODES_FRESH, TUTEE_SEPARATE, TUTEE_QUERIES_VECTORS, 2, 2, 3},
    {{2, 3, 4, 4}, TUTEE_CONCATENATED, TUTEE_CODES_FIXED, TUTEE_MERGED, TUTEE_QUERIES_SETS, 2, 0, 0},
    {{1, 2, 3, 3}, TUTEE_CONCATENATED, TUTEE_CODES_LEARNED, TUTEE_MERGED, TUTEE_QUERIES_TOKENS, 3, 0, 0},
    {{1, 2, 3, 3}, TUTEE_ADDED, TUTEE_CODES_FIXED, TUTEE_SEPARATE, TUTEE_QUERIES_TOKENS, 2, 2, 0},
    {{2, 2, 2, 3}, TUTEE_CONTENT, TUTEE_CODES_NONE, TUTEE_MERGED, TUTEE_QUERIES_VECTORS, 0, 0, 2},
    {{2, 2, 4, 3}, TUTEE_CONCATENATED, TUTEE_CODES_LEARNED, TUTEE_SEPARATE, TUTEE_QUERIES_SETS, 2, 3, 0},
    {{1, 1, 1, 1}, TUTEE_CONTENT, TUTEE_CODES_NONE, TUTEE_SEPARATE, TUTEE_QUERIES_TOKENS, 0, 1, 0},
    {{1, 3, 4, 4}, TUTEE_ADDED, TUTEE_CODES_FRESH, TUTEE_MERGED, TUTEE_QUERIES_TOKENS, 3, 0, 0}};
/* The largest arrays that these shapes need, two samples at a time, their words, snapshots and scratch; calls in a sequence. */
enum { ELEMENTS = 64, NODES = 64, SNAPSHOT = 2048, SCRATCH = 1024, MANY = 40 };

#define AT(macro, s) \
    macro((s)->sizes.filters, (s)->sizes.features, (s)->sizes.tokens, (s)->sizes.outputs, (s)->embedding, (s)->codes, \
          (s)->key_query, (s)->queries, (s)->code_width, (s)->key_width, (s)->query_width)
/* A struct that may be read from anywhere, and one that may not: it would send the library off for ages. */
#define READ(at) pointer(at, sizeof *(at), 8, ELSEWHERE)
#define READ_HERE(at) pointer(at, sizeof *(at), 8, NOT_ELSEWHERE)

static struct {
    tutee_layer_shape *shape;
    tutee_stream *stream;
    uint32_t *sets;
    uint8_t *bytes;
    size_t *size;
    uint64_t *word;
    void **place;
    tutee_sets *over;
    tutee_layer_info *info;
} common;

/* An output of the call: what it points to may change when the call succeeds. */
static void *output(void *at, size_t bytes, size_t align) {
    void *given = pointer(at, bytes, align, ELSEWHERE);
    allow(given, bytes, ON_SUCCESS);
    return given;
}
#define OUT(at) output(at, sizeof *(at), sizeof *(at) % 8 == 0 ? 8 : 4)

/* A layer that the call may change: its own working memory even when it is refused. */
static void *object(void *at) {
    void *given = pointer(at, 64, 8, ELSEWHERE);
    allow_block(given, ON_SUCCESS);
    return given;
}
#define CONST_OBJECT(at) pointer(at, 64, 8, ELSEWHERE)

#define REAL float
#define P(name) name##_f32
#define W(name) name##_F32
#define BITS 32
#include "layers_of.h"
#undef REAL
#undef P
#undef W
#undef BITS
#define REAL double
#define P(name) name##_f64
#define W(name) name##_F64
#define BITS 64
#include "layers_of.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    feed(data, size);
    const tutee_layer_shape *const shape = &shapes[byte() % 8];
    common.shape = block("shape", sizeof *common.shape);
    common.stream = block("stream", sizeof *common.stream);
    common.sets = block("sets", NODES * sizeof *common.sets);
    common.bytes = block("bytes", SNAPSHOT);
    common.size = block("size", sizeof *common.size);
    common.word = block("word", sizeof *common.word);
    common.place = block("place", sizeof *common.place);
    common.over = block("over", sizeof *common.over);
    common.info = block("info", sizeof *common.info);
    make_world_f32(shape);
    make_world_f64(shape);
    for (unsigned i = 0; i < MANY && !exhausted(); i++) {
        const uint8_t which = byte();
        if (which & 128) call_f64(which % 32);
        else call_f32(which % 32);
    }
    free_blocks();
    return 0;
}
