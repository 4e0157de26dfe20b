/* private_pg.c: a PostgreSQL server of our own: initdb, start, first good connection, stop.
 *
 * Everything lies in one directory that only the server's user (and root) can enter. The data directory appears under
 * its name only when initdb is through, so a killed one leaves nothing that looks finished. Starts of the same
 * directory wait for each other by a lock file. */
#define _GNU_SOURCE
#include "private_pg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgwire.h"
#include "private_pg_internal.h"
#include "stop.h"
#include "sys.h"

#define SOCKET_NAME "/socket/.s.PGSQL.5432"
#define START_MS 120000
#define STOP_MS 30000
#define LOCK_MS 150000
#define MAX_SETTINGS 64

static int find_user(struct private_pg_user *user, struct err *e)
{
    const struct passwd *entry;

    user->drop = geteuid() == 0;
    entry = user->drop ? getpwnam("postgres") : getpwuid(geteuid());
    if (entry == NULL && user->drop) {
        entry = getpwnam("nobody");
    }
    if (entry == NULL) {
        return err_set(e, ERR_ENVIRONMENT, "the user database does not know %s",
                       user->drop ? "postgres nor nobody" : "the current user");
    }
    user->uid = entry->pw_uid;
    user->gid = entry->pw_gid;
    snprintf(user->name, sizeof user->name, "%s", entry->pw_name);
    return 0;
}

/* --- the directory --- */

/* Can the server's user get through to a directory that we made? Says which one is in the way. 0, or -1 and e. */
static int check_reachable(const char *directory, const struct private_pg_user *user, struct err *e)
{
    const struct passwd *root = getpwuid(0);
    const char *home = root != NULL ? root->pw_dir : "/root";
    size_t length = strlen(home);
    char part[PATH_MAX];

    if (length > 1 && strncmp(directory, home, length) == 0 &&
        (directory[length] == '/' || directory[length] == '\0')) {
        err_set(e, ERR_ENVIRONMENT, "a private server cannot lie below root's home: %s", directory);
        return err_hint(e, "choose a directory that user %s can reach, such as one below /var/lib or /tmp", user->name);
    }
    snprintf(part, sizeof part, "%s", directory);
    for (char *slash = strrchr(part, '/'); slash != NULL && slash != part; slash = strrchr(part, '/')) {
        struct stat found;
        mode_t right;

        *slash = '\0';
        if (stat(part, &found) != 0) {
            return err_set(e, ERR_ENVIRONMENT, "cannot look at %s: %s", part, strerror(errno));
        }
        right = found.st_uid == user->uid ? S_IXUSR : found.st_gid == user->gid ? S_IXGRP : S_IXOTH;
        if ((found.st_mode & right) == 0) {
            err_set(e, ERR_ENVIRONMENT, "user %s, which the private server runs as, cannot enter %s", user->name, part);
            return err_hint(e, "choose a directory that user %s can reach, such as one below /var/lib or /tmp",
                            user->name);
        }
    }
    return 0;
}

/* Is the directory fit for a server of ours? path: its real path. 0, or -1 and e. */
static int check_directory(const char *path, const struct private_pg_user *user, struct err *e)
{
    struct stat found;

    if (strlen(path) + strlen(SOCKET_NAME) > PRIVATE_PG_SOCKET_LIMIT) {
        err_set(e, ERR_ENVIRONMENT, "the directory's path is too long for a Unix socket in it (%zu bytes at most): %s",
                PRIVATE_PG_SOCKET_LIMIT - strlen(SOCKET_NAME), path);
        return err_hint(e, "choose a shorter path");
    }
    if (strpbrk(path, ",'\"\\\n\r") != NULL) {
        return err_set(e, ERR_ENVIRONMENT,
                       "the path of a private server cannot hold commas, quotes, backslashes, line ends: %s", path);
    }
    if (check_reachable(path, user, e) != 0) {
        return -1;
    }
    if (stat(path, &found) != 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot look at %s: %s", path, strerror(errno));
    }
    if (found.st_uid != user->uid && found.st_uid != geteuid()) {
        return err_set(e, ERR_ENVIRONMENT, "%s belongs to somebody else", path);
    }
    return 0;
}

