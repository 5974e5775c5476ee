/* The radiators of one precision; radiators.c includes it twice. */

static uint64_t P(whitener_memory)[W(TUTEE_WHITENER_WORDS)(1, 2, ROOMS, ROOMS)];
static uint64_t P(later_memory)[W(TUTEE_WHITENER_WORDS)(1, 2, ROOMS, ROOMS)];
static uint64_t P(student_memory)[W(TUTEE_RAW_WORDS)(1, 2, ROOMS, ROOMS, TUTEE_INTERCEPT)];
static uint8_t P(saved)[W(TUTEE_WHITENER_SNAPSHOT_BYTES)(1, 2, ROOMS, ROOMS)];
static uint8_t P(again)[W(TUTEE_WHITENER_SNAPSHOT_BYTES)(1, 2, ROOMS, ROOMS)];
static REAL P(x)[PAIRS * READ], P(white)[PAIRS * READ], P(y)[PAIRS * ROOMS];

static int P(radiators)(void) {
    P(tutee_whitener) *whitener, *later;
    P(tutee_whitened) known;
    P(tutee_raw) *raw;
    P(tutee_raw_descent) descent;
    P(tutee_raw_stepped) stepped;
    P(tutee_link) links[3 * ROOMS];
    REAL value[2], bias[ROOMS], mixing[ROOMS * ROOMS], mean[READ], matrix[4];
    const REAL *const learned[] = {value, bias, mixing};
    const size_t lengths[] = {2, ROOMS, ROOMS * ROOMS};
    uint64_t state = 1, hash = 0xcbf29ce484222325u;
    size_t i, k;
    for (i = 0; i < PAIRS; i++) {
        double water[READ], heat[ROOMS];
        heated(&state, water, heat);
        for (k = 0; k < READ; k++) P(x)[i * READ + k] = (REAL)water[k];
        for (k = 0; k < ROOMS; k++) P(y)[i * ROOMS + k] = (REAL)heat[k];
    }

    MUST(P(tutee_whitener_init)(P(whitener_memory), sizeof P(whitener_memory) / 8, &readings, &whitener) == TUTEE_OK);
    MUST(P(tutee_whitener_init)(P(later_memory), sizeof P(later_memory) / 8, &readings, &later) == TUTEE_OK);
    for (i = 0; i < PAIRS; i += PORTION) {
        if (i == PAIRS / 2) {
            MUST(P(tutee_whitener_save)(whitener, P(saved), sizeof P(saved)) == TUTEE_OK);
            MUST(P(tutee_whitener_load)(later, P(saved), sizeof P(saved)) == TUTEE_OK);
            MUST(P(tutee_whitener_save)(later, P(again), sizeof P(again)) == TUTEE_OK);
            MUST(memcmp(P(saved), P(again), sizeof P(saved)) == 0);
        }
        MUST(P(tutee_whitener_observe)(i < PAIRS / 2 ? whitener : later, TUTEE_IDENTITY, PORTION, P(x) + i * READ, PORTION * READ) ==
             TUTEE_OK);
    }
    MUST(P(tutee_whitener_whiten)(later, PAIRS, P(x), PAIRS * READ, P(white), PAIRS * READ) == TUTEE_ERROR_CANNOT_MOVE);
    MUST(P(tutee_whitener_settle)(later) == TUTEE_OK);
    MUST(P(tutee_whitener_condition)(later, &known) == TUTEE_OK);
    MUST(known.inputs == PAIRS && known.left_out == 0 && known.condition > 1000);
    MUST(P(tutee_whitener_whiten)(later, PAIRS, P(x), PAIRS * READ, P(white), PAIRS * READ) == TUTEE_OK);
    /* What it says it does is what it did. */
    MUST(P(tutee_whitener_matrix)(later, mean, READ, matrix, 4) == TUTEE_OK);
    for (i = 0; i < READ; i++) {
        const REAL first = P(x)[i / 2 * 2] - mean[i / 2 * 2], second = P(x)[i / 2 * 2 + 1] - mean[i / 2 * 2 + 1];
        const REAL one = matrix[i % 2 * 2] * first, other = matrix[i % 2 * 2 + 1] * second;
        MUST(P(white)[i] == one + other);
    }

    MUST(P(tutee_raw_init)(P(student_memory), sizeof P(student_memory) / 8, &readings, TUTEE_INTERCEPT, TUTEE_IDENTITY, 0, &raw) ==
         TUTEE_OK);
    MUST(P(tutee_raw_observe)(raw, PAIRS, P(white), PAIRS * READ, P(y), PAIRS * ROOMS) == TUTEE_OK);
    MUST(P(tutee_raw_begin)(raw) == TUTEE_OK);
    MUST(P(tutee_raw_descent_default)(&descent) == TUTEE_OK);
    for (i = 0; i < STEPS; i++) {
        MUST(P(tutee_raw_accumulate)(raw, PAIRS, P(white), PAIRS * READ, P(y), PAIRS * ROOMS) == TUTEE_OK);
        MUST(P(tutee_raw_step)(raw, &descent, &stepped) == TUTEE_OK);
    }
    /* Every door is found. */
    MUST(stepped.fit.explained > (REAL)0.98 && P(tutee_raw_links)(raw, links, 3 * ROOMS) == TUTEE_OK);
    for (i = 0; i < 3 * ROOMS; i++) {
        const uint32_t further = (links[i].token + ROOMS - links[i].output) % ROOMS;
        MUST(further == 0 || further == 1 || further == 3);
    }
    MUST(P(tutee_raw_explain)(raw, value, 2, bias, ROOMS, mixing, ROOMS * ROOMS) == TUTEE_OK);
    MUST(P(tutee_whitener_restore)(later, value, 2, bias, ROOMS, mixing, ROOMS * ROOMS) == TUTEE_OK);
    /* 100 W for each K. */
    MUST(value[0] > 90 && value[0] < 130 && value[0] + value[1] < 2 && value[0] + value[1] > -2);
    for (k = 0; k < 3; k++)
        for (i = 0; i < lengths[k]; i++) {
            uint64_t bits = 0;
            uint32_t narrow;
            if (sizeof(REAL) == sizeof narrow) {
                memcpy(&narrow, learned[k] + i, sizeof narrow);
                bits = narrow;
            } else {
                memcpy(&bits, learned[k] + i, sizeof(REAL));
            }
            add(&hash, bits);
        }
    printf("radiators in %s: digest %08lx%08lx\n", sizeof(REAL) == 4 ? "float" : "double", (unsigned long)(hash >> 32),
           (unsigned long)(hash & 0xffffffffu));
    return 0;
}
