/* snapshot_probe.h: a database file as it looks from outside, without SQLite.
 *
 * Closing any descriptor of a file drops every POSIX lock that the process holds on it, SQLite's too. So the looking is
 * always done by a forked child, which reports through a pipe. */
#ifndef WHERRY_SNAPSHOT_PROBE_H
#define WHERRY_SNAPSHOT_PROBE_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

enum { PROBE_SAMPLE = 4096, PROBE_WAL_HEADER = 32, PROBE_JOURNAL_START = 8, PROBE_SQLITE_HEADER = 100 };

struct probe_file {
    int exists;
    mode_t mode;
    uint64_t device;
    uint64_t inode;
    int64_t size;     /* bytes; 0 when it does not exist */
    int64_t mtime_ns; /* since 1970 */
};

enum probe_user { PROBE_NOBODY = 0, PROBE_OPEN, PROBE_LOCK };

struct probe {
    struct probe_file database;
    struct probe_file wal;
    struct probe_file shm;
    struct probe_file journal;
    int open_error;        /* errno of opening the database for reading, else 0 */
    int read_error;        /* errno of a read of one of the files that failed, else 0 */
    int database_writable; /* by this process, as access() sees it */
    int directory_writable;
    unsigned char sample[PROBE_SAMPLE]; /* the start of the database; zeroes behind sample_length */
    size_t sample_length;
    unsigned char wal_header[PROBE_WAL_HEADER]; /* zeroes where there is none */
    unsigned char journal_start[PROBE_JOURNAL_START];
    enum probe_user user; /* whether another process has the database, -wal, -shm or -journal open, or locks it */
    pid_t user_pid;       /* 0: a process that cannot be seen from here */
    char user_command[64];
};

enum { PROBE_PATH = 4096 };

/* Makes `path` absolute and follows its symbolic links: -wal and -journal belong to the name behind them. 0, or -1 and
 * e (ERR_ENVIRONMENT with a hint) when there is no such file. */
int probe_resolve(char out[PROBE_PATH], const char *path, struct err *e);

/* Looks at the database at the absolute path `path` and at the files beside it. look_for_users: also at locks and at
 * the descriptors of other processes (those that /proc shows to this user). 0, or -1 and e (ERR_ENVIRONMENT, or
 * ERR_INTERRUPTED); that a file is missing or can't be opened is no error here but part of the answer. */
int probe_run(struct probe *p, const char *path, int look_for_users, struct err *e);

/* Removes -wal (only while it is empty) and -shm of a database that no connection of any process holds, as SQLite's own
 * last close would. Without effect while someone has the database open. */
void probe_tidy(const char *path, int remove_wal, int remove_shm);

/* Waits for the end of a child that looks or copies, but not for ever: one that hangs in a dead file system is not even
 * ended by SIGKILL. */
void probe_reap(pid_t pid);

/* Judges what was seen: 0, or -1 and e (ERR_ENVIRONMENT with a hint) when the file is no database that can be read as
 * it lies there. allow_live: a process that uses the file is accepted; allow_utf16: so is an encoding but UTF-8. */
int probe_judge(const struct probe *p, const char *path, int allow_live, int allow_utf16, struct err *e);

/* Who uses the file, e.g. `process 12 (python3) has it open`. Returns out. */
const char *probe_show_user(const struct probe *p, char *out, size_t size);

/* Fills e: the file is in use by p->user. Returns -1. */
int probe_refuse_live(const struct probe *p, const char *path, struct err *e);

/* Fills e: the file has a journal beside it that SQLite would roll back, or delete. Returns -1. */
int probe_refuse_hot_journal(const struct probe *p, const char *path, struct err *e);

/* Fills e: the file stores its texts as UTF-16. Returns -1. */
int probe_refuse_utf16(const char *path, struct err *e);

/* Renders a path for a message. Returns out. */
const char *probe_show_path(char *out, size_t size, const char *path);

/* A big-endian 32 bit field of the SQLite header. */
uint32_t probe_header_u32(const struct probe *p, size_t offset);

/* The header, or a -wal with content, says that the journal mode is WAL. */
int probe_is_wal(const struct probe *p);

#endif
