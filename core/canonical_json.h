/* canonical_json.h: what the files share that make jsonb's text of a JSON text; nobody else includes it. */
#ifndef WHERRY_CANONICAL_JSON_H
#define WHERRY_CANONICAL_JSON_H

#include "canonical_internal.h"
#include "text_scan.h"

enum { FEW_PAIRS = 32, SLACK = 64 };

/* A piece of the draft, by its places in `out`, and the index of the one that follows it. */
struct run {
    size_t from;
    size_t to;
    size_t next;
};

/* Runs, by index. */
struct list {
    size_t first;
    size_t last;
};

/* A member of an object: a list, and the run behind it. */
struct pair {
    const unsigned char *draft; /* set for the sort */
    size_t key;                 /* behind its opening quote, as written into the draft */
    size_t key_length;
    int has_escapes;
    struct list list;
    size_t from;
    size_t to;
};

struct level {
    int is_object;
    int is_sorted;    /* where is_object: so far */
    size_t pairs;     /* of the levels outside of it */
    struct list list; /* what was listed when it began, and where the run behind that begins */
    size_t from;
};

struct draft {
    const unsigned char *at;
    const unsigned char *end;
    struct bytes *out;
    size_t start;      /* of the draft, in out */
    size_t most;       /* bytes that it may have */
    unsigned char *to; /* in out, whose length is brought up to it at the end */
    struct list list;  /* of the pair, or of the document, that is being read */
    size_t from;       /* the run behind it */
    struct bytes runs; /* struct run */
    struct pair *pairs;
    size_t pair_count;
    size_t pair_room;
    int has_escapes; /* the string last written */
    struct err *e;
    size_t depth;
    struct pair few[FEW_PAIRS];
    struct level levels[JSON_DEPTH]; /* large, and set as far as it is used */
};

/* Where no run follows. */
static const size_t NO_RUN = SIZE_MAX;

/* Refuses the text: what jsonb takes is no such thing. Always returns -1. */
int json_draft_fault(const struct draft *d) __attribute__((cold));

/* Makes room for so many bytes, and for what is left to read. 0, or -1 and d->e. */
int json_draft_room(struct draft *d, size_t more);

/* What of a string is not plain, up to its closing quote. 0, or -1 and d->e. */
int json_draft_string_rest(struct draft *d);

/* A number. 0, or -1 and d->e. */
int json_draft_number(struct draft *d);

/* Makes room for another pair. 0, or -1 and d->e. */
int json_draft_pair_room(struct draft *d);

/* Below 0, 0 or above 0: how jsonb orders the keys of two pairs whose draft is set. */
int json_compare_keys(const struct pair *a, const struct pair *b);

/* Brings the pairs of an object that has just been read into their order, in the draft or as a list. 0, or -1 and
 * d->e. */
int json_draft_order_pairs(struct draft *d, const struct level *level);

/* Brings the runs of a draft into their order. 0, or -1 and d->e. */
int json_draft_finish(struct draft *d);

/* canonical_json, of no more than so many bytes: numbers of few bytes may have many digits. */
int canonical_json_within(const unsigned char *text, size_t length, size_t most, struct bytes *out, struct err *e);

static inline size_t json_draft_here(const struct draft *d)
{
    return (size_t)(d->to - d->out->data);
}

static inline unsigned char json_draft_byte(const struct draft *d)
{
    return d->at < d->end ? *d->at : 0;
}

static inline void json_draft_skip_spaces(struct draft *d)
{
    const unsigned char *at = d->at;

    while (at < d->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    d->at = at;
}

static inline void json_draft_two(struct draft *d, char first, char second)
{
    const char both[2] = {first, second};

    memcpy(d->to, both, sizeof both);
    d->to += sizeof both;
}

/* A string, the text standing on its opening quote. Most are short and plain: names, words, dates. Places are kept in
 * variables of their own here, for a byte that is written could be one of the draft's members to the compiler. */
static inline int json_draft_string(struct draft *d)
{
    enum { AT_ONCE = 16 };
    const unsigned char *at = d->at + 1;
    unsigned char *to = d->to;

    *to++ = '"';
    d->has_escapes = 0;
    if (d->end - at >= AT_ONCE) {
        size_t plain = (size_t)(json_plain_start(at, d->end) - at);
        memcpy(to, at, AT_ONCE); /* there is room, and what is too much will be written over */
        to += plain;
        at += plain;
    }
    d->at = at;
    d->to = to;
    if (json_draft_byte(d) != '"') {
        if (json_draft_string_rest(d) != 0) {
            return -1;
        }
        at = d->at;
        to = d->to;
    }
    *to = '"';
    d->at = at + 1;
    d->to = to + 1;
    return 0;
}

#endif
