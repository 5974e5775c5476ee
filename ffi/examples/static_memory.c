/*
 * Tutee in firmware: every byte in static arrays, float, no heap, no file, no formatted output.
 *
 * The board checks the library, then learns in two ways. By the exact gradient from a teacher that it is given, as a
 * production test would; and from pairs that come in one by one, as they would from an analogue-digital converter. It
 * says how much memory it takes, and the digests of both students, which are the same on every board and every desktop
 * machine, by every compiler.
 *
 *     cc -std=c99 -Iinclude ffi/examples/static_memory.c libtutee.a -o static_memory
 *
 * Text leaves through `say` alone. On a board without a C library's streams, define TUTEE_SAY as the name of a function
 * that takes a string and sends it down the wire.
 */
#include <stdint.h>

#include "tutee.h"

#ifdef TUTEE_SAY
void TUTEE_SAY(const char *text);
static void say(const char *text) { TUTEE_SAY(text); }
#else
#include <stdio.h>
static void say(const char *text) { fputs(text, stdout); }
#endif

/* Two filters over windows of three samples, eight windows, averaged in pairs. */
enum { FILTERS = 2, FEATURES = 3, TOKENS = 8, OUTPUTS = 4, GROUP = 2 };
enum { EXACT_STEPS = 400, BATCHES = 200, BATCH = 8 };
#define SIZES(macro) macro(FILTERS, FEATURES, TOKENS, OUTPUTS)
#define LARGER(a, b) ((a) > (b) ? (a) : (b))
enum { SCRATCH = LARGER(SIZES(TUTEE_POPULATION_SCRATCH), SIZES(TUTEE_PREDICT_SCRATCH)) };

/* All memory of the program. */
static uint64_t teacher_memory[SIZES(TUTEE_TEACHER_WORDS_F32)];
static uint64_t student_memory[SIZES(TUTEE_STUDENT_WORDS_F32)];
static uint64_t sampler_memory[SIZES(TUTEE_SAMPLER_WORDS_F32)];
static float scratch[SCRATCH];
static float x[SIZES(TUTEE_INPUT_LEN)];
static float y[SIZES(TUTEE_OUTPUT_LEN)];
enum {
    BYTES = sizeof teacher_memory + sizeof student_memory + sizeof sampler_memory + sizeof scratch + sizeof x + sizeof y
};

static const tutee_shape shape = {FILTERS, FEATURES, TOKENS, OUTPUTS};
static const float filters[SIZES(TUTEE_VALUE_LEN)] = {0.5f, 0.75f, -0.25f, -0.5f, 0.25f, 1.0f};

static void say_number(const char *what, uint64_t number, unsigned base) {
    char digits[21];
    char *digit = digits + sizeof digits - 1;
    *digit = '\0';
    do {
        *--digit = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0 || (base == 16 && digit > digits + sizeof digits - 17));
    say(what);
    say(digit);
    say("\n");
}

/* Says what was done and how it went. */
static int done(const char *what, tutee_status status) {
    say(what);
    say(": ");
    say(tutee_status_message(status));
    say("\n");
    return status == TUTEE_OK;
}

static tutee_status say_digest(const tutee_student_f32 *student) {
    uint64_t digest;
    tutee_status status = tutee_student_digest_f32(student, &digest);
    if (status == TUTEE_OK) say_number("digest ", digest, 16);
    return status;
}

/* By the exact gradient over all inputs there are. */
static tutee_status train_exactly(tutee_student_f32 *student, const tutee_teacher_f32 *teacher) {
    tutee_descent_f32 descent;
    tutee_stop_f32 stop;
    tutee_result_f32 result;
    tutee_status status = tutee_descent_default_f32((float)GROUP / OUTPUTS, &descent);
    if (status == TUTEE_OK) status = tutee_stop_default_f32(EXACT_STEPS, &stop);
    if (status == TUTEE_OK) {
        status = tutee_population_run_f32(student, teacher, &descent, &stop, 0, scratch, SCRATCH, &result);
    }
    return status;
}

/* A reading of twelve bits, as a converter would give it, with half of full scale taken off: from -2 to 2. */
static float reading(void) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return ((float)(int32_t)(state >> 20) - 2048.0f) / 1024.0f;
}

