/* lookup.h: a hash map from one cell to one cell. It is filled before the load; from then on all lanes read it, without
 * locks. Keys are the same where SQLite's = says so: integers and whole reals are equal, texts go by the collation. */
#ifndef WHERRY_LOOKUP_H
#define WHERRY_LOOKUP_H

#include "affinity.h"
#include "batch.h"

enum collation { COLLATION_BINARY, COLLATION_NOCASE, COLLATION_RTRIM };

/* The collation of a word: "BINARY", "NOCASE", "RTRIM". 0, or -1: there is none of this name. */
int collation_find(const char *word, enum collation *collation);

struct lookup; /* opaque */

/* An empty map. affinity: that of the column which the keys come from; what is looked up gets it first, as a child's
 * value does where SQLite compares it with its parent's. *out is owned by the caller. 0, or -1 and e. */
int lookup_new(struct lookup **out, enum collation collation, enum affinity affinity, struct err *e);

/* One more owner, who calls lookup_free, too. Safe beside other threads. */
struct lookup *lookup_share(struct lookup *l);

/* Gives the map up; the last owner frees it. NULL is allowed. */
void lookup_free(struct lookup *l);

/* Adds a key that is not NULL, with its value; the bytes of texts and blobs are copied. 0: added; 1: the key is there
 * already, and nothing is changed; -1 and e. */
int lookup_add(struct lookup *l, const struct cell *key, const unsigned char *key_data, const struct cell *value,
               const unsigned char *value_data, struct err *e);

/* The value of a key, or NULL where the key is not there (NULL never is); and the bytes of a value, NULL where it has
 * none. Both are valid until something is added. */
const struct cell *lookup_find(const struct lookup *l, const struct cell *key, const unsigned char *key_data);
const unsigned char *lookup_data(const struct lookup *l, const struct cell *value);

/* How many keys there are, and the memory that they take, in bytes. */
size_t lookup_count(const struct lookup *l);
size_t lookup_memory(const struct lookup *l);

/* A digest of all keys and values as they were added, whatever their order. */
uint64_t lookup_digest(const struct lookup *l);

#endif
