/* Cortex-M: the table that the processor starts from, and how it asks the debugger for a service. */
#include "board.h"

extern uint32_t stack_top[];
void start(void);

void start(void) {
#ifdef __ARM_FP
    /* Full access to coprocessors 10 and 11, the floating-point unit, before the first of its instructions. */
    volatile uint32_t *const access = (volatile uint32_t *)0xE000ED88u;
    *access |= 0xFu << 20;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
#endif
    board_begin();
}

/* A fault: says so and ends with a failure, since the debugger knows no more than this. */
static void fault(void) {
    board_say("fault\n");
    board_semihosting(0x18, 0x20023);
    for (;;) {}
}

/* What an operating system takes for itself, by the names of CMSIS; without one these are faults, too. */
void SVC_Handler(void) __attribute__((weak, alias("fault")));
void PendSV_Handler(void) __attribute__((weak, alias("fault")));
void SysTick_Handler(void) __attribute__((weak, alias("fault")));

/* The processor's own exceptions. The first entry is no function but the stack. */
struct vectors {
    uint32_t *stack;
    void (*handlers[15])(void);
};
__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    stack_top,
    {start, fault, fault, fault, fault, fault, 0, 0, 0, 0, SVC_Handler, fault, 0, PendSV_Handler, SysTick_Handler},
};

uintptr_t board_semihosting(uintptr_t operation, uintptr_t argument) {
    register uintptr_t r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
