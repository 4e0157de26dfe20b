/* lane_guess.c: which rows the CHECK constraints of the target will refuse. */
#include "lane_guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 32 };

struct guess {
    int useless;                  /* there are no conditions that could be asked for */
    struct bytes sql;             /* gives the numbers (from 1) of the rows that are refused; ends in a NUL */
    int count;                    /* columns that the conditions name */
    size_t columns[COLUMNS_MOST]; /* their indexes among the columns that are written */
    uint32_t elements[COLUMNS_MOST];
    uint32_t arrays[COLUMNS_MOST]; /* their types, and the types of arrays of these */
};

void guess_free(struct guess *g)
{
    if (g)
        bytes_free(&g->sql);
    mem_free(g);
}

static int add_text(struct bytes *out, const char *text, struct err *e)
{
    return bytes_append(out, text, strlen(text), e);
}

/* The index of a column that is written, or -1. */
static int written(const struct table_load *t, const char *name)
{
    for (size_t i = 0; i < t->write.count; i++)
        if (strcmp(t->write.columns[i].target_name, name) == 0)
            return (int)i;
    return -1;
}

/* Adds a column of a condition. 0: it is there; -1: there are too many. */
static int add_column(struct guess *g, size_t column, const char *element, const char *array)
{
    for (int i = 0; i < g->count; i++)
        if (g->columns[i] == column)
            return 0;
    if (g->count == COLUMNS_MOST)
        return -1;
    g->columns[g->count] = column;
    g->elements[g->count] = (uint32_t)strtoul(element, NULL, 10);
    g->arrays[g->count++] = (uint32_t)strtoul(array, NULL, 10);
    return 0;
}

/* One condition over columns that are all written: it is FALSE for a row that is refused. The rows of the answer from
 * *row on that belong to it are passed. */
static int add_condition(struct guess *g, const struct table_load *t, const PGresult *answer, int *row,
                         struct bytes *where, struct err *e)
{
    int first = *row, usable = 1;
    const char *id = PQgetvalue(answer, first, 0);
    for (; *row < PQntuples(answer) && strcmp(PQgetvalue(answer, *row, 0), id) == 0; ++*row)
        usable = usable && written(t, PQgetvalue(answer, *row, 2)) >= 0;
    for (int i = first; usable && i < *row; i++)
        usable = add_column(g, (size_t)written(t, PQgetvalue(answer, i, 2)), PQgetvalue(answer, i, 4),
                            PQgetvalue(answer, i, 5)) == 0;
    if (!usable)
        return 0;
    return add_text(where, where->length ? " OR (" : "(", e) != 0 ||
                   add_text(where, PQgetvalue(answer, first, 1), e) != 0 || add_text(where, ") IS FALSE", e) != 0
               ? -1
               : 0;
}

/* SELECT n FROM unnest($1, $2) WITH ORDINALITY AS rows(a, b, n) WHERE (condition) IS FALSE OR .. */
static int make_sql(struct guess *g, const PGresult *answer, const struct table_load *t, const struct bytes *where,
                    struct err *e)
{
    char number[16];
    if (add_text(&g->sql, "SELECT \"wherry n\" FROM unnest(", e) != 0)
        return -1;
    for (int i = 0; i < g->count; i++) {
        (void)snprintf(number, sizeof number, "%s$%d", i ? ", " : "", i + 1);
        if (add_text(&g->sql, number, e) != 0)
            return -1;
    }
    if (add_text(&g->sql, ") WITH ORDINALITY AS \"wherry rows\"(", e) != 0)
        return -1;
    for (int i = 0; i < g->count; i++)
        for (int row = 0; row < PQntuples(answer); row++)
            if (written(t, PQgetvalue(answer, row, 2)) == (int)g->columns[i]) {
                if (add_text(&g->sql, PQgetvalue(answer, row, 3), e) != 0 || add_text(&g->sql, ", ", e) != 0)
                    return -1;
                break;
            }
    return add_text(&g->sql, "\"wherry n\") WHERE ", e) != 0 ||
                   bytes_append(&g->sql, where->data, where->length, e) != 0 || bytes_append(&g->sql, "", 1, e) != 0
               ? -1
               : 0;
}

