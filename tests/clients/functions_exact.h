/* Exact trainings of a group's label and of selection, and codes beside others, as functions.h has the rest of one precision; goes on from functions_layer.h. */
CALL(layer_codes_recovery, v[0].p, v[1].p, v[2].n, v[3].p)
CALL(layer_key_query_recovery, v[0].p, v[1].p, v[2].n, v[3].p)
CALL(label_step, v[0].p, v[1].p, v[2].p, v[3].n, v[4].p, v[5].p, v[6].n)
CALL(label_run, v[0].p, v[1].p, v[2].p, v[3].n, v[4].p, v[5].p, v[6].p, v[7].p, v[8].n, v[9].p)
CALL(label_loss, v[0].p, v[1].p, v[2].p, v[3].n, v[4].p, v[5].n, v[6].p)
CALL(layer_selection_step, v[0].p, v[1].p, v[2].n, v[3].p, v[4].p, v[5].p, v[6].n, v[7].p, v[8].n)
CALL(layer_selection_loss, v[0].p, v[1].p, v[2].n, v[3].p, v[4].p, v[5].n, v[6].p, v[7].n, v[8].p)

static void P(labelled_by_group)(const struct P(memory) *m, int written) {
    object("student", m->classifier, sizeof m->classifier, STUDENT, written);
    settings("label", &m->label, sizeof m->label, P(ALIGN_group_label));
    reals(INPUT, "direction", m->direction, sizeof m->direction, sizeof(REAL));
}
static void P(selecting)(const struct P(memory) *m, int written) {
    object("layer", m->exact_layer, sizeof m->exact_layer, LAYERS, written);
    reals(INPUT, "value", m->value, sizeof m->value, sizeof(REAL));
    settings("over", &m->over, sizeof m->over, ALIGN_sets)->written = written;
}
static void P(set_and_scratch)(const struct P(memory) *m) {
    array(WORKING, "set", m->drawn_set, SET, sizeof(uint32_t), ALIGN_token, "n_set")->length = ANY;
    P(scratch_at)(m->exact_scratch, SETS(TUTEE_LAYER_SELECTION_SCRATCH));
}

static void P(describe_exact)(const struct P(memory) *m) {
    BEGIN(layer_codes_recovery, 1); P(set_layer)(m, 0);
    reals(INPUT, "others", m->codes, TOKENS * CODE * sizeof(REAL), sizeof(REAL));
    output("recovered", &m->out_codes_recovered, sizeof m->out_codes_recovered, P(ALIGN_codes_recovered));
    BEGIN(layer_key_query_recovery, 1); P(set_layer)(m, 0);
    reals(INPUT, "teacher", m->codes, (FEATURES + CODE) * CODE * sizeof(REAL), sizeof(REAL));
    output("recovered", &m->out_key_query_recovered, sizeof m->out_key_query_recovered, P(ALIGN_key_query_recovered));
    BEGIN(label_step, 1); P(labelled_by_group)(m, 1); P(descent)(m); P(scratch)(m, AT_ONE(TUTEE_LABEL_SCRATCH));
    BEGIN(label_run, 1); P(labelled_by_group)(m, 1); P(descent)(m); P(run)(m, AT_ONE(TUTEE_LABEL_SCRATCH));
    BEGIN(label_loss, 1); P(labelled_by_group)(m, 0); P(scratch)(m, AT_ONE(TUTEE_LABEL_SCRATCH));
    output("mean_loss", &m->out_real, sizeof(REAL), P(ALIGN_real));
    BEGIN(layer_selection_step, 1); P(selecting)(m, 1); P(descent)(m); P(set_and_scratch)(m);
    BEGIN(layer_selection_loss, 1); P(selecting)(m, 0); P(set_and_scratch)(m);
    output("excess_loss", &m->out_real, sizeof(REAL), P(ALIGN_real));
}

/* Fills the memory: a classifier and a layer that sets ask, both after steps. */
static int P(fill_exact)(struct P(memory) *m) {
    const tutee_shape shape = {1, FEATURES, TOKENS, OUTPUTS};
    P(tutee_layer_settings) of_layer;
    P(tutee_student) *student;
    P(tutee_layer) *layer;
    int i;
    m->label.deviation = (REAL)0.75;
    m->label.flips = (REAL)0.125;
    m->label.group = 1;
    m->over.seed = 5;
    m->over.index = 7;
    m->over.count = 5;
    MUST(P(tutee_student_init)(m->classifier, AT_ONE(W(TUTEE_STUDENT_WORDS)), &shape, &student));
    MUST(P(tutee_layer_init)(m->exact_layer, SETS(W(TUTEE_LAYER_WORDS)), &m->set_shape, &layer));
    MUST(P(tutee_layer_default)(&m->set_shape, &of_layer));
    of_layer.trained = TUTEE_TRAIN_VALUE_CONTENT + TUTEE_TRAIN_POSITION_POSITION;
    MUST(P(tutee_layer_configure)(layer, &of_layer));
    MUST(P(tutee_layer_codes)(&m->set_shape, TUTEE_CODE_SINE, 0, m->scratch, TOKENS * CODE));
    MUST(P(tutee_layer_set)(layer, TUTEE_CODES, m->scratch, TOKENS * CODE));
    for (i = 0; i < 3; i++) {
        MUST(P(tutee_label_step)(student, &m->label, m->direction, FEATURES, &m->descent, m->scratch,
                                 AT_ONE(TUTEE_LABEL_SCRATCH)));
        MUST(P(tutee_layer_selection_step)(layer, m->value, AT(TUTEE_VALUE_LEN), &m->over, &m->descent, m->drawn_set, SET,
                                           m->exact_scratch, SETS(TUTEE_LAYER_SELECTION_SCRATCH)));
    }
    if (m->over.index != 22) return 0;
    memset(m->scratch, POISON, sizeof m->scratch);
    memset(m->exact_scratch, POISON, sizeof m->exact_scratch);
    memset(m->drawn_set, POISON, sizeof m->drawn_set);
    return 1;
}
