/* census_column.c: counts the storage classes of a column, and the ranges of its numbers. */
#include "census_column.h"

#include <math.h>
#include <string.h>

/* True when no double holds v. The cast back is only made where it is defined: 2^63 itself is no int64_t. */
static int is_inexact(int64_t v)
{
    double d = (double)v;

    return d >= 9223372036854775808.0 || (int64_t)d != v;
}

/* From 2^53 on, every double is a whole number. */
static int has_fraction(double v)
{
    return fabs(v) < 9007199254740992.0 && (double)(int64_t)v != v;
}

static void add_integer(struct census_column *c, int64_t v)
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

static void add_real(struct census_column *c, double v)
{
    if (c->count[CELL_REAL] == 0 || v < c->real_min) {
        c->real_min = v;
    }
    if (c->count[CELL_REAL] == 0 || v > c->real_max) {
        c->real_max = v;
    }
    c->reals_fraction |= has_fraction(v);
    c->count[CELL_REAL]++;
}

static void add_blob(struct census_column *c, int64_t length)
{
    if (length > c->blob_bytes_most) {
        c->blob_bytes_most = length;
    }
    c->blobs_of_16 += length == 16;
    c->count[CELL_BLOB]++;
}

/* The class by the first letter of its name: unicode(typeof(x)). */
static void add_type(struct census_column *c, sqlite3_value *value)
{
    switch (sqlite3_value_int(value)) {
    case 'i':
        c->count[CELL_INTEGER]++;
        break;
    case 'r':
        c->count[CELL_REAL]++;
        break;
    case 't':
        c->count[CELL_TEXT]++;
        break;
    case 'b':
        c->count[CELL_BLOB]++;
        break;
    default:
        c->count[CELL_NULL]++;
    }
}

static int add_text(struct census_column *c, sqlite3_value *value, enum census_wanted wanted, struct bytes *scratch,
                    struct err *e)
{
    const void *data;
    size_t length;

    c->count[CELL_TEXT]++;
    if (wanted == CENSUS_CLASSES) {
        return 0;
    }
    data = sqlite3_value_blob(value); /* the bytes as they are stored; sqlite3_value_text would only add a NUL */
    length = (size_t)sqlite3_value_bytes(value);
    if (data == NULL && length > 0) {
        return err_set(e, ERR_MEMORY, "out of memory: cannot read a text of %zu bytes", length);
    }
    return census_text_add(&c->texts, data == NULL ? (const unsigned char *)"" : data, length, wanted, scratch, e);
}

void census_column_init(struct census_column *c)
{
    memset(c, 0, sizeof *c);
    c->integers_bool = 1;
}

static int add_value(struct census_column *c, sqlite3_value *value, enum census_wanted wanted, struct bytes *scratch,
                     struct err *e)
{
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        add_integer(c, sqlite3_value_int64(value));
        return 0;
    case SQLITE_FLOAT:
        add_real(c, sqlite3_value_double(value));
        return 0;
    case SQLITE_TEXT:
        return add_text(c, value, wanted, scratch, e);
    case SQLITE_BLOB:
        add_blob(c, sqlite3_value_bytes(value));
        return 0;
    default:
        c->count[CELL_NULL]++;
        return 0;
    }
}

int census_column_add(struct census_column *c, sqlite3_stmt *statement, int index, enum census_wanted wanted,
                      struct bytes *scratch, struct err *e)
{
    /* One look-up a cell; these values are for one thread only, as the connection is. */
    sqlite3_value *value = sqlite3_column_value(statement, index);

    if (wanted == CENSUS_TYPES) {
        add_type(c, value);
        return 0;
    }
    if (add_value(c, value, wanted, scratch, e) != 0) {
        return -1;
    }
    return wanted == CENSUS_STORED ? census_stored_add(&c->stored, value, scratch, e) : 0;
}

void census_column_merge(struct census_column *c, const struct census_column *later)
{
    if (later->count[CELL_INTEGER] > 0) {
        if (c->count[CELL_INTEGER] == 0 || later->integer_min < c->integer_min) {
            c->integer_min = later->integer_min;
        }
        if (c->count[CELL_INTEGER] == 0 || later->integer_max > c->integer_max) {
            c->integer_max = later->integer_max;
        }
    }
    if (later->count[CELL_REAL] > 0) {
        if (c->count[CELL_REAL] == 0 || later->real_min < c->real_min) {
            c->real_min = later->real_min;
        }
        if (c->count[CELL_REAL] == 0 || later->real_max > c->real_max) {
            c->real_max = later->real_max;
        }
    }
    c->integers_inexact |= later->integers_inexact;
    c->integers_bool &= later->integers_bool;
    c->reals_fraction |= later->reals_fraction;
    if (later->blob_bytes_most > c->blob_bytes_most) {
        c->blob_bytes_most = later->blob_bytes_most;
    }
    c->blobs_of_16 += later->blobs_of_16;
    census_text_merge(&c->texts, &later->texts);
    census_stored_merge(&c->stored, &later->stored);
    for (size_t class = 0; class < sizeof c->count / sizeof c->count[0]; class ++) {
        c->count[class] += later->count[class];
    }
}
