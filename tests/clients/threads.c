/*
 * Two threads, two students, one teacher that both read: the same digests as one after the other. Run under a tool that
 * sees races, there is none.
 *
 *     threads           as above
 * Then two threads share the pairs of every step of one student, each with a copy of it: their batches are merged, in one order.
 *
 *     threads shared    what the header forbids, two threads with one student: the tool must cry
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tutee.h"

enum { FILTERS = 3, FEATURES = 4, TOKENS = 8, STUDENTS = 2, STEPS = 60, BATCH = 8 };
#define AT(macro) macro(FILTERS, FEATURES, TOKENS, TOKENS)
static const tutee_shape shape = {FILTERS, FEATURES, TOKENS, TOKENS};

static uint64_t teacher_memory[AT(TUTEE_TEACHER_WORDS_F64)];
static tutee_teacher_f64 *teacher;

/* All memory of one training. */
struct training {
    uint64_t student_memory[AT(TUTEE_STUDENT_WORDS_F64)];
    uint64_t sampler_memory[AT(TUTEE_SAMPLER_WORDS_F64)];
    double scratch[AT(TUTEE_ONLINE_SCRATCH)];
    double x[BATCH * AT(TUTEE_INPUT_LEN)];
    double y[BATCH * AT(TUTEE_OUTPUT_LEN)];
    tutee_student_f64 *student;
    uint64_t seed;
    uint64_t digest;
    int failed_at;
};

#define MUST(call) do { if ((call) != TUTEE_OK) { training->failed_at = __LINE__; return NULL; } } while (0)

/* Every kind of training, and every kind of question. */
static void *train(void *argument) {
    struct training *training = (struct training *)argument;
    tutee_student_f64 *student = training->student;
    tutee_sampler_f64 *sampler;
    tutee_descent_f64 descent;
    tutee_source_f64 source;
    tutee_stop_f64 stop;
    tutee_result_f64 result;
    tutee_recovery_f64 recovery;
    const size_t n_scratch = sizeof training->scratch / sizeof *training->scratch;
    size_t i;
    int step;
    MUST(tutee_self_test());
    MUST(tutee_descent_default_f64(0.25, &descent));
    MUST(tutee_source_default_f64(training->seed, BATCH, &source));
    MUST(tutee_stop_default_f64(STEPS, &stop));
    MUST(tutee_sampler_init_f64(training->sampler_memory, AT(TUTEE_SAMPLER_WORDS_F64), &shape, &sampler));
    MUST(tutee_online_run_f64(student, teacher, &source, &descent, &stop, NULL, training->scratch, n_scratch, &result));
    stop.steps += STEPS;
    MUST(tutee_population_run_f64(student, teacher, &descent, &stop, NULL, training->scratch, n_scratch, &result));
    for (i = 0; i < sizeof training->x / sizeof *training->x; i++) {
        training->x[i] = (double)((i * 37 + training->seed * 11) % 29) / 8 - 1.75;
    }
    MUST(tutee_teacher_answer_f64(teacher, BATCH, training->x, BATCH * AT(TUTEE_INPUT_LEN), training->scratch,
                                  n_scratch, training->y, BATCH * AT(TUTEE_OUTPUT_LEN)));
    MUST(tutee_samples_begin_f64(student, sampler, TUTEE_RELU, 0));
    descent.value_rate = descent.attention_rate = 0.0625;
    for (step = 0; step < STEPS; step++) {
        MUST(tutee_samples_accumulate_f64(student, sampler, BATCH, training->x, BATCH * AT(TUTEE_INPUT_LEN),
                                          training->y, BATCH * AT(TUTEE_OUTPUT_LEN)));
        MUST(tutee_samples_step_f64(student, sampler, &descent));
    }
    MUST(tutee_student_recovery_f64(student, teacher, training->scratch, n_scratch, &recovery));
    MUST(tutee_student_digest_f64(student, &training->digest));
    return NULL;
}

static struct training trainings[STUDENTS];

/* Half of the pairs of every step, and the batch of a copy of the student. */
struct half {
    uint64_t student_memory[AT(TUTEE_STUDENT_WORDS_F64)];
    uint64_t sampler_memory[AT(TUTEE_SAMPLER_WORDS_F64)];
    tutee_sampler_f64 *sampler;
    const struct training *of;
    size_t first;
    int failed;
};

static void *gather(void *argument) {
    struct half *half = (struct half *)argument;
    const size_t pairs = BATCH / 2, n_x = pairs * AT(TUTEE_INPUT_LEN), n_y = pairs * AT(TUTEE_OUTPUT_LEN);
    tutee_student_f64 *student = (tutee_student_f64 *)(void *)half->student_memory;
    half->failed = tutee_samples_begin_f64(student, half->sampler, TUTEE_RELU, 0) != TUTEE_OK ||
                   tutee_samples_accumulate_f64(student, half->sampler, pairs, half->of->x + half->first * AT(TUTEE_INPUT_LEN), n_x,
                                                half->of->y + half->first * AT(TUTEE_OUTPUT_LEN), n_y) != TUTEE_OK;
    return NULL;
}

