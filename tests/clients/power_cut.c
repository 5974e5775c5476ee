/*
 * A student is saved again and again to two slots, as firmware does it, and the power goes at every byte that is erased or
 * written. What is read afterwards is the newest that was whole; training goes on from it with the bits of a run that was
 * never stopped, and saving goes on, too. In two of six kinds there is no image: the slot is written as the library hands it on.
 */
#include <stdio.h>
#include <string.h>

#include "tutee.h"

#define AT(macro) macro(2, 3, 8, 8)
enum {
    IMAGE = TUTEE_SLOT_HEADER + AT(TUTEE_SNAPSHOT_BYTES_F32),
    PAGE = IMAGE + 20,
    STEPS = 5, /* from one snapshot to the next */
    SAVED = 3
};

/* Two pages of flash, or two files. */
struct pages {
    uint8_t bytes[2][PAGE];
    int flash;     /* erased before it is written, and writing only clears bits */
    int backwards; /* in which order bytes are erased and written */
    int handed;    /* a piece at a time by tutee_student_save_to_f32 */
    long power;    /* for how many bytes there is any */
};

static const tutee_shape shape = {2, 3, 8, 8};
static const float value[6] = {0.6F, 0, 0.8F, 0, 1, 0};
static uint64_t teacher_memory[AT(TUTEE_TEACHER_WORDS_F32)];
static float scratch[AT(TUTEE_ONLINE_SCRATCH)];
static tutee_teacher_f32 *teacher;

/* A student, and where its training stands. */
struct run {
    uint64_t memory[AT(TUTEE_STUDENT_WORDS_F32)];
    tutee_student_f32 *student;
    tutee_source_f32 source;
};

static long failures, cuts;

