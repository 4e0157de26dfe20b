/* sorter.c: external sorting: runs in a file, merged by a heap.
 *
 * A buffer is small, so that many keys of many tables can be gathered at once; what makes too many runs of it for one
 * merge is merged in between. */
#include "sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "mem.h"
#include "stop.h"

enum {
    FIRST_RECORDS = 256,
    BUFFER_RECORDS = 32768, /* 768 KB */
    CURSOR_RECORDS = 512,   /* 12 KB for each run of a merge */
    RUNS_MOST = 64          /* of one merge */
};

struct spill {
    int file;
    pthread_mutex_t lock;
    int64_t end; /* under lock */
};

/* ---- the file ---- */

static int refuse_file(const char *what, int number, struct err *e)
{
    const char *directory = getenv("TMPDIR");

    (void)err_set(e, ERR_ENVIRONMENT, "%s in %s: %s", what,
                  directory == NULL || directory[0] == '\0' ? "/tmp" : directory, strerror(number));
    return err_hint(e, "keys are sorted there: make room, or set TMPDIR to a directory with room");
}

int spill_open(struct spill **out, struct err *e)
{
    const char *directory = getenv("TMPDIR");
    char path[PATH_MAX];
    struct spill *s = mem_alloc(sizeof *s, e);

    *out = NULL;
    if (s == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/wherry-XXXXXX",
                   directory == NULL || directory[0] == '\0' ? "/tmp" : directory);
    s->file = mkstemp(path);
    if (s->file < 0 || pthread_mutex_init(&s->lock, NULL) != 0) {
        (void)refuse_file("cannot make a temporary file", errno, e);
        if (s->file >= 0) {
            (void)close(s->file);
            (void)unlink(path);
        }
        mem_free(s);
        return -1;
    }
    (void)unlink(path);
    (void)fcntl(s->file, F_SETFD, FD_CLOEXEC);
    *out = s;
    return 0;
}

int64_t spill_bytes(const struct spill *s)
{
    return s->end;
}

void spill_close(struct spill *s)
{
    if (s != NULL) {
        (void)close(s->file);
        (void)pthread_mutex_destroy(&s->lock);
        mem_free(s);
    }
}

static int64_t take_room(struct spill *s, size_t bytes)
{
    int64_t offset;

    (void)pthread_mutex_lock(&s->lock);
    offset = s->end;
    s->end += (int64_t)bytes;
    (void)pthread_mutex_unlock(&s->lock);
    return offset;
}

static int write_at(const struct spill *s, const void *data, size_t length, int64_t offset, struct err *e)
{
    const char *from = data;

    while (length > 0) {
        ssize_t done = pwrite(s->file, from, length, (off_t)offset);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return refuse_file("cannot write a temporary file", done == 0 ? ENOSPC : errno, e);
        }
        from += done;
        offset += done;
        length -= (size_t)done;
    }
    return 0;
}

static int read_at(const struct spill *s, void *data, size_t length, int64_t offset, struct err *e)
{
    char *into = data;

    while (length > 0) {
        ssize_t done = pread(s->file, into, length, (off_t)offset);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return refuse_file("cannot read a temporary file", done == 0 ? EIO : errno, e);
        }
        into += done;
        offset += done;
        length -= (size_t)done;
    }
    return 0;
}

int spill_append(struct spill *s, const void *data, size_t length, int64_t *offset, struct err *e)
{
    *offset = take_room(s, length);
    return write_at(s, data, length, *offset, e);
}

int spill_read(const struct spill *s, void *into, size_t length, int64_t offset, struct err *e)
{
    return read_at(s, into, length, offset, e);
}

/* ---- adding ---- */

static int compare(const void *left, const void *right)
{
    const struct sort_record *a = left;
    const struct sort_record *b = right;

    if (a->key[0] != b->key[0]) {
        return a->key[0] < b->key[0] ? -1 : 1;
    }
    if (a->key[1] != b->key[1]) {
        return a->key[1] < b->key[1] ? -1 : 1;
    }
    return (a->row > b->row) - (a->row < b->row);
}

