/* Loading in one precision; snapshot.c includes it twice. */

static void P(check_loaded)(P(tutee_student) *student, const tutee_shape *s, const uint8_t *bytes, size_t n,
                            const tutee_stream *stream, int has_stream, int32_t rule, const REAL *kept) {
    /* What is saved has as many bytes as version 2 has, whichever was loaded. */
    const size_t header = bytes[8] == 1 ? COMMON_BYTES : HEADER_BYTES, n_again = n - header + HEADER_BYTES;
    uint8_t *again = malloc(n_again);
    REAL *numbers = malloc(64 * sizeof(REAL)), *x = malloc(64 * sizeof(REAL));
    REAL *scratch = malloc(AT(TUTEE_ONLINE_SCRATCH, s) * sizeof(REAL));
    uint64_t teacher_words[100];
    if (!again || !numbers || !x || !scratch) fail("no memory", TUTEE_OK);
    const size_t n_kept = rule == TUTEE_RULE_ADAM ? AT(TUTEE_RULES_KEPT, s) : 0;
    tutee_status status = P(tutee_student_save_ruled)(student, has_stream ? stream : NULL, TUTEE_NO_ACTIVATION, 0, rule, kept, n_kept,
                                                      again, n_again);
    if (status || memcmp(again, bytes, 8) != 0 || again[8] != 2 || memcmp(again + 9, bytes + 9, COMMON_BYTES - 9) != 0 ||
        memcmp(again + HEADER_BYTES, bytes + header, n - header - CRC_BYTES) != 0)
        fail("saved again, it is another snapshot", status);
    tutee_snapshot_info info;
    if (again[58] != rule || tutee_snapshot_inspect(again, n_again, &info) || info.version != 2 || info.has_activation)
        fail("saved again, it says something else", status);

    const size_t n_value = AT(TUTEE_VALUE_LEN, s), n_logits = AT(TUTEE_MIXING_LEN, s);
    const size_t n_x = AT(TUTEE_INPUT_LEN, s), n_y = AT(TUTEE_OUTPUT_LEN, s), n_scratch = AT(TUTEE_ONLINE_SCRATCH, s);
    status = P(tutee_student_get)(student, TUTEE_ATTENTION, numbers, n_logits);
    if (status) fail("attention", status);
    for (size_t i = 0; i < n_logits; i++)
        if (!(numbers[i] >= 0 && numbers[i] <= 1)) fail("an attention that is no weight", status);
    for (size_t i = 0; i < n_x; i++) x[i] = (REAL)(i % 5) / 2 - 1;
    status = P(tutee_student_predict)(student, TUTEE_RELU, 0, 1, x, n_x, scratch, n_scratch, numbers, n_y);
    if (status) fail("prediction", status);

    P(tutee_teacher) *teacher;
    P(tutee_descent) descent;
    P(tutee_progress) progress;
    P(tutee_recovery) recovery;
    P(tutee_source) source;
    status = P(tutee_mixing_group)(s, 0, numbers, n_logits);
    if (status) fail("mixing", status);
    status = P(tutee_teacher_init)(teacher_words, 100, s, TUTEE_RELU, 0, x, n_value, numbers, n_logits, &teacher);
    if (status) fail("teacher", status);
    if (P(tutee_descent_default)((REAL)0.5, &descent) || P(tutee_source_default)(1, 2, &source)) fail("settings", status);
    status = P(tutee_student_measure)(student, teacher, scratch, n_scratch, &progress);
    /* Numbers so large that a square overflows have no measure. */
    if (status != TUTEE_OK && status != TUTEE_ERROR_NOT_FINITE) fail("measure", status);
    status = P(tutee_student_recovery)(student, teacher, scratch, n_scratch, &recovery);
    if (status) fail("recovery", status);
    status = P(tutee_population_step)(student, teacher, &descent, scratch, n_scratch);
    if (status != TUTEE_OK && status != TUTEE_ERROR_DIVERGED) fail("population step", status);
    status = P(tutee_online_step)(student, teacher, &source, &descent, scratch, n_scratch);
    if (status != TUTEE_OK && status != TUTEE_ERROR_DIVERGED) fail("online step", status);
    if (P(tutee_student_get)(student, TUTEE_VALUE, numbers, n_value)) fail("value", status);
    for (size_t i = 0; i < n_value; i++)
        if (!isfinite(numbers[i])) fail("a step made the value infinite", status);
    if (P(tutee_student_get)(student, TUTEE_LOGITS, numbers, n_logits)) fail("logits", status);
    for (size_t i = 0; i < n_logits; i++)
        if (!isfinite(numbers[i])) fail("a step made the logits infinite", status);
    free(again);
    free(numbers);
    free(x);
    free(scratch);
}

