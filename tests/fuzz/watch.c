#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *rest;
static size_t left;

void feed(const uint8_t *data, size_t size) {
    rest = data;
    left = size;
}

int exhausted(void) { return left == 0; }

uint8_t byte(void) {
    if (left == 0) return 0;
    left--;
    return *rest++;
}

_Noreturn void fail(const char *what, const char *about, long number) {
    fprintf(stderr, "FOUND: %s: %s (%ld)\n", what, about, number);
    abort();
}

/* What every function has returned so far, told at the end. */
enum { FUNCTIONS = 128, STATUSES = 40 };
static struct {
    const char *name;
    unsigned long returned[STATUSES];
} seen[FUNCTIONS];

static void tell(void) {
    unsigned functions = 0, succeeded = 0, pairs = 0;
    for (unsigned i = 0; i < FUNCTIONS && seen[i].name; i++) {
        functions++;
        if (seen[i].returned[0]) succeeded++;
        else fprintf(stderr, "never succeeded: %s\n", seen[i].name);
        for (unsigned status = 0; status < STATUSES; status++) pairs += seen[i].returned[status] != 0;
    }
    fprintf(stderr, "seen: %u functions, %u succeeded, %u pairs of function and status\n", functions, succeeded, pairs);
}

static void note(const char *name, tutee_status status) {
    if (!seen[0].name) atexit(tell);
    unsigned i = 0;
    while (i < FUNCTIONS - 1 && seen[i].name && strcmp(seen[i].name, name) != 0) i++;
    seen[i].name = name;
    seen[i].returned[-status]++;
}

enum { BLOCKS = 64, RANGES = 16 };
static struct {
    const char *name;
    uint8_t *at, *before;
    size_t bytes;
} blocks[BLOCKS];
static unsigned count;

static struct {
    const uint8_t *at;
    size_t bytes;
    enum when when;
} ranges[RANGES];
static unsigned allowed;

/* The argument that is spoiled, counted from 0, and how. */
static int argument, spoiled_argument, spoiled;
static uint8_t how;

void *block(const char *name, size_t bytes) {
    if (count == BLOCKS) fail("too many blocks", name, BLOCKS);
    uint8_t *at = malloc(bytes), *before = malloc(bytes);
    if (!at || !before) fail("no memory", name, (long)bytes);
    memset(at, 0xA5, bytes);
    blocks[count].name = name;
    blocks[count].at = at;
    blocks[count].before = before;
    blocks[count].bytes = bytes;
    count++;
    return at;
}

void free_blocks(void) {
    for (unsigned i = 0; i < count; i++) {
        free(blocks[i].at);
        free(blocks[i].before);
    }
    count = 0;
}

void before_fixed_call(void) {
    for (unsigned i = 0; i < count; i++) memcpy(blocks[i].before, blocks[i].at, blocks[i].bytes);
    allowed = 0;
    argument = 0;
    spoiled = 0;
    spoiled_argument = -1;
    how = 0;
}

void before_call(void) {
    before_fixed_call();
    const uint8_t choice = byte();
    if (choice < 192) return;
    spoiled_argument = choice % 12;
    how = byte();
}

void allow(const void *at, size_t bytes, enum when when) {
    if (!at) return;
    if (allowed == RANGES) fail("too many ranges", "allow", RANGES);
    ranges[allowed].at = at;
    ranges[allowed].bytes = bytes;
    ranges[allowed].when = when;
    allowed++;
}

void allow_block(const void *at, enum when when) {
    for (unsigned i = 0; i < count; i++)
        if (at && (const uint8_t *)at >= blocks[i].at && (const uint8_t *)at < blocks[i].at + blocks[i].bytes)
            allow(blocks[i].at, blocks[i].bytes, when);
}

static int may_change(const uint8_t *at, tutee_status status) {
    const enum when least = status == TUTEE_OK ? ON_SUCCESS : status == TUTEE_ERROR_OVERLAP ? ALWAYS : UNLESS_OVERLAP;
    for (unsigned i = 0; i < allowed; i++)
        if (at >= ranges[i].at && at < ranges[i].at + ranges[i].bytes && ranges[i].when >= least) return 1;
    return 0;
}

int after_call(const char *name, tutee_status status) {
    /* No call may find the library defective. */
    if (status > TUTEE_OK || status < TUTEE_ERROR_SINK || status == TUTEE_ERROR_SELF_TEST ||
        status == TUTEE_ERROR_INTERNAL)
        fail("a status out of range", name, status);
    if (status == TUTEE_ERROR_FLOAT_ENVIRONMENT) fail("the environment is right", name, status);
    for (unsigned i = 0; i < count; i++) {
        if (memcmp(blocks[i].at, blocks[i].before, blocks[i].bytes) == 0) continue;
        for (size_t k = 0; k < blocks[i].bytes; k++)
            if (blocks[i].at[k] != blocks[i].before[k] && !may_change(blocks[i].at + k, status)) {
                fprintf(stderr, "%s returned %d and changed byte %zu of %s\n", name, status, k, blocks[i].name);
                fail("memory was changed", name, status);
            }
    }
    note(name, status);
    if (spoiled)
        for (unsigned i = 0; i < count; i++) memcpy(blocks[i].at, blocks[i].before, blocks[i].bytes);
    return status == TUTEE_OK && !spoiled;
}

int is_spoiled(void) { return spoiled; }

static int spoil_this(void) {
    const int now = argument++ == spoiled_argument;
    spoiled |= now;
    return now;
}

void *pointer(const void *at, size_t bytes, size_t align, enum spoil spoil) {
    uint8_t *legal = (uint8_t *)(uintptr_t)at;
    if (!spoil_this()) return legal;
    if (how % 4 == 0 || count == 0) return NULL;
    if (how % 4 == 1 && align > 1) return legal + 1;
    const unsigned other = how / 4 % count;
    if (spoil == NOT_ELSEWHERE || blocks[other].bytes < bytes) return NULL;
    /* The middle of the block or its beginning; blocks are aligned for everything. */
    const size_t room = (blocks[other].bytes - bytes) / 16 * 8;
    return blocks[other].at + (how % 4 == 2 ? 0 : room);
}

size_t length(size_t n, enum longer longer) {
    if (!spoil_this()) return n;
    const size_t fewer = n == 0 ? 0 : n - 1;
    if (longer == SHORTER) return how % 2 == 0 ? 0 : fewer;
    switch (how % 8) {
    case 0: return 0;
    case 1: return SIZE_MAX;
    case 2: return SIZE_MAX / 8 + 1;
    case 3: return SIZE_MAX / 16;
    case 4: return (size_t)1 << 40;
    case 5: return n / 2;
    default: return fewer;
    }
}

int32_t listed(int32_t number) {
    if (!spoil_this()) return number;
    return how < 128 ? how - 64 : (int32_t)(0x01010101u * how);
}

static uint8_t kept[1 << 16];
static size_t n_kept;

static int32_t keep(void *user, const uint8_t *bytes, size_t n_bytes) {
    if (user != kept || n_bytes == 0 || n_bytes > 64 || n_kept + n_bytes > sizeof kept) return 1;
    memcpy(kept + n_kept, bytes, n_bytes);
    n_kept += n_bytes;
    return 0;
}

const tutee_sink *keeping(void) {
    static const tutee_sink sink = {keep, kept, 0, 0};
    n_kept = 0;
    return &sink;
}

void kept_is(const uint8_t *bytes, size_t n, const char *name) {
    if (n_kept != n || memcmp(kept, bytes, n) != 0) fail("handed on, it is another snapshot", name, (long)n_kept);
}
