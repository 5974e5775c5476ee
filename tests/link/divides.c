/* Divides by numbers that no compiler knows, for on some processors a division is a function; and calls the library. */
#include <stdio.h>
#include "tutee.h"

int main(int count, char **arguments) {
    const unsigned n = (unsigned)count + 6;
    const long long wide = 1000000007LL * 1000003 + (arguments[0] == NULL);
    printf("%u %u %d %d %lld %lld %d\n", 1000u / n, 1000u % n, -1000 / (int)n, -1000 % (int)n, wide / n, wide % n,
           tutee_abi_version() == TUTEE_ABI_VERSION);
    return 0;
}
