/* sqlite_file.h: a SQLite file under construction, for the tests of its writer. */
#ifndef WHERRY_TESTS_SQLITE_FILE_H
#define WHERRY_TESTS_SQLITE_FILE_H

#include "database.h"

#include "key.h"
#include "sink_sqlite.h"

enum { COLUMNS = 3 };

static const struct sqlite_column columns[COLUMNS] = {
    {"id", AFFINITY_INTEGER, 1}, {"word", AFFINITY_TEXT, 0}, {"v", AFFINITY_BLOB, 0}};
static const size_t key_columns[] = {0};
static const char *const key_names[] = {"id"};
static const struct sqlite_write_spec spec = {.table = "public.t",
                                              .insert_sql = "INSERT OR FAIL INTO t (id, word, v)",
                                              .columns = columns,
                                              .count = COLUMNS,
                                              .key_columns = key_columns,
                                              .key_names = key_names,
                                              .key_count = 1};
static const char TABLE[] = "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT UNIQUE CHECK (word <> 'bad'), v)";

static inline struct sink_sqlite *begin(const char *path)
{
    struct sink_sqlite *s = NULL;
    size_t removed = 9;
    struct err e;

    if (sink_sqlite_open(&s, path, &removed, &e) != 0) {
        fail_msg("%s", e.message);
    }
    assert_int_equal(removed, 0);
    if (sink_sqlite_run(s, TABLE, &e) != 0 || sink_sqlite_table(s, &spec, &e) != 0) {
        fail_msg("%s", e.message);
    }
    return s;
}

/* A row (id, word or NULL, NULL) behind the others. */
static inline struct cell *add_row(struct batch *b, int64_t id, const char *word)
{
    struct err e;
    struct cell *cells = batch_row(b, &e);

    assert_non_null(cells);
    cells[0].class = CELL_INTEGER;
    cells[0].as.integer = id;
    if (word != NULL) {
        assert_int_equal(batch_bytes(b, &cells[1], CELL_TEXT, word, strlen(word), &e), 0);
    }
    return cells;
}

/* What was in the way of the last insert. */
static struct sqlite_obstacles obstacles;

static inline int insert(struct sink_sqlite *s, const struct batch *b, struct err *e)
{
    int64_t zeros = 0;

    obstacles.count = 0;
    return sink_sqlite_rows(s, b, &zeros, &obstacles, e);
}

static inline int check(struct sink_sqlite *s, struct sqlite_orphans *orphans, struct err *e)
{
    const struct sqlite_checks checks = {.orphans = orphans};

    return sink_sqlite_check(s, &checks, e);
}

static inline int count_files(struct place *p)
{
    struct dirent *entry;
    DIR *list = opendir(p->directory);
    int count = 0;

    assert_non_null(list);
    while ((entry = readdir(list)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(list);
    return count;
}

static inline void assert_nothing_is_left(struct place *p)
{
    assert_int_equal(count_files(p), 0);
}

static inline void expect_text(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not hold \"%s\"", text, part);
    }
}

#endif
