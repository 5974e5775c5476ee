// The sketch of the Arduino library, as the Arduino's tools compile it: included after their header, set up once.
#include "Arduino.h"

#include "Learn.ino"

extern "C" int main() {
    setup();
    loop();
    return 0;
}
