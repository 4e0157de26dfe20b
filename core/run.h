/* run.h: the load of a resolved plan: its tables in order, over a lane, in threads beside the caller's. */
#ifndef WHERRY_RUN_H
#define WHERRY_RUN_H

#include "lane.h"

/* What the load has done so far; a copy, taken under lock. */
struct run_progress {
    size_t table;  /* index of the table under way */
    int64_t rows;  /* source rows of it in committed steps of this process */
    int64_t total; /* source rows of all tables in committed steps of this process */
    int retrying;  /* the connection was lost and is tried again; retry says why */
    struct err retry;
};

struct run_options {
    struct lane_options lane; /* progress and context are filled by run_load */
    sqlite3 *db;              /* the load's reader connection */
    const struct table_load *tables;
    size_t count;
    /* Called in the caller's thread about five times a second and once at the end. May be NULL. */
    void (*tick)(void *context, const struct run_progress *progress);
    void *context;
};

/* Loads the tables in order, each from where the journal says. Blocks until done, failed or interrupted. 0, or -1 and
 * e. */
int run_load(const struct run_options *options, struct err *e);

#endif