/* Steps of one student along batches of two halves, in threads or one after the other; its digest, or 0. */
static uint64_t halves(const struct training *of, int threaded) {
    static struct half half[2];
    static uint64_t memory[AT(TUTEE_STUDENT_WORDS_F64)];
    tutee_student_f64 *student;
    tutee_descent_f64 descent;
    uint64_t digest = 0, count;
    double loss;
    int step, i;
    if (tutee_student_init_f64(memory, AT(TUTEE_STUDENT_WORDS_F64), &shape, &student) != TUTEE_OK ||
        tutee_descent_default_f64(0.0625, &descent) != TUTEE_OK) return 0;
    for (i = 0; i < 2; i++) {
        half[i].of = of;
        half[i].first = (size_t)i * BATCH / 2;
        if (tutee_sampler_init_f64(half[i].sampler_memory, AT(TUTEE_SAMPLER_WORDS_F64), &shape, &half[i].sampler) != TUTEE_OK) return 0;
    }
    for (step = 0; step < STEPS; step++) {
        pthread_t threads[2];
        for (i = 0; i < 2; i++) {
            /* The second first, where nobody knows who is done first. */
            struct half *one = &half[threaded ? 1 - i : i];
            memcpy(one->student_memory, memory, sizeof memory);
            if (!threaded) gather(one);
            else if (pthread_create(&threads[i], NULL, gather, one) != 0) return 0;
        }
        for (i = 0; i < 2 && threaded; i++) if (pthread_join(threads[i], NULL) != 0) return 0;
        if (half[0].failed || half[1].failed ||
            tutee_samples_merge_f64(student, half[0].sampler, half[1].sampler) != TUTEE_OK ||
            tutee_samples_loss_f64(half[0].sampler, &count, &loss) != TUTEE_OK || count != BATCH ||
            tutee_samples_step_f64(student, half[0].sampler, &descent) != TUTEE_OK) return 0;
    }
    return tutee_student_digest_f64(student, &digest) == TUTEE_OK ? digest : 0;
}

static int failed(const char *what) {
    printf("FAILED: %s\n", what);
    return 1;
}

static int start(struct training *training, uint64_t seed) {
    memset(training, 0, sizeof *training);
    training->seed = seed;
    return tutee_student_init_f64(training->student_memory, AT(TUTEE_STUDENT_WORDS_F64), &shape, &training->student) ==
           TUTEE_OK;
}

int main(int argc, char **argv) {
    static const double value[AT(TUTEE_VALUE_LEN)] = {1, 0, 0.5, -0.25, 0, -1, 0.25, 0.5, 0.5, 0.5, -1, 0};
    static double mixing[AT(TUTEE_MIXING_LEN)];
    const int shared = argc > 1 && strcmp(argv[1], "shared") == 0;
    uint64_t sequential[STUDENTS];
    pthread_t threads[STUDENTS];
    int i;
    if (tutee_mixing_convolution_f64(&shape, 4, mixing, AT(TUTEE_MIXING_LEN)) != TUTEE_OK ||
        tutee_teacher_init_f64(teacher_memory, AT(TUTEE_TEACHER_WORDS_F64), &shape, TUTEE_RELU, 0, value,
                               AT(TUTEE_VALUE_LEN), mixing, AT(TUTEE_MIXING_LEN), &teacher) != TUTEE_OK) return failed("no teacher");
    for (i = 0; i < STUDENTS; i++) {
        if (!start(&trainings[i], (uint64_t)i + 1)) return failed("no student");
        train(&trainings[i]);
        sequential[i] = trainings[i].digest;
    }
    for (i = 0; i < STUDENTS; i++) {
        if (!start(&trainings[i], (uint64_t)i + 1)) return failed("no student");
    }
    if (shared) trainings[1].student = trainings[0].student;
    for (i = 0; i < STUDENTS; i++) {
        if (pthread_create(&threads[i], NULL, train, &trainings[i]) != 0) return failed("no thread");
    }
    for (i = 0; i < STUDENTS; i++) {
        if (pthread_join(threads[i], NULL) != 0) return failed("a thread that does not end");
    }
    if (shared) return 0;
    for (i = 0; i < STUDENTS; i++) {
        if (trainings[i].failed_at || trainings[i].digest != sequential[i] || sequential[i] == 0) {
            printf("FAILED: student %d, line %d, digest %016llx, alone %016llx\n", i, trainings[i].failed_at,
                   (unsigned long long)trainings[i].digest, (unsigned long long)sequential[i]);
            return 1;
        }
    }
    if (sequential[0] == sequential[1]) return failed("two seeds, one digest");
    sequential[0] = halves(&trainings[0], 0);
    if (sequential[0] == 0) return failed("halves are refused");
    for (i = 0; i < 4; i++) if (halves(&trainings[0], 1) != sequential[0]) return failed("merged batches have another digest");
    printf("%d students in %d threads, and one of which %d threads share the pairs: the digests of one after the other\n", STUDENTS,
           STUDENTS, 2);
    return 0;
}
