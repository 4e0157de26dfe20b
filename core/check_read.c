/* check_read.c: one table of a check, or a part of it: each row through the load's encoder, the digests of its keys to
 * the sorters. */
#include <stdio.h>
#include <string.h>

#include "check_internal.h"

/* What became of a cell. */
struct wire {
    size_t at; /* in the row's bytes */
    size_t length;
    enum { WIRE_VALUE, WIRE_NULL, WIRE_NONE } state; /* WIRE_NONE: it does not fit, or is not known here */
};

/* A key of the table. */
struct key {
    size_t index; /* into the options' keys */
    const struct check_key *spec;
    struct sort_buffer buffer;
};

struct table_reader {
    struct check *check;
    struct check_part *part;
    const struct table_load *load;
    struct check_table_result *out; /* the part's */
    struct copy_format strict;      /* as the load, but every value that does not fit is told */
    struct copy_column *columns;    /* owned: those of `strict` */
    struct form_watch *watches;     /* owned */
    struct copy_format lenient;     /* as the load */
    struct copy_counts *counts;     /* owned */
    enum equality *equalities;      /* owned */
    struct wire *wires;             /* owned; of the row under way */
    struct key *keys;               /* owned */
    size_t key_count;
    struct batch batch;
    struct bytes row;   /* of COPY's format */
    struct bytes plain; /* wire of a key's cell where the format is text */
    struct bytes key;
    struct err refusal; /* clear but while a value is told that does not fit: it is large, and cells are many */
    int stops;          /* the row under way: some value would stop the run, */
    int bad;            /* or reject the row */
};

/* Tells of a value that does not fit, and of what a run makes of it. 0, or -1 and memory. */
static int note(struct table_reader *r, size_t column, size_t row, const struct err *refusal,
                enum check_outcome outcome, struct err *memory)
{
    struct check_example *example;

    const struct copy_column *of = column < r->load->write.count ? &r->load->write.columns[column] : NULL;

    if (check_column_add(&r->out->columns[column], of, refusal, outcome, &example, memory) != 0) {
        return -1;
    }
    if (example != NULL) {
        row_describe(example->key, sizeof example->key, &r->batch, row, &r->load->read);
    }
    return 0;
}

/* A value that does not fit: what the column says is done with it. 0, or -1 and e (not for the value). */
static int put_bad(struct table_reader *r, size_t column, size_t row, struct wire *wire, struct err *e)
{
    const struct err *refusal = &r->refusal;
    struct err why;
    int64_t nulled = r->counts[column].nulled;
    int result;

    err_clear(&why);
    result = copy_cell(&r->lenient, column, &r->batch, row, &r->row, &why);
    if (result < 0 && why.kind != ERR_VALUE) {
        *e = why;
        return -1;
    }
    if (result == 0) {
        return note(r, column, row, refusal, r->counts[column].nulled > nulled ? CHECK_NULLS : CHECK_CONVERTS, e);
    }
    wire->state = WIRE_NONE;
    r->stops |= result < 0;
    r->bad |= result > 0;
    /* The last conversion may have another reason than the stored value had. */
    return note(r, column, row, refusal, result < 0 ? CHECK_STOPS : CHECK_REJECTS, e);
}

static unsigned marks_of(const struct table_reader *r, size_t column, size_t row)
{
    return r->batch.cells[row * r->batch.columns + r->load->write.columns[column].cell].marks;
}

/* A value for which the column's map has failed is NULL by now. */
static int note_unfit(struct table_reader *r, size_t column, size_t row, struct err *e)
{
    (void)err_set(&r->refusal, ERR_VALUE, "map of %s fails for it", r->load->write.columns[column].target_name);
    int result = note(r, column, row, &r->refusal, CHECK_NULLS, e);

    err_clear(&r->refusal);
    return result;
}

static int put_cell(struct table_reader *r, size_t column, size_t row, struct err *e)
{
    struct wire *wire = &r->wires[column];
    size_t start = r->row.length;

    wire->state = WIRE_VALUE;
    if (copy_cell(&r->strict, column, &r->batch, row, &r->row, &r->refusal) != 0) {
        if (r->refusal.kind != ERR_VALUE) {
            *e = r->refusal;
            return -1;
        }
        if (put_bad(r, column, row, wire, e) != 0) {
            return -1;
        }
        err_clear(&r->refusal);
    }
    if (wire->state == WIRE_NONE) {
        return 0;
    }
    if ((marks_of(r, column, row) & CELL_UNFIT) != 0 && note_unfit(r, column, row, e) != 0) {
        return -1;
    }
    wire->at = start + 4;
    wire->length = r->row.length - start - 4;
    if (r->load->write.binary && r->row.data[start] == 0xFF) {
        wire->state = WIRE_NULL; /* no value is so long that its length word begins so */
    } else {
        r->out->columns[column].bytes += (int64_t)wire->length;
    }
    return 0;
}

