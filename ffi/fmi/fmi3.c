/* The observer as FMI 3.0 for co-simulation asks for it. What each function is for is said by that standard. */
#include "fmi3Functions.h"

#include <stdlib.h>
#include <string.h>

#include "observer.h"

typedef struct {
    observer observer;
    fmi3LogMessageCallback log;
    fmi3InstanceEnvironment environment;
    fmi3Boolean logging;
} fmu;

/* A status of this standard, and the reason to the log. */
static fmi3Status said(fmu *i, outcome outcome) {
    static const fmi3Status statuses[] = {fmi3OK, fmi3Discard, fmi3Error};
    if (outcome != DONE && i->log != NULL && i->logging)
        i->log(i->environment, statuses[outcome], "refused", i->observer.message);
    return statuses[outcome];
}

static fmi3Status fault(fmu *i, const char *message) {
    strcpy(i->observer.message, message);
    return said(i, WRONG);
}

const char *fmi3GetVersion(void) { return fmi3Version; }

fmi3Status fmi3SetDebugLogging(fmi3Instance instance, fmi3Boolean on, size_t n, const fmi3String categories[]) {
    ((fmu *)instance)->logging = on;
    return fmi3OK;
}

fmi3Instance fmi3InstantiateCoSimulation(fmi3String name, fmi3String token, fmi3String resources, fmi3Boolean visible,
                                         fmi3Boolean logging, fmi3Boolean events, fmi3Boolean early,
                                         const fmi3ValueReference required[], size_t n_required,
                                         fmi3InstanceEnvironment environment, fmi3LogMessageCallback log,
                                         fmi3IntermediateUpdateCallback update) {
    fmu *i;
    if (token == NULL || strcmp(token, TOKEN) != 0 || events || n_required != 0) return NULL;
    i = calloc(1, sizeof *i);
    if (i == NULL) return NULL;
    i->log = log;
    i->environment = environment;
    i->logging = logging;
    if (said(i, observer_reset(&i->observer)) != fmi3OK) {
        free(i);
        return NULL;
    }
    return i;
}

fmi3Instance fmi3InstantiateModelExchange(fmi3String name, fmi3String token, fmi3String resources, fmi3Boolean visible,
                                          fmi3Boolean logging, fmi3InstanceEnvironment environment, fmi3LogMessageCallback log) {
    return NULL;
}

fmi3Instance fmi3InstantiateScheduledExecution(fmi3String name, fmi3String token, fmi3String resources, fmi3Boolean visible,
                                               fmi3Boolean logging, fmi3InstanceEnvironment environment,
                                               fmi3LogMessageCallback log, fmi3ClockUpdateCallback update,
                                               fmi3LockPreemptionCallback lock, fmi3UnlockPreemptionCallback unlock) {
    return NULL;
}

void fmi3FreeInstance(fmi3Instance instance) { free(instance); }

fmi3Status fmi3EnterInitializationMode(fmi3Instance instance, fmi3Boolean tolerant, fmi3Float64 tolerance, fmi3Float64 start,
                                       fmi3Boolean ends, fmi3Float64 stop) {
    fmu *i = instance;
    const outcome outcome = observer_enter(&i->observer, INSTANTIATED, INITIALIZING);
    if (outcome == DONE) i->observer.of.time = start;
    return said(i, outcome);
}

fmi3Status fmi3ExitInitializationMode(fmi3Instance instance) {
    return said(instance, observer_enter(&((fmu *)instance)->observer, INITIALIZING, STEPPING));
}

fmi3Status fmi3Terminate(fmi3Instance instance) {
    return said(instance, observer_enter(&((fmu *)instance)->observer, STEPPING, TERMINATED));
}

fmi3Status fmi3Reset(fmi3Instance instance) { return said(instance, observer_reset(&((fmu *)instance)->observer)); }

