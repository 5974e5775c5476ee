/*
 * Which sensors a question is about: a whole layer, trained on pairs that the program makes, each with queries of its own.
 *
 * A row of twelve sensors is asked for the mean reading of a window around a place that changes with every sample. What comes
 * with the question is the place alone, as cosines and sines; nobody tells the library how wide the window is, nor that there
 * is one. It learns W_KQ, by which a place asks for sensors, and finds the window: the attention that a question gets.
 *
 *     cc -std=c99 -Iinclude ffi/examples/moving_averages.c libtutee.a -lm -o moving_averages
 *
 * Memory is an array whose size is a constant. Exits with 0 when every window was found, and a snapshot gives the same layer.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "tutee.h"

/* A reading is that of two gauges, of which a weighted sum is averaged; three places ask in every sample. */
enum { SENSORS = 12, GAUGES = 2, SUMS = 1, QUESTIONS = 3, WINDOW = 3, PLACE = 2 * 4, PAIRS = 64, STEPS = 6000 };
#define SIZES(macro)                                                                                     \
    macro(SUMS, GAUGES, SENSORS, QUESTIONS, TUTEE_CONCATENATED, TUTEE_CODES_FIXED, TUTEE_MERGED, TUTEE_QUERIES_VECTORS, \
          SENSORS, 0, PLACE)

static uint64_t memory[SIZES(TUTEE_LAYER_WORDS_F64)], copy[SIZES(TUTEE_LAYER_WORDS_F64)];
static uint8_t snapshot[SIZES(TUTEE_LAYER_SNAPSHOT_BYTES_F64)];
static double readings[PAIRS][SENSORS][GAUGES], places[PAIRS][QUESTIONS][PLACE], answers[PAIRS][QUESTIONS][SUMS];
static double codes[SENSORS][SENSORS], attention[QUESTIONS][SENSORS];

static const double weights[GAUGES] = {0.8, -0.6};

/* ---- the plant ---- */

static uint64_t state = 2026;

