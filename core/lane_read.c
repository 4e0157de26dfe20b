/* lane_read.c: the reading half of a lane: rows from the source through the stage into encoded messages. */
#include "lane_read.h"

#include <string.h>

#include "key.h"
#include "lane_reject.h"
#include "thread.h"

static int reader_step_end(struct reader *r, struct ring_message **open, int more)
{
    if (*open) {
        ring_publish(&r->ring);
        *open = NULL;
    }
    struct ring_message *m = ring_claim(&r->ring);
    if (!m)
        return -1;
    m->kind = RING_STEP_END;
    m->read = r->read;
    m->filtered = r->staged.filtered;
    m->merged = r->staged.merged;
    m->passed = r->passed;
    m->more = more;
    r->read = r->passed = r->bytes = 0;
    if (reasons_take(&m->reasons, &r->staged, &r->error) != 0 ||
        bytes_append(&m->reached, r->reached.data, r->reached.length, &r->error) != 0 ||
        notes_take(&m->notes, r->table, r->watches, r->counts, &r->error) != 0 ||
        load_digests_move(&r->digests, &m->digests, &r->error) != 0)
        return -1;
    ring_publish(&r->ring);
    return 0;
}

void place_row(struct err *e, const struct table_load *t, const struct batch *b, size_t row)
{
    char text[sizeof e->key];
    row_describe(text, sizeof text, b, row, &t->read);
    err_place(e, t->read.table, NULL, text);
}

/* Encodes a row into the message, or rejects it there. */
static int encode_row(struct reader *r, struct ring_message *m, size_t row)
{
    size_t before = m->data.length, rejects = m->rejects.length;
    const struct stage_row *staged = stage_refusal(&r->staged, row);
    int rc;
    if (staged) {
        rc = staged->stops ? -1 : COPY_REJECT;
        r->refusal = *staged->why;
    } else {
        rc = r->sink->encode(r->sink, &r->batch, row, &m->data, &r->refusal);
    }
    if (rc == 0 && r->table->emit_count > 0) {
        const struct bytes emitted = stage_emitted(&r->staged, row);
        rc = emit_append(&m->data, &emitted, &r->error);
        if (rc != 0)
            return -1;
    }
    if (rc == 0 && r->is_digested && load_digests_row(&r->digests, m->data.data + before, DIGEST_ADD, &r->error) != 0) {
        place_row(&r->error, r->table, &r->batch, row);
        return -1;
    }
    if (rc == 0) {
        m->rows++;
        r->passed++;
    } else if (rc == COPY_REJECT) {
        rc = reject_line(&m->rejects, r->table, &r->batch, row, &r->refusal, &r->error);
        m->rejected++;
        m->error = r->refusal;
        place_row(&m->error, r->table, &r->batch, row);
        err_clear(&r->refusal);
    } else {
        r->error = r->refusal;
        place_row(&r->error, r->table, &r->batch, row);
    }
    r->bytes += (int64_t)(m->data.length - before + m->rejects.length - rejects);
    return rc;
}

/* Encodes the rows of the batch into messages. *open is the message that is being filled, or NULL. */
static int reader_encode(struct reader *r, struct ring_message **open)
{
    for (size_t row = 0; row < r->batch.rows; row++) {
        if (!*open) {
            if (!(*open = ring_claim(&r->ring)))
                return -1;
            (*open)->kind = RING_ROWS;
        }
        if (encode_row(r, *open, row) != 0)
            return -1;
        if ((*open)->data.length + (*open)->rejects.length >= RING_MESSAGE) {
            ring_publish(&r->ring);
            *open = NULL;
        }
    }
    return 0;
}

/* Copies the rows of a batch behind those of another. 0, or -1 and e. */
static int batch_append(struct batch *to, const struct batch *from, struct err *e)
{
    size_t base = to->arena.length;
    if (from->arena.length && bytes_append(&to->arena, from->arena.data, from->arena.length, e) != 0)
        return -1;
    for (size_t row = 0; row < from->rows; row++) {
        struct cell *cells = batch_row(to, e);
        if (!cells)
            return -1;
        memcpy(cells, from->cells + row * from->columns, from->columns * sizeof *cells);
        for (size_t i = 0; i < from->columns; i++)
            if (cells[i].class == CELL_TEXT || cells[i].class == CELL_BLOB)
                cells[i].as.offset += base;
    }
    return 0;
}

/* The careful way: the cells go along with what was made of them, some thousand rows a message. */
static int reader_encode_careful(struct reader *r, struct ring_message **open)
{
    enum { MOST_ROWS = 8000 };
    if (!*open) {
        if (!(*open = ring_claim(&r->ring)))
            return -1;
        (*open)->kind = RING_ROWS;
    }
    struct ring_message *m = *open;
    for (size_t row = 0; row < r->batch.rows; row++)
        if (encode_row(r, m, row) != 0 ||
            bytes_append(&m->ends, &m->data.length, sizeof m->data.length, &r->error) != 0)
            return -1;
    if ((m->batch.columns == 0 && batch_init(&m->batch, r->batch.columns, &r->error) != 0) ||
        batch_append(&m->batch, &r->batch, &r->error) != 0)
        return -1;
    if (m->batch.rows >= MOST_ROWS || m->data.length + m->batch.arena.length >= BATCH_BYTES) {
        ring_publish(&r->ring);
        *open = NULL;
    }
    return 0;
}

