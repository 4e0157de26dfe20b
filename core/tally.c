/* tally.c: what the plan's limits are held against, over all lanes. */
#include "tally.h"

int tally_init(struct tally *t, size_t tables, struct err *e)
{
    t->rejected = 0;
    t->tables = mem_alloc((tables ? tables : 1) * sizeof *t->tables, e);
    if (!t->tables)
        return -1;
    if (pthread_mutex_init(&t->lock, NULL) == 0)
        return 0;
    mem_free(t->tables);
    t->tables = NULL;
    return err_set(e, ERR_MEMORY, "out of memory for a lock");
}

void tally_free(struct tally *t)
{
    if (!t->tables)
        return;
    mem_free(t->tables);
    (void)pthread_mutex_destroy(&t->lock);
    t->tables = NULL;
}

int64_t tally_reject(struct tally *t, int64_t rows)
{
    (void)pthread_mutex_lock(&t->lock);
    int64_t all = t->rejected += rows;
    (void)pthread_mutex_unlock(&t->lock);
    return all;
}

void tally_commit(struct tally *t, size_t table, int64_t read, int64_t rejected)
{
    (void)pthread_mutex_lock(&t->lock);
    t->tables[table].read += read;
    t->tables[table].rejected += rejected;
    (void)pthread_mutex_unlock(&t->lock);
}

void tally_chains(struct tally *t, size_t table, int chains)
{
    (void)pthread_mutex_lock(&t->lock);
    if (chains < 0)
        t->tables[table].chains -= (size_t)-chains;
    else
        t->tables[table].chains += (size_t)chains;
    (void)pthread_mutex_unlock(&t->lock);
}

struct table_tally tally_table(struct tally *t, size_t table)
{
    (void)pthread_mutex_lock(&t->lock);
    struct table_tally found = t->tables[table];
    (void)pthread_mutex_unlock(&t->lock);
    return found;
}