/* Fills the fields that follow from the directory's real path. 0, or -1 and e. */
static int describe(struct private_pg *out, const char *path, struct err *e)
{
    if (strlen(path) >= sizeof out->directory) {
        return err_set(e, ERR_ENVIRONMENT, "the path of the private server is too long: %s", path);
    }
    memcpy(out->directory, path, strlen(path) + 1);
    snprintf(out->user, sizeof out->user, PRIVATE_PG_SUPERUSER);
    snprintf(out->conninfo, sizeof out->conninfo, "host='%s/socket' port=5432 user=%s dbname=postgres", out->directory,
             PRIVATE_PG_SUPERUSER);
    return 0;
}

/* Makes the directory, and fills out. One that is refused is not left behind. 0, or -1 and e. */
static int prepare_directory(struct private_pg *out, const char *directory, const struct private_pg_user *user,
                             struct err *e)
{
    int existed = access(directory, F_OK) == 0;
    char path[PATH_MAX];

    if (sys_make_directories(directory, 0700, e) != 0) {
        return -1;
    }
    if (realpath(directory, path) == NULL) {
        return err_set(e, ERR_ENVIRONMENT, "cannot look at %s: %s", directory, strerror(errno));
    }
    if (check_directory(path, user, e) != 0 || describe(out, path, e) != 0) {
        goto refused;
    }
    if (chmod(path, 0700) != 0 || (user->drop && chown(path, user->uid, user->gid) != 0)) {
        err_set(e, ERR_ENVIRONMENT, "cannot change the owner of %s: %s", path, strerror(errno));
        goto refused;
    }
    return 0;

refused:
    if (!existed) {
        rmdir(path);
    }
    return -1;
}

/* Takes the directory's lock, so that of two starts the second finds the first one's server. *descriptor is closed by
 * the caller. 0, or -1 and e. */
static int lock_directory(const char *directory, int *descriptor, struct err *e)
{
    int64_t deadline = sys_clock_ms() + LOCK_MS;
    char path[PRIVATE_PG_PATH];

    snprintf(path, sizeof path, "%s/lock", directory);
    *descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*descriptor < 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot open %s: %s", path, strerror(errno));
    }
    while (flock(*descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return err_set(e, ERR_ENVIRONMENT, "cannot lock %s: %s", path, strerror(errno));
        }
        if (stop_signal() != 0) {
            return err_set(e, ERR_INTERRUPTED, "stopped by signal %d", stop_signal());
        }
        if (sys_clock_ms() > deadline) {
            return err_set(e, ERR_ENVIRONMENT, "another process has been starting this server for a long time: %s",
                           path);
        }
        sys_sleep_ms(50);
    }
    return 0;
}

/* --- start --- */

/* What the log's end says about a start that failed. Returns -1. */
static int start_error(const char *directory, const char *what, struct err *e)
{
    struct bytes tail = {0};
    char path[PRIVATE_PG_PATH], said[600] = "";
    struct err ignored;

    snprintf(path, sizeof path, "%s/log", directory);
    if (sys_read_tail(path, 4096, &tail, &ignored) == 0) {
        private_pg_last_words(&tail, said, sizeof said);
    }
    bytes_free(&tail);
    err_set(e, ERR_ENVIRONMENT, "the private server %s: %s", what, said[0] != '\0' ? said : "its log is empty");
    return err_hint(e, "the whole log: %s", path);
}

static void end_child(pid_t pid, int signal_number)
{
    int64_t deadline = sys_clock_ms() + STOP_MS;

    kill(pid, signal_number);
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (sys_clock_ms() > deadline) {
            kill(pid, SIGKILL);
            deadline = INT64_MAX;
        }
        usleep(5000);
    }
}

/* Connects once; fills out->version. 0, or -1 and e. */
static int try_connection(struct private_pg *out, struct err *e)
{
    struct pgwire *p = NULL;
    int version;

    if (pgwire_connect(&p, out->conninfo, 5000, e) != 0) {
        return -1;
    }
    version = PQserverVersion(p->conn);
    snprintf(out->version, sizeof out->version, "%d.%d", version / 10000, version % 10000);
    pgwire_close(p);
    return 0;
}

