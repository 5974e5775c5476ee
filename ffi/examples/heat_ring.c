/*
 * A ring of heat sensors, and a library that is told nothing but what they read.
 *
 * The simulator below runs a ring-shaped wall in time. In each step, say an hour, the temperature of a place becomes
 *
 *     T_j + 1/3 (T_(j-1) - 2 T_j + T_(j+1)) = 1/3 T_(j-1) + 1/3 T_j + 1/3 T_(j+1),
 *
 * the average over itself and its two neighbours; three gauges at every place weigh the layers of the wall there, each in
 * its own way, and answer weakly to cold. Then the wall loses a tenth of its warmth, and the weather, which changes
 * slowly, warms or cools it. Nothing is drawn afresh: a temperature is what came of the one before, neighbours are
 * nearly as warm as each other, and all numbers are near 290 K.
 *
 * The library gets what is recorded, as it is recorded: temperatures, and what the gauges say one step later, with a
 * little noise. It finds out who is whose neighbour, and how the gauges weigh.
 *
 *     cc -std=c99 -Iinclude ffi/examples/heat_ring.c libtutee.a -o heat_ring
 *
 * Exits with 0 when both secrets were found.
 */
#include <stdint.h>
#include <stdio.h>

#include "tutee.h"

enum { GAUGES = 3, LAYERS = 4, PLACES = 12, LOOKED_AT = 2000, PAIRS = 16, STEPS = 4000 };

/* ---- the simulator ---- */

static const double secret_weights[GAUGES][LAYERS] = {
    {0.8, 0.6, 0.0, 0.0},
    {0.5, -0.5, 0.5, -0.5},
    {0.0, 0.3, -0.4, 1.2},
};
static const double cold_response = 0.1, outside = 290, noise = 0.05;
/* Of warmth and of weather nine tenths are left after a step. */
static const double kept = 0.9;

/* Standard normal, near enough: the sum of twelve uniform numbers, of which each has the variance 1/12. */
static double normal(void) {
    static uint64_t state = 2026;
    double sum = -6;
    int i;
    for (i = 0; i < 12; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(state >> 32) / 4294967296.0;
    }
    return sum;
}

/* One step of the wall: its temperatures [place][layer] before it, and what the gauges [place][gauge] say after it. */
static void record(double before[PLACES][LAYERS], double answers[PLACES][GAUGES]) {
    static double warmth[PLACES][LAYERS], weather[PLACES][LAYERS]; /* in kelvin, above the outside */
    int place, layer, gauge;
    for (place = 0; place < PLACES; place++) {
        for (layer = 0; layer < LAYERS; layer++) before[place][layer] = outside + warmth[place][layer];
    }
    for (place = 0; place < PLACES; place++) {
        const double *left = before[(place + PLACES - 1) % PLACES], *right = before[(place + 1) % PLACES];
        for (layer = 0; layer < LAYERS; layer++) {
            double here = before[place][layer];
            warmth[place][layer] = here + (left[layer] - 2 * here + right[layer]) / 3 - outside;
        }
        for (gauge = 0; gauge < GAUGES; gauge++) {
            double sum = 0;
            for (layer = 0; layer < LAYERS; layer++) sum += secret_weights[gauge][layer] * warmth[place][layer];
            answers[place][gauge] = (sum < 0 ? cold_response * sum : sum) + noise * normal();
        }
        for (layer = 0; layer < LAYERS; layer++) {
            weather[place][layer] = kept * weather[place][layer] + normal();
            warmth[place][layer] = kept * warmth[place][layer] + weather[place][layer];
        }
    }
}

/* ---- what the library makes of it ---- */

/* A constant beside the readings, for what the gauges count from. */
static uint64_t memory[TUTEE_RAW_WORDS_F64(GAUGES, LAYERS, PLACES, PLACES, TUTEE_INTERCEPT)];

