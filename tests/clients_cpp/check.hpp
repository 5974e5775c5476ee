/* Checks that count themselves. */
#ifndef CHECK_HPP
#define CHECK_HPP

#include <cstdio>

inline int checks = 0;
inline int failures = 0;

inline void check(bool holds, const char *what, const char *file, int line) {
    checks++;
    if (!holds) {
        failures++;
        std::fprintf(stderr, "%s:%d: %s\n", file, line, what);
    }
}
#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

inline int report(const char *what) {
    std::printf("%s: %d checks, %d failures\n", what, checks, failures);
    return failures == 0 && checks > 0 ? 0 : 1;
}

#endif
