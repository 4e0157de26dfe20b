/* sys.h: what the core needs of the system: directories, whole trees, programs that are started without a shell. */
#ifndef WHERRY_SYS_H
#define WHERRY_SYS_H

#include <stdint.h>
#include <sys/types.h>

#include "mem.h"

/* Microseconds since 1970. */
int64_t sys_now(void);

/* Monotonic microseconds, for what is timed. */
int64_t sys_clock_us(void);

/* Monotonic milliseconds, for deadlines. */
int64_t sys_clock_ms(void);

/* Sleeps; ends early when the process was asked to stop. */
void sys_sleep_ms(int64_t milliseconds);

/* Bytes of memory that this process may use: the machine's, or less where a control group or a limit says so. */
int64_t sys_memory(void);

/* Processors that are there to run threads on; at least 1. */
int sys_processors(void);

/* Opens /dev/null in place of a standard stream that is closed. Otherwise a database or a socket gets its number, and
 * what is printed goes there. */
void sys_keep_standard_streams(void);

/* Makes a directory and its missing parents (parents 0755 under the umask). It is fine when it is there. 0, or -1 and
 * e. */
int sys_make_directories(const char *path, mode_t mode, struct err *e);

/* Makes a fresh directory, 0700, named `prefix` and six random characters; out gets its path. A prefix without a slash
 * lies in $TMPDIR or /tmp. 0, or -1 and e. */
int sys_make_temporary(const char *prefix, char *out, size_t size, struct err *e);

/* Removes a file or a directory with all that is in it, following no symbolic link. It is fine when it is not there.
 * 0, or -1 and e. */
int sys_remove_tree(const char *path, struct err *e);

/* Lets this process have as many files open at a time as the system allows it to: most often it may ask for more. */
void sys_allow_files(void);

/* Flushes a file or directory to the disk. 0, or -1 and e. */
int sys_fsync(const char *path, struct err *e);

/* Writes a whole file by way of a second one that is renamed. 0, or -1 and e. */
int sys_write_file(const char *path, const void *data, size_t length, mode_t mode, struct err *e);

/* Adds to a file that nobody else may read: it is made 0600, and refused where it is a symbolic link. 0, or -1 and e.
 */
int sys_append_private(const char *path, const void *data, size_t length, struct err *e);

/* Reads a whole small file, at most `limit` bytes from its end, and appends it to out. 0, or -1 and e. */
int sys_read_tail(const char *path, size_t limit, struct bytes *out, struct err *e);

/* A program to start. argv[0] is looked for in PATH when it holds no slash. The child has default signals, none of them
 * blocked, and no descriptor of ours but 0, 1 and 2. */
struct sys_program {
    const char *const *argv; /* NULL-ended */
    const char *const *set;  /* NULL-ended "NAME=value", or "NAME" to take it away; NULL: as ours */
    const char *output;      /* file for its standard output, truncated; NULL: captured, or ours when `inherit` */
    int inherit;             /* standard input, output and error are ours, and Ctrl-C is the child's affair */
    int drop;                /* become uid and gid before exec */
    uid_t uid;
    gid_t gid;
    int daemon;          /* a session of its own, in / */
    int die_with_parent; /* SIGQUIT when the thread that started it ends: start from the main thread */
};

/* Starts it. *status: the exit status, 128 + n when signal n ended it. Captured output is appended to out and error
 * (either may be NULL: thrown away). A stop request is passed on as SIGTERM, after 5 s as SIGKILL, and gives
 * ERR_INTERRUPTED. A program that cannot be started is ERR_ENVIRONMENT. 0, or -1 and e. */
int sys_run(const struct sys_program *program, int *status, struct bytes *out, struct bytes *error, struct err *e);

/* Starts it and leaves it alone (standard input /dev/null, output and error appended to program->output). The caller
 * reaps it. 0, or -1 and e. */
int sys_start(const struct sys_program *program, pid_t *pid, struct err *e);

#endif
