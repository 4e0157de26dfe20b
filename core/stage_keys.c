/* stage_keys.c: rows that were merged, and cells that are looked up. */
#include "stage_keys.h"

#include "key.h"

static const unsigned char *data_of(const struct batch *b, const struct cell *c)
{
    return c->class == CELL_TEXT || c->class == CELL_BLOB ? batch_data(b, c) : NULL;
}

/* 1: the row was merged into another; 0; -1 and e. */
static int is_merged(const struct stage_keys *k, const struct batch *b, size_t row, struct bytes *key, struct err *e)
{
    const struct cell *cells = b->cells + row * b->columns;
    if (k->key_count == 1) {
        const struct cell *c = &cells[k->key_columns[0]];
        return lookup_find(k->merged, c, data_of(b, c)) != NULL;
    }
    key->length = 0;
    if (key_encode(key, b, row, k->key_columns, k->key_count, e) != 0)
        return -1;
    const struct cell encoded = {.class = CELL_BLOB, .length = (uint32_t)key->length};
    return lookup_find(k->merged, &encoded, key->data) != NULL;
}

static int replace(const struct stage_lookup *l, struct batch *b, struct cell *c, struct err *e)
{
    const struct cell *found = lookup_find(l->lookup, c, data_of(b, c));
    if (!found) {
        c->marks = l->missing == MISSING_BAD ? CELL_MISSED : CELL_NO_KEY;
        if (l->missing == MISSING_NULL)
            c->class = CELL_NULL;
        return 0;
    }
    if (found->class == CELL_TEXT || found->class == CELL_BLOB)
        return batch_bytes(b, c, (enum cell_class)found->class, lookup_data(l->lookup, found), found->length, e);
    *c = *found;
    return 0;
}

int stage_keys_apply(struct stage *s, struct batch *b, struct stage_result *r, struct err *e)
{
    const struct stage_keys *k = (const struct stage_keys *)s;
    struct bytes key = {0};
    int rc = -1;
    for (size_t row = 0; row < b->rows; row++) {
        if (stage_is_out(r, row))
            continue;
        int merged = k->merged ? is_merged(k, b, row, &key, e) : 0;
        if (merged < 0)
            goto done;
        if (merged) {
            stage_merge(r, row);
            continue;
        }
        for (size_t i = 0; i < k->lookup_count; i++) {
            struct cell *c = &b->cells[row * b->columns + k->lookups[i].cell];
            if (c->class != CELL_NULL && replace(&k->lookups[i], b, c, e) != 0)
                goto done;
        }
    }
    rc = 0;
done:
    bytes_free(&key);
    return rc;
}
