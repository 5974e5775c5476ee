/* What somebody writes who has the formulas and the C library, and trusts the compiler with the rest. */
#include "plain.h"

#include <math.h>
#include <string.h>

static const float PI = 3.14159265f;

static float dot(const float *x, const float *y, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static void softmax(const float logits[TOKENS], float weights[TOKENS]) {
    float largest = logits[0], sum = 0;
    for (int t = 1; t < TOKENS; t++) {
        if (logits[t] > largest) largest = logits[t];
    }
    for (int t = 0; t < TOKENS; t++) {
        weights[t] = expf(logits[t] - largest);
        sum += weights[t];
    }
    for (int t = 0; t < TOKENS; t++) weights[t] /= sum;
}

/* From the gradient with respect to a row of weights to a step of its logits. */
static void descend_row(float logits[TOKENS], const float weights[TOKENS], const float gradient[TOKENS], float rate) {
    float mean = dot(weights, gradient, TOKENS);
    for (int t = 0; t < TOKENS; t++) logits[t] -= rate * weights[t] * (gradient[t] - mean);
}

void NAME(exact_step)(struct student *student, const struct teacher *teacher, struct rates rates) {
    float k = teacher->slope, q = (1 + k * k) / 2, r = (1 - k) * (1 - k) / (2 * PI);
    float s[OUTPUTS][TOKENS], s_squared[OUTPUTS], s_norm[OUTPUTS], s_inner[OUTPUTS];
    /* Coefficients of the gradient of a row: of itself and of the teacher's. */
    float s_self[OUTPUTS], s_teacher[OUTPUTS];
    for (int j = 0; j < OUTPUTS; j++) {
        softmax(student->logits[j], s[j]);
        s_squared[j] = dot(s[j], s[j], TOKENS);
        s_norm[j] = sqrtf(s_squared[j]);
        s_inner[j] = dot(s[j], teacher->mixing[j], TOKENS);
        s_self[j] = 0;
        s_teacher[j] = 0;
    }
    for (int m = 0; m < FILTERS; m++) {
        float *w = student->value[m];
        const float *v = teacher->value[m];
        float w_squared = dot(w, w, FEATURES), w_norm = sqrtf(w_squared), w_inner = dot(w, v, FEATURES);
        float w_self = 0, w_teacher = 0;
        for (int j = 0; j < OUTPUTS; j++) {
            float a = teacher->value_norms[m] * teacher->mixing_norms[j], b = w_norm * s_norm[j];
            /* Where the student's filter is zero, the slope is that from the right. */
            float p = (1 + k) / 2, bend = 0;
            if (b > 0) {
                float cosine = w_inner * s_inner[j] / (a * b);
                if (cosine > 1) cosine = 1;
                if (cosine < -1) cosine = -1;
                p = k + r * (PI - acosf(cosine));
                bend = r * a * sqrtf(1 - cosine * cosine);
                w_self -= bend * s_norm[j] / w_norm;
                s_self[j] -= bend * w_norm / s_norm[j];
            }
            w_self += q * s_squared[j];
            w_teacher += p * s_inner[j];
            s_self[j] += q * w_squared;
            s_teacher[j] += p * w_inner;
        }
        for (int f = 0; f < FEATURES; f++) w[f] -= rates.value * (w_self * w[f] - w_teacher * v[f]);
    }
    for (int j = 0; j < OUTPUTS; j++) {
        float gradient[TOKENS];
        for (int t = 0; t < TOKENS; t++) gradient[t] = s_self[j] * s[j][t] - s_teacher[j] * teacher->mixing[j][t];
        descend_row(student->logits[j], s[j], gradient, rates.logits);
    }
}

static uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

/* Blackman and Vigna's xoshiro256++. */
static uint64_t next(uint64_t s[4]) {
    uint64_t result = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* Box and Muller: two numbers from the halves of a word. */
void NAME(draw)(struct generator *generator, float x[TOKENS][FEATURES]) {
    float *flat = &x[0][0];
    for (int i = 0; i < TOKENS * FEATURES; i += 2) {
        uint64_t word = next(generator->words);
        float u = ((float)(uint32_t)(word >> 32) + 0.5f) * (1 / 4294967296.0f);
        float angle = (float)(uint32_t)word * (2 * PI / 4294967296.0f);
        float radius = sqrtf(-2 * logf(u));
        flat[i] = radius * cosf(angle);
        flat[i + 1] = radius * sinf(angle);
    }
}

void NAME(online_step)(struct student *student, const struct teacher *teacher, struct rates rates,
                       struct generator *generator, int batch) {
    float s[OUTPUTS][TOKENS], d_s[OUTPUTS][TOKENS], d_w[FILTERS][FEATURES], x[TOKENS][FEATURES];
    for (int j = 0; j < OUTPUTS; j++) softmax(student->logits[j], s[j]);
    memset(d_s, 0, sizeof d_s);
    memset(d_w, 0, sizeof d_w);
    for (int sample = 0; sample < batch; sample++) {
        NAME(draw)(generator, x);
        for (int m = 0; m < FILTERS; m++) {
            float hidden[TOKENS], teacher_hidden[TOKENS], d_hidden[TOKENS];
            for (int t = 0; t < TOKENS; t++) {
                hidden[t] = dot(student->value[m], x[t], FEATURES);
                teacher_hidden[t] = dot(teacher->value[m], x[t], FEATURES);
                d_hidden[t] = 0;
            }
            for (int j = 0; j < OUTPUTS; j++) {
                float u = dot(hidden, s[j], TOKENS), y = dot(teacher_hidden, teacher->mixing[j], TOKENS);
                float slope = u >= 0 ? 1 : teacher->slope;
                float g = (slope * u - (y >= 0 ? y : teacher->slope * y)) * slope;
                for (int t = 0; t < TOKENS; t++) {
                    d_hidden[t] += g * s[j][t];
                    d_s[j][t] += g * hidden[t];
                }
            }
            for (int t = 0; t < TOKENS; t++) {
                for (int f = 0; f < FEATURES; f++) d_w[m][f] += d_hidden[t] * x[t][f];
            }
        }
    }
    for (int m = 0; m < FILTERS; m++) {
        for (int f = 0; f < FEATURES; f++) student->value[m][f] -= rates.value / (float)batch * d_w[m][f];
    }
    for (int j = 0; j < OUTPUTS; j++) descend_row(student->logits[j], s[j], d_s[j], rates.logits / (float)batch);
}
