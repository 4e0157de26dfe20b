/* remap.c: what replaces the key in a cell. */
#include "remap.h"

#include <inttypes.h>

#include "codec_common.h"

/* Adds the offset to an integer, or to what SQLite takes for one beside integers. */
static int add_offset(int64_t offset, struct cell *out, const unsigned char *data, struct err *e)
{
    char digits[AFFINITY_DIGITS];
    struct cell number;
    (void)affinity_compared(AFFINITY_INTEGER, out, data, &number, digits);
    (void)affinity_whole(&number);
    if (number.class != CELL_INTEGER)
        return codec_refuse(e, "correct the value in the source, or leave the column out of what the offset moves",
                            "the offset %" PRId64 " is added to integers, and this is none", offset);
    if (__builtin_add_overflow(number.as.integer, offset, &number.as.integer))
        return codec_refuse(e, "choose a smaller offset", "with the offset %" PRId64 " it is beyond 64 bits", offset);
    *out = number;
    return 0;
}

int remap_cell(const struct remap *r, const struct cell *c, const unsigned char *data, struct cell *out,
               const unsigned char **out_data, struct err *e)
{
    *out = *c;
    *out_data = data;
    if (c->marks & CELL_MISSED)
        return codec_refuse(e,
                            "add the key to what the lookup is filled from, correct the value in the source, or say "
                            "in the plan what becomes of it: missing, on_bad",
                            "the lookup %s has no such key", r->lookup);
    for (size_t i = 0; i < r->count; i++) {
        const struct cell *found = lookup_find(r->lookups[i], c, data);
        if (found) {
            *out = *found;
            *out_data = lookup_data(r->lookups[i], found);
            break;
        }
    }
    return r->offset == 0 || out->class == CELL_NULL ? 0 : add_offset(r->offset, out, *out_data, e);
}
