/* census.c: the passes over the tables, dealt out to threads.
 *
 * The jobs become units in their order, those that can't be split by rowid first; a large table that can be split
 * becomes several. Each thread takes the next unit, and the parts of a table are put together in order at the end:
 * first values stay first values. */
#include "census.h"

#include <stdatomic.h>
#include <string.h>

#include "census_column.h"
#include "snapshot.h"
#include "thread.h"

enum { READERS_MOST = 16, PARTS_A_READER = 4 };

/* Rowids below which a table is not worth splitting; they may have gaps, so this is no number of rows. */
static const uint64_t PART_LEAST = 20000;

struct unit {
    const struct census_job *job;
    int64_t low; /* rowids, where the job has a range */
    int64_t high;
    struct census_column *out;
};

/* A pass over all jobs. */
struct census {
    struct unit *units; /* owned */
    size_t count;
    size_t capacity;
    struct census_column *parts; /* owned: the columns of units that are not the first of their job */
    size_t part_columns;
    atomic_size_t next;
    atomic_size_t failed; /* the first unit that failed, so far; SIZE_MAX: none */
};

struct worker {
    struct census *census;
    sqlite3 *db;
    pthread_t thread;
    int started;
    struct bytes scratch; /* owned */
    size_t failed;        /* the unit that `error` is about; SIZE_MAX: none */
    struct err error;
};

static const char READING[] = "cannot read the table";

/* ---- one unit ---- */

/* True when what the unit finds is of no use any more. */
static int is_idle(const struct census *census, size_t unit)
{
    return atomic_load_explicit(&census->failed, memory_order_relaxed) < unit;
}

static int read_rows(struct worker *w, const struct unit *unit, sqlite3_stmt *statement, struct err *e)
{
    const struct census_job *job = unit->job;
    size_t index = (size_t)(unit - w->census->units);
    int rc;

    while ((rc = sqlite3_step(statement)) == SQLITE_ROW && !is_idle(w->census, index)) {
        for (size_t i = 0; i < job->columns; i++) {
            if (census_column_add(&unit->out[i], statement, (int)i, (enum census_wanted)job->wanted[i], &w->scratch,
                                  e) != 0) {
                return -1;
            }
        }
    }
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : snapshot_error(w->db, READING, e);
}

static int run_unit(struct worker *w, const struct unit *unit, struct err *e)
{
    const struct census_job *job = unit->job;
    sqlite3_stmt *statement = NULL;
    int result = -1;

    for (size_t i = 0; i < job->columns; i++) {
        census_column_init(&unit->out[i]);
    }
    if (sqlite3_prepare_v2(w->db, job->select, -1, &statement, NULL) != SQLITE_OK) {
        (void)snapshot_error(w->db, READING, e);
    } else if ((size_t)sqlite3_column_count(statement) != job->columns) {
        (void)err_set(e, ERR_INTERNAL, "the census of %zu columns reads %d", job->columns,
                      sqlite3_column_count(statement));
    } else if (job->range != NULL && (sqlite3_bind_int64(statement, 1, unit->low) != SQLITE_OK ||
                                      sqlite3_bind_int64(statement, 2, unit->high) != SQLITE_OK)) {
        (void)snapshot_error(w->db, READING, e);
    } else {
        result = read_rows(w, unit, statement, e);
    }
    (void)sqlite3_finalize(statement);
    if (result != 0) {
        err_place(e, job->table, NULL, NULL);
    }
    return result;
}

/* ---- threads ---- */

static void note_failure(struct census *census, size_t unit)
{
    size_t before = atomic_load(&census->failed);

    while (unit < before && !atomic_compare_exchange_weak(&census->failed, &before, unit)) {
    }
}

/* Units are taken in order: when one fails, all before it have been taken, and come to their own end. */
static void *work(void *context)
{
    struct worker *w = context;

    while (w->failed == SIZE_MAX) {
        size_t unit = atomic_fetch_add(&w->census->next, 1);

        if (unit >= w->census->count || is_idle(w->census, unit)) {
            break;
        }
        if (run_unit(w, &w->census->units[unit], &w->error) != 0) {
            w->failed = unit;
            note_failure(w->census, unit);
        }
    }
    return NULL;
}

static int run_units(struct census *census, sqlite3 *const *readers, size_t reader_count, struct err *e)
{
    struct worker workers[READERS_MOST];
    size_t threads = census->count < reader_count ? census->count : reader_count;
    int result = 0;

    for (size_t i = 0; i < threads; i++) {
        workers[i] = (struct worker){.census = census, .db = readers[i], .failed = SIZE_MAX};
        /* Without a thread there is only less to share the work with. */
        workers[i].started = i > 0 && thread_start(&workers[i].thread, work, &workers[i], &workers[i].error) == 0;
    }
    if (threads > 0) {
        (void)work(&workers[0]);
    }
    for (size_t i = 0; i < threads; i++) {
        if (workers[i].started) {
            (void)pthread_join(workers[i].thread, NULL);
        }
        bytes_free(&workers[i].scratch);
        if (workers[i].failed != SIZE_MAX && workers[i].failed == atomic_load(&census->failed)) {
            *e = workers[i].error;
            result = -1;
        }
    }
    return result;
}

