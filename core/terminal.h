/* terminal.h: the terminal that somebody types on, key by key. */
#ifndef WHERRY_TERMINAL_H
#define WHERRY_TERMINAL_H

#include <stddef.h>

#include "err.h"

struct terminal;

/* Takes the terminal on descriptor `fd` over: no echo, no lines, Ctrl-C is the byte 3. What was typed ahead stays. Free
 * with terminal_close, which gives it back as it was. 0, or -1 and e (ERR_ENVIRONMENT: it is no terminal). */
int terminal_open(struct terminal **out, int fd, struct err *e);
void terminal_close(struct terminal *t);

/* Waits for what is typed, at most `size` bytes. Their number; 0: the end of the input, or the process was asked to
 * stop; -1 and e. */
int terminal_read(struct terminal *t, char *out, size_t size, struct err *e);

#endif
