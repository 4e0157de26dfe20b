/* snapshot_count.c: a source counts its own rows. */
#include "snapshot_count.h"

#include "mem.h"

int count_list_copy(struct count_list *to, const struct snapshot_count *counts, size_t length, struct err *e)
{
    to->counts = mem_alloc((length + 1) * sizeof *to->counts, e);
    to->rows = to->counts == NULL ? NULL : mem_alloc((length + 1) * sizeof *to->rows, e);
    if (to->rows == NULL) {
        return -1;
    }
    while (to->length < length) {
        struct snapshot_count *copy = &to->counts[to->length];

        copy->table = mem_copy(counts[to->length].table, e);
        copy->sql = copy->table == NULL ? NULL : mem_copy(counts[to->length].sql, e);
        to->length++;
        if (copy->sql == NULL) {
            return -1;
        }
    }
    return 0;
}

void count_list_free(struct count_list *list)
{
    for (size_t i = 0; i < list->length; i++) {
        mem_free((char *)(uintptr_t)list->counts[i].table);
        mem_free((char *)(uintptr_t)list->counts[i].sql);
    }
    mem_free(list->counts);
    mem_free(list->rows);
    *list = (struct count_list){0};
}

int count_list_run(struct count_list *list, size_t n, struct connection *connection, struct err *e)
{
    if (connection_integer(connection, list->counts[n].sql, &list->rows[n]) == SQLITE_OK) {
        return 0;
    }
    (void)snapshot_error(connection->db, "cannot read the source", e);
    err_place(e, list->counts[n].table, NULL, NULL);
    return -1;
}
