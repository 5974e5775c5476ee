// Eight sensors in a ring: the library learns from readings alone who is whose neighbour. What is learned, and from what, is in
// learn.c beside this sketch.
#include <tutee.h>

#include "learn.h"

static void say(const char *text) { Serial.print(text); }

void setup() {
    Serial.begin(115200);
    learn(say);
}

void loop() {}
