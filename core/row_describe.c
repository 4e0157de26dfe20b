/* row_describe.c: what a row is called in messages. */
#include "key.h"
#include "source.h"

void row_describe(char *out, size_t size, const struct batch *b, size_t row, const struct read_spec *spec)
{
    const size_t *columns = spec->label_count ? spec->label_columns : spec->key_columns;
    const char *const *names = spec->label_count ? spec->label_names : spec->key_names;
    size_t count = spec->label_count ? spec->label_count : spec->key_count;
    struct bytes key = {0};
    struct err ignored;
    out[0] = '\0';
    if (count && key_encode(&key, b, row, columns, count, &ignored) == 0)
        key_describe(out, size, key.data, key.length, names, count);
    bytes_free(&key);
}
