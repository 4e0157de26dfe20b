/* verify_source.c: tables, or parts of them, through source, stages and encoder into hashes. */
#include "verify_source.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cell_json.h"
#include "codec_common.h"
#include "crew.h"
#include "key.h"
#include "split.h"
#include "verify_unread.h"
#include "worker.h"

struct part {
    size_t table;
    struct split_range range;
    struct verify_table_result found;
};

struct verifying {
    const struct verify_source_options *options;
    struct verify_table_result *results;
    struct part *parts; /* owned; those of a table follow each other */
    size_t part_count;
    struct crew crew;
    atomic_llong *rows;     /* owned; one a table: read so far */
    atomic_llong *open;     /* owned; one a table: parts that are not at their end */
    pthread_mutex_t asking; /* held by who uses the connection */
};

/* Reads a part. */
struct part_reader {
    struct verifying *all;
    struct part *part;
    size_t slot;
    const struct table_load *load;
    const struct key_set *rejected;       /* of the table; or NULL */
    const struct verify_foreign *foreign; /* of the table; NULL: it has no such columns */
    struct foreign_rows held;             /* rows that wait for what the server says of them, .. */
    struct bytes held_rows;               /* .. and their places in the batch, size_t each */
    struct copy_format format;
    struct batch batch;
    struct bytes row; /* of COPY's format */
    struct bytes key;
    struct digest_scratch scratch;
    struct err refusal; /* clear but while a row is refused */
};

/* ---- sums ---- */

static int sum_up(void *context, size_t slot, const struct verify_row *row, struct err *e)
{
    struct digest **digests = context;
    struct digest_bucket *bucket = &digests[row->target]->buckets[digest_bucket_of(row->key_hash)];

    (void)slot;
    (void)e;
    /* Threads rarely meet in one of so many buckets. */
    (void)__atomic_fetch_add(&bucket->rows, 1, __ATOMIC_RELAXED);
    (void)__atomic_fetch_add(&bucket->sum, row->row_hash, __ATOMIC_RELAXED);
    return 0;
}

struct verify_taker verify_summing(struct digest **digests)
{
    return (struct verify_taker){.row = sum_up, .context = digests};
}

/* ---- rows ---- */

static int give(struct part_reader *r, const struct digest_spec *spec, size_t row, int is_emitted, uint64_t key_hash,
                uint64_t row_hash, struct err *e)
{
    const struct verify_taker *taker = &r->all->options->taker;
    const struct verify_row found = {.target = spec->target,
                                     .key_hash = key_hash,
                                     .row_hash = row_hash,
                                     .spec = spec,
                                     .record = &r->scratch.record,
                                     .load = r->load,
                                     .batch = is_emitted ? NULL : &r->batch,
                                     .row = row};

    return taker->row(taker->context, r->slot, &found, e);
}

/* The rows that a function made of one: see emit.c. */
static int give_emitted(struct part_reader *r, size_t row, struct err *e)
{
    const struct bytes emitted = stage_emitted(&r->part->found.staged, row);
    const unsigned char *at = emitted.data;
    const unsigned char *end = at + emitted.length;
    size_t given[EMIT_COLUMNS_MOST];
    uint64_t key_hash;
    uint64_t row_hash;

    while (at < end) {
        const struct digest_spec *spec = r->load->emits[codec_u16(at)].digest;
        size_t count = codec_u16(at + 2);

        at += 4;
        for (size_t i = 0; i < count; i++, at += 2) {
            given[i] = codec_u16(at);
        }
        size_t size = codec_u32(at);
        if (spec != NULL && (digest_row_of(spec, given, count, at + 4, &r->scratch, &key_hash, &row_hash, e) != 0 ||
                             give(r, spec, row, 1, key_hash, row_hash, e) != 0)) {
            return -1;
        }
        at += 4 + size;
    }
    return 0;
}

/* Whether a row of these cells may be what a digest has more: it is, where that is one row. */
static int is_more(const struct digest *more, uint64_t hash)
{
    const struct digest_bucket *bucket = &more->buckets[digest_bucket_of(hash)];

    return bucket->rows == 1 ? bucket->sum == hash : bucket->rows >= 0 && bucket->sum != 0;
}

/* Adds the cells of a row at which a load would stop to the sum of these. *is_told: whether the row is one of those
 * that may be told. 0, or -1 and e. */
