/* check.c: the tables dealt out to threads, then what their keys say together. The caller's thread only waits and
 * tells. */
#include "check.h"

#include <string.h>

#include "check_internal.h"
#include "worker.h"

static int read_part(void *context, size_t part, size_t slot, struct err *e)
{
    struct check *c = context;

    if (check_read_part(c, part, slot, e) != 0) {
        return -1;
    }
    (void)atomic_fetch_sub(&c->open[c->parts[part].table], 1);
    return 0;
}

/* In a thread of its own. */
static int work(void *context, struct err *e)
{
    struct check *c = context;

    c->crew.items = c->part_count;
    c->crew.work = read_part;
    c->crew.context = c;
    return crew_run(&c->crew, c->options->reader_count, e) != 0 || check_join_parts(c, e) != 0 ||
                   check_breaches(c, e) != 0
               ? -1
               : check_name_rows(c, e);
}

static void tell(void *context)
{
    const struct check *c = context;
    struct crew_progress progress = {.stopped = atomic_load(&c->crew.stopped)};

    while (progress.table < c->options->count && atomic_load(&c->open[progress.table]) == 0) {
        progress.table++;
    }
    for (size_t i = 0; i < c->options->count; i++) {
        progress.total += atomic_load(&c->rows[i]);
    }
    progress.rows = progress.table < c->options->count ? atomic_load(&c->rows[progress.table]) : 0;
    c->options->tick(c->options->context, &progress);
}

static int prepare_result(const struct check_options *o, struct check_result *r, struct err *e)
{
    r->tables = mem_alloc((o->count + 1) * sizeof *r->tables, e);
    r->column_counts = r->tables == NULL ? NULL : mem_alloc((o->count + 1) * sizeof *r->column_counts, e);
    r->keys = r->column_counts == NULL ? NULL : mem_alloc((o->key_count + 1) * sizeof *r->keys, e);
    r->references = r->keys == NULL ? NULL : mem_alloc((o->reference_count + 1) * sizeof *r->references, e);
    if (r->references == NULL) {
        return -1;
    }
    for (; r->table_count < o->count; r->table_count++) {
        size_t columns = o->tables[r->table_count].write.count;
        struct check_table_result *t = &r->tables[r->table_count];

        t->columns = mem_alloc((columns + 1) * sizeof *t->columns, e);
        if (t->columns == NULL) {
            return -1;
        }
        r->column_counts[r->table_count] = columns;
    }
    return 0;
}

static int prepare(struct check *c, struct err *e)
{
    const struct check_options *o = c->options;

    c->gone = mem_alloc((o->count + 1) * sizeof *c->gone, e);
    c->rows = c->gone == NULL ? NULL : mem_alloc((o->count + 1) * sizeof *c->rows, e);
    c->open = c->rows == NULL ? NULL : mem_alloc((o->count + 1) * sizeof *c->open, e);
    c->unknown = c->open == NULL ? NULL : mem_alloc((o->key_count + 1) * sizeof *c->unknown, e);
    c->sorters = c->unknown == NULL ? NULL : mem_alloc((o->key_count + 1) * sizeof *c->sorters, e);
    if (c->sorters == NULL || (o->key_count > 0 && spill_open(&c->spill, e) != 0)) {
        return -1;
    }
    for (size_t i = 0; i < o->key_count; i++) {
        c->sorters[i].spill = c->spill;
    }
    return prepare_result(o, c->result, e) != 0 ? -1 : check_make_parts(c, e);
}

int check_run(const struct check_options *options, struct check_result *r, struct err *e)
{
    struct check c = {.options = options, .result = r};
    int result = -1;

    memset(r, 0, sizeof *r);
    if (prepare(&c, e) == 0 && worker_run(work, options->tick == NULL ? NULL : tell, &c, e) == 0) {
        r->spilled = c.spill == NULL ? 0 : spill_bytes(c.spill);
        result = 0;
    }
    for (size_t i = 0; c.sorters != NULL && i < options->key_count; i++) {
        sorter_free(&c.sorters[i]);
    }
    for (size_t i = 0; c.gone != NULL && i < options->count; i++) {
        row_set_free(&c.gone[i]);
    }
    check_free_parts(&c);
    spill_close(c.spill);
    mem_free(c.sorters);
    mem_free(c.unknown);
    mem_free(c.open);
    mem_free(c.rows);
    mem_free(c.gone);
    return result;
}

void check_result_free(struct check_result *r)
{
    for (size_t i = 0; i < r->table_count; i++) {
        for (size_t k = 0; k <= r->column_counts[i]; k++) {
            check_column_free(&r->tables[i].columns[k]);
        }
        stage_result_free(&r->tables[i].staged);
        mem_free(r->tables[i].columns);
    }
    mem_free(r->references);
    mem_free(r->keys);
    mem_free(r->column_counts);
    mem_free(r->tables);
    memset(r, 0, sizeof *r);
}
