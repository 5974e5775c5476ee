/* The world and the calls of one precision; layers.c includes it twice. */

static struct P(world) {
    /* The layer, what it was made with, and a teacher of its sizes. */
    const tutee_layer_shape *shape;
    uint64_t *layer, *teacher;
    size_t words, teacher_words;
    /* Arrays of a call end where their block ends. */
    REAL *x, *y, *queries, *codes, *value, *choice, *result, *scratch;
    P(tutee_layer_settings) *settings;
    P(tutee_labels) *labels;
    P(tutee_descent) *descent;
    P(tutee_source) *source;
    P(tutee_recovered) *recovered;
    P(tutee_codes_recovered) *codes_recovered;
    P(tutee_key_query_recovered) *key_query_recovered;
    REAL *loss;
} P(world);

#define WORLD P(world)
#define TAIL(array, n) (WORLD.array + (ELEMENTS - (n)))
#define NAME_OF_(name) #name
#define NAME_OF(name) NAME_OF_(name)
#define CALL(name, ...) after_call("tutee_" NAME_OF(P(name)), P(tutee_##name)(__VA_ARGS__))
/* What the shape does not ask for is NULL and 0. */
#define IN(array, n) \
    (n) ? pointer(TAIL(array, n), (n) * sizeof(REAL), sizeof(REAL), ELSEWHERE) : NULL, (n) ? length(n, LONGER) : 0
#define OUTPUT(n) output(TAIL(result, n), (n) * sizeof(REAL), sizeof(REAL)), length(n, LONGER)

static void P(make_world)(const tutee_layer_shape *shape) {
    P(tutee_layer) *layer;
    P(tutee_teacher) *teacher;
    const tutee_shape *s = &shape->sizes;
    REAL value[ELEMENTS], mixing[ELEMENTS];
    WORLD.shape = shape;
    WORLD.words = AT(W(TUTEE_LAYER_WORDS), shape);
    WORLD.layer = block("layer", 8 * WORLD.words);
    WORLD.teacher_words = W(TUTEE_TEACHER_WORDS)(s->filters, s->features, s->tokens, s->outputs);
    WORLD.teacher = block("teacher", 8 * WORLD.teacher_words);
    REAL **const arrays[] = {&WORLD.x, &WORLD.y, &WORLD.queries, &WORLD.codes, &WORLD.value, &WORLD.choice, &WORLD.result};
    for (unsigned i = 0; i < sizeof arrays / sizeof *arrays; i++) *arrays[i] = block("array", ELEMENTS * sizeof(REAL));
    WORLD.scratch = block("scratch", SCRATCH * sizeof(REAL));
    WORLD.settings = block("settings", sizeof *WORLD.settings);
    WORLD.labels = block("labels", sizeof *WORLD.labels);
    WORLD.descent = block("descent", sizeof *WORLD.descent);
    WORLD.source = block("source", sizeof *WORLD.source);
    WORLD.recovered = block("recovered", sizeof *WORLD.recovered);
    WORLD.codes_recovered = block("codes_recovered", sizeof *WORLD.codes_recovered);
    WORLD.key_query_recovered = block("key_query_recovered", sizeof *WORLD.key_query_recovered);
    WORLD.loss = block("loss", sizeof *WORLD.loss);
    const P(tutee_source) source = {byte(), 0, 1, TUTEE_GAUSSIAN, 0, 0, 0};
    *WORLD.source = source;
    *common.shape = *shape;
    for (unsigned i = 0; i < ELEMENTS; i++) value[i] = (REAL)(i % 5) / 4 - (REAL)0.25;
    if (P(tutee_mixing_group)(s, 0, mixing, s->outputs * s->tokens) ||
        P(tutee_teacher_init)(WORLD.teacher, WORLD.teacher_words, s, TUTEE_RELU, 0, value, s->filters * s->features, mixing,
                              s->outputs * s->tokens, &teacher) ||
        P(tutee_layer_default)(shape, WORLD.settings) || P(tutee_layer_init)(WORLD.layer, WORLD.words, shape, &layer))
        fail("the first objects", "refused", 0);
}

