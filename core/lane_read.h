/* lane_read.h: the reading half of a lane: source, stage and encoder in a thread of their own, ahead of the sender by
 * as much as the ring lets them. Only the files of the lane include this. */
#ifndef WHERRY_LANE_READ_H
#define WHERRY_LANE_READ_H

#include "lane.h"
#include "lane_digest.h"
#include "ring.h"

/* A reader over what of a chain is behind a key. */
struct reader {
    const struct lane *lane;
    const struct table_load *table;
    struct sink *sink;
    struct source *source;
    int careful; /* rows go with the cells that they were made of, some thousand a message */
    struct ring ring;
    struct batch batch;
    struct bytes reached;        /* key of the last row read */
    int64_t read, passed, bytes; /* of the open step */
    struct stage_result staged;  /* of the batch, and counts of the open step */
    struct form_watch *watches;  /* one a column; the counts are of the open step */
    struct copy_counts *counts;
    int is_digested;
    struct load_digests digests; /* of the open step */
    pthread_t thread;
    struct err refusal; /* of a row that is being rejected; else clear, which would cost much to do for each row */
    struct err error;
};

/* Starts the thread over the lane's chain, behind the encoded key `after`. 0, or -1 and e. */
int reader_start(struct reader *r, const struct lane *l, struct sink *sink, int careful, const struct bytes *after,
                 struct err *e);

/* What of the chain is behind the encoded key. */
struct key_range chain_behind(const struct chain *chain, const struct bytes *after);

/* Ends the thread, wherever it is, and frees what it has. */
void reader_end(struct reader *r);

/* What names a row to people, "" where nothing does. */
void row_describe(char *out, size_t size, const struct batch *b, size_t row, const struct read_spec *spec);

/* Adds the row to an error where it has no place yet. */
void place_row(struct err *e, const struct table_load *t, const struct batch *b, size_t row);

/* Arrays of zeroed watches and counts, one a column of the table. 0, or -1 and e. */
int watches_make(const struct table_load *t, struct form_watch **watches, struct copy_counts **counts, struct err *e);
void watches_free(const struct table_load *t, struct form_watch *watches, struct copy_counts *counts);

#endif
