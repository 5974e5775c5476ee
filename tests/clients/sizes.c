/*
 * Every size macro against the function of the same name, over a sweep of shapes; and that the macros are constant
 * expressions, in C99 and in C++ (the same file is compiled as both). The version, too, as text and as numbers.
 */
#include <stdio.h>
#include <string.h>

#include "tutee.h"

/* Arrays of static storage: whatever is not a constant expression does not compile. */
static uint64_t teacher_memory[TUTEE_TEACHER_WORDS_F32(2, 3, 5, 5)];
static uint64_t student_memory[TUTEE_STUDENT_WORDS_F64(2, 3, 5, 5)];
static uint64_t sampler_memory[TUTEE_SAMPLER_WORDS_F32(2, 3, 5, 5)];
static uint64_t wide_sampler_memory[TUTEE_SAMPLER_WORDS_WIDE_F32(2, 3, 5, 5)];
static uint8_t snapshot[TUTEE_SNAPSHOT_BYTES_F64(2, 3, 5, 5)];
static double scratch[TUTEE_ONLINE_SCRATCH(2, 3, 5, 5)];
enum { A_CONSTANT = TUTEE_SAMPLER_WORDS_F64(2, 3, 5, 5) };

struct on_the_stack {
    uint64_t words[TUTEE_STUDENT_WORDS_F32(1, 1, 1, 1)];
    float value[TUTEE_VALUE_LEN(1 + 1, 3, 5, 5)];
};

/* A layer of every choice: its sizes by position, choices and widths beside the four of a model. */
#define A_LAYER(macro) macro(2, 3, 5, 5, TUTEE_CONCATENATED, TUTEE_CODES_LEARNED, TUTEE_SEPARATE, TUTEE_QUERIES_SETS, 4, 3, 0)
uint64_t layer_memory[A_LAYER(TUTEE_LAYER_WORDS_F32)];
double layer_scratch[A_LAYER(TUTEE_LAYER_ONLINE_SCRATCH)];
uint8_t layer_snapshot[A_LAYER(TUTEE_LAYER_SNAPSHOT_BYTES_F64)];
char reason[sizeof ((tutee_judgement *)0)->reason == TUTEE_REASON_BYTES ? 1 : -1];
uint8_t raw_snapshot[TUTEE_RAW_SNAPSHOT_BYTES_F64(2, 3, 5, 5, TUTEE_INTERCEPT | TUTEE_SIGNED)];
static uint64_t whitener_memory[TUTEE_WHITENER_WORDS_F32(2, 3, 5, 5)];
uint8_t whitener_snapshot[TUTEE_WHITENER_SNAPSHOT_BYTES_F64(2, 3, 5, 5)];
static uint64_t raw_memory[TUTEE_RAW_WORDS_F32(2, 3, 5, 5, TUTEE_INTERCEPT | TUTEE_SIGNED)];

static unsigned long compared, different;

static void compare(const char *name, const tutee_shape *shape, tutee_status status, size_t function, size_t macro) {
    compared++;
    if (status == TUTEE_OK && function == macro) return;
    different++;
    if (different > 20) return;
    printf("FAILED %s of %u %u %u %u: status %d, function %lu, macro %lu\n", name, (unsigned)shape->filters,
           (unsigned)shape->features, (unsigned)shape->tokens, (unsigned)shape->outputs, (int)status,
           (unsigned long)function, (unsigned long)macro);
}

