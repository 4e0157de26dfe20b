/* row_writer.c: what the errors of both kinds of writers say of the row. */
#include "row_writer.h"

#include <inttypes.h>
#include <stdio.h>

int row_writer_check(struct row_writer *w, struct err *e)
{
    w->refused = 0;
    return w->over ? err_set(e, ERR_USAGE, "no more rows can be written into %s", w->target) : 0;
}

int row_writer_place(struct row_writer *w, int64_t row, struct err *e)
{
    struct err why = *e;
    int valued = why.value[0] != '\0';
    char key[32];

    w->refused = row;
    if (row > 0) {
        (void)snprintf(key, sizeof key, "row %" PRId64, row);
        (void)err_set(e, why.kind, "%s: %s%s%s%s%s%s", key, why.message, valued ? " (the " : "",
                      valued ? why.value_class : "", valued ? " " : "", why.value, valued ? ")" : "");
        memcpy(why.message, e->message, sizeof why.message);
        *e = why;
        err_place(e, NULL, NULL, key);
    }
    err_place(e, w->target, NULL, NULL);
    return -1;
}
