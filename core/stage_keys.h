/* stage_keys.h: the first stage of a table: rows that were merged into others are taken out, and cells are replaced by
 * what lookups have for them. */
#ifndef WHERRY_STAGE_KEYS_H
#define WHERRY_STAGE_KEYS_H

#include "lookup.h"
#include "stage.h"

/* What becomes of a key that the lookup does not have. NULL stays NULL in any case. */
enum missing {
    MISSING_BAD,  /* the cell stays as it is and is marked CELL_MISSED: a hook may change it, else it is a bad value */
    MISSING_NULL, /* NULL, marked CELL_NO_KEY */
    MISSING_KEEP  /* the cell stays as it is, marked CELL_NO_KEY */
};

struct stage_lookup {
    size_t cell; /* index in the row; no other column reads it */
    const struct lookup *lookup;
    enum missing missing;
};

/* Everything is owned by the plan. */
struct stage_keys {
    struct stage base;           /* first: the two share their address; stage_keys_apply */
    const struct lookup *merged; /* the keys of rows that are other rows from now on; NULL: none */
    const size_t *key_columns;   /* the cells of the key: one is looked up itself, several encoded (key.h) as a blob */
    size_t key_count;
    const struct stage_lookup *lookups;
    size_t lookup_count;
};

int stage_keys_apply(struct stage *s, struct batch *b, struct stage_result *r, struct err *e);

#endif