static void P(load)(const tutee_shape *s, const uint8_t *bytes, size_t n) {
    const size_t words = AT(W(TUTEE_STUDENT_WORDS), s);
    uint64_t *memory = malloc(8 * words), *before = malloc(8 * words);
    P(tutee_student) *student;
    if (!memory || !before) fail("no memory", TUTEE_OK);
    tutee_status status = P(tutee_student_init)(memory, words, s, &student);
    if (status) fail("student", status);
    memcpy(before, memory, 8 * words);

    tutee_snapshot_info info;
    memset(&info, 0x5A, sizeof info);
    const tutee_snapshot_info no_info = info;
    const tutee_status inspected = tutee_snapshot_inspect(bytes, n, &info);
    if (!is_snapshot_status(inspected)) fail("inspect has a status of another kind", inspected);
    if (inspected && memcmp(&info, &no_info, sizeof info) != 0) fail("a refused inspection wrote", inspected);

    const tutee_stream poison = {0x5A5A5A5A5A5A5A5A, 0xA5A5A5A5A5A5A5A5};
    tutee_stream stream = poison;
    status = P(tutee_student_load)(student, bytes, n, &stream);
    if (!is_snapshot_status(status)) fail("load has a status of another kind", status);
    if (status) {
        if (memcmp(memory, before, 8 * words) != 0) fail("a refused snapshot changed the student", status);
        if (memcmp(&stream, &poison, sizeof stream) != 0) fail("a refused snapshot changed the stream", status);
        const int fits = info.model == TUTEE_MODEL_POSITION && info.scalar_bits == BITS && memcmp(&info.shape, s, sizeof *s) == 0;
        if (inspected == TUTEE_OK && fits && status != TUTEE_ERROR_NOT_FINITE) fail("inspected, but not loaded", status);
    } else {
        const size_t more = info.version == 1 ? HEADER_BYTES - COMMON_BYTES : 0;
        const int32_t rule = info.version == 1 ? TUTEE_RULE_DESCENT : bytes[58];
        const size_t n_adam = AT(TUTEE_RULES_KEPT, s), n_kept = rule == TUTEE_RULE_ADAM ? n_adam : 0;
        if (inspected || n + more != AT(W(TUTEE_SNAPSHOT_BYTES), s) + n_kept * sizeof(REAL)) fail("loaded, but not inspected", inspected);
        uint64_t steps = 0;
        if (P(tutee_student_steps)(student, &steps) || steps != info.steps) fail("other steps than inspected", status);
        if (info.model != TUTEE_MODEL_POSITION || !(info.slope >= 0 && info.slope <= 1)) fail("another model", status);
        if (memcmp(&stream, &info.stream, sizeof stream) != 0) fail("another stream than inspected", status);
        /* What the rule kept; moments that are no numbers come from no step. */
        REAL *kept = malloc(n_adam * sizeof(REAL));
        if (!kept) fail("no memory", TUTEE_OK);
        memcpy(before, memory, 8 * words);
        const int32_t other = rule == TUTEE_RULE_MIRROR ? TUTEE_RULE_DESCENT : TUTEE_RULE_MIRROR;
        status = P(tutee_student_load_ruled)(student, other, kept, 0, bytes, n, NULL);
        if (status != TUTEE_ERROR_SNAPSHOT_RULE) fail("loaded for another rule", status);
        status = P(tutee_student_load_ruled)(student, rule, kept, n_kept, bytes, n, NULL);
        if (status != TUTEE_OK && !(status == TUTEE_ERROR_NOT_FINITE && n_kept > 0)) fail("loaded, but not with its rule", status);
        if (status && memcmp(memory, before, 8 * words) != 0) fail("a refused rule changed the student", status);
        for (size_t i = 0; status == TUTEE_OK && i < n_kept; i++)
            if (!isfinite(kept[i])) fail("a moment that is not finite", status);
        if (status == TUTEE_OK) P(check_loaded)(student, s, bytes, n, &stream, info.has_stream, rule, kept);
        free(kept);
    }
    free(memory);
    free(before);
}
