/*
 * What can be wrong with any pointer and any count: NULL, alignment, length, the wrong object, a spoilt header, numbers
 * that are none, overlapping memory. Needs to know of a function only what world.c says of its parameters.
 */
#include "sweep.h"

#include <string.h>

static int is_pointer(const struct parameter *parameter) {
    return parameter->role != NUMBER && parameter->role != COUNT;
}

static void pointers(struct call *call, int i) {
    const struct parameter *parameter = &call->parameters[i];
    size_t off;
    spoil_call(call);
    v[i].p = NULL;
    if (parameter->optional) accepted(parameter->name);
    else refused(parameter->name, TUTEE_ERROR_NULL);
    for (off = 1; off < parameter->align; off++) {
        spoil_call(call);
        v[i].p = (char *)v[i].p + off;
        refused_at(parameter->name, (long)off, TUTEE_ERROR_MISALIGNED, 0);
    }
}

/* The count after array i. */
static void counts(struct call *call, int i) {
    const struct parameter *parameter = &call->parameters[i];
    const size_t n = call->parameters[i + 1].legal.n, element = parameter->bytes / n;
    const size_t wrong[] = {0, 1, n - 1, n + 1, 2 * n};
    /* More bytes than there are addresses, or than one array may have. */
    const size_t large[] = {SIZE_MAX, SIZE_MAX / element, SIZE_MAX / 2 / element + 1, SIZE_MAX - n};
    size_t k;
    for (k = 0; k < sizeof wrong / sizeof *wrong && parameter->length != ANY; k++) {
        if (wrong[k] == n || (parameter->length == AT_LEAST && wrong[k] > n)) continue;
        spoil_call(call);
        v[i + 1].n = wrong[k];
        refused_at(parameter->name, (long)wrong[k], TUTEE_ERROR_LENGTH, 0);
    }
    for (k = 0; k < sizeof large / sizeof *large; k++) {
        spoil_call(call);
        v[i + 1].n = large[k];
        refused_at(parameter->name, -(long)k - 1, TUTEE_ERROR_TOO_LARGE,
                   parameter->length == EXACT ? TUTEE_ERROR_LENGTH : 0);
    }
    if (parameter->length == AT_LEAST) {
        spoil_call(call);
        /* As much of the world as lies behind. */
        v[i + 1].n = n + 1;
        accepted("one element more than needed");
    }
}

/* Every bit pattern that is no number, in every element. */
static void not_finite(struct call *call, int i) {
    static const uint64_t wide[] = {0x7FF8000000000000u, 0xFFF8000000000000u, 0x7FF0000000000000u, 0xFFF0000000000000u,
                                    0x7FF0000000000001u, 0x7FFFFFFFFFFFFFFFu};
    static const uint32_t narrow[] = {0x7FC00000u, 0xFFC00000u, 0x7F800000u, 0xFF800000u, 0x7F800001u, 0x7FFFFFFFu};
    const struct parameter *parameter = &call->parameters[i];
    size_t at, k;
    for (at = 0; at < parameter->bytes; at += parameter->real) {
        for (k = 0; k < 6; k++) {
            spoil_call(call);
            if (parameter->real == sizeof(float)) memcpy((char *)v[i].p + at, &narrow[k], sizeof(float));
            else memcpy((char *)v[i].p + at, &wide[k], sizeof(double));
            refused_at(parameter->name, (long)at, TUTEE_ERROR_NOT_FINITE,
                       strcmp(parameter->name, "position") == 0 ? TUTEE_ERROR_NOT_ORTHONORMAL : 0);
        }
    }
}

static int objects_of(const struct call *call) {
    int i, count = 0;
    for (i = 0; i < call->count; i++) count += call->parameters[i].role == OBJECT;
    return count;
}

static void wrong_object(struct call *call, int i) {
    const struct parameter *parameter = &call->parameters[i];
    /* _f32 or _f64 */
    const int bits = strstr(call->name, "_f32") ? 32 : 64;
    unsigned char *header;
    long k, bit;
    for (k = 0; k < OBJECTS; k++) {
        const struct object *object = &objects[k];
        int fits = object->kind == parameter->kind && object->bits == bits;
        if (fits && object->outputs == OUTPUTS) continue;
        /* Alone, a student of another shape is as good as any. */
        if (fits && objects_of(call) == 1) continue;
        spoil_call(call);
        v[i].p = object->p;
        refused_at(parameter->name, k, fits ? TUTEE_ERROR_SHAPE : TUTEE_ERROR_OBJECT, 0);
    }
    spoil_call(call);
    v[i].p = memset(world.spare, 0, sizeof world.spare);
    refused_at("an object of zeros", i, TUTEE_ERROR_OBJECT, 0);
    spoil_call(call);
    v[i].p = world.spare;
    refused_at("an object that nobody made", i, TUTEE_ERROR_OBJECT, 0);
    for (bit = 0; bit < HEADER_BYTES * 8; bit++) {
        spoil_call(call);
        header = v[i].p;
        header[bit / 8] ^= (unsigned char)(1 << bit % 8);
        refused_at("a bit of the header", bit, TUTEE_ERROR_OBJECT, 0);
    }
}

