/* The world and the calls of one precision; calls.c includes it twice. */

struct P(thing) {
    /* The sizes that its object was made with, or that it has room for. */
    const tutee_shape *shape;
    uint64_t *memory;
    size_t words;
};

static struct P(world) {
    struct P(thing) teacher[2], student[2], sampler[2];
    /* Arrays of a call end where their block ends. */
    REAL *given, *other, *result;
    REAL *scratch;
    size_t n_scratch;
    P(tutee_descent) *descent;
    P(tutee_stop) *stop;
    P(tutee_source) *source;
    P(tutee_observer) *observer;
    P(tutee_progress) *progress;
    P(tutee_recovery) *recovery;
    P(tutee_result) *end;
    REAL *loss;
} P(world);

#define WORLD P(world)
#define TAIL(array, n) (WORLD.array + (ELEMENTS - (n)))
#define NAME_OF_(name) #name
#define NAME_OF(name) NAME_OF_(name)
#define CALL(name, ...) after_call("tutee_" NAME_OF(P(name)), P(tutee_##name)(__VA_ARGS__))
#define IN(array, n) pointer(TAIL(array, n), (n) * sizeof(REAL), sizeof(REAL), ELSEWHERE), length(n, LONGER)
#define OUTPUT(n) output(TAIL(result, n), (n) * sizeof(REAL), sizeof(REAL)), length(n, LONGER)
#define SCRATCH P(scratch)(), length(WORLD.n_scratch, SHORTER)

/* With objects in their places, or with poison there. */
static void P(make_world)(const tutee_shape *const *chosen, int objects) {
    for (unsigned i = 0; i < 2; i++) {
        const tutee_shape *s = chosen[i];
        /* The second sampler is a wide one. */
        const size_t sampler_words = i == 0 ? AT(W(TUTEE_SAMPLER_WORDS), s) : AT(W(TUTEE_SAMPLER_WORDS_WIDE), s);
        const size_t words[] = {AT(W(TUTEE_TEACHER_WORDS), s), AT(W(TUTEE_STUDENT_WORDS), s), sampler_words};
        struct P(thing) *const things[] = {&WORLD.teacher[i], &WORLD.student[i], &WORLD.sampler[i]};
        static const char *const names[] = {"teacher", "student", "sampler"};
        for (unsigned k = 0; k < 3; k++) {
            things[k]->shape = s;
            things[k]->words = words[k];
            things[k]->memory = block(names[k], 8 * words[k]);
        }
    }
    const size_t a = AT(TUTEE_ONLINE_SCRATCH, chosen[0]), b = AT(TUTEE_ONLINE_SCRATCH, chosen[1]);
    WORLD.n_scratch = a > b ? a : b;
    WORLD.scratch = block("scratch", WORLD.n_scratch * sizeof(REAL));
    WORLD.given = block("given", ELEMENTS * sizeof(REAL));
    WORLD.other = block("other", ELEMENTS * sizeof(REAL));
    WORLD.result = block("result", ELEMENTS * sizeof(REAL));
    WORLD.descent = block("descent", sizeof *WORLD.descent);
    WORLD.stop = block("stop", sizeof *WORLD.stop);
    WORLD.source = block("source", sizeof *WORLD.source);
    WORLD.observer = block("observer", sizeof *WORLD.observer);
    WORLD.progress = block("progress", sizeof *WORLD.progress);
    WORLD.recovery = block("recovery", sizeof *WORLD.recovery);
    WORLD.end = block("end", sizeof *WORLD.end);
    WORLD.loss = block("loss", sizeof *WORLD.loss);
    const P(tutee_source) source = {byte(), byte(), 1, TUTEE_GAUSSIAN, 0, 0, 0};
    *WORLD.source = source;
    for (unsigned i = 0; objects && i < 2; i++) {
        REAL value[ELEMENTS], mixing[ELEMENTS];
        for (unsigned k = 0; k < ELEMENTS; k++) value[k] = (REAL)(k % 5) / 4 - (REAL)0.25;
        P(tutee_teacher) *teacher;
        P(tutee_student) *student;
        P(tutee_sampler) *sampler;
        const tutee_shape *s = chosen[i];
        if (P(tutee_mixing_group)(s, 0, mixing, AT(TUTEE_MIXING_LEN, s)) ||
            P(tutee_teacher_init)(WORLD.teacher[i].memory, WORLD.teacher[i].words, s, TUTEE_RELU, 0, value,
                                  AT(TUTEE_VALUE_LEN, s), mixing, AT(TUTEE_MIXING_LEN, s), &teacher) ||
            P(tutee_student_init)(WORLD.student[i].memory, WORLD.student[i].words, s, &student) ||
            P(tutee_sampler_init)(WORLD.sampler[i].memory, WORLD.sampler[i].words, s, &sampler))
            fail("the first objects", "refused", (long)i);
    }
}