#define MUST(call) \
    do { \
        const tutee_status must = (call); \
        if (must != TUTEE_OK) failed(#call, must); \
    } while (0)

static void failed(const char *what, long detail) {
    if (failures++ < 20) printf("FAILED %s: %ld, at cut %ld\n", what, detail, cuts);
}

static void begin(struct run *run) {
    MUST(tutee_student_init_f32(run->memory, sizeof run->memory / 8, &shape, &run->student));
    MUST(tutee_source_default_f32(5, 4, &run->source));
}

static void train(struct run *run, int steps) {
    tutee_descent_f32 descent;
    MUST(tutee_descent_default_f32(0.2F, &descent));
    for (; steps > 0; steps--)
        MUST(tutee_online_step_f32(run->student, teacher, &run->source, &descent, scratch, sizeof scratch / sizeof *scratch));
}

static uint64_t digest(const struct run *run) {
    uint64_t found = 0;
    MUST(tutee_student_digest_f32(run->student, &found));
    return found;
}

/* One byte becomes another; without power, only half of it. Tells whether there was power. */
static int put(struct pages *pages, uint32_t slot, size_t at, uint8_t byte) {
    uint8_t *cell = &pages->bytes[slot][at];
    if (pages->power == 0) {
        *cell = (uint8_t)((*cell & 0x0F) | (byte & 0xF0));
        return 0;
    }
    pages->power--;
    *cell = byte;
    return 1;
}

static int erase_slot(struct pages *pages, uint32_t slot) {
    size_t i, at;
    for (i = 0; pages->flash && i < PAGE; i++) {
        at = pages->backwards ? PAGE - 1 - i : i;
        if (!put(pages, slot, at, 0xFF)) return 0;
    }
    return 1;
}

static int write_slot(struct pages *pages, uint32_t slot, const uint8_t *image) {
    size_t i, at;
    for (i = 0; i < IMAGE; i++) {
        at = pages->backwards ? IMAGE - 1 - i : i;
        if (pages->flash && pages->bytes[slot][at] != 0xFF) failed("written without having been erased", (long)at);
        if (!put(pages, slot, at, image[at])) return 0;
    }
    return 1;
}

/* The slot that is written as it is handed on. */
struct writing {
    struct pages *pages;
    uint32_t slot;
    size_t at;
};

static int32_t write_next(void *user, const uint8_t *bytes, size_t n_bytes) {
    struct writing *to = user;
    for (; n_bytes > 0; n_bytes--, to->at++) {
        if (to->pages->flash && to->pages->bytes[to->slot][to->at] != 0xFF) failed("written without having been erased", (long)to->at);
        if (!put(to->pages, to->slot, to->at, *bytes++)) return 1;
    }
    return 0;
}

static tutee_slots look(const struct pages *pages) {
    tutee_slots slots;
    memset(&slots, 0, sizeof slots);
    MUST(tutee_slots_inspect(pages->bytes[0], PAGE, pages->bytes[1], PAGE, &slots));
    return slots;
}

/* What firmware does; tells whether the power lasted. */
static int save(struct pages *pages, const struct run *run) {
    static uint8_t image[IMAGE];
    const tutee_slots slots = look(pages);
    const tutee_stream at = {5, run->source.index};
    if (!erase_slot(pages, slots.next)) return 0;
    if (pages->handed) {
        struct writing to = {pages, slots.next, 0};
        const tutee_sink sink = {write_next, &to, 1, slots.sequence};
        const tutee_status status = tutee_student_save_to_f32(run->student, &at, TUTEE_LEAKY_RELU, 0.125F, &sink);
        if (status != TUTEE_OK && status != TUTEE_ERROR_SINK) failed("handed on", status);
        if (status == TUTEE_OK && to.at != IMAGE) failed("a slot of another length", (long)to.at);
        return status == TUTEE_OK;
    }
    MUST(tutee_student_save_f32(run->student, &at, TUTEE_LEAKY_RELU, 0.125F, image + TUTEE_SLOT_HEADER,
                                IMAGE - TUTEE_SLOT_HEADER));
    MUST(tutee_slot_seal(image, IMAGE, slots.sequence));
    return write_slot(pages, slots.next, image);
}

/* What firmware does at its start: the student, or a new one when there is none. */
static void restore(const struct pages *pages, struct run *run) {
    const tutee_slots slots = look(pages);
    tutee_snapshot_info info;
    tutee_stream at;
    const uint8_t *payload;
    begin(run);
    if (slots.newest < 0) return;
    payload = pages->bytes[slots.newest] + TUTEE_SLOT_HEADER;
    if (slots.next == (uint32_t)slots.newest) failed("the newest would be written over", slots.newest);
    MUST(tutee_snapshot_inspect(payload, slots.payload_bytes, &info));
    if (!info.has_activation || info.activation != TUTEE_LEAKY_RELU || info.slope != 0.125) failed("activation", info.activation);
    MUST(tutee_student_load_f32(run->student, payload, slots.payload_bytes, &at));
    run->source.seed = at.seed;
    run->source.index = at.index;
}

int main(void) {
    static struct run whole, run, found;
    static struct pages begun, pages;
    static float mixing[64];
    uint64_t digests[SAVED + 2], steps;
    long cut, last;
    int i, kind;

    MUST(tutee_mixing_convolution_f32(&shape, 4, mixing, 64));
    MUST(tutee_teacher_init_f32(teacher_memory, sizeof teacher_memory / 8, &shape, TUTEE_LEAKY_RELU, 0.125F, value, 6, mixing,
                                64, &teacher));
    begin(&whole);
    for (i = 0; i < SAVED + 2; i++) {
        digests[i] = digest(&whole);
        train(&whole, STEPS);
    }
    for (kind = 0; kind < 6; kind++) {
        memset(&begun, kind & 1 ? 0 : 0xFF, sizeof begun.bytes);
        begun.flash = kind & 1;
        begun.backwards = kind >> 1 == 1;
        begun.handed = kind >> 1 == 2;
        begun.power = -1;
        restore(&begun, &run);
        if (digest(&run) != digests[0]) failed("pages that hold nothing", kind);
        for (i = 1; i <= SAVED; i++) {
            train(&run, STEPS);
            if (!save(&begun, &run) || digest(&run) != digests[i]) failed("saving with power", i);
        }
        train(&run, STEPS);
        last = IMAGE + (begun.flash ? PAGE : 0);
        for (cut = 0; cut <= last; cut++, cuts++) {
            pages = begun;
            pages.power = cut;
            if (save(&pages, &run) != (cut == last)) failed("power", cut);
            restore(&pages, &found);
            steps = 0;
            MUST(tutee_student_steps_f32(found.student, &steps));
            /* The last byte may have become what it should be while the power went. */
            if (steps != STEPS * (uint64_t)(cut == last ? SAVED + 1 : SAVED) && !(cut == last - 1 && steps == STEPS * (SAVED + 1)))
                failed("another snapshot than the newest that is whole", (long)steps);
            if (steps % STEPS != 0 || steps / STEPS > SAVED + 1 || digest(&found) != digests[steps / STEPS]) {
                failed("other bits", (long)steps);
                continue;
            }
            /* Training goes on, and saving. */
            pages.power = -1;
            train(&found, STEPS * (SAVED + 1) - (int)steps);
            if (!save(&pages, &found)) failed("saving after the cut", cut);
            restore(&pages, &found);
            if (digest(&found) != digests[SAVED + 1]) failed("other bits after the cut", cut);
        }
    }
    if (failures) return 1;
    printf("the power went at each of %ld bytes, and nothing was lost\n", cuts);
    return 0;
}