/* Under the lock of the file: threads add to one sorter. */
static int add_run(struct sorter *s, const struct sort_run *run, struct err *e)
{
    int result = 0;

    (void)pthread_mutex_lock(&s->spill->lock);
    if (s->count == s->capacity) {
        size_t capacity = s->capacity == 0 ? 8 : s->capacity * 2;
        struct sort_run *runs = mem_resize(s->runs, capacity * sizeof *runs, e);

        if (runs == NULL) {
            result = -1;
        } else {
            s->runs = runs;
            s->capacity = capacity;
        }
    }
    if (result == 0) {
        s->runs[s->count++] = *run;
    }
    (void)pthread_mutex_unlock(&s->spill->lock);
    return result;
}

static int write_run(struct sort_buffer *b, struct err *e)
{
    struct sorter *s = b->sorter;
    struct sort_run run = {.count = b->count};

    if (b->count == 0) {
        return 0;
    }
    qsort(b->records, b->count, sizeof *b->records, compare);
    run.offset = take_room(s->spill, b->count * sizeof *b->records);
    if (write_at(s->spill, b->records, b->count * sizeof *b->records, run.offset, e) != 0) {
        return -1;
    }
    b->count = 0;
    return add_run(s, &run, e);
}

int sort_buffer_add(struct sort_buffer *b, const struct sort_record *record, struct err *e)
{
    if (b->count == b->capacity && b->capacity < BUFFER_RECORDS) {
        size_t capacity = b->capacity == 0 ? FIRST_RECORDS : b->capacity * 2;
        struct sort_record *records = mem_resize(b->records, capacity * sizeof *records, e);

        if (records == NULL) {
            return -1;
        }
        b->records = records;
        b->capacity = capacity;
    } else if (b->count == b->capacity && write_run(b, e) != 0) {
        return -1;
    }
    b->records[b->count++] = *record;
    return 0;
}

int sort_buffer_flush(struct sort_buffer *b, struct err *e)
{
    int result = write_run(b, e);

    sort_buffer_free(b);
    return result;
}

void sort_buffer_free(struct sort_buffer *b)
{
    mem_free(b->records);
    b->records = NULL;
    b->count = b->capacity = 0;
}

void sorter_free(struct sorter *s)
{
    mem_free(s->runs);
    s->runs = NULL;
    s->count = s->capacity = 0;
}

/* ---- merging ---- */

struct run_reader {
    struct sort_run left; /* what is not in `records` yet */
    size_t at;
    size_t count;
    struct sort_record records[CURSOR_RECORDS];
};

struct sort_cursor {
    struct spill *spill;
    struct run_reader *readers; /* owned */
    struct run_reader **heap;   /* owned: those that are not at their end, the least record first */
    size_t size;
    unsigned steps;
};

static const struct sort_record *head(const struct run_reader *r)
{
    return &r->records[r->at];
}

/* Reads on where the records in memory are used up. 1: there is one; 0: the end; -1 and e. */
static int fill(const struct spill *s, struct run_reader *r, struct err *e)
{
    size_t count = r->left.count < CURSOR_RECORDS ? (size_t)r->left.count : CURSOR_RECORDS;

    if (r->at < r->count) {
        return 1;
    }
    if (count == 0) {
        return 0;
    }
    if (read_at(s, r->records, count * sizeof *r->records, r->left.offset, e) != 0) {
        return -1;
    }
    r->left.offset += (int64_t)(count * sizeof *r->records);
    r->left.count -= count;
    r->at = 0;
    r->count = count;
    return 1;
}

static void sink_down(struct sort_cursor *c, size_t at)
{
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < c->size; child++) {
            if (compare(head(c->heap[child]), head(c->heap[least])) < 0) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        struct run_reader *moved = c->heap[at];
        c->heap[at] = c->heap[least];
        c->heap[least] = moved;
        at = least;
    }
}

