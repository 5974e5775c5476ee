/*
 * The tasks of digests.c and digests.cpp; rust/main.rs has the same. Every number is exact in both precisions.
 */
#ifndef TASKS_H
#define TASKS_H

#include "tutee.h"

enum { TASKS = 7, POPULATION_STEPS = 40, SAMPLE_STEPS = 8, PAIRS = 3, ONLINE_STEPS = 12, ONLINE_BATCH = 4, ONLINE_SEED = 7, ONLINE_INPUTS = 2 };

static const char *const task_names[TASKS] = {"convolution", "pooling", "cycle", "graph", "selection", "group", "mixing"};
static const tutee_shape task_shapes[TASKS] = {{2, 3, 8, 4}, {3, 4, 8, 2}, {2, 3, 7, 7}, {2, 2, 5, 5},
                                               {4, 1, 9, 1}, {1, 3, 6, 6}, {3, 5, 4, 6}};
static const tutee_activation task_activations[TASKS] = {TUTEE_RELU,     TUTEE_LEAKY_RELU, TUTEE_RELU,      TUTEE_LEAKY_RELU,
                                                         TUTEE_IDENTITY, TUTEE_IDENTITY,   TUTEE_LEAKY_RELU};
static const tutee_window task_window = {2, 4, 2, 2};
static const size_t task_edges[] = {0, 1, 1, 2, 2, 0, 3, 4};
static const size_t task_tokens[] = {0, 8, 3};

/* What training online draws, a run each. */
static const int32_t online_inputs[ONLINE_INPUTS] = {TUTEE_LAPLACE, TUTEE_GUMBEL};
static const char *const online_names[ONLINE_INPUTS] = {"laplace", "gumbel"};

#define TASK_SLOPE 0.25
#define TASK_RATE 0.125
#define TASK_NOISE 0.125
#define TASK_VALUE(i) (((int)((i) * 7 % 11) - 5) / 4.0)
#define TASK_MIXING(i) ((int)((i) * 5 % 9) / 8.0)
#define TASK_X(i) (((int)((i) * 13 % 17) - 8) / 8.0)
#define TASK_Y(i) (((int)((i) * 3 % 13) - 6) / 8.0)

#endif