void sweep_pointers(void) {
    int c, i;
    for (c = 0; c < calls_count; c++) {
        for (i = 0; i < calls[c].count; i++) {
            const struct parameter *parameter = &calls[c].parameters[i];
            if (is_pointer(parameter)) pointers(&calls[c], i);
            if (i + 1 < calls[c].count && calls[c].parameters[i + 1].role == COUNT) counts(&calls[c], i);
            if (parameter->role == INPUT && parameter->real) not_finite(&calls[c], i);
            if (parameter->role == OBJECT) wrong_object(&calls[c], i);
        }
    }
}

/* Moves memory i of the call to `to`, with what is in it. */
static void move(const struct call *call, int i, void *to) { v[i].p = memmove(to, v[i].p, call->parameters[i].bytes); }

/* Memory i, which is no object, is laid over memory k: over its beginning, its end, and from before it. */
static void lay_over(struct call *call, int i, int k) {
    const struct parameter *mover = &call->parameters[i], *other = &call->parameters[k];
    const size_t align = mover->align, bytes = (mover->bytes + align - 1) / align * align;
    char *start = other->legal.p;
    char *places[3];
    int place;
    places[0] = start + (other->bytes - 1) / align * align;
    places[1] = start;
    places[2] = start + align - bytes;
    for (place = 0; place < 3; place++) {
        /* Laid over a header, settings would be spoilt, too. */
        if (place > 0 && mover->role == SETTINGS && other->role == OBJECT) continue;
        spoil_call(call);
        /* What is read takes along what is in it, where there are no header and no settings to be spoilt. (What is written, too, is
           compared before it is read.) */
        if (((mover->role == INPUT && !mover->written) || mover->role == SETTINGS) && other->role != SETTINGS &&
            (other->role != OBJECT || place == 0)) {
            move(call, i, places[place]);
        }
        v[i].p = places[place];
        refused_at(mover->name, k * 10 + place, TUTEE_ERROR_OVERLAP, 0);
    }
}

/* Two memories one behind the other: sharing the last 8 bytes of the first, or just not overlapping. */
static void side_by_side(struct call *call, int i, int k, int both_objects) {
    const struct parameter *first = &call->parameters[i], *second = &call->parameters[k];
    char *end = (char *)world.spare + first->bytes;
    if (both_objects) {
        spoil_call(call);
        move(call, i, world.spare);
        move(call, k, end - 8);
        refused_at("two objects share a word", i * 10 + k, TUTEE_ERROR_OVERLAP, 0);
    }
    if (first->bytes % second->align == 0) {
        spoil_call(call);
        move(call, i, world.spare);
        move(call, k, end);
        accepted("two memories touch");
    }
}

/* Settings are copied before anything is written: they may lie in memory k, which the call writes and does not read. */
static void settings_within(struct call *call, int i, int k) {
    const struct parameter *settings = &call->parameters[i], *around = &call->parameters[k];
    char *place = around->legal.p;
    while ((uintptr_t)place % settings->align != 0) place++;
    if (around->role == OBJECT || around->role == SETTINGS || around->role == INPUT) return;
    if (place + settings->bytes > (char *)around->legal.p + around->bytes) return;
    spoil_call(call);
    move(call, i, place);
    accepted("settings in memory that is written");
}

void sweep_overlaps(void) {
    int c, i, k;
    for (c = 0; c < calls_count; c++) {
        struct call *call = &calls[c];
        for (i = 0; i < call->count; i++) {
            for (k = 0; k < call->count; k++) {
                const struct parameter *a = &call->parameters[i], *b = &call->parameters[k];
                int both_objects = a->role == OBJECT && b->role == OBJECT;
                if (i == k || !is_pointer(a) || !is_pointer(b) || !(a->written || b->written)) continue;
                if (a->role == SETTINGS && !a->written) settings_within(call, i, k);
                if ((a->role == SETTINGS && !a->written) || (b->role == SETTINGS && !b->written)) continue;
                if (a->role != OBJECT) lay_over(call, i, k);
                side_by_side(call, i, k, both_objects);
            }
        }
    }
}
