/* private_pg.h: a PostgreSQL server of our own: Unix socket only, peer authentication with a map, data directory 0700.
 * initdb and postgres are started directly; as root they run as `postgres`, or `nobody` where that user is missing. Two
 * kinds: *test* dies with its parent and its directory is removed; *kept* lives in its own session until it is stopped.
 */
#ifndef WHERRY_PRIVATE_PG_H
#define WHERRY_PRIVATE_PG_H

#include <sys/types.h>

#include "err.h"

enum private_pg_kind { PRIVATE_PG_TEST, PRIVATE_PG_KEPT };

struct private_pg {
    char directory[512]; /* absolute; data in directory/data, sockets in directory/socket (107 bytes at most with the
                            socket's name), log in directory/log, state in directory/state (pid, start time) */
    char user[64];       /* database superuser's name */
    char conninfo[1024]; /* "host=... port=5432 user=... dbname=postgres"; no password */
    char version[32];    /* "15.20" */
    pid_t pid;
    int running;
};

/* Where PostgreSQL's programs are (pg_config --bindir, else the newest /usr/lib/postgresql/N/bin). 0, or -1 and e
 * (ERR_ENVIRONMENT with the package to install). */
int private_pg_bindir(char *out, size_t size, struct err *e);

/* The longest path that a socket can have (sun_path without its NUL). */
#define PRIVATE_PG_SOCKET_LIMIT 107

/* Starts the server in `directory` (made, with initdb, when it is not there yet), or finds it running (kept only), and
 * waits for the first good connection. A test server dies with the *thread* that started it: start it from the main
 * thread. settings: NULL-ended list of "name=value" for the server, or NULL.
 * 0, or -1 and e (ERR_ENVIRONMENT, with the tail of the log). */
int private_pg_start(struct private_pg *out, enum private_pg_kind kind, const char *directory,
                     const char *const *settings, struct err *e);

/* Fills out with the state of the kept server in `directory`; out->running says whether it lives (pid and its start
 * time both match). 0, or -1 and e. */
int private_pg_find(struct private_pg *out, const char *directory, struct err *e);

/* Stops it by its pid (fast shutdown, waits up to 30 s); a test server's directory is removed. 0, or -1 and e. */
int private_pg_stop(struct private_pg *p, enum private_pg_kind kind, struct err *e);

#endif
