/* check_key.h: when PostgreSQL takes two values for equal, over their wire: keys are compared by what the target would
 * compare, not by what the source keeps apart. */
#ifndef WHERRY_CHECK_KEY_H
#define WHERRY_CHECK_KEY_H

#include "codec.h"
#include "sorter.h"

/* Values of two columns can be compared when their equality is the same; with EQUAL_EXACTLY their types, too. */
enum equality {
    EQUAL_UNKNOWN, /* only the server can say (jsonb, ranges, composites), or there is no such comparison (json) */
    EQUAL_EXACTLY, /* the wire is the same */
    EQUAL_INTEGER,
    EQUAL_REAL,
    EQUAL_NUMERIC,
    EQUAL_TEXT,
    EQUAL_PADDED,  /* char(n): spaces at the end do not count */
    EQUAL_FOLDED,  /* citext: as its lower case; of letters beyond ASCII only the server knows that */
    EQUAL_INTERVAL /* a month is 30 days, a day 24 hours */
};

enum equality equality_of(const struct codec *codec, const struct codec_hint *hint);

/* The word by which Lua knows it; NULL for EQUAL_UNKNOWN. Static storage. */
const char *equality_name(enum equality equality);

/* Appends the form of a value that is equal, byte by byte, for all values that PostgreSQL takes for equal. 0: done; 1:
 * only the server knows what this value is equal to, nothing was appended; -1 and e (ERR_MEMORY). */
int equality_append(enum equality equality, const unsigned char *wire, size_t length, struct bytes *out, struct err *e);

/* The digest of a key's bytes. */
void equality_digest(struct sort_record *record, const struct bytes *key);

#endif