/* Waits for the first good connection; fills out->version. The child is ours and is reaped when it ends. */
static int wait_ready(struct private_pg *out, struct err *e)
{
    int64_t deadline = sys_clock_ms() + START_MS;
    struct err tried;

    for (;;) {
        if (try_connection(out, &tried) == 0) {
            return 0;
        }
        if (waitpid(out->pid, NULL, WNOHANG) == out->pid) {
            return start_error(out->directory, "ended at its start", e);
        }
        if (stop_signal() != 0) {
            err_set(e, ERR_INTERRUPTED, "stopped by signal %d", stop_signal());
            break;
        }
        if (tried.kind != ERR_CONNECTION) {
            *e = tried;
            break;
        }
        if (sys_clock_ms() > deadline) {
            start_error(out->directory, "does not get ready", e);
            break;
        }
        usleep(10000);
    }
    end_child(out->pid, SIGQUIT);
    return -1;
}

/* Starts postgres on the data that is there. 0, or -1 and e. */
static int start_server(struct private_pg *out, enum private_pg_kind kind, const char *bindir,
                        const struct private_pg_user *user, const char *const *settings, struct err *e)
{
    static const char *const test[] = {"fsync=off",           "synchronous_commit=off", "full_page_writes=off",
                                       "shared_buffers=32MB", "max_wal_size=1GB",       NULL};
    static const char *const kept[] = {"fsync=on", NULL};
    const char *argv[2 * MAX_SETTINGS + 16];
    char program[PATH_MAX + 16], data[PRIVATE_PG_PATH], log[PRIVATE_PG_PATH], sockets[PRIVATE_PG_PATH],
        socket_setting[PRIVATE_PG_PATH + 40];
    struct sys_program postgres = {.argv = argv,
                                   .set = PRIVATE_PG_ENVIRONMENT,
                                   .output = log,
                                   .drop = user->drop,
                                   .uid = user->uid,
                                   .gid = user->gid,
                                   .daemon = 1,
                                   .die_with_parent = kind == PRIVATE_PG_TEST};
    size_t count = 0;

    snprintf(program, sizeof program, "%s/postgres", bindir);
    snprintf(data, sizeof data, "%s/data", out->directory);
    snprintf(log, sizeof log, "%s/log", out->directory);
    snprintf(sockets, sizeof sockets, "%s/socket", out->directory);
    snprintf(socket_setting, sizeof socket_setting, "unix_socket_directories=\"%s\"", sockets);
    if (private_pg_clean_up(out->directory, e) != 0 || sys_make_directories(sockets, 0700, e) != 0) {
        return -1;
    }
    if (user->drop && chown(sockets, user->uid, user->gid) != 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot give %s away: %s", sockets, strerror(errno));
    }
    argv[count++] = program;
    argv[count++] = "-D";
    argv[count++] = data;
    for (const char *const *setting = kind == PRIVATE_PG_TEST ? test : kept; *setting != NULL; setting++) {
        argv[count++] = "-c";
        argv[count++] = *setting;
    }
    for (; settings != NULL && *settings != NULL; settings++) {
        if (count > 2 * MAX_SETTINGS) {
            return err_set(e, ERR_USAGE, "more than %d settings for a private server", MAX_SETTINGS);
        }
        argv[count++] = "-c";
        argv[count++] = *settings;
    }
    /* Last, so that no setting above can change it. */
    argv[count++] = "-c";
    argv[count++] = "listen_addresses=";
    argv[count++] = "-c";
    argv[count++] = "port=5432";
    argv[count++] = "-c";
    argv[count++] = socket_setting;
    argv[count] = NULL;
    if (sys_start(&postgres, &out->pid, e) != 0 || wait_ready(out, e) != 0) {
        return -1;
    }
    if (private_pg_remember(out, e) != 0) {
        end_child(out->pid, SIGINT);
        return -1;
    }
    out->running = 1;
    return 0;
}