/* Mostly small numbers; some that are zero, tiny, huge, infinite or none. */
static REAL P(number)(void) {
    const uint8_t b = byte();
    static const double special[] = {0.0, -0.0, 1e-30, -1e-30, 1e18, -1e18, 1e30, 1e-42, 3e38, -3e38};
    if (b < 230) return (REAL)(b - 115) / 16;
    if (b < 240) return (REAL)special[b - 230];
    if (b < 250) return (REAL)(BITS == 64 ? 1e300 : 3e38) * (REAL)(b - 245);
    if (b < 252) return (REAL)(BITS == 64 ? 5e-324 : 1.5e-45);
    if (b == 252) return (REAL)NAN;
    return b == 253 ? (REAL)INFINITY : b == 254 ? -(REAL)INFINITY : (REAL)1;
}

/* A few numbers, over and over. */
static void P(fill)(REAL *array, size_t n) {
    const unsigned different = byte() % 8u + 1u;
    for (size_t i = 0; i < n; i++) array[i] = i < different ? P(number)() : array[i - different];
}

static void *P(scratch)(void) {
    memset(WORLD.scratch, 0xFF, WORLD.n_scratch * sizeof(REAL));
    void *given = pointer(WORLD.scratch, WORLD.n_scratch * sizeof(REAL), sizeof(REAL), ELSEWHERE);
    allow(WORLD.scratch, WORLD.n_scratch * sizeof(REAL), ALWAYS);
    allow(given, WORLD.n_scratch * sizeof(REAL), UNLESS_OVERLAP);
    return given;
}

static void P(choose_descent)(void) {
    const uint8_t b = byte();
    const REAL rate = b < 200 ? (REAL)(b % 32) / 16 : P(number)();
    const P(tutee_descent) descent = {rate, b & 1 ? rate : P(number)(), b & 2 ? (REAL)1e6 : P(number)(),
                                      b == 255 ? 2 : b >> 2 & 1};
    *WORLD.descent = descent;
}

static void P(choose_source)(void) {
    const uint8_t b = byte();
    WORLD.source->batch = b % 4;
    WORLD.source->input = (b >> 2) % 8;
    if (b & 128) {
        WORLD.source->parameter = P(number)();
        WORLD.source->noise_mean = P(number)();
        WORLD.source->noise_deviation = P(number)();
    } else {
        WORLD.source->parameter = (b & 64) ? (REAL)5 : (REAL)0.5;
        WORLD.source->noise_mean = 0;
        WORLD.source->noise_deviation = 0;
    }
    if (b == 127) WORLD.source->index = UINT64_MAX - byte();
}

/* A student stays finite, and can always be looked at. */
static void P(check_student)(const struct P(thing) *of) {
    const P(tutee_student) *student = (const P(tutee_student) *)of->memory;
    const size_t n_value = AT(TUTEE_VALUE_LEN, of->shape), n_logits = AT(TUTEE_MIXING_LEN, of->shape);
    REAL numbers[64];
    uint64_t digest;
    if (P(tutee_student_get)(student, TUTEE_VALUE, numbers, n_value)) fail("value", "unreadable", 0);
    for (size_t i = 0; i < n_value; i++)
        if (!isfinite(numbers[i])) fail("value", "not finite", (long)i);
    if (P(tutee_student_get)(student, TUTEE_LOGITS, numbers, n_logits)) fail("logits", "unreadable", 0);
    for (size_t i = 0; i < n_logits; i++)
        if (!isfinite(numbers[i])) fail("logits", "not finite", (long)i);
    if (P(tutee_student_get)(student, TUTEE_ATTENTION, numbers, n_logits)) fail("attention", "unreadable", 0);
    for (size_t i = 0; i < n_logits; i++)
        if (!(numbers[i] >= 0 && numbers[i] <= 1)) fail("attention", "no weight", (long)i);
    if (P(tutee_student_digest)(student, &digest)) fail("digest", "unreadable", 0);
}

