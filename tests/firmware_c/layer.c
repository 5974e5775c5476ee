/*
 * A whole layer on a bare processor, in C: eight tokens of four readings with codes beside them, separate matrices with keys of four
 * entries, two filters, float. It learns from pairs that come in, is saved on the way, and goes on from the snapshot with the same bits.
 * `run` compares what it prints, the digest included, with what it prints on this machine.
 */
#include "tutee.h"

#ifdef TUTEE_SAY
void TUTEE_SAY(const char *text);
static void say(const char *text) { TUTEE_SAY(text); }
#else
#include <stdio.h>
static void say(const char *text) { fputs(text, stdout); }
#endif

enum { FILTERS = 2, FEATURES = 4, TOKENS = 8, KEYS = 4, BATCH = 8, STEPS = 300, MORE = 10 };
#define SIZES(macro)                                                                                                  \
    macro(FILTERS, FEATURES, TOKENS, TOKENS, TUTEE_CONCATENATED, TUTEE_CODES_FIXED, TUTEE_SEPARATE, TUTEE_QUERIES_TOKENS, \
          TOKENS, KEYS, 0)

static uint64_t memory[SIZES(TUTEE_LAYER_WORDS_F32)];
static uint8_t snapshot[SIZES(TUTEE_LAYER_SNAPSHOT_BYTES_F32)];
static float x[TOKENS * FEATURES], y[TOKENS * FILTERS], codes[TOKENS * TOKENS];
static uint32_t state;

static const tutee_layer_shape shape = {{FILTERS, FEATURES, TOKENS, TOKENS}, TUTEE_CONCATENATED, TUTEE_CODES_FIXED,
                                        TUTEE_SEPARATE, TUTEE_QUERIES_TOKENS, TOKENS, KEYS, 0};
static const float filters[FILTERS * FEATURES] = {0.5f, 0.75f, -0.25f, 0.25f, -0.5f, 0.25f, 1.0f, -0.75f};

static void say_digest(uint64_t digest) {
    char text[] = "digest 0123456789abcdef\n";
    int i;
    for (i = 22; i >= 7; i--, digest >>= 4) text[i] = "0123456789abcdef"[digest & 15];
    say(text);
}

/* From -2 to 2, in multiples of a power of two, so that no compiler's sums differ. */
static float reading(void) {
    state = state * 1664525u + 1013904223u;
    return ((float)(int32_t)(state >> 20) - 2048.0f) / 1024.0f;
}

/* Each pair of tokens answers for both: the filters, averaged. */
static void observe(void) {
    int token, filter, i;
    for (i = 0; i < TOKENS * FEATURES; i++) x[i] = reading();
    for (token = 0; token < TOKENS; token++) {
        const float *pair = x + token / 2 * 2 * FEATURES;
        for (filter = 0; filter < FILTERS; filter++) {
            float sum = 0;
            for (i = 0; i < 2 * FEATURES; i++) sum += filters[filter * FEATURES + i % FEATURES] * pair[i];
            y[token * FILTERS + filter] = sum / 2;
        }
    }
}

/* So many steps; the mean loss of the batch before the first and before the last of them. */
static tutee_status train(tutee_layer_f32 *layer, int steps, float *first, float *last) {
    tutee_descent_f32 descent;
    uint64_t count;
    int step, pair;
    tutee_status status = tutee_descent_default_f32(0.05f, &descent);
    descent.attention_rate = 0.4f;
    if (status == TUTEE_OK) status = tutee_layer_begin_f32(layer);
    for (step = 0; status == TUTEE_OK && step < steps; step++) {
        for (pair = 0; status == TUTEE_OK && pair < BATCH; pair++) {
            observe();
            status = tutee_layer_accumulate_f32(layer, 1, x, TOKENS * FEATURES, NULL, 0, NULL, 0, NULL, 0, y, TOKENS * FILTERS);
        }
        if (status == TUTEE_OK) status = tutee_layer_batch_loss_f32(layer, &count, step ? last : first);
        if (status == TUTEE_OK) status = tutee_layer_step_f32(layer, &descent);
    }
    return status;
}

int main(void) {
    tutee_layer_f32 *layer;
    float first, last, unused;
    uint64_t straight = 0, resumed = 1;
    uint32_t there;
    tutee_status status = tutee_layer_init_f32(memory, SIZES(TUTEE_LAYER_WORDS_F32), &shape, &layer);
    if (status == TUTEE_OK) status = tutee_layer_codes_f32(&shape, TUTEE_CODE_IDENTITY, 0, codes, TOKENS * TOKENS);
    if (status == TUTEE_OK) status = tutee_layer_set_f32(layer, TUTEE_CODES, codes, TOKENS * TOKENS);
    if (status == TUTEE_OK) status = tutee_layer_start_f32(layer, TUTEE_START_GAUSSIAN, 0.5f, 3);
    if (status == TUTEE_OK) status = train(layer, STEPS, &first, &last);
    there = state;
    if (status == TUTEE_OK) status = tutee_layer_save_f32(layer, NULL, snapshot, sizeof snapshot);
    if (status == TUTEE_OK) status = train(layer, MORE, &unused, &unused);
    if (status == TUTEE_OK) status = tutee_layer_digest_f32(layer, &straight);
    /* As after a power cut: the layer of the snapshot sees what came after it. */
    state = there;
    if (status == TUTEE_OK) status = tutee_layer_load_f32(layer, snapshot, sizeof snapshot, NULL);
    if (status == TUTEE_OK) status = train(layer, MORE, &unused, &unused);
    if (status == TUTEE_OK) status = tutee_layer_digest_f32(layer, &resumed);
    say(tutee_status_message(status));
    say("\n");
    if (status != TUTEE_OK) return 1;
    say_digest(straight);
    if (straight != resumed) {
        say("a layer that went on from its snapshot is another one\n");
        return 1;
    }
    if (!(last < first / 8)) {
        say("the layer has not learnt\n");
        return 1;
    }
    return 0;
}