/* Values of one kind: for each reference all elements of its variable, one variable after the other. */
#define ACCESS(Name, type, kind)                                                                                                  \
    fmi3Status fmi3Get##Name(fmi3Instance instance, const fmi3ValueReference of[], size_t n, type values[], size_t n_values) {    \
        size_t k, next = 0;                                                                                                       \
        for (k = 0; k < n; k++) {                                                                                                 \
            const variable *at = observer_find(kind, of[k]);                                                                      \
            if (at == NULL || at->first != of[k]) return fault(instance, "fmi3Get" #Name ": no such variable");                   \
            if (n_values - next < at->length) return fault(instance, "fmi3Get" #Name ": too few values");                         \
            memcpy(values + next, observer_at(&((fmu *)instance)->observer, at), at->length * sizeof *values);                    \
            next += at->length;                                                                                                   \
        }                                                                                                                         \
        return next == n_values ? fmi3OK : fault(instance, "fmi3Get" #Name ": too many values");                                  \
    }
#define CHANGE(Name, type, kind)                                                                                                  \
    fmi3Status fmi3Set##Name(fmi3Instance instance, const fmi3ValueReference of[], size_t n, const type values[],                 \
                             size_t n_values) {                                                                                   \
        observer *o = &((fmu *)instance)->observer;                                                                               \
        numbers all = o->of;                                                                                                      \
        size_t k, next = 0;                                                                                                       \
        for (k = 0; k < n; k++) {                                                                                                 \
            const variable *at = observer_find(kind, of[k]);                                                                      \
            if (at == NULL || at->first != of[k]) return fault(instance, "fmi3Set" #Name ": no such variable");                   \
            if (observer_may_set(o, at) != DONE) return said(instance, WRONG);                                                    \
            if (n_values - next < at->length) return fault(instance, "fmi3Set" #Name ": too few values");                         \
            memcpy((char *)&all + at->offset, values + next, at->length * sizeof *values);                                        \
            next += at->length;                                                                                                   \
        }                                                                                                                         \
        if (next != n_values) return fault(instance, "fmi3Set" #Name ": too many values");                                        \
        return said(instance, observer_set(o, &all));                                                                             \
    }
ACCESS(Float64, fmi3Float64, REAL)
ACCESS(Int32, fmi3Int32, INTEGER)
ACCESS(String, fmi3String, STRING)
CHANGE(Float64, fmi3Float64, REAL)
CHANGE(Int32, fmi3Int32, INTEGER)

/* What this FMU has not got: variables of other kinds, clocks, events, derivatives, modes. */
#define ABSENT(function, ...)                                                                                                     \
    fmi3Status function(fmi3Instance instance, __VA_ARGS__) { return fault(instance, #function ": not provided"); }
#define ABSENT_MODE(function)                                                                                                     \
    fmi3Status function(fmi3Instance instance) { return fault(instance, #function ": not provided"); }
#define OTHER(Name, type)                                                                                                         \
    ABSENT(fmi3Get##Name, const fmi3ValueReference of[], size_t n, type values[], size_t n_values)                                \
    ABSENT(fmi3Set##Name, const fmi3ValueReference of[], size_t n, const type values[], size_t n_values)
OTHER(Float32, fmi3Float32)
OTHER(Int8, fmi3Int8)
OTHER(UInt8, fmi3UInt8)
OTHER(Int16, fmi3Int16)
OTHER(UInt16, fmi3UInt16)
OTHER(UInt32, fmi3UInt32)
OTHER(Int64, fmi3Int64)
OTHER(UInt64, fmi3UInt64)
OTHER(Boolean, fmi3Boolean)
ABSENT(fmi3SetString, const fmi3ValueReference of[], size_t n, const fmi3String values[], size_t n_values)
ABSENT(fmi3GetBinary, const fmi3ValueReference of[], size_t n, size_t sizes[], fmi3Binary values[], size_t n_values)
ABSENT(fmi3SetBinary, const fmi3ValueReference of[], size_t n, const size_t sizes[], const fmi3Binary values[], size_t n_values)
ABSENT(fmi3GetClock, const fmi3ValueReference of[], size_t n, fmi3Clock values[])
ABSENT(fmi3SetClock, const fmi3ValueReference of[], size_t n, const fmi3Clock values[])
ABSENT(fmi3GetNumberOfVariableDependencies, fmi3ValueReference of, size_t *n)
ABSENT(fmi3GetVariableDependencies, fmi3ValueReference of, size_t elements[], fmi3ValueReference on[], size_t elements_on[],
       fmi3DependencyKind kinds[], size_t n)
ABSENT(fmi3GetDirectionalDerivative, const fmi3ValueReference unknowns[], size_t n_unknowns, const fmi3ValueReference knowns[],
       size_t n_knowns, const fmi3Float64 seed[], size_t n_seed, fmi3Float64 sensitivity[], size_t n_sensitivity)
ABSENT(fmi3GetAdjointDerivative, const fmi3ValueReference unknowns[], size_t n_unknowns, const fmi3ValueReference knowns[],
       size_t n_knowns, const fmi3Float64 seed[], size_t n_seed, fmi3Float64 sensitivity[], size_t n_sensitivity)
ABSENT(fmi3GetOutputDerivatives, const fmi3ValueReference of[], size_t n, const fmi3Int32 orders[], fmi3Float64 values[],
       size_t n_values)
ABSENT(fmi3GetIntervalDecimal, const fmi3ValueReference of[], size_t n, fmi3Float64 values[], fmi3IntervalQualifier qualifiers[])
ABSENT(fmi3GetIntervalFraction, const fmi3ValueReference of[], size_t n, fmi3UInt64 counters[], fmi3UInt64 resolutions[],
       fmi3IntervalQualifier qualifiers[])
ABSENT(fmi3GetShiftDecimal, const fmi3ValueReference of[], size_t n, fmi3Float64 values[])
ABSENT(fmi3GetShiftFraction, const fmi3ValueReference of[], size_t n, fmi3UInt64 counters[], fmi3UInt64 resolutions[])
ABSENT(fmi3SetIntervalDecimal, const fmi3ValueReference of[], size_t n, const fmi3Float64 values[])
ABSENT(fmi3SetIntervalFraction, const fmi3ValueReference of[], size_t n, const fmi3UInt64 counters[],
       const fmi3UInt64 resolutions[])
ABSENT(fmi3SetShiftDecimal, const fmi3ValueReference of[], size_t n, const fmi3Float64 values[])
ABSENT(fmi3SetShiftFraction, const fmi3ValueReference of[], size_t n, const fmi3UInt64 counters[], const fmi3UInt64 resolutions[])
ABSENT(fmi3UpdateDiscreteStates, fmi3Boolean *again, fmi3Boolean *terminate, fmi3Boolean *nominals, fmi3Boolean *values,
       fmi3Boolean *timed, fmi3Float64 *when)
ABSENT(fmi3ActivateModelPartition, fmi3ValueReference clock, fmi3Float64 when)
ABSENT(fmi3CompletedIntegratorStep, fmi3Boolean final, fmi3Boolean *event, fmi3Boolean *terminate)
ABSENT(fmi3SetTime, fmi3Float64 time)
ABSENT(fmi3SetContinuousStates, const fmi3Float64 states[], size_t n)
ABSENT(fmi3GetContinuousStates, fmi3Float64 states[], size_t n)
ABSENT(fmi3GetContinuousStateDerivatives, fmi3Float64 derivatives[], size_t n)
ABSENT(fmi3GetNominalsOfContinuousStates, fmi3Float64 nominals[], size_t n)
ABSENT(fmi3GetEventIndicators, fmi3Float64 indicators[], size_t n)
ABSENT(fmi3GetNumberOfEventIndicators, size_t *n)
ABSENT(fmi3GetNumberOfContinuousStates, size_t *n)
ABSENT_MODE(fmi3EnterContinuousTimeMode)
ABSENT_MODE(fmi3EvaluateDiscreteStates)
ABSENT_MODE(fmi3EnterConfigurationMode)
ABSENT_MODE(fmi3ExitConfigurationMode)
ABSENT_MODE(fmi3EnterEventMode)
ABSENT_MODE(fmi3EnterStepMode)

fmi3Status fmi3DoStep(fmi3Instance instance, fmi3Float64 now, fmi3Float64 by, fmi3Boolean final, fmi3Boolean *event,
                      fmi3Boolean *terminate, fmi3Boolean *early, fmi3Float64 *reached) {
    fmu *i = instance;
    const outcome outcome = observer_step(&i->observer, now, by);
    *event = *terminate = *early = fmi3False;
    *reached = i->observer.of.time;
    return said(i, outcome);
}

/* A state is the bytes of one. */
fmi3Status fmi3GetFMUState(fmi3Instance instance, fmi3FMUState *state) {
    uint8_t *bytes = *state != NULL ? *state : malloc(STATE_BYTES);
    outcome outcome;
    if (bytes == NULL) return fault(instance, "fmi3GetFMUState: no memory");
    outcome = observer_save(&((fmu *)instance)->observer, bytes);
    *state = bytes;
    return said(instance, outcome);
}

fmi3Status fmi3SetFMUState(fmi3Instance instance, fmi3FMUState state) {
    return said(instance, observer_load(&((fmu *)instance)->observer, state, STATE_BYTES));
}

fmi3Status fmi3FreeFMUState(fmi3Instance instance, fmi3FMUState *state) {
    if (state == NULL) return fmi3OK;
    free(*state);
    *state = NULL;
    return fmi3OK;
}

fmi3Status fmi3SerializedFMUStateSize(fmi3Instance instance, fmi3FMUState state, size_t *size) {
    *size = STATE_BYTES;
    return fmi3OK;
}

fmi3Status fmi3SerializeFMUState(fmi3Instance instance, fmi3FMUState state, fmi3Byte bytes[], size_t size) {
    if (size < STATE_BYTES) return fault(instance, "fmi3SerializeFMUState: too few bytes");
    memcpy(bytes, state, STATE_BYTES);
    return fmi3OK;
}

fmi3Status fmi3DeserializeFMUState(fmi3Instance instance, const fmi3Byte bytes[], size_t size, fmi3FMUState *state) {
    fmu *i = instance;
    void *copy = observer_copy_of_state(&i->observer, bytes, size);
    if (copy == NULL) return said(i, DISCARDED);
    *state = copy;
    return fmi3OK;
}
