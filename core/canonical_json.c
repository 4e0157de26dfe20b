/* canonical_json.c: the text that jsonb gives back of a JSON text: a space behind each comma and colon, the keys of an
 * object in the order of their length, then bytes, of equal ones the last, no escape that is not needed, numbers as
 * numeric prints them.
 *
 * The text is read once and written, token by token, behind what `out` has: the draft. Only the order of keys may be
 * wrong in it. A small object whose keys are not in order is written again when it ends, over itself. A large one
 * becomes a list of runs of the draft, and the object around it has the runs of its pairs for its own; where there are
 * runs at the end, they are copied behind the draft, and down over it. So whatever the nesting, nothing large is copied
 * more than twice. What is written is never more than twice as long as what was read, but for numbers with exponents,
 * which make room for themselves. */
#include <string.h>

#include "canonical_json.h"

static int put_word(struct draft *d, const char *word, size_t length)
{
    if ((size_t)(d->end - d->at) < length || memcmp(d->at, word, length) != 0) {
        return json_draft_fault(d);
    }
    memcpy(d->to, word, length);
    d->to += length;
    d->at += length;
    return 0;
}

/* ---- levels ---- */

static int open_level(struct draft *d)
{
    if (d->depth == JSON_DEPTH) {
        return json_draft_fault(d);
    }
    d->levels[d->depth++] = (struct level){
        .is_object = *d->at == '{', .is_sorted = 1, .pairs = d->pair_count, .list = d->list, .from = d->from};
    *d->to++ = *d->at++;
    json_draft_skip_spaces(d);
    return 0;
}

/* "key": */
static int put_name(struct draft *d)
{
    struct level *level = &d->levels[d->depth - 1];
    size_t start = json_draft_here(d);

    if (json_draft_byte(d) != '"') {
        return json_draft_fault(d);
    }
    if ((d->pair_count == d->pair_room && json_draft_pair_room(d) != 0) || json_draft_string(d) != 0) {
        return -1;
    }
    struct pair *pair = &d->pairs[d->pair_count++];
    *pair = (struct pair){.draft = d->out->data,
                          .key = start + 1,
                          .key_length = json_draft_here(d) - start - 2,
                          .has_escapes = d->has_escapes,
                          .from = start};
    if (d->pair_count - level->pairs > 1 && level->is_sorted) {
        pair[-1].draft = d->out->data;
        level->is_sorted = json_compare_keys(pair - 1, pair) < 0;
    }
    d->list = (struct list){NO_RUN, NO_RUN};
    d->from = start;
    json_draft_skip_spaces(d);
    if (json_draft_byte(d) != ':') {
        return json_draft_fault(d);
    }
    d->at++;
    json_draft_two(d, ':', ' ');
    return 0;
}

/* The pair that was read last is complete. */
static void end_pair(struct draft *d, const struct level *level)
{
    if (level->is_object && d->pair_count > level->pairs) {
        struct pair *pair = &d->pairs[d->pair_count - 1];
        pair->list = d->list;
        pair->from = d->from;
        pair->to = json_draft_here(d);
    }
}

/* Whether an object is one run of the draft. */
static int is_whole(const struct draft *d, const struct level *level)
{
    int whole = level->is_sorted;

    for (size_t i = level->pairs; i < d->pair_count && whole; i++) {
        whole = d->pairs[i].list.first == NO_RUN;
    }
    return whole;
}

/* The bracket that closes a level. */
static int close_level(struct draft *d)
{
    const struct level *level = &d->levels[--d->depth];

    if (level->is_object) {
        d->list = level->list;
        if (is_whole(d, level)) {
            d->from = level->from;
        } else if (json_draft_order_pairs(d, level) != 0) {
            return -1;
        }
        d->pair_count = level->pairs;
    }
    *d->to++ = *d->at++;
    return 0;
}

/* ---- values ---- */

/* What is to follow. */
enum next { NAME, VALUE, REST, NOTHING };

/* A value, or the opening of one up to its first member. */
static inline int put_value(struct draft *d, enum next *next)
{
    *next = REST;
    switch (json_draft_byte(d)) {
    case '"':
        return json_draft_string(d);
    case '{':
        if (open_level(d) != 0) {
            return -1;
        }
        *next = json_draft_byte(d) == '}' ? REST : NAME;
        return 0;
    case '[':
        if (open_level(d) != 0) {
            return -1;
        }
        *next = json_draft_byte(d) == ']' ? REST : VALUE;
        return 0;
    case 't':
        return put_word(d, "true", 4);
    case 'f':
        return put_word(d, "false", 5);
    case 'n':
        return put_word(d, "null", 4);
    default:
        return json_draft_number(d);
    }
}

/* What follows a value: levels that end, until a comma announces another member or the outermost has ended. */
static inline int put_rest(struct draft *d, enum next *next)
{
    *next = NOTHING;
    while (d->depth > 0) {
        const struct level *level = &d->levels[d->depth - 1];
        json_draft_skip_spaces(d);
        end_pair(d, level);
        unsigned char byte = json_draft_byte(d);
        if (byte == ',') {
            *next = level->is_object ? NAME : VALUE;
            d->at++;
            json_draft_two(d, ',', ' ');
            return 0;
        }
        if (byte != (level->is_object ? '}' : ']')) {
            return json_draft_fault(d);
        }
        if (close_level(d) != 0) {
            return -1;
        }
    }
    return 0;
}

static int put_text(struct draft *d)
{
    enum next next = VALUE;

    while (next != NOTHING) {
        json_draft_skip_spaces(d);
        if (next == NAME) {
            if (put_name(d) != 0) {
                return -1;
            }
            json_draft_skip_spaces(d);
        }
        if (put_value(d, &next) != 0 || (next == REST && put_rest(d, &next) != 0)) {
            return -1;
        }
    }
    json_draft_skip_spaces(d);
    return d->at == d->end ? 0 : json_draft_fault(d);
}

int canonical_json_within(const unsigned char *text, size_t length, size_t most, struct bytes *out, struct err *e)
{
    struct draft d; /* not all of it is set: see levels */

    if (bytes_reserve(out, 2 * length + SLACK, e) != 0) {
        return -1;
    }
    d.at = text;
    d.end = text + length;
    d.out = out;
    d.start = out->length;
    d.most = most;
    d.to = out->data + d.start;
    d.list = (struct list){NO_RUN, NO_RUN};
    d.from = d.start;
    d.runs = (struct bytes){0};
    d.pairs = d.few;
    d.pair_count = 0;
    d.pair_room = FEW_PAIRS;
    d.e = e;
    d.depth = 0;
    int result = put_text(&d) != 0 ? -1 : json_draft_finish(&d);
    if (result == 0) {
        out->length = json_draft_here(&d);
    }
    bytes_free(&d.runs);
    if (d.pairs != d.few) {
        mem_free(d.pairs);
    }
    return result;
}

int canonical_json(const unsigned char *text, size_t length, struct bytes *out, struct err *e)
{
    enum { MOST_SERVER_BYTES = 0x3FFFFFFF };

    return canonical_json_within(text, length, MOST_SERVER_BYTES, out, e);
}
