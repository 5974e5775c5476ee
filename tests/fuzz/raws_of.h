/* The world and the calls of one precision; raws.c includes it twice. */

static struct P(world) {
    const tutee_shape *shape;
    uint64_t *raw, *whitener;
    /* What the student is given beside the readings. */
    int32_t preparation;
    /* Arrays of a call end where their block ends. */
    REAL *x, *y, *first, *second, *third, *scale;
    P(tutee_link) *links;
    P(tutee_sure_link) *sure;
    P(tutee_raw_descent) *descent;
    P(tutee_raw_stepped) *stepped;
    P(tutee_raw_diagnosis) *diagnosis;
    P(tutee_raw_fit) *fit;
    P(tutee_raw_spread) *strayed;
    P(tutee_whitened) *whitened;
} P(world);

#define WORLD P(world)
#define TAIL(array, n) (WORLD.array + (ELEMENTS - (n)))
#define NAME_OF_(name) #name
#define NAME_OF(name) NAME_OF_(name)
#define CALL(name, ...) after_call("tutee_" NAME_OF(P(name)), P(tutee_##name)(__VA_ARGS__))
#define IN(array, n) pointer(TAIL(array, n), (n) * sizeof(REAL), sizeof(REAL), ELSEWHERE), length(n, LONGER)
#define OUTPUT(array, n) output(TAIL(array, n), (n) * sizeof(REAL), sizeof(REAL)), length(n, LONGER)

