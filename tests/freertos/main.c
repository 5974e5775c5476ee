/*
 * Two tasks of FreeRTOS, each with TASK_BYTES of stack and a student of its own, that take turns at every tick; a third says what they
 * learned, and how deep their stacks were.
 */
#include "FreeRTOS.h"
#include "board.h"
#include "learner.h"
#include "task.h"

#ifndef TASK_BYTES
#define TASK_BYTES 2048
#endif
enum { TASKS = 2, WORDS = TASK_BYTES / sizeof(StackType_t) };

volatile unsigned switches;
static learner learners[TASKS];
static volatile tutee_status results[TASKS];
static volatile unsigned done;
static StackType_t stacks[TASKS][WORDS], teller_stack[256];
static StaticTask_t tasks[TASKS], teller;
static TaskHandle_t handles[TASKS];

static void end(int failed) {
    board_semihosting(0x18, failed ? 0x20023 : 0x20026);
    for (;;) {}
}
void refused(const char *what) {
    board_say(what);
    board_say("\n");
    end(1);
}
void vApplicationStackOverflowHook(TaskHandle_t task, char *name) {
    (void)task;
    (void)name;
    refused("the stack of a task has overflowed");
}

static void say_number(uint64_t number, unsigned base, int digits) {
    char text[21];
    int at = 20;
    text[at] = '\0';
    for (; number != 0 || digits > 0; digits--) {
        text[--at] = "0123456789abcdef"[number % base];
        number /= base;
    }
    board_say(text + at);
}

static void work(void *which) {
    const uintptr_t task = (uintptr_t)which;
    results[task] = learner_train(&learners[task]);
    taskENTER_CRITICAL();
    done++;
    taskEXIT_CRITICAL();
    for (;;) vTaskDelay(1000);
}

static void tell(void *unused) {
    unsigned task, least = WORDS;
    (void)unused;
    while (done < TASKS) vTaskDelay(1);
    for (task = 0; task < TASKS; task++) {
        const unsigned left = (unsigned)uxTaskGetStackHighWaterMark(handles[task]);
        if (left < least) least = left;
        if (results[task] != TUTEE_OK) refused(tutee_status_message(results[task]));
        board_say("task ");
        say_number(task + 1, 10, 1);
        board_say(": digest ");
        say_number(learners[task].digest, 16, 16);
        board_say("\n");
    }
    board_say("| ");
    say_number(TASK_BYTES - least * sizeof(StackType_t), 10, 1);
    board_say(" bytes of stack, ");
    say_number(switches, 10, 1);
    board_say(" switches\n");
    end(0);
}

int main(void) {
    unsigned task;
    for (task = 0; task < TASKS; task++) {
        learners[task].state = task + 1;
        handles[task] = xTaskCreateStatic(work, "learner", WORDS, (void *)(uintptr_t)task, 1, stacks[task], &tasks[task]);
    }
    xTaskCreateStatic(tell, "teller", 256, 0, 2, teller_stack, &teller);
    vTaskStartScheduler();
    return 1;
}
