/* check_names.c: the rows of breaches are known by their place in the table; those that are shown are read again, to
 * give their keys and values. */
#include <stdlib.h>
#include <string.h>

#include "check_internal.h"
#include "key.h"

/* A row to be named. */
struct wanted {
    size_t table;
    uint64_t row;
    char *key;   /* of check_breach's size; gets the row's name */
    char *value; /* gets the key's values, or NULL */
    const struct check_key *spec;
};

static int by_place(const void *left, const void *right)
{
    const struct wanted *a = left;
    const struct wanted *b = right;

    if (a->table != b->table) {
        return a->table < b->table ? -1 : 1;
    }
    return (a->row > b->row) - (a->row < b->row);
}

static void want(struct wanted *list, size_t *count, const struct check_key *spec, struct check_breaches *b)
{
    for (size_t i = 0; i < b->example_count; i++) {
        struct check_breach *breach = &b->examples[i];

        list[(*count)++] = (struct wanted){spec->table, breach->row, breach->key, breach->value, spec};
        if (breach->first != breach->row) {
            list[(*count)++] = (struct wanted){spec->table, breach->first, breach->first_key, NULL, spec};
        }
    }
}

/* The values of a key as they are in the source: "email='a@x'". */
static void describe_values(char *out, size_t size, const struct table_load *load, const struct check_key *spec,
                            const struct batch *b, size_t row)
{
    size_t cells[KEY_MAX_CELLS];
    const char *names[KEY_MAX_CELLS];
    size_t count = spec->count < KEY_MAX_CELLS ? spec->count : KEY_MAX_CELLS;

    for (size_t i = 0; i < count; i++) {
        cells[i] = load->write.columns[spec->columns[i]].cell;
        names[i] = load->write.columns[spec->columns[i]].source_name;
    }
    key_describe_row(out, size, b, row, cells, names, count);
}

/* Reads a table as far as the last of `count` rows of it. */
static int read_wanted(const struct table_load *load, sqlite3 *db, const struct wanted *list, size_t count,
                       struct err *e)
{
    struct source *source = NULL;
    struct batch batch = {0};
    uint64_t passed = 0;
    struct stage_result staged = {0};
    size_t at = 0;
    int got = -1;

    if (batch_init(&batch, load->read.columns, e) != 0) {
        return -1;
    }
    if (source_sqlite_open(&source, db, &load->read, NULL, e) == 0) {
        while (at < count && (got = source->next(source, &batch, e)) > 0) {
            do {
                if (stages_apply(load->stages, load->stage_count, &batch, &staged, e) != 0) {
                    got = -1;
                    break;
                }
                for (; at < count && list[at].row - passed < batch.rows; at++) {
                    size_t row = (size_t)(list[at].row - passed);

                    row_describe(list[at].key, sizeof((struct check_breach *)NULL)->key, &batch, row, &load->read);
                    if (list[at].value != NULL) {
                        describe_values(list[at].value, sizeof((struct check_breach *)NULL)->value, load, list[at].spec,
                                        &batch, row);
                    }
                }
                passed += batch.rows;
            } while (stages_go_on(&batch, &staged));
        }
        source->close(source);
    }
    stage_result_free(&staged);
    batch_free(&batch);
    return got < 0 ? -1 : 0;
}

int check_name_rows(struct check *c, struct err *e)
{
    const struct check_options *o = c->options;
    size_t most = (o->key_count + o->reference_count) * 2 * CHECK_EXAMPLES;
    struct wanted *list = mem_alloc((most + 1) * sizeof *list, e);
    size_t count = 0;
    int result = 0;

    if (list == NULL) {
        return -1;
    }
    for (size_t i = 0; i < o->key_count; i++) {
        want(list, &count, &o->keys[i], &c->result->keys[i].duplicates);
    }
    for (size_t i = 0; i < o->reference_count; i++) {
        want(list, &count, &o->keys[o->references[i].child], &c->result->references[i]);
    }
    qsort(list, count, sizeof *list, by_place);
    for (size_t from = 0, to; from < count && result == 0; from = to) {
        to = from;
        while (to < count && list[to].table == list[from].table) {
            to++;
        }
        result =
            read_wanted(&o->tables[list[from].table], check_reader(c, list[from].table, 0), list + from, to - from, e);
    }
    mem_free(list);
    return result;
}
