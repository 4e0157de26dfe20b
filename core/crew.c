/* crew.c: threads that share a list of things to do. */
#include "crew.h"

#include "thread.h"

struct member {
    struct crew *crew;
    size_t slot;
    pthread_t thread;
    int started;
    int failed;
    struct err error;
};

static void *do_items(void *context)
{
    struct member *m = context;
    struct crew *c = m->crew;

    while (!m->failed && !atomic_load(&c->stopped)) {
        size_t item = atomic_fetch_add(&c->next, 1);

        if (item >= c->items) {
            break;
        }
        err_clear(&m->error);
        if (c->work(c->context, item, m->slot, &m->error) != 0) {
            m->failed = 1;
            atomic_store(&c->stopped, 1);
        }
    }
    return NULL;
}

int crew_run(struct crew *c, size_t threads, struct err *e)
{
    struct member members[CREW_MOST];
    size_t count = threads < CREW_MOST ? threads : CREW_MOST;
    int result = 0;

    count = count < c->items ? count : c->items;
    for (size_t i = 0; i < count; i++) {
        members[i] = (struct member){.crew = c, .slot = i};
        /* Without a thread there is only less to share the work with. */
        members[i].started = i > 0 && thread_start(&members[i].thread, do_items, &members[i], &members[i].error) == 0;
    }
    if (count > 0) {
        (void)do_items(&members[0]);
    }
    for (size_t i = 0; i < count; i++) {
        if (members[i].started) {
            (void)pthread_join(members[i].thread, NULL);
        }
        if (members[i].failed && result == 0) {
            *e = members[i].error;
            result = -1;
        }
    }
    return result;
}
