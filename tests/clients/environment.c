/*
 * Under a floating-point environment that could change a bit, every call that computes is refused without a trace,
 * every other one does what it always does, and the self-test names the environment, not the library.
 */
#include "world.h"

#include <fenv.h>
#include <string.h>

/* A way to spoil the environment. */
struct mode {
    const char *name;
    int rounding; /* for fesetround, or KEEP */
    unsigned bits; /* to be set in the register of the processor */
};

enum { KEEP = -1 };

#if defined(__x86_64__) || defined(__SSE2__)
#include <xmmintrin.h>
enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
static unsigned control(void) { return _mm_getcsr(); }
static void set_control(unsigned bits) { _mm_setcsr(bits); }
#elif defined(__aarch64__)
/* One bit flushes results and operands alike. */
enum { FLUSH_TO_ZERO = 1 << 24, DENORMALS_ARE_ZERO = 1 << 24 };
static unsigned control(void) {
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return (unsigned)fpcr;
}
static void set_control(unsigned bits) {
    uint64_t fpcr = bits;
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr));
}
#else
/* No way is known here to flush; the rounding modes remain. */
enum { FLUSH_TO_ZERO = 0, DENORMALS_ARE_ZERO = 0 };
static unsigned control(void) { return 0; }
static void set_control(unsigned bits) { (void)bits; }
#endif

static const struct mode modes[] = {
    {"flush to zero", KEEP, FLUSH_TO_ZERO},
    {"denormals are zero", KEEP, DENORMALS_ARE_ZERO},
    {"flush to zero and denormals are zero", KEEP, FLUSH_TO_ZERO | DENORMALS_ARE_ZERO},
#ifdef FE_UPWARD
    {"round up", FE_UPWARD, 0},
#endif
#ifdef FE_DOWNWARD
    {"round down", FE_DOWNWARD, 0},
#endif
#ifdef FE_TOWARDZERO
    {"round towards zero", FE_TOWARDZERO, 0},
#endif
};
enum { MODES = sizeof modes / sizeof *modes };

static unsigned usual;
static int failures;
static struct world before, after;

static void set(const struct mode *mode) {
    if (mode->rounding != KEEP && fesetround(mode->rounding) != 0) {
        printf("FAILED: %s cannot be set\n", mode->name);
        failures++;
    }
    set_control(control() | mode->bits);
}

static void reset(void) {
    fesetround(FE_TONEAREST);
    set_control(usual);
}

static void failed(const char *mode, const char *name, const char *how, long found) {
    printf("FAILED %s under %s: %s %ld\n", name, mode, how, found);
    failures++;
}

static tutee_status make(const struct call *call) {
    union value v[PARAMETERS_MAX];
    int i;
    for (i = 0; i < call->count; i++) v[i] = call->parameters[i].legal;
    return call->make(v);
}

/* Scratch may hold anything after a call. */
static void forget_scratch(void) {
    memset(world.f32.scratch, POISON, sizeof world.f32.scratch);
    memset(world.f64.scratch, POISON, sizeof world.f64.scratch);
}

/* Every call with legal arguments under `mode`; how many of them compute. */
static int all_calls(const struct mode *mode) {
    int i, computing = 0;
    for (i = 0; i < calls_count; i++) {
        const struct call *call = &calls[i];
        tutee_status status;
        if (call->make == NULL) continue;
        world_restore();
        memcpy(&before, &world, sizeof world);
        status = make(call);
        forget_scratch();
        if (status != TUTEE_OK) failed("the usual environment", call->name, "returned", status);
        memcpy(&after, &world, sizeof world);
        world_restore();
        set(mode);
        status = make(call);
        reset();
        forget_scratch();
        computing += call->computes;
        if (status != (call->computes ? TUTEE_ERROR_FLOAT_ENVIRONMENT : TUTEE_OK)) {
            failed(mode->name, call->name, "returned", status);
        }
        if (memcmp(&world, call->computes ? &before : &after, sizeof world) != 0) {
            failed(mode->name, call->name, "did not leave what it should; returned", status);
        }
    }
    return computing;
}

/* Changes the environment once the student has taken 8 steps. */
static int32_t change(void *user, const tutee_progress_f64 *progress) {
    if (progress->steps == 8) set(user);
    return 0;
}

/* A callback that changes the environment: the run ends, and the student stands after the last good step. */
static void during_a_run(const struct mode *mode) {
    tutee_student_f64 *student = (tutee_student_f64 *)(void *)world.f64.student;
    const tutee_teacher_f64 *teacher = (const tutee_teacher_f64 *)(const void *)world.f64.teacher;
    tutee_observer_f64 observer;
    tutee_result_f64 result, untouched;
    tutee_status status;
    uint64_t steps = 0;
    world_restore();
    observer.call = change;
    observer.user = (void *)(uintptr_t)(const void *)mode;
    observer.every = 1;
    memset(&result, POISON, sizeof result);
    memset(&untouched, POISON, sizeof untouched);
    status = tutee_population_run_f64(student, teacher, &world.f64.descent, &world.f64.stop, &observer,
                                      world.f64.scratch, AT(TUTEE_POPULATION_SCRATCH), &result);
    reset();
    if (status != TUTEE_ERROR_FLOAT_ENVIRONMENT) {
        failed(mode->name, "a run whose callback changes it", "returned", status);
    }
    if (tutee_student_steps_f64(student, &steps) != TUTEE_OK || steps != 8) {
        failed(mode->name, "a run whose callback changes it", "steps", (long)steps);
    }
    if (memcmp(&result, &untouched, sizeof result) != 0) failed(mode->name, "a run", "wrote a result", 0);
}

int main(void) {
    int i, computing = 0, tried = 0;
    usual = control();
    if (!world_build()) return 1;
    for (i = 0; i < MODES; i++) {
        tutee_status environment, self_test;
        if (modes[i].rounding == KEEP && modes[i].bits == 0) continue;
        tried++;
        set(&modes[i]);
        environment = tutee_float_environment();
        self_test = tutee_self_test();
        reset();
        if (environment != TUTEE_ERROR_FLOAT_ENVIRONMENT) {
            failed(modes[i].name, "tutee_float_environment", "returned", environment);
        }
        if (self_test != TUTEE_ERROR_FLOAT_ENVIRONMENT) failed(modes[i].name, "tutee_self_test", "returned", self_test);
        if (tutee_float_environment() != TUTEE_OK || tutee_self_test() != TUTEE_OK) {
            failed("the usual environment", "tutee_self_test", "returned", tutee_self_test());
        }
        computing = all_calls(&modes[i]);
        during_a_run(&modes[i]);
    }
    if (tried == 0 || computing == 0) failed("no mode", "nothing", "was tried", 0);
    if (failures) {
        printf("%d failures\n", failures);
        return 1;
    }
    printf("%d functions that compute are refused in %d environments, %d others go on\n", computing, tried,
           calls_count - computing);
    return 0;
}
