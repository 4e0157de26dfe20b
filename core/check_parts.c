/* check_parts.c: large tables are read in parts, by ranges of rowids, so that threads share one table, too. */
#include <string.h>

#include "check_internal.h"
#include "key.h"
#include "snapshot.h"

/* Rowids below which a table is not worth splitting; they may have gaps, so this is no number of rows. */
static const uint64_t PART_LEAST = 50000;

enum { PARTS_A_READER = 4 };

/* The rowids of a table. 0, or -1 and e; low > high for an empty table. */
static int read_range(const struct check *c, size_t table, int64_t *low, int64_t *high, struct err *e)
{
    sqlite3 *db = check_reader(c, table, 0);
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, c->options->ranges[table], -1, &statement, NULL);

    *low = 0;
    *high = -1;
    if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_type(statement, 0) == SQLITE_INTEGER) {
        *low = sqlite3_column_int64(statement, 0);
        *high = sqlite3_column_int64(statement, 1);
    }
    if (rc != SQLITE_OK || sqlite3_finalize(statement) != SQLITE_OK) {
        (void)snapshot_error(db, "cannot read the table", e);
        err_place(e, c->options->tables[table].read.table, NULL, NULL);
        return -1;
    }
    return 0;
}

static int is_split(const struct check *c, size_t table)
{
    const struct read_spec *read = &c->options->tables[table].read;

    return c->options->reader_count > 1 && c->options->ranges != NULL && c->options->ranges[table] != NULL &&
           read->sql_after != NULL && read->key_count == 1;
}

/* The encoded key of a rowid. */
static int encode_rowid(struct bytes *out, int64_t rowid, struct err *e)
{
    static const size_t first[] = {0};
    struct cell cell = {.as.integer = rowid, .class = CELL_INTEGER};
    struct batch one = {.cells = &cell, .columns = 1, .rows = 1};

    return key_encode(out, &one, 0, first, 1, e);
}

static int add_part(struct check *c, const struct check_part *part, struct err *e)
{
    struct check_part *parts = c->parts;
    size_t columns = c->options->tables[part->table].write.count;

    if ((c->part_count & (c->part_count - 1)) == 0) {
        parts = mem_resize(c->parts, (c->part_count == 0 ? 1 : 2 * c->part_count) * sizeof *parts, e);
        if (parts == NULL) {
            return -1;
        }
        c->parts = parts;
    }
    parts[c->part_count] = *part;
    parts[c->part_count].found.columns = mem_alloc((columns + 1) * sizeof(struct check_column), e);
    if (parts[c->part_count++].found.columns == NULL) {
        return -1;
    }
    (void)atomic_fetch_add(&c->open[part->table], 1);
    return 0;
}

static int add_table(struct check *c, size_t table, struct err *e)
{
    int64_t low = 0;
    int64_t high = -1;

    if (is_split(c, table) && read_range(c, table, &low, &high, e) != 0) {
        return -1;
    }
    /* On unsigned numbers: the rowids may lie on both ends of 64 bits. */
    uint64_t span = low <= high ? (uint64_t)high - (uint64_t)low : 0;
    uint64_t most = c->options->reader_count * PARTS_A_READER;
    uint64_t parts = span / PART_LEAST < 2 ? 1 : span / PART_LEAST < most ? span / PART_LEAST : most;
    uint64_t width = span / parts;

    for (uint64_t i = 0; i < parts; i++) {
        struct check_part part = {.table = table};

        /* The first part begins, and the last one ends, with all that there may be. */
        part.bounded = i + 1 < parts;
        part.until = (int64_t)((uint64_t)low + (i + 1) * width - 1);
        if (c->part_count >> CHECK_PART_BITS != 0) {
            return err_set(e, ERR_INTERNAL, "a check of too many tables");
        }
        if ((i > 0 && encode_rowid(&part.after, (int64_t)((uint64_t)low + i * width - 1), e) != 0) ||
            add_part(c, &part, e) != 0) {
            bytes_free(&part.after);
            return -1;
        }
    }
    return 0;
}

int check_make_parts(struct check *c, struct err *e)
{
    for (size_t i = 0; i < c->options->count; i++) {
        if (add_table(c, i, e) != 0) {
            return -1;
        }
    }
    return 0;
}

int check_join_parts(struct check *c, struct err *e)
{
    for (size_t i = 0; i < c->part_count; i++) {
        struct check_part *part = &c->parts[i];
        struct check_table_result *table = &c->result->tables[part->table];

        part->base = (uint64_t)table->rows;
        table->rows += part->found.rows;
        table->stopping += part->found.stopping;
        table->bad += part->found.bad;
        table->bytes += part->found.bytes;
        for (size_t k = 0; k <= c->options->tables[part->table].write.count; k++) {
            if (check_column_merge(&table->columns[k], &part->found.columns[k], e) != 0) {
                return -1;
            }
        }
        if (stage_result_add(&table->staged, &part->found.staged, e) != 0) {
            return -1;
        }
        if (row_set_join(&c->gone[part->table], &part->gone, part->base, e) != 0) {
            return -1;
        }
        row_set_free(&part->gone);
    }
    for (size_t i = 0; i < c->options->key_count; i++) {
        c->result->keys[i].unknown = atomic_load(&c->unknown[i]);
    }
    return 0;
}

void check_free_parts(struct check *c)
{
    for (size_t i = 0; i < c->part_count; i++) {
        struct check_part *part = &c->parts[i];

        for (size_t k = 0; part->found.columns != NULL && k <= c->options->tables[part->table].write.count; k++) {
            check_column_free(&part->found.columns[k]);
        }
        stage_result_free(&part->found.staged);
        mem_free(part->found.columns);
        row_set_free(&part->gone);
        bytes_free(&part->after);
    }
    mem_free(c->parts);
}
