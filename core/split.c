/* split.c: ranges of rowids. */
#include "split.h"

#include "key.h"
#include "snapshot.h"

/* Rowids below which a table is not worth splitting; they may have gaps, so this is no number of rows. */
static const uint64_t PART_LEAST = 50000;

enum { PARTS_A_READER = 4 };

/* The rowids of a table. 0, or -1 and e; low > high for an empty table. */
static int read_range(const struct read_spec *read, const char *range, sqlite3 *db, int64_t *low, int64_t *high,
                      struct err *e)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, range, -1, &statement, NULL);

    *low = 0;
    *high = -1;
    if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_type(statement, 0) == SQLITE_INTEGER) {
        *low = sqlite3_column_int64(statement, 0);
        *high = sqlite3_column_int64(statement, 1);
    }
    if (rc != SQLITE_OK || sqlite3_finalize(statement) != SQLITE_OK) {
        (void)snapshot_error(db, "cannot read the table", e);
        err_place(e, read->table, NULL, NULL);
        return -1;
    }
    return 0;
}

/* The encoded key of a rowid. */
static int encode_rowid(struct bytes *out, int64_t rowid, struct err *e)
{
    static const size_t first[] = {0};
    struct cell cell = {.as.integer = rowid, .class = CELL_INTEGER};
    struct batch one = {.cells = &cell, .columns = 1, .rows = 1};

    return key_encode(out, &one, 0, first, 1, e);
}

int split_table(const struct read_spec *read, const char *range, sqlite3 *db, size_t readers,
                int (*add)(void *context, struct split_range *part, struct err *e), void *context, struct err *e)
{
    int is_split = readers > 1 && range != NULL && read->sql_after != NULL && read->key_count == 1;
    int64_t low = 0;
    int64_t high = -1;

    if (is_split && read_range(read, range, db, &low, &high, e) != 0) {
        return -1;
    }
    /* On unsigned numbers: the rowids may lie on both ends of 64 bits. */
    uint64_t span = low <= high ? (uint64_t)high - (uint64_t)low : 0;
    uint64_t most = readers * PARTS_A_READER;
    uint64_t parts = span / PART_LEAST < 2 ? 1 : span / PART_LEAST < most ? span / PART_LEAST : most;
    uint64_t width = span / parts;

    for (uint64_t i = 0; i < parts; i++) {
        struct split_range part = {0};

        /* The first part begins, and the last one ends, with all that there may be. */
        part.bounded = i + 1 < parts;
        part.until = (int64_t)((uint64_t)low + (i + 1) * width - 1);
        if ((i > 0 && encode_rowid(&part.after, (int64_t)((uint64_t)low + i * width - 1), e) != 0) ||
            add(context, &part, e) != 0) {
            split_free(&part);
            return -1;
        }
    }
    return 0;
}

void split_free(struct split_range *part)
{
    bytes_free(&part->after);
}

size_t split_rows(const struct split_range *part, const struct read_spec *read, const struct batch *b)
{
    size_t rows = b->rows;
    size_t key = part->bounded ? read->key_columns[0] : 0;

    while (part->bounded && rows > 0 && b->cells[(rows - 1) * b->columns + key].as.integer > part->until) {
        rows--;
    }
    return rows;
}
