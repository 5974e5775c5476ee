/* A C99 program that knows of tutee what pkg-config says. Prints versions and the digest of a short training. */
#include <tutee.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t teacher_memory[TUTEE_TEACHER_WORDS_F64(1, 2, 3, 3)];
static uint64_t student_memory[TUTEE_STUDENT_WORDS_F64(1, 2, 3, 3)];
static double scratch[TUTEE_POPULATION_SCRATCH(1, 2, 3, 3)];
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

int main(void) {
    const tutee_shape shape = {1, 2, 3, 3};
    const double filter[] = {1.0, -0.5};
    double mixing[TUTEE_MIXING_LEN(1, 2, 3, 3)];
    tutee_teacher_f64 *teacher;
    tutee_student_f64 *student;
    tutee_descent_f64 descent;
    tutee_stop_f64 stop;
    tutee_result_f64 result;
    uint64_t digest;
    if (tutee_abi_version() != TUTEE_ABI_VERSION || strcmp(tutee_version(), TUTEE_VERSION) != 0) {
        fprintf(stderr, "header %s, library %s\n", TUTEE_VERSION, tutee_version());
        return 1;
    }
    if (tutee_self_test() != TUTEE_OK ||
        tutee_mixing_group_f64(&shape, 1, mixing, COUNT(mixing)) != TUTEE_OK ||
        tutee_teacher_init_f64(teacher_memory, COUNT(teacher_memory), &shape, TUTEE_IDENTITY, 0.0, filter, 2, mixing,
                               COUNT(mixing), &teacher) != TUTEE_OK ||
        tutee_student_init_f64(student_memory, COUNT(student_memory), &shape, &student) != TUTEE_OK ||
        tutee_descent_default_f64(0.25, &descent) != TUTEE_OK || tutee_stop_default_f64(100, &stop) != TUTEE_OK ||
        tutee_population_run_f64(student, teacher, &descent, &stop, NULL, scratch, COUNT(scratch), &result) != TUTEE_OK ||
        tutee_student_digest_f64(student, &digest) != TUTEE_OK) {
        fprintf(stderr, "a call was refused\n");
        return 1;
    }
    printf("%s %" PRIu32 " %016" PRIx64 "\n", tutee_version(), tutee_abi_version(), digest);
    return 0;
}