/* ---- units ---- */

static int add_unit(struct census *census, const struct unit *unit, struct err *e)
{
    if (census->count == census->capacity) {
        size_t capacity = census->capacity == 0 ? 64 : census->capacity * 2;
        struct unit *units = mem_resize(census->units, capacity * sizeof *units, e);

        if (units == NULL) {
            return -1;
        }
        census->units = units;
        census->capacity = capacity;
    }
    census->units[census->count++] = *unit;
    return 0;
}

/* The rowids of a table. 0, or -1 and e; low > high for an empty table. */
static int read_range(sqlite3 *db, const struct census_job *job, int64_t *low, int64_t *high, struct err *e)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, job->range, -1, &statement, NULL);

    *low = 0;
    *high = -1;
    if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_type(statement, 0) == SQLITE_INTEGER) {
        *low = sqlite3_column_int64(statement, 0);
        *high = sqlite3_column_int64(statement, 1);
    }
    if (rc != SQLITE_OK || sqlite3_finalize(statement) != SQLITE_OK) {
        (void)snapshot_error(db, READING, e);
        err_place(e, job->table, NULL, NULL);
        return -1;
    }
    return 0;
}

/* Into how many parts a table is split. */
static uint64_t parts_of(const struct census_job *job, uint64_t span, size_t reader_count)
{
    uint64_t parts = span / PART_LEAST;

    if (job->range == NULL || reader_count < 2 || parts < 2) {
        return 1;
    }
    return parts < reader_count * PARTS_A_READER ? parts : reader_count * PARTS_A_READER;
}

static int add_job(struct census *census, const struct census_job *job, sqlite3 *db, size_t reader_count, struct err *e)
{
    struct unit unit = {.job = job, .low = INT64_MIN, .high = INT64_MAX, .out = job->out};
    int64_t low = 0;
    int64_t high = -1;

    if (job->range != NULL && reader_count > 1 && read_range(db, job, &low, &high, e) != 0) {
        return -1;
    }
    /* On unsigned numbers: the rowids may lie on both ends of 64 bits. */
    uint64_t span = low <= high ? (uint64_t)high - (uint64_t)low : 0;
    uint64_t parts = parts_of(job, span, reader_count);
    uint64_t width = span / parts;

    for (uint64_t i = 0; i < parts; i++) {
        /* The first part begins, and the last one ends, with all that there may be. */
        unit.low = i == 0 ? INT64_MIN : (int64_t)((uint64_t)low + i * width);
        unit.high = i + 1 == parts ? INT64_MAX : (int64_t)((uint64_t)low + (i + 1) * width - 1);
        unit.out = i == 0 ? job->out : NULL;
        census->part_columns += i == 0 ? 0 : job->columns;
        if (add_unit(census, &unit, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int make_units(struct census *census, sqlite3 *const *readers, size_t reader_count,
                      const struct census_job *jobs, size_t count, struct err *e)
{
    struct census_column *part;

    /* A large table that can't be split must not be the last one. */
    for (int split = 0; split < 2; split++) {
        for (size_t i = 0; i < count; i++) {
            if ((jobs[i].range != NULL) == split && add_job(census, &jobs[i], readers[0], reader_count, e) != 0) {
                return -1;
            }
        }
    }
    if (census->part_columns == 0) {
        return 0;
    }
    census->parts = mem_alloc(census->part_columns * sizeof *census->parts, e);
    if (census->parts == NULL) {
        return -1;
    }
    part = census->parts;
    for (size_t i = 0; i < census->count; i++) {
        if (census->units[i].out == NULL) {
            census->units[i].out = part;
            part += census->units[i].job->columns;
        }
    }
    return 0;
}

static void merge_units(const struct census *census)
{
    for (size_t i = 0; i < census->count; i++) {
        const struct unit *unit = &census->units[i];

        for (size_t k = 0; unit->out != unit->job->out && k < unit->job->columns; k++) {
            census_column_merge(&unit->job->out[k], &unit->out[k]);
        }
    }
}

int census_run(sqlite3 *const *readers, size_t reader_count, const struct census_job *jobs, size_t count, struct err *e)
{
    struct census census = {0};
    int result = -1;

    if (reader_count > READERS_MOST) {
        reader_count = READERS_MOST;
    }
    atomic_init(&census.next, 0);
    atomic_init(&census.failed, SIZE_MAX);
    if (make_units(&census, readers, reader_count, jobs, count, e) == 0 &&
        run_units(&census, readers, reader_count, e) == 0) {
        merge_units(&census);
        result = 0;
    }
    for (size_t i = 0; i < reader_count; i++) {
        (void)sqlite3_db_release_memory(readers[i]); /* there may be hundreds of files, and each has caches */
    }
    mem_free(census.parts);
    mem_free(census.units);
    return result;
}
