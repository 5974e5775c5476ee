/*
 * Every illegal argument of every exported function.
 *
 *     sweep           all cases, and how often each function was called
 *     sweep NUMBER    the case of this number alone, as a failure prints it
 *
 * Deterministic: a case has the same number in every run.
 */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

union value v[PARAMETERS_MAX];

static struct call *now;
static long cases, accepted_cases, only, failures;
static struct world before;

void spoil_call(struct call *call) {
    int i;
    now = call;
    world_restore();
    for (i = 0; i < call->count; i++) v[i] = call->parameters[i].legal;
}

void spoil(const char *name) { spoil_call(call_named(name)); }

union value *argument(const char *name) {
    int i;
    for (i = 0; i < now->count; i++) {
        if (strcmp(now->parameters[i].name, name) == 0) return &v[i];
    }
    printf("%s has no argument %s\n", now->name, name);
    exit(2);
}

void failed(const char *what, long detail, const char *how, long found) {
    failures++;
    printf("FAILED %s: %s (%ld): %s %ld; again: sweep %ld\n", now->name, what, detail, how, found, cases);
    /* A broken library fails everywhere: the first failures say enough. */
    if (failures == 20) {
        printf("gave up after %ld calls\n", cases);
        exit(1);
    }
}

/* The next case has its turn, unless another one was asked for. */
static int turn(void) {
    cases++;
    return only == 0 || only == cases;
}

/* Overwrites in both worlds what a call may have written. */
static void forget(const void *p, size_t bytes) {
    size_t offset = (size_t)((const char *)p - (const char *)&world);
    memset((char *)&world + offset, 0, bytes);
    memset((char *)&before + offset, 0, bytes);
}

/* The first byte of the world that differs from before the call, or -1. */
static long difference(void) {
    const unsigned char *a = (const unsigned char *)&before, *b = (const unsigned char *)&world;
    size_t i;
    if (memcmp(a, b, sizeof world) == 0) return -1;
    for (i = 0; a[i] == b[i]; i++) continue;
    return (long)i;
}

void refused_at(const char *what, long detail, tutee_status status, tutee_status other) {
    tutee_status found;
    unsigned calls_before = callback_calls;
    long changed;
    int i;
    if (!turn()) return;
    now->refused++;
    memcpy(&before, &world, sizeof world);
    found = now->make(v);
    for (i = 0; i < now->count; i++) {
        struct parameter *parameter = &now->parameters[i];
        if (parameter->role == WORKING) forget(parameter->legal.p, parameter->bytes);
    }
    changed = difference();
    if (found != status && (other == 0 || found != other)) failed(what, detail, "returned", found);
    if (changed >= 0) failed(what, detail, "refused, but changed the world at byte", changed);
    if (callback_calls != calls_before) failed(what, detail, "refused, but called back", 1);
}

void refused(const char *what, tutee_status status) { refused_at(what, 0, status, 0); }

/* Whether an output still holds poison: any element of an array of numbers, all of anything else. */
static int poisoned(const struct parameter *parameter, const unsigned char *p) {
    size_t unit = parameter->real ? parameter->real : parameter->bytes, i, k;
    for (i = 0; i < parameter->bytes; i += unit) {
        for (k = 0; k < unit && p[i + k] == POISON; k++) continue;
        if (k == unit) return 1;
    }
    return 0;
}

void accepted(const char *what) {
    tutee_status found;
    long changed;
    int i;
    if (!turn()) return;
    accepted_cases++;
    memcpy(&before, &world, sizeof world);
    found = now->make(v);
    if (found != TUTEE_OK) {
        failed(what, 0, "returned", found);
        return;
    }
    for (i = 0; i < now->count; i++) {
        struct parameter *parameter = &now->parameters[i];
        if (!parameter->written || v[i].p == NULL) continue;
        if (parameter->role == OUTPUT && poisoned(parameter, v[i].p)) failed(what, i, "did not write output", i);
        forget(v[i].p, parameter->bytes);
    }
    changed = difference();
    if (changed >= 0) failed(what, 0, "changed the world at byte", changed);
}

/* Whatever number is asked for: a text that ends. */
static void sweep_messages(void) {
    int32_t status;
    const char *unknown = tutee_status_message(1);
    now = call_named("tutee_status_message");
    for (status = -1000; status <= 1000; status++) {
        const char *message = tutee_status_message(status);
        int known = status <= TUTEE_OK && status >= TUTEE_ERROR_SINK;
        if (!turn()) continue;
        now->refused++;
        if (message == NULL || strlen(message) < 2) failed("status", status, "has no message", 0);
        else if (known == (strcmp(message, unknown) == 0)) failed("status", status, "has the wrong kind of message", 0);
    }
    if (tutee_status_message(INT32_MIN) == NULL || tutee_status_message(INT32_MAX) == NULL) {
        failed("the outermost status", 0, "has no message", 0);
    }
}

int main(int argc, char **argv) {
    int i, missed = 0;
    if (argc > 1) only = atol(argv[1]);
    if (tutee_abi_version() != TUTEE_ABI_VERSION || strcmp(tutee_version(), TUTEE_VERSION) != 0) {
        printf("FAILED: header and library are of different versions\n");
        return 1;
    }
    if (tutee_float_environment() != TUTEE_OK || tutee_self_test() != TUTEE_OK) {
        printf("FAILED: %s\n", tutee_status_message(tutee_self_test()));
        return 1;
    }
    if (!world_build()) return 1;
    for (i = 0; i < calls_count; i++) {
        if (calls[i].make == NULL) continue;
        spoil_call(&calls[i]);
        accepted("nothing");
    }
    sweep_pointers();
    sweep_overlaps();
    sweep_numbers();
    sweep_snapshots();
    sweep_messages();
    for (i = 0; i < calls_count; i++) {
        if (!only && !failures) printf("%s %d\n", calls[i].name, calls[i].refused);
        if (calls[i].make != NULL && calls[i].refused == 0) missed++;
    }
    if (!only && missed) {
        printf("FAILED: %d functions were never called with an illegal argument\n", missed);
        return 1;
    }
    if (failures) {
        printf("%ld of %ld calls failed\n", failures, cases);
        return 1;
    }
    printf("swept %d functions: %ld calls, %ld of them legal, the others refused without a trace\n", calls_count,
           only ? 1 : cases, accepted_cases);
    return 0;
}
