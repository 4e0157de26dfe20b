/* json_scan_internal.h: what the files of the scan of JSON share. */
#ifndef WHERRY_JSON_SCAN_INTERNAL_H
#define WHERRY_JSON_SCAN_INTERNAL_H

#include <stdint.h>

#include "codec.h"
#include "json_scan.h"

/* Sets of styles. */
enum {
    NO_STYLE = 0,
    SPACED = 1 << 0 | 1 << JSON_ASCII,
    TIGHT = 1 << JSON_COMPACT | 1 << (JSON_COMPACT | JSON_ASCII),
    UNESCAPED = 1 << 0 | 1 << JSON_COMPACT,
    ESCAPED = 1 << JSON_ASCII | 1 << (JSON_COMPACT | JSON_ASCII),
    ALL_STYLES = SPACED | TIGHT
};

_Static_assert(ALL_STYLES == (1 << JSON_STYLES) - 1, "a style is in none of the sets");

struct json_key {
    const unsigned char *text; /* behind the opening quote; NULL before the first key */
    size_t length;             /* as written */
    int has_escapes;
};

struct json_level {
    int is_object;
    struct json_key last; /* where is_object */
};

struct json_scan {
    const unsigned char *data;
    const unsigned char *end;
    int strict;
    unsigned styles;
    int has_escapes;         /* the last string */
    const unsigned char *at; /* of the fault */
    const char *why;
    size_t depth;
    struct json_level levels[JSON_DEPTH]; /* large, and set as far as it is used */
};

/* Notes the fault at a place. Always returns NULL. */
const unsigned char *json_fault(struct json_scan *s, const unsigned char *at, const char *why) __attribute__((cold));

/* The rest of a string that began with the quote at `start`: the place behind its end. */
const unsigned char *json_string_rest(struct json_scan *s, const unsigned char *start, const unsigned char *at);

/* Whether what key `b` says comes after what key `a` says, in jsonb's order; both have been scanned without fault. */
int json_says_later(const struct json_key *a, const struct json_key *b);

#endif