static int sum_unfit(struct part_reader *r, size_t row, int *is_told, struct err *e)
{
    const struct verify_source_options *o = r->all->options;
    struct verify_row found = {.target = r->part->table};

    *is_told = 1;
    if (o->unfit == NULL) {
        return 0;
    }
    if (unread_hash(&r->batch, row, r->load->write.columns, r->load->write.count, &r->key, &found.row_hash, e) != 0) {
        return -1;
    }
    found.key_hash = found.row_hash;
    *is_told = o->unfit_more == NULL || is_more(o->unfit_more, found.row_hash);
    return sum_up(o->unfit, r->slot, &found, e);
}

/* Notes a row at which a load would stop; `why` says the reason. 0, or -1 and e. */
static int note_unfit(struct part_reader *r, size_t row, const struct err *why, struct err *e)
{
    struct verify_table_result *found = &r->part->found;
    int is_told;

    found->unfit++;
    if (sum_unfit(r, row, &is_told, e) != 0) {
        return -1;
    }
    if (is_told && found->unfit_why[0] == '\0') {
        row_describe(found->unfit_key, sizeof found->unfit_key, &r->batch, row, &r->load->read);
        (void)snprintf(found->unfit_why, sizeof found->unfit_why, "%s", why->message);
        (void)snprintf(found->unfit_value, sizeof found->unfit_value, "%s", why->value);
    }
    return 0;
}

/* Whether the target had rejected the row. 1, 0, or -1 and e. */
static int is_left_out(struct part_reader *r, size_t row, struct err *e)
{
    const struct read_spec *read = &r->load->read;

    if (r->rejected == NULL || r->rejected->count == 0) {
        return 0;
    }
    r->key.length = 0;
    /* A row without a key is known by all of its cells. */
    int result = read->key_count > 0 ? key_encode(&r->key, &r->batch, row, read->key_columns, read->key_count, e)
                                     : row_json(&r->key, &r->batch, row, r->load->cell_names, read->columns, e);
    return result != 0 ? -1 : key_set_has(r->rejected, r->key.data, r->key.length);
}

/* A row as it would be written. */
static int give_row(struct part_reader *r, size_t row, const unsigned char *wire, struct err *e)
{
    const struct digest_spec *spec = r->load->digest;
    uint64_t key_hash;
    uint64_t row_hash;

    if (spec != NULL && (digest_row(spec, wire, &r->scratch, &key_hash, &row_hash, e) != 0 ||
                         give(r, spec, row, 0, key_hash, row_hash, e) != 0)) {
        return -1;
    }
    return r->load->emit_count > 0 ? give_emitted(r, row, e) : 0;
}

/* ---- rows of which the server has to be asked ---- */

static int hold(struct part_reader *r, size_t row, struct err *e)
{
    return foreign_rows_add(&r->held, r->row.data, r->row.length, e) != 0
               ? -1
               : bytes_append(&r->held_rows, &row, sizeof row, e);
}

static size_t held_row(const struct part_reader *r, size_t place)
{
    size_t row;

    memcpy(&row, r->held_rows.data + place * sizeof row, sizeof row);
    return row;
}

/* Asks, and halves what is refused until it is one row. */
static int give_held(struct part_reader *r, size_t first, size_t count, struct err *e)
{
    struct foreign_rows made = {0};
    int result;

    (void)pthread_mutex_lock(&r->all->asking);
    result = foreign_normalise(r->all->options->pg, r->foreign, &r->held, first, count, &made, e);
    (void)pthread_mutex_unlock(&r->all->asking);
    for (size_t i = 0; i < made.count && result == 0; i++) {
        size_t length;

        result = give_row(r, held_row(r, first + i), foreign_rows_at(&made, i, &length), e);
    }
    foreign_rows_free(&made);
    if (result > 0 && count > 1) {
        return give_held(r, first, count / 2, e) != 0 ? -1 : give_held(r, first + count / 2, count - count / 2, e);
    }
    if (result > 0) {
        (void)err_set(&r->refusal, ERR_VALUE, "the server does not take a value of it");
        result = note_unfit(r, held_row(r, first), &r->refusal, e);
        err_clear(&r->refusal);
    }
    return result < 0 ? -1 : 0;
}

