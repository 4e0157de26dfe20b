/* lane_trial.c: an INSERT that says of a row what the server would say to it in a COPY. */
#include "lane_trial.h"

#include <stdio.h>
#include <string.h>

struct trial {
    int useless;      /* an INSERT of such rows is not what their COPY is */
    struct bytes sql; /* the INSERT; ends in a NUL */
};

void trial_free(struct trial *t)
{
    if (t)
        bytes_free(&t->sql);
    mem_free(t);
}

static int add_text(struct bytes *out, const char *text, struct err *e)
{
    return bytes_append(out, text, strlen(text), e);
}

static int make_sql(struct bytes *out, PGconn *conn, const struct write_spec *write, struct err *e)
{
    char number[24];
    if (add_text(out, "INSERT INTO ", e) != 0 || add_text(out, write->target, e) != 0)
        return -1;
    for (size_t i = 0; i < write->count; i++) {
        const char *name = write->columns[i].target_name;
        char *quoted = PQescapeIdentifier(conn, name, strlen(name));
        int rc = !quoted ? err_set(e, ERR_INTERNAL, "the name of column %s can't be quoted", name)
                         : add_text(out, i > 0 ? ", " : " (", e) != 0 || add_text(out, quoted, e) != 0;
        PQfreemem(quoted);
        if (rc != 0)
            return -1;
    }
    for (size_t i = 0; i < write->count; i++) {
        (void)snprintf(number, sizeof number, "$%zu", i + 1);
        if (add_text(out, i > 0 ? ", " : ") OVERRIDING SYSTEM VALUE VALUES (", e) != 0 || add_text(out, number, e) != 0)
            return -1;
    }
    return bytes_append(out, ")", 2, e);
}

/* A rule rewrites an INSERT and not a COPY. */
static int has_rules(struct pgwire *p, const char *target, int *rules, struct err *e)
{
    PGresult *answer = NULL;
    const char *values[] = {target};
    if (pgwire_exec(p, "SELECT 1 FROM pg_catalog.pg_rewrite WHERE ev_class = $1::pg_catalog.regclass AND ev_type = '3'",
                    1, values, &answer, e) != 0)
        return -1;
    *rules = PQntuples(answer) > 0;
    PQclear(answer);
    return 0;
}

static struct trial *make_trial(const struct step *s, struct err *e)
{
    const struct write_spec *write = &s->table->write;
    struct trial *t = mem_alloc(sizeof *t, e);
    if (!t)
        return NULL;
    t->useless = !write->binary || write->merge_sql || write->count == 0;
    if (!t->useless && (has_rules(s->lane->pg, write->target, &t->useless, e) != 0 ||
                        make_sql(&t->sql, s->lane->pg->conn, write, e) != 0)) {
        trial_free(t);
        return NULL;
    }
    return t;
}

struct trials {
    struct careful *careful;
    size_t *rows;
};

/* The fields of an encoded row. */
static void give_row(void *context, size_t i, const char **values, int *lengths)
{
    const struct trials *trials = context;
    const struct careful *c = trials->careful;
    const unsigned char *at = c->m->data.data + careful_start(c, trials->rows[i]) + 2; /* behind the number of fields */
    for (size_t column = 0; column < c->step->table->write.count; column++) {
        int length;
        at = copy_field(at, &length);
        values[column] = length < 0 ? NULL : (const char *)at;
        lengths[column] = length < 0 ? 0 : length;
        at += lengths[column];
    }
}

static int take_verdict(void *context, size_t i, const struct err *why, struct err *e)
{
    const struct trials *trials = context;
    struct careful *c = trials->careful;
    size_t row = trials->rows[i];
    if (!why)
        return 0;
    if (!is_about_a_row(why)) {
        *e = *why;
        return -1;
    }
    c->held[row] = 0;
    return careful_refuse(c, row, why, e);
}

int trial_rows(struct careful *c, size_t first, size_t end, struct err *e)
{
    struct lane *l = c->step->lane;
    struct trials trials = {.careful = c};
    size_t count = 0;
    for (size_t row = first; row < end; row++)
        count += c->held[row];
    if (count == 0)
        return 0;
    if (!l->trial && !(l->trial = make_trial(c->step, e)))
        return -1;
    if (l->trial->useless)
        return 0;
    trials.rows = mem_alloc(count * sizeof *trials.rows, e);
    if (!trials.rows)
        return -1;
    for (size_t row = first, i = 0; row < end; row++)
        if (c->held[row])
            trials.rows[i++] = row;
    const struct pgwire_trial trial = {.sql = (const char *)l->trial->sql.data,
                                       .count = (int)c->step->table->write.count,
                                       .row = give_row,
                                       .verdict = take_verdict,
                                       .context = &trials};
    int rc = pgwire_try_rows(l->pg, &trial, count, e);
    l->trial->useless = rc > 0;
    mem_free(trials.rows);
    return rc < 0 ? -1 : 0;
}