static void P(make_world)(const tutee_shape *shape) {
    P(tutee_raw) *raw;
    P(tutee_whitener) *whitener;
    WORLD.shape = shape;
    WORLD.raw = block("raw", 8 * WORDS);
    WORLD.whitener = block("whitener", 8 * WORDS);
    WORLD.whitened = block("whitened", sizeof *WORLD.whitened);
    REAL **const arrays[] = {&WORLD.x, &WORLD.y, &WORLD.first, &WORLD.second, &WORLD.third};
    for (unsigned i = 0; i < sizeof arrays / sizeof *arrays; i++) *arrays[i] = block("array", ELEMENTS * sizeof(REAL));
    WORLD.scale = block("scale", sizeof *WORLD.scale);
    WORLD.links = block("links", ELEMENTS * sizeof *WORLD.links);
    WORLD.sure = block("sure", ELEMENTS * sizeof *WORLD.sure);
    WORLD.descent = block("descent", sizeof *WORLD.descent);
    WORLD.stepped = block("stepped", sizeof *WORLD.stepped);
    WORLD.diagnosis = block("diagnosis", sizeof *WORLD.diagnosis);
    WORLD.fit = block("fit", sizeof *WORLD.fit);
    WORLD.strayed = block("strayed", sizeof *WORLD.strayed);
    if (P(tutee_raw_descent_default)(WORLD.descent) ||
        P(tutee_raw_init)(WORLD.raw, WORDS, shape, ALL_OF_THEM, TUTEE_IDENTITY, 0, &raw) ||
        P(tutee_whitener_init)(WORLD.whitener, WORDS, shape, &whitener))
        fail("the first objects", "refused", 0);
    WORLD.preparation = ALL_OF_THEM;
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

static void P(choose_descent)(uint8_t b) {
    if (P(tutee_raw_descent_default)(WORLD.descent)) fail("the usual settings", "refused", 0);
    if (b & 1) WORLD.descent->value_share = P(number)();
    if (b & 2) WORLD.descent->attention_share = P(number)();
    if (b & 4) WORLD.descent->row_limit = P(number)();
    if (b & 8) WORLD.descent->loss_limit = P(number)() + 2;
    if (b & 16) WORLD.descent->compensated = b / 32;
}

/* What a student has learned of whom is a number. */
static void P(check_raw)(void) {
    P(tutee_link) links[ELEMENTS];
    const size_t all = WORLD.shape->tokens * WORLD.shape->outputs;
    const tutee_status status = P(tutee_raw_links)((P(tutee_raw) *)WORLD.raw, links, all);
    if (status == TUTEE_ERROR_BATCH) return;
    if (status) fail("links", "unreadable", status);
    for (size_t i = 0; i < all; i++) {
        if (!isfinite(links[i].weight)) fail("a link", "not finite", (long)i);
        if (i && fabs((double)links[i].weight) > fabs((double)links[i - 1].weight)) fail("a link", "out of order", (long)i);
    }
}

/* What is known of readings is finite, and no scale negative. */
static void P(check_known)(uint64_t *raw) {
    const tutee_shape *s = WORLD.shape;
    REAL mean[ELEMENTS], scale[ELEMENTS], answer_mean[ELEMENTS], answer_scale;
    const size_t n_in = s->tokens * s->features, n_out = s->outputs * s->filters;
    const tutee_status status = P(tutee_raw_moments)((P(tutee_raw) *)raw, mean, n_in, scale, s->features, answer_mean, n_out, &answer_scale);
    if (status) fail("moments", "unreadable", status);
    for (size_t i = 0; i < n_in; i++) if (!isfinite(mean[i])) fail("a mean", "not finite", (long)i);
    for (size_t i = 0; i < n_out; i++) if (!isfinite(answer_mean[i])) fail("a mean of answers", "not finite", (long)i);
    for (size_t i = 0; i < s->features; i++) if (!(isfinite(scale[i]) && scale[i] >= 0)) fail("a scale", "is none", (long)i);
    if (!(isfinite(answer_scale) && answer_scale >= 0)) fail("a scale of answers", "is none", 0);
}

static void P(call)(unsigned which) {
    const uint8_t b = byte();
    if (which == 19) {
        judge(b % (LOOKS + 1u), byte());
        return;
    }
    const tutee_shape *s = WORLD.shape;
    const size_t count = b % 3u, n_x = count * s->tokens * s->features, n_y = count * s->outputs * s->filters;
    const size_t n_in = s->tokens * s->features, n_out = s->outputs * s->filters, n_mixing = s->outputs * s->tokens;
    const size_t n_bytes = W(TUTEE_RAW_SNAPSHOT_BYTES)(s->filters, s->features, s->tokens, s->outputs, WORLD.preparation);
    uint8_t *const bytes = common.bytes + (SNAPSHOT - n_bytes);
    const size_t n_white = W(TUTEE_WHITENER_SNAPSHOT_BYTES)(s->filters, s->features, s->tokens, s->outputs);
    uint8_t *const white_bytes = common.bytes + (SNAPSHOT - n_white);
    int done = 0;
    switch (which) {
    case 22: case 25: P(fill)(TAIL(x, n_x), n_x); break;
    case 26:
        P(fill)(TAIL(first, s->filters * (size_t)s->features), s->filters * (size_t)s->features);
        P(fill)(TAIL(second, n_out), n_out);
        P(fill)(TAIL(y, n_mixing), n_mixing);
        break;
    case 29: if (b & 8) white_bytes[b * 7u % n_white] ^= (uint8_t)(b | 1); break;
    case 2: case 5: case 9: case 10: case 20:
        P(fill)(TAIL(x, n_x), n_x);
        P(fill)(TAIL(y, n_y), n_y);
        break;
    case 7: P(choose_descent)(b); break;
    case 18:
        P(fill)(TAIL(x, b / 64u % 3u * n_mixing), b / 64u % 3u * n_mixing);
        P(fill)(TAIL(y, n_mixing), n_mixing);
        break;
    case 16: if (b & 8) bytes[b * 7u % n_bytes] ^= (uint8_t)(b | 1); break;
    default: break;
    }
    uint64_t *const copy = malloc(8 * WORDS);
    if (!copy) fail("no memory", "copy", 0);
    memcpy(copy, WORLD.raw, 8 * WORDS);
    before_call();
    switch (which) {
    case 0: CALL(raw_words, READ(common.shape), listed(b % 8), OUT(common.size)); break;
    case 1:
        done = CALL(raw_init, output(WORLD.raw, 8 * WORDS, 8), length(WORDS, SHORTER), READ(common.shape), listed(b % 8),
                    listed(b / 8 % 3), (REAL)0.25, (P(tutee_raw) **)output(common.place, sizeof(void *), sizeof(void *)));
        if (done) WORLD.preparation = b % 8;
        break;
    case 2: done = CALL(raw_observe, object(WORLD.raw, ON_SUCCESS), count, IN(x, n_x), IN(y, n_y)); break;
    case 3:
        CALL(raw_moments, UNCHANGED(WORLD.raw), OUTPUT(first, n_in), OUTPUT(second, (size_t)s->features), OUTPUT(third, n_out),
             output(WORLD.scale, sizeof(REAL), sizeof(REAL)));
        /* A copy forgets, and looks at what it is given. */
        before_fixed_call();
        if (!CALL(raw_forget, (P(tutee_raw) *)copy, b % 8)) fail("raw_forget", "refused", 0);
        if (P(tutee_raw_observe)((P(tutee_raw) *)copy, count, TAIL(x, n_x), n_x, TAIL(y, n_y), n_y) == TUTEE_OK)
            P(check_known)(copy);
        break;
    case 4: done = CALL(raw_begin, object(WORLD.raw, ON_SUCCESS)); break;
    case 5:
        done = CALL(raw_accumulate, object(WORLD.raw, ON_SUCCESS), count, IN(x, n_x), IN(y, n_y));
        if (!done) break;
        /* The batch is that of as many pairs more than before, in a copy. */
        before_fixed_call();
        if (!CALL(raw_merge, (P(tutee_raw) *)copy, (P(tutee_raw) *)WORLD.raw)) fail("raw_merge", "a copy", 0);
        break;
    case 6: CALL(raw_descent_default, OUT(WORLD.descent)); break;
    case 7: {
        /* One that runs away goes back to an earlier student; whatever else is refused changes nothing. */
        const tutee_status status = P(tutee_raw_step)(object(WORLD.raw, UNLESS_OVERLAP), READ(WORLD.descent), OUT(WORLD.stepped));
        if (status && status != TUTEE_ERROR_DIVERGED && memcmp(copy, WORLD.raw, 8 * WORDS) != 0)
            fail("raw_step", "refused, but changed its object", status);
        done = after_call("tutee_" NAME_OF(P(raw_step)), status);
        if (done) {
            P(tutee_raw_stepped) again;
            if (P(tutee_raw_step)((P(tutee_raw) *)copy, WORLD.descent, &again) != TUTEE_OK ||
                memcmp(copy, WORLD.raw, 8 * WORDS) != 0)
                fail("raw_step", "other bits in another place", 0);
            if (!isfinite(again.value_rate) || !isfinite(again.attention_rate)) fail("raw_step", "a rate is not finite", 0);
        }
        break;
    }
    case 8: CALL(raw_diagnose, UNCHANGED(WORLD.raw), OUT(WORLD.diagnosis)); break;
    case 9:
        CALL(raw_loss, object(WORLD.raw, UNLESS_OVERLAP), count, IN(x, n_x), IN(y, n_y), OUT(WORLD.fit));
        break;
    case 10: CALL(raw_predict, object(WORLD.raw, ON_SUCCESS), count, IN(x, n_x), OUTPUT(first, n_y)); break;
    case 11:
        CALL(raw_explain, UNCHANGED(WORLD.raw), OUTPUT(first, s->filters * (size_t)s->features), OUTPUT(second, n_out),
             OUTPUT(third, n_mixing));
        break;
    case 12: {
        const size_t n_links = b % n_mixing + 1u;
        P(tutee_link) *const links = WORLD.links + (ELEMENTS - n_links);
        CALL(raw_links, UNCHANGED(WORLD.raw), output(links, n_links * sizeof *links, sizeof(REAL)), length(n_links, LONGER));
        break;
    }
    case 13: {
        /* Any shape at all: macro and function agree, or the function refuses. */
        for (unsigned i = 0; i < sizeof *common.shape / 4; i++) ((uint32_t *)common.shape)[i] = byte() % 5u;
        before_call();
        const tutee_shape any = *common.shape;
        if (CALL(raw_words, READ(common.shape), b % 8, OUT(common.size)) &&
            *common.size != W(TUTEE_RAW_WORDS)(any.filters, any.features, any.tokens, any.outputs, b % 8))
            fail("function and macro differ", "raw_words", 0);
        *common.shape = *s;
        break;
    }
    case 20:
        if (CALL(raw_strayed, UNCHANGED(WORLD.raw), count, IN(x, n_x), IN(y, n_y), OUT(WORLD.strayed)) &&
            !(WORLD.strayed->input >= 0 && isfinite(WORLD.strayed->input) && isfinite(WORLD.strayed->answer) &&
              WORLD.strayed->token < s->tokens && WORLD.strayed->feature < s->features && WORLD.strayed->output < s->outputs &&
              WORLD.strayed->filter < s->filters))
            fail("strayed", "is no number of a sensor", 0);
        break;
    case 18: {
        const size_t n_sure = b % n_mixing + 1u, n_parts = b / 64u % 3u * n_mixing;
        P(tutee_sure_link) *const sure = WORLD.sure + (ELEMENTS - n_sure);
        if (!CALL(mixing_links, READ(common.shape), IN(y, n_mixing),
                  pointer(TAIL(x, n_parts), n_parts * sizeof(REAL), sizeof(REAL), ELSEWHERE), length(n_parts, LONGER), output(sure, n_sure * sizeof *sure, sizeof(REAL)), length(n_sure, LONGER), OUT(common.size)))
            break;
        for (size_t i = 0; i < n_sure && i < *common.size; i++)
            if (sure[i].output >= s->outputs || sure[i].token >= s->tokens || sure[i].found > sure[i].parts || sure[i].parts != b / 64u % 3u)
                fail("a sure link", "out of range", (long)i);
        break;
    }
    case 14:
        if (CALL(raw_snapshot_bytes, READ(common.shape), listed(b % 8), OUT(common.size)) &&
            *common.size != W(TUTEE_RAW_SNAPSHOT_BYTES)(s->filters, s->features, s->tokens, s->outputs, b % 8))
            fail("function and macro differ", "raw_snapshot_bytes", 0);
        break;
    case 15:
        if (!CALL(raw_save, UNCHANGED(WORLD.raw), output(bytes, n_bytes, 1), length(n_bytes, LONGER)) || is_spoiled()) break;
        before_fixed_call();
        if (!CALL(raw_save_to, (P(tutee_raw) *)WORLD.raw, keeping())) fail("raw_save_to", "what was saved", 0);
        kept_is(bytes, n_bytes, "raw_save_to");
        break;
    case 16:
        done = CALL(raw_load, object(WORLD.raw, ON_SUCCESS), pointer(bytes, n_bytes, 1, ELSEWHERE), length(n_bytes, SHORTER));
        if (done) {
            uint8_t again[SNAPSHOT];
            const tutee_status status = P(tutee_raw_save)((P(tutee_raw) *)WORLD.raw, again, n_bytes);
            if (status || memcmp(again, bytes, n_bytes) != 0) fail("saved again, it is another snapshot", "raw_load", status);
        }
        break;
    case 17: {
        const tutee_status status = tutee_raw_inspect(pointer(bytes, n_bytes, 1, ELSEWHERE), length(n_bytes, SHORTER), OUT(common.info));
        if (!after_call("tutee_raw_inspect", status)) break;
        /* Of whichever precision and preparation was saved last. */
        const tutee_raw_info *const info = common.info;
        const size_t said = info->scalar_bits == 32
            ? TUTEE_RAW_SNAPSHOT_BYTES_F32(s->filters, s->features, s->tokens, s->outputs, info->preparation)
            : TUTEE_RAW_SNAPSHOT_BYTES_F64(s->filters, s->features, s->tokens, s->outputs, info->preparation);
        if (memcmp(&info->shape, s, sizeof *s) != 0 || said != n_bytes) fail("inspected, it is of something else", "raw_inspect", 0);
        break;
    }
    case 21:
        CALL(whitener_init, output(WORLD.whitener, 8 * WORDS, 8), length(WORDS, SHORTER), READ(common.shape),
             (P(tutee_whitener) **)output(common.place, sizeof(void *), sizeof(void *)));
        break;
    case 22: CALL(whitener_observe, object(WORLD.whitener, ON_SUCCESS), listed(b / 4 % 3), count, IN(x, n_x)); break;
    case 23: CALL(whitener_settle, object(WORLD.whitener, ON_SUCCESS)); break;
    case 24:
        if (CALL(whitener_condition, UNCHANGED(WORLD.whitener), OUT(WORLD.whitened)) &&
            !(WORLD.whitened->left_out < s->features && isfinite(WORLD.whitened->condition) &&
              (WORLD.whitened->condition == 0 || WORLD.whitened->condition >= 1)))
            fail("a condition", "out of range", 0);
        before_call();
        CALL(whitener_matrix, UNCHANGED(WORLD.whitener), OUTPUT(first, n_in), OUTPUT(second, s->features * (size_t)s->features));
        break;
    case 25: CALL(whitener_whiten, UNCHANGED(WORLD.whitener), count, IN(x, n_x), OUTPUT(first, n_x)); break;
    case 26:
        CALL(whitener_restore, object(WORLD.whitener, ON_SUCCESS), OUTPUT(first, s->filters * (size_t)s->features),
             OUTPUT(second, n_out), IN(y, n_mixing));
        break;
    case 27: {
        for (unsigned i = 0; i < sizeof *common.shape / 4; i++) ((uint32_t *)common.shape)[i] = byte() % 5u;
        before_call();
        const tutee_shape any = *common.shape;
        if (CALL(whitener_words, READ(common.shape), OUT(common.size)) &&
            *common.size != W(TUTEE_WHITENER_WORDS)(any.filters, any.features, any.tokens, any.outputs))
            fail("function and macro differ", "whitener_words", 0);
        before_call();
        if (CALL(whitener_snapshot_bytes, READ(common.shape), OUT(common.size)) &&
            *common.size != W(TUTEE_WHITENER_SNAPSHOT_BYTES)(any.filters, any.features, any.tokens, any.outputs))
            fail("function and macro differ", "whitener_snapshot_bytes", 0);
        *common.shape = *s;
        break;
    }
    case 28:
        if (!CALL(whitener_save, UNCHANGED(WORLD.whitener), output(white_bytes, n_white, 1), length(n_white, LONGER)) || is_spoiled())
            break;
        before_fixed_call();
        if (!CALL(whitener_save_to, (P(tutee_whitener) *)WORLD.whitener, keeping())) fail("whitener_save_to", "what was saved", 0);
        kept_is(white_bytes, n_white, "whitener_save_to");
        break;
    case 29:
        if (CALL(whitener_load, object(WORLD.whitener, ON_SUCCESS), pointer(white_bytes, n_white, 1, ELSEWHERE), length(n_white, SHORTER))) {
            uint8_t again[SNAPSHOT];
            const tutee_status status = P(tutee_whitener_save)((P(tutee_whitener) *)WORLD.whitener, again, n_white);
            if (status || memcmp(again, white_bytes, n_white) != 0) fail("saved again, it is another snapshot", "whitener_load", status);
        }
        break;
    default: break;
    }
    free(copy);
    if (done) P(check_raw)();
}

#undef WORLD
#undef TAIL
#undef CALL
#undef NAME_OF
#undef NAME_OF_
#undef IN
#undef OUTPUT
