/* remap.h: keys that change on their way into the target: the ids of rows that were merged into others become theirs,
 * and the ids of one source move by an offset. The cells of the row stay as they are, so that it keeps its own key. */
#ifndef WHERRY_REMAP_H
#define WHERRY_REMAP_H

#include "lookup.h"

struct remap {
    const struct lookup *const *lookups; /* the first one that has the key says what stands in its place */
    size_t count;
    int64_t offset;     /* added to what is there then; 0: nothing is */
    const char *lookup; /* the name of the lookup that cells marked CELL_MISSED are not in; NULL: there is none */
};

/* What the column gets for a cell: *out, whose bytes, if any, are *out_data. 0, or -1 and e: ERR_VALUE where there is
 * nothing that it could get. */
int remap_cell(const struct remap *r, const struct cell *c, const unsigned char *data, struct cell *out,
               const unsigned char **out_data, struct err *e);

#endif
