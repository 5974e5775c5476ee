/* The example that is in every package, on this machine. */
#include <stdio.h>

#include "learn.h"

static void say(const char *text) { fputs(text, stdout); }

int main(void) { return learn(say); }
