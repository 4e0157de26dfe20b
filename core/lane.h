/* lane.h: a lane moves one part of a table at a time from its source connection to its target connection: a reading
 * thread (source, stage, encoder) and a sending thread (COPY, journal) with a bounded ring between them. */
#ifndef WHERRY_LANE_H
#define WHERRY_LANE_H

#include <stdatomic.h>

#include "emit.h"
#include "journal.h"
#include "sink.h"
#include "source.h"
#include "stage.h"
#include "tally.h"

/* One table of the resolved plan. Everything is owned by the plan and outlives the lane. */
struct table_load {
    const char *source; /* name of the source file in the plan, e.g. "main" */
    struct read_spec read;
    struct write_spec write;
    struct stage *const *stages; /* stage_count of them, in the order in which rows go through them */
    size_t stage_count;
    const struct emit_target *emits; /* tables that stages make rows for, emit_count of them */
    size_t emit_count;
    const struct digest_spec *digest; /* what the rows are summed up as for the journal; NULL: nobody asks */
    int rejects; /* a row that the target refuses is rejected instead of stopping the run; columns say for themselves */
    const char *const *cell_names; /* of all cells of a row, for rejects; read.columns of them */
    size_t reader;                 /* index of its source's connection among those of a lane, where there are several */
    const size_t *after;           /* indexes of tables that have to be loaded before; after_count of them */
    size_t after_count;
};

/* Steps of a chain that this process has counted, of which a crash of the server may take back the last ones
 * (lane_lost.c); zero at start. */
struct chain_steps {
    struct bytes counted; /* a struct counted_step each; emptied whenever a step has waited for the disk */
    int64_t unsure; /* the slice whose step failed last, 0: none: it was committed if the journal is behind it .. */
    struct journal_counts unsure_counts; /* .. and then it did this */
};

/* What is left of a table up to a key: a chain of slices, of which each commit adds the next. */
struct chain {
    const struct table_load *table;
    size_t index;             /* of the table in the tally */
    struct bytes until;       /* encoded key; empty: to the table's end */
    struct chain_steps steps; /* of this process; free it with chain_free */
};

/* Frees what the chain owns. */
void chain_free(struct chain *c);

struct lane;

struct lane_options {
    const char *conninfo; /* target */
    struct journal journal;
    int64_t step_rows;      /* a step ends after so many source rows .. */
    int64_t step_bytes;     /* .. or so many encoded bytes */
    int64_t max_bad;        /* the run stops when more rows than that were rejected; below 0: no limit */
    double max_bad_percent; /* .. or more of a table's rows than that, of 1,000 and more; below 0: no limit */
    int64_t retry_ms;       /* how long a lost connection is tried again, from the first failure since a committed step;
                               time at work on a connection until it is lost does not count */
    int64_t back_off_ms;    /* before the second attempt, twice as long before each further one; 0: 100 */
    size_t lanes;           /* at work side by side: they share the memory; 0: 1 */
    const atomic_int *halt; /* not 0: the lane ends with its step (ERR_INTERRUPTED). May be NULL */
    atomic_llong *unsent;   /* bytes of rows that are encoded and not sent, over all lanes. May be NULL */
    /* Called in the sending thread after each committed step with the rows read and inserted by it, and, with `retry`
     * set, when the connection was lost and is tried again (t is NULL beside a load). May be NULL. */
    void (*progress)(void *context, const struct table_load *t, const struct journal_counts *step,
                     const struct err *retry);
    /* Called on each new connection of the lane, before it is worked with. 0, or -1 and e: the work is not done. May be
     * NULL. */
    int (*connected)(void *context, struct lane *l, struct err *e);
    void *context;
};

struct guess;
struct trial;

/* How rows were refused lately, which the next ones will likely be, too (lane_careful.c). */
struct refusals {
    size_t distance;       /* rows from one to the next, about; 0: nothing was refused */
    int in_order;          /* rows were refused for others before them, or in a way that does not say */
    char duplicates[1024]; /* what the server said of keys that are there already: it names the indexes */
    int duplicates_told;   /* of how many indexes */
    int foreseen;          /* what was refused had been guessed, or nothing was */
};

struct lane {
    const struct lane_options *options;
    sqlite3 *db;              /* source connection; used by the reading thread only */
    sqlite3 *const *readers;  /* one a source: db becomes that of the table under way; NULL: db is the only one */
    struct tally *tally;      /* shared by all lanes; for lane_load */
    size_t number;            /* among those side by side, from 0: what stages know it by */
    struct chain *chain;      /* under way */
    struct pgwire *pg;        /* owned; NULL until the first table */
    int backend;              /* server process of this connection, or of the one before it; 0: there was none */
    struct guess *guess;      /* owned; of the table under way (lane_guess.h); NULL: not needed yet */
    struct trial *trial;      /* the same (lane_trial.h) */
    struct refusals refusals; /* of the table under way */
};

/* Loads all that is left of a chain, step by step. Runs in the calling thread as the sending thread. 0, or -1 and e:
 * what was committed stays, and the journal says where to go on. */
int lane_load(struct lane *l, struct chain *chain, struct err *e);

enum retry_outcome {
    RETRY_OPEN,    /* not tried */
    RETRY_LOADED,  /* in the target; or somebody else has loaded it meanwhile */
    RETRY_REFUSED, /* rejected again: the journal has the new reason */
    RETRY_DROPPED, /* the script leaves it out by now, or it is merged: it is counted as that, and no reject any more */
    RETRY_GONE     /* the source has no such row any more, or the plan leaves it out */
};

/* A row that was rejected. */
struct retry {
    int64_t id;               /* of the reject in the journal */
    const unsigned char *key; /* encoded source key */
    size_t key_length;
    enum retry_outcome outcome;
};

/* Reads rejected rows of a table from the source again, by their keys (sql_key: the table's SELECT for one key bound to
 * ?1..?k), and loads those that fit by now, in steps of their own. Fills the outcomes, in so far as steps were
 * committed. 0, or -1 and e. */
int lane_retry(struct lane *l, const struct table_load *t, const char *sql_key, struct retry *rejects, size_t count,
               struct err *e);

/* Closes the lane's connection. */
void lane_close(struct lane *l);

#endif
