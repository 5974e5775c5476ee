/* RISC-V: the first instructions, and how the processor asks the debugger for a service. */
#include "board.h"

/* A trap ends the program, as a fault does on an Arm: nothing here expects one. */
void trap(void);
__attribute__((used, aligned(4))) void trap(void) {
    board_say("trap\n");
    board_semihosting(0x18, 0x20023);
    for (;;) {}
}

__asm__(
    ".section .vectors, \"ax\"\n"
    ".option push\n"
    ".option norelax\n" /* gp is not set yet */
    ".global start\n"
    "start:\n"
    "    la sp, stack_top\n"
    "    la t0, trap\n"
    "    csrw mtvec, t0\n"
#ifdef __riscv_flen
    "    li t0, 0x2000\n" /* the floating-point unit on, in its initial state */
    "    csrs mstatus, t0\n"
    "    csrw fcsr, zero\n"
#endif
    "    j board_begin\n"
    ".option pop\n"
    ".text\n");

/* The three instructions are the signal; they must be uncompressed and on one page. */
uintptr_t board_semihosting(uintptr_t operation, uintptr_t argument) {
    register uintptr_t a0 __asm__("a0") = operation;
    register uintptr_t a1 __asm__("a1") = argument;
    __asm__ volatile(
        ".option push\n\t"
        ".option norvc\n\t"
        ".balign 16\n\t"
        "slli zero, zero, 0x1f\n\t"
        "ebreak\n\t"
        "srai zero, zero, 7\n\t"
        ".option pop"
        : "+r"(a0)
        : "r"(a1)
        : "memory");
    return a0;
}
