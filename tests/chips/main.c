/* The example that is in every package, on a bare processor: text goes to the debugger. */
#include "board.h"
#include "learn.h"

int main(void) { return learn(board_say); }
