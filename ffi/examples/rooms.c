/*
 * Which rooms of a house share a wall, from a recording of thermometers and heat meters.
 *
 * The simulator below runs a house in time: heaters go on and off, heat flows through walls between rooms and leaks outside.
 * Every ten minutes it writes down what the thermometers say, in kelvin, each with an error of its own, and how much
 * heat each room gains through its walls, in watts, with a little noise:
 *
 *     heat_j = sum over walls of 20 W/K (T_k - T_j) + 8 W/K (outside - T_j)
 *
 * Nothing is drawn afresh: a reading is nearly the one before it, rooms are warm together, and all numbers are near 290.
 * The library gets the recording as it is. It answers with the walls, the strongest first, and with watts per kelvin.
 *
 *     cc -std=c99 -Iinclude ffi/examples/rooms.c libtutee.a -o rooms
 *
 * Exits with 0 when every wall was found, and nothing else.
 */
#include <stdint.h>
#include <stdio.h>

#include "tutee.h"

enum { ROOMS = 8, WALLS = 9, RECORDED = 640, HELD_OUT = 160, BATCH = 64, STEPS = 4000, LINKS = ROOMS * ROOMS };
/* A constant for what the errors of thermometers come to, a token that is zero for what leaks, and weights of either sign. */
enum { PREPARATION = TUTEE_INTERCEPT | TUTEE_SPARE | TUTEE_SIGNED };

/* ---- the house ---- */

static const int walls[WALLS][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 7}, {7, 0}, {2, 6}};
static const float through_wall = 20, outwards = 8, outside = 278, capacity = 2e5f, heater = 1500;

/* Uniform in [-1, 1). */
static float drawn(void) {
    static uint64_t state = 2026;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (float)(state >> 40) / 8388608.0f - 1;
}

/* Heat that each room gains through its walls, in watts. */
static void heat_flow(const float temperature[ROOMS], float heat[ROOMS]) {
    int room, wall;
    for (room = 0; room < ROOMS; room++) heat[room] = outwards * (outside - temperature[room]);
    for (wall = 0; wall < WALLS; wall++) {
        int a = walls[wall][0], b = walls[wall][1];
        float flow = through_wall * (temperature[b] - temperature[a]);
        heat[a] += flow;
        heat[b] -= flow;
    }
}

/* Ten minutes of the house, and what its instruments say then. */
static void record(float thermometers[ROOMS], float heat_meters[ROOMS]) {
    static const float error[ROOMS] = {0.3f, -0.8f, 1.1f, 0.0f, -0.4f, 0.9f, -1.2f, 0.6f};
    static float temperature[ROOMS] = {291, 289, 293, 290, 292, 288, 291, 290};
    static int on[ROOMS];
    float heat[ROOMS];
    int minute, room;
    for (minute = 0; minute < 10; minute++) {
        heat_flow(temperature, heat);
        for (room = 0; room < ROOMS; room++) {
            if (drawn() > 0.97f) on[room] = !on[room];
            temperature[room] += 60 * (heat[room] + (on[room] ? heater : 0)) / capacity;
        }
    }
    heat_flow(temperature, heat);
    for (room = 0; room < ROOMS; room++) {
        thermometers[room] = temperature[room] + error[room];
        heat_meters[room] = heat[room] + 3 * drawn();
    }
}

/* ---- what the library makes of the recording ---- */

static uint64_t memory[TUTEE_RAW_WORDS_F32(1, 1, ROOMS, ROOMS, PREPARATION)];
static float x[RECORDED + HELD_OUT][ROOMS], y[RECORDED + HELD_OUT][ROOMS];