/* Text COPY: the wire of a key's cell is made beside it. */
static int put_plain(struct table_reader *r, size_t column, size_t row, struct err *e)
{
    const struct copy_column *c = &r->load->write.columns[column];
    const struct cell *cell = &r->batch.cells[row * r->batch.columns + c->cell];
    const unsigned char *data = NULL;
    struct wire *wire = &r->wires[column];
    struct err refusal;

    if (wire->state != WIRE_VALUE) {
        return 0;
    }
    if (c->fold != NULL && !fold_is_replaced(cell)) {
        wire->state = WIRE_NONE; /* its cells are not the value */
        return 0;
    }
    if (cell->class == CELL_NULL) {
        wire->state = WIRE_NULL;
        return 0;
    }
    if (cell->class == CELL_TEXT || cell->class == CELL_BLOB) {
        data = batch_data(&r->batch, cell);
    }
    err_clear(&refusal);
    wire->at = r->plain.length;
    wire->state = WIRE_NONE;
    struct cell key;
    if (c->remap != NULL) {
        if (remap_cell(c->remap, cell, data, &key, &data, &refusal) != 0) {
            return 0; /* what the column makes of it was told */
        }
        cell = &key;
    }
    if (c->codec != NULL && c->codec->put(cell, data, &c->hint, &r->plain, &refusal) == 0) {
        wire->state = WIRE_VALUE;
        wire->length = r->plain.length - wire->at;
    } else if (refusal.kind != ERR_NONE && refusal.kind != ERR_VALUE) {
        *e = refusal;
        return -1;
    }
    return 0;
}

/* The bytes of a key of the row: 1: they are in r->key; 0: the row has none, or none that is compared; -1 and e. */
static int build_key(struct table_reader *r, const struct key *key, struct err *e)
{
    const unsigned char *wires = r->load->write.binary ? r->row.data : r->plain.data;
    int result = 0;

    r->key.length = 0;
    for (size_t i = 0; i < key->spec->count; i++) {
        size_t column = key->spec->columns[i];
        const struct wire *wire = &r->wires[column];
        size_t start = r->key.length;

        if (wire->state == WIRE_NONE || (wire->state == WIRE_NULL && !key->spec->nulls_equal)) {
            return 0;
        }
        if (bytes_put_u32(&r->key, 0xFFFFFFFF, e) != 0) {
            return -1;
        }
        if (wire->state == WIRE_NULL) {
            continue;
        }
        result = equality_append(r->equalities[column], wires + wire->at, wire->length, &r->key, e);
        if (result != 0) {
            (void)atomic_fetch_add(&r->check->unknown[key->index], result > 0);
            return result < 0 ? -1 : 0;
        }
        size_t length = r->key.length - start - 4;
        for (size_t k = 0; k < 4; k++) {
            r->key.data[start + k] = (unsigned char)(length >> (24 - 8 * k));
        }
    }
    return 1;
}

