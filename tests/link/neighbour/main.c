/* A program with two libraries in Rust. */
#include "tutee.h"

#include <stdio.h>

uint32_t neighbour(uint32_t n);

int main(void) {
    const int status = tutee_self_test();
    printf("%d %lu\n", status, (unsigned long)neighbour(100));
    return status != TUTEE_OK;
}
