/* One task in one precision; digests.c includes it twice. */

static void P(task)(int number) {
    const tutee_shape *sizes = &task_shapes[number];
    static uint64_t teacher_words[200], student_words[400], sampler_words[300];
    static REAL value[100], mixing[100], x[200], y[200], scratch[400];
    const int32_t act = task_activations[number];
    const size_t n_value = sizes->filters * sizes->features;
    const size_t n_x = PAIRS * sizes->tokens * sizes->features, n_y = PAIRS * sizes->outputs * sizes->filters;
    for (size_t i = 0; i < n_value; i++) value[i] = (REAL)TASK_VALUE(i);
    for (size_t i = 0; i < 24; i++) mixing[i] = (REAL)TASK_MIXING(i);
    for (size_t i = 0; i < n_x; i++) x[i] = (REAL)TASK_X(i);
    for (size_t i = 0; i < n_y; i++) y[i] = (REAL)TASK_Y(i);

    P(tutee_teacher) *teacher;
    P(tutee_student) *student;
    P(tutee_sampler) *sampler;
    const REAL slope = (REAL)TASK_SLOPE;
    const size_t n_mixing = (size_t)sizes->outputs * sizes->tokens;
    switch (number) {
    case 0: OK(P(tutee_mixing_convolution)(sizes, 2, mixing, n_mixing)); break;
    case 1: OK(P(tutee_mixing_window)(sizes, &task_window, mixing, n_mixing)); break;
    case 2: OK(P(tutee_mixing_cycle)(sizes, 1, mixing, n_mixing)); break;
    case 3: OK(P(tutee_mixing_graph)(sizes, task_edges, 4, TUTEE_NEIGHBOURS_AND_SELF, mixing, n_mixing)); break;
    case 4: OK(P(tutee_mixing_selection)(sizes, task_tokens, 3, mixing, n_mixing)); break;
    case 5: OK(P(tutee_mixing_group)(sizes, 4, mixing, n_mixing)); break;
    default: break;
    }
    OK(P(tutee_teacher_init)(teacher_words, 200, sizes, act, slope, value, n_value, mixing, n_mixing,
                             &teacher));
    OK(P(tutee_student_init)(student_words, 400, sizes, &student));
    OK(P(tutee_sampler_init)(sampler_words, 300, sizes, &sampler));
    P(tutee_descent) descent;
    OK(P(tutee_descent_default)((REAL)TASK_RATE, &descent));
    uint64_t digest;
#define PRINT(mode) \
    OK(P(tutee_student_digest)(student, &digest)); \
    printf("%s %s %s %016" PRIx64 "\n", PRECISION, task_names[number], mode, digest)

    for (int step = 0; step < POPULATION_STEPS; step++)
        OK(P(tutee_population_step)(student, teacher, &descent, scratch, 400));
    PRINT("population");

    OK(P(tutee_student_reset)(student));
    OK(P(tutee_samples_begin)(student, sampler, act, slope));
    for (int step = 0; step < SAMPLE_STEPS; step++) {
        /* One by one: the same bits as all in one call. */
        for (size_t pair = 0; pair < PAIRS; pair++)
            OK(P(tutee_samples_accumulate)(student, sampler, 1, x + n_x / PAIRS * pair, n_x / PAIRS,
                                           y + n_y / PAIRS * pair, n_y / PAIRS));
        OK(P(tutee_samples_step)(student, sampler, &descent));
    }
    PRINT("samples");

    for (int input = 0; input < ONLINE_INPUTS; input++) {
        OK(P(tutee_student_reset)(student));
        P(tutee_source) source;
        OK(P(tutee_source_default)(ONLINE_SEED, ONLINE_BATCH, &source));
        source.input = online_inputs[input];
        source.noise_deviation = (REAL)TASK_NOISE;
        for (int step = 0; step < ONLINE_STEPS; step++)
            OK(P(tutee_online_step)(student, teacher, &source, &descent, scratch, 400));
        PRINT(online_names[input]);
    }
#undef PRINT
}
