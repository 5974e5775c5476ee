/*
 * The observer of a plant, stopped half way and started again from a snapshot: every bit is that of one that was not stopped.
 *
 *     restart                in one process: another object, in other memory; and wrong snapshots, which change nothing
 *     restart through FILE   all steps; the digest of what there is then
 *     restart first FILE     half of the steps; saves to FILE
 *     restart second FILE    loads FILE and goes on; the digest
 *
 * The plant is read in millimetres, each sensor with an offset of its own: four carriages on a line, each pulled to its neighbours.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tutee.h"

enum { CARRIAGES = 4, BATCH = 16, STEPS = 120, PREPARATION = TUTEE_INTERCEPT | TUTEE_SPARE | TUTEE_SIGNED };
enum { BYTES = TUTEE_RAW_SNAPSHOT_BYTES_F32(1, 1, CARRIAGES, CARRIAGES, PREPARATION) };
enum { WORDS = TUTEE_RAW_WORDS_F32(1, 1, CARRIAGES, CARRIAGES, PREPARATION) };
static const tutee_shape readings = {1, 1, CARRIAGES, CARRIAGES};
static uint64_t memory[WORDS], other_memory[WORDS], before[WORDS];
static uint8_t saved[BYTES], last[BYTES], again[BYTES];

#define MUST(condition) \
    do { \
        if (!(condition)) { \
            printf("FAILED line %d: %s\n", __LINE__, #condition); \
            return 1; \
        } \
    } while (0)

/* Pairs of a batch of their own for every step, so that a process that begins later has the ones that it would have had. */
static void record(int step, float x[BATCH][CARRIAGES], float y[BATCH][CARRIAGES]) {
    static const float offset[CARRIAGES] = {310, -42, 1250, 77};
    uint64_t state = 20261127u + (uint64_t)step;
    int pair, i;
    for (pair = 0; pair < BATCH; pair++) {
        float place[CARRIAGES];
        for (i = 0; i < CARRIAGES; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            place[i] = 25 * ((float)(state >> 40) / 8388608.0f - 1);
            x[pair][i] = place[i] + offset[i];
        }
        for (i = 0; i < CARRIAGES; i++)
            y[pair][i] = 8 * (place[(i + 1) % CARRIAGES] - place[i]) + 8 * (place[(i + 3) % CARRIAGES] - place[i]) + 500;
    }
}

static tutee_status made(uint64_t *words, int32_t preparation, int32_t activation, tutee_raw_f32 **raw) {
    return tutee_raw_init_f32(words, WORDS, &readings, preparation, activation, 0, raw);
}

static tutee_status begun(uint64_t *words, int32_t preparation, tutee_raw_f32 **raw) {
    float x[BATCH][CARRIAGES], y[BATCH][CARRIAGES];
    tutee_status status = made(words, preparation, TUTEE_IDENTITY, raw);
    record(0, x, y);
    if (status == TUTEE_OK) status = tutee_raw_observe_f32(*raw, BATCH, x[0], BATCH * CARRIAGES, y[0], BATCH * CARRIAGES);
    if (status == TUTEE_OK) status = tutee_raw_begin_f32(*raw);
    return status;
}

static tutee_status learn(tutee_raw_f32 *raw, int first, int end) {
    tutee_raw_descent_f32 descent;
    tutee_raw_stepped_f32 stepped;
    tutee_status status = tutee_raw_descent_default_f32(&descent);
    for (; status == TUTEE_OK && first < end; first++) {
        float x[BATCH][CARRIAGES], y[BATCH][CARRIAGES];
        record(first, x, y);
        status = tutee_raw_accumulate_f32(raw, BATCH, x[0], BATCH * CARRIAGES, y[0], BATCH * CARRIAGES);
        if (status == TUTEE_OK) status = tutee_raw_step_f32(raw, &descent, &stepped);
    }
    return status;
}

