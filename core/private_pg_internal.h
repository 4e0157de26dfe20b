/* private_pg_internal.h: what the files of private_pg share. */
#ifndef WHERRY_PRIVATE_PG_INTERNAL_H
#define WHERRY_PRIVATE_PG_INTERNAL_H

#include <sys/types.h>

#include "mem.h"
#include "private_pg.h"

#define PRIVATE_PG_SUPERUSER "postgres"
#define PRIVATE_PG_PATH 768 /* a directory of struct private_pg and a name behind it */

/* PostgreSQL's programs read these; what is set in our environment is not meant for this server. For sys_program.set.
 */
extern const char *const PRIVATE_PG_ENVIRONMENT[];

/* The operating system's user that the server runs as. */
struct private_pg_user {
    uid_t uid;
    gid_t gid;
    char name[64];
    int drop; /* we are root and become that user */
};

/* --- private_pg_data.c --- */

/* Makes directory/data with initdb and lets in root, the server's user and ours, as the superuser. 0, or -1 and e. */
int private_pg_make_data(const char *bindir, const char *directory, enum private_pg_kind kind,
                         const struct private_pg_user *user, struct err *e);

/* The last line of a program's output or log that says something, for a message. */
void private_pg_last_words(const struct bytes *text, char *out, size_t size);

/* --- private_pg_bindir.c --- */

/* As private_pg_bindir, for the programs of one major version (0: any). */
int private_pg_bindir_for(long major, char *out, size_t size, struct err *e);

/* --- private_pg_state.c --- */

/* The start time of a process in clock ticks since the boot (field 22 of /proc/PID/stat); 0 when it is not there or is
 * a zombie. */
unsigned long long private_pg_start_time(pid_t pid);

/* The server's process, found by directory/state or, where that was lost, by data/postmaster.pid and the command line
 * of the process; 0 when none runs. version (may be NULL) gets what the state says, or "". */
pid_t private_pg_owner(const char *directory, char *version, size_t size);

/* Writes directory/state for a running server. 0, or -1 and e. */
int private_pg_remember(const struct private_pg *p, struct err *e);

/* After a crash data/postmaster.pid is left behind. When its number is meanwhile another process's, PostgreSQL would
 * take that for a living server, so it is made to look like ours, which it knows to be stale; its other check (shared
 * memory still in use) stays in force. Sockets of the dead server are removed. Call only when private_pg_owner found
 * nobody. */
int private_pg_clean_up(const char *directory, struct err *e);

#endif