/* The callback of a run: reads, changes the student, stops. */
static struct P(run) {
    unsigned calls, student, teacher;
} P(run);

static int32_t P(callback)(void *user, const P(tutee_progress) *progress) {
    struct P(run) *run = user;
    struct P(thing) *student = &WORLD.student[run->student], *teacher = &WORLD.teacher[run->teacher];
    P(tutee_student) *at = (P(tutee_student) *)student->memory;
    uint64_t steps = 0;
    if (run->calls++ == 0 && !is_spoiled() && P(tutee_student_steps)(at, &steps) == TUTEE_OK && steps != progress->steps)
        fail("progress", "other steps than the student's", (long)progress->steps);
    REAL numbers[64];
    for (unsigned i = 0; i < 64; i++) numbers[i] = (REAL)(i % 3) - (REAL)0.5;
    tutee_status done = TUTEE_OK;
    const uint8_t b = byte();
    switch (b % 8) {
    case 0: done = P(tutee_student_reset)(at); break;
    case 1: done = P(tutee_student_set)(at, TUTEE_VALUE, numbers, AT(TUTEE_VALUE_LEN, student->shape)); break;
    case 2: done = P(tutee_student_set)(at, TUTEE_LOGITS, numbers, AT(TUTEE_MIXING_LEN, student->shape)); break;
    case 3:
        done = P(tutee_population_step)(at, (P(tutee_teacher) *)teacher->memory, WORLD.descent, WORLD.scratch,
                                        WORLD.n_scratch);
        break;
    case 4: {
        /* Another student in its place, perhaps of other sizes. */
        const tutee_shape *s = &shapes[b / 8 % 8];
        if (AT(W(TUTEE_STUDENT_WORDS), s) > student->words) break;
        student->shape = s;
        done = P(tutee_student_init)(student->memory, student->words, s, &at);
        break;
    }
    default: break;
    }
    if (done > TUTEE_OK || done <= TUTEE_ERROR_SELF_TEST) fail("a status out of range", "in a callback", done);
    return run->calls >= 6 || b >= 250;
}

