/* verify_foreign.c: the texts of a column, many rows at a time, through the input and output functions of their type.
 */
#include "verify_foreign.h"

#include <string.h>

#include "codec_common.h"

enum { ROW_WORD = 2, LENGTH_WORD = 4 };

int foreign_rows_add(struct foreign_rows *r, const unsigned char *row, size_t length, struct err *e)
{
    if (r->count == r->capacity) {
        size_t capacity = r->capacity == 0 ? 64 : 2 * r->capacity;
        size_t *ends = mem_resize(r->ends, capacity * sizeof *ends, e);

        if (ends == NULL) {
            return -1;
        }
        r->ends = ends;
        r->capacity = capacity;
    }
    if (bytes_append(&r->data, row, length, e) != 0) {
        return -1;
    }
    r->ends[r->count++] = r->data.length;
    return 0;
}

const unsigned char *foreign_rows_at(const struct foreign_rows *r, size_t row, size_t *length)
{
    size_t start = row == 0 ? 0 : r->ends[row - 1];

    *length = r->ends[row] - start;
    return r->data.data + start;
}

void foreign_rows_free(struct foreign_rows *r)
{
    bytes_free(&r->data);
    mem_free(r->ends);
    memset(r, 0, sizeof *r);
}

/* A field of a row, at its length word; *size: with that. */
static const unsigned char *field_at(const unsigned char *row, size_t field, size_t *size)
{
    const unsigned char *at = row + ROW_WORD;

    for (size_t i = 0;; i++) {
        uint32_t length = codec_u32(at);

        *size = LENGTH_WORD + (length == UINT32_MAX ? 0 : (size_t)length);
        if (i == field) {
            return at;
        }
        at += *size;
    }
}

/* An element of an array's text; NULL is one without quotes. */
static int put_element(struct bytes *out, const unsigned char *text, size_t length, struct err *e)
{
    if (bytes_reserve(out, 2 * length + 2, e) != 0) {
        return -1;
    }
    out->data[out->length++] = '"';
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            out->data[out->length++] = '\\';
        }
        out->data[out->length++] = text[i];
    }
    out->data[out->length++] = '"';
    return 0;
}

/* The texts of a field as an array. */
static int put_array(struct bytes *out, const struct foreign_rows *in, size_t first, size_t count, size_t field,
                     struct err *e)
{
    size_t length;
    size_t size;

    for (size_t i = 0; i < count; i++) {
        const unsigned char *value = field_at(foreign_rows_at(in, first + i, &length), field, &size);
        int failed =
            bytes_append(out, i == 0 ? "{" : ",", 1, e) != 0 ||
            (codec_u32(value) == UINT32_MAX ? bytes_append(out, "NULL", 4, e)
                                            : put_element(out, value + LENGTH_WORD, size - LENGTH_WORD, e)) != 0;

        if (failed) {
            return -1;
        }
    }
    return bytes_append(out, "}", 2, e);
}

static int make_sql(struct bytes *out, const char *type, struct err *e)
{
    static const char before[] = "SELECT CAST(CAST(v AS ";
    static const char behind[] = ") AS pg_catalog.text) FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY "
                                 "AS given(v, n) ORDER BY n";

    return bytes_append(out, before, sizeof before - 1, e) != 0 || bytes_append(out, type, strlen(type), e) != 0
               ? -1
               : bytes_append(out, behind, sizeof behind, e);
}

/* Asks for one field. 0 and *result; 1: refused; -1 and e. */
static int ask(struct pgwire *p, const char *type, const char *array, PGresult **result, struct err *e)
{
    int is_within = PQtransactionStatus(p->conn) == PQTRANS_INTRANS;
    struct bytes sql = {0};
    struct err why;
    int rc = -1;

    err_clear(&why);
    if (make_sql(&sql, type, e) != 0 ||
        (is_within && pgwire_exec(p, "SAVEPOINT wherry_foreign", 0, NULL, NULL, e) != 0)) {
        goto done;
    }
    rc = pgwire_exec(p, (const char *)sql.data, 1, &array, result, &why);
    if (rc != 0 && why.kind != ERR_SERVER) {
        *e = why;
        goto done;
    }
    rc = rc != 0;
    if (is_within && pgwire_exec(p, rc == 0 ? "RELEASE SAVEPOINT wherry_foreign" : "ROLLBACK TO wherry_foreign", 0,
                                 NULL, NULL, e) != 0) {
        rc = -1;
    }
done:
    bytes_free(&sql);
    return rc;
}

/* The place of a field among those that are asked for, or `count`. */
static size_t place_of(const struct verify_foreign *f, size_t field)
{
    size_t place = 0;

    while (place < f->count && f->fields[place] != field) {
        place++;
    }
    return place;
}

/* The row with the answers in the place of its fields. */
static int put_row(struct bytes *out, const struct verify_foreign *f, PGresult *const *results, int at,
                   const unsigned char *row, struct err *e)
{
    size_t count = codec_u16(row);
    const unsigned char *field = row + ROW_WORD;

    if (bytes_append(out, row, ROW_WORD, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t length = codec_u32(field);
        size_t size = LENGTH_WORD + (length == UINT32_MAX ? 0 : (size_t)length);
        size_t place = place_of(f, i);
        int failed;

        if (place == f->count || PQgetisnull(results[place], at, 0)) {
            failed = bytes_append(out, field, size, e);
        } else {
            size_t given = (size_t)PQgetlength(results[place], at, 0);

            failed = bytes_put_u32(out, (uint32_t)given, e) != 0 ||
                     bytes_append(out, PQgetvalue(results[place], at, 0), given, e) != 0;
        }
        if (failed) {
            return -1;
        }
        field += size;
    }
    return 0;
}

static int put_rows(const struct verify_foreign *f, PGresult *const *results, const struct foreign_rows *in,
                    size_t first, size_t count, struct foreign_rows *out, struct err *e)
{
    struct bytes row = {0};
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        size_t length;

        row.length = 0;
        result = put_row(&row, f, results, (int)i, foreign_rows_at(in, first + i, &length), e) != 0 ||
                         foreign_rows_add(out, row.data, row.length, e) != 0
                     ? -1
                     : 0;
    }
    bytes_free(&row);
    return result;
}

int foreign_normalise(struct pgwire *p, const struct verify_foreign *f, const struct foreign_rows *in, size_t first,
                      size_t count, struct foreign_rows *out, struct err *e)
{
    PGresult **results = mem_alloc((f->count + 1) * sizeof *results, e);
    struct bytes array = {0};
    int rc = results == NULL ? -1 : 0;

    for (size_t i = 0; i < f->count && rc == 0; i++) {
        array.length = 0;
        rc = put_array(&array, in, first, count, f->fields[i], e);
        if (rc == 0) {
            rc = ask(p, f->types[i], (const char *)array.data, &results[i], e);
        }
        if (rc == 0 && (size_t)PQntuples(results[i]) != count) {
            rc = err_set(e, ERR_SERVER, "the server gives another number of values than it was asked for");
        }
    }
    if (rc == 0) {
        rc = put_rows(f, results, in, first, count, out, e);
    }
    for (size_t i = 0; results != NULL && i < f->count; i++) {
        PQclear(results[i]);
    }
    mem_free(results);
    bytes_free(&array);
    return rc;
}
