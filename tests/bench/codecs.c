/* codecs.c: what a value costs in a codec, put and get, and its canonical form, where it has another one than its wire,
 * beside what COPY costs the server for it:
 * codecs [VALUES [TURNS]]. Medians of the turns, processor time in nanoseconds. The server is a private one with fsync
 * off; a row is COPY FROM of a file of VALUES rows with this one column, the value alone is that less a row
 * without columns. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../core/target.h"
#include "canonical.h"
#include "samples.h"
#include "sys.h"

enum { SAMPLES = 1000, MOST_TURNS = 99 };

static void out_of(const char *what, const struct err *e)
{
    (void)fprintf(stderr, "codecs: %s: %s\n", what, e->message);
    exit(1);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The processor time of our backend, which neighbours on the machine do not add to; else the time of day. */
static double backend_seconds(const struct target *t)
{
    char path[60];
    unsigned long long nanoseconds = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/schedstat", PQbackendPID(t->pg->conn));
    FILE *file = fopen(path, "r");
    int read = file != NULL ? fscanf(file, "%llu", &nanoseconds) : 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    return read == 1 ? (double)nanoseconds / 1e9 : seconds_of(CLOCK_MONOTONIC);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], compare);
    return values[count / 2];
}

struct measured {
    double put;
    double get;
    double canonical;
    double copy; /* NAN where the server has no such type */
};

/* One turn over all samples: put of each into `wire`, ends in `ends`. */
static void put_all(const struct codec *codec, const struct codec_hint *hint, const struct sample *samples,
                    struct bytes *wire, size_t *ends)
{
    struct err e = {0};
    wire->length = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        if (codec->put(&samples[i].cell, samples[i].data, hint, wire, &e) != 0) {
            out_of(codec->type, &e);
        }
        ends[i] = wire->length;
    }
}

static void get_all(const struct codec *codec, const struct codec_hint *hint, const struct bytes *wire,
                    const size_t *ends, struct bytes *arena)
{
    struct err e = {0};
    struct cell c;
    arena->length = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        size_t start = i == 0 ? 0 : ends[i - 1];
        if (codec->get(wire->data + start, ends[i] - start, hint, &c, arena, &e) != 0) {
            out_of(codec->type, &e);
        }
    }
}

static void make_all_canonical(const struct codec *codec, const struct codec_hint *hint, const struct bytes *wire,
                               const size_t *ends, struct bytes *arena)
{
    struct err e = {0};
    arena->length = 0;
    for (size_t i = 0; i < SAMPLES && canonical_is_needed(codec, hint); i++) {
        size_t start = i == 0 ? 0 : ends[i - 1];
        if (canonical_put(codec, hint, wire->data + start, ends[i] - start, arena, &e) != 0) {
            out_of(codec->type, &e);
        }
    }
}

/* Writes a file of binary COPY: `count` rows of one column, the wires in turn, or of none. */
static void write_file(const char *path, const struct bytes *wire, const size_t *ends, size_t count)
{
    static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    struct bytes out = {0};
    struct err e = {0};
    int failed = bytes_append(&out, head, 19, &e);
    for (size_t i = 0; i < count && !failed; i++) {
        size_t at = i % SAMPLES;
        size_t start = wire == NULL || at == 0 ? 0 : ends[at - 1];
        size_t length = wire == NULL ? 0 : ends[at] - start;
        failed = bytes_put_u16(&out, wire == NULL ? 0 : 1, &e) != 0 ||
                 (wire != NULL && bytes_put_u32(&out, (unsigned)length, &e) != 0) ||
                 (length > 0 && bytes_append(&out, wire->data + start, length, &e) != 0);
    }
    if (failed || bytes_put_u16(&out, 0xFFFF, &e) != 0 || sys_write_file(path, out.data, out.length, 0644, &e) != 0) {
        out_of(path, &e);
    }
    bytes_free(&out);
}

static void run(struct target *t, const char *sql)
{
    struct err e;
    if (pgwire_exec(t->pg, sql, 0, NULL, NULL, &e) != 0) {
        out_of(sql, &e);
    }
}

/* Nanoseconds a row of COPY FROM the file into a table with this column. */
static double copy_cost(struct target *t, const char *column, const char *path, size_t count, size_t turns)
{
    double took[MOST_TURNS];
    char sql[400];
    (void)snprintf(sql, sizeof sql, "CREATE TABLE public.bench (%s)", column);
    run(t, sql);
    (void)snprintf(sql, sizeof sql, "COPY public.bench FROM '%s' (FORMAT binary)", path);
    for (size_t turn = 0; turn < turns; turn++) {
        double begun = backend_seconds(t);
        run(t, sql);
        took[turn] = (backend_seconds(t) - begun) * 1e9 / (double)count;
        run(t, "TRUNCATE public.bench");
    }
    run(t, "DROP TABLE public.bench");
    return median(took, turns);
}

