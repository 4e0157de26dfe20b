/* verify_group.c: the records of a key, those that are alike on both sides paired off. */
#include "verify_group.h"

#include <string.h>

static int read_ahead(struct group_reader *r, struct err *e)
{
    int got = sort_cursor_next(r->cursor, &r->ahead, e);

    if (got < 0) {
        return -1;
    }
    r->state = got > 0 ? 1 : 2;
    return 0;
}

/* Rows that are alike: so many of each side, and where the first of each is kept. */
static void settle(struct group *g, const int64_t count[2], const uint64_t kept[2])
{
    int64_t pairs = count[0] < count[1] ? count[0] : count[1];

    g->equal += pairs;
    for (size_t side = 0; side < 2; side++) {
        int64_t left = count[side] - pairs;

        g->rows[side] += count[side];
        g->alone[side] += left;
        if (left > 0 && g->kept_count[side] < GROUP_KEPT_MOST) {
            g->kept[side][g->kept_count[side]++] = (struct group_rows){.count = left, .kept = kept[side]};
        }
    }
}

/* The records of one row hash. */
static int read_alike(struct group_reader *r, struct group *g, struct err *e)
{
    static const uint64_t mask = (UINT64_C(1) << GROUP_SIDE_BIT) - 1;
    uint64_t row_hash = r->ahead.key[1];
    int64_t count[2] = {0, 0};
    uint64_t kept[2] = {0, 0};

    while (r->state == 1 && r->ahead.key[0] == g->key_hash && r->ahead.key[1] == row_hash) {
        size_t side = (size_t)(r->ahead.row >> GROUP_SIDE_BIT);

        if (count[side]++ == 0) {
            kept[side] = r->ahead.row & mask;
        }
        if (read_ahead(r, e) != 0) {
            return -1;
        }
    }
    settle(g, count, kept);
    return 0;
}

int group_next(struct group_reader *r, struct group *g, struct err *e)
{
    if (r->state == 0 && read_ahead(r, e) != 0) {
        return -1;
    }
    if (r->state == 2) {
        return 0;
    }
    g->key_hash = r->ahead.key[0];
    memset(g->rows, 0, sizeof g->rows);
    memset(g->alone, 0, sizeof g->alone);
    memset(g->kept_count, 0, sizeof g->kept_count);
    g->equal = 0;
    while (r->state == 1 && r->ahead.key[0] == g->key_hash) {
        if (read_alike(r, g, e) != 0) {
            return -1;
        }
    }
    return 1;
}
