/* What numbers of an exact training of a label or of selection can be wrong, for one precision; goes on from sweep_layers.h. */
static void P(exact)(struct P(memory) *m) {
    static const char *const labelled[] = {NAME(label_step), NAME(label_run), NAME(label_loss)};
    static const char *const selecting[] = {NAME(layer_selection_step), NAME(layer_selection_loss)};
    size_t k;
    NOT_NEGATIVE(labelled, m->label.deviation);
    NOT_NEGATIVE(labelled, m->label.flips);
    EACH(labelled, m->label.deviation = 0, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(labelled, m->label.flips = (REAL)1.125, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(labelled, m->label.group = TOKENS, TUTEE_ERROR_INDEX);
    EACH(labelled, m->label.group = UINT32_MAX, TUTEE_ERROR_INDEX);
    EACH(labelled, memset(m->direction, 0, sizeof m->direction), TUTEE_ERROR_OUT_OF_RANGE);
    /* Two filters. */
    EACH(labelled, ARG(student)->p = m->student, TUTEE_ERROR_OUT_OF_RANGE);
    IN(NAME(layer_codes_recovery), ARG(layer)->p = m->layer, TUTEE_ERROR_OUT_OF_RANGE);
    /* W_KQ with as many entries as the layer's alone. */
    IN(NAME(layer_key_query_recovery), ARG(layer)->p = m->layer, TUTEE_ERROR_LENGTH);
    /* A layer of another form, and one of which other blocks train. */
    EACH(selecting, ARG(layer)->p = m->layer, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(selecting, ARG(layer)->p = m->set_layer, TUTEE_ERROR_OUT_OF_RANGE);
    /* Sets without a token, and larger ones than there are tokens. */
    EACH(selecting, ARG(n_set)->n = 0, TUTEE_ERROR_OUT_OF_RANGE);
    EACH(selecting, ARG(n_set)->n = TOKENS + 1, TUTEE_ERROR_OUT_OF_RANGE);
    IN(NAME(layer_selection_step), m->descent.value_rate = (REAL)1e30, TUTEE_ERROR_DIVERGED);
    IN(NAME(layer_selection_step), m->descent.compensated = 2, TUTEE_ERROR_ENUM);
    IN(NAME(layer_selection_step), m->descent.attention_rate = -1, TUTEE_ERROR_OUT_OF_RANGE);
    for (k = 0; k < COUNT_OF(selecting); k++) {
        spoil(selecting[k]);
        m->over.count = 0;
        accepted("all sets");
    }
}
