/* run.h: the load of a resolved plan over lanes, in threads beside the caller's: tables, and behind them what is built
 * on them. */
#ifndef WHERRY_RUN_H
#define WHERRY_RUN_H

#include "queue.h"

/* What the load has done so far; a copy, taken under lock, that is valid during the call. */
struct run_progress {
    int64_t total;           /* source rows of all tables in committed steps of this process */
    size_t lanes;            /* at work */
    const int64_t *rows;     /* by table: source rows in committed steps of this process */
    const size_t *under_way; /* tables */
    size_t under_way_count;
    const size_t *done; /* tables of which nothing is left, in that order */
    size_t done_count;
    const int64_t *building; /* objects of the journal */
    size_t building_count;
    size_t builds_done; /* steps of objects */
    int64_t unsent;     /* bytes of rows that are encoded and wait for their connections: the lag of the senders */
    int halted;         /* a lane has failed: the others end with their step */
    int retrying;       /* a connection was lost and is tried again; retry says why */
    struct err retry;
};

struct run_options {
    struct lane_options lane; /* progress, context and halt are filled by run_load */
    sqlite3 *const *readers;  /* a connection for each lane; of several sources, those of a lane side by side */
    size_t sources;           /* how many of them a lane has; 0: 1 */
    size_t jobs;              /* lanes, at least 1 */
    int attended; /* one more connection takes builds without an object, beside the lanes; where the server has none,
                     or it is lost, the lanes do them all */
    const struct table_load *tables;
    size_t count;
    const struct build *builds;
    size_t build_count;
    unsigned char *built; /* a byte a build, zeroed: set for those that are done. Owned by the caller; may be NULL */
    /* Called in the caller's thread about five times a second and once at the end. watch: 0, or -1 and e, by which the
     * load fails as by a failing lane. May be NULL, as its context. */
    int (*watch)(void *context, struct err *e);
    void *watched;
    /* Called behind that. May be NULL. */
    void (*tick)(void *context, const struct run_progress *progress);
    void *context;
};

/* Loads the tables, each from where the journal says, and does the builds. A build that the server refuses stays as it
 * is in the journal, with what waits for it, and is no failure. Blocks until done, failed or interrupted; when a lane
 * fails the others end with their step, and builds under way are cancelled. 0, or -1 and e: the first failure. */
int run_load(const struct run_options *options, struct err *e);

#endif
