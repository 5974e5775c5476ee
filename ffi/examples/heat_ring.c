/*
 * A ring of heat sensors, and a library that is told nothing but what they read.
 *
 * The simulator below knows two secrets. Heat spreads: in one time step the temperature of a place becomes
 *
 *     T_j + 1/3 (T_(j-1) - 2 T_j + T_(j+1)) = 1/3 T_(j-1) + 1/3 T_j + 1/3 T_(j+1),
 *
 * the average over itself and its two neighbours. And three gauges at every place weigh the layers of the wall there,
 * each in its own way, and answer weakly to cold. The library gets pairs of (temperatures before the step, what the
 * gauges say after it), with a little noise; it finds out who is whose neighbour, and how the gauges weigh.
 *
 * Every pair begins with temperatures of its own, drawn at random and independent from place to place and from layer to
 * layer. A recording of one wall over time is another matter: neighbours are nearly as warm as each other, and for that
 * the rates below are too high. Of a wall that loses a twentieth of its heat in a step, a tenth of these rates finds as
 * much in ten times as many steps; rooms.c lets the library choose rates for a recording.
 *
 *     cc -std=c99 -Iinclude ffi/examples/heat_ring.c libtutee.a -o heat_ring
 *
 * Exits with 0 when both secrets were found.
 */
#include <stdint.h>
#include <stdio.h>

#include "tutee.h"

enum { GAUGES = 3, LAYERS = 4, PLACES = 12, PAIRS = 16, STEPS = 4000 };
#define SIZES(macro) macro(GAUGES, LAYERS, PLACES, PLACES)

/* ---- the simulator ---- */

static const double secret_weights[GAUGES][LAYERS] = {
    {0.8, 0.6, 0.0, 0.0},
    {0.5, -0.5, 0.5, -0.5},
    {0.0, 0.3, -0.4, 1.2},
};
static const double cold_response = 0.1;
static const double noise = 0.05;

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

/* Temperatures [place][layer] around their mean, and what the gauges [place][gauge] say one time step later. */
static void simulate(double before[PLACES][LAYERS], double answers[PLACES][GAUGES]) {
    int place, layer, gauge;
    for (place = 0; place < PLACES; place++) {
        for (layer = 0; layer < LAYERS; layer++) before[place][layer] = normal();
    }
    for (place = 0; place < PLACES; place++) {
        const double *left = before[(place + PLACES - 1) % PLACES], *right = before[(place + 1) % PLACES];
        for (gauge = 0; gauge < GAUGES; gauge++) {
            double sum = 0;
            for (layer = 0; layer < LAYERS; layer++) {
                double here = before[place][layer];
                double after = here + (left[layer] - 2 * here + right[layer]) / 3;
                sum += secret_weights[gauge][layer] * after;
            }
            answers[place][gauge] = (sum < 0 ? cold_response * sum : sum) + noise * normal();
        }
    }
}

/* ---- what the library makes of it ---- */

static uint64_t student_memory[SIZES(TUTEE_STUDENT_WORDS_F64)];
/* Wide: with room for a few pairs, the library works on them together where there are wide vector registers. */
static uint64_t sampler_memory[SIZES(TUTEE_SAMPLER_WORDS_WIDE_F64)];
static double readings[PAIRS][PLACES][LAYERS];
static double answers[PAIRS][PLACES][GAUGES];

static tutee_status train(tutee_student_f64 **student) {
    const tutee_shape shape = {GAUGES, LAYERS, PLACES, PLACES};
    tutee_sampler_f64 *sampler;
    tutee_descent_f64 descent;
    tutee_status status;
    double loss;
    uint64_t count;
    int step, pair;
    status = tutee_student_init_f64(student_memory, SIZES(TUTEE_STUDENT_WORDS_F64), &shape, student);
    if (status != TUTEE_OK) return status;
    status = tutee_sampler_init_f64(sampler_memory, SIZES(TUTEE_SAMPLER_WORDS_WIDE_F64), &shape, &sampler);
    if (status != TUTEE_OK) return status;
    /*
     * Group size over outputs suits the value matrix where readings are independent and of variance 1, as they are here.
     * A logit follows its gradient at the attention's rate over PLACES, and can go faster.
     */
    status = tutee_descent_default_f64(3.0 / PLACES, &descent);
    if (status != TUTEE_OK) return status;
    descent.attention_rate = 30;
    status = tutee_samples_begin_f64(*student, sampler, TUTEE_LEAKY_RELU, cold_response);
    if (status != TUTEE_OK) return status;
    for (step = 1; step <= STEPS; step++) {
        for (pair = 0; pair < PAIRS; pair++) simulate(readings[pair], answers[pair]);
        status = tutee_samples_accumulate_f64(*student, sampler, PAIRS, &readings[0][0][0], PAIRS * PLACES * LAYERS,
                                              &answers[0][0][0], PAIRS * PLACES * GAUGES);
        if (status != TUTEE_OK) return status;
        if (step == 1 || step == 10 || step == 100 || step == 1000 || step == STEPS) {
            status = tutee_samples_loss_f64(sampler, &count, &loss);
            if (status != TUTEE_OK) return status;
            printf("  step %4d: mean loss %.4f over %d pairs\n", step, loss, (int)count);
        }
        status = tutee_samples_step_f64(*student, sampler, &descent);
        if (status != TUTEE_OK) return status;
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
    static double attention[PLACES][PLACES], value[GAUGES][LAYERS];
    double attention_error, weight_error;
    tutee_student_f64 *student;
    tutee_status status;
    if (tutee_abi_version() != TUTEE_ABI_VERSION) {
        fprintf(stderr, "header and library do not belong together\n");
        return 1;
    }
    printf("%d places, %d layers, %d gauges; %d steps of %d pairs\n", PLACES, LAYERS, GAUGES, STEPS, PAIRS);
    status = train(&student);
    if (status == TUTEE_OK) status = tutee_student_get_f64(student, TUTEE_ATTENTION, &attention[0][0], PLACES * PLACES);
    if (status == TUTEE_OK) status = tutee_student_get_f64(student, TUTEE_VALUE, &value[0][0], GAUGES * LAYERS);
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
