/* Steps by other rules than gradient descent, as functions.h has the rest of one precision. The rule is Adam, which keeps something. */
CALL(population_step_ruled, v[0].p, v[1].p, v[2].p, v[3].p, v[4].n, v[5].p, v[6].p, v[7].n)
CALL(samples_step_ruled, v[0].p, v[1].p, v[2].p, v[3].p, v[4].n, v[5].p)
CALL(online_step_ruled, v[0].p, v[1].p, v[2].p, v[3].p, v[4].p, v[5].n, v[6].p, v[7].p, v[8].n)
CALL(snapshot_bytes_ruled, v[0].p, v[1].p)
CALL(student_save_ruled, v[0].p, v[1].p, v[2].i, R(3), v[4].i, v[5].p, v[6].n, v[7].p, v[8].n)
CALL(student_save_ruled_to, v[0].p, v[1].p, v[2].i, R(3), v[4].i, v[5].p, v[6].n, v[7].p)
CALL(student_load_ruled, v[0].p, v[1].i, v[2].p, v[3].n, v[4].p, v[5].n, v[6].p)

/* Rules, and what Adam keeps, which a step replaces. */
static void P(ruled)(const struct P(memory) *m) {
    settings("rules", &m->rules, sizeof m->rules, P(ALIGN_rules));
    reals(INPUT, "kept", m->adam, sizeof m->adam, sizeof(REAL));
    now->parameters[now->count - 2].written = 1;
}

static void P(describe_ruled)(const struct P(memory) *m) {
    BEGIN(population_step_ruled, 1); P(new_student)(m); P(teacher)(m); P(ruled)(m); P(descent)(m);
    P(scratch)(m, AT(TUTEE_RULES_SCRATCH));
    BEGIN(samples_step_ruled, 1); P(new_student)(m); P(new_sampler)(m); P(ruled)(m); P(descent)(m);
    BEGIN(online_step_ruled, 1); P(new_student)(m); P(teacher)(m); P(source)(m); P(ruled)(m); P(descent)(m);
    P(scratch)(m, AT(TUTEE_ONLINE_SCRATCH));
    BEGIN(snapshot_bytes_ruled, 0); P(size)("bytes", m);
    BEGIN(student_save_ruled, 0); P(student)(m);
    settings("stream", &m->stream, sizeof m->stream, ALIGN_stream)->optional = 1; P(activation)();
    integer("rule", TUTEE_RULE_ADAM); reals(INPUT, "kept", m->adam, sizeof m->adam, sizeof(REAL));
    array(OUTPUT, "bytes", m->out_adam_snapshot, sizeof m->out_adam_snapshot, 1, 1, "n_bytes");
    BEGIN(student_save_ruled_to, 0); P(student)(m);
    settings("stream", &m->stream, sizeof m->stream, ALIGN_stream)->optional = 1; P(activation)();
    integer("rule", TUTEE_RULE_ADAM); reals(INPUT, "kept", m->adam, sizeof m->adam, sizeof(REAL)); P(sink)(m);
    BEGIN(student_load_ruled, 0); P(new_student)(m); integer("rule", TUTEE_RULE_ADAM);
    reals(OUTPUT, "kept", m->out_adam, sizeof m->out_adam, sizeof(REAL));
    array(INPUT, "bytes", m->adam_snapshot, sizeof m->adam_snapshot, 1, 1, "n_bytes")->length = ANY;
    output("stream", &m->out_stream, sizeof m->out_stream, ALIGN_stream)->optional = 1;
}

/* Fills the memory: what Adam keeps after a step of a student that is thrown away, and the student with it as a snapshot. */
static int P(fill_ruled)(struct P(memory) *m) {
    P(tutee_student) *student;
    P(tutee_teacher) *teacher = (P(tutee_teacher) *)m->teacher;
    m->rules.theta = (REAL)0.125;
    m->rules.attention = TUTEE_RULE_ADAM;
    m->rules.value = TUTEE_VALUE_DESCENT;
    memset(m->adam, 0, sizeof m->adam);
    MUST(P(tutee_student_init)(m->place, AT(W(TUTEE_STUDENT_WORDS)), &m->shape, &student));
    MUST(P(tutee_population_step_ruled)(student, teacher, &m->rules, m->adam, AT(TUTEE_RULES_KEPT), &m->descent, m->scratch,
                                        AT(TUTEE_RULES_SCRATCH)));
    MUST(P(tutee_population_step_ruled)(student, teacher, &m->rules, m->adam, AT(TUTEE_RULES_KEPT), &m->descent, m->scratch,
                                        AT(TUTEE_RULES_SCRATCH)));
    MUST(P(tutee_student_save_ruled)(student, &m->stream, TUTEE_NO_ACTIVATION, 0, TUTEE_RULE_ADAM, m->adam,
                                     AT(TUTEE_RULES_KEPT), m->adam_snapshot, sizeof m->adam_snapshot));
    memset(m->place, POISON, sizeof m->place);
    memset(m->scratch, POISON, sizeof m->scratch);
    return 1;
}
