/* census.c: counts the storage classes of columns, and the range of their integers, in one pass. */
#include "census.h"

#include <string.h>

#include "snapshot.h"

/* True when no double holds v. The cast back is only made where it is defined: 2^63 itself is no int64_t. */
static int is_inexact(int64_t v)
{
    double d = (double)v;

    return d >= 9223372036854775808.0 || (int64_t)d != v;
}

static void count_integer(struct census_column *c, int64_t v)
{
    if (c->count[CELL_INTEGER] == 0 || v < c->integer_min) {
        c->integer_min = v;
    }
    if (c->count[CELL_INTEGER] == 0 || v > c->integer_max) {
        c->integer_max = v;
    }
    c->integers_inexact |= is_inexact(v);
    c->integers_bool &= v == 0 || v == 1;
    c->count[CELL_INTEGER]++;
}

static void count_row(sqlite3_stmt *statement, struct census_column *out, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        switch (sqlite3_column_type(statement, (int)i)) {
        case SQLITE_INTEGER:
            count_integer(&out[i], sqlite3_column_int64(statement, (int)i));
            break;
        case SQLITE_FLOAT:
            out[i].count[CELL_REAL]++;
            break;
        case SQLITE_TEXT:
            out[i].count[CELL_TEXT]++;
            break;
        case SQLITE_BLOB:
            out[i].count[CELL_BLOB]++;
            break;
        default:
            out[i].count[CELL_NULL]++;
        }
    }
}

int census_run(sqlite3 *db, const char *table, const char *select, struct census_column *out, size_t columns,
               struct err *e)
{
    sqlite3_stmt *statement = NULL;
    int result = -1;
    int rc;

    memset(out, 0, columns * sizeof *out);
    for (size_t i = 0; i < columns; i++) {
        out[i].integers_bool = 1;
    }
    if (sqlite3_prepare_v2(db, select, -1, &statement, NULL) != SQLITE_OK) {
        (void)snapshot_error(db, "cannot read the table", e);
        goto done;
    }
    if ((size_t)sqlite3_column_count(statement) != columns) {
        (void)err_set(e, ERR_INTERNAL, "the census of %zu columns reads %d", columns, sqlite3_column_count(statement));
        goto done;
    }
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        count_row(statement, out, columns);
    }
    if (rc != SQLITE_DONE) {
        (void)snapshot_error(db, "cannot read the table", e);
        goto done;
    }
    result = 0;
done:
    (void)sqlite3_finalize(statement);
    if (result != 0) {
        err_place(e, table, NULL, NULL);
    }
    return result;
}