/* Asks for the conditions of the table. */
static struct guess *make_guess(struct step *s, struct err *e)
{
    static const char sql[] =
        "SELECT c.oid, pg_catalog.pg_get_expr(c.conbin, c.conrelid), a.attname, pg_catalog.quote_ident(a.attname),"
        " t.oid, t.typarray FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid"
        " AND a.attnum = ANY (c.conkey) JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
        " WHERE c.conrelid = $1::pg_catalog.regclass AND c.contype = 'c' ORDER BY c.oid, a.attnum";
    const char *values[] = {s->table->write.target};
    PGresult *answer = NULL;
    struct bytes where = {0};
    struct guess *g = mem_alloc(sizeof *g, e);
    int rc = -1;
    if (!g || pgwire_exec(s->lane->pg, sql, 1, values, &answer, e) != 0)
        goto done;
    for (int row = 0; row < PQntuples(answer);)
        if (add_condition(g, s->table, answer, &row, &where, e) != 0)
            goto done;
    g->useless = where.length == 0 || !s->table->write.binary;
    rc = g->useless ? 0 : make_sql(g, answer, s->table, &where, e);
done:
    PQclear(answer);
    bytes_free(&where);
    if (rc == 0)
        return g;
    guess_free(g);
    return NULL;
}

/* Appends a field of an encoded row, length word and all. */
static int add_field(struct bytes *out, const unsigned char *row, size_t column, int *has_null, struct err *e)
{
    const unsigned char *at = row + 2; /* behind the number of fields */
    for (;; column--) {
        uint32_t length = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        size_t size = length == UINT32_MAX ? 0 : length;
        if (column == 0) {
            *has_null = *has_null || length == UINT32_MAX;
            return bytes_append(out, at, 4 + size, e);
        }
        at += 4 + size;
    }
}

/* The values of a column in `count` rows as an array in PostgreSQL's binary form. */
static int make_array(struct bytes *out, const struct careful *c, const size_t *rows, size_t count, size_t column,
                      uint32_t element, struct err *e)
{
    int has_null = 0;
    if (bytes_put_u32(out, 1, e) != 0 || bytes_put_u32(out, 0, e) != 0 || bytes_put_u32(out, element, e) != 0 ||
        bytes_put_u32(out, (unsigned)count, e) != 0 || bytes_put_u32(out, 1, e) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (add_field(out, c->m->data.data + careful_start(c, rows[i]), column, &has_null, e) != 0)
            return -1;
    out->data[7] = (unsigned char)has_null;
    return 0;
}

/* Asks the conditions for `count` rows. *answer has the numbers of those that are refused; NULL: that was refused. */
static int ask(struct careful *c, const struct guess *g, const size_t *rows, size_t count, PGresult **answer,
               struct err *e)
{
    struct bytes arrays[COLUMNS_MOST] = {{0}};
    const char *values[COLUMNS_MOST];
    int lengths[COLUMNS_MOST];
    int rc = -1;
    *answer = NULL;
    for (int i = 0; i < g->count; i++) {
        if (make_array(&arrays[i], c, rows, count, g->columns[i], g->elements[i], e) != 0)
            goto done;
        values[i] = (const char *)arrays[i].data;
        lengths[i] = (int)arrays[i].length;
    }
    const struct pgwire_parameters parameters = {g->count, g->arrays, values, lengths};
    rc = pgwire_exec_binary(c->step->lane->pg, (const char *)g->sql.data, &parameters, answer, e);
    if (rc != 0 && e->kind == ERR_SERVER) {
        /* A condition that fails for some value instead of being false, or one that means more than its columns. */
        journal_group_undo(c->step->lane->pg);
        rc = 0;
    }
done:
    for (int i = 0; i < g->count; i++)
        bytes_free(&arrays[i]);
    return rc;
}

int guess_rows(struct careful *c, size_t first, size_t end, unsigned char *suspect, struct err *e)
{
    struct lane *l = c->step->lane;
    PGresult *answer = NULL;
    size_t count = 0;
    if (!l->guess && !(l->guess = make_guess(c->step, e)))
        return -1;
    if (l->guess->useless)
        return 0;
    size_t *rows = mem_alloc((end - first) * sizeof *rows, e);
    if (!rows)
        return -1;
    for (size_t row = first; row < end; row++)
        if (!c->gone[row])
            rows[count++] = row;
    int rc = count ? ask(c, l->guess, rows, count, &answer, e) : 0;
    l->guess->useless = rc == 0 && count && !answer;
    for (int i = 0; answer && i < PQntuples(answer); i++) {
        size_t n = (size_t)strtoull(PQgetvalue(answer, i, 0), NULL, 10);
        if (n >= 1 && n <= count)
            suspect[rows[n - 1]] = 1;
    }
    PQclear(answer);
    mem_free(rows);
    return rc;
}
