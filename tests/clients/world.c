#include "world.h"

#include <stdlib.h>
#include <string.h>

struct world world;
struct call calls[CALLS_MAX];
int calls_count;
unsigned callback_calls;

/* What is put back. */
static struct world kept;

#define OBJECT_OF(name, kind, bits, outputs) \
    {world.f##bits.name, sizeof world.f##bits.name, kind, bits, outputs}
#define OBJECTS_OF(bits) \
    OBJECT_OF(teacher, TEACHER, bits, OUTPUTS), OBJECT_OF(few_teacher, TEACHER, bits, FEW), \
    OBJECT_OF(student, STUDENT, bits, OUTPUTS), OBJECT_OF(few_student, STUDENT, bits, FEW), \
    OBJECT_OF(sampler, SAMPLER, bits, OUTPUTS), OBJECT_OF(few_sampler, SAMPLER, bits, FEW), \
    OBJECT_OF(layer, LAYERS, bits, OUTPUTS), OBJECT_OF(set_layer, LAYERS, bits, OUTPUTS), \
    OBJECT_OF(classifier, STUDENT, bits, OUTPUTS), OBJECT_OF(exact_layer, LAYERS, bits, OUTPUTS), \
    OBJECT_OF(raw, RAWS, bits, OUTPUTS), OBJECT_OF(whitener, WHITENERS, bits, OUTPUTS)
const struct object objects[OBJECTS] = {OBJECTS_OF(32), OBJECTS_OF(64)};

/* C99 knows no _Alignof. */
#define ALIGNMENT(name, type) \
    struct align_of_##name { char first; type second; }; \
    enum { ALIGN_##name = offsetof(struct align_of_##name, second) };
#define ALIGNMENTS(name, bits) ALIGNMENT(name##_##bits, tutee_##name##_##bits)
#define ALIGNMENTS_OF(bits) \
    ALIGNMENTS(descent, bits) ALIGNMENTS(stop, bits) ALIGNMENTS(source, bits) ALIGNMENTS(observer, bits) \
    ALIGNMENTS(result, bits) ALIGNMENTS(progress, bits) ALIGNMENTS(recovery, bits) ALIGNMENTS(layer_settings, bits) \
    ALIGNMENTS(labels, bits) ALIGNMENTS(recovered, bits) ALIGNMENTS(raw_descent, bits) ALIGNMENTS(raw_stepped, bits) \
    ALIGNMENTS(raw_diagnosis, bits) ALIGNMENTS(raw_fit, bits) ALIGNMENTS(raw_spread, bits) ALIGNMENTS(link, bits) ALIGNMENTS(sure_link, bits) \
    ALIGNMENTS(rules, bits) ALIGNMENTS(group_label, bits) ALIGNMENTS(codes_recovered, bits) ALIGNMENTS(key_query_recovered, bits) \
    ALIGNMENTS(whitened, bits)
ALIGNMENT(shape, tutee_shape)
ALIGNMENT(stream, tutee_stream)
ALIGNMENT(info, tutee_snapshot_info)
ALIGNMENT(layer_shape, tutee_layer_shape)
ALIGNMENT(sets, tutee_sets)
ALIGNMENT(layer_info, tutee_layer_info)
ALIGNMENT(raw_info, tutee_raw_info)
ALIGNMENT(point, tutee_curve_point)
ALIGNMENT(known, tutee_known)
ALIGNMENT(judgement, tutee_judgement)
ALIGNMENT(token, uint32_t)
ALIGNMENT(slots, tutee_slots)
ALIGNMENT(sink, tutee_sink)
ALIGNMENT(word, uint64_t)
ALIGNMENT(size, size_t)
ALIGNMENT(pointer, void *)
ALIGNMENT(real_f32, float)
ALIGNMENT(real_f64, double)
ALIGNMENTS_OF(f32)
ALIGNMENTS_OF(f64)

/* The call that is being described. */
static struct call *now;

static void begin(const char *name, tutee_status (*make)(const union value *), int computes) {
    if (calls_count == CALLS_MAX) abort();
    now = &calls[calls_count++];
    now->name = name;
    now->make = make;
    now->computes = computes;
}

static struct parameter *add(const char *name, enum role role) {
    struct parameter *parameter = &now->parameters[now->count++];
    if (now->count > PARAMETERS_MAX) abort();
    parameter->name = name;
    parameter->role = role;
    return parameter;
}

static struct parameter *pointer(const char *name, enum role role, const void *p, size_t bytes, size_t align) {
    struct parameter *parameter = add(name, role);
    /* Nobody writes through a pointer to the world's constants: it has none. */
    parameter->legal.p = (char *)&world + ((const char *)p - (const char *)&world);
    parameter->bytes = bytes;
    parameter->align = align;
    parameter->written = role == OUTPUT || role == WORKING || role == PLACE;
    return parameter;
}

static union value *number(const char *name) { return &add(name, NUMBER)->legal; }

static void integer(const char *name, int32_t legal) { number(name)->i = legal; }

static struct parameter *settings(const char *name, const void *p, size_t bytes, size_t align) {
    return pointer(name, SETTINGS, p, bytes, align);
}

static struct parameter *output(const char *name, const void *p, size_t bytes, size_t align) {
    return pointer(name, OUTPUT, p, bytes, align);
}

static void object(const char *name, const void *p, size_t bytes, enum kind kind, int written) {
    struct parameter *parameter = pointer(name, OBJECT, p, bytes, ALIGN_word);
    parameter->kind = kind;
    parameter->written = written;
}

/* An array and its number of elements; returns the array. */
static struct parameter *array(enum role role, const char *name, const void *p, size_t n, size_t element, size_t align,
                               const char *count) {
    struct parameter *parameter = pointer(name, role, p, n * element, align);
    parameter->length = role == WORKING || role == PLACE ? AT_LEAST : EXACT;
    add(count, COUNT)->legal.n = n;
    return parameter;
}

static void reals(enum role role, const char *name, const void *p, size_t bytes, size_t real) {
    array(role, name, p, bytes / real, real, real == sizeof(float) ? ALIGN_real_f32 : ALIGN_real_f64, "its n_")->real =
        real;
}

/* Takes a snapshot, and leaves it. */
static int32_t take_bytes(void *user, const uint8_t *bytes, size_t n_bytes) {
    (void)bytes;
    ++*(unsigned *)user;
    return n_bytes == 0;
}

#define REAL float
#define P(name) name##_f32
#define W(name) name##_F32
#define BITS "_f32"
#include "functions.h"
#include "functions_ruled.h"
#include "functions_layer.h"
#include "functions_exact.h"
#include "functions_raw.h"
#undef REAL
#undef P
#undef W
#undef BITS
#define REAL double
#define P(name) name##_f64
#define W(name) name##_F64
#define BITS "_f64"
#include "functions.h"
#include "functions_ruled.h"
#include "functions_layer.h"
#include "functions_exact.h"
#include "functions_raw.h"
#undef REAL
#undef P
#undef W
#undef BITS

#define ONCE(name, ...) \
    static tutee_status call_##name(const union value *v) { return tutee_##name(__VA_ARGS__); }
ONCE(population_scratch, v[0].p, v[1].p)
ONCE(online_scratch, v[0].p, v[1].p)
ONCE(online_scratch_wide, v[0].p, v[1].p)
ONCE(predict_scratch, v[0].p, v[1].p)
ONCE(rules_scratch, v[0].p, v[1].p)
ONCE(rules_kept, v[0].p, v[1].p)
ONCE(student_block_len, v[0].p, v[1].i, v[2].p)
ONCE(snapshot_inspect, v[0].p, v[1].n, v[2].p)
ONCE(layer_block_len, v[0].p, v[1].i, v[2].p)
ONCE(layer_online_scratch, v[0].p, v[1].p)
ONCE(label_scratch, v[0].p, v[1].p)
ONCE(layer_selection_scratch, v[0].p, v[1].p)
ONCE(layer_inspect, v[0].p, v[1].n, v[2].p)
ONCE(raw_inspect, v[0].p, v[1].n, v[2].p)
ONCE(curve_judge, v[0].p, v[1].n, v[2].p, v[3].p)
ONCE(slots_inspect, v[0].p, v[1].n, v[2].p, v[3].n, v[4].p)
ONCE(slot_seal, v[0].p, v[1].n, v[2].u)

/* The functions that exist once, for both precisions. */
static void describe_common(void) {
    struct memory_f64 *m = &world.f64;
    begin("tutee_abi_version", NULL, 0);
    begin("tutee_version", NULL, 0);
    begin("tutee_status_message", NULL, 0);
    begin("tutee_float_environment", NULL, 0);
    begin("tutee_self_test", NULL, 0);
    begin("tutee_population_scratch", call_population_scratch, 0);
    size_f64("elements", m);
    begin("tutee_online_scratch", call_online_scratch, 0);
    size_f64("elements", m);
    begin("tutee_online_scratch_wide", call_online_scratch_wide, 0);
    size_f64("elements", m);
    begin("tutee_predict_scratch", call_predict_scratch, 0);
    size_f64("elements", m);
    begin("tutee_rules_scratch", call_rules_scratch, 0);
    size_f64("elements", m);
    begin("tutee_rules_kept", call_rules_kept, 0);
    size_f64("elements", m);
    begin("tutee_student_block_len", call_student_block_len, 0);
    settings("shape", &m->shape, sizeof m->shape, ALIGN_shape);
    integer("block", TUTEE_ATTENTION);
    output("elements", &m->out_size, sizeof m->out_size, ALIGN_size);
    begin("tutee_snapshot_inspect", call_snapshot_inspect, 0);
    array(INPUT, "bytes", m->snapshot, sizeof m->snapshot, 1, 1, "n_bytes")->length = ANY;
    output("info", &m->out_info, sizeof m->out_info, ALIGN_info);
    begin("tutee_layer_block_len", call_layer_block_len, 0);
    settings("shape", &m->set_shape, sizeof m->set_shape, ALIGN_layer_shape);
    integer("block", TUTEE_KEY_QUERY);
    output("elements", &m->out_size, sizeof m->out_size, ALIGN_size);
    begin("tutee_layer_online_scratch", call_layer_online_scratch, 0);
    settings("shape", &m->set_shape, sizeof m->set_shape, ALIGN_layer_shape);
    output("elements", &m->out_size, sizeof m->out_size, ALIGN_size);
    begin("tutee_label_scratch", call_label_scratch, 0);
    size_f64("elements", m);
    begin("tutee_layer_selection_scratch", call_layer_selection_scratch, 0);
    settings("shape", &m->set_shape, sizeof m->set_shape, ALIGN_layer_shape);
    output("elements", &m->out_size, sizeof m->out_size, ALIGN_size);
    begin("tutee_layer_inspect", call_layer_inspect, 1);
    array(INPUT, "bytes", m->set_snapshot, sizeof m->set_snapshot, 1, 1, "n_bytes")->length = ANY;
    output("info", &m->out_layer_info, sizeof m->out_layer_info, ALIGN_layer_info);
    begin("tutee_raw_inspect", call_raw_inspect, 0);
    array(INPUT, "bytes", m->raw_snapshot, sizeof m->raw_snapshot, 1, 1, "n_bytes")->length = ANY;
    output("info", &m->out_raw_info, sizeof m->out_raw_info, ALIGN_raw_info);
    begin("tutee_curve_judge", call_curve_judge, 1);
    array(INPUT, "curve", m->curve, LOOKS, sizeof *m->curve, ALIGN_point, "n_curve")->length = ANY;
    settings("known", &m->known, sizeof m->known, ALIGN_known);
    output("judgement", &m->out_judgement, sizeof m->out_judgement, ALIGN_judgement);
    begin("tutee_slots_inspect", call_slots_inspect, 0);
    array(INPUT, "first", m->slot[0], sizeof m->slot[0], 1, 1, "n_first")->length = ANY;
    array(INPUT, "second", m->slot[1], sizeof m->slot[1], 1, 1, "n_second")->length = ANY;
    output("slots", &m->out_slots, sizeof m->out_slots, ALIGN_slots);
    begin("tutee_slot_seal", call_slot_seal, 0);
    array(OUTPUT, "image", m->image, sizeof m->image, 1, 1, "n_image")->length = AT_LEAST;
    number("sequence")->u = 7;
}

int world_build(void) {
    memset(&world, POISON, sizeof world);
    describe_common();
    describe_teacher_f32(&world.f32);
    describe_student_f32(&world.f32);
    describe_training_f32(&world.f32);
    describe_ruled_f32(&world.f32);
    describe_layer_f32(&world.f32);
    describe_exact_f32(&world.f32);
    describe_raw_f32(&world.f32);
    describe_whitener_f32(&world.f32);
    describe_teacher_f64(&world.f64);
    describe_student_f64(&world.f64);
    describe_training_f64(&world.f64);
    describe_ruled_f64(&world.f64);
    describe_layer_f64(&world.f64);
    describe_exact_f64(&world.f64);
    describe_raw_f64(&world.f64);
    describe_whitener_f64(&world.f64);
    if (!fill_f32(&world.f32) || !fill_f64(&world.f64)) return 0;
    if (!fill_ruled_f32(&world.f32) || !fill_ruled_f64(&world.f64)) return 0;
    if (!fill_layers_f32(&world.f32) || !fill_layers_f64(&world.f64)) return 0;
    if (!fill_exact_f32(&world.f32) || !fill_exact_f64(&world.f64)) return 0;
    if (!fill_raws_f32(&world.f32) || !fill_raws_f64(&world.f64)) return 0;
    if (!fill_whiteners_f32(&world.f32) || !fill_whiteners_f64(&world.f64)) return 0;
    memcpy(&kept, &world, sizeof world);
    return 1;
}

void world_restore(void) { memcpy(&world, &kept, sizeof world); }

struct call *call_named(const char *name) {
    int i;
    for (i = 0; i < calls_count; i++) {
        if (strcmp(calls[i].name, name) == 0) return &calls[i];
    }
    printf("no call is named %s\n", name);
    exit(2);
}
