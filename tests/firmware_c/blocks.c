/* The least program that sets and reads a student's numbers: `run` bounds its size. With KEY_QUERY it reads W_KQ, too. */
#include "tutee.h"

static uint64_t memory[TUTEE_STUDENT_WORDS_F32(2, 3, 4, 4)];
static float numbers[16], kq[16];

int main(void) {
    static const tutee_shape shape = {2, 3, 4, 4};
    const size_t words = sizeof memory / sizeof memory[0];
    tutee_student_f32 *student;
    tutee_status status = tutee_student_init_f32(memory, words, &shape, &student);
    if (status == TUTEE_OK) status = tutee_student_set_f32(student, TUTEE_VALUE, numbers, 6);
    if (status == TUTEE_OK) status = tutee_student_get_f32(student, TUTEE_LOGITS, numbers, 16);
#ifdef KEY_QUERY
    if (status == TUTEE_OK) status = tutee_student_get_key_query_f32(student, numbers, 16, kq, 16);
#else
    (void)kq;
#endif
    return status != TUTEE_OK;
}