static void P(make_teacher)(struct P(thing) *of, const tutee_shape *s) {
    const uint8_t b = byte();
    const REAL slope = b & 64 ? P(number)() : (REAL)0.5;
    const size_t n_value = AT(TUTEE_VALUE_LEN, s), n_mixing = AT(TUTEE_MIXING_LEN, s), number = byte() % 9;
    P(fill)(TAIL(given, n_value), n_value);
    P(fill)(TAIL(other, n_mixing), n_mixing);
    for (unsigned i = 0; i < NODES; i++) common.nodes[i] = byte() % 9u;
    const tutee_window window = {byte() % 5u, byte() % 5u, byte() % 4u, byte() % 4u};
    *common.window = window;
    *common.shape = *s;
    const size_t n_edges = number % (NODES / 2 + 1), n_tokens = number % (NODES + 1);
    /* Neither may be thought longer than it is; both end where their block ends. */
    const size_t *edges = common.nodes + (NODES - 2 * n_edges), *tokens = common.nodes + (NODES - n_tokens);
    before_call();
#define MIXING OUTPUT(n_mixing)
#define NODE_LIST(at, n) pointer(at, (size_t)(common.nodes + NODES - at) * sizeof(size_t), sizeof(size_t), ELSEWHERE), length(n, SHORTER)
    int filled = 0;
    switch (b % 8) {
    case 0: filled = CALL(mixing_convolution, READ(common.shape), length(number, LONGER), MIXING); break;
    case 1: filled = CALL(mixing_window, READ(common.shape), READ(common.window), MIXING); break;
    case 2: filled = CALL(mixing_cycle, READ(common.shape), length(number, LONGER), MIXING); break;
    case 3: filled = CALL(mixing_graph, READ(common.shape), NODE_LIST(edges, n_edges), listed((int32_t)(number % 3)), MIXING); break;
    case 4: filled = CALL(mixing_selection, READ(common.shape), NODE_LIST(tokens, n_tokens), MIXING); break;
    case 5: filled = CALL(mixing_group, READ(common.shape), length(number, LONGER), MIXING); break;
    default: break;
    }
#undef MIXING
#undef NODE_LIST
    if (filled) memcpy(TAIL(other, n_mixing), TAIL(result, n_mixing), n_mixing * sizeof(REAL));
    if (b % 8 < 6 && !filled) return;
    before_call();
    void *place = output(of->memory, 8 * of->words, 8);
    if (!CALL(teacher_init, place, length(of->words, SHORTER), READ(common.shape), listed(b / 8 % 3), slope,
              IN(given, n_value), IN(other, n_mixing),
              (P(tutee_teacher) **)output(common.place, sizeof(void *), sizeof(void *)))) return;
    of->shape = s;
    if (*common.place != of->memory) fail("teacher", "not where it was put", 0);
    const P(tutee_teacher) *teacher = (const P(tutee_teacher) *)of->memory;
    REAL numbers[64];
    if (P(tutee_teacher_mixing)(teacher, numbers, n_mixing)) fail("mixing", "unreadable", 0);
    for (size_t i = 0; i < n_mixing; i++)
        if (!isfinite(numbers[i])) fail("mixing", "not finite", (long)i);
}

/* Rules of a step, and what Adam keeps: zeros, or what was last put there. */
static P(tutee_rules) *P(choose_rules)(unsigned how, size_t n_kept) {
    _Static_assert(sizeof *common.info >= sizeof(P(tutee_rules)), "room for rules");
    P(tutee_rules) *rules = (void *)common.info;
    rules->theta = how & 64 ? P(number)() : (REAL)0.0625;
    rules->attention = listed(n_kept > 0 ? TUTEE_RULE_ADAM : (int32_t)(how >> 3 & 3));
    rules->value = how & 16 ? TUTEE_VALUE_PROJECTED : TUTEE_VALUE_DESCENT;
    if (!(how & 64)) memset(TAIL(given, n_kept), 0, n_kept * sizeof(REAL));
    return rules;
}