/*
 * One pair: filters, averages and a rectifier stand for whatever the board is wired to. All numbers are small multiples
 * of a power of two, so that every compiler comes to the same sums, whether it fuses multiplications with additions or
 * not.
 */
static void observe(void) {
    int token, feature, filter;
    for (token = 0; token < TOKENS; token++) {
        for (feature = 0; feature < FEATURES; feature++) x[token * FEATURES + feature] = reading();
    }
    for (token = 0; token < TOKENS; token += GROUP) {
        for (filter = 0; filter < FILTERS; filter++) {
            float sum = 0;
            for (feature = 0; feature < GROUP * FEATURES; feature++) {
                sum += filters[filter * FEATURES + feature % FEATURES] * x[token * FEATURES + feature];
            }
            y[token / GROUP * FILTERS + filter] = sum < 0 ? 0 : sum / GROUP;
        }
    }
}

static tutee_status train_from_pairs(tutee_student_f32 *student, tutee_sampler_f32 *sampler) {
    tutee_descent_f32 descent;
    int batch, pair;
    tutee_status status = tutee_descent_default_f32((float)GROUP / OUTPUTS / 2, &descent);
    /* The attention can be taught faster than the filters. */
    descent.attention_rate = 4;
    if (status == TUTEE_OK) status = tutee_samples_begin_f32(student, sampler, TUTEE_RELU, 0);
    for (batch = 0; status == TUTEE_OK && batch < BATCHES; batch++) {
        for (pair = 0; status == TUTEE_OK && pair < BATCH; pair++) {
            observe();
            status = tutee_samples_accumulate_f32(student, sampler, 1, x, SIZES(TUTEE_INPUT_LEN), y,
                                                  SIZES(TUTEE_OUTPUT_LEN));
        }
        if (status == TUTEE_OK) status = tutee_samples_step_f32(student, sampler, &descent);
    }
    return status;
}

int main(void) {
    tutee_teacher_f32 *teacher;
    tutee_student_f32 *student;
    tutee_sampler_f32 *sampler;
    tutee_recovery_f32 recovery;
    tutee_status status;
    if (tutee_abi_version() != TUTEE_ABI_VERSION) {
        say("header and library do not belong together\n");
        return 1;
    }
    if (!done("self-test", tutee_self_test())) return 1;
    /* The mixing is copied into the teacher, so that the scratch has room for it meanwhile. */
    if (!done("mixing", tutee_mixing_convolution_f32(&shape, GROUP, scratch, SIZES(TUTEE_MIXING_LEN)))) return 1;
    if (!done("teacher", tutee_teacher_init_f32(teacher_memory, SIZES(TUTEE_TEACHER_WORDS_F32), &shape, TUTEE_RELU, 0,
                                                filters, SIZES(TUTEE_VALUE_LEN), scratch, SIZES(TUTEE_MIXING_LEN),
                                                &teacher))) return 1;
    if (!done("student", tutee_student_init_f32(student_memory, SIZES(TUTEE_STUDENT_WORDS_F32), &shape, &student)))
        return 1;
    if (!done("sampler", tutee_sampler_init_f32(sampler_memory, SIZES(TUTEE_SAMPLER_WORDS_F32), &shape, &sampler)))
        return 1;
    say_number("bytes ", BYTES, 10);

    if (!done("exact training", train_exactly(student, teacher)) || say_digest(student) != TUTEE_OK) return 1;
    if (!done("reset", tutee_student_reset_f32(student))) return 1;
    if (!done("training from pairs", train_from_pairs(student, sampler)) || say_digest(student) != TUTEE_OK) return 1;

    /* The student has found the filters, and puts its attention on the right tokens. */
    status = tutee_student_recovery_f32(student, teacher, scratch, SCRATCH, &recovery);
    if (!done("recovery", status)) return 1;
    if (!(recovery.value_cosine_defined && recovery.value_cosine_min > 0.99f && recovery.mass_min > 0.7f)) {
        say("the student has not learnt\n");
        return 1;
    }
    return 0;
}
