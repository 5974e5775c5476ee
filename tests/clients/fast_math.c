/*
 * A program that is linked with -ffast-math or -Ofast: code of the compiler's makes its first thread flush subnormal
 * numbers, and threads have what the thread that made them has. The library refuses to compute, and its message and its
 * manual name the remedy, which helps. With LINKED_WITHOUT the options are for compiling alone, and nothing is refused.
 */
#include <fenv.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tutee.h"

static int failures;

static void check(int holds, const char *what) {
    if (holds) return;
    printf("FAILED: %s\n", what);
    failures++;
}

/* The attention of a fresh student: a function that computes. */
static tutee_status compute(void) {
    uint64_t memory[TUTEE_STUDENT_WORDS_F32(1, 1, 2, 1)];
    const tutee_shape shape = {1, 1, 2, 1};
    tutee_student_f32 *student;
    float attention[2] = {0, 0};
    tutee_status status = tutee_student_init_f32(memory, sizeof memory / 8, &shape, &student);
    if (status == TUTEE_OK) status = tutee_student_get_f32(student, TUTEE_ATTENTION, attention, 2);
    check(attention[0] == (status == TUTEE_OK ? 0.5f : 0.0f), "a refused call wrote");
    return status;
}

#ifndef LINKED_WITHOUT
static int flushed(void) {
    return tutee_float_environment() == TUTEE_ERROR_FLOAT_ENVIRONMENT && compute() == TUTEE_ERROR_FLOAT_ENVIRONMENT &&
           tutee_self_test() == TUTEE_ERROR_FLOAT_ENVIRONMENT;
}
#endif

static int usual(void) {
    return tutee_float_environment() == TUTEE_OK && compute() == TUTEE_OK && tutee_self_test() == TUTEE_OK;
}

#ifndef LINKED_WITHOUT
static void *remedy(void *found) {
    *(int *)found = flushed();
    check(fesetenv(FE_DFL_ENV) == 0 && usual(), "a thread's own remedy");
    return NULL;
}
#endif

static void *look(void *found) {
    *(int *)found = usual();
    return NULL;
}

/* What a thread finds. */
static int thread(void *(*run)(void *)) {
    pthread_t id;
    int found = 0;
    check(pthread_create(&id, NULL, run, &found) == 0 && pthread_join(id, NULL) == 0, "a thread");
    return found;
}

int main(void) {
    const char *message = tutee_status_message(TUTEE_ERROR_FLOAT_ENVIRONMENT);
    check(strstr(message, "fesetenv(FE_DFL_ENV)") != NULL && strstr(message, "-ffast-math") != NULL, "the message");
#ifdef LINKED_WITHOUT
    check(usual() && thread(look), "linked without, a program is refused");
#else
    check(flushed(), "linked for fast mathematics, a program is not refused");
    check(thread(remedy), "a thread does not have what the thread has that made it");
    check(flushed(), "the remedy of another thread reaches this one");
    check(fesetenv(FE_DFL_ENV) == 0 && usual(), "the remedy");
    check(thread(look), "a thread that was made after the remedy");
#endif
    if (failures) return 1;
#ifdef LINKED_WITHOUT
    printf("nothing is refused\n");
#else
    printf("linked for fast mathematics, a program and its thread are refused until fesetenv(FE_DFL_ENV)\n");
#endif
    return 0;
}