static int reader_batch(struct reader *r, struct ring_message **open)
{
    const struct read_spec *spec = &r->table->read;
    r->read += (int64_t)r->batch.rows;
    if (spec->key_count) {
        /* The key first: a stage may take the last row out, and the journal still has to get behind it. */
        r->reached.length = 0;
        if (key_encode(&r->reached, &r->batch, r->batch.rows - 1, spec->key_columns, spec->key_count, &r->error) != 0)
            return -1;
    }
    do {
        if (stages_apply(r->table->stages, r->table->stage_count, &r->batch, &r->staged, &r->error) != 0) {
            err_place(&r->error, spec->table, NULL, NULL);
            return -1;
        }
        if ((r->careful ? reader_encode_careful(r, open) : reader_encode(r, open)) != 0)
            return -1;
    } while (stages_go_on(&r->batch, &r->staged));
    return 0;
}

static void *reader_main(void *argument)
{
    struct reader *r = argument;
    const struct lane_options *o = r->lane->options;
    struct ring_message *open = NULL;
    int divisible = r->table->read.sql_after != NULL;
    int got;
    /* A batch never reaches over the end of a step. */
    r->batch.row_limit = divisible ? (size_t)o->step_rows : 0;
    while ((got = r->source->next(r->source, &r->batch, &r->error)) > 0) {
        if (reader_batch(r, &open) != 0)
            goto fail;
        if (divisible && (r->read >= o->step_rows || r->bytes >= o->step_bytes) && reader_step_end(r, &open, 1) != 0)
            goto fail;
        r->batch.row_limit = divisible ? (size_t)(o->step_rows - r->read) : 0;
    }
    if (got == 0 && reader_step_end(r, &open, 0) == 0)
        return NULL;
fail:
    if (open) {
        /* Rows that were encoded before the failure are of a step that will not be committed. */
        open->data.length = open->rejects.length = 0;
        batch_clear(&open->batch);
        open->kind = RING_FAILED;
    } else if ((open = ring_claim(&r->ring)) != NULL) {
        open->kind = RING_FAILED;
    }
    if (open) {
        if (r->error.kind == ERR_NONE)
            err_set(&r->error, ERR_INTERRUPTED, "interrupted");
        open->error = r->error;
        ring_publish(&r->ring);
    }
    return NULL;
}

int watches_make(const struct table_load *t, struct form_watch **watches, struct copy_counts **counts, struct err *e)
{
    *watches = mem_alloc(t->write.count * sizeof **watches, e);
    *counts = mem_alloc(t->write.count * sizeof **counts, e);
    if (*watches && *counts)
        return 0;
    watches_free(t, *watches, *counts);
    *watches = NULL;
    *counts = NULL;
    return -1;
}

void watches_free(const struct table_load *t, struct form_watch *watches, struct copy_counts *counts)
{
    for (size_t i = 0; watches && i < t->write.count; i++)
        form_watch_free(&watches[i]);
    mem_free(watches);
    mem_free(counts);
}

/* Frees what reader_start has made before the thread. */
static void reader_free(struct reader *r)
{
    if (r->source)
        r->source->close(r->source);
    r->sink->observe(r->sink, NULL, NULL);
    watches_free(r->table, r->watches, r->counts);
    batch_free(&r->batch);
    bytes_free(&r->reached);
    stage_result_free(&r->staged);
    load_digests_free(&r->digests);
    ring_free(&r->ring);
}

struct key_range chain_behind(const struct chain *chain, const struct bytes *after)
{
    return (struct key_range){.after = after->data,
                              .after_length = after->length,
                              .until = chain->until.data,
                              .until_length = chain->until.length};
}

int reader_start(struct reader *r, const struct lane *l, struct sink *sink, int careful, const struct bytes *after,
                 struct err *e)
{
    const struct table_load *t = l->chain->table;
    const struct key_range range = chain_behind(l->chain, after);
    memset(r, 0, sizeof *r);
    r->lane = l;
    r->table = t;
    r->sink = sink;
    r->careful = careful;
    r->digests.table = t;
    r->is_digested = load_is_digested(t);
    r->staged.slot = l->number;
    if (ring_init(&r->ring, l->options->lanes, e) != 0)
        return -1;
    r->ring.all = l->options->unsent;
    if (watches_make(t, &r->watches, &r->counts, e) != 0)
        goto fail;
    sink->observe(sink, r->watches, r->counts);
    /* A step without rows reaches as far as the one before it. */
    if (bytes_append(&r->reached, after->data, after->length, e) != 0 ||
        batch_init(&r->batch, t->read.columns, e) != 0 ||
        source_sqlite_open(&r->source, l->db, &t->read, &range, e) != 0)
        goto fail;
    if (thread_start(&r->thread, reader_main, r, e) != 0)
        goto fail;
    return 0;
fail:
    reader_free(r);
    return -1;
}

void reader_end(struct reader *r)
{
    ring_close(&r->ring);
    (void)pthread_join(r->thread, NULL);
    reader_free(r);
}
