/* One training in one precision: digests.c includes it twice, with REAL as float and double. */

/* All that the library is given, each piece of its own. */
struct P(memory) {
    tutee_shape shape;
    uint64_t *teacher_words, *student_words, *sampler_words;
    P(tutee_teacher) *teacher;
    P(tutee_student) *student;
    REAL *value, *mixing, *x, *y, *scratch;
    size_t n_value, n_mixing, n_x, n_y, n_scratch;
};

static void P(make_teacher)(struct P(memory) *m, const struct task *task) {
    size_t words, i;
    const REAL slope = (REAL)0.125;
    m->n_value = TUTEE_VALUE_LEN(task->filters, FEATURES, TOKENS, OUTPUTS);
    m->value = (REAL *)get(m->n_value * sizeof(REAL));
    for (i = 0; i < m->n_value; i++) m->value[i] = ((REAL)((i * 7 + 3) % 11) - 5) / 8 + (REAL)0.0625;
    m->n_mixing = TUTEE_MIXING_LEN(task->filters, FEATURES, TOKENS, OUTPUTS);
    m->mixing = (REAL *)get(m->n_mixing * sizeof(REAL));
    MUST(P(tutee_teacher_words)(&m->shape, &words));
    m->teacher_words = (uint64_t *)get(words * 8);
    switch (task->family) {
    case CONVOLUTION:
        MUST(P(tutee_mixing_convolution)(&m->shape, 4, m->mixing, m->n_mixing));
        break;
    case CYCLE:
        MUST(P(tutee_mixing_cycle)(&m->shape, 1, m->mixing, m->n_mixing));
        break;
    case SELECTION:
        MUST(P(tutee_mixing_selection)(&m->shape, chosen, sizeof chosen / sizeof *chosen, m->mixing, m->n_mixing));
        break;
    default:
        MUST(P(tutee_mixing_group)(&m->shape, 2, m->mixing, m->n_mixing));
    }
    MUST(P(tutee_teacher_init)(m->teacher_words, words, &m->shape, task->activation, slope, m->value, m->n_value,
                               m->mixing, m->n_mixing, &m->teacher));
}

static void P(make)(struct P(memory) *m, const struct task *task) {
    size_t words;
    m->shape.filters = task->filters;
    m->shape.features = FEATURES;
    m->shape.tokens = TOKENS;
    m->shape.outputs = OUTPUTS;
    P(make_teacher)(m, task);
    MUST(P(tutee_student_words)(&m->shape, &words));
    m->student_words = (uint64_t *)get(words * 8);
    MUST(P(tutee_student_init)(m->student_words, words, &m->shape, &m->student));
    m->n_x = PAIRS * TUTEE_INPUT_LEN(task->filters, FEATURES, TOKENS, OUTPUTS);
    m->n_y = PAIRS * TUTEE_OUTPUT_LEN(task->filters, FEATURES, TOKENS, OUTPUTS);
    m->x = (REAL *)get((m->n_x - (size_t)too_small) * sizeof(REAL));
    m->y = (REAL *)get(m->n_y * sizeof(REAL));
}

/* Scratch of exactly this many elements. */
static void P(make_scratch)(struct P(memory) *m, size_t elements) {
    free(m->scratch);
    m->n_scratch = elements;
    m->scratch = (REAL *)get(elements * sizeof(REAL));
}

static void P(free_all)(struct P(memory) *m) {
    free(m->teacher_words);
    free(m->student_words);
    free(m->sampler_words);
    free(m->value);
    free(m->mixing);
    free(m->x);
    free(m->y);
    free(m->scratch);
}

static void P(train_population)(struct P(memory) *m, const P(tutee_descent) *descent) {
    P(tutee_stop) stop;
    P(tutee_result) result;
    size_t elements;
    MUST(tutee_population_scratch(&m->shape, &elements));
    P(make_scratch)(m, elements);
    MUST(P(tutee_stop_default)(POPULATION_STEPS / 2, &stop));
    MUST(P(tutee_population_run)(m->student, m->teacher, descent, &stop, NULL, m->scratch, m->n_scratch, &result));
    while (result.end.steps < POPULATION_STEPS) {
        MUST(P(tutee_population_step)(m->student, m->teacher, descent, m->scratch, m->n_scratch));
        result.end.steps++;
    }
}

static void P(train_online)(struct P(memory) *m, const P(tutee_descent) *descent) {
    P(tutee_source) source;
    P(tutee_stop) stop;
    P(tutee_result) result;
    size_t elements;
    MUST(tutee_online_scratch(&m->shape, &elements));
    P(make_scratch)(m, elements);
    MUST(P(tutee_source_default)(11, 4, &source));
    source.noise_deviation = (REAL)0.125;
    MUST(P(tutee_stop_default)(ONLINE_STEPS / 2, &stop));
    MUST(P(tutee_online_run)(m->student, m->teacher, &source, descent, &stop, NULL, m->scratch, m->n_scratch, &result));
    while (result.end.steps < ONLINE_STEPS) {
        MUST(P(tutee_online_step)(m->student, m->teacher, &source, descent, m->scratch, m->n_scratch));
        result.end.steps++;
    }
}

