/* lane_persist.c: a lane's connection, and work that is done again when it was lost. */
#include "lane_step.h"

#include <stdio.h>
#include <string.h>

#include "stop.h"
#include "sys.h"

enum { CONNECT_MS = 10000, FIRST_BACK_OFF_MS = 100, LAST_BACK_OFF_MS = 5000 };

/* Errors that pass by themselves: lost connections, and refusals that another attempt may not meet. */
static int worth_a_retry(const struct err *e)
{
    static const char *const passing[] = {"40001", "40P01", "55P03"};
    if (e->kind == ERR_CONNECTION)
        return 1;
    if (e->kind != ERR_SERVER)
        return 0;
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (strcmp(e->sqlstate, passing[i]) == 0)
            return 1;
    return strncmp(e->sqlstate, "53", 2) == 0;
}

/* Connects where there is no connection, and ends the session that a lost one has left behind. Triggers and defaults of
 * the target run as in a session of its application: with the search path of role and database. What is ours is
 * qualified. */
static int connect_lane(struct lane *l, struct err *e)
{
    if (l->pg)
        return 0;
    if (pgwire_connect(&l->pg, l->options->conninfo, CONNECT_MS, e) != 0)
        return -1;
    char name[40];
    (void)snprintf(name, sizeof name, "SET application_name = 'wherry run %lld'", (long long)l->options->journal.run);
    if (pgwire_exec(l->pg, name, 0, NULL, NULL, e) != 0)
        goto fail;
    if (l->backend)
        journal_end_session(l->pg, l->backend);
    l->backend = PQbackendPID(l->pg->conn); /* libpq forgets it with the connection */
    if (pgwire_exec(l->pg, "RESET search_path", 0, NULL, NULL, e) == 0)
        return l->options->connected ? l->options->connected(l->options->context, l, e) : 0;
fail:
    lane_close(l);
    return -1;
}

int lane_halted(const struct lane *l, struct err *e)
{
    const atomic_int *halt = l->options->halt;
    if (!halt || !atomic_load_explicit(halt, memory_order_relaxed))
        return 0;
    return err_set(e, ERR_INTERRUPTED, "stopped, since another lane failed");
}

/* Waits for the next attempt, but no longer than the lane is wanted. */
static void wait_for(const struct lane *l, int64_t milliseconds)
{
    enum { LOOK_MS = 100 };
    struct err ignored;
    while (milliseconds > 0 && !stop_signal() && !lane_halted(l, &ignored)) {
        int64_t some = milliseconds < LOOK_MS ? milliseconds : LOOK_MS;
        sys_sleep_ms(some);
        milliseconds -= some;
    }
}

int lane_persist(struct lane *l, const struct table_load *t, lane_work *work, void *context, struct err *e)
{
    const struct lane_options *o = l->options;
    int64_t failing_since = 0, back_off = 0;
    for (;;) {
        int committed = 0;
        err_clear(e);
        int connected = connect_lane(l, e) == 0;
        int64_t began = sys_clock_ms();
        if (connected && work(l, context, &committed, e) == 0)
            return 0;
        if (stop_signal()) {
            err_set(e, ERR_INTERRUPTED, "interrupted by a signal");
            break;
        }
        if (worth_a_retry(e) && lane_halted(l, e) != 0)
            break;
        if (failing_since == 0 || committed) {
            failing_since = sys_clock_ms();
            back_off = o->back_off_ms > 0 ? o->back_off_ms : FIRST_BACK_OFF_MS;
        } else if (connected && e->kind == ERR_CONNECTION) {
            failing_since += sys_clock_ms() - began; /* while it was at work there was a connection */
        }
        if (!worth_a_retry(e) || sys_clock_ms() + back_off > failing_since + o->retry_ms)
            break;
        if (o->progress)
            o->progress(o->context, t, NULL, e);
        lane_close(l);
        wait_for(l, back_off);
        back_off = back_off * 2 < LAST_BACK_OFF_MS ? back_off * 2 : LAST_BACK_OFF_MS;
    }
    if (t)
        err_place(e, t->read.table, NULL, NULL);
    return -1;
}

void lane_close(struct lane *l)
{
    pgwire_close(l->pg);
    l->pg = NULL;
}
