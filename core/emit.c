/* emit.c: emitted rows as bytes: the table, the columns that are given, the row as binary COPY has it. */
#include "emit.h"

int emit_row(struct bytes *out, const struct emit_target *targets, size_t target, const unsigned char *is_given,
             const struct batch *b, struct err *e)
{
    const struct emit_target *t = &targets[target];
    struct copy_format format = {.binary = 1};
    struct copy_column *columns = mem_alloc((t->count + 1) * sizeof *columns, e);
    size_t start = out->length;
    int rc = -1;
    if (!columns)
        return -1;
    for (size_t i = 0; i < t->count; i++)
        if (is_given[i])
            columns[format.count++] = t->columns[i];
    format.columns = columns;
    if (bytes_put_u16(out, (unsigned)target, e) != 0 || bytes_put_u16(out, (unsigned)format.count, e) != 0)
        goto done;
    for (size_t i = 0; i < t->count; i++)
        if (is_given[i] && bytes_put_u16(out, (unsigned)i, e) != 0)
            goto done;
    size_t size_at = out->length;
    if (bytes_put_u32(out, 0, e) != 0 || copy_row(&format, b, 0, out, e) != 0)
        goto done;
    size_t size = out->length - size_at - 4;
    for (size_t i = 0; i < 4; i++)
        out->data[size_at + i] = (unsigned char)(size >> (24 - 8 * i));
    rc = 0;
done:
    if (rc != 0)
        out->length = start;
    copy_format_free(&format);
    mem_free(columns);
    return rc;
}

int emit_append(struct bytes *out, const struct bytes *rows, struct err *e)
{
    if (bytes_put_u32(out, (uint32_t)rows->length, e) != 0)
        return -1;
    return rows->length ? bytes_append(out, rows->data, rows->length, e) : 0;
}
