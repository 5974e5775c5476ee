/* The steps in plain C, in the number type REAL; NAME(x) is a name of its own in each. No header guard: peer.c includes
 * it once for each type. Simple loops, the innermost one along a row wherever it can be. Tokens are columns of X. */

typedef struct {
    int filters, features, tokens;
    /* The teacher: filters x features, outputs x tokens. The student, alike; its attention; gradients of W and S. */
    REAL *v, *mixing;
    REAL *w, *a;
    REAL *s, *d_w, *d_s;
    /* Exact only: of every filter, and of every row of the mixing. */
    REAL *v_norm, *w_norm, *w_inner, *w_sine, *w_slope, *mixing_norm;
    /* Online only: tokens x outputs; of one sample. */
    REAL *mixing_t, *s_t;
    REAL *x, *radius, *h, *u, *y, *d_h;
} NAME(training);

static REAL *NAME(zeros)(size_t count) { return zeroed(count * sizeof(REAL)); }

static REAL NAME(dot)(const REAL *x, const REAL *y, int n) {
    REAL sum = 0;
    for (int i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static NAME(training) NAME(begin)(const task *task) {
    size_t filters = task->filters, features = task->features, tokens = task->tokens;
    size_t values = filters * features, weights = tokens * tokens, hidden = filters * tokens;
    NAME(training) t = {.filters = task->filters, .features = task->features, .tokens = task->tokens};
    t.v = NAME(zeros)(values), t.w = NAME(zeros)(values), t.d_w = NAME(zeros)(values);
    t.mixing = NAME(zeros)(weights), t.a = NAME(zeros)(weights), t.s = NAME(zeros)(weights), t.d_s = NAME(zeros)(weights);
    t.v_norm = NAME(zeros)(filters), t.w_norm = NAME(zeros)(filters), t.w_inner = NAME(zeros)(filters);
    t.w_sine = NAME(zeros)(filters), t.w_slope = NAME(zeros)(filters), t.mixing_norm = NAME(zeros)(tokens);
    t.mixing_t = NAME(zeros)(weights), t.s_t = NAME(zeros)(weights);
    t.x = NAME(zeros)(features * tokens), t.radius = NAME(zeros)(features * tokens / 2);
    t.h = NAME(zeros)(hidden), t.u = NAME(zeros)(hidden), t.y = NAME(zeros)(hidden), t.d_h = NAME(zeros)(hidden);
    for (size_t i = 0; i < values; i++) t.v[i] = (REAL)task->value[i];
    for (int m = 0; m < t.filters; m++) t.v_norm[m] = sqrt(NAME(dot)(t.v + m * t.features, t.v + m * t.features, t.features));
    for (int j = 0; j < t.tokens; j++) {
        t.mixing_norm[j] = 1 / sqrt((REAL)task->group);
        for (int k = j / task->group * task->group; k < (j / task->group + 1) * task->group; k++) {
            t.mixing[j * t.tokens + k] = t.mixing_t[k * t.tokens + j] = 1 / (REAL)task->group;
        }
    }
    return t;
}

/* c += a b, where a is rows x inner and b is inner x cols. */
static void NAME(add_product)(REAL *restrict c, const REAL *restrict a, const REAL *restrict b, int rows, int inner,
                              int cols) {
    for (int i = 0; i < rows; i++) {
        for (int k = 0; k < inner; k++) {
            REAL x = a[i * inner + k];
            for (int j = 0; j < cols; j++) c[i * cols + j] += x * b[k * cols + j];
        }
    }
}

static void NAME(softmax)(REAL *restrict s, const REAL *restrict a, int n) {
    REAL largest = a[0], sum = 0;
    for (int i = 1; i < n; i++) largest = a[i] > largest ? a[i] : largest;
    for (int i = 0; i < n; i++) s[i] = exp(a[i] - largest);
    for (int i = 0; i < n; i++) sum += s[i];
    for (int i = 0; i < n; i++) s[i] *= 1 / sum;
}

/* A row of logits moves against s (d_s - <s, d_s>). */
static void NAME(descend_row)(REAL *restrict a, const REAL *restrict s, const REAL *restrict d_s, REAL rate, int n) {
    REAL mean = NAME(dot)(s, d_s, n);
    for (int i = 0; i < n; i++) a[i] -= rate * s[i] * (d_s[i] - mean);
}

/* An even number of standard Gaussian variables, by Box and Muller. */
static void NAME(gaussian)(REAL *restrict x, REAL *restrict radius, int n) {
    int half = n / 2;
    REAL *angle = x + half;
    for (int i = 0; i < half; i++) {
        uint64_t bits = next();
        radius[i] = ((REAL)(int32_t)(bits >> 40) + 1) * (REAL)0x1p-24;
        angle[i] = (REAL)(int32_t)(bits & 0xffffff) * (REAL)(0x1p-24 * 6.283185307179586);
    }
    for (int i = 0; i < half; i++) radius[i] = sqrt(-2 * log(radius[i]));
#ifdef __FAST_MATH__ /* each function in a loop of its own has a vector version, */
    for (int i = 0; i < half; i++) x[i] = radius[i] * cos(angle[i]);
    for (int i = 0; i < half; i++) angle[i] = radius[i] * sin(angle[i]);
#else /* else sine and cosine cost less together */
    for (int i = 0; i < half; i++) {
        REAL a = angle[i];
        x[i] = radius[i] * cos(a), angle[i] = radius[i] * sin(a);
    }
#endif
}

static void NAME(online)(NAME(training) *t, const task *task) {
    int filters = t->filters, features = t->features, tokens = t->tokens;
    size_t hidden = (size_t)filters * tokens;
    REAL value_rate = (REAL)(task->value_rate / task->batch), logits_rate = (REAL)(task->logits_rate / task->batch);
    memset(t->d_w, 0, (size_t)filters * features * sizeof(REAL));
    memset(t->d_s, 0, (size_t)tokens * tokens * sizeof(REAL));
    for (int j = 0; j < tokens; j++) {
        NAME(softmax)(t->s + j * tokens, t->a + j * tokens, tokens);
        for (int k = 0; k < tokens; k++) t->s_t[k * tokens + j] = t->s[j * tokens + k];
    }
    for (int sample = 0; sample < task->batch; sample++) {
        NAME(gaussian)(t->x, t->radius, features * tokens);
        memset(t->h, 0, hidden * sizeof(REAL)), memset(t->y, 0, hidden * sizeof(REAL));
        NAME(add_product)(t->h, t->v, t->x, filters, features, tokens);
        NAME(add_product)(t->y, t->h, t->mixing_t, filters, tokens, tokens);
        memset(t->h, 0, hidden * sizeof(REAL)), memset(t->u, 0, hidden * sizeof(REAL));
        NAME(add_product)(t->h, t->w, t->x, filters, features, tokens);
        NAME(add_product)(t->u, t->h, t->s_t, filters, tokens, tokens);
        /* The slope of ReLU at 0 is 1, so that a student at zero moves. */
        for (size_t i = 0; i < hidden; i++) t->u[i] = t->u[i] >= 0 ? t->u[i] - (t->y[i] > 0 ? t->y[i] : 0) : 0;
        memset(t->d_h, 0, hidden * sizeof(REAL));
        NAME(add_product)(t->d_h, t->u, t->s, filters, tokens, tokens);
        for (int m = 0; m < filters; m++) {
            NAME(add_product)(t->d_s, t->u + m * tokens, t->h + m * tokens, tokens, 1, tokens);
            for (int i = 0; i < features; i++) {
                t->d_w[m * features + i] += NAME(dot)(t->d_h + m * tokens, t->x + i * tokens, tokens);
            }
        }
    }
    for (int i = 0; i < filters * features; i++) t->w[i] -= value_rate * t->d_w[i];
    for (int j = 0; j < tokens; j++) {
        NAME(descend_row)(t->a + j * tokens, t->s + j * tokens, t->d_s + j * tokens, logits_rate, tokens);
    }
}

/* The closed form, a row of outputs at a time. What does not change is computed once, and a row is gone through as few
 * times as can be: <s, d_s> follows from the inner products that the angles are made of. */
static void NAME(exact)(NAME(training) *t, const task *task) {
    int filters = t->filters, features = t->features, tokens = t->tokens;
    REAL value_rate = (REAL)task->value_rate, logits_rate = (REAL)task->logits_rate;
    const REAL turn = (REAL)0.15915494309189535; /* 1 / (2 pi) */
    REAL *restrict w_norm = t->w_norm, *restrict w_inner = t->w_inner, *restrict v_norm = t->v_norm;
    REAL *restrict w_sine = t->w_sine, *restrict w_slope = t->w_slope, *restrict s = t->s;
    REAL w_squared = 0, s_squared = 0;
    for (int m = 0; m < filters; m++) {
        const REAL *w = t->w + m * features, *v = t->v + m * features;
        w_norm[m] = sqrt(NAME(dot)(w, w, features));
        w_inner[m] = NAME(dot)(w, v, features);
        w_sine[m] = w_slope[m] = 0;
        w_squared += w_norm[m] * w_norm[m];
    }
    for (int j = 0; j < tokens; j++) {
        const REAL *restrict mixing = t->mixing + j * tokens;
        REAL *restrict a = t->a + j * tokens;
        REAL largest = a[0], sum = 0, squared = 0, inner = 0;
        for (int k = 1; k < tokens; k++) largest = a[k] > largest ? a[k] : largest;
        for (int k = 0; k < tokens; k++) {
            REAL e = exp(a[k] - largest);
            s[k] = e, sum += e, squared += e * e, inner += e * mixing[k];
        }
        REAL share = 1 / sum, mixing_norm = t->mixing_norm[j], slopes = 0, sines = 0;
        squared *= share * share, inner *= share;
        REAL norm = sqrt(squared), s_cosine = inner / (norm * mixing_norm);
        s_squared += squared;
        for (int m = 0; m < filters; m++) {
            REAL norms = w_norm[m] * v_norm[m];
            /* A student at zero has the slope 1 everywhere, which is that of the angle 0. */
            REAL cosine = norms > 0 ? w_inner[m] / norms * s_cosine : 1;
            cosine = cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
            REAL sine = sqrt((1 - cosine) * (1 + cosine)), slope = (REAL)0.5 - turn * acos(cosine);
            slopes += slope * w_inner[m], sines += norms * sine;
            w_slope[m] += slope * inner, w_sine[m] += norm * mixing_norm * sine;
        }
        REAL student = ((REAL)0.5 * w_squared - turn * mixing_norm / norm * sines) * share;
        REAL mean = student * squared / share - slopes * inner, rate = logits_rate * share;
        for (int k = 0; k < tokens; k++) a[k] -= rate * s[k] * (student * s[k] - slopes * mixing[k] - mean);
    }
    for (int m = 0; m < filters; m++) {
        REAL *w = t->w + m * features, *v = t->v + m * features;
        REAL sine_sum = w_norm[m] > 0 ? turn * v_norm[m] / w_norm[m] * w_sine[m] : 0;
        REAL student = (REAL)0.5 * s_squared - sine_sum;
        for (int i = 0; i < features; i++) w[i] -= value_rate * (student * w[i] - w_slope[m] * v[i]);
    }
}

static void NAME(print)(const NAME(training) *t) {
    for (int i = 0; i < t->filters * t->features; i++) printf("%.17g ", (double)t->w[i]);
    for (int i = 0; i < t->tokens * t->tokens; i++) printf("%.17g ", (double)t->a[i]);
    printf("\n");
}
