/* snapshot.c: the fence, the readers behind it, and the proof that nothing moved. */
#include "snapshot.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "hex.h"
#include "mem.h"
#include "snapshot_check.h"
#include "snapshot_fence.h"
#include "stop.h"
#include "sys.h"

struct snapshot {
    struct fence fence; /* its holder watches data_version afterwards */
    int hold;           /* the fence is to be held, or is */
    struct connection readers[SNAPSHOT_READERS];
    struct connection *lanes;    /* of the lanes behind the first */
    int lane_count;              /* with the first */
    struct snapshot_check check; /* counts and quick_check on reader CHECK_READER */
    struct probe state;          /* when the snapshot was taken */
    int64_t data_version;
    struct snapshot_info info;
};

/* An attempt to begin beside writers, and the pause before the next one. */
enum { LIVE_ATTEMPT_MS = 20, LIVE_STEP_US = 300 };

/* Kilobytes of pages of all lanes together, where these are many, and of each at least. A lane reads its ranges from
 * one end to the other, so that more than the way down to the row would help it little. */
enum { LANES_CACHE = 4 * CONNECTION_CACHE, LANES_CACHE_LEAST = CONNECTION_CACHE / 8 };

/* Counts and checks go through a file once; those of hundreds of files run at the same time. */
enum { CHECK_CACHE = CONNECTION_CACHE / 8 };

enum { CATALOG_READER = 0, LOAD_READER = 1, CHECK_READER = 2, CENSUS_READER = 3 };

/* ---- comparing ---- */

/* What differs between two looks, or NULL. An absent and an empty -wal are the same. */
static const char *difference(const struct probe *a, const struct probe *b)
{
    const struct probe_file *x = &a->database;
    const struct probe_file *y = &b->database;

    if (!y->exists || x->device != y->device || x->inode != y->inode) {
        return "it was removed or replaced";
    }
    if (x->size != y->size) {
        return "its size is another";
    }
    if (memcmp(a->sample, b->sample, PROBE_SQLITE_HEADER) != 0) {
        return "its header is another";
    }
    if (x->mtime_ns != y->mtime_ns) {
        return "its time of modification is another";
    }
    if (a->wal.size != b->wal.size || memcmp(a->wal_header, b->wal_header, PROBE_WAL_HEADER) != 0) {
        return "its write-ahead log is another";
    }
    return NULL;
}

static int refuse_changed(const struct snapshot *s, const char *what, struct err *e)
{
    char shown[600];

    (void)err_set(e, ERR_CHANGED, "%s changed while it was read: %s",
                  probe_show_path(shown, sizeof shown, s->info.path), what);
    return err_hint(e, "stop the program that writes it, or read a copy of it: wherry run --source-mode=copy");
}

int snapshot_unchanged(struct snapshot *s, struct err *e)
{
    struct probe now;
    const char *what;
    int64_t version = 0;
    int rc;

    if (s->info.live) {
        return 0;
    }
    if (probe_run(&now, s->info.path, 0, e) != 0) {
        return -1;
    }
    what = difference(&s->state, &now);
    if (what != NULL) {
        return refuse_changed(s, what, e);
    }
    /* With a rollback journal, busy means that a writer waits for our readers to end (PENDING): until they do, it
     * cannot write, so there is nothing to wait for. */
    if (!s->info.wal) {
        s->fence.holder.wait_ms = 0;
    }
    rc = connection_integer(&s->fence.holder, "PRAGMA data_version", &version);
    if (rc == SQLITE_BUSY && !s->info.wal && stop_signal() == 0) {
        return 0;
    }
    if (rc != SQLITE_OK) {
        return snapshot_error(s->fence.holder.db, "cannot see whether the source changed", e);
    }
    return version == s->data_version ? 0 : refuse_changed(s, "another process committed", e);
}

/* ---- fingerprint ---- */

static void hash_integer(XXH3_state_t *state, int64_t value)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    }
    (void)XXH3_128bits_update(state, bytes, sizeof bytes);
}

static int hash_schema(struct snapshot *s, XXH3_state_t *state, struct err *e)
{
    sqlite3 *db = s->readers[0].db;
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid", -1,
                                &statement, NULL);

    while (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < 5; i++) {
            const void *data = sqlite3_column_blob(statement, i);
            int length = sqlite3_column_bytes(statement, i);

            hash_integer(state, data == NULL ? -1 : length); /* lengths keep the cells apart */
            (void)XXH3_128bits_update(state, data == NULL ? "" : data, data == NULL ? 0 : (size_t)length);
        }
    }
    if (sqlite3_finalize(statement) != SQLITE_OK || rc != SQLITE_OK) {
        return connection_refuse(&s->readers[0], s->info.path, e);
    }
    return 0;
}