static void P(call)(unsigned which) {
    const uint8_t b = byte();
    struct P(thing) *student = &WORLD.student[b & 1], *teacher = &WORLD.teacher[b >> 1 & 1], *sampler = &WORLD.sampler[b >> 2 & 1];
    const tutee_shape *s = student->shape;
    const size_t n_value = AT(TUTEE_VALUE_LEN, s), n_logits = AT(TUTEE_MIXING_LEN, s), n_kq = (size_t)s->tokens * s->tokens;
    const unsigned inputs = b >> 3 & 3;
    const size_t n_x = inputs * AT(TUTEE_INPUT_LEN, s), n_y = inputs * AT(TUTEE_OUTPUT_LEN, s);
    const size_t n_snapshot = AT(W(TUTEE_SNAPSHOT_BYTES), s);
    /* With 128 set, steps and snapshots have a rule of their own. */
    const size_t n_adam = AT(TUTEE_RULES_KEPT, s);
    const int adam = b & 32 && n_adam <= ELEMENTS && AT(W(TUTEE_SNAPSHOT_BYTES_RULED), s) <= SNAPSHOT;
    const size_t n_kept = adam ? n_adam : 0;
#define KEPT output(TAIL(given, n_kept), n_kept * sizeof(REAL), sizeof(REAL)), length(n_kept, LONGER)
    const int32_t activation = b >> 5 & 3;
    const tutee_shape *wanted = &shapes[byte() % 8];
    int done = 0;
    switch (which) {
    case 0: P(make_teacher)(teacher, b & 128 ? wanted : teacher->shape); return;
    case 1:
        *common.shape = b & 128 ? *wanted : *student->shape;
        before_call();
        if (CALL(student_init, output(student->memory, 8 * student->words, 8), length(student->words, SHORTER),
                 READ(common.shape), (P(tutee_student) **)output(common.place, sizeof(void *), sizeof(void *)))) {
            if (b & 128) student->shape = wanted;
            if (*common.place != student->memory) fail("student", "not where it was put", 0);
            done = 1;
        }
        break;
    case 2:
        *common.shape = b & 128 ? *wanted : *sampler->shape;
        before_call();
        if (CALL(sampler_init, output(sampler->memory, 8 * sampler->words, 8), length(sampler->words, SHORTER),
                 READ(common.shape), (P(tutee_sampler) **)output(common.place, sizeof(void *), sizeof(void *))) &&
            b & 128)
            sampler->shape = wanted;
        break;
    case 3:
        P(fill)(TAIL(given, n_value), n_value);
        before_call();
        done = CALL(student_set, object(student->memory, ON_SUCCESS), TUTEE_VALUE, IN(given, n_value));
        break;
    case 4:
        P(fill)(TAIL(given, n_logits), n_logits);
        before_call();
        done = CALL(student_set, object(student->memory, ON_SUCCESS), TUTEE_LOGITS, IN(given, n_logits));
        break;
    case 5: {
        P(choose_descent)();
        if (b & 128) {
            const P(tutee_rules) *rules = P(choose_rules)(b, n_kept);
            before_call();
            done = CALL(population_step_ruled, object(student->memory, ON_SUCCESS), CONST_OBJECT(teacher->memory), READ(rules),
                        KEPT, READ(WORLD.descent), SCRATCH);
            break;
        }
        if (b & 64 && s->filters == 1) {
            /* A label: a step, the loss, or a few steps in one call. */
            _Static_assert(sizeof *common.info >= sizeof(P(tutee_group_label)), "room for what decides a label");
            P(tutee_group_label) *label = (void *)common.info;
            label->deviation = P(number)();
            label->flips = b & 32 ? P(number)() : (REAL)0.125;
            label->group = byte() % 5u;
            P(fill)(TAIL(given, s->features), s->features);
            uint64_t steps = 0;
            if (P(tutee_student_steps)((P(tutee_student) *)student->memory, &steps) != TUTEE_OK) steps = 0;
            const P(tutee_stop) stop = {steps + inputs, 1, 0, 0};
            *WORLD.stop = stop;
            before_call();
            if (inputs == 0)
                CALL(label_loss, object(student->memory, ON_SUCCESS), READ(label), IN(given, s->features), SCRATCH,
                     output(WORLD.loss, sizeof(REAL), sizeof(REAL)));
            else if (inputs == 1)
                done = CALL(label_step, object(student->memory, ON_SUCCESS), READ(label), IN(given, s->features),
                            READ(WORLD.descent), SCRATCH);
            else
                done = CALL(label_run, object(student->memory, ALWAYS), READ(label), IN(given, s->features), READ(WORLD.descent),
                            READ_HERE(WORLD.stop), NULL, SCRATCH, OUT(WORLD.end));
            break;
        }
        uint64_t *copy = malloc(8 * student->words);
        REAL *scratch = calloc(WORLD.n_scratch, sizeof(REAL));
        if (!copy || !scratch) fail("no memory", "copy", 0);
        memcpy(copy, student->memory, 8 * student->words);
        before_call();
        done = CALL(population_step, object(student->memory, ON_SUCCESS), CONST_OBJECT(teacher->memory), READ(WORLD.descent), SCRATCH);
        if (done && (P(tutee_population_step)((P(tutee_student) *)copy, (P(tutee_teacher) *)teacher->memory, WORLD.descent,
                                              scratch, WORLD.n_scratch) != TUTEE_OK ||
                     memcmp(copy, student->memory, 8 * student->words) != 0))
            fail("population_step", "other bits in another place", 0);
        free(copy);
        free(scratch);
        break;
    }
    case 6: {
        P(choose_descent)();
        P(choose_source)();
        if (b & 128) {
            const P(tutee_rules) *rules = P(choose_rules)(b & ~16u, n_kept);
            before_call();
            allow(&WORLD.source->index, 8, ON_SUCCESS);
            done = CALL(online_step_ruled, object(student->memory, ON_SUCCESS), CONST_OBJECT(teacher->memory),
                        READ_HERE(WORLD.source), READ(rules), KEPT, READ(WORLD.descent), SCRATCH);
            break;
        }
        uint64_t *copy = malloc(8 * student->words);
        REAL *scratch = calloc(WORLD.n_scratch, sizeof(REAL));
        if (!copy || !scratch) fail("no memory", "copy", 0);
        memcpy(copy, student->memory, 8 * student->words);
        P(tutee_source) source = *WORLD.source;
        before_call();
        allow(&WORLD.source->index, 8, ON_SUCCESS);
        done = CALL(online_step, object(student->memory, ON_SUCCESS), CONST_OBJECT(teacher->memory), READ_HERE(WORLD.source),
                    READ(WORLD.descent), SCRATCH);
        if (done && (P(tutee_online_step)((P(tutee_student) *)copy, (P(tutee_teacher) *)teacher->memory, &source,
                                          WORLD.descent, scratch, WORLD.n_scratch) != TUTEE_OK ||
                     memcmp(copy, student->memory, 8 * student->words) != 0 || source.index != WORLD.source->index))
            fail("online_step", "other bits in another place", 0);
        free(copy);
        free(scratch);
        break;
    }
    case 7:
    case 8: {
        P(choose_descent)();
        P(choose_source)();
        uint64_t steps = 0;
        if (P(tutee_student_steps)((P(tutee_student) *)student->memory, &steps) != TUTEE_OK) steps = 0;
        const P(tutee_stop) stop = {steps + byte() % 16u, byte() % 5u, b & 64 ? P(number)() : 0, b & 32 ? P(number)() : 0};
        *WORLD.stop = stop;
        P(run).calls = 0;
        P(run).student = b & 1;
        P(run).teacher = b >> 1 & 1;
        const P(tutee_observer) observer = {P(callback), &P(run), byte() % 4u};
        *WORLD.observer = observer;
        const int observed = byte() & 1;
        const tutee_shape *const kept = student->shape;
        before_call();
        /* A run keeps the steps before an error; whatever the callback did remains, too. */
        allow(&WORLD.source->index, which == 8 ? 8 : 0, ALWAYS);
        if (observed) allow_block(student->memory, ALWAYS);
        void *at = object(student->memory, ALWAYS), *result = OUT(WORLD.end);
        void *watcher = observed ? READ_HERE(WORLD.observer) : NULL;
        if (which == 7)
            done = CALL(population_run, at, CONST_OBJECT(teacher->memory), READ(WORLD.descent), READ_HERE(WORLD.stop), watcher, SCRATCH, result);
        else
            done = CALL(online_run, at, CONST_OBJECT(teacher->memory), READ_HERE(WORLD.source), READ(WORLD.descent),
                        READ_HERE(WORLD.stop), watcher, SCRATCH, result);
        if (is_spoiled()) student->shape = kept;
        break;
    }
    case 9:
        before_call();
        CALL(samples_begin, object(student->memory, ON_SUCCESS), object(sampler->memory, ON_SUCCESS), listed(activation), P(number)());
        break;
    case 10:
        P(fill)(TAIL(given, n_x), n_x);
        P(fill)(TAIL(other, n_y), n_y);
        before_call();
        if (CALL(samples_accumulate, CONST_OBJECT(student->memory), object(sampler->memory, ON_SUCCESS), inputs, IN(given, n_x), IN(other, n_y))
            && !is_spoiled()) {
            /* The copy of a batch is one of the same student. */
            const size_t bytes = 8 * (size_t)sampler->words;
            uint64_t *const copy = malloc(bytes);
            if (!copy) fail("no memory", "copy", 0);
            memcpy(copy, sampler->memory, bytes);
            before_fixed_call();
            if (!CALL(samples_merge, (const P(tutee_student) *)student->memory, (P(tutee_sampler) *)copy, (P(tutee_sampler) *)sampler->memory))
                fail("samples_merge", "a copy", 0);
            free(copy);
        }
        /* Without a block of its own, among which pointers are chosen. */
        _Static_assert(sizeof *common.info >= sizeof(tutee_fault), "room for a fault");
        before_fixed_call();
        allow(common.info, sizeof(tutee_fault), ALWAYS);
        CALL(check_numbers, "x", TAIL(given, n_x), n_x, n_x, (tutee_fault *)(void *)common.info);
        break;
    case 11:
        P(choose_descent)();
        if (b & 128) {
            const P(tutee_rules) *rules = P(choose_rules)(b & ~16u, n_kept);
            before_call();
            done = CALL(samples_step_ruled, object(student->memory, ON_SUCCESS), object(sampler->memory, ON_SUCCESS), READ(rules),
                        KEPT, READ(WORLD.descent));
            break;
        }
        before_call();
        done = CALL(samples_step, object(student->memory, ON_SUCCESS), object(sampler->memory, ON_SUCCESS), READ(WORLD.descent));
        if (!done) {
            before_call();
            CALL(samples_loss, CONST_OBJECT(sampler->memory), OUT(common.word), output(WORLD.loss, sizeof(REAL), sizeof(REAL)));
        }
        break;
    case 12:
        P(fill)(TAIL(given, n_x), n_x);
        before_call();
        if (b & 128)
            CALL(student_predict, CONST_OBJECT(student->memory), listed(activation), P(number)(), inputs, IN(given, n_x), SCRATCH, OUTPUT(n_y));
        else
            CALL(teacher_answer, CONST_OBJECT(teacher->memory), inputs, IN(given, n_x), SCRATCH, OUTPUT(n_y));
        break;
    case 13: {
        const tutee_stream stream = {byte(), byte()};
        *common.stream = stream;
        uint8_t *bytes = common.bytes + (SNAPSHOT - n_snapshot);
        if (b & 128) {
            const size_t n_ruled = adam ? AT(W(TUTEE_SNAPSHOT_BYTES_RULED), s) : n_snapshot;
            const int32_t rule = listed(adam ? TUTEE_RULE_ADAM : b >> 4 & 3);
            bytes = common.bytes + (SNAPSHOT - n_ruled);
            if (!(b & 64)) memset(TAIL(given, n_kept), 0, n_kept * sizeof(REAL));
            before_call();
            if (b & 8) {
                done = CALL(student_save_ruled, CONST_OBJECT(student->memory), b & 16 ? READ(common.stream) : NULL,
                            TUTEE_NO_ACTIVATION, 0, rule, IN(given, n_kept), output(bytes, n_ruled, 1), length(n_ruled, LONGER));
                if (!done || is_spoiled()) break;
                before_fixed_call();
                if (!CALL(student_save_ruled_to, (const P(tutee_student) *)student->memory, b & 16 ? common.stream : NULL,
                          TUTEE_NO_ACTIVATION, 0, rule, TAIL(given, n_kept), n_kept, keeping()))
                    fail("student_save_ruled_to", "what was saved", 0);
                kept_is(bytes, n_ruled, "student_save_ruled_to");
                before_fixed_call();
                allow_block(student->memory, ALWAYS);
                allow(TAIL(given, n_kept), n_kept * sizeof(REAL), ALWAYS);
                if (!CALL(student_load_ruled, (P(tutee_student) *)student->memory, rule, TAIL(given, n_kept), n_kept, bytes, n_ruled,
                          NULL)) fail("student_load_ruled", "what was saved", 0);
            } else {
                void *at = object(student->memory, ON_SUCCESS);
                done = CALL(student_load_ruled, at, rule, KEPT, pointer(bytes, n_ruled, 1, ELSEWHERE), length(n_ruled, SHORTER), NULL);
            }
            break;
        }
        if (b & 8) {
            before_call();
            done = CALL(student_save, CONST_OBJECT(student->memory), b & 16 ? READ(common.stream) : NULL,
                        b & 32 ? listed(activation) : TUTEE_NO_ACTIVATION, (REAL)0.125, output(bytes, n_snapshot, 1),
                        length(n_snapshot, LONGER));
            if (!done || is_spoiled()) break;
            before_fixed_call();
            if (!CALL(student_save_to, (const P(tutee_student) *)student->memory, b & 16 ? common.stream : NULL,
                      b & 32 ? activation : TUTEE_NO_ACTIVATION, (REAL)0.125, keeping()))
                fail("student_save_to", "what was saved", 0);
            kept_is(bytes, n_snapshot, "student_save_to");
        } else {
            if (b & 16) bytes[byte() % n_snapshot] ^= byte();
            before_call();
            void *at = object(student->memory, ON_SUCCESS);
            done = CALL(student_load, at, pointer(bytes, n_snapshot, 1, ELSEWHERE), length(n_snapshot, SHORTER), b & 32 ? OUT(common.stream) : NULL);
        }
        break;
    }
    case 14:
        switch (b >> 4) {
        case 0: before_call(); done = CALL(student_reset, object(student->memory, ON_SUCCESS)); break;
        case 1: before_call(); CALL(student_steps, CONST_OBJECT(student->memory), OUT(common.word)); break;
        case 2: before_call(); CALL(student_get, CONST_OBJECT(student->memory), TUTEE_VALUE, OUTPUT(n_value)); break;
        case 3: before_call(); CALL(student_get, CONST_OBJECT(student->memory), TUTEE_LOGITS, OUTPUT(n_logits)); break;
        case 4: before_call(); CALL(student_get, CONST_OBJECT(student->memory), listed(TUTEE_ATTENTION), OUTPUT(n_logits)); break;
        case 5: before_call(); CALL(student_digest, CONST_OBJECT(student->memory), OUT(common.word)); break;
        case 6: before_call(); CALL(teacher_value, CONST_OBJECT(teacher->memory), OUTPUT(n_value)); break;
        case 7: before_call(); CALL(teacher_mixing, CONST_OBJECT(teacher->memory), OUTPUT(n_logits)); break;
        case 8:
            before_call();
            CALL(student_measure, CONST_OBJECT(student->memory), CONST_OBJECT(teacher->memory), SCRATCH, OUT(WORLD.progress));
            break;
        case 9:
            before_call();
            CALL(student_recovery, CONST_OBJECT(student->memory), CONST_OBJECT(teacher->memory), SCRATCH, OUT(WORLD.recovery));
            break;
        case 10:
            before_call();
            CALL(position, listed(byte() % 5), s->tokens, byte(), OUTPUT(n_kq));
            break;
        case 11:
            P(fill)(TAIL(given, n_kq), n_kq);
            if (P(tutee_position)(byte() % 5, s->tokens, byte(), TAIL(other, n_kq), n_kq) != TUTEE_OK) break;
            before_call();
            {
                void *to = object(student->memory, ON_SUCCESS);
                done = CALL(student_set_key_query, to, IN(other, n_kq), IN(given, n_kq), SCRATCH);
            }
            break;
        case 12:
            if (P(tutee_position)(byte() % 5, s->tokens, byte(), TAIL(other, n_kq), n_kq) != TUTEE_OK) break;
            before_call();
            CALL(student_get_key_query, CONST_OBJECT(student->memory), IN(other, n_kq), OUTPUT(n_kq));
            break;
        case 13: before_call(); CALL(descent_default, P(number)(), OUT(WORLD.descent)); break;
        case 14: before_call(); CALL(stop_default, byte(), OUT(WORLD.stop)); break;
        default: before_call(); CALL(source_default, byte(), byte() % 4u, OUT(WORLD.source)); break;
        }
        break;
    default: return;
    }
    if (done) P(check_student)(student);
}

#undef KEPT
#undef WORLD
#undef TAIL
#undef CALL
#undef NAME_OF
#undef NAME_OF_
#undef IN
#undef OUTPUT
#undef SCRATCH
