/* steps LEVEL STEPS: takes so many online steps and prints what the student became. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

uint32_t online_steps(uint32_t level, uint32_t steps);

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    uint32_t digest = online_steps((uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]));
    printf("%08" PRIx32 "\n", digest);
    return digest == 0;
}
