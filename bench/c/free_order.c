/* The library's inner loops as C that leaves the order of every sum, and the fusing of products with sums, to the
 * compiler: compiled with -O3 -march=native -ffast-math. Prints a line for every loop: type, name, size, nanoseconds. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NOINLINE __attribute__((noinline))

#define LOOPS(T, SUFFIX, EXP)                                                                                          \
    static NOINLINE T free_sum_##SUFFIX(const T *x, size_t n) {                                                        \
        T sum = 0;                                                                                                     \
        for (size_t i = 0; i < n; i++) sum += x[i];                                                                    \
        return sum;                                                                                                    \
    }                                                                                                                  \
                                                                                                                       \
    static NOINLINE T free_dot_##SUFFIX(const T *x, const T *y, size_t n) {                                            \
        T sum = 0;                                                                                                     \
        for (size_t i = 0; i < n; i++) sum += x[i] * y[i];                                                             \
        return sum;                                                                                                    \
    }                                                                                                                  \
                                                                                                                       \
    static NOINLINE T free_compare_##SUFFIX(const T *x, const T *y, size_t n) {                                        \
        T squared = 0, inner = 0, difference_inner = 0, difference_squared = 0;                                        \
        for (size_t i = 0; i < n; i++) {                                                                               \
            T difference = x[i] - y[i];                                                                                \
            squared += x[i] * x[i];                                                                                    \
            inner += x[i] * y[i];                                                                                      \
            difference_inner += difference * x[i];                                                                     \
            difference_squared += difference * difference;                                                             \
        }                                                                                                              \
        return squared + inner + difference_inner + difference_squared;                                                \
    }                                                                                                                  \
                                                                                                                       \
    static NOINLINE void free_softmax_##SUFFIX(const T *logits, T *weights, size_t n) {                                \
        T largest = logits[0], sum = 0;                                                                                \
        for (size_t i = 1; i < n; i++) largest = logits[i] > largest ? logits[i] : largest;                            \
        for (size_t i = 0; i < n; i++) {                                                                               \
            weights[i] = EXP(logits[i] - largest);                                                                     \
            sum += weights[i];                                                                                         \
        }                                                                                                              \
        for (size_t i = 0; i < n; i++) weights[i] /= sum;                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static NOINLINE void free_d_logits_##SUFFIX(const T *weights, const T *gradient, T *d, size_t n) {                 \
        T mean = free_dot_##SUFFIX(weights, gradient, n);                                                              \
        for (size_t i = 0; i < n; i++) d[i] = weights[i] * (gradient[i] - mean);                                       \
    }                                                                                                                  \
                                                                                                                       \
    /* One sample: y = relu(w X S), and what it adds to the gradients. */                                              \
    static NOINLINE void free_pair_##SUFFIX(size_t filters, size_t features, size_t tokens, size_t outputs, const T *w, const T *s,\
                            const T *x, const T *y, T *hidden, T *d_hidden, T *d_output, T *d_w, T *d_s) {             \
        for (size_t m = 0; m < filters; m++) {                                                                         \
            for (size_t t = 0; t < tokens; t++) {                                                                      \
                hidden[t] = free_dot_##SUFFIX(w + m * features, x + t * features, features);                           \
                d_hidden[t] = 0;                                                                                       \
            }                                                                                                          \
            for (size_t j = 0; j < outputs; j++) {                                                                     \
                T u = free_dot_##SUFFIX(hidden, s + j * tokens, tokens);                                               \
                T error = (u > 0 ? u : 0) - y[j * filters + m];                                                        \
                d_output[j] = u >= 0 ? error : 0;                                                                      \
            }                                                                                                          \
            for (size_t j = 0; j < outputs; j++) {                                                                     \
                for (size_t t = 0; t < tokens; t++) {                                                                  \
                    d_hidden[t] += d_output[j] * s[j * tokens + t];                                                    \
                    d_s[j * tokens + t] += d_output[j] * hidden[t];                                                    \
                }                                                                                                      \
            }                                                                                                          \
            for (size_t t = 0; t < tokens; t++) {                                                                      \
                for (size_t f = 0; f < features; f++) d_w[m * features + f] += d_hidden[t] * x[t * features + f];      \
            }                                                                                                          \
        }                                                                                                              \
    }

