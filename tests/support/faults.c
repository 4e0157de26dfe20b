/* faults.c: a library loaded before the others (LD_PRELOAD) that lets the n-th call of a kind go wrong: sends and
 * receives, reads and writes of files, steps of SQLite, calls of libpq, allocations of one library.
 *
 * WHERRY_FAULT="KIND ACTION N" (N from 1, counted over all threads):
 *   send, recv      kill (before it), cut (half of it, then the connection is reset), fail (ECONNRESET from then on),
 *                   mute (half-open: from then on nothing of what is sent arrives and nothing comes)
 *   pread           kill, fail (EIO)
 *   write, sync     kill, fail (ENOSPC, EIO): pwrite, ftruncate, rename and link; fsync and fdatasync
 *   step            kill, fail (SQLITE_IOERR), nomem (SQLITE_NOMEM)
 *   pq              kill, fail: as the function says that it failed
 *   core, libpq, sqlite, lua    fail: the allocation of that library; deny: and all that follow
 * WHERRY_FAULT_REPORT=FILE gets the calls so far of each kind, when the process ends and when the fault strikes.
 * Only an interpreter that is started with both is watched, not what it starts in turn. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libpq-fe.h>
#include <sqlite3.h>

enum kind { SEND, RECV, PREAD, WRITE, SYNC, STEP, PQ, CORE, LIBPQ, SQLITE, LUA, KINDS };
enum action { NONE, KILL, FAIL, CUT, MUTE, NOMEM, DENY };

static const char *const kind_names[] = {"send", "recv", "pread", "write",  "sync", "step",
                                         "pq",   "core", "libpq", "sqlite", "lua"};
static const char *const action_names[] = {"none", "kill", "fail", "cut", "mute", "nomem", "deny"};

static int watching;
static enum kind kind;
static enum action action;
static long at;
static char report[4096];
static struct shared { /* with the processes that this one forks */
    atomic_long calls[KINDS];
    atomic_int struck;
} * shared;
static atomic_int dead_socket = -1; /* that was cut, failed or muted */

/* The function of that name behind this library. Lua loads libpq and SQLite with the module, where RTLD_NEXT does not
 * look. */
static void *behind(const char *name)
{
    static const char *const libraries[] = {"libpq.so.5", "libsqlite3.so.0"};
    void *function = dlsym(RTLD_NEXT, name);
    for (int i = 0; i < 2 && !function; i++) {
        void *library = dlopen(libraries[i], RTLD_LAZY | RTLD_NOLOAD);
        if (library)
            function = dlsym(library, name);
    }
    if (!function)
        abort();
    return function;
}

#define BEHIND(result, name, ...)           \
    static result (*original)(__VA_ARGS__); \
    if (!original)                          \
    *(void **)(&original) = behind(name)

/* --- what is told --- */

static void tell(void)
{
    char text[512];
    int length = snprintf(text, sizeof text, "%s\n", shared->struck ? "struck" : "passed");
    for (int k = 0; k < KINDS; k++)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s %ld\n", kind_names[k],
                           atomic_load(&shared->calls[k]));
    int file = open(report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, text, (size_t)length) != length)
        abort();
    close(file);
}

static int look_up(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fprintf(stderr, "faults: unknown word %s\n", name);
    abort();
}

__attribute__((constructor)) static void begin(void)
{
    const char *fault = getenv("WHERRY_FAULT"), *file = getenv("WHERRY_FAULT_REPORT");
    char kind_word[16], action_word[16];
    if (!fault || !file || strcmp(program_invocation_short_name, "lua5.4") != 0)
        return;
    if (sscanf(fault, "%15s %15s %ld", kind_word, action_word, &at) != 3 || strlen(file) >= sizeof report)
        abort();
    kind = (enum kind)look_up(kind_names, KINDS, kind_word);
    action = (enum action)look_up(action_names, DENY + 1, action_word);
    strcpy(report, file);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    unsetenv("LD_PRELOAD");
    unsetenv("WHERRY_FAULT");
    watching = 1;
}

__attribute__((destructor)) static void end(void)
{
    if (watching)
        tell();
}

/* Counts a call. What is to happen to it. */
static enum action count(enum kind k)
{
    if (!watching)
        return NONE;
    long n = atomic_fetch_add(&shared->calls[k], 1) + 1;
    if (k != kind || (action == DENY ? n < at : n != at))
        return NONE;
    if (!atomic_exchange(&shared->struck, 1))
        tell();
    if (action == KILL)
        (void)raise(SIGKILL);
    return action;
}

