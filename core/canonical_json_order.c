/* canonical_json_order.c: the keys of an object in jsonb's order, and runs of a draft that are put into it. */
#include <stdlib.h>
#include <string.h>

#include "canonical_json.h"
#include "hex.h"

/* ---- lists of runs ---- */

static int list_run(struct draft *d, size_t from, size_t to)
{
    struct run run = {from, to, NO_RUN};
    size_t index = d->runs.length / sizeof run;

    if (bytes_append(&d->runs, &run, sizeof run, d->e) != 0) {
        return -1;
    }
    if (d->list.first == NO_RUN) {
        d->list.first = index;
    } else {
        ((struct run *)(void *)d->runs.data)[d->list.last].next = index;
    }
    d->list.last = index;
    return 0;
}

static void list_all(struct draft *d, const struct list *list)
{
    if (list->first == NO_RUN) {
        return;
    }
    if (d->list.first == NO_RUN) {
        d->list.first = list->first;
    } else {
        ((struct run *)(void *)d->runs.data)[d->list.last].next = list->first;
    }
    d->list.last = list->last;
}

/* The runs behind the draft, then over it. */
int json_draft_finish(struct draft *d)
{
    size_t end = json_draft_here(d);

    if (d->list.first == NO_RUN) {
        return 0;
    }
    if (list_run(d, d->from, end) != 0) {
        return -1;
    }
    if (json_draft_room(d, end - d->start) != 0) {
        return -1;
    }
    const struct run *runs = (const struct run *)(const void *)d->runs.data;
    for (size_t i = d->list.first; i != NO_RUN; i = runs[i].next) {
        size_t length = runs[i].to - runs[i].from;
        memcpy(d->to, d->out->data + runs[i].from, length);
        d->to += length;
    }
    size_t length = json_draft_here(d) - end;
    memmove(d->out->data + d->start, d->out->data + end, length);
    d->to = d->out->data + d->start + length;
    return 0;
}

/* ---- keys ---- */

/* The next byte of a key that has escapes; -1 at its end. */
static int next_byte(const unsigned char **at, const unsigned char *end)
{
    static const char names[] = "bfnrt";
    static const char letters[] = "\b\f\n\r\t";
    const unsigned char *text = *at;

    if (text == end) {
        return -1;
    }
    if (*text != '\\') {
        *at += 1;
        return *text;
    }
    if (text[1] == 'u') {
        *at += 6;
        return (int)hex_four(text + 2);
    }
    const char *found = strchr(names, text[1]);
    *at += 2;
    return found != NULL ? letters[found - names] : text[1];
}

/* compare_keys where one of them has escapes. */
static int compare_escaped(const struct pair *a, const struct pair *b)
{
    const unsigned char *a_at = a->draft + a->key;
    const unsigned char *b_at = b->draft + b->key;
    const unsigned char *a_end = a_at + a->key_length;
    const unsigned char *b_end = b_at + b->key_length;
    int order = 0;
    int left;
    int right;

    do {
        left = next_byte(&a_at, a_end);
        right = next_byte(&b_at, b_end);
        order = order != 0 || left < 0 || right < 0 ? order : left - right;
    } while (left >= 0 && right >= 0);
    return left != right ? left - right < 0 ? -1 : 1 : order;
}

int json_compare_keys(const struct pair *a, const struct pair *b)
{
    if (a->has_escapes || b->has_escapes) {
        return compare_escaped(a, b);
    }
    if (a->key_length != b->key_length) {
        return a->key_length < b->key_length ? -1 : 1;
    }
    return memcmp(a->draft + a->key, b->draft + b->key, a->key_length);
}

/* Of equal keys the one that comes first in the text comes first. */
static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    int order = json_compare_keys(a, b);

    return order != 0 ? order : a->key < b->key ? -1 : 1;
}

