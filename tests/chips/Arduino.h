// What the sketch needs of an Arduino's core, on a bare processor: text goes to the debugger.
#ifndef ARDUINO_H
#define ARDUINO_H

extern "C" {
#include "board.h"
}

struct serial {
    void begin(long) {}
    void print(const char *text) { board_say(text); }
};
static serial Serial;

#endif
