/* lane_guess.c: which rows the CHECK constraints and unique indexes of the target will refuse. */
#include "lane_guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 32 };

struct guess {
    int duplicates_told; /* as the lane had it when this was made: unique indexes that were told of are asked, too */
    int useless;         /* there are no conditions that could be asked for */
    struct bytes sql;    /* gives the numbers (from 1) of the rows that are refused; ends in a NUL */
    int count;           /* columns that the conditions name */
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

/* Parts of the statement. */
struct parts {
    struct bytes inner; /* what the inner SELECT gives besides the columns */
    struct bytes where;
};

/* "a IS NOT NULL AND b IS NOT NULL" and the like: `format` for each row of the answer from `first` up to `end`, with
 * the column's quoted name put in for every %s, joined. */
static int add_columns(struct bytes *out, const PGresult *answer, int first, int end, const char *format,
                       const char *joint, struct err *e)
{
    for (int row = first; row < end; row++) {
        const char *rest = format, *hole;
        if (row > first && add_text(out, joint, e) != 0)
            return -1;
        for (; (hole = strstr(rest, "%s")) != NULL; rest = hole + 2)
            if (bytes_append(out, rest, (size_t)(hole - rest), e) != 0 ||
                add_text(out, PQgetvalue(answer, row, 3), e) != 0)
                return -1;
        if (add_text(out, rest, e) != 0)
            return -1;
    }
    return 0;
}

/* What makes a duplicate for the unique index over these columns: a row before it in the batch, which the inner SELECT
 * says, or one in the table. A subquery in the place of a value is looked up in the index, row by row. */
static int add_unique(struct parts *p, const struct table_load *t, const PGresult *answer, int first, int end,
                      struct err *e)
{
    char name[40];
    (void)snprintf(name, sizeof name, "\"wherry %d\"", first);
    return add_text(&p->inner, ", row_number() OVER (PARTITION BY ", e) != 0 ||
                   add_columns(&p->inner, answer, first, end, "%s", ", ", e) != 0 ||
                   add_text(&p->inner, " ORDER BY \"wherry n\") > 1 AS ", e) != 0 ||
                   add_text(&p->inner, name, e) != 0 || add_text(&p->where, "(", e) != 0 ||
                   add_text(&p->where, name, e) != 0 || add_text(&p->where, " AND ", e) != 0 ||
                   add_columns(&p->where, answer, first, end, "%s IS NOT NULL", " AND ", e) != 0 ||
                   add_text(&p->where, ") OR (SELECT true FROM ", e) != 0 ||
                   add_text(&p->where, t->write.target, e) != 0 ||
                   add_text(&p->where, " AS \"wherry t\" WHERE ", e) != 0 ||
                   add_columns(&p->where, answer, first, end, "\"wherry t\".%s = \"wherry rows\".%s", " AND ", e) != 0
               ? -1
               : add_text(&p->where, " LIMIT 1)", e);
}

/* One condition, FALSE for a row that is refused, or one unique index, over columns that are all written. The rows of
 * the answer from *row on that belong to it are passed. */
static int add_condition(struct guess *g, struct parts *p, const struct table_load *t, const PGresult *answer, int *row,
                         struct err *e)
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
    if (p->where.length && add_text(&p->where, " OR ", e) != 0)
        return -1;
    if (PQgetisnull(answer, first, 1))
        return add_unique(p, t, answer, first, *row, e);
    return add_text(&p->where, "(", e) != 0 || add_text(&p->where, PQgetvalue(answer, first, 1), e) != 0
               ? -1
               : add_text(&p->where, ") IS FALSE", e);
}

/* SELECT n FROM (SELECT *, .. FROM unnest($1, $2) WITH ORDINALITY AS rows(a, b, n)) AS rows WHERE .. */
static int make_sql(struct guess *g, const struct parts *p, const PGresult *answer, const struct table_load *t,
                    struct err *e)
{
    char number[16];
    if (add_text(&g->sql, "SELECT \"wherry n\" FROM (SELECT *", e) != 0 ||
        bytes_append(&g->sql, p->inner.data, p->inner.length, e) != 0 || add_text(&g->sql, " FROM unnest(", e) != 0)
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
                if (add_columns(&g->sql, answer, row, row + 1, "%s, ", "", e) != 0)
                    return -1;
                break;
            }
    return add_text(&g->sql, "\"wherry n\")) AS \"wherry rows\" WHERE ", e) != 0 ||
                   bytes_append(&g->sql, p->where.data, p->where.length, e) != 0
               ? -1
               : bytes_append(&g->sql, "", 1, e);
}

/* Asks for the conditions of the table, and for its unique indexes where rows were refused by them. */
static struct guess *make_guess(struct step *s, struct err *e)
{
    static const char sql[] =
        "SELECT c.oid, pg_catalog.pg_get_expr(c.conbin, c.conrelid), a.attname, pg_catalog.quote_ident(a.attname),"
        " t.oid, t.typarray FROM (SELECT oid, conrelid, conbin, conkey FROM pg_catalog.pg_constraint WHERE contype = "
        "'c'"
        " UNION ALL SELECT indexrelid, indrelid, NULL, (indkey::pg_catalog.int2[])[0:indnkeyatts - 1]"
        " FROM pg_catalog.pg_index JOIN pg_catalog.pg_class ON oid = indexrelid WHERE indisunique AND indpred IS NULL"
        " AND indexprs IS NULL AND pg_catalog.strpos($2, relname::pg_catalog.text) > 0) c"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)"
        " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
        " WHERE c.conrelid = $1::pg_catalog.regclass ORDER BY c.oid, a.attnum";
    struct bytes said = {0};
    PGresult *answer = NULL;
    struct parts p = {{0}, {0}};
    struct guess *g = mem_alloc(sizeof *g, e);
    int rc = -1;
    if (!g || clean_text(&said, s->lane->refusals.duplicates, e) != 0 || bytes_append(&said, "", 1, e) != 0)
        goto done;
    const char *values[] = {s->table->write.target, (const char *)said.data};
    if (pgwire_exec(s->lane->pg, sql, 2, values, &answer, e) != 0)
        goto done;
    for (int row = 0; row < PQntuples(answer);)
        if (add_condition(g, &p, s->table, answer, &row, e) != 0)
            goto done;
    g->duplicates_told = s->lane->refusals.duplicates_told;
    g->useless = p.where.length == 0 || !s->table->write.binary;
    rc = g->useless ? 0 : make_sql(g, &p, answer, s->table, e);
done:
    PQclear(answer);
    bytes_free(&said);
    bytes_free(&p.inner);
    bytes_free(&p.where);
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
        int length;
        const unsigned char *end = copy_field(at, &length);
        end += length < 0 ? 0 : length;
        if (column == 0) {
            *has_null = *has_null || length < 0;
            return bytes_append(out, at, (size_t)(end - at), e);
        }
        at = end;
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
    if (l->guess && l->refusals.duplicates_told != l->guess->duplicates_told) {
        guess_free(l->guess);
        l->guess = NULL;
    }
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
