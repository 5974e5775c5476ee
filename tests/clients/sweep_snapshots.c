/* Snapshots that were cut, lengthened, altered, or are of something else. */
#include "sweep.h"

#include <math.h>
#include <string.h>

/* CRC-32 as in zlib, over all but the last four bytes; which it becomes. */
static void seal(uint8_t *bytes, size_t n) {
    uint32_t crc = UINT32_MAX;
    size_t i;
    int bit;
    for (i = 0; i + 4 < n; i++) {
        crc ^= bytes[i];
        for (bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    crc = ~crc;
    for (i = 0; i < 4; i++) bytes[n - 4 + i] = (uint8_t)(crc >> 8 * i);
}

/* A snapshot with another byte at `offset`, and a checksum that fits. */
static void sealed(const char *name, size_t n, const char *what, size_t offset, uint8_t byte, tutee_status status) {
    uint8_t *bytes;
    spoil(name);
    bytes = argument("bytes")->p;
    bytes[offset] = byte;
    seal(bytes, n);
    refused_at(what, (long)offset, status, 0);
}

/* By inspection or loading: `name`. */
static void spoilt(const char *name, size_t n) {
    const int loads = strstr(name, "load") != NULL;
    size_t i, bit;
    for (i = 0; i < n; i++) {
        spoil(name);
        argument("n_bytes")->n = i;
        refused_at("cut at", (long)i, TUTEE_ERROR_SNAPSHOT_TRUNCATED, 0);
    }
    spoil(name);
    argument("bytes")->p = NULL;
    argument("n_bytes")->n = 0;
    refused("no bytes", TUTEE_ERROR_SNAPSHOT_TRUNCATED);
    for (i = 1; i < 9; i++) {
        spoil(name);
        argument("n_bytes")->n = n + i;
        refused_at("followed by", (long)i, TUTEE_ERROR_SNAPSHOT_TRAILING, 0);
    }
    for (bit = 0; bit < 8 * n; bit++) {
        size_t byte = bit / 8;
        spoil(name);
        ((uint8_t *)argument("bytes")->p)[byte] ^= (uint8_t)(1 << bit % 8);
        /* A flip in the magic is another format, one in the version another version, one in the sizes may be an illegal
           size or another length; all others only the checksum sees. */
        if (byte < 8) refused_at("bit", (long)bit, TUTEE_ERROR_SNAPSHOT_FOREIGN, 0);
        else if (byte < 10) refused_at("bit", (long)bit, TUTEE_ERROR_SNAPSHOT_VERSION, TUTEE_ERROR_SNAPSHOT_FOREIGN);
        else if (byte == 10 || (byte >= 12 && byte < 28)) {
            static const tutee_status possible[] = {TUTEE_ERROR_SNAPSHOT_ALTERED, TUTEE_ERROR_SNAPSHOT_TRUNCATED,
                                                    TUTEE_ERROR_SNAPSHOT_TRAILING, TUTEE_ERROR_ZERO,
                                                    TUTEE_ERROR_TOO_LARGE};
            tutee_snapshot_info info;
            tutee_status status = tutee_snapshot_inspect(argument("bytes")->p, n, &info);
            for (i = 0; i < 5 && possible[i] != status; i++) continue;
            refused_at("bit", (long)bit, i < 5 ? status : TUTEE_ERROR_SNAPSHOT_ALTERED, 0);
        } else refused_at("bit", (long)bit, TUTEE_ERROR_SNAPSHOT_ALTERED, 0);
    }
    /* From here on the checksum fits. */
    sealed(name, n, "version 3", 8, 3, TUTEE_ERROR_SNAPSHOT_VERSION);
    sealed(name, n, "version 258", 9, 1, TUTEE_ERROR_SNAPSHOT_VERSION);
    sealed(name, n, "version 0", 8, 0, TUTEE_ERROR_SNAPSHOT_FOREIGN);
    sealed(name, n, "16 bits", 10, 16, TUTEE_ERROR_SNAPSHOT_VERSION);
    sealed(name, n, "an unknown flag", 11, 3, TUTEE_ERROR_SNAPSHOT_VERSION);
    /* Model, activation, loss, step rule, distribution of inputs, kinds of block. */
    sealed(name, n, "an unknown model", 54, 4, TUTEE_ERROR_SNAPSHOT_VERSION);
    for (i = 56; i < 60; i++) sealed(name, n, "an unknown kind", i, i == 58 ? 5 : 4, TUTEE_ERROR_SNAPSHOT_VERSION);
    /* A rule that is known, whose state is not there. */
    sealed(name, n, "Adam without its moments", 58, 4, TUTEE_ERROR_SNAPSHOT_FOREIGN);
    for (i = 72; i < 96; i += 12) {
        sealed(name, n, "an unknown block", i, 11, TUTEE_ERROR_SNAPSHOT_VERSION);
        sealed(name, n, "a block without a carry", i + 1, 0, TUTEE_ERROR_SNAPSHOT_FOREIGN);
        sealed(name, n, "a block with padding", i + 2, 1, TUTEE_ERROR_SNAPSHOT_FOREIGN);
        sealed(name, n, "rows of another size", i + 7, 0x80, TUTEE_ERROR_SNAPSHOT_FOREIGN);
        sealed(name, n, "columns of another size", i + 11, 0x80, TUTEE_ERROR_SNAPSHOT_FOREIGN);
    }
    sealed(name, n, "a header of another length", 52, 0xFF, TUTEE_ERROR_SNAPSHOT_FOREIGN);
    sealed(name, n, "no block", 55, 0, TUTEE_ERROR_SNAPSHOT_FOREIGN);
    sealed(name, n, "state of the rule", 63, 0xFF, TUTEE_ERROR_SNAPSHOT_FOREIGN);
    sealed(name, n, "a slope without a leaky ReLU", 64, 1, TUTEE_ERROR_SNAPSHOT_FOREIGN);
    sealed(name, n, "a stream that is said not to be there", 11, 0, TUTEE_ERROR_SNAPSHOT_FOREIGN);
    for (i = 12; i < 28; i += 4) {
        sealed(name, n, "a size of zero", i, 0, TUTEE_ERROR_ZERO);
        sealed(name, n, "a size above 2^24", i + 3, 2, TUTEE_ERROR_TOO_LARGE);
        /* The blocks say what they said. */
        sealed(name, n, "a size of one more", i, i == 12 ? 3 : i == 16 ? 4 : 5, TUTEE_ERROR_SNAPSHOT_FOREIGN);
    }
    if (!loads) return;
    /* 3 filters of 2 features are as many parameters as 2 of 3. */
    spoil(name);
    ((uint8_t *)argument("bytes")->p)[12] = 3;
    ((uint8_t *)argument("bytes")->p)[16] = 2;
    ((uint8_t *)argument("bytes")->p)[76] = 3;
    ((uint8_t *)argument("bytes")->p)[80] = 2;
    seal(argument("bytes")->p, n);
    refused("another shape of the same length", TUTEE_ERROR_SNAPSHOT_SHAPE);
}

/* A parameter that is no number, each one, with a checksum that fits. */
static void not_finite(const char *name, size_t n, size_t first, size_t width) {
    size_t at, k;
    for (at = first; at + 4 < n; at += width) {
        for (k = 0; k < 2; k++) {
            uint8_t *bytes;
            spoil(name);
            bytes = argument("bytes")->p;
            memset(bytes + at, 0, width);
            /* Infinity or NaN. */
            bytes[at + width - 1] = 0x7F;
            bytes[at + width - 2] = width == 4 ? 0x80 : 0xF0;
            bytes[at] = (uint8_t)k;
            seal(bytes, n);
            refused_at("no number at", (long)at, TUTEE_ERROR_NOT_FINITE, 0);
        }
    }
}

static tutee_status inspected_layer(const uint8_t *bytes, size_t n) {
    tutee_layer_info info;
    return tutee_layer_inspect(bytes, n, &info);
}
static tutee_status inspected_raw(const uint8_t *bytes, size_t n) {
    tutee_raw_info info;
    return tutee_raw_inspect(bytes, n, &info);
}

static tutee_status inspected_whitener(const uint8_t *bytes, size_t n) {
    tutee_snapshot_info info;
    return tutee_snapshot_inspect(bytes, n, &info);
}

/* Snapshots by inspection or loading: every end, and every bit. */
static void cut_or_altered(const char *name, size_t n, tutee_status (*inspected)(const uint8_t *, size_t)) {
    size_t i, bit;
    for (i = 0; i < n; i++) {
        spoil(name);
        argument("n_bytes")->n = i;
        refused_at("cut at", (long)i, TUTEE_ERROR_SNAPSHOT_TRUNCATED, 0);
    }
    for (i = 1; i < 9; i++) {
        spoil(name);
        argument("n_bytes")->n = n + i;
        refused_at("followed by", (long)i, TUTEE_ERROR_SNAPSHOT_TRAILING, 0);
    }
    for (bit = 0; bit < 8 * n; bit++) {
        static const tutee_status possible[] = {
            TUTEE_ERROR_SNAPSHOT_ALTERED, TUTEE_ERROR_SNAPSHOT_TRUNCATED, TUTEE_ERROR_SNAPSHOT_TRAILING,
            TUTEE_ERROR_SNAPSHOT_FOREIGN, TUTEE_ERROR_SNAPSHOT_VERSION, TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE};
        const size_t byte = bit / 8;
        /* Before the blocks a bit may lead to another length; behind them only the checksum sees it. */
        const size_t last = byte < 72 ? sizeof possible / sizeof *possible : 1;
        tutee_status status;
        spoil(name);
        ((uint8_t *)argument("bytes")->p)[byte] ^= (uint8_t)(1 << bit % 8);
        status = inspected(argument("bytes")->p, n);
        for (i = 0; i < last && possible[i] != status; i++) continue;
        refused_at("bit", (long)bit, i < last ? status : TUTEE_ERROR_SNAPSHOT_ALTERED, 0);
    }
}

/* Of a layer or of a student of readings: and another kind of model. */
static void spoilt_other(const char *name, size_t n, tutee_status (*inspected)(const uint8_t *, size_t), const uint8_t *student,
                         size_t n_student) {
    cut_or_altered(name, n, inspected);
    spoil(name);
    ((uint8_t *)argument("bytes")->p)[72] = 11;
    seal(argument("bytes")->p, n);
    refused("an unknown block", TUTEE_ERROR_SNAPSHOT_VERSION);
    spoil(name);
    argument("bytes")->p = memcpy(world.spare, student, n_student);
    argument("n_bytes")->n = n_student;
    refused("a student", TUTEE_ERROR_SNAPSHOT_MODEL);
}

/* What a callback was handed, and after how many calls it has had enough. */
static struct {
    uint8_t bytes[8192];
    size_t n, calls, enough;
} taken;

static int32_t take(void *user, const uint8_t *bytes, size_t n_bytes) {
    if (user != &taken || n_bytes == 0 || n_bytes > 64 || taken.n + n_bytes > sizeof taken.bytes) return -1;
    if (taken.calls == taken.enough) return 7;
    memcpy(taken.bytes + taken.n, bytes, n_bytes);
    taken.n += n_bytes;
    taken.calls++;
    return 0;
}

/* What `save` writes is what `save_to` hands on, by itself and as a slot, and whoever has had enough is not called again. */
static void streamed(const char *save, const char *save_to) {
    static uint8_t image[8192];
    tutee_sink sink = {take, &taken, 0, 41};
    size_t n, pieces;
    spoil(save);
    n = TUTEE_SLOT_HEADER + argument("n_bytes")->n;
    if (n > sizeof image || call_named(save)->make(v) != TUTEE_OK) failed("saved", (long)n, "refused", 0);
    memcpy(image + TUTEE_SLOT_HEADER, argument("bytes")->p, n - TUTEE_SLOT_HEADER);
    if (tutee_slot_seal(image, n, sink.sequence) != TUTEE_OK) failed("sealed", (long)n, "refused", 0);
    for (sink.slot = 0; sink.slot < 2; sink.slot++) {
        const size_t first = sink.slot ? 0 : TUTEE_SLOT_HEADER;
        tutee_status status;
        memset(&taken, 0, sizeof taken);
        taken.enough = SIZE_MAX;
        spoil(save_to);
        argument("sink")->p = &sink;
        status = call_named(save_to)->make(v);
        if (status != TUTEE_OK) failed("handed on", sink.slot, "returned", status);
        if (taken.n != n - first || memcmp(taken.bytes, image + first, n - first) != 0)
            failed("handed on", sink.slot, "other bytes than those of the save into an array, of them", (long)taken.n);
        pieces = taken.calls;
        if (pieces != (n - first + 63) / 64) failed("handed on", sink.slot, "in other pieces", (long)pieces);
        for (taken.enough = 0; taken.enough < pieces; taken.enough++) {
            taken.calls = taken.n = 0;
            spoil(save_to);
            argument("sink")->p = &sink;
            refused_at("ended at piece", (long)taken.enough, TUTEE_ERROR_SINK, 0);
        }
    }
}

#define STREAMED(name) \
    streamed("tutee_" #name "_f32", "tutee_" #name "_to_f32"); \
    streamed("tutee_" #name "_f64", "tutee_" #name "_to_f64")

#define WHOLE(array) array, sizeof array

/* Bytes of something else are refused by what they are. */
static void other_bytes(const char *name, const char *what, uint8_t *bytes, size_t n, tutee_status status) {
    spoil(name);
    argument("bytes")->p = bytes;
    argument("n_bytes")->n = n;
    refused(what, status);
}

void sweep_snapshots(void) {
    const size_t narrow = sizeof world.f32.snapshot, wide = sizeof world.f64.snapshot;
    uint8_t copy[sizeof world.f64.snapshot];
    STREAMED(student_save);
    STREAMED(student_save_ruled);
    STREAMED(layer_save);
    STREAMED(raw_save);
    STREAMED(whitener_save);
    spoilt("tutee_snapshot_inspect", wide);
    spoilt("tutee_student_load_f32", narrow);
    spoilt("tutee_student_load_f64", wide);
    not_finite("tutee_student_load_f32", narrow, 96, 4);
    not_finite("tutee_student_load_f64", wide, 96, 8);
    spoilt_other("tutee_layer_inspect", sizeof world.f64.set_snapshot, inspected_layer, world.f64.snapshot, wide);
    spoilt_other("tutee_layer_load_f32", sizeof world.f32.set_snapshot, inspected_layer, world.f32.snapshot, narrow);
    spoilt_other("tutee_layer_load_f64", sizeof world.f64.set_snapshot, inspected_layer, world.f64.snapshot, wide);
    spoilt_other("tutee_raw_inspect", sizeof world.f64.raw_snapshot, inspected_raw, world.f64.snapshot, wide);
    spoilt_other("tutee_raw_load_f32", sizeof world.f32.raw_snapshot, inspected_raw, world.f32.snapshot, narrow);
    spoilt_other("tutee_raw_load_f64", sizeof world.f64.raw_snapshot, inspected_raw, world.f64.snapshot, wide);
    not_finite("tutee_raw_load_f32", sizeof world.f32.raw_snapshot, 168, 4);
    not_finite("tutee_raw_load_f64", sizeof world.f64.raw_snapshot, 168, 8);
    not_finite("tutee_whitener_load_f32", sizeof world.f32.whitener_snapshot, 72, 4);
    not_finite("tutee_whitener_load_f64", sizeof world.f64.whitener_snapshot, 72, 8);
    cut_or_altered("tutee_whitener_load_f32", sizeof world.f32.whitener_snapshot, inspected_whitener);
    cut_or_altered("tutee_whitener_load_f64", sizeof world.f64.whitener_snapshot, inspected_whitener);
    other_bytes("tutee_whitener_load_f32", "a whitener of doubles", WHOLE(world.f64.whitener_snapshot), TUTEE_ERROR_SNAPSHOT_SCALAR);
    other_bytes("tutee_whitener_load_f64", "a student", WHOLE(world.f64.raw_snapshot), TUTEE_ERROR_SNAPSHOT_MODEL);
    other_bytes("tutee_raw_load_f64", "a whitener", WHOLE(world.f64.whitener_snapshot), TUTEE_ERROR_SNAPSHOT_MODEL);
    other_bytes("tutee_student_load_f32", "a whitener", WHOLE(world.f32.whitener_snapshot), TUTEE_ERROR_SNAPSHOT_MODEL);
    other_bytes("tutee_layer_load_f64", "a whitener", WHOLE(world.f64.whitener_snapshot), TUTEE_ERROR_SNAPSHOT_MODEL);
    spoil("tutee_snapshot_inspect");
    argument("bytes")->p = world.f64.whitener_snapshot;
    argument("n_bytes")->n = sizeof world.f64.whitener_snapshot;
    accepted("a whitener");
    other_bytes("tutee_raw_load_f32", "readings of doubles", WHOLE(world.f64.raw_snapshot), TUTEE_ERROR_SNAPSHOT_SCALAR);
    other_bytes("tutee_raw_load_f64", "a layer", WHOLE(world.f64.set_snapshot), TUTEE_ERROR_SNAPSHOT_MODEL);
    {
        tutee_raw_f64 *other;
        const int32_t without = PREPARATION - TUTEE_SPARE;
        const size_t words = RAW(TUTEE_RAW_WORDS_F64);
        spoil("tutee_raw_load_f64");
        refused("a student without a spare token",
                tutee_raw_init_f64(world.f64.raw, words, &world.f64.shape, without, TUTEE_IDENTITY, 0, &other) == TUTEE_OK
                    ? TUTEE_ERROR_SNAPSHOT_SHAPE : TUTEE_OK);
        spoil("tutee_raw_load_f64");
        accepted(tutee_raw_init_f64(world.f64.raw, words, &world.f64.shape, PREPARATION, TUTEE_IDENTITY, 0, &other) == TUTEE_OK
                     ? "one that has seen nothing" : "not made");
    }
    other_bytes("tutee_student_load_f64", "a layer", WHOLE(world.f64.set_snapshot), TUTEE_ERROR_SNAPSHOT_MODEL);
    other_bytes("tutee_layer_load_f32", "a layer of doubles", WHOLE(world.f64.set_snapshot), TUTEE_ERROR_SNAPSHOT_SCALAR);
    /* Of the other precision. */
    other_bytes("tutee_student_load_f32", "a snapshot of doubles", world.f64.snapshot, wide, TUTEE_ERROR_SNAPSHOT_SCALAR);
    other_bytes("tutee_student_load_f64", "a snapshot of floats", world.f32.snapshot, narrow, TUTEE_ERROR_SNAPSHOT_SCALAR);
    /* Into a student of another shape. */
    spoil("tutee_student_load_f32");
    argument("student")->p = world.f32.few_student;
    refused("another student", TUTEE_ERROR_SNAPSHOT_SHAPE);
    spoil("tutee_student_load_f64");
    argument("student")->p = world.f64.few_student;
    refused("another student", TUTEE_ERROR_SNAPSHOT_SHAPE);
    /* Bytes need no alignment. */
    spoil("tutee_student_load_f64");
    memcpy(copy, world.f64.snapshot, wide);
    argument("bytes")->p = memcpy((char *)world.spare + 1, copy, wide);
    accepted("bytes at an odd address");
}