static uint32_t word(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

/* Mean zero and variance one, nearly normal: the sum of twelve uniform numbers. */
static double normal(void) {
    double sum = -6;
    int i;
    for (i = 0; i < 12; i++) sum += word() / 2147483648.0;
    return sum;
}

/* A place on the ring, as harmonics of its angle. */
static void describe(int place, double query[PLACE]) {
    int harmonic;
    for (harmonic = 0; harmonic < PLACE / 2; harmonic++) {
        double angle = 2 * 3.14159265358979323846 * place * (harmonic + 1) / SENSORS;
        query[2 * harmonic] = cos(angle);
        query[2 * harmonic + 1] = sin(angle);
    }
}

static void simulate(int pair) {
    int sensor, gauge, question, offset;
    for (sensor = 0; sensor < SENSORS; sensor++) {
        for (gauge = 0; gauge < GAUGES; gauge++) readings[pair][sensor][gauge] = normal();
    }
    for (question = 0; question < QUESTIONS; question++) {
        int place = (int)(word() % SENSORS);
        double sum = 0;
        describe(place, places[pair][question]);
        for (offset = 0; offset < WINDOW; offset++) {
            const double *reading = readings[pair][(place + offset + SENSORS - WINDOW / 2) % SENSORS];
            for (gauge = 0; gauge < GAUGES; gauge++) sum += weights[gauge] * reading[gauge];
        }
        answers[pair][question][0] = sum / WINDOW;
    }
}

/* ---- what the library does ---- */

static const tutee_layer_shape shape = {{SUMS, GAUGES, SENSORS, QUESTIONS}, TUTEE_CONCATENATED, TUTEE_CODES_FIXED, TUTEE_MERGED,
                                        TUTEE_QUERIES_VECTORS, SENSORS, 0, PLACE};

static tutee_status make(uint64_t *where, tutee_layer_f64 **layer) {
    tutee_layer_settings_f64 settings;
    tutee_status status = tutee_layer_init_f64(where, sizeof memory / 8, &shape, layer);
    if (status == TUTEE_OK) status = tutee_layer_codes_f64(&shape, TUTEE_CODE_IDENTITY, 0, &codes[0][0], SENSORS * SENSORS);
    if (status == TUTEE_OK) status = tutee_layer_set_f64(*layer, TUTEE_CODES, &codes[0][0], SENSORS * SENSORS);
    if (status == TUTEE_OK) status = tutee_layer_default_f64(&shape, &settings);
    if (status != TUTEE_OK) return status;
    settings.scale = 1;
    return tutee_layer_configure_f64(*layer, &settings);
}

static tutee_status train(tutee_layer_f64 *layer, double *loss) {
    tutee_descent_f64 descent;
    uint64_t count;
    int step, pair;
    tutee_status status = tutee_descent_default_f64(0.2, &descent);
    /* The filter is found first; the attention takes longer, and bears a higher rate. */
    descent.attention_rate = 0.5;
    if (status == TUTEE_OK) status = tutee_layer_start_f64(layer, TUTEE_START_ZERO, 0, 0);
    if (status == TUTEE_OK) status = tutee_layer_begin_f64(layer);
    for (step = 1; status == TUTEE_OK && step <= STEPS; step++) {
        for (pair = 0; pair < PAIRS; pair++) simulate(pair);
        status = tutee_layer_accumulate_f64(layer, PAIRS, &readings[0][0][0], PAIRS * SENSORS * GAUGES, NULL, 0, &places[0][0][0],
                                            PAIRS * QUESTIONS * PLACE, NULL, 0, &answers[0][0][0], PAIRS * QUESTIONS * SUMS);
        if (status == TUTEE_OK) status = tutee_layer_batch_loss_f64(layer, &count, loss);
        if (status == TUTEE_OK && (step == 1 || step == 10 || step == 100 || step == 1000 || step == STEPS)) {
            printf("step %4d: mean loss of %d pairs %.5f\n", step, (int)count, *loss);
        }
        if (status == TUTEE_OK) status = tutee_layer_step_f64(layer, &descent);
    }
    return status;
}

/* Asks for every place, on readings of zero, and counts the windows that have the largest weights. */
static tutee_status ask(tutee_layer_f64 *layer, int *found, double *least) {
    static double nothing[SENSORS][GAUGES], queries[QUESTIONS][PLACE], answer[QUESTIONS][SUMS];
    int place, question, sensor, offset;
    *found = 0;
    *least = 1;
    for (place = 0; place < SENSORS; place += QUESTIONS) {
        tutee_status status;
        for (question = 0; question < QUESTIONS; question++) describe(place + question, queries[question]);
        status = tutee_layer_predict_f64(layer, 1, &nothing[0][0], SENSORS * GAUGES, NULL, 0, &queries[0][0],
                                         QUESTIONS * PLACE, NULL, 0, &answer[0][0], QUESTIONS * SUMS);
        if (status == TUTEE_OK) status = tutee_layer_get_f64(layer, TUTEE_ATTENTION, &attention[0][0], QUESTIONS * SENSORS);
        if (status != TUTEE_OK) return status;
        for (question = 0; question < QUESTIONS; question++) {
            double within = 0, smallest = 1, outside = 0;
            for (sensor = 0; sensor < SENSORS; sensor++) {
                int inside = 0;
                for (offset = 0; offset < WINDOW; offset++) {
                    inside |= (place + question + offset + SENSORS - WINDOW / 2) % SENSORS == sensor;
                }
                if (inside) {
                    within += attention[question][sensor];
                    if (attention[question][sensor] < smallest) smallest = attention[question][sensor];
                } else if (attention[question][sensor] > outside) {
                    outside = attention[question][sensor];
                }
            }
            *found += smallest > outside;
            if (within < *least) *least = within;
        }
    }
    return TUTEE_OK;
}

int main(void) {
    tutee_layer_f64 *layer, *loaded;
    uint64_t digest = 0, again = 1;
    double loss, least;
    int found;
    tutee_status status = make(memory, &layer);
    if (status == TUTEE_OK) status = train(layer, &loss);
    if (status == TUTEE_OK) status = ask(layer, &found, &least);
    if (status == TUTEE_OK) status = tutee_layer_save_f64(layer, NULL, snapshot, sizeof snapshot);
    if (status == TUTEE_OK) status = make(copy, &loaded);
    if (status == TUTEE_OK) status = tutee_layer_load_f64(loaded, snapshot, sizeof snapshot, NULL);
    if (status == TUTEE_OK) status = tutee_layer_digest_f64(layer, &digest);
    if (status == TUTEE_OK) status = tutee_layer_digest_f64(loaded, &again);
    if (status != TUTEE_OK) {
        fprintf(stderr, "%s\n", tutee_status_message(status));
        return 1;
    }
    printf("%s\n", digest == again ? "a snapshot gives the same layer" : "a snapshot gives another layer");
    printf("%d of %d windows found, each with a weight of %.2f or more\n", found, (int)SENSORS, least);
    return !(found == SENSORS && digest == again);
}
