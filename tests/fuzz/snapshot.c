/*
 * Fuzzes the bytes of a snapshot. The first byte of the input says into which student the rest is loaded, and whether its
 * header, of version 1 or 2, and its checksum are put right first, without which few inputs would come any further.
 *
 * A refused snapshot changes nothing. One that was loaded is what the student saves again, byte for byte, but for the version
 * and the activation, which are not the student's, with what the step rule kept; the student then can be looked at, predicts and takes a step, or refuses it, and stays finite.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tutee.h"

static const tutee_shape shapes[4] = {{1, 1, 1, 1}, {2, 3, 4, 4}, {3, 1, 2, 5}, {1, 4, 8, 2}};
#define AT(macro, shape) macro((shape)->filters, (shape)->features, (shape)->tokens, (shape)->outputs)

/* The header of version 1, and that of version 2, which begins as it does. */
enum { CRC_BYTES = 4, COMMON_BYTES = 52, HEADER_BYTES = 96 };

_Noreturn static void fail(const char *what, tutee_status status) {
    fprintf(stderr, "FOUND: %s (%s)\n", what, tutee_status_message(status));
    abort();
}

/* Bit by bit, as the header describes it: nothing is shared with the library. */
static uint32_t crc32(const uint8_t *bytes, size_t n) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

static void put(uint8_t *at, uint64_t number, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++) at[i] = (uint8_t)(number >> 8 * i);
}

static void put_block(uint8_t *at, uint8_t kind, uint32_t rows, uint32_t columns) {
    put(at, kind | 1u << 8, 4);
    put(at + 4, rows, 4);
    put(at + 8, columns, 4);
}

static void repair_header(uint8_t *bytes, size_t n, const tutee_shape *shape, uint8_t bits, uint8_t version) {
    static const uint8_t magic[8] = {0x89, 'T', 'U', 'T', 'E', 'E', '\r', '\n'};
    if (n < (version == 1 ? COMMON_BYTES : HEADER_BYTES)) return;
    memcpy(bytes, magic, 8);
    put(bytes + 8, version, 2);
    bytes[10] = bits;
    bytes[11] &= 1;
    put(bytes + 12, shape->filters, 4);
    put(bytes + 16, shape->features, 4);
    put(bytes + 20, shape->tokens, 4);
    put(bytes + 24, shape->outputs, 4);
    if (version == 1) return;
    put(bytes + 52, HEADER_BYTES, 2);
    put(bytes + 54, 2u << 8, 2);
    bytes[56] &= 3;
    put(bytes + 57, 0, 1);
    /* The rule, and the bytes of its state: only Adam has one. */
    bytes[58] %= 5;
    bytes[59] = 0;
    put(bytes + 60, bytes[58] == 4 ? AT(TUTEE_RULES_KEPT, shape) * (bits / 8) : 0, 4);
    if (bytes[56] != 3) put(bytes + 64, 0, 8);
    put_block(bytes + 72, 1, shape->filters, shape->features);
    put_block(bytes + 84, 2, shape->outputs, shape->tokens);
}

static void repair_checksum(uint8_t *bytes, size_t n) {
    if (n >= CRC_BYTES) put(bytes + n - CRC_BYTES, crc32(bytes, n - CRC_BYTES), CRC_BYTES);
}

static int is_snapshot_status(tutee_status status) {
    return status == TUTEE_OK || status == TUTEE_ERROR_ZERO || status == TUTEE_ERROR_TOO_LARGE ||
           status == TUTEE_ERROR_NOT_FINITE ||
           status == TUTEE_ERROR_SNAPSHOT_MODEL || status == TUTEE_ERROR_SNAPSHOT_RULE ||
           (status <= TUTEE_ERROR_SNAPSHOT_FOREIGN && status >= TUTEE_ERROR_SNAPSHOT_SHAPE);
}

#define REAL float
#define P(name) name##_f32
#define W(name) name##_F32
#define BITS 32
#include "snapshot_of.h"
#undef REAL
#undef P
#undef W
#undef BITS
#define REAL double
#define P(name) name##_f64
#define W(name) name##_F64
#define BITS 64
#include "snapshot_of.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const uint8_t how = data[0];
    const tutee_shape *shape = &shapes[how >> 1 & 3];
    const size_t n = size - 1;
    /* An allocation of exactly this size, so that the sanitizer sees its end. */
    uint8_t *bytes = malloc(n ? n : 1);
    if (!bytes) return 0;
    memcpy(bytes, data + 1, n);
    if (how & 8) repair_header(bytes, n, shape, how & 1 ? 64 : 32, how & 32 ? 2 : 1);
    if (how & 16) repair_checksum(bytes, n);
    if (how & 1) load_f64(shape, bytes, n);
    else load_f32(shape, bytes, n);
    free(bytes);
    return 0;
}