#define COMPARE(function, macro) \
    do { \
        size_t found = 0; \
        tutee_status status = function(&shape, &found); \
        compare(#macro, &shape, status, found, macro(M, d, D, J)); \
    } while (0)

/* Words and bytes of a student of raw readings, with everything that it can be given beside them. */
static void compare_raws(const tutee_shape *shape, uint32_t M, uint32_t d, uint32_t D, uint32_t J) {
    int32_t preparation;
    for (preparation = 0; preparation < 8; preparation++) {
        size_t narrow = 0, wide = 0;
        tutee_status status = tutee_raw_words_f32(shape, preparation, &narrow);
        compare("TUTEE_RAW_WORDS_F32", shape, status, narrow, TUTEE_RAW_WORDS_F32(M, d, D, J, preparation));
        status = tutee_raw_words_f64(shape, preparation, &wide);
        compare("TUTEE_RAW_WORDS_F64", shape, status, wide, TUTEE_RAW_WORDS_F64(M, d, D, J, preparation));
        status = tutee_raw_snapshot_bytes_f32(shape, preparation, &narrow);
        compare("TUTEE_RAW_SNAPSHOT_BYTES_F32", shape, status, narrow, TUTEE_RAW_SNAPSHOT_BYTES_F32(M, d, D, J, preparation));
        status = tutee_raw_snapshot_bytes_f64(shape, preparation, &wide);
        compare("TUTEE_RAW_SNAPSHOT_BYTES_F64", shape, status, wide, TUTEE_RAW_SNAPSHOT_BYTES_F64(M, d, D, J, preparation));
    }
}

static void compare_all(uint32_t M, uint32_t d, uint32_t D, uint32_t J) {
    tutee_shape shape;
    shape.filters = M;
    shape.features = d;
    shape.tokens = D;
    shape.outputs = J;
    COMPARE(tutee_teacher_words_f32, TUTEE_TEACHER_WORDS_F32);
    COMPARE(tutee_teacher_words_f64, TUTEE_TEACHER_WORDS_F64);
    COMPARE(tutee_student_words_f32, TUTEE_STUDENT_WORDS_F32);
    COMPARE(tutee_student_words_f64, TUTEE_STUDENT_WORDS_F64);
    COMPARE(tutee_sampler_words_f32, TUTEE_SAMPLER_WORDS_F32);
    COMPARE(tutee_sampler_words_f64, TUTEE_SAMPLER_WORDS_F64);
    COMPARE(tutee_sampler_words_wide_f32, TUTEE_SAMPLER_WORDS_WIDE_F32);
    COMPARE(tutee_sampler_words_wide_f64, TUTEE_SAMPLER_WORDS_WIDE_F64);
    COMPARE(tutee_population_scratch, TUTEE_POPULATION_SCRATCH);
    COMPARE(tutee_rules_scratch, TUTEE_RULES_SCRATCH);
    COMPARE(tutee_label_scratch, TUTEE_LABEL_SCRATCH);
    COMPARE(tutee_rules_kept, TUTEE_RULES_KEPT);
    COMPARE(tutee_snapshot_bytes_ruled_f32, TUTEE_SNAPSHOT_BYTES_RULED_F32);
    COMPARE(tutee_snapshot_bytes_ruled_f64, TUTEE_SNAPSHOT_BYTES_RULED_F64);
    COMPARE(tutee_online_scratch, TUTEE_ONLINE_SCRATCH);
    COMPARE(tutee_online_scratch_wide, TUTEE_ONLINE_SCRATCH_WIDE);
    COMPARE(tutee_predict_scratch, TUTEE_PREDICT_SCRATCH);
    COMPARE(tutee_snapshot_bytes_f32, TUTEE_SNAPSHOT_BYTES_F32);
    COMPARE(tutee_snapshot_bytes_f64, TUTEE_SNAPSHOT_BYTES_F64);
    /* The square of the largest size is no size of a machine of 32 bits. */
    if (d <= 100 || sizeof(size_t) > 4) {
        COMPARE(tutee_whitener_words_f32, TUTEE_WHITENER_WORDS_F32);
        COMPARE(tutee_whitener_words_f64, TUTEE_WHITENER_WORDS_F64);
        COMPARE(tutee_whitener_snapshot_bytes_f32, TUTEE_WHITENER_SNAPSHOT_BYTES_F32);
        COMPARE(tutee_whitener_snapshot_bytes_f64, TUTEE_WHITENER_SNAPSHOT_BYTES_F64);
    }
    /* One more than the largest size is none. */
    if (d < 16777216 && D <= 8388607) compare_raws(&shape, M, d, D, J);
}

/* One size of a layer by function and by macro, as far as the shape is legal: the function says so. */
#define COMPARE_LAYER(function, macro) \
    do { \
        size_t found = 0; \
        if (function(&shape, &found) == TUTEE_OK) \
            compare(#macro, &shape.sizes, TUTEE_OK, found, \
                    macro(M, d, D, J, shape.embedding, shape.codes, shape.key_query, shape.queries, shape.code_width, \
                          shape.key_width, shape.query_width)); \
    } while (0)

/* All kinds of layer of one size; returns how many shapes were legal. */
static int compare_layers(uint32_t M, uint32_t d, uint32_t D, uint32_t J, uint32_t width) {
    tutee_layer_shape shape;
    int32_t kind;
    int legal = 0;
    for (kind = 0; kind < 3 * 4 * 2 * 3; kind++) {
        size_t words;
        shape.sizes.filters = M;
        shape.sizes.features = d;
        shape.sizes.tokens = D;
        shape.sizes.outputs = J;
        shape.embedding = kind % 3;
        shape.codes = kind / 3 % 4;
        shape.key_query = kind / 12 % 2;
        shape.queries = kind / 24;
        shape.code_width = shape.codes == TUTEE_CODES_NONE ? 0 : shape.embedding == TUTEE_ADDED ? d : width;
        shape.key_width = shape.key_query == TUTEE_SEPARATE ? width + 1 : 0;
        shape.query_width = shape.queries == TUTEE_QUERIES_VECTORS ? width + 2 : 0;
        legal += tutee_layer_words_f64(&shape, &words) == TUTEE_OK;
        COMPARE_LAYER(tutee_layer_words_f32, TUTEE_LAYER_WORDS_F32);
        COMPARE_LAYER(tutee_layer_words_f64, TUTEE_LAYER_WORDS_F64);
        COMPARE_LAYER(tutee_layer_online_scratch, TUTEE_LAYER_ONLINE_SCRATCH);
        COMPARE_LAYER(tutee_layer_selection_scratch, TUTEE_LAYER_SELECTION_SCRATCH);
        COMPARE_LAYER(tutee_layer_snapshot_bytes_f32, TUTEE_LAYER_SNAPSHOT_BYTES_F32);
        COMPARE_LAYER(tutee_layer_snapshot_bytes_f64, TUTEE_LAYER_SNAPSHOT_BYTES_F64);
    }
    return legal;
}

/* Of the 72 kinds, with as many outputs as tokens, illegal are those whose codes nothing uses, or that have none and need them. */
static int layers_agree(void) {
    enum { LEGAL = 2 * (3 * 3 * 3 - 2 * 3 + 2) };
    static const uint32_t sizes[] = {1, 2, 3, 5, 8};
    int m, d, t, legal = 1;
    for (m = 0; m < 5; m++)
        for (d = 0; d < 5; d++)
            for (t = 0; t < 5; t++) {
                legal &= compare_layers(sizes[m], sizes[d], sizes[t], sizes[t], sizes[(m + t) % 5]) == LEGAL;
                compare_layers(sizes[m], sizes[d], sizes[t], sizes[(t + 1) % 5], sizes[(m + d) % 5]);
            }
    return legal;
}

/* Sizes of which each is much larger than those of a program, alone: products of two still fit 32 bits. */
static void compare_large(void) {
    static const uint32_t large[] = {65535, 1000003, 16777216};
    size_t k;
    for (k = 0; k < sizeof large / sizeof *large; k++) {
        compare_all(large[k], 3, 2, 1);
        compare_all(3, large[k], 1, 2);
        compare_all(1, 2, large[k], 3);
        compare_all(2, 1, 3, large[k]);
    }
}

/* The arrays do what they are for. */
static int use(void) {
    static const float value[TUTEE_VALUE_LEN(2, 3, 5, 5)] = {1, -1, 0.5f, -0.5f, 0.25f, 2};
    struct on_the_stack both;
    tutee_shape shape = {2, 3, 5, 5}, one = {1, 1, 1, 1};
    tutee_teacher_f32 *teacher;
    tutee_student_f64 *student;
    tutee_student_f32 *small;
    tutee_sampler_f32 *sampler, *wide_sampler;
    tutee_layer_f32 *layer;
    tutee_raw_f32 *raw;
    tutee_whitener_f32 *whitener;
    const tutee_layer_shape kind = {{2, 3, 5, 5}, TUTEE_CONCATENATED, TUTEE_CODES_LEARNED, TUTEE_SEPARATE,
                                    TUTEE_QUERIES_SETS, 4, 3, 0};
    float mixing[TUTEE_MIXING_LEN(2, 3, 5, 5)];
    double x[TUTEE_INPUT_LEN(2, 3, 5, 5)], y[TUTEE_OUTPUT_LEN(2, 3, 5, 5)];
    memset(x, 0, sizeof x);
    return tutee_mixing_cycle_f32(&shape, 1, mixing, sizeof mixing / sizeof *mixing) == TUTEE_OK &&
           tutee_teacher_init_f32(teacher_memory, sizeof teacher_memory / 8, &shape, TUTEE_RELU, 0, value,
                                  sizeof value / sizeof *value, mixing, sizeof mixing / sizeof *mixing, &teacher) ==
               TUTEE_OK &&
           tutee_student_init_f64(student_memory, sizeof student_memory / 8, &shape, &student) == TUTEE_OK &&
           tutee_student_init_f32(both.words, sizeof both.words / 8, &one, &small) == TUTEE_OK &&
           tutee_sampler_init_f32(sampler_memory, sizeof sampler_memory / 8, &shape, &sampler) == TUTEE_OK &&
           tutee_sampler_init_f32(wide_sampler_memory, sizeof wide_sampler_memory / 8, &shape, &wide_sampler) ==
               TUTEE_OK &&
           tutee_layer_init_f32(layer_memory, sizeof layer_memory / 8, &kind, &layer) == TUTEE_OK &&
           tutee_raw_init_f32(raw_memory, sizeof raw_memory / 8, &shape, TUTEE_INTERCEPT | TUTEE_SIGNED, TUTEE_IDENTITY, 0,
                              &raw) == TUTEE_OK &&
           tutee_whitener_init_f32(whitener_memory, sizeof whitener_memory / 8, &shape, &whitener) == TUTEE_OK &&
           sizeof layer_scratch > 0 && sizeof layer_snapshot > 0 &&
           tutee_teacher_value_f32(teacher, both.value, sizeof both.value / sizeof *both.value) == TUTEE_OK &&
           memcmp(both.value, value, sizeof value) == 0 &&
           tutee_student_predict_f64(student, TUTEE_RELU, 0, 1, x, sizeof x / sizeof *x, scratch,
                                     sizeof scratch / sizeof *scratch, y, sizeof y / sizeof *y) == TUTEE_OK &&
           tutee_student_save_f64(student, NULL, TUTEE_NO_ACTIVATION, 0, snapshot, sizeof snapshot) == TUTEE_OK;
}

/* Header and library are of one version, and a preprocessor can compare its numbers. */
static int same_version(void) {
    char numbers[40];
#if TUTEE_VERSION_MAJOR < 0 || TUTEE_VERSION_MINOR < 0 || TUTEE_VERSION_PATCH < 0
#error "no numbers"
#endif
    sprintf(numbers, "%d.%d.%d", TUTEE_VERSION_MAJOR, TUTEE_VERSION_MINOR, TUTEE_VERSION_PATCH);
    return strcmp(numbers, TUTEE_VERSION) == 0 && strcmp(numbers, tutee_version()) == 0;
}

int main(void) {
    static const uint32_t sizes[] = {1, 2, 3, 4, 7, 8, 9, 16, 17, 100};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    int m, d, t, j;
    for (m = 0; m < SIZES; m++)
        for (d = 0; d < SIZES; d++)
            for (t = 0; t < SIZES; t++)
                for (j = 0; j < SIZES; j++) compare_all(sizes[m], sizes[d], sizes[t], sizes[j]);
    compare_large();
    if (!layers_agree()) {
        printf("FAILED: other kinds of layer are legal than should be\n");
        return 1;
    }
    if (!same_version()) {
        printf("FAILED: TUTEE_VERSION is %s, tutee_version() %s; or numbers differ from both\n", TUTEE_VERSION,
               tutee_version());
        return 1;
    }
    if (!use()) {
        printf("FAILED: arrays of the macros' sizes were not accepted\n");
        return 1;
    }
    if (different) {
        printf("FAILED: %lu of %lu sizes differ\n", different, compared);
        return 1;
    }
    printf("compared %lu sizes, and %d words of a constant\n", compared, A_CONSTANT);
    return 0;
}
