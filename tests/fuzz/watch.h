/*
 * Memory under watch, and arguments that may be spoiled.
 *
 * All memory of a call lies in blocks, each an allocation of its own, so that the address sanitizer sees their ends.
 * before_call() copies every block; after_call() compares: a call may change what it was allowed to and nothing else,
 * and nothing at all when it is refused. In between, pointer(), length() and number() hand the arguments to the call; on
 * one call in four they spoil one of them.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "tutee.h"

/** The next byte of the input; 0 after its end. */
uint8_t byte(void);
/** Whether the input is at its end. */
int exhausted(void);
void feed(const uint8_t *data, size_t size);

/** Says what is wrong, and stops for good. */
_Noreturn void fail(const char *what, const char *about, long number);

/** A new block, filled with 0xA5. */
void *block(const char *name, size_t bytes);
void free_blocks(void);

void before_call(void);
/* Before a call of which nothing is chosen by the input: inputs of the corpus that are older stay what they were. */
void before_fixed_call(void);
/** When memory may change: when the call succeeds; unless it saw an overlap, which comes first; whatever it returns. */
enum when { ON_SUCCESS, UNLESS_OVERLAP, ALWAYS };
void allow(const void *at, size_t bytes, enum when when);
/** Allows the whole block to be changed that `at` points into. */
void allow_block(const void *at, enum when when);
/**
 * Checks what the call has done. Whether it was a success that counts: one with a spoiled argument is undone, so that
 * nothing comes of, say, a student that was overwritten by numbers.
 */
int after_call(const char *name, tutee_status status);
/** Whether an argument of the call has been spoiled. */
int is_spoiled(void);

/** What may become of a pointer: NULL or misaligned; also another place. */
enum spoil { NOT_ELSEWHERE, ELSEWHERE };
/** The pointer, or a spoiled one; elsewhere there are as many bytes as here. */
void *pointer(const void *at, size_t bytes, size_t align, enum spoil spoil);
/** A length, or a spoiled one: shorter, or longer than any that the library could believe. */
enum longer { SHORTER, LONGER };
size_t length(size_t n, enum longer longer);
/** A number from a list, or a spoiled one. */
int32_t listed(int32_t number);

/** A sink that keeps what it is handed, from the beginning on. */
const tutee_sink *keeping(void);
/** Fails unless that is these bytes. */
void kept_is(const uint8_t *bytes, size_t n, const char *name);

#endif
