/* The observer as FMI 2.0 for co-simulation asks for it. What each function is for is said by that standard. */
#include "fmi2Functions.h"

#include <stdlib.h>
#include <string.h>

#include "observer.h"

typedef struct {
    observer observer;
    fmi2CallbackLogger log;
    fmi2ComponentEnvironment environment;
    fmi2Boolean logging;
    char *name;
} instance;

/* A status of this standard, and the reason to the log. */
static fmi2Status said(instance *i, outcome outcome) {
    static const fmi2Status statuses[] = {fmi2OK, fmi2Discard, fmi2Error};
    if (outcome != DONE && i->log != NULL && i->logging)
        i->log(i->environment, i->name, statuses[outcome], "refused", "%s", i->observer.message);
    return statuses[outcome];
}

static fmi2Status fault(instance *i, const char *message) {
    strcpy(i->observer.message, message);
    return said(i, WRONG);
}

const char *fmi2GetTypesPlatform(void) { return fmi2TypesPlatform; }

const char *fmi2GetVersion(void) { return fmi2Version; }

fmi2Status fmi2SetDebugLogging(fmi2Component c, fmi2Boolean on, size_t n, const fmi2String categories[]) {
    ((instance *)c)->logging = on;
    return fmi2OK;
}

fmi2Component fmi2Instantiate(fmi2String name, fmi2Type type, fmi2String guid, fmi2String resources,
                              const fmi2CallbackFunctions *functions, fmi2Boolean visible, fmi2Boolean logging) {
    instance *i;
    if (type != fmi2CoSimulation || name == NULL || guid == NULL || strcmp(guid, TOKEN) != 0) return NULL;
    i = calloc(1, sizeof *i);
    if (i == NULL) return NULL;
    i->name = malloc(strlen(name) + 1);
    if (i->name == NULL) {
        free(i);
        return NULL;
    }
    strcpy(i->name, name);
    i->logging = logging;
    if (functions != NULL) {
        i->log = functions->logger;
        i->environment = functions->componentEnvironment;
    }
    if (said(i, observer_reset(&i->observer)) != fmi2OK) {
        fmi2FreeInstance(i);
        return NULL;
    }
    return i;
}

void fmi2FreeInstance(fmi2Component c) {
    instance *i = c;
    if (i == NULL) return;
    free(i->name);
    free(i);
}

fmi2Status fmi2SetupExperiment(fmi2Component c, fmi2Boolean tolerant, fmi2Real tolerance, fmi2Real start, fmi2Boolean ends,
                               fmi2Real stop) {
    instance *i = c;
    if (i->observer.stage != INSTANTIATED) return fault(i, "fmi2SetupExperiment: after initialization");
    i->observer.of.time = start;
    return fmi2OK;
}

fmi2Status fmi2EnterInitializationMode(fmi2Component c) {
    return said(c, observer_enter(&((instance *)c)->observer, INSTANTIATED, INITIALIZING));
}

fmi2Status fmi2ExitInitializationMode(fmi2Component c) {
    return said(c, observer_enter(&((instance *)c)->observer, INITIALIZING, STEPPING));
}

fmi2Status fmi2Terminate(fmi2Component c) { return said(c, observer_enter(&((instance *)c)->observer, STEPPING, TERMINATED)); }

fmi2Status fmi2Reset(fmi2Component c) { return said(c, observer_reset(&((instance *)c)->observer)); }

/* Values of one kind: for each reference its element. */
#define ACCESS(Name, type, kind)                                                                                                  \
    fmi2Status fmi2Get##Name(fmi2Component c, const fmi2ValueReference of[], size_t n, type values[]) {                           \
        size_t k;                                                                                                                 \
        for (k = 0; k < n; k++) {                                                                                                 \
            const variable *at = observer_find(kind, of[k]);                                                                      \
            if (at == NULL) return fault(c, "fmi2Get" #Name ": no such variable");                                                \
            values[k] = ((const type *)observer_at(&((instance *)c)->observer, at))[of[k] - at->first];                           \
        }                                                                                                                         \
        return fmi2OK;                                                                                                            \
    }
#define CHANGE(Name, type, kind)                                                                                                  \
    fmi2Status fmi2Set##Name(fmi2Component c, const fmi2ValueReference of[], size_t n, const type values[]) {                     \
        observer *o = &((instance *)c)->observer;                                                                                 \
        numbers next = o->of;                                                                                                     \
        size_t k;                                                                                                                 \
        for (k = 0; k < n; k++) {                                                                                                 \
            const variable *at = observer_find(kind, of[k]);                                                                      \
            if (at == NULL) return fault(c, "fmi2Set" #Name ": no such variable");                                                \
            if (observer_may_set(o, at) != DONE) return said(c, WRONG);                                                           \
            ((type *)((char *)&next + at->offset))[of[k] - at->first] = values[k];                                                \
        }                                                                                                                         \
        return said(c, observer_set(o, &next));                                                                                   \
    }
