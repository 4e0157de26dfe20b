/* private_pg_bindir.c: where PostgreSQL's server programs are. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private_pg_internal.h"
#include "sys.h"

#define DEBIAN "/usr/lib/postgresql"

/* A client's package may have pg_config without a server beside it. */
static int has_server(const char *bindir)
{
    static const char *const wanted[] = {"postgres", "initdb", "pg_dump"};
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (snprintf(path, sizeof path, "%s/%s", bindir, wanted[i]) >= (int)sizeof path || access(path, X_OK) != 0) {
            return 0;
        }
    }
    return 1;
}

/* What pg_config says, as its text and major version; 0, or -1 where it cannot be asked. */
static int ask_pg_config(char *bindir, size_t size, long *major)
{
    static const char *const argv[] = {"pg_config", "--bindir", "--version", NULL};
    struct sys_program pg_config = {.argv = argv};
    struct bytes said = {0};
    struct err ignored;
    const char *version;
    int result = -1;
    int status;

    if (sys_run(&pg_config, &status, &said, NULL, &ignored) == 0 && status == 0 &&
        bytes_append(&said, "", 1, &ignored) == 0) {
        snprintf(bindir, size, "%.*s", (int)strcspn((const char *)said.data, "\n"), (const char *)said.data);
        version = strstr((const char *)said.data, "PostgreSQL ");
        *major = version != NULL ? strtol(version + 11, NULL, 10) : 0;
        result = 0;
    }
    bytes_free(&said);
    return result;
}

int private_pg_bindir_for(long major, char *out, size_t size, struct err *e)
{
    struct dirent *entry;
    char path[PATH_MAX];
    long found = 0;
    DIR *directory;

    if (ask_pg_config(out, size, &found) == 0 && has_server(out) && (major == 0 || found == major)) {
        return 0;
    }
    found = 0;
    directory = opendir(DEBIAN);
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        long version = strtol(entry->d_name, NULL, 10);

        snprintf(path, sizeof path, DEBIAN "/%s/bin", entry->d_name);
        if (version > found && (major == 0 || version == major) && has_server(path)) {
            found = version;
            snprintf(out, size, "%s", path);
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    if (found != 0) {
        return 0;
    }
    if (major != 0) {
        err_set(e, ERR_ENVIRONMENT,
                "the private server's data was made by PostgreSQL %ld, whose programs were not found", major);
        return err_hint(e, "install the package postgresql-%ld", major);
    }
    err_set(e, ERR_ENVIRONMENT, "PostgreSQL's server programs (postgres, initdb, pg_dump) were not found");
    return err_hint(e, "install the package postgresql-15 (or newer), or give a target");
}

int private_pg_bindir(char *out, size_t size, struct err *e)
{
    return private_pg_bindir_for(0, out, size, e);
}
