/* private_pg_state.c: which process is the server of a directory: its state file, proven by the process's start time.
 */
#define _GNU_SOURCE
#include "private_pg_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

#define SMALL_FILE 65536

/* The text of a small file, NUL-terminated, in *out (bytes_free), or NULL. */
static const char *read_text(struct bytes *out, const char *directory, const char *name)
{
    char path[1024];
    struct err ignored;

    out->length = 0;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (sys_read_tail(path, SMALL_FILE, out, &ignored) != 0 || bytes_append(out, "", 1, &ignored) != 0) {
        return NULL;
    }
    return (const char *)out->data;
}

unsigned long long private_pg_start_time(pid_t pid)
{
    struct bytes stat = {0};
    char name[40];
    unsigned long long start = 0;
    const char *text;
    char state = 'X';

    snprintf(name, sizeof name, "%ld/stat", (long)pid);
    text = read_text(&stat, "/proc", name);
    /* The command's name may hold blanks and brackets; the fields count from behind its last bracket. */
    text = text != NULL ? strrchr(text, ')') : NULL;
    if (text != NULL &&
        sscanf(text + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", &state,
               &start) != 2) {
        start = 0;
    }
    if (state == 'Z' || state == 'X') {
        start = 0;
    }
    bytes_free(&stat);
    return start;
}

/* Is `pid` a postgres that was started on this directory's data? */
static int serves(pid_t pid, const char *directory)
{
    struct bytes line = {0};
    char name[40], wanted[1024];
    int found = 0;

    snprintf(name, sizeof name, "%ld/cmdline", (long)pid);
    snprintf(wanted, sizeof wanted, "%s/data", directory);
    if (read_text(&line, "/proc", name) != NULL) {
        const char *end = (const char *)line.data + line.length;

        for (const char *word = (const char *)line.data; word < end; word += strlen(word) + 1) {
            found = found || strcmp(word, wanted) == 0;
        }
    }
    bytes_free(&line);
    return found && private_pg_start_time(pid) != 0;
}

pid_t private_pg_owner(const char *directory, char *version, size_t size)
{
    struct bytes file = {0};
    unsigned long long start = 0;
    long pid = 0;
    char release[32] = "";
    const char *text = read_text(&file, directory, "state");
    pid_t owner = 0;

    if (text != NULL && sscanf(text, "pid %ld\nstart %llu\nversion %31s", &pid, &start, release) >= 2 && pid > 1 &&
        start != 0 && private_pg_start_time((pid_t)pid) == start) {
        owner = (pid_t)pid;
    } else if ((text = read_text(&file, directory, "data/postmaster.pid")) != NULL) {
        /* Started, but killed before the state was written. */
        pid = strtol(text, NULL, 10);
        owner = pid > 1 && serves((pid_t)pid, directory) ? (pid_t)pid : 0;
        release[0] = '\0';
    }
    if (version != NULL) {
        snprintf(version, size, "%s", release);
    }
    bytes_free(&file);
    return owner;
}

int private_pg_remember(const struct private_pg *p, struct err *e)
{
    char path[PRIVATE_PG_PATH], text[160];
    int length = snprintf(text, sizeof text, "pid %ld\nstart %llu\nversion %s\n", (long)p->pid,
                          private_pg_start_time(p->pid), p->version);

    snprintf(path, sizeof path, "%s/state", p->directory);
    return sys_write_file(path, text, (size_t)length, 0600, e);
}

int private_pg_clean_up(const char *directory, struct err *e)
{
    struct bytes file = {0};
    char path[1024];
    const char *text = read_text(&file, directory, "data/postmaster.pid");
    const char *rest = text != NULL ? strchr(text, '\n') : NULL;
    int result = -1;
    FILE *again;

    if (rest != NULL) {
        snprintf(path, sizeof path, "%s/data/postmaster.pid", directory);
        again = fopen(path, "r+e"); /* in place: its owner is the server's user */
        if (again == NULL || fprintf(again, "%ld%s", (long)getpid(), rest) < 0 || fflush(again) != 0 ||
            ftruncate(fileno(again), ftell(again)) != 0) {
            err_set(e, ERR_ENVIRONMENT, "cannot write %s: %s", path, strerror(errno));
        } else {
            result = 0;
        }
        if (again != NULL) {
            fclose(again);
        }
        if (result != 0) {
            goto done;
        }
    }
    snprintf(path, sizeof path, "%s/socket", directory);
    result = sys_remove_tree(path, e);

done:
    bytes_free(&file);
    return result;
}