static int give_all_held(struct part_reader *r, struct err *e)
{
    int result = r->held.count > 0 ? give_held(r, 0, r->held.count, e) : 0;

    r->held.count = r->held.data.length = r->held_rows.length = 0;
    return result;
}

static int read_row(struct part_reader *r, size_t row, struct err *e)
{
    struct verify_table_result *found = &r->part->found;
    const struct stage_row *staged = stage_refusal(&found->staged, row);
    int result = is_left_out(r, row, e);

    if (result != 0) {
        found->left_out += result > 0;
        return result < 0 ? -1 : 0;
    }
    if (staged != NULL) {
        found->rejected += !staged->stops;
        return staged->stops ? note_unfit(r, row, staged->why, e) : 0;
    }
    r->row.length = 0;
    result = copy_row(&r->format, &r->batch, row, &r->row, &r->refusal);
    if (result != 0) {
        if (r->refusal.kind != ERR_VALUE) {
            *e = r->refusal;
            return -1;
        }
        found->rejected += result == COPY_REJECT;
        result = result == COPY_REJECT ? 0 : note_unfit(r, row, &r->refusal, e);
        err_clear(&r->refusal);
        return result;
    }
    return r->foreign != NULL ? hold(r, row, e) : give_row(r, row, r->row.data, e);
}

static int read_batch(struct part_reader *r, struct err *e)
{
    struct stage_result *staged = &r->part->found.staged;

    do {
        if (stages_apply(r->load->stages, r->load->stage_count, &r->batch, staged, e) != 0) {
            return -1;
        }
        for (size_t row = 0; row < r->batch.rows; row++) {
            if (read_row(r, row, e) != 0) {
                return -1;
            }
        }
        /* Before what the rows were made of is gone. */
        if (give_all_held(r, e) != 0) {
            return -1;
        }
    } while (stages_go_on(&r->batch, staged));
    return 0;
}

static int read_rows(struct part_reader *r, sqlite3 *db, struct err *e)
{
    const struct split_range *range = &r->part->range;
    const struct key_range behind = {.after = range->after.data, .after_length = range->after.length};
    const struct verify_taker *taker = &r->all->options->taker;
    struct source *source = NULL;
    int ended = 0;
    int got = 0;

    if (source_sqlite_open(&source, db, &r->load->read, &behind, e) != 0) {
        return -1;
    }
    while (!ended && !atomic_load_explicit(&r->all->crew.stopped, memory_order_relaxed) &&
           (got = source->next(source, &r->batch, e)) > 0) {
        size_t rows = split_rows(range, &r->load->read, &r->batch);

        ended = rows < r->batch.rows;
        r->batch.rows = rows;
        r->part->found.rows += (int64_t)rows;
        if (read_batch(r, e) != 0) {
            got = -1;
            break;
        }
        (void)atomic_fetch_add(&r->all->rows[r->part->table], (long long)rows);
    }
    source->close(source);
    if (got >= 0 && taker->part != NULL) {
        got = taker->part(taker->context, r->slot, e);
    }
    return got < 0 ? -1 : 0;
}

/* ---- parts ---- */

static sqlite3 *reader_of(const struct verifying *v, size_t table, size_t slot)
{
    return v->options->readers[v->options->tables[table].reader * v->options->reader_count + slot];
}

static int read_part(void *context, size_t part, size_t slot, struct err *e)
{
    struct verifying *v = context;
    struct part *p = &v->parts[part];
    const struct table_load *load = &v->options->tables[p->table];
    struct part_reader r = {.all = v,
                            .part = p,
                            .slot = slot,
                            .load = load,
                            .rejected = v->options->rejected == NULL ? NULL : &v->options->rejected[p->table],
                            .format = {.binary = 1, .columns = load->write.columns, .count = load->write.count}};
    int result = -1;

    if (v->options->foreign != NULL && v->options->foreign[p->table].count > 0) {
        r.foreign = &v->options->foreign[p->table];
    }
    p->found.staged.slot = slot;
    if (batch_init(&r.batch, load->read.columns, e) == 0) {
        result = read_rows(&r, reader_of(v, p->table, slot), e);
    }
    batch_free(&r.batch);
    copy_format_free(&r.format);
    bytes_free(&r.row);
    bytes_free(&r.key);
    foreign_rows_free(&r.held);
    bytes_free(&r.held_rows);
    digest_scratch_free(&r.scratch);
    if (result != 0) {
        err_place(e, load->read.table, NULL, NULL);
        return -1;
    }
    (void)atomic_fetch_sub(&v->open[p->table], 1);
    return 0;
}