static int add_keys(struct table_reader *r, size_t row, uint64_t number, struct err *e)
{
    r->plain.length = 0;
    for (size_t i = 0; i < r->key_count && !r->load->write.binary; i++) {
        for (size_t k = 0; k < r->keys[i].spec->count; k++) {
            if (put_plain(r, r->keys[i].spec->columns[k], row, e) != 0) {
                return -1;
            }
        }
    }
    for (size_t i = 0; i < r->key_count; i++) {
        struct sort_record record = {.row = number};
        int has = build_key(r, &r->keys[i], e);

        if (has < 0) {
            return -1;
        }
        if (has > 0) {
            equality_digest(&record, &r->key);
            if (sort_buffer_add(&r->keys[i].buffer, &record, e) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* A row that a stage refuses is told of where it says which column it is about, else of the row as a whole. */
static int note_staged(struct table_reader *r, size_t row, const struct stage_row *staged, struct err *e)
{
    size_t column = 0;

    while (column < r->load->write.count &&
           (staged->why->column[0] == '\0' ||
            strcmp(r->load->write.columns[column].source_name, staged->why->column) != 0)) {
        column++;
    }
    return note(r, column, row, staged->why, staged->stops ? CHECK_STOPS : CHECK_REJECTS, e);
}

static int read_row(struct table_reader *r, size_t row, struct err *e)
{
    const struct stage_row *staged = stage_refusal(&r->out->staged, row);
    uint64_t in_part = (uint64_t)r->out->rows++;
    uint64_t number = (uint64_t)(r->part - r->check->parts) << CHECK_ROW_BITS | in_part;

    r->row.length = 0;
    r->stops = r->bad = 0;
    if (staged != NULL) {
        r->stops = staged->stops;
        r->bad = !staged->stops;
        if (note_staged(r, row, staged, e) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; staged == NULL && i < r->load->write.count; i++) {
        if (put_cell(r, i, row, e) != 0) {
            return -1;
        }
    }
    r->out->bytes += (int64_t)r->row.length + 2;
    r->out->stopping += r->stops;
    if (r->bad && !r->stops) {
        r->out->bad++;
        return row_set_add(&r->part->gone, in_part, e) < 0 ? -1 : 0;
    }
    if (staged != NULL) {
        return 0;
    }
    return add_keys(r, row, number, e);
}

static int read_rows(struct table_reader *r, sqlite3 *db, struct err *e)
{
    const struct key_range range = {.after = r->part->range.after.data, .after_length = r->part->range.after.length};
    struct source *source = NULL;
    int ended = 0;
    int got = 0;

    if (source_sqlite_open(&source, db, &r->load->read, &range, e) != 0) {
        return -1;
    }
    while (!ended && !atomic_load_explicit(&r->check->crew.stopped, memory_order_relaxed) &&
           (got = source->next(source, &r->batch, e)) > 0) {
        size_t rows = split_rows(&r->part->range, &r->load->read, &r->batch);

        ended = rows < r->batch.rows;
        r->batch.rows = rows;
        do {
            if (stages_apply(r->load->stages, r->load->stage_count, &r->batch, &r->out->staged, e) != 0) {
                got = -1;
            }
            for (size_t row = 0; row < r->batch.rows && got > 0; row++) {
                got = read_row(r, row, e) == 0 ? 1 : -1;
            }
        } while (got > 0 && stages_go_on(&r->batch, &r->out->staged));
        if (got < 0) {
            break;
        }
        (void)atomic_fetch_add(&r->check->rows[r->part->table], (long long)rows);
    }
    source->close(source);
    for (size_t i = 0; i < r->key_count && got >= 0; i++) {
        got = sort_buffer_flush(&r->keys[i].buffer, e);
    }
    return got < 0 ? -1 : 0;
}

/* The load's columns twice: with their conversions, and without. */
static int prepare_columns(struct table_reader *r, struct err *e)
{
    const struct write_spec *write = &r->load->write;
    size_t count = write->count;

    r->columns = mem_alloc(count * sizeof *r->columns, e);
    r->watches = r->columns == NULL ? NULL : mem_alloc(count * sizeof *r->watches, e);
    r->counts = r->watches == NULL ? NULL : mem_alloc(count * sizeof *r->counts, e);
    r->wires = r->counts == NULL ? NULL : mem_alloc(count * sizeof *r->wires, e);
    r->equalities = r->wires == NULL ? NULL : mem_alloc(count * sizeof *r->equalities, e);
    if (r->equalities == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        r->columns[i] = write->columns[i];
        r->columns[i].mend_count = 0;
        r->columns[i].on_bad = ON_BAD_FAIL;
        r->equalities[i] = equality_of(write->columns[i].codec, &write->columns[i].hint);
    }
    r->strict = (struct copy_format){
        .binary = write->binary, .columns = r->columns, .count = count, .watches = r->watches, .counts = r->counts};
    r->lenient = (struct copy_format){
        .binary = write->binary, .columns = write->columns, .count = count, .watches = r->watches, .counts = r->counts};
    return 0;
}

static int prepare_keys(struct table_reader *r, struct err *e)
{
    const struct check_options *o = r->check->options;

    r->keys = mem_alloc((o->key_count + 1) * sizeof *r->keys, e);
    if (r->keys == NULL) {
        return -1;
    }
    for (size_t i = 0; i < o->key_count; i++) {
        if (o->keys[i].table == r->part->table) {
            struct key *key = &r->keys[r->key_count++];

            key->index = i;
            key->spec = &o->keys[i];
            key->buffer.sorter = &r->check->sorters[i];
        }
    }
    return 0;
}

/* What was counted on the way goes where the result is. */
static void hand_over(struct table_reader *r)
{
    for (size_t i = 0; r->watches != NULL && i < r->load->write.count; i++) {
        r->out->columns[i].watch = r->watches[i];
        r->out->columns[i].defaulted = r->counts != NULL ? r->counts[i].defaulted : 0;
        r->out->columns[i].missed = r->counts != NULL ? r->counts[i].missed : 0;
        r->out->columns[i].mapped = r->counts != NULL ? r->counts[i].mapped : 0;
    }
}

int check_read_part(struct check *c, size_t part, size_t slot, struct err *e)
{
    struct check_part *p = &c->parts[part];
    struct table_reader r = {.check = c, .part = p, .load = &c->options->tables[p->table], .out = &p->found};
    int result = -1;

    r.out->staged.slot = slot;
    if (prepare_columns(&r, e) == 0 && prepare_keys(&r, e) == 0 && batch_init(&r.batch, r.load->read.columns, e) == 0) {
        result = read_rows(&r, check_reader(c, p->table, slot), e);
    }
    hand_over(&r);
    for (size_t i = 0; i < r.key_count; i++) {
        sort_buffer_free(&r.keys[i].buffer);
    }
    batch_free(&r.batch);
    copy_format_free(&r.strict);
    copy_format_free(&r.lenient);
    bytes_free(&r.row);
    bytes_free(&r.plain);
    bytes_free(&r.key);
    mem_free(r.keys);
    mem_free(r.equalities);
    mem_free(r.wires);
    mem_free(r.counts);
    mem_free(r.watches);
    mem_free(r.columns);
    if (result != 0) {
        err_place(e, r.load->read.table, NULL, NULL);
    }
    return result;
}
