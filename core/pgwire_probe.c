/* pgwire_probe.c: is an answer still to come?
 *
 * After a failed send libpq throws away what is to be sent, says nothing, and waits for an answer; the server waits for
 * the rest of the question. No deadline helps, since building an index may take hours. So when an answer is late, a
 * second connection looks at what the first one's session does. */
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "pgwire_internal.h"
#include "sys.h"

#define CONNECT_MS 5000
#define AGAIN_MS 500

/* Bytes that have left libpq but not our machine keep the server waiting, and are the kernel's affair. */
static int is_sending(const struct pgwire *p)
{
    int left = 0;

    return ioctl(PQsocket(p->conn), SIOCOUTQ, &left) != 0 || left > 0;
}

/* One look: 1, 0 as pgwire_is_forgotten. */
static int waits_for_us(struct pgwire *other, int pid)
{
    static const char sql[] = "select coalesce(wait_event = 'ClientRead', false) from pg_catalog.pg_stat_activity "
                              "where pid = $1";
    PGresult *result = NULL;
    struct err ignored;
    char number[16];
    const char *const values[] = {number};
    int waits = 0;

    snprintf(number, sizeof number, "%d", pid);
    if (pgwire_exec(other, sql, 1, values, &result, &ignored) == 0) {
        waits = PQntuples(result) == 0 || strcmp(PQgetvalue(result, 0, 0), "t") == 0;
        PQclear(result);
    }
    return waits;
}

int pgwire_is_forgotten(const struct pgwire *p)
{
    struct pgwire *other = NULL;
    struct err ignored;
    int forgotten = 0;

    if (is_sending(p) || pgwire_connect(&other, p->conninfo, CONNECT_MS, &ignored) != 0) {
        return 0;
    }
    other->statement_ms = CONNECT_MS;
    /* Several hosts: it may be another server. Two looks: between two messages a server waits for a moment. */
    if (strcmp(other->address, p->address) == 0 && waits_for_us(other, PQbackendPID(p->conn))) {
        sys_sleep_ms(AGAIN_MS);
        forgotten = waits_for_us(other, PQbackendPID(p->conn));
    }
    pgwire_close(other);
    return forgotten;
}