static tutee_status learn(tutee_raw_f32 **raw, tutee_raw_fit_f32 *held_out) {
    const tutee_shape readings = {1, 1, ROOMS, ROOMS};
    tutee_raw_descent_f32 descent;
    tutee_raw_stepped_f32 stepped;
    tutee_status status;
    int step;
    status = tutee_raw_init_f32(memory, sizeof memory / 8, &readings, PREPARATION, TUTEE_IDENTITY, 0, raw);
    if (status == TUTEE_OK) status = tutee_raw_observe_f32(*raw, RECORDED, x[0], RECORDED * ROOMS, y[0], RECORDED * ROOMS);
    if (status == TUTEE_OK) status = tutee_raw_begin_f32(*raw);
    if (status == TUTEE_OK) status = tutee_raw_descent_default_f32(&descent);
    for (step = 1; status == TUTEE_OK && step <= STEPS; step++) {
        int first = (step - 1) * BATCH % RECORDED;
        status = tutee_raw_accumulate_f32(*raw, BATCH, x[first], BATCH * ROOMS, y[first], BATCH * ROOMS);
        if (status == TUTEE_OK) status = tutee_raw_step_f32(*raw, &descent, &stepped);
        if (status == TUTEE_OK && (step == 1 || step == 10 || step == 100 || step == 1000 || step == STEPS))
            printf("  step %4d: explains %7.3f of the heat; rates %.3f and %.3f\n", step, stepped.fit.explained,
                   stepped.value_rate, stepped.attention_rate);
    }
    if (status == TUTEE_OK)
        status = tutee_raw_loss_f32(*raw, HELD_OUT, x[RECORDED], HELD_OUT * ROOMS, y[RECORDED], HELD_OUT * ROOMS, held_out);
    return status;
}

static int is_wall(uint32_t a, uint32_t b) {
    int wall;
    for (wall = 0; wall < WALLS; wall++) {
        uint32_t from = (uint32_t)walls[wall][0], to = (uint32_t)walls[wall][1];
        if ((from == a && to == b) || (from == b && to == a)) return 1;
    }
    return 0;
}

int main(void) {
    static tutee_link_f32 links[LINKS];
    static float bias[ROOMS], mixing[ROOMS][ROOMS];
    float watts_per_kelvin;
    tutee_raw_f32 *raw;
    tutee_raw_fit_f32 held_out;
    tutee_status status;
    int i, between_rooms = 0, found = 0;
    if (tutee_abi_version() != TUTEE_ABI_VERSION) {
        fprintf(stderr, "header and library do not belong together\n");
        return 1;
    }
    for (i = 0; i < RECORDED + HELD_OUT; i++) record(x[i], y[i]);
    printf("%d rooms, %d recorded pairs; %d steps of %d pairs\n", ROOMS, RECORDED, STEPS, BATCH);
    status = learn(&raw, &held_out);
    if (status == TUTEE_OK)
        status = tutee_raw_explain_f32(raw, &watts_per_kelvin, 1, bias, ROOMS, mixing[0], ROOMS * ROOMS);
    if (status == TUTEE_OK) status = tutee_raw_links_f32(raw, links, LINKS);
    if (status != TUTEE_OK) {
        fprintf(stderr, "%s\n", tutee_status_message(status));
        return 1;
    }
    printf("\nwho gains heat from whom, the strongest first (the truth: 20 W/K through each wall):\n\n");
    for (i = 0; i < LINKS && between_rooms < 2 * WALLS + 3; i++) {
        int there;
        if (links[i].output == links[i].token) continue;
        there = is_wall(links[i].output, links[i].token);
        if (between_rooms++ < 2 * WALLS) found += there;
        printf("  room %u from room %u: %6.2f W/K%s\n", (unsigned)links[i].output, (unsigned)links[i].token,
               watts_per_kelvin * links[i].weight, there ? "" : "   (no wall)");
    }
    printf("\n%d of %d links are walls; of %d pairs held out %.4f is explained\n", found, 2 * WALLS, HELD_OUT,
           held_out.explained);
    if (found != 2 * WALLS || !(held_out.explained > 0.99f)) {
        fprintf(stderr, "the walls were not found\n");
        return 1;
    }
    return 0;
}
