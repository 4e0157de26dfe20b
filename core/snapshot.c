/* snapshot.c: the fence, the readers behind it, and the proof that nothing moved. */
#include "snapshot.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "hex.h"
#include "mem.h"
#include "snapshot_check.h"
#include "snapshot_fence.h"
#include "stop.h"

struct snapshot {
    struct fence fence; /* its holder watches data_version afterwards */
    struct connection readers[SNAPSHOT_READERS];
    struct connection *lanes;    /* of the lanes behind the first */
    int lane_count;              /* with the first */
    struct snapshot_check check; /* counts and quick_check on reader CHECK_READER */
    struct probe state;          /* when the snapshot was taken */
    int64_t data_version;
    struct snapshot_info info;
};

/* Kilobytes of pages of all lanes together, where these are many, and of each at least. A lane reads its ranges from
 * one end to the other, so that more than the way down to the row would help it little. */
enum { LANES_CACHE = 4 * CONNECTION_CACHE, LANES_CACHE_LEAST = CONNECTION_CACHE / 8 };

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

static int begin_reader(struct snapshot *s, struct connection *c, struct err *e)
{
    if (connection_open(c, s->fence.path, fence_reading(&s->fence), e) != 0) {
        return -1;
    }
    return connection_begin(c) == SQLITE_OK ? 0 : fence_refuse(&s->fence, c, e);
}

static int begin_readers(struct snapshot *s, struct err *e)
{
    int share = LANES_CACHE / s->lane_count;

    share = share > CONNECTION_CACHE ? CONNECTION_CACHE : share < LANES_CACHE_LEAST ? LANES_CACHE_LEAST : share;
    for (int i = 0; i < SNAPSHOT_READERS; i++) {
        if (begin_reader(s, &s->readers[i], e) != 0) {
            return -1;
        }
    }
    for (int i = 0; i < s->lane_count - 1; i++) {
        if (begin_reader(s, &s->lanes[i], e) != 0) {
            return -1;
        }
        if (connection_cache(&s->lanes[i], share) != SQLITE_OK) {
            return fence_refuse(&s->fence, &s->lanes[i], e);
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
    return fence_release(&s->fence, e);
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

static int check_encoding(struct snapshot *s, struct err *e)
{
    int64_t other = 0;

    /* The header said UTF-8; a header in the -wal may say something else. */
    if (connection_integer(&s->readers[0], "SELECT encoding <> 'UTF-8' FROM pragma_encoding", &other) != SQLITE_OK) {
        return connection_refuse(&s->readers[0], s->info.path, e);
    }
    return other ? probe_refuse_utf16(s->info.path, e) : 0;
}

static int open_all(struct snapshot *s, const char *path, struct err *e)
{
    int fenced;

    if (fence_prepare(&s->fence, path, 0, e) != 0) {
        return -1;
    }
    memcpy(s->info.path, s->fence.path, sizeof s->info.path);
    s->info.wal = s->fence.wal;
    fenced = fence_take(&s->fence, e);
    if (fenced < 0 || (fenced ? open_fenced(s, e) : open_unfenced(s, e)) != 0) {
        return -1;
    }
    return check_encoding(s, e) != 0 ? -1 : take_fingerprint(s, e);
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
    if (make_lanes(s, options, e) != 0 || open_all(s, path, e) != 0) {
        snapshot_close(s);
        return -1;
    }
    *out = s;
    return 0;
}

void snapshot_close(struct snapshot *s)
{
    if (s == NULL) {
        return;
    }
    snapshot_check_end(&s->check);
    for (int i = 0; i < SNAPSHOT_READERS; i++) {
        connection_close(&s->readers[i]);
    }
    for (int i = 0; i < s->lane_count - 1; i++) {
        connection_close(&s->lanes[i]);
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

size_t snapshot_census_readers(struct snapshot *s, sqlite3 *readers[SNAPSHOT_READERS], size_t most)
{
    static const int order[] = {CENSUS_READER, LOAD_READER, CATALOG_READER};
    size_t count = 0;

    while (count < most && count < sizeof order / sizeof order[0]) {
        readers[count] = s->readers[order[count]].db;
        count++;
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