int private_pg_start(struct private_pg *out, enum private_pg_kind kind, const char *directory,
                     const char *const *settings, struct err *e)
{
    struct private_pg_user user;
    char bindir[PATH_MAX], path[PRIVATE_PG_PATH];
    struct bytes version = {0};
    int lock = -1;
    int result = -1;
    long major = 0;
    pid_t owner;

    memset(out, 0, sizeof *out);
    err_clear(e);
    if (find_user(&user, e) != 0 || prepare_directory(out, directory, &user, e) != 0 ||
        lock_directory(out->directory, &lock, e) != 0) {
        goto done;
    }
    owner = private_pg_owner(out->directory, out->version, sizeof out->version);
    if (owner != 0 && kind == PRIVATE_PG_KEPT) {
        out->pid = owner;
        out->running = 1;
        /* Without a version its state was lost, and is written anew. */
        if (out->version[0] != '\0' || (try_connection(out, e) == 0 && private_pg_remember(out, e) == 0)) {
            result = 0;
        }
        goto done;
    }
    if (owner != 0) {
        err_set(e, ERR_ENVIRONMENT, "a server runs already in %s (process %ld)", out->directory, (long)owner);
        goto done;
    }
    snprintf(path, sizeof path, "%s/data/PG_VERSION", out->directory);
    if (access(path, F_OK) == 0) {
        if (sys_read_tail(path, 16, &version, e) != 0 || bytes_append(&version, "", 1, e) != 0) {
            goto done;
        }
        major = strtol((const char *)version.data, NULL, 10);
    }
    if (private_pg_bindir_for(major, bindir, sizeof bindir, e) != 0) {
        goto done;
    }
    if (major == 0 && private_pg_make_data(bindir, out->directory, kind, &user, e) != 0) {
        goto done;
    }
    result = start_server(out, kind, bindir, &user, settings, e);

done:
    if (lock >= 0) {
        close(lock);
    }
    bytes_free(&version);
    return result;
}

int private_pg_find(struct private_pg *out, const char *directory, struct err *e)
{
    char path[PATH_MAX];

    memset(out, 0, sizeof *out);
    if (realpath(directory, path) == NULL) {
        if (errno != ENOENT) {
            return err_set(e, ERR_ENVIRONMENT, "cannot look at %s: %s", directory, strerror(errno));
        }
        snprintf(path, sizeof path, "%s", directory); /* never started */
    }
    if (describe(out, path, e) != 0) {
        return -1;
    }
    out->pid = private_pg_owner(out->directory, out->version, sizeof out->version);
    out->running = out->pid != 0;
    return 0;
}

/* --- stop --- */

/* Removes what we put into the directory, and the directory if nothing else is in it. 0, or -1 and e. */
static int remove_directory(const char *directory, struct err *e)
{
    static const char *const ours[] = {"data", "data.new", "socket", "state", "state.new", "log", "lock"};
    char path[PRIVATE_PG_PATH];

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, ours[i]);
        if (sys_remove_tree(path, e) != 0) {
            return -1;
        }
    }
    if (rmdir(directory) != 0 && errno != ENOTEMPTY && errno != ENOENT) {
        return err_set(e, ERR_ENVIRONMENT, "cannot remove %s: %s", directory, strerror(errno));
    }
    return 0;
}

int private_pg_stop(struct private_pg *p, enum private_pg_kind kind, struct err *e)
{
    int64_t deadline = sys_clock_ms() + STOP_MS;
    pid_t pid = private_pg_owner(p->directory, NULL, 0);
    char path[PRIVATE_PG_PATH];

    /* A test server's data is thrown away, so it need not be written first. */
    if (pid != 0 && kill(pid, kind == PRIVATE_PG_TEST ? SIGQUIT : SIGINT) != 0 && errno != ESRCH) {
        return err_set(e, ERR_ENVIRONMENT, "cannot stop the private server (process %ld): %s", (long)pid,
                       strerror(errno));
    }
    /* Our child stays as a zombie until it is reaped; another process's child just goes. */
    while (pid != 0 && waitpid(pid, NULL, WNOHANG) != pid && private_pg_start_time(pid) != 0) {
        if (sys_clock_ms() > deadline) {
            return err_set(e, ERR_ENVIRONMENT, "the private server (process %ld) did not stop within %d s", (long)pid,
                           STOP_MS / 1000);
        }
        usleep(2000);
    }
    /* It may have become a zombie between the two looks. */
    if (pid != 0) {
        waitpid(pid, NULL, WNOHANG);
    }
    p->running = 0;
    p->pid = 0;
    if (kind == PRIVATE_PG_TEST) {
        return remove_directory(p->directory, e);
    }
    snprintf(path, sizeof path, "%s/state", p->directory);
    return sys_remove_tree(path, e);
}