static int take_fingerprint(struct snapshot *s, struct err *e)
{
    enum { CHANGE_COUNTER = 24, PAGE_COUNT = 28, SCHEMA_COOKIE = 40, APPLICATION_ID = 68 };
    static const size_t fields[] = {CHANGE_COUNTER, PAGE_COUNT, SCHEMA_COOKIE, APPLICATION_ID};
    const struct probe *p = &s->state;
    XXH3_state_t *state = XXH3_createState();
    XXH128_canonical_t digest;

    if (state == NULL) {
        return err_set(e, ERR_MEMORY, "out of memory: cannot take the source's fingerprint");
    }
    (void)XXH3_128bits_reset(state);
    hash_integer(state, p->database.size);
    hash_integer(state, p->database.mtime_ns);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        hash_integer(state, probe_header_u32(p, fields[i]));
    }
    hash_integer(state, p->wal.size);
    (void)XXH3_128bits_update(state, p->wal_header, sizeof p->wal_header);
    if (hash_schema(s, state, e) != 0) {
        (void)XXH3_freeState(state);
        return -1;
    }
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(state));
    (void)XXH3_freeState(state);
    hex_encode(s->info.fingerprint, digest.digest, sizeof digest.digest);
    return 0;
}

/* ---- opening ---- */

/* All readers, those of the lanes behind the others. */
static int reader_count(const struct snapshot *s)
{
    return SNAPSHOT_READERS + s->lane_count - 1;
}

static struct connection *reader_at(struct snapshot *s, int n)
{
    return n < SNAPSHOT_READERS ? &s->readers[n] : &s->lanes[n - SNAPSHOT_READERS];
}

