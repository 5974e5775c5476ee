/* From the first instruction in C to main, and out again. */
#include "board.h"

int main(void);

/* Of semihosting. */
enum { WRITE0 = 0x04, EXIT = 0x18 };
enum { RUNTIME_ERROR = 0x20023, APPLICATION_EXIT = 0x20026 };

/* From the linker's script; their addresses are meant. */
extern uint32_t data_start[], data_end[], bss_start[], bss_end[];
extern const uint32_t data_image[];

void board_say(const char *text) { board_semihosting(WRITE0, (uintptr_t)text); }

/*
 * The copies go by way of volatile pointers, so that no compiler makes a call out of them: nothing may be called that
 * expects variables to be there.
 */
void board_begin(void) {
    volatile uint32_t *word;
    const uint32_t *from = data_image;
    for (word = data_start; word < data_end; word++) *word = *from++;
    for (word = bss_start; word < bss_end; word++) *word = 0;
    board_semihosting(EXIT, main() == 0 ? APPLICATION_EXIT : RUNTIME_ERROR);
    for (;;) {}
}
