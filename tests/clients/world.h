/*
 * Every exported function with legal arguments, in memory that is watched as a whole.
 *
 * `world` is one static struct that holds all memory of all calls: objects, arrays, settings and outputs, with guards
 * between them, everything poisoned that a call is to write. It is filled once; before each call it is put back, and
 * after each call it is compared as a whole. So nothing that a call writes can go unseen.
 *
 * A test takes a call, spoils one argument or one byte of the world, and says what must come of it.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tutee.h"

/* The model: small, with a power of two of tokens for the Hadamard encoding; and a second one with fewer outputs. */
enum { FILTERS = 2, FEATURES = 3, TOKENS = 4, OUTPUTS = 4, FEW = 2, PAIRS = 2, EDGES = 4, CHOSEN = 2, SET = 3 };
#define AT(macro) macro(FILTERS, FEATURES, TOKENS, OUTPUTS)
/* A classifier has one filter. */
#define AT_ONE(macro) macro(1, FEATURES, TOKENS, OUTPUTS)
#define AT_FEW(macro) macro(FILTERS, FEATURES, TOKENS, FEW)

/* A layer of separate matrices that is shown codes and queries with every sample, and one of a merged matrix that sets ask. */
enum { CODE = 2, KEY = 2, QUERY = 3 };
#define LAYER(macro) \
    macro(FILTERS, FEATURES, TOKENS, OUTPUTS, TUTEE_CONCATENATED, TUTEE_CODES_FRESH, TUTEE_SEPARATE, \
          TUTEE_QUERIES_VECTORS, CODE, KEY, QUERY)
#define SETS(macro) \
    macro(FILTERS, FEATURES, TOKENS, OUTPUTS, TUTEE_CONCATENATED, TUTEE_CODES_FIXED, TUTEE_MERGED, TUTEE_QUERIES_SETS, \
          CODE, 0, 0)

/* A student of raw readings that is given everything beside them, and as many links as are asked of it. */
enum { PREPARATION = TUTEE_INTERCEPT | TUTEE_SPARE | TUTEE_SIGNED, RANKED = 5, SURE = 1, LOOKS = 4 };
#define RAW(macro) macro(FILTERS, FEATURES, TOKENS, OUTPUTS, PREPARATION)

enum { POISON = 0xA5, HEADER_BYTES = 32 };

/* struct memory_f32 and struct memory_f64. */
#define REAL float
#define P(name) name##_f32
#define W(name) name##_F32
#include "memory.h"
#undef REAL
#undef P
#undef W
#define REAL double
#define P(name) name##_f64
#define W(name) name##_F64
#include "memory.h"
#undef REAL
#undef P
#undef W

struct world {
    uint64_t before[256];
    struct memory_f32 f32;
    struct memory_f64 f64;
    /* Where overlapping and adjoining memory is put together. */
    uint64_t spare[1024];
};
extern struct world world;

/* An argument, of whatever type. */
union value {
    void *p;
    size_t n;
    int32_t i;
    uint32_t u;
    uint64_t w;
    double r;
};

enum role {
    NUMBER,   /* not a pointer */
    COUNT,    /* elements of the array before it */
    SETTINGS, /* one struct that is read; the source, of which the index is written, too */
    OBJECT,   /* teacher, student, sampler, layer, student of raw readings or whitener */
    INPUT,    /* an array that is read */
    OUTPUT,   /* one struct or an array that is written on success */
    WORKING,  /* scratch */
    PLACE     /* words for a new object */
};

enum kind { NO_OBJECT, TEACHER, STUDENT, SAMPLER, LAYERS, RAWS, WHITENERS };

/* How many elements an array may have. */
enum length { EXACT, AT_LEAST, ANY };

struct parameter {
    const char *name;
    enum role role;
    enum kind kind;
    enum length length;
    int written;  /* by a call that succeeds */
    int optional; /* NULL is legal */
    size_t real;  /* bytes of an element, for arrays of float or double; else 0 */
    size_t align;
    size_t bytes; /* of everything that the pointer points to */
    union value legal;
};

enum { PARAMETERS_MAX = 16 };

struct call {
    const char *name;
    /* NULL for functions that have no illegal argument. */
    tutee_status (*make)(const union value *);
    int computes; /* refuses a wrong floating-point environment */
    int refused;  /* how many times it was called with an illegal argument */
    int count;
    struct parameter parameters[PARAMETERS_MAX];
};

enum { CALLS_MAX = 256 };
extern struct call calls[CALLS_MAX];
extern int calls_count;

/* An object of the world, to be put where another one belongs. */
struct object {
    void *p;
    size_t bytes;
    enum kind kind;
    int bits;
    uint32_t outputs;
};

enum { OBJECTS = 24 };
extern const struct object objects[OBJECTS];

/* Makes everything. Returns 0 when a call failed that must not. */
int world_build(void);
/* Puts everything back. */
void world_restore(void);

/* The call of this name; ends the program when there is none. */
struct call *call_named(const char *name);

/* How often the callback of the observers was called. */
extern unsigned callback_calls;

#endif
