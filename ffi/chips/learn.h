/* What the example needs to say what it learned: see learn.c. */
#ifndef LEARN_H
#define LEARN_H

#ifdef __cplusplus
extern "C" {
#endif

/* Sends a piece of text to whoever watches. */
typedef void learn_say(const char *text);
/* Trains, and returns 0 when the student found what there is to find. */
int learn(learn_say *say);

#ifdef __cplusplus
}
#endif

#endif
