/*
 * A program with floating-point routines of its own, as the SDK of an RP2040 brings those in its ROM: right, but that subnormal
 * numbers count as zero, as operands and as results. Each call is counted. The compiler's own compute, under other names.
 */
#include <stdint.h>

#include "board.h"
#include "tutee.h"

static int calls;

static uint32_t single(uint32_t bits) {
    calls++;
    return (bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits;
}
static uint64_t twice(uint64_t bits) {
    const uint64_t sign = (uint64_t)1 << 63, exponent = (uint64_t)0x7ff << 52;
    calls++;
    return (bits & exponent) == 0 ? bits & sign : bits;
}

#define ROUTINE(name, type, flush)                                                                       \
    type real___aeabi_##name(type a, type b);                                                            \
    type __aeabi_##name(type a, type b);                                                                 \
    type __aeabi_##name(type a, type b) { return flush(real___aeabi_##name(flush(a), flush(b))); }
ROUTINE(fadd, uint32_t, single)
ROUTINE(fsub, uint32_t, single)
ROUTINE(fmul, uint32_t, single)
ROUTINE(fdiv, uint32_t, single)
ROUTINE(dadd, uint64_t, twice)
ROUTINE(dsub, uint64_t, twice)
ROUTINE(dmul, uint64_t, twice)
ROUTINE(ddiv, uint64_t, twice)

int main(void) {
    tutee_status environment = tutee_float_environment(), test = tutee_self_test();
    board_say("environment: ");
    board_say(tutee_status_message(environment));
    board_say("\nself-test: ");
    board_say(tutee_status_message(test));
    board_say(calls == 0 ? "\nno call\n" : "\ncalled\n");
    return 0;
}
