/* lane_read.h: the reading half of a lane: source, stage and encoder in a thread of their own, ahead of the sender by
 * as much as the ring lets them. Only the files of the lane include this. */
#ifndef WHERRY_LANE_READ_H
#define WHERRY_LANE_READ_H

#include "lane.h"
#include "ring.h"

/* A reader over what is behind a key, to the table's end. */
struct reader {
    const struct lane *lane;
    const struct table_load *table;
    struct sink *sink;
    struct source *source;
    struct ring ring;
    struct batch batch;
    struct bytes reached;                  /* key of the last row read */
    int64_t read, filtered, passed, bytes; /* of the open step */
    pthread_t thread;
    struct err error;
};

/* Starts the thread behind the encoded key `after`. 0, or -1 and e. */
int reader_start(struct reader *r, const struct lane *l, const struct table_load *t, struct sink *sink,
                 const struct bytes *after, struct err *e);

/* Ends the thread, wherever it is, and frees what it has. */
void reader_end(struct reader *r);

/* What names a row to people, "" where nothing does. */
void row_describe(char *out, size_t size, const struct batch *b, size_t row, const struct read_spec *spec);

#endif
