/* check_parts.c: large tables are read in parts, by ranges of rowids, so that threads share one table, too. */
#include "check_internal.h"

/* Where a part is added. */
struct adding {
    struct check *check;
    size_t table;
};

static int add_part(void *context, struct split_range *range, struct err *e)
{
    const struct adding *adding = context;
    struct check *c = adding->check;
    struct check_part *parts = c->parts;
    size_t columns = c->options->tables[adding->table].write.count;

    if (c->part_count >> CHECK_PART_BITS != 0) {
        return err_set(e, ERR_INTERNAL, "a check of too many tables");
    }
    if ((c->part_count & (c->part_count - 1)) == 0) {
        parts = mem_resize(c->parts, (c->part_count == 0 ? 1 : 2 * c->part_count) * sizeof *parts, e);
        if (parts == NULL) {
            return -1;
        }
        c->parts = parts;
    }
    struct check_part *part = &parts[c->part_count];
    *part = (struct check_part){.table = adding->table};
    part->found.columns = mem_alloc((columns + 1) * sizeof(struct check_column), e);
    if (part->found.columns == NULL) {
        return -1;
    }
    part->range = *range;
    c->part_count++;
    (void)atomic_fetch_add(&c->open[adding->table], 1);
    return 0;
}

int check_make_parts(struct check *c, struct err *e)
{
    for (size_t i = 0; i < c->options->count; i++) {
        struct adding adding = {.check = c, .table = i};
        const char *range = c->options->ranges == NULL ? NULL : c->options->ranges[i];

        if (split_table(&c->options->tables[i].read, range, check_reader(c, i, 0), c->options->reader_count, add_part,
                        &adding, e) != 0) {
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
        split_free(&part->range);
    }
    mem_free(c->parts);
}