static struct measured measure(const struct bench *b, struct target *t, const char *path, size_t count, size_t turns)
{
    const struct codec *codec = codec_find(0, b->type);
    struct codec_hint hint = {.typmod = -1, .shape = b->shape};
    struct sample samples[SAMPLES] = {0};
    size_t ends[SAMPLES];
    double puts[MOST_TURNS], gets[MOST_TURNS], canonicals[MOST_TURNS];
    struct bytes wire = {0}, arena = {0};
    struct measured m = {.copy = NAN};
    char column[40];
    size_t times = count / SAMPLES == 0 ? 1 : count / SAMPLES;
    codec = codec != NULL ? codec : codec_of_kind(b->type);
    if (codec == NULL || (b->stored != NULL && codec_stored_find(b->stored, &hint.stored) != 0)) {
        (void)fprintf(stderr, "codecs: no codec for %s\n", b->what);
        exit(1);
    }
    for (size_t i = 0; i < SAMPLES; i++) {
        b->make(&samples[i]);
    }
    put_all(codec, &hint, samples, &wire, ends);
    get_all(codec, &hint, &wire, ends, &arena);
    for (size_t turn = 0; turn < turns; turn++) {
        double begun = seconds_of(CLOCK_THREAD_CPUTIME_ID);
        for (size_t i = 0; i < times; i++) {
            put_all(codec, &hint, samples, &wire, ends);
        }
        double middle = seconds_of(CLOCK_THREAD_CPUTIME_ID);
        for (size_t i = 0; i < times; i++) {
            get_all(codec, &hint, &wire, ends, &arena);
        }
        double end = seconds_of(CLOCK_THREAD_CPUTIME_ID);
        for (size_t i = 0; i < times; i++) {
            make_all_canonical(codec, &hint, &wire, ends, &arena);
        }
        puts[turn] = (middle - begun) * 1e9 / (double)(times * SAMPLES);
        gets[turn] = (end - middle) * 1e9 / (double)(times * SAMPLES);
        canonicals[turn] = (seconds_of(CLOCK_THREAD_CPUTIME_ID) - end) * 1e9 / (double)(times * SAMPLES);
    }
    m.put = median(puts, turns);
    m.get = median(gets, turns);
    m.canonical = median(canonicals, turns);
    if (b->sql != NULL) {
        write_file(path, &wire, ends, count);
        (void)snprintf(column, sizeof column, "v %s", b->sql);
        m.copy = copy_cost(t, column, path, count, turns);
    }
    for (size_t i = 0; i < SAMPLES; i++) {
        free(samples[i].data);
    }
    bytes_free(&wire);
    bytes_free(&arena);
    return m;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 200000;
    size_t turns = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 5;
    struct target t;
    char path[100];
    if (argc > 3 || count == 0 || turns == 0 || turns > MOST_TURNS) {
        (void)fprintf(stderr, "usage: codecs [VALUES [TURNS]]\n");
        return 2;
    }
    if (target_start(&t) != 0) {
        return 3;
    }
    integers_shape.element = range_shape.element = codec_find(23, NULL);
    texts_shape.element = codec_find(25, NULL);
    row_fields[0] = (struct codec_field){"id", 23, codec_find(23, NULL), {.typmod = -1}};
    row_fields[1] = (struct codec_field){"name", 25, codec_find(25, NULL), {.typmod = -1}};
    run(&t, "SET search_path = public");
    run(&t, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')");
    run(&t, "CREATE TYPE pair AS (id int4, name text)");
    run(&t, "CREATE EXTENSION hstore");
    (void)snprintf(path, sizeof path, "%s/rows", t.directory);
    write_file(path, NULL, NULL, count);
    double empty = copy_cost(&t, "", path, count, turns);
    (void)printf("ns; COPY of a row without columns: %.0f\n", empty);
    (void)printf("%-24s %8s %8s %9s %10s %10s %9s\n", "", "put", "get", "canonical", "COPY: row", "its value",
                 "put/row");
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++) {
        struct measured m = measure(&benches[i], &t, path, count, turns);
        (void)printf("%-24s %8.0f %8.0f %9.0f", benches[i].what, m.put, m.get, m.canonical);
        if (!isnan(m.copy)) {
            (void)printf(" %10.0f %10.0f %9.2f", m.copy, m.copy - empty, m.put / m.copy);
        }
        (void)printf("\n");
        (void)fflush(stdout);
    }
    (void)unlink(path);
    return target_stop(&t) == 0 ? 0 : 1;
}
