/* row_describe.c: what a row is called in messages. */
#include "key.h"
#include "source.h"

void row_describe(char *out, size_t size, const struct batch *b, size_t row, const struct read_spec *spec)
{
    const size_t *columns = spec->label_count ? spec->label_columns : spec->key_columns;
    const char *const *names = spec->label_count ? spec->label_names : spec->key_names;
    size_t count = spec->label_count ? spec->label_count : spec->key_count;
    key_describe_row(out, size, b, row, columns, names, count);
}