/* --- the network --- */

/* What a reset has ended wakes who waits for it. */
static void kill_socket(int socket)
{
    atomic_store(&dead_socket, socket);
    if (action == FAIL)
        (void)shutdown(socket, SHUT_RDWR);
}

ssize_t send(int socket, const void *data, size_t length, int flags)
{
    BEHIND(ssize_t, "send", int, const void *, size_t, int);
    enum action now = count(SEND);
    if (now == MUTE || now == FAIL)
        kill_socket(socket);
    if (now == CUT) {
        (void)original(socket, data, length / 2, flags);
        (void)shutdown(socket, SHUT_RDWR);
    }
    if (atomic_load(&dead_socket) != socket)
        return original(socket, data, length, flags);
    if (action == MUTE)
        return (ssize_t)length;
    errno = ECONNRESET;
    return -1;
}

ssize_t recv(int socket, void *data, size_t length, int flags)
{
    BEHIND(ssize_t, "recv", int, void *, size_t, int);
    enum action now = count(RECV);
    if (now == MUTE || now == FAIL)
        kill_socket(socket);
    if (now == CUT) {
        (void)shutdown(socket, SHUT_RDWR);
        return original(socket, data, length < 2 ? length : length / 2, flags);
    }
    if (atomic_load(&dead_socket) != socket)
        return original(socket, data, length, flags);
    errno = action == MUTE ? EAGAIN : ECONNRESET;
    return -1;
}

/* A number that a dead socket had may come back with a new connection. */
int close(int descriptor)
{
    BEHIND(int, "close", int);
    int dead = descriptor;
    if (descriptor >= 0)
        (void)atomic_compare_exchange_strong(&dead_socket, &dead, -1);
    return original(descriptor);
}

/* --- files --- */

#define FAILING(k, error)   \
    if (count(k) == FAIL) { \
        errno = error;      \
        return -1;          \
    }

ssize_t pread64(int file, void *data, size_t length, off64_t offset)
{
    BEHIND(ssize_t, "pread64", int, void *, size_t, off64_t);
    FAILING(PREAD, EIO)
    return original(file, data, length, offset);
}