static int open_readers(struct snapshot *s, struct err *e)
{
    for (int n = 0; n < reader_count(s); n++) {
        if (connection_open(reader_at(s, n), s->fence.path, fence_reading(&s->fence), e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Returns SQLite's (primary) result code. */
static int begin_reader(struct snapshot *s, int n)
{
    struct connection *c = reader_at(s, n);
    int share = LANES_CACHE / s->lane_count;
    int rc = connection_begin(c);

    share = share > CONNECTION_CACHE ? CONNECTION_CACHE : share < LANES_CACHE_LEAST ? LANES_CACHE_LEAST : share;
    if (n == CHECK_READER) {
        share = CHECK_CACHE;
    }
    return rc == SQLITE_OK && (n >= SNAPSHOT_READERS || n == CHECK_READER) ? connection_cache(c, share) : rc;
}

static int begin_readers(struct snapshot *s, struct err *e)
{
    if (open_readers(s, e) != 0) {
        return -1;
    }
    for (int n = 0; n < reader_count(s); n++) {
        if (begin_reader(s, n) != SQLITE_OK) {
            return fence_refuse(&s->fence, reader_at(s, n), e);
        }
    }
    return 0;
}

static int read_data_version(struct snapshot *s, struct err *e)
{
    if (connection_integer(&s->fence.holder, "PRAGMA data_version", &s->data_version) != SQLITE_OK) {
        return fence_refuse(&s->fence, &s->fence.holder, e);
    }
    return 0;
}

static int open_fenced(struct snapshot *s, struct err *e)
{
    if (begin_readers(s, e) != 0 || read_data_version(s, e) != 0 || probe_run(&s->state, s->info.path, 0, e) != 0) {
        return -1;
    }
    s->info.fenced = 1;
    return s->hold ? 0 : fence_release(&s->fence, e);
}

/* Without a fence the readers may begin at different moments; two looks around it show whether anything moved. */
static int open_unfenced(struct snapshot *s, struct err *e)
{
    struct probe start;
    const char *what;

    connection_close(&s->fence.holder);
    if (connection_open(&s->fence.holder, s->info.path, fence_reading(&s->fence), e) != 0 ||
        read_data_version(s, e) != 0 || probe_run(&start, s->info.path, 0, e) != 0 || begin_readers(s, e) != 0 ||
        probe_run(&s->state, s->info.path, 0, e) != 0) {
        return -1;
    }
    what = difference(&start, &s->state);
    if (what != NULL) {
        return refuse_changed(s, what, e);
    }
    (void)snprintf(s->info.note, sizeof s->info.note, "%s",
                   s->fence.immutable
                       ? "no fence: the directory cannot be written, so the file is read as immutable; "
                         "a change can only be detected"
                       : "no fence: the file cannot be opened for writing; a change can only be detected");
    return 0;
}

/* ---- opening a file in use ---- */

/* Readers that begin one after the other see one state if nobody commits meanwhile: with a rollback journal nobody can
 * while one of them reads, with a write-ahead log a connection outside of any transaction sees it. *together: they do;
 * otherwise *last was the connection that tried. Returns SQLite's (primary) result code. */
static int begin_together(struct snapshot *s, int *together, struct connection **last)
{
    struct connection *witness = &s->fence.holder;
    int64_t version = 0;
    int rc;

    *together = 0;
    *last = witness;
    rc = connection_integer(witness, "PRAGMA data_version", &s->data_version);
    for (int n = 0; n < reader_count(s) && rc == SQLITE_OK; n++) {
        *last = reader_at(s, n);
        rc = begin_reader(s, n);
    }
    if (rc == SQLITE_OK && s->info.wal) {
        *last = witness;
        rc = connection_integer(witness, "PRAGMA data_version", &version);
    }
    *together = rc == SQLITE_OK && (!s->info.wal || version == s->data_version);
    return rc;
}

/* A writer that waits for readers to end lets no reader begin: so nobody waits long inside an attempt. */
static int begin_live(struct snapshot *s, struct err *e)
{
    struct timespec pause = {0, LIVE_STEP_US * 1000L};
    int wait_ms = s->fence.holder.wait_ms;
    int64_t until = sys_clock_ms() + wait_ms;
    struct connection *last;
    int together;
    int rc;

    s->fence.holder.wait_ms = LIVE_ATTEMPT_MS;
    for (int n = 0; n < reader_count(s); n++) {
        reader_at(s, n)->wait_ms = LIVE_ATTEMPT_MS;
    }
    for (;;) {
        rc = begin_together(s, &together, &last);
        if (together) {
            break;
        }
        if (rc != SQLITE_OK && rc != SQLITE_BUSY) {
            return fence_refuse(&s->fence, last, e);
        }
        if (stop_signal() != 0 || sys_clock_ms() >= until) {
            return fence_refuse_locked(&s->fence, e);
        }
        for (int n = 0; n < reader_count(s); n++) {
            (void)connection_run(reader_at(s, n), "ROLLBACK");
        }
        (void)nanosleep(&pause, NULL);
    }
    s->info.taken = sys_now();
    for (int n = 0; n < reader_count(s); n++) {
        reader_at(s, n)->wait_ms = wait_ms;
    }
    return 0;
}

static int open_live(struct snapshot *s, struct err *e)
{
    struct probe *p = &s->fence.before;

    if (s->fence.immutable) {
        return probe_refuse_live(p, s->info.path, e); /* without locks, what is read may be of several moments */
    }
    if (p->user == PROBE_NOBODY) {
        p->user = PROBE_LOCK; /* it came after the look */
    }
    connection_close(&s->fence.holder);
    if (connection_open(&s->fence.holder, s->info.path, CONNECTION_READ, e) != 0 || open_readers(s, e) != 0 ||
        begin_live(s, e) != 0 || probe_run(&s->state, s->info.path, 0, e) != 0) {
        return -1;
    }
    s->info.live = 1;
    (void)probe_show_user(p, s->info.user, sizeof s->info.user);
    return 0;
}

static int check_encoding(struct snapshot *s, struct err *e)
{
    int64_t other = 0;

    /* The header said UTF-8; a header in the -wal may say something else. */
    if (connection_integer(&s->readers[0], "SELECT encoding <> 'UTF-8' FROM pragma_encoding", &other) != SQLITE_OK) {
        return connection_refuse(&s->readers[0], s->info.path, e);
    }
    return other ? probe_refuse_utf16(s->info.path, e) : 0;
}

static int open_at_rest(struct snapshot *s, struct err *e)
{
    int fenced = fence_take(&s->fence, e);

    return fenced < 0 ? -1 : fenced ? open_fenced(s, e) : open_unfenced(s, e);
}

static int open_all(struct snapshot *s, const char *path, int live, struct err *e)
{
    int rc = 0;

    if (fence_prepare(&s->fence, path, live ? FENCE_LIVE : 0, e) != 0) {
        return -1;
    }
    memcpy(s->info.path, s->fence.path, sizeof s->info.path);
    s->info.wal = s->fence.wal;
    if (s->fence.before.user == PROBE_NOBODY) {
        rc = open_at_rest(s, e);
        live = live && rc != 0 && s->fence.busy && stop_signal() == 0;
    }
    if (live) {
        err_clear(e);
        rc = open_live(s, e);
    }
    return rc != 0 || check_encoding(s, e) != 0 ? -1 : take_fingerprint(s, e);
}

/* Room for the lanes' readers, which stay where they are. */
static int make_lanes(struct snapshot *s, const struct snapshot_options *options, struct err *e)
{
    int lanes = options == NULL || options->lanes == 0 ? 1 : options->lanes;

    if (lanes < 1 || lanes > SNAPSHOT_LANES_MOST) {
        return err_set(e, ERR_USAGE, "%d lanes: there may be 1 to %d", lanes, SNAPSHOT_LANES_MOST);
    }
    s->lanes = mem_alloc((size_t)lanes * sizeof *s->lanes, e);
    s->lane_count = s->lanes == NULL ? 0 : lanes;
    return s->lanes == NULL ? -1 : 0;
}

int snapshot_open(struct snapshot **out, const char *path, const struct snapshot_options *options, struct err *e)
{
    struct snapshot *s = mem_alloc(sizeof *s, e);

    *out = NULL;
    if (s == NULL) {
        return -1;
    }
    s->hold = options != NULL && options->hold;
    if (make_lanes(s, options, e) != 0 || open_all(s, path, options != NULL && options->live, e) != 0) {
        snapshot_close(s);
        return -1;
    }
    *out = s;
    return 0;
}

int snapshot_release(struct snapshot *s, struct err *e)
{
    int held = s->hold && s->info.fenced;

    s->hold = 0;
    return held ? fence_release(&s->fence, e) : 0;
}

void snapshot_close(struct snapshot *s)
{
    if (s == NULL) {
        return;
    }
    snapshot_check_end(&s->check);
    for (int n = 0; n < reader_count(s); n++) {
        connection_close(reader_at(s, n));
    }
    fence_close(&s->fence);
    mem_free(s->lanes);
    mem_free(s);
}

int snapshot_look(const char *path, struct snapshot_seen *seen, struct err *e)
{
    struct probe now;

    memset(seen, 0, sizeof *seen);
    if (probe_resolve(seen->path, path, e) != 0 || probe_run(&now, seen->path, 1, e) != 0 ||
        probe_judge(&now, seen->path, 1, 0, e) != 0) {
        return -1;
    }
    seen->size = now.database.size + now.wal.size;
    if (now.user != PROBE_NOBODY) {
        (void)probe_show_user(&now, seen->user, sizeof seen->user);
    }
    return 0;
}

const struct snapshot_info *snapshot_info(const struct snapshot *s)
{
    return &s->info;
}

sqlite3 *snapshot_reader(struct snapshot *s, int n)
{
    return n >= 0 && n < SNAPSHOT_READERS ? s->readers[n].db : NULL;
}

sqlite3 *snapshot_lane(struct snapshot *s, int n)
{
    if (n < 0 || n >= s->lane_count) {
        return NULL;
    }
    return n == 0 ? s->readers[LOAD_READER].db : s->lanes[n - 1].db;
}

size_t snapshot_census_readers(struct snapshot *s, sqlite3 *readers[SNAPSHOT_CENSUS_MOST], size_t most)
{
    size_t count = 1;

    most = most < SNAPSHOT_CENSUS_MOST ? most : SNAPSHOT_CENSUS_MOST;
    readers[0] = s->readers[CENSUS_READER].db;
    for (int n = 0; count < most && n < s->lane_count; n++) {
        readers[count++] = snapshot_lane(s, n);
    }
    if (count < most) {
        readers[count++] = s->readers[CATALOG_READER].db;
    }
    return count;
}

int snapshot_check_start(struct snapshot *s, const struct snapshot_count *counts, size_t length, int check,
                         struct err *e)
{
    return snapshot_check_begin(&s->check, &s->readers[CHECK_READER], counts, length, check, e);
}

int snapshot_counts(struct snapshot *s, int wait, const int64_t **rows, size_t *known, struct err *e)
{
    return snapshot_check_counts(&s->check, wait, rows, known, e);
}

int snapshot_check_result(struct snapshot *s, int wait, struct err *e)
{
    return snapshot_check_outcome(&s->check, wait, e);
}