/* A cursor over at most RUNS_MOST runs. */
static int open_runs(struct sort_cursor **out, struct spill *spill, const struct sort_run *runs, size_t count,
                     struct err *e)
{
    struct sort_cursor *c = mem_alloc(sizeof *c, e);

    *out = NULL;
    if (c == NULL) {
        return -1;
    }
    c->spill = spill;
    c->readers = mem_alloc((count + 1) * sizeof *c->readers, e);
    c->heap = c->readers == NULL ? NULL : mem_alloc((count + 1) * sizeof(struct run_reader *), e);
    if (c->heap == NULL) {
        goto fail;
    }
    for (size_t i = 0; i < count; i++) {
        c->readers[i].left = runs[i];
        int has = fill(spill, &c->readers[i], e);
        if (has < 0) {
            goto fail;
        }
        if (has > 0) {
            c->heap[c->size++] = &c->readers[i];
        }
    }
    for (size_t i = c->size; i-- > 0;) {
        sink_down(c, i);
    }
    *out = c;
    return 0;
fail:
    sort_cursor_close(c);
    return -1;
}

/* Makes one run of the first RUNS_MOST, and puts it behind the others. */
static int merge_first(struct sorter *s, struct err *e)
{
    struct sort_cursor *cursor = NULL;
    struct sort_buffer out = {.sorter = s};
    struct sort_run merged = {.offset = 0};
    struct sort_record record;
    int got = -1;
    int64_t at;

    for (size_t i = 0; i < RUNS_MOST; i++) {
        merged.count += s->runs[i].count;
    }
    at = merged.offset = take_room(s->spill, merged.count * sizeof record);
    if (open_runs(&cursor, s->spill, s->runs, RUNS_MOST, e) != 0) {
        return -1;
    }
    out.records = mem_alloc(BUFFER_RECORDS * sizeof *out.records, e);
    while (out.records != NULL && (got = sort_cursor_next(cursor, &record, e)) >= 0) {
        if (got > 0) {
            out.records[out.count++] = record;
        }
        if (got == 0 || out.count == BUFFER_RECORDS) {
            if (write_at(s->spill, out.records, out.count * sizeof record, at, e) != 0) {
                got = -1;
            }
            at += (int64_t)(out.count * sizeof record);
            out.count = 0;
        }
        if (got <= 0) {
            break;
        }
    }
    sort_cursor_close(cursor);
    sort_buffer_free(&out);
    if (got != 0) {
        return -1;
    }
    memmove(s->runs, s->runs + RUNS_MOST, (s->count - RUNS_MOST) * sizeof *s->runs);
    s->count -= RUNS_MOST;
    s->runs[s->count++] = merged;
    return 0;
}

int sort_cursor_open(struct sort_cursor **out, struct sorter *s, struct err *e)
{
    *out = NULL;
    while (s->count > RUNS_MOST) {
        if (merge_first(s, e) != 0) {
            return -1;
        }
    }
    return open_runs(out, s->spill, s->runs, s->count, e);
}

int sort_cursor_next(struct sort_cursor *c, struct sort_record *record, struct err *e)
{
    if (c->size == 0) {
        return 0;
    }
    if ((++c->steps & 0xFFFF) == 0 && stop_signal() != 0) {
        return err_set(e, ERR_INTERRUPTED, "interrupted by a signal");
    }
    struct run_reader *least = c->heap[0];
    *record = *head(least);
    least->at++;
    int has = fill(c->spill, least, e);
    if (has < 0) {
        return -1;
    }
    if (has == 0) {
        c->heap[0] = c->heap[--c->size];
    }
    sink_down(c, 0);
    return 1;
}

void sort_cursor_close(struct sort_cursor *c)
{
    if (c != NULL) {
        mem_free(c->heap);
        mem_free(c->readers);
        mem_free(c);
    }
}