ssize_t pread(int file, void *data, size_t length, off_t offset)
{
    return pread64(file, data, length, offset);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset)
{
    BEHIND(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    FAILING(WRITE, ENOSPC)
    return original(file, data, length, offset);
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset)
{
    return pwrite64(file, data, length, offset);
}

int ftruncate64(int file, off64_t length)
{
    BEHIND(int, "ftruncate64", int, off64_t);
    FAILING(WRITE, ENOSPC)
    return original(file, length);
}

int ftruncate(int file, off_t length)
{
    return ftruncate64(file, length);
}

int rename(const char *from, const char *to)
{
    BEHIND(int, "rename", const char *, const char *);
    FAILING(WRITE, ENOSPC)
    return original(from, to);
}

int link(const char *from, const char *to)
{
    BEHIND(int, "link", const char *, const char *);
    FAILING(WRITE, ENOSPC)
    return original(from, to);
}

int fsync(int file)
{
    BEHIND(int, "fsync", int);
    FAILING(SYNC, EIO)
    return original(file);
}

int fdatasync(int file)
{
    BEHIND(int, "fdatasync", int);
    FAILING(SYNC, EIO)
    return original(file);
}

/* --- SQLite and libpq, as the core calls them --- */

/* The statement that failed: it says so again when it is reset or finalised. */
static _Atomic(sqlite3_stmt *) failed_statement;

int sqlite3_step(sqlite3_stmt *statement)
{
    BEHIND(int, "sqlite3_step", sqlite3_stmt *);
    enum action now = count(STEP);
    if (now != FAIL && now != NOMEM)
        return original(statement);
    atomic_store(&failed_statement, statement);
    return now == FAIL ? SQLITE_IOERR : SQLITE_NOMEM;
}

static int told_again(sqlite3_stmt *statement, int code)
{
    sqlite3_stmt *failed = statement;
    if (!statement || !atomic_compare_exchange_strong(&failed_statement, &failed, NULL))
        return code;
    return action == FAIL ? SQLITE_IOERR : SQLITE_NOMEM;
}

int sqlite3_reset(sqlite3_stmt *statement)
{
    BEHIND(int, "sqlite3_reset", sqlite3_stmt *);
    return told_again(statement, original(statement));
}

int sqlite3_finalize(sqlite3_stmt *statement)
{
    BEHIND(int, "sqlite3_finalize", sqlite3_stmt *);
    return told_again(statement, original(statement));
}

#define PQ_CALL(result, name, failed, parameters, ...)             \
    result name parameters                                         \
    {                                                              \
        static result(*original) parameters;                       \
        if (!original)                                             \
            *(void **)(&original) = behind(#name);                 \
        return count(PQ) == FAIL ? failed : original(__VA_ARGS__); \
    }

PQ_CALL(PGconn *, PQconnectStartParams, NULL, (const char *const *k, const char *const *v, int e), k, v, e)
PQ_CALL(PostgresPollingStatusType, PQconnectPoll, PGRES_POLLING_FAILED, (PGconn * c), c)
PQ_CALL(int, PQsetnonblocking, -1, (PGconn * c, int on), c, on)
PQ_CALL(int, PQconsumeInput, 0, (PGconn * c), c)
PQ_CALL(int, PQflush, -1, (PGconn * c), c)
PQ_CALL(int, PQsendQuery, 0, (PGconn * c, const char *sql), c, sql)
PQ_CALL(int, PQsendQueryParams, 0,
        (PGconn * c, const char *sql, int n, const Oid *types, const char *const *values, const int *lengths,
         const int *formats, int format),
        c, sql, n, types, values, lengths, formats, format)
PQ_CALL(int, PQsendPrepare, 0, (PGconn * c, const char *name, const char *sql, int n, const Oid *types), c, name, sql,
        n, types)
PQ_CALL(int, PQsendQueryPrepared, 0,
        (PGconn * c, const char *name, int n, const char *const *values, const int *lengths, const int *formats,
         int format),
        c, name, n, values, lengths, formats, format)
PQ_CALL(int, PQputCopyData, -1, (PGconn * c, const char *data, int length), c, data, length)
PQ_CALL(int, PQputCopyEnd, -1, (PGconn * c, const char *error), c, error)
PQ_CALL(int, PQgetCopyData, -2, (PGconn * c, char **row, int async), c, row, async)
PQ_CALL(int, PQenterPipelineMode, 0, (PGconn * c), c)
PQ_CALL(int, PQexitPipelineMode, 0, (PGconn * c), c)
PQ_CALL(int, PQpipelineSync, 0, (PGconn * c), c)
PQ_CALL(PGcancel *, PQgetCancel, NULL, (PGconn * c), c)
PQ_CALL(char *, PQescapeIdentifier, NULL, (PGconn * c, const char *text, size_t length), c, text, length)

/* --- allocations --- */

#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

/* Whether the caller's allocation fails. The library that calls is found by its name, and remembered by its range. */
static int must_fail(const void *caller)
{
    static const char *const files[] = {"core.so", "libpq.so", "libsqlite3.so", "lua"};
    static _Atomic(const void *) bases[4];
    static __thread int inside;
    Dl_info from;
    int failing = 0;
    if (!watching || inside || kind < CORE)
        return 0;
    inside = 1;
    if (dladdr(caller, &from) != 0) {
        const void *base = atomic_load(&bases[kind - CORE]);
        const char *name = strrchr(from.dli_fname, '/');
        if (!base && strncmp(name ? name + 1 : from.dli_fname, files[kind - CORE], strlen(files[kind - CORE])) == 0)
            atomic_store(&bases[kind - CORE], base = from.dli_fbase);
        if (base == from.dli_fbase) {
            enum action now = count(kind);
            failing = now == FAIL || now == DENY;
        }
    }
    inside = 0;
    return failing;
}

#define ALLOCATION(call)                          \
    if (must_fail(__builtin_return_address(0))) { \
        errno = ENOMEM;                           \
        return NULL;                              \
    }                                             \
    return call;

void *malloc(size_t size)
{
    ALLOCATION(__libc_malloc(size))
}

void *calloc(size_t number, size_t size)
{
    ALLOCATION(__libc_calloc(number, size))
}

void *realloc(void *block, size_t size)
{
    ALLOCATION(__libc_realloc(block, size))
}
#endif