LOOPS(float, f32, expf)
LOOPS(double, f64, exp)

/* Sizes of a loop over one row; a sample has as many tokens and outputs, and FILTERS filters of FEATURES. */
static const size_t sizes[] = {16, 64, 256};
enum { SIZES = sizeof sizes / sizeof *sizes, FILTERS = 4, FEATURES = 8, ROUNDS = 15 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The shortest of ROUNDS rounds of a few milliseconds each, in nanoseconds a call. */
#define TIME(type, name, size, call)                                                                                   \
    do {                                                                                                               \
        double shortest = INFINITY;                                                                                    \
        size_t calls = 1;                                                                                              \
        for (int round = 0; round < ROUNDS;) {                                                                         \
            double start = seconds(), took;                                                                            \
            for (size_t i = 0; i < calls; i++) {                                                                       \
                call;                                                                                                  \
                __asm__ volatile("" ::: "memory");                                                                     \
            }                                                                                                          \
            took = seconds() - start;                                                                                  \
            if (took < 2e-3) {                                                                                         \
                calls *= 2;                                                                                            \
                continue;                                                                                              \
            }                                                                                                          \
            if (took / (double)calls < shortest) shortest = took / (double)calls;                                      \
            round++;                                                                                                   \
        }                                                                                                              \
        printf("%s %s %zu %.3f\n", type, name, size, shortest * 1e9);                                                  \
    } while (0)

#define RUN(T, SUFFIX)                                                                                                 \
    static void run_##SUFFIX(size_t n) {                                                                               \
        T *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y), *z = malloc(n * sizeof *z), *s, *d_s, *input, *target;\
        T w[FILTERS * FEATURES], d_w[FILTERS * FEATURES] = {0};                                                        \
        s = malloc(n * n * sizeof *s), d_s = calloc(n * n, sizeof *d_s);                                               \
        input = malloc(n * FEATURES * sizeof *input), target = malloc(n * FILTERS * sizeof *target);                   \
        for (size_t i = 0; i < n; i++) x[i] = 1 / (T)(i + 2), y[i] = 1 / (T)n, z[i] = 0;                               \
        for (size_t i = 0; i < n * n; i++) s[i] = 1 / (T)n;                                                            \
        for (size_t i = 0; i < n * FEATURES; i++) input[i] = (T)(i % 7) - 3;                                           \
        for (size_t i = 0; i < n * FILTERS; i++) target[i] = (T)(i % 3);                                               \
        for (size_t i = 0; i < FILTERS * FEATURES; i++) w[i] = (T)(i % 5) / 4;                                         \
        TIME(#SUFFIX, "sum", n, sink = (double)free_sum_##SUFFIX(x, n));                                               \
        TIME(#SUFFIX, "dot", n, sink = (double)free_dot_##SUFFIX(x, y, n));                                            \
        TIME(#SUFFIX, "compare", n, sink = (double)free_compare_##SUFFIX(x, y, n));                                    \
        TIME(#SUFFIX, "softmax", n, free_softmax_##SUFFIX(x, z, n));                                                   \
        TIME(#SUFFIX, "d_logits", n, free_d_logits_##SUFFIX(y, x, z, n));                                              \
        TIME(#SUFFIX, "pair", n,                                                                                       \
             free_pair_##SUFFIX(FILTERS, FEATURES, n, n, w, s, input, target, x, y, z, d_w, d_s));                     \
        free(x), free(y), free(z), free(s), free(d_s), free(input), free(target);                                      \
    }

static volatile double sink;

RUN(float, f32)
RUN(double, f64)

int main(void) {
    for (size_t i = 0; i < SIZES; i++) run_f32(sizes[i]), run_f64(sizes[i]);
    return 0;
}
