/* private_pg_data.c: the data directory of a private server: initdb, and who may connect. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "private_pg_internal.h"
#include "sys.h"

const char *const PRIVATE_PG_ENVIRONMENT[] = {
    "PGDATA",     "PGHOST",           "PGPORT",      "PGUSER", "PGDATABASE", "PGOPTIONS", "PGSERVICE", "PGPASSWORD",
    "PGPASSFILE", "PGCLIENTENCODING", "PGDATESTYLE", "PGTZ",   "LANG",       "LANGUAGE",  "LC_ALL=C",  NULL};

/* A file of the data directory, of the server's user. 0, or -1 and e. */
static int write_owned(const char *data, const char *name, const char *text, const struct private_pg_user *user,
                       struct err *e)
{
    char path[PRIVATE_PG_PATH];

    snprintf(path, sizeof path, "%s/%s", data, name);
    if (sys_write_file(path, text, strlen(text), 0600, e) != 0) {
        return -1;
    }
    if (user->drop && chown(path, user->uid, user->gid) != 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot give %s away: %s", path, strerror(errno));
    }
    return 0;
}

/* Only the listed users of the operating system get in, as the superuser; `options='-c role=name'` makes such a
 * connection another role's. 0, or -1 and e. */
static int write_access(const char *data, const struct private_pg_user *user, struct err *e)
{
    static const char hba[] = "# wherry: Unix socket only, known by the system's users\n"
                              "local all all peer map=wherry\n"
                              "local replication all peer map=wherry\n";
    const struct passwd *current = getpwuid(getuid());
    char ident[400], another[160] = "";

    if (current != NULL && strcmp(current->pw_name, user->name) != 0 && current->pw_uid != 0) {
        snprintf(another, sizeof another, "wherry \"%.100s\" %s\n", current->pw_name, PRIVATE_PG_SUPERUSER);
    }
    snprintf(ident, sizeof ident, "# map, system's user, database role\nwherry root %s\nwherry \"%s\" %s\n%s",
             PRIVATE_PG_SUPERUSER, user->name, PRIVATE_PG_SUPERUSER, another);
    if (write_owned(data, "pg_hba.conf", hba, user, e) != 0) {
        return -1;
    }
    return write_owned(data, "pg_ident.conf", ident, user, e);
}

/* The last line that says something, for a message. */
void private_pg_last_words(const struct bytes *text, char *out, size_t size)
{
    size_t end = text->length, start;

    out[0] = '\0';
    while (end > 0) {
        while (end > 0 && strchr(" \n\r\t", text->data[end - 1]) != NULL) {
            end--;
        }
        for (start = end; start > 0 && text->data[start - 1] != '\n'; start--) {
        }
        /* "initdb: removing ..." and "LOG: ... shut down" follow the reason. */
        if (memmem(text->data + start, end - start, "removing", 8) == NULL &&
            memmem(text->data + start, end - start, "shut down", 9) == NULL) {
            break;
        }
        end = start;
    }
    if (end > 0) {
        snprintf(out, size, "%.*s", (int)(end - start), (const char *)text->data + start);
    }
}

int private_pg_make_data(const char *bindir, const char *directory, enum private_pg_kind kind,
                         const struct private_pg_user *user, struct err *e)
{
    char program[PATH_MAX + 16], fresh[PRIVATE_PG_PATH], data[PRIVATE_PG_PATH], said[500];
    const char *const argv[] = {program,
                                "-D",
                                fresh,
                                "--username=" PRIVATE_PG_SUPERUSER,
                                "--encoding=UTF8",
                                "--locale=C.UTF-8",
                                "--auth-local=peer",
                                "--auth-host=reject",
                                "--no-instructions",
                                kind == PRIVATE_PG_TEST ? "--no-sync" : NULL,
                                NULL};
    struct sys_program initdb = {
        .argv = argv, .set = PRIVATE_PG_ENVIRONMENT, .drop = user->drop, .uid = user->uid, .gid = user->gid};
    struct bytes error = {0};
    int result = -1;
    int status = 0;

    snprintf(program, sizeof program, "%s/initdb", bindir);
    snprintf(fresh, sizeof fresh, "%s/data.new", directory);
    snprintf(data, sizeof data, "%s/data", directory);
    err_clear(e);
    if (sys_remove_tree(fresh, e) != 0 || sys_run(&initdb, &status, NULL, &error, e) != 0) {
        goto done;
    }
    if (status != 0) {
        private_pg_last_words(&error, said, sizeof said);
        err_set(e, ERR_ENVIRONMENT, "initdb failed: %s", said[0] != '\0' ? said : "it did not say why");
        goto done;
    }
    if (write_access(fresh, user, e) != 0) {
        goto done;
    }
    if (rename(fresh, data) != 0) {
        err_set(e, ERR_ENVIRONMENT, "cannot rename %s: %s", fresh, strerror(errno));
        goto done;
    }
    result = 0;

done:
    bytes_free(&error);
    return result;
}