/* FNV-1a of a snapshot. */
static uint64_t digest(const uint8_t *bytes) {
    uint64_t hash = 14695981039346656037u;
    size_t i;
    for (i = 0; i < BYTES; i++) hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

static int here(void) {
    tutee_raw_f32 *raw, *other;
    tutee_raw_info info;
    size_t i, refused = 0;
    MUST(begun(memory, PREPARATION, &raw) == TUTEE_OK);
    MUST(learn(raw, 0, STEPS / 2) == TUTEE_OK && tutee_raw_save_f32(raw, saved, BYTES) == TUTEE_OK);
    MUST(learn(raw, STEPS / 2, STEPS) == TUTEE_OK && tutee_raw_save_f32(raw, last, BYTES) == TUTEE_OK);
    MUST(memcmp(saved, last, BYTES) != 0);

    MUST(tutee_raw_inspect(saved, BYTES, &info) == TUTEE_OK && info.preparation == PREPARATION && info.steps == STEPS / 2);
    MUST(info.pairs == BATCH && info.activation == TUTEE_IDENTITY && memcmp(&info.shape, &readings, sizeof readings) == 0);
    MUST(made(other_memory, PREPARATION, TUTEE_RELU, &other) == TUTEE_OK);
    MUST(tutee_raw_load_f32(other, saved, BYTES) == TUTEE_OK && learn(other, STEPS / 2, STEPS) == TUTEE_OK);
    MUST(tutee_raw_save_f32(other, again, BYTES) == TUTEE_OK && memcmp(again, last, BYTES) == 0);

    /* Every byte altered, every end cut off: the observer is what it was. */
    memcpy(before, other_memory, sizeof before);
    for (i = 0; i < BYTES; i++) {
        memcpy(again, saved, BYTES);
        again[i] ^= 0x40;
        refused += tutee_raw_load_f32(other, again, BYTES) != TUTEE_OK;
        refused += tutee_raw_load_f32(other, saved, i) == TUTEE_ERROR_SNAPSHOT_TRUNCATED;
    }
    MUST(refused == 2 * BYTES && memcmp(before, other_memory, sizeof before) == 0);
    /* Of an observer that is given something else. */
    MUST(begun(memory, TUTEE_INTERCEPT, &raw) == TUTEE_OK);
    memcpy(before, memory, sizeof before);
    MUST(tutee_raw_load_f32(raw, saved, BYTES) == TUTEE_ERROR_SNAPSHOT_SHAPE && memcmp(before, memory, sizeof before) == 0);
    printf("%d steps, stopped after %d: %016llx, as without the stop; %lu wrong snapshots refused without a trace\n", (int)STEPS,
           (int)STEPS / 2, (unsigned long long)digest(last), (unsigned long)refused + 1);
    return 0;
}

int main(int argc, char **argv) {
    tutee_raw_f32 *raw;
    FILE *file;
    if (argc < 3) return here();
    if (strcmp(argv[1], "second") == 0) {
        MUST(made(memory, PREPARATION, TUTEE_IDENTITY, &raw) == TUTEE_OK);
        MUST((file = fopen(argv[2], "rb")) != NULL && fread(saved, 1, BYTES, file) == BYTES && fclose(file) == 0);
        MUST(tutee_raw_load_f32(raw, saved, BYTES) == TUTEE_OK && learn(raw, STEPS / 2, STEPS) == TUTEE_OK);
    } else {
        const int first = strcmp(argv[1], "first") == 0;
        MUST(begun(memory, PREPARATION, &raw) == TUTEE_OK && learn(raw, 0, first ? STEPS / 2 : STEPS) == TUTEE_OK);
        if (first) {
            MUST(tutee_raw_save_f32(raw, saved, BYTES) == TUTEE_OK);
            MUST((file = fopen(argv[2], "wb")) != NULL && fwrite(saved, 1, BYTES, file) == BYTES && fclose(file) == 0);
            return 0;
        }
    }
    MUST(tutee_raw_save_f32(raw, last, BYTES) == TUTEE_OK);
    printf("digest %016llx\n", (unsigned long long)digest(last));
    return 0;
}