static tutee_status train(tutee_raw_f64 **raw) {
    static double x[LOOKED_AT][PLACES][LAYERS], y[LOOKED_AT][PLACES][GAUGES];
    const tutee_shape readings = {GAUGES, LAYERS, PLACES, PLACES};
    tutee_raw_descent_f64 descent;
    tutee_raw_stepped_f64 stepped;
    tutee_status status;
    int step, pair;
    status = tutee_raw_init_f64(memory, sizeof memory / 8, &readings, TUTEE_INTERCEPT, TUTEE_LEAKY_RELU, cold_response, raw);
    if (status != TUTEE_OK) return status;
    /* How readings spread: by that all are centred and scaled from then on. */
    for (pair = 0; pair < LOOKED_AT; pair++) record(x[pair], y[pair]);
    status = tutee_raw_observe_f64(*raw, LOOKED_AT, &x[0][0][0], LOOKED_AT * PLACES * LAYERS, &y[0][0][0],
                                   LOOKED_AT * PLACES * GAUGES);
    if (status != TUTEE_OK) return status;
    status = tutee_raw_begin_f64(*raw);
    if (status != TUTEE_OK) return status;
    status = tutee_raw_descent_default_f64(&descent);
    if (status != TUTEE_OK) return status;
    /* Rates come from the readings. Of so many places attention can go ten times as fast as it does by default. */
    descent.attention_share *= 10;
    for (step = 1; step <= STEPS; step++) {
        for (pair = 0; pair < PAIRS; pair++) record(x[pair], y[pair]);
        status = tutee_raw_accumulate_f64(*raw, PAIRS, &x[0][0][0], PAIRS * PLACES * LAYERS, &y[0][0][0],
                                          PAIRS * PLACES * GAUGES);
        if (status != TUTEE_OK) return status;
        status = tutee_raw_step_f64(*raw, &descent, &stepped);
        if (status != TUTEE_OK) return status;
        if (step == 1 || step == 10 || step == 100 || step == 1000 || step == STEPS)
            printf("  step %4d: explains %.4f of what the gauges say\n", step, stepped.fit.explained);
    }
    return TUTEE_OK;
}

static double apart(double a, double b) { return a < b ? b - a : a - b; }

static double larger(double a, double b) { return a < b ? b : a; }

/* Prints the attention; returns its largest distance from one third on self and neighbours, 0 elsewhere. */
static double neighbours(double attention[PLACES][PLACES]) {
    double worst = 0;
    int place, other;
    printf("\nwho averages whom, in hundredths (the truth: 33 on self and both neighbours, 0 elsewhere):\n\n  place");
    for (other = 0; other < PLACES; other++) printf(" %3d", other);
    printf("\n");
    for (place = 0; place < PLACES; place++) {
        printf("  %5d", place);
        for (other = 0; other < PLACES; other++) {
            int way = (other - place + PLACES) % PLACES;
            double truth = way <= 1 || way == PLACES - 1 ? 1.0 / 3 : 0;
            worst = larger(worst, apart(attention[place][other], truth));
            printf(" %3.0f", 100 * attention[place][other]);
        }
        printf("\n");
    }
    return worst;
}

/* Prints the filters beside the truth; returns the largest difference. */
static double weights(double value[GAUGES][LAYERS]) {
    double worst = 0;
    int gauge, layer;
    printf("\nhow the gauges weigh the layers (in brackets: the truth):\n\n");
    for (gauge = 0; gauge < GAUGES; gauge++) {
        printf("  gauge %d:", gauge);
        for (layer = 0; layer < LAYERS; layer++) {
            worst = larger(worst, apart(value[gauge][layer], secret_weights[gauge][layer]));
            printf("  %6.3f (%4.1f)", value[gauge][layer], secret_weights[gauge][layer]);
        }
        printf("\n");
    }
    return worst;
}

int main(void) {
    static double value[GAUGES][LAYERS], bias[PLACES][GAUGES], attention[PLACES][PLACES];
    double attention_error, weight_error;
    tutee_raw_f64 *raw;
    tutee_status status;
    if (tutee_abi_version() != TUTEE_ABI_VERSION) {
        fprintf(stderr, "header and library do not belong together\n");
        return 1;
    }
    printf("%d places, %d layers, %d gauges; %d steps of %d pairs\n", PLACES, LAYERS, GAUGES, STEPS, PAIRS);
    status = train(&raw);
    if (status == TUTEE_OK)
        status = tutee_raw_explain_f64(raw, &value[0][0], GAUGES * LAYERS, &bias[0][0], PLACES * GAUGES, &attention[0][0],
                                       PLACES * PLACES);
    if (status != TUTEE_OK) {
        fprintf(stderr, "%s\n", tutee_status_message(status));
        return 1;
    }
    attention_error = neighbours(attention);
    weight_error = weights(value);
    printf("\nlargest errors: attention %.3f, weights %.3f\n", attention_error, weight_error);
    if (!(attention_error < 0.03 && weight_error < 0.03)) {
        fprintf(stderr, "the ring was not recovered\n");
        return 1;
    }
    return 0;
}