static void sort_pairs(struct pair *pairs, size_t count)
{
    enum { FEW = 12 };

    if (count > FEW) {
        qsort(pairs, count, sizeof *pairs, compare_pairs);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct pair moved = pairs[i];
        size_t place = i;
        while (place > 0 && json_compare_keys(&pairs[place - 1], &moved) > 0) {
            pairs[place] = pairs[place - 1];
            place--;
        }
        pairs[place] = moved;
    }
}

/* ---- pairs ---- */

int json_draft_pair_room(struct draft *d)
{
    size_t room = 4 * d->pair_room;
    int is_first = d->pairs == d->few;
    struct pair *pairs =
        is_first ? mem_alloc(room * sizeof *pairs, d->e) : mem_resize(d->pairs, room * sizeof *pairs, d->e);

    if (pairs == NULL) {
        return -1;
    }
    if (is_first) {
        memcpy(pairs, d->few, sizeof d->few);
    }
    d->pairs = pairs;
    d->pair_room = room;
    return 0;
}

/* Of equal keys the last one stays. */
static int is_dropped(const struct pair *pairs, size_t i, size_t count)
{
    return i + 1 < count && json_compare_keys(&pairs[i], &pairs[i + 1]) == 0;
}

/* Whole vectors, as long as the room is: what is copied too much is written over. */
static void copy_run(struct draft *d, size_t from, size_t to)
{
    enum { AT_ONCE = 16 };
    const unsigned char *run = d->out->data + from;

    for (size_t at = 0; at < to - from; at += AT_ONCE) {
        unsigned char part[AT_ONCE];
        memcpy(part, run + at, AT_ONCE);
        memcpy(d->to + at, part, AT_ONCE);
    }
    d->to += to - from;
}

/* Writes the pairs, each of which is a run of the draft, behind it, where there is room, then over it, from `start` on.
 */
static void write_pairs(struct draft *d, const struct pair *pairs, size_t count, size_t start)
{
    size_t end = json_draft_here(d);

    for (size_t i = 0; i < count; i++) {
        if (!is_dropped(pairs, i, count)) {
            copy_run(d, pairs[i].from, pairs[i].to);
            json_draft_two(d, ',', ' ');
        }
    }
    size_t length = json_draft_here(d) - end - 2;
    memcpy(d->out->data + start, d->out->data + end, length);
    d->to = d->out->data + start + length;
}

/* `separator` is the place of a comma and a space in the draft. */
static int list_pairs(struct draft *d, const struct pair *pairs, size_t count, size_t separator)
{
    int is_first = 1;

    for (size_t i = 0; i < count; i++) {
        if (is_dropped(pairs, i, count)) {
            continue;
        }
        if (!is_first && list_run(d, separator, separator + 2) != 0) {
            return -1;
        }
        is_first = 0;
        list_all(d, &pairs[i].list);
        if (list_run(d, pairs[i].from, pairs[i].to) != 0) {
            return -1;
        }
    }
    return 0;
}

int json_draft_order_pairs(struct draft *d, const struct level *level)
{
    enum { NEAR = 4096 };
    struct pair *pairs = d->pairs + level->pairs;
    size_t count = d->pair_count - level->pairs;
    size_t start = pairs[0].key - 1; /* behind the bracket */
    size_t separator = count > 1 ? pairs[1].key - 3 : 0;
    size_t length = json_draft_here(d) - start;

    /* What moves the draft comes first. */
    if (length <= NEAR && json_draft_room(d, length + 2) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        pairs[i].draft = d->out->data;
    }
    if (!level->is_sorted) {
        sort_pairs(pairs, count);
    }
    /* The objects in it are not longer, and so they are runs of the draft, too. */
    if (length <= NEAR) {
        d->from = level->from;
        write_pairs(d, pairs, count, start);
        return 0;
    }
    if (list_run(d, level->from, start) != 0 || list_pairs(d, pairs, count, separator) != 0) {
        return -1;
    }
    d->from = json_draft_here(d);
    return 0;
}