ACCESS(Real, fmi2Real, REAL)
ACCESS(Integer, fmi2Integer, INTEGER)
ACCESS(String, fmi2String, STRING)
CHANGE(Real, fmi2Real, REAL)
CHANGE(Integer, fmi2Integer, INTEGER)

/* There are no variables of these kinds, or none to be set. */
#define NONE(function, type)                                                                                                      \
    fmi2Status function(fmi2Component c, const fmi2ValueReference of[], size_t n, type values[]) {                                \
        return n == 0 ? fmi2OK : fault(c, #function ": no such variable");                                                        \
    }
NONE(fmi2GetBoolean, fmi2Boolean)
NONE(fmi2SetBoolean, const fmi2Boolean)
NONE(fmi2SetString, const fmi2String)

fmi2Status fmi2DoStep(fmi2Component c, fmi2Real now, fmi2Real by, fmi2Boolean final) {
    return said(c, observer_step(&((instance *)c)->observer, now, by));
}

fmi2Status fmi2CancelStep(fmi2Component c) { return fault(c, "fmi2CancelStep: no step is ever under way"); }

/* A state is the bytes of one. */
fmi2Status fmi2GetFMUstate(fmi2Component c, fmi2FMUstate *state) {
    uint8_t *bytes = *state != NULL ? *state : malloc(STATE_BYTES);
    outcome outcome;
    if (bytes == NULL) return fault(c, "fmi2GetFMUstate: no memory");
    outcome = observer_save(&((instance *)c)->observer, bytes);
    *state = bytes;
    return said(c, outcome);
}

fmi2Status fmi2SetFMUstate(fmi2Component c, fmi2FMUstate state) {
    return said(c, observer_load(&((instance *)c)->observer, state, STATE_BYTES));
}

fmi2Status fmi2FreeFMUstate(fmi2Component c, fmi2FMUstate *state) {
    if (state == NULL) return fmi2OK;
    free(*state);
    *state = NULL;
    return fmi2OK;
}

fmi2Status fmi2SerializedFMUstateSize(fmi2Component c, fmi2FMUstate state, size_t *size) {
    *size = STATE_BYTES;
    return fmi2OK;
}

fmi2Status fmi2SerializeFMUstate(fmi2Component c, fmi2FMUstate state, fmi2Byte bytes[], size_t size) {
    if (size < STATE_BYTES) return fault(c, "fmi2SerializeFMUstate: too few bytes");
    memcpy(bytes, state, STATE_BYTES);
    return fmi2OK;
}

fmi2Status fmi2DeSerializeFMUstate(fmi2Component c, const fmi2Byte bytes[], size_t size, fmi2FMUstate *state) {
    instance *i = c;
    void *copy = observer_copy_of_state(&i->observer, (const uint8_t *)bytes, size);
    if (copy == NULL) return said(i, DISCARDED);
    *state = copy;
    return fmi2OK;
}

fmi2Status fmi2GetDirectionalDerivative(fmi2Component c, const fmi2ValueReference unknowns[], size_t n_unknowns,
                                        const fmi2ValueReference knowns[], size_t n_knowns, const fmi2Real along[],
                                        fmi2Real derivatives[]) {
    return fault(c, "fmi2GetDirectionalDerivative: not provided");
}

fmi2Status fmi2SetRealInputDerivatives(fmi2Component c, const fmi2ValueReference of[], size_t n, const fmi2Integer order[],
                                       const fmi2Real values[]) {
    return fault(c, "fmi2SetRealInputDerivatives: inputs are not interpolated");
}

fmi2Status fmi2GetRealOutputDerivatives(fmi2Component c, const fmi2ValueReference of[], size_t n, const fmi2Integer order[],
                                        fmi2Real values[]) {
    return fault(c, "fmi2GetRealOutputDerivatives: not provided");
}

/* A step is done when it returns. */
fmi2Status fmi2GetStatus(fmi2Component c, const fmi2StatusKind kind, fmi2Status *value) {
    return fault(c, "fmi2GetStatus: no step is ever under way");
}

fmi2Status fmi2GetRealStatus(fmi2Component c, const fmi2StatusKind kind, fmi2Real *value) {
    if (kind != fmi2LastSuccessfulTime) return fault(c, "fmi2GetRealStatus: no step is ever under way");
    *value = ((instance *)c)->observer.of.time;
    return fmi2OK;
}

fmi2Status fmi2GetIntegerStatus(fmi2Component c, const fmi2StatusKind kind, fmi2Integer *value) {
    return fault(c, "fmi2GetIntegerStatus: no step is ever under way");
}

fmi2Status fmi2GetBooleanStatus(fmi2Component c, const fmi2StatusKind kind, fmi2Boolean *value) {
    if (kind != fmi2Terminated) return fault(c, "fmi2GetBooleanStatus: no step is ever under way");
    *value = fmi2False;
    return fmi2OK;
}

fmi2Status fmi2GetStringStatus(fmi2Component c, const fmi2StatusKind kind, fmi2String *value) {
    return fault(c, "fmi2GetStringStatus: no step is ever under way");
}