struct adding {
    struct verifying *all;
    size_t table;
};

static int add_part(void *context, struct split_range *range, struct err *e)
{
    const struct adding *adding = context;
    struct verifying *v = adding->all;

    if ((v->part_count & (v->part_count - 1)) == 0) {
        struct part *parts = mem_resize(v->parts, (v->part_count == 0 ? 1 : 2 * v->part_count) * sizeof *parts, e);

        if (parts == NULL) {
            return -1;
        }
        v->parts = parts;
    }
    v->parts[v->part_count++] = (struct part){.table = adding->table, .range = *range};
    (void)atomic_fetch_add(&v->open[adding->table], 1);
    return 0;
}

/* Whether rows of the table are wanted at all. */
static int is_wanted(const struct table_load *load)
{
    int wanted = load->digest != NULL;

    for (size_t i = 0; i < load->emit_count; i++) {
        wanted |= load->emits[i].digest != NULL;
    }
    return wanted;
}

static int make_parts(struct verifying *v, struct err *e)
{
    const struct verify_source_options *o = v->options;

    for (size_t i = 0; i < o->count; i++) {
        struct adding adding = {.all = v, .table = i};

        if (is_wanted(&o->tables[i]) && split_table(&o->tables[i].read, o->ranges == NULL ? NULL : o->ranges[i],
                                                    reader_of(v, i, 0), o->reader_count, add_part, &adding, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int join_parts(struct verifying *v, struct err *e)
{
    for (size_t i = 0; i < v->part_count; i++) {
        const struct verify_table_result *found = &v->parts[i].found;
        struct verify_table_result *table = &v->results[v->parts[i].table];

        if (table->unfit_why[0] == '\0') {
            memcpy(table->unfit_key, found->unfit_key, sizeof table->unfit_key);
            memcpy(table->unfit_why, found->unfit_why, sizeof table->unfit_why);
            memcpy(table->unfit_value, found->unfit_value, sizeof table->unfit_value);
        }
        table->rows += found->rows;
        table->rejected += found->rejected;
        table->left_out += found->left_out;
        table->unfit += found->unfit;
        if (stage_result_add(&table->staged, &found->staged, e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- the whole ---- */

/* In a thread of its own. */
static int work(void *context, struct err *e)
{
    struct verifying *v = context;

    v->crew.items = v->part_count;
    v->crew.work = read_part;
    v->crew.context = v;
    return crew_run(&v->crew, v->options->reader_count, e) != 0 ? -1 : join_parts(v, e);
}

static void tell(void *context)
{
    const struct verifying *v = context;
    struct crew_progress progress = {.stopped = atomic_load(&v->crew.stopped)};

    while (progress.table < v->options->count && atomic_load(&v->open[progress.table]) == 0) {
        progress.table++;
    }
    for (size_t i = 0; i < v->options->count; i++) {
        progress.total += atomic_load(&v->rows[i]);
    }
    progress.rows = progress.table < v->options->count ? atomic_load(&v->rows[progress.table]) : 0;
    v->options->tick(v->options->context, &progress);
}

int verify_source(const struct verify_source_options *options, struct verify_table_result *results, struct err *e)
{
    struct verifying v = {.options = options, .results = results, .asking = PTHREAD_MUTEX_INITIALIZER};
    int result = -1;

    v.rows = mem_alloc((options->count + 1) * sizeof *v.rows, e);
    v.open = v.rows == NULL ? NULL : mem_alloc((options->count + 1) * sizeof *v.open, e);
    if (v.open != NULL && make_parts(&v, e) == 0) {
        result = worker_run(work, options->tick == NULL ? NULL : tell, &v, e);
    }
    for (size_t i = 0; i < v.part_count; i++) {
        split_free(&v.parts[i].range);
        stage_result_free(&v.parts[i].found.staged);
    }
    mem_free(v.parts);
    mem_free(v.open);
    mem_free(v.rows);
    return result;
}

void verify_results_free(struct verify_table_result *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        stage_result_free(&results[i].staged);
    }
}
