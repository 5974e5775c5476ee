/* What two tasks must come to: the same trainings, one after the other, on this machine. */
#include <inttypes.h>
#include <stdio.h>

#include "learner.h"

int main(void) {
    uint32_t task;
    for (task = 1; task <= 2; task++) {
        static learner learners[2];
        learner *l = &learners[task - 1];
        l->state = task;
        if (learner_train(l) != TUTEE_OK) return 1;
        printf("task %" PRIu32 ": digest %016" PRIx64 "\n", task, l->digest);
    }
    return 0;
}
