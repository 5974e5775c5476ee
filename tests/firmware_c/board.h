/* What a program needs of its board. board.c is common to all; cortex_m.c and riscv.c know the processor. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Sends text to whoever watches: the debugger, over semihosting. Another board would use its serial line. */
void board_say(const char *text);

/* Begins the program, once there are a stack and a floating-point unit: fills the variables, calls main, stops. */
void board_begin(void);

/* Asks the debugger for a service: `operation` of Arm's semihosting, with its one argument. */
uintptr_t board_semihosting(uintptr_t operation, uintptr_t argument);

#endif
