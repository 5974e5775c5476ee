/*
 * Names by which rustc's LLVM calls the thread sanitizer, and which the runtime of an older compiler does not have.
 * Calls to the C functions are seen by every runtime. Weak: a runtime that has them wins.
 */
#include <string.h>

#define WEAK __attribute__((weak))
WEAK void *__tsan_memcpy(void *to, const void *from, size_t n);
WEAK void *__tsan_memmove(void *to, const void *from, size_t n);
WEAK void *__tsan_memset(void *to, int byte, size_t n);

void *__tsan_memcpy(void *to, const void *from, size_t n) { return memcpy(to, from, n); }
void *__tsan_memmove(void *to, const void *from, size_t n) { return memmove(to, from, n); }
void *__tsan_memset(void *to, int byte, size_t n) { return memset(to, byte, n); }
