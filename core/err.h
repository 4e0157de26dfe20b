/* err.h: an error is a value: what happened, where, and what to do about it.
 *
 * Functions of the core return 0 on success and -1 on failure and fill a `struct err *` once, where the fact is known.
 * Callers add the place (err_place) and never overwrite the message. Nothing in the core prints or exits. */
#ifndef WHERRY_ERR_H
#define WHERRY_ERR_H

#include <stddef.h>

enum err_kind {
    ERR_NONE = 0,
    ERR_USAGE,       /* the caller's arguments are wrong */
    ERR_ENVIRONMENT, /* connection refused, rights, disk, missing tool, unreadable source */
    ERR_PLAN,        /* the plan cannot be carried out */
    ERR_VALUE,       /* a stored value does not fit its target column */
    ERR_SERVER,      /* PostgreSQL refused a statement; sqlstate is set */
    ERR_CONNECTION,  /* the connection to PostgreSQL was lost or timed out: worth a retry */
    ERR_SOURCE,      /* SQLite could not read: damage, lock, I/O */
    ERR_CHANGED,     /* the source moved while it was read */
    ERR_MEMORY,      /* out of memory */
    ERR_INTERRUPTED, /* a signal asked the run to stop */
    ERR_INTERNAL     /* a broken assumption of our own */
};

/* All texts are NUL-terminated and cut to their size; value is already escaped for display. */
struct err {
    enum err_kind kind;
    char sqlstate[6];    /* "" when the server did not speak */
    char by_function;    /* 1: the server said it inside of a function, such as a trigger's */
    char by_stage;       /* 1: a stage of the load said it: a function of the script, a lookup */
    char table[256];     /* source table, else target table; "" when unknown */
    char column[256];    /* "" when unknown */
    char key[512];       /* source key for display, e.g. "id=42"; "" when unknown */
    char value[256];     /* the offending value: text escaped and cut, numbers as digits, blobs as hex; "" if unknown */
    char value_class[8]; /* its storage class: "null", "integer", "real", "text", "blob"; "" when there is no value */
    char message[1024];  /* one sentence, no trailing newline */
    char hint[512];      /* what to do; "" when there is nothing to say */
};

/* Resets `e` to "no error". */
void err_clear(struct err *e);

/* Sets kind and message (printf format; cut to fit) and clears everything else. Always returns -1, so that a caller can
 * write `return err_set(e, ...)`. */
int err_set(struct err *e, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Sets the hint of an error that is already set. Always returns -1. */
int err_hint(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the place where it is not known yet: a field that is already filled stays. NULL leaves a field alone. */
void err_place(struct err *e, const char *table, const char *column, const char *key);

/* The word by which Lua and the JSON document know a kind, e.g. "value". Static storage. */
const char *err_kind_name(enum err_kind kind);

/* Renders bytes for display into out (size bytes, always terminated): control characters, quotes and backslashes
 * escaped, invalid UTF-8 as \xNN, cut with an ellipsis when too long. */
void err_escape(char *out, size_t size, const unsigned char *bytes, size_t length);

#endif
