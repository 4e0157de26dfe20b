/* lane_digest.h: the digests of what a step sends to the tables of one load: its own rows, and those that were emitted.
 * Only the files of the lane include this. */
#ifndef WHERRY_LANE_DIGEST_H
#define WHERRY_LANE_DIGEST_H

#include "lane.h"

/* Zero-initialise, then set `table`; free with load_digests_free. Nothing is allocated where nobody asks. */
struct load_digests {
    const struct table_load *table;
    struct digest *all; /* owned; of the table, then of each that gets emitted rows; NULL: no rows came yet */
    struct digest_scratch scratch;
    struct bytes given; /* indexes of the columns that an emitted row has */
};

void load_digests_free(struct load_digests *d);

/* True when any of the load's tables has a digest. */
int load_is_digested(const struct table_load *t);

enum digest_way { DIGEST_ADD, DIGEST_TAKE };

/* Adds an encoded row, with what was made of it behind it, or takes it back. 0, or -1 and e. */
int load_digests_row(struct load_digests *d, const unsigned char *row, enum digest_way way, struct err *e);

/* Appends the digests to `out` and begins anew; nothing where no table has one. 0, or -1 and e. */
int load_digests_move(struct load_digests *d, struct bytes *out, struct err *e);

/* Adds digests that were appended so. 0, or -1 and e. */
int load_digests_add(struct load_digests *d, const struct bytes *moved, struct err *e);

/* Writes them to the journal within the open step of the slice, each under its table. 0, or -1 and e. */
int load_digests_write(struct load_digests *d, struct pgwire *p, const struct journal *j, int64_t slice, struct err *e);

#endif
