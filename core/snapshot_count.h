/* snapshot_count.h: statements with which a source counts its own rows. */
#ifndef WHERRY_SNAPSHOT_COUNT_H
#define WHERRY_SNAPSHOT_COUNT_H

#include "snapshot.h"
#include "snapshot_connection.h"

/* A list of counts, copied, with room for what they give. Zero-initialise. */
struct count_list {
    struct snapshot_count *counts; /* owned, with their texts */
    int64_t *rows;                 /* owned: what each gives, once it is known */
    size_t length;
};

/* 0, or -1 and e. Either way to be freed. */
int count_list_copy(struct count_list *to, const struct snapshot_count *counts, size_t length, struct err *e);
void count_list_free(struct count_list *list);

/* Runs the n-th statement. 0, or -1 and e, which names the table. */
int count_list_run(struct count_list *list, size_t n, struct connection *connection, struct err *e);

#endif