/* Mostly small numbers; some that are zero, tiny, huge, infinite or none. */
static REAL P(number)(void) {
    const uint8_t b = byte();
    static const double special[] = {0.0, -0.0, 1e-30, 1e18, 1e30, 1e-42, 3e38, -3e38};
    if (b < 240) return (REAL)(b - 120) / 32;
    if (b < 248) return (REAL)special[b - 240];
    return b < 252 ? (REAL)1 : b == 252 ? (REAL)NAN : b == 253 ? (REAL)INFINITY : -(REAL)INFINITY;
}

/* A few numbers, over and over. */
static void P(fill)(REAL *array, size_t n) {
    const unsigned different = byte() % 8u + 1u;
    for (size_t i = 0; i < n; i++) array[i] = i < different ? P(number)() : array[i - different];
}

static void P(choose_descent)(void) {
    const uint8_t b = byte();
    const REAL rate = b < 200 ? (REAL)(b % 32) / 64 : P(number)();
    const P(tutee_descent) descent = {rate, b & 1 ? rate : P(number)(), b & 2 ? (REAL)1e6 : P(number)(), b == 255 ? 2 : 1};
    *WORLD.descent = descent;
}

/* Scratch and the sets that are drawn may be written whatever comes of the call, unless it saw an overlap. */
static void *P(working)(void *at, size_t bytes, size_t align) {
    if (bytes == 0) return NULL;
    void *given = pointer(at, bytes, align, ELSEWHERE);
    allow(at, bytes, ALWAYS);
    allow(given, bytes, UNLESS_OVERLAP);
    return given;
}

/* A layer stays finite, and can always be looked at. */
static void P(check_layer)(void) {
    const P(tutee_layer) *layer = (const P(tutee_layer) *)WORLD.layer;
    REAL numbers[ELEMENTS];
    uint64_t digest;
    size_t n;
    for (int32_t block = TUTEE_VALUE; block <= TUTEE_CODES; block++) {
        if (block == TUTEE_ATTENTION || tutee_layer_block_len(WORLD.shape, block, &n)) continue;
        if (P(tutee_layer_get)(layer, block, numbers, n)) fail("block", "unreadable", block);
        for (size_t i = 0; i < n; i++)
            if (!isfinite(numbers[i])) fail("block", "not finite", block);
    }
    if (P(tutee_layer_digest)(layer, &digest)) fail("digest", "unreadable", 0);
}