/* The caller's simulator; the batch comes in two calls. The sampler has as many words as `words_of` says. */
static void P(train_samples)(struct P(memory) *m, const P(tutee_descent) *descent, const struct task *task,
                             tutee_status (*words_of)(const tutee_shape *, size_t *)) {
    const size_t one_x = m->n_x / PAIRS, one_y = m->n_y / PAIRS;
    P(tutee_sampler) *sampler;
    uint64_t state = 1;
    size_t words, i, batch;
    MUST(tutee_predict_scratch(&m->shape, &words));
    P(make_scratch)(m, words);
    MUST(words_of(&m->shape, &words));
    free(m->sampler_words);
    m->sampler_words = (uint64_t *)get(words * 8);
    MUST(P(tutee_sampler_init)(m->sampler_words, words, &m->shape, &sampler));
    MUST(P(tutee_samples_begin)(m->student, sampler, task->activation, (REAL)0.125));
    for (batch = 0; batch < BATCHES; batch++) {
        for (i = 0; i < m->n_x - (size_t)too_small; i++) m->x[i] = (REAL)simulate(&state);
        MUST(P(tutee_teacher_answer)(m->teacher, PAIRS, m->x, m->n_x, m->scratch, m->n_scratch, m->y, m->n_y));
        MUST(P(tutee_samples_accumulate)(m->student, sampler, FIRST, m->x, FIRST * one_x, m->y, FIRST * one_y));
        MUST(P(tutee_samples_accumulate)(m->student, sampler, PAIRS - FIRST, m->x + FIRST * one_x,
                                         (PAIRS - FIRST) * one_x, m->y + FIRST * one_y, (PAIRS - FIRST) * one_y));
        MUST(P(tutee_samples_step)(m->student, sampler, descent));
    }
}

static void P(feed_all)(uint64_t *hash, const REAL *reals, size_t n) {
    for (; n > 0; n--, reals++) {
        BITS_TYPE bits;
        memcpy(&bits, reals, sizeof bits);
        feed(hash, bits, sizeof bits);
    }
}

/* Everything that can be asked of a student. */
static uint64_t P(answers)(struct P(memory) *m, const struct task *task) {
    const size_t mixing = OUTPUTS * TOKENS, square = TOKENS * TOKENS, outputs = m->n_y / PAIRS * ASKED;
    REAL *attention = (REAL *)get(mixing * sizeof(REAL)), *position = (REAL *)get(square * sizeof(REAL)),
         *kq = (REAL *)get(square * sizeof(REAL)), *y = (REAL *)get(outputs * sizeof(REAL));
    REAL numbers[7];
    P(tutee_progress) progress;
    P(tutee_recovery) recovery;
    uint64_t hash = 0xCBF29CE484222325u, state = 2;
    size_t elements, i;
    MUST(tutee_population_scratch(&m->shape, &elements));
    P(make_scratch)(m, elements);
    MUST(P(tutee_student_measure)(m->student, m->teacher, m->scratch, m->n_scratch, &progress));
    MUST(tutee_predict_scratch(&m->shape, &elements));
    P(make_scratch)(m, elements);
    MUST(P(tutee_student_recovery)(m->student, m->teacher, m->scratch, m->n_scratch, &recovery));
    numbers[0] = progress.excess_loss;
    numbers[1] = progress.gradient_norm;
    numbers[2] = recovery.value_cosine_min;
    numbers[3] = recovery.value_cosine_mean;
    numbers[4] = recovery.attention_error_max;
    numbers[5] = recovery.mass_mean;
    numbers[6] = recovery.mass_min;
    P(feed_all)(&hash, numbers, 7);
    MUST(P(tutee_student_get)(m->student, TUTEE_ATTENTION, attention, mixing));
    P(feed_all)(&hash, attention, mixing);
    MUST(P(tutee_position)(TUTEE_ENCODING_SINUSOIDAL, TOKENS, 0, position, square));
    MUST(P(tutee_student_get_key_query)(m->student, position, square, kq, square));
    P(feed_all)(&hash, kq, square);
    for (i = 0; i < m->n_x / PAIRS * ASKED; i++) m->x[i] = (REAL)simulate(&state);
    MUST(P(tutee_student_predict)(m->student, task->activation, (REAL)0.125, ASKED, m->x, m->n_x / PAIRS * ASKED,
                                  m->scratch, m->n_scratch, y, outputs));
    P(feed_all)(&hash, y, outputs);
    free(attention);
    free(position);
    free(kq);
    free(y);
    return hash;
}

static void P(run)(const struct task *task, enum training training) {
    struct P(memory) m;
    P(tutee_descent) descent;
    uint64_t digest, wide_digest;
    memset(&m, 0, sizeof m);
    P(make)(&m, task);
    MUST(P(tutee_descent_default)((REAL)task->rate, &descent));
    if (training == POPULATION) P(train_population)(&m, &descent);
    if (training == ONLINE) P(train_online)(&m, &descent);
    if (training == SAMPLES) {
        P(train_samples)(&m, &descent, task, P(tutee_sampler_words_wide));
        MUST(P(tutee_student_digest)(m.student, &wide_digest));
        MUST(P(tutee_student_reset)(m.student));
        P(train_samples)(&m, &descent, task, P(tutee_sampler_words));
    }
    MUST(P(tutee_student_digest)(m.student, &digest));
    if (training == SAMPLES && wide_digest != digest) {
        printf("FAILED %s: a wide sampler gives other bits\n", task->name);
        exit(1);
    }
    printf("%s %s %s %016llx %016llx\n", task->name, training_names[training], PRECISION, (unsigned long long)digest,
           (unsigned long long)P(answers)(&m, task));
    P(free_all)(&m);
}
