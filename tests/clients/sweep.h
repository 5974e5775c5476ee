/*
 * One call with one illegal argument, and what must come of it.
 *
 *     spoil("tutee_population_step_f64");       // puts the world and the arguments back
 *     world.f64.descent.value_rate = -1;        // spoils one thing
 *     refused("value_rate = -1", TUTEE_ERROR_OUT_OF_RANGE, 0);
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "world.h"

/* The arguments of the next call. */
extern union value v[PARAMETERS_MAX];

/* Puts everything back for a call of this function. */
void spoil(const char *name);
void spoil_call(struct call *call);

/* The argument of this name in `v`. */
union value *argument(const char *name);

/*
 * Calls. It must return `status`, or `other` unless that is 0, and the world must be as before the call, but for
 * scratch. `what` and `detail` say what was spoilt, for the line that a failure prints.
 */
void refused_at(const char *what, long detail, tutee_status status, tutee_status other);
void refused(const char *what, tutee_status status);

/*
 * Calls. It must return TUTEE_OK, write every output, and change nothing but what it is there to change.
 */
void accepted(const char *what);

/* Whatever else is wrong with the call that `spoil` named. */
void failed(const char *what, long detail, const char *how, long found);

/* The areas: sweep_pointers.c, and per precision sweep_numbers.h and sweep_snapshots.h. */
void sweep_pointers(void);
void sweep_overlaps(void);
void sweep_numbers(void);
void sweep_snapshots(void);

#endif