static void P(call)(unsigned which) {
    const uint8_t b = byte();
    const tutee_layer_shape *shape = WORLD.shape;
    const tutee_shape *s = &shape->sizes;
    const size_t count = b % 3u, n_x = count * s->tokens * s->features, n_codes = shape->codes == TUTEE_CODES_FRESH ? count * s->tokens * shape->code_width : 0;
    const size_t n_queries = count * s->outputs * shape->query_width;
    const size_t set = b / 4 % s->tokens + 1u, one_sets = shape->queries == TUTEE_QUERIES_SETS ? s->outputs * set : 0, n_sets = count * one_sets;
    const size_t n_value = s->filters * s->features, n_snapshot = AT(W(TUTEE_LAYER_SNAPSHOT_BYTES), shape);
    const size_t n_scratch = AT(TUTEE_LAYER_ONLINE_SCRATCH, shape), n_table = s->tokens * shape->code_width;
    const size_t n_exact = AT(TUTEE_LAYER_SELECTION_SCRATCH, shape);
    const size_t n_mixing = s->outputs * s->tokens;
    const size_t token = s->features + (shape->embedding == TUTEE_CONCATENATED ? shape->code_width : 0);
    const size_t n_maps = token * (shape->queries == TUTEE_QUERIES_VECTORS ? shape->query_width
                                   : shape->queries == TUTEE_QUERIES_SETS ? shape->code_width : token);
    P(tutee_layer_settings) settings;
    size_t n_block = 0;
    int32_t block = b % 8;
    int done = 0;
    if (n_scratch > SCRATCH || n_exact > SCRATCH || n_snapshot > SNAPSHOT) fail("the world", "too small", (long)n_scratch);
    if (P(tutee_layer_configuration)((const P(tutee_layer) *)WORLD.layer, &settings)) fail("settings", "unreadable", 0);
    const size_t n_y = settings.loss == TUTEE_LOGISTIC ? count : count * s->outputs * s->filters;
    uint32_t *const sets = common.sets + (NODES - n_sets), *const drawn = common.sets + (NODES - one_sets),
             *const selected = common.sets + (NODES - set);
#define SETS(at, n) (n) ? pointer(at, (n) * sizeof(uint32_t), sizeof(uint32_t), ELSEWHERE) : NULL, (n) ? length(n, SHORTER) : 0
#define SHOWN IN(x, n_x), SETS(sets, n_sets), IN(queries, n_queries), IN(codes, n_codes)
#define DRAWN P(working)(drawn, one_sets * sizeof(uint32_t), sizeof(uint32_t)), one_sets ? length(one_sets, SHORTER) : 0, \
              P(working)(WORLD.scratch, n_scratch * sizeof(REAL), sizeof(REAL)), length(n_scratch, SHORTER)
#define SELECTED P(working)(selected, set * sizeof(uint32_t), sizeof(uint32_t)), length(set, SHORTER), \
                 P(working)(WORLD.scratch, n_exact * sizeof(REAL), sizeof(REAL)), length(n_exact, SHORTER)
    switch (which) {
    case 29: case 30:
        P(fill)(TAIL(value, n_value), n_value);
        common.over->seed = b;
        common.over->count = b % 20u;
        /* Of two of the shapes it is the mean that is known: of a layer of which these blocks train, from a start. */
        settings.trained = TUTEE_TRAIN_VALUE_CONTENT + TUTEE_TRAIN_POSITION_POSITION;
        if (b & 64 && shape->queries == TUTEE_QUERIES_SETS && shape->codes == TUTEE_CODES_FIXED &&
            (P(tutee_layer_configure)((P(tutee_layer) *)WORLD.layer, &settings) ||
             P(tutee_layer_start)((P(tutee_layer) *)WORLD.layer, TUTEE_START_GAUSSIAN, (REAL)b / 32, b)))
            fail("a layer that learns sets", "refused", 0);
        P(choose_descent)();
        break;
    case 31: P(fill)(TAIL(codes, (b & 3) == 3 ? n_maps : n_table), (b & 3) == 3 ? n_maps : n_table); break;
    case 9: case 12: case 13: case 14:
        P(fill)(TAIL(x, n_x), n_x);
        P(fill)(TAIL(queries, n_queries), n_queries);
        P(fill)(TAIL(codes, n_codes), n_codes);
        P(fill)(TAIL(y, n_y), n_y);
        if (settings.loss == TUTEE_LOGISTIC && b < 250)
            for (size_t i = 0; i < n_y; i++) TAIL(y, n_y)[i] = b & 1 ? 1 : -1;
        for (size_t i = 0; i < n_sets; i++) sets[i] = b < 250 ? (uint32_t)((i / set + i % set) % s->tokens) : byte() % 6u;
        break;
    case 15: case 16: {
        const P(tutee_labels) labels = {b & 128 ? P(number)() : (REAL)0.5, b & 64 ? P(number)() : 0, byte() % 7, byte() % 5u};
        *WORLD.labels = labels;
        WORLD.source->batch = b % 4;
        WORLD.source->input = b / 4 % 8;
        WORLD.source->parameter = (REAL)0.5;
        P(fill)(TAIL(value, n_value), n_value);
        P(fill)(TAIL(choice, 4 * s->features + n_mixing + 1), 4 * s->features + n_mixing + 1);
        break;
    }
    default: break;
    }
    const size_t n_choice = WORLD.labels->answer == TUTEE_ANSWER_MIXING ? n_mixing
                            : WORLD.labels->answer == TUTEE_ANSWER_ATTENTION ? WORLD.labels->count * s->features + n_mixing + 1
                            : WORLD.labels->answer == TUTEE_ANSWER_TOP || WORLD.labels->answer == TUTEE_ANSWER_WEIGHTS ? s->features : 0;
    uint64_t *const copy = malloc(8 * WORLD.words);
    if (!copy) fail("no memory", "copy", 0);
    memcpy(copy, WORLD.layer, 8 * WORLD.words);
    if (which == 10 || which == 15) P(choose_descent)();
    if (which == 5 || which == 6 || which == 17) {
        if (tutee_layer_block_len(shape, block, &n_block)) n_block = 1;
        P(fill)(TAIL(value, n_block), n_block);
    }
    before_call();
    switch (which) {
    case 0: CALL(layer_words, READ(common.shape), OUT(common.size)); break;
    case 1: CALL(layer_default, READ(common.shape), OUT(WORLD.settings)); break;
    case 2:
        done = CALL(layer_init, output(WORLD.layer, 8 * WORLD.words, 8), length(WORLD.words, SHORTER), READ(common.shape),
                    (P(tutee_layer) **)output(common.place, sizeof(void *), sizeof(void *)));
        break;
    case 3:
        WORLD.settings->loss = b & 1 && s->filters == 1 ? TUTEE_LOGISTIC : TUTEE_SQUARED;
        WORLD.settings->activation = b & 1 ? TUTEE_IDENTITY : b / 2 % 4;
        WORLD.settings->slope = (REAL)0.25;
        before_call();
        done = CALL(layer_configure, object(WORLD.layer), READ(WORLD.settings));
        break;
    case 4: done = CALL(layer_start, object(WORLD.layer), listed(b % 4), (REAL)(b / 4) / 32, b); break;
    case 5: CALL(layer_get, CONST_OBJECT(WORLD.layer), listed(block), OUTPUT(n_block)); break;
    case 6: done = CALL(layer_set, object(WORLD.layer), listed(block), IN(value, n_block)); break;
    case 7: CALL(layer_steps, CONST_OBJECT(WORLD.layer), OUT(common.word)); break;
    case 8: done = CALL(layer_begin, object(WORLD.layer)); break;
    case 9: done = CALL(layer_accumulate, object(WORLD.layer), count, SHOWN, IN(y, n_y)); break;
    case 10:
        done = CALL(layer_step, object(WORLD.layer), READ(WORLD.descent));
        if (done && (P(tutee_layer_step)((P(tutee_layer) *)copy, WORLD.descent) != TUTEE_OK ||
                     memcmp(copy, WORLD.layer, 8 * WORLD.words) != 0))
            fail("layer_step", "other bits in another place", 0);
        break;
    case 11: CALL(layer_batch_loss, CONST_OBJECT(WORLD.layer), OUT(common.word), output(WORLD.loss, sizeof(REAL), sizeof(REAL))); break;
    case 12: case 13: CALL(layer_predict, object(WORLD.layer), count, SHOWN, OUTPUT(n_y)); break;
    case 14: CALL(layer_loss, object(WORLD.layer), count, SHOWN, IN(y, n_y), output(WORLD.loss, sizeof(REAL), sizeof(REAL))); break;
    case 15:
        allow(&WORLD.source->index, 8, ON_SUCCESS);
        done = CALL(layer_online_step, object(WORLD.layer), READ(WORLD.labels), IN(value, n_value), IN(choice, n_choice),
                    READ_HERE(WORLD.source), READ(WORLD.descent), DRAWN);
        break;
    case 16:
        CALL(layer_online_loss, object(WORLD.layer), READ(WORLD.labels), IN(value, n_value), IN(choice, n_choice),
             READ_HERE(WORLD.source), DRAWN, output(WORLD.loss, sizeof(REAL), sizeof(REAL)));
        break;
    case 17: CALL(layer_squares, CONST_OBJECT(WORLD.layer), listed(block), OUTPUT((size_t)4)); break;
    case 18: CALL(layer_recovery, CONST_OBJECT(WORLD.layer), CONST_OBJECT(WORLD.teacher), OUT(WORLD.recovered)); break;
    case 19: CALL(layer_digest, CONST_OBJECT(WORLD.layer), OUT(common.word)); break;
    case 20: CALL(layer_configuration, CONST_OBJECT(WORLD.layer), OUT(WORLD.settings)); break;
    case 21: CALL(layer_codes, READ(common.shape), listed(b % 5), b, OUTPUT(n_table)); break;
    case 22: CALL(layer_snapshot_bytes, READ(common.shape), OUT(common.size)); break;
    case 23:
        if (!CALL(layer_save, CONST_OBJECT(WORLD.layer), b & 1 ? READ(common.stream) : NULL,
                  output(common.bytes + (SNAPSHOT - n_snapshot), n_snapshot, 1), length(n_snapshot, LONGER)) || is_spoiled())
            break;
        before_fixed_call();
        if (!CALL(layer_save_to, (const P(tutee_layer) *)WORLD.layer, b & 1 ? common.stream : NULL, keeping()))
            fail("layer_save_to", "what was saved", 0);
        kept_is(common.bytes + (SNAPSHOT - n_snapshot), n_snapshot, "layer_save_to");
        break;
    case 24:
    case 25: {
        uint8_t *const bytes = common.bytes + (SNAPSHOT - n_snapshot);
        if (b & 8) bytes[b * 7u % n_snapshot] ^= (uint8_t)(b | 1);
        before_call();
        if (which == 24)
            done = CALL(layer_load, object(WORLD.layer), pointer(bytes, n_snapshot, 1, ELSEWHERE), length(n_snapshot, SHORTER),
                        b & 1 ? OUT(common.stream) : NULL);
        else
            (void)after_call("tutee_layer_inspect", tutee_layer_inspect(pointer(bytes, n_snapshot, 1, ELSEWHERE),
                                                                        length(n_snapshot, SHORTER), OUT(common.info)));
        break;
    }
    case 26:
        (void)after_call("tutee_layer_block_len", tutee_layer_block_len(READ(common.shape), listed(block), OUT(common.size)));
        break;
    case 27:
        (void)after_call("tutee_layer_online_scratch", tutee_layer_online_scratch(READ(common.shape), OUT(common.size)));
        break;
    case 29:
        allow(&common.over->index, 8, ON_SUCCESS);
        done = CALL(layer_selection_step, object(WORLD.layer), IN(value, n_value), READ_HERE(common.over), READ(WORLD.descent),
                    SELECTED);
        break;
    case 30:
        CALL(layer_selection_loss, object(WORLD.layer), IN(value, n_value), READ_HERE(common.over), SELECTED,
             output(WORLD.loss, sizeof(REAL), sizeof(REAL)));
        break;
    case 31:
        if ((b & 3) == 3) {
            CALL(layer_key_query_recovery, CONST_OBJECT(WORLD.layer), IN(codes, n_maps), OUT(WORLD.key_query_recovered));
            break;
        }
        if (b & 1 && (shape->codes == TUTEE_CODES_FIXED || shape->codes == TUTEE_CODES_LEARNED)) {
            CALL(layer_codes_recovery, CONST_OBJECT(WORLD.layer), IN(codes, n_table), OUT(WORLD.codes_recovered));
            break;
        }
        (void)after_call("tutee_layer_selection_scratch",
                         tutee_layer_selection_scratch(READ(common.shape), OUT(common.size)));
        break;
    case 28: {
        /* Any shape at all: macro and function agree, or the function refuses. */
        for (unsigned i = 0; i < sizeof *common.shape / 4; i++) ((uint32_t *)common.shape)[i] = byte() % 5u;
        before_call();
        const tutee_layer_shape any = *common.shape;
        if (CALL(layer_words, READ(common.shape), OUT(common.size)) && *common.size != AT(W(TUTEE_LAYER_WORDS), &any))
            fail("function and macro differ", "layer_words", 0);
        *common.shape = *shape;
        break;
    }
    default: break;
    }
    free(copy);
    if (done) P(check_layer)();
}

#undef WORLD
#undef TAIL
#undef CALL
#undef NAME_OF
#undef NAME_OF_
#undef IN
#undef OUTPUT
#undef SETS
#undef SHOWN
#undef DRAWN
#undef SELECTED
