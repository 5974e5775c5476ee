/* FreeRTOS on an emulated Cortex-M whose clock is 25 MHz: tasks of equal rank take turns at every tick, all memory is static. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configCPU_CLOCK_HZ 25000000
/* Often, so that a training is interrupted everywhere. */
#define configTICK_RATE_HZ 25000
#define configTICK_TYPE_WIDTH_IN_BITS TICK_TYPE_WIDTH_32_BITS
#define configMAX_PRIORITIES 3
#define configMINIMAL_STACK_SIZE 128
#define configUSE_PREEMPTION 1
#define configUSE_TIME_SLICING 1
#define configUSE_IDLE_HOOK 0
#define configUSE_TICK_HOOK 0
#define configUSE_TIMERS 0
#define configENABLE_MPU 0
#define configSUPPORT_STATIC_ALLOCATION 1
#define configSUPPORT_DYNAMIC_ALLOCATION 0
#define configKERNEL_PROVIDED_STATIC_MEMORY 1
#define configCHECK_FOR_STACK_OVERFLOW 2
#define INCLUDE_uxTaskGetStackHighWaterMark 1
#define INCLUDE_vTaskDelay 1
#define configKERNEL_INTERRUPT_PRIORITY 255
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 32

void refused(const char *what);
#define configASSERT(holds)                     \
    do {                                        \
        if (!(holds)) refused("assert: " #holds); \
    } while (0)

/* How often a task was given the processor. */
extern volatile unsigned switches;
#define traceTASK_SWITCHED_IN() switches++

/* The names that the processor's table has (tests/firmware_c/cortex_m.c), as CMSIS has them. */
#define vPortSVCHandler SVC_Handler
#define xPortPendSVHandler PendSV_Handler
#define xPortSysTickHandler SysTick_Handler

#endif
