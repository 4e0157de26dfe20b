/* test_sink_sqlite.c: a SQLite file holds the values that came, or says which one it would alter. */
#include "sqlite_file.h"

#include <math.h>

static void every_class_arrives_as_it_is(void **state)
{
    static const struct {
        int class;
        int64_t integer;
        double real;
        const char *bytes;
        size_t length;
        const char *wanted; /* typeof | quote or hex */
    } values[] = {
        {CELL_NULL, 0, 0, NULL, 0, "null|NULL"},
        {CELL_INTEGER, INT64_MIN, 0, NULL, 0, "integer|-9223372036854775808"},
        {CELL_INTEGER, 9007199254740993, 0, NULL, 0, "integer|9007199254740993"},
        {CELL_REAL, 0, 0.1, NULL, 0, "real|0.1"},
        {CELL_REAL, 0, 1.0, NULL, 0, "real|1.0"},
        {CELL_REAL, 0, -0.0, NULL, 0, "real|0.0"}, /* as quote() shows it */
        {CELL_REAL, 0, 1e308, NULL, 0, "real|1.0e+308"},
        {CELL_TEXT, 0, 0, "", 0, "text|''"},
        {CELL_TEXT, 0, 0, "1.10", 4, "text|'1.10'"},
        {CELL_TEXT, 0, 0, "a\0b", 3, "text|610062"},
        {CELL_BLOB, 0, 0, "", 0, "blob|X''"},
        {CELL_BLOB, 0, 0, "\0\377", 2, "blob|X'00FF'"},
    };
    enum { COUNT = sizeof values / sizeof values[0] };
    struct place *p = *state;
    const char *path = place_file(p, "new.db");
    struct sink_sqlite *s = begin(path);
    struct sqlite_orphans orphans;
    int64_t bytes = 0;
    struct batch b;
    struct stat st;
    struct err e;

    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    for (size_t i = 0; i < COUNT; i++) {
        struct cell *c = &add_row(&b, (int64_t)i + 1, NULL)[2];

        c->class = (uint8_t)values[i].class;
        if (values[i].class == CELL_INTEGER) {
            c->as.integer = values[i].integer;
        } else if (values[i].class == CELL_REAL) {
            c->as.real = values[i].real;
        } else if (values[i].class != CELL_NULL) {
            assert_int_equal(
                batch_bytes(&b, c, (enum cell_class)values[i].class, values[i].bytes, values[i].length, &e), 0);
        }
    }
    assert_int_equal(insert(s, &b, &e), 0);
    batch_clear(&b);
    (void)add_row(&b, 100, "word");
    assert_int_equal(insert(s, &b, &e), 0); /* a second batch */
    assert_int_equal(count_files(p), 1);    /* no journal: there is nothing to go back to */
    assert_int_equal(sink_sqlite_run(s, "CREATE INDEX i ON t (v); CREATE INDEX j ON t (word);", &e), 0);
    assert_int_equal(check(s, &orphans, &e), 0);
    assert_int_equal(orphans.count, 0);
    assert_false(file_exists(path, ""));
    assert_int_equal(sink_sqlite_publish(s, &bytes, &e), 0);
    sink_sqlite_free(s);
    batch_free(&b);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, bytes);
    assert_false(file_exists(path, "-journal"));

    sqlite3 *db = database_open(path);
    sqlite3_stmt *read = NULL;
    assert_int_equal(database_integer(db, "SELECT count(*) FROM t"), COUNT + 1);
    assert_int_equal(database_integer(db, "SELECT count(*) FROM sqlite_schema"), 4); /* t, UNIQUE, i, j */
    assert_int_equal(database_integer(db, "PRAGMA application_id"), 0);
    assert_int_equal(database_integer(db, "PRAGMA user_version"), 0);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT typeof(v) || '|' || CASE WHEN instr(v, char(0)) AND typeof(v) = 'text'"
                                        " THEN hex(v) ELSE quote(v) END FROM t ORDER BY id",
                                        -1, &read, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(sqlite3_step(read), SQLITE_ROW);
        assert_string_equal((const char *)sqlite3_column_text(read, 0), values[i].wanted);
    }
    assert_int_equal(sqlite3_finalize(read), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT v FROM t WHERE id = 6", -1, &read, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(read), SQLITE_ROW);
    assert_true(signbit(sqlite3_column_double(read, 0)));
    assert_int_equal(sqlite3_finalize(read), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Inserts the batch, which is refused with the row's key. */
static void assert_row_refused(struct sink_sqlite *s, const struct batch *b, const char *key, const char *column,
                               const char *value, const char *part)
{
    struct err e;

    assert_int_equal(insert(s, b, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.table, "public.t");
    assert_string_equal(e.key, key);
    assert_string_equal(e.column, column);
    assert_string_equal(e.value, value);
    expect_text(e.message, part);
}

static void what_sqlite_refuses_is_told(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    struct batch b;
    struct err e;

    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    (void)add_row(&b, 1, "x");
    assert_int_equal(insert(s, &b, &e), 0);
    batch_clear(&b);
    (void)add_row(&b, 6, "y");
    struct cell *cells = add_row(&b, 3, NULL);
    cells[2].class = CELL_REAL;
    cells[2].as.real = NAN;
    assert_row_refused(s, &b, "id=3", "v", "NaN", "SQLite would store NULL instead of the real");
    batch_clear(&b);
    add_row(&b, 0, NULL)[0].class = CELL_NULL; /* SQLite would make up a number */
    assert_row_refused(s, &b, "id=NULL", "id", "", "takes none");
    batch_clear(&b);
    (void)add_row(&b, 7, NULL);
    cells = add_row(&b, 0, NULL);
    assert_int_equal(batch_bytes(&b, &cells[0], CELL_BLOB, "x", 1, &e), 0);
    assert_row_refused(s, &b, "id=x'78'", "", "", "datatype mismatch");
    batch_free(&b);
    sink_sqlite_free(s);
    assert_nothing_is_left(p);
}

static void a_row_that_is_there_already_is_named(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    struct batch b;
    struct err e;

    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    (void)add_row(&b, 1, "x");
    (void)add_row(&b, 3, "w");
    (void)add_row(&b, 4, "x");
    (void)add_row(&b, 8, "x");
    assert_row_refused(s, &b, "id=4", "", "", "UNIQUE constraint failed: t.word");
    assert_int_equal(obstacles.count, 0);
    batch_free(&b);
    sink_sqlite_free(s);
    assert_nothing_is_left(p);
}

static void columns_that_would_change_values_are_collected(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    static const char *const count_sql[] = {"SELECT count(*) FROM t"};
    struct sqlite_orphans orphans;
    int64_t stored = 9;
    const struct sqlite_checks checks = {&orphans, count_sql, &stored, 1};
    struct sqlite_obstacles all = {.count = 0};
    int64_t zeros = 0;
    struct batch b;
    struct err e;

    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    for (int64_t i = 1; i < 4; i++) {
        struct cell *cells = add_row(&b, i, NULL);

        cells[1].class = i == 1 ? CELL_NULL : CELL_INTEGER;
        cells[1].as.integer = 40 + i;
    }
    assert_int_equal(sink_sqlite_rows(s, &b, &zeros, &all, &e), 0);
    batch_clear(&b);
    (void)add_row(&b, 5, "five");
    struct cell *cells = add_row(&b, 0, NULL);
    assert_int_equal(batch_bytes(&b, &cells[0], CELL_TEXT, " 12 ", 4, &e), 0);
    assert_int_equal(sink_sqlite_rows(s, &b, &zeros, &all, &e), 0);
    assert_int_equal(all.count, 2);
    assert_ptr_equal(all.first[0].spec, &spec);
    assert_int_equal(all.first[0].column, 1);
    assert_string_equal(all.first[0].becomes, "a text");
    assert_string_equal(all.first[0].value, "42");
    assert_string_equal(all.first[0].value_class, "integer");
    assert_string_equal(all.first[0].key, "id=2");
    assert_int_equal(all.first[1].column, 0);
    assert_string_equal(all.first[1].becomes, "a number");
    assert_string_equal(all.first[1].value, " 12 ");
    assert_string_equal(all.first[1].key, "id=' 12 '");
    all.count = SQLITE_OBSTACLES_KEPT; /* there is no room for more */
    assert_int_equal(sink_sqlite_rows(s, &b, &zeros, &all, &e), 0);
    assert_int_equal(all.count, SQLITE_OBSTACLES_KEPT);
    assert_int_equal(sink_sqlite_check(s, &checks, &e), 0);
    assert_int_equal(stored, 0);
    batch_free(&b);
    sink_sqlite_free(s);
    assert_nothing_is_left(p);
}

static void a_check_that_refuses_a_row_is_an_obstacle(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    struct batch b;
    struct err e;

    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    (void)add_row(&b, 4, "good");
    (void)add_row(&b, 5, "bad");
    assert_int_equal(insert(s, &b, &e), 0);
    assert_int_equal(obstacles.count, 1);
    assert_ptr_equal(obstacles.first[0].spec, &spec);
    assert_null(obstacles.first[0].becomes);
    assert_string_equal(obstacles.first[0].check, "word <> 'bad'");
    assert_string_equal(obstacles.first[0].key, "id=5");
    batch_free(&b);
    sink_sqlite_free(s);
    assert_nothing_is_left(p);
}

static void lost_signs_are_counted(void **state)
{
    static const struct sqlite_column real[] = {{"r", AFFINITY_REAL, 0}};
    static const struct sqlite_write_spec of_real = {
        .table = "r", .insert_sql = "INSERT OR FAIL INTO r", .columns = real, .count = 1};
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    int64_t zeros = 5;
    struct batch b;
    struct err e;

    assert_int_equal(sink_sqlite_run(s, "CREATE TABLE r (r REAL)", &e), 0);
    assert_int_equal(sink_sqlite_table(s, &of_real, &e), 0);
    assert_int_equal(batch_init(&b, 1, &e), 0);
    for (int i = 0; i < 3; i++) {
        struct cell *c = batch_row(&b, &e);

        c->class = CELL_REAL;
        c->as.real = i == 0 ? 0.0 : -0.0;
    }
    assert_int_equal(sink_sqlite_rows(s, &b, &zeros, &obstacles, &e), 0);
    assert_int_equal(zeros, 7);
    batch_free(&b);
    sink_sqlite_free(s);
}

static void statements_that_fail_are_named(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    static const struct sqlite_write_spec nowhere = {.table = "gone", .insert_sql = "INSERT INTO gone", .count = 1};
    struct sqlite_write_spec narrow = spec;
    struct batch b;
    struct err e;

    assert_int_equal(sink_sqlite_run(s, "CREATE TABLE u (a); CREATE TABBLE w (a)", &e), -1);
    assert_int_equal(e.kind, ERR_PLAN);
    expect_text(e.message, "the statement \"CREATE TABBLE w (a)\" failed: near \"TABBLE\"");
    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    for (int64_t i = 1; i < 3; i++) {
        struct cell *cells = add_row(&b, i, NULL);

        cells[2].class = CELL_INTEGER;
    }
    assert_int_equal(insert(s, &b, &e), 0);
    assert_int_equal(sink_sqlite_run(s, "CREATE UNIQUE INDEX once ON t (v)", &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    expect_text(e.message, "UNIQUE constraint failed: t.v");
    assert_int_equal(sink_sqlite_table(s, &nowhere, &e), -1);
    assert_int_equal(e.kind, ERR_PLAN);
    assert_string_equal(e.table, "gone");
    narrow.insert_sql = "INSERT INTO t (id)";
    assert_int_equal(sink_sqlite_table(s, &narrow, &e), -1);
    assert_int_equal(e.kind, ERR_PLAN);
    expect_text(e.message, "3 values for 1 columns");
    batch_free(&b);
    sink_sqlite_free(s);
    assert_nothing_is_left(p);
}

static void rows_without_parent_are_found(void **state)
{
    static const char sql[] =
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, n, UNIQUE (n));"
        "CREATE TABLE child (id INTEGER PRIMARY KEY, a REFERENCES parent, b REFERENCES parent (n));"
        "CREATE TABLE flat (k TEXT PRIMARY KEY, a REFERENCES parent) WITHOUT ROWID;"
        "CREATE TABLE odd (a REFERENCES t (v));"
        "INSERT INTO parent VALUES (1, 10); INSERT INTO child VALUES (1, 1, 10), (2, 7, NULL), (3, 1, 11);"
        "WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 150)"
        " INSERT INTO flat SELECT i, 5 FROM i; INSERT INTO odd VALUES (1)";
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    struct sqlite_orphans *orphans = malloc(sizeof *orphans);
    int64_t bytes;
    struct err e;

    assert_non_null(orphans);
    assert_int_equal(sink_sqlite_run(s, sql, &e), 0);
    assert_int_equal(check(s, orphans, &e), 0);
    assert_int_equal(orphans->count, 153);
    assert_string_equal(orphans->first[0].table, "child");
    assert_string_equal(orphans->first[0].parent, "parent");
    assert_true(orphans->first[0].has_rowid);
    assert_int_equal(orphans->first[0].rowid + orphans->first[1].rowid, 5);
    assert_int_equal(orphans->first[0].foreign_key + orphans->first[1].foreign_key, 1);
    assert_string_equal(orphans->first[2].table, "flat");
    assert_false(orphans->first[2].has_rowid);
    assert_string_equal(orphans->first[2].problem, "");
    free(orphans);
    assert_int_equal(sink_sqlite_publish(s, &bytes, &e), 0); /* no reason to keep the file back */
    sink_sqlite_free(s);
    assert_true(file_exists(p->path, ""));
}

static void a_foreign_key_that_cannot_be_checked_is_told(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    struct sqlite_orphans orphans;
    struct err e;

    assert_int_equal(sink_sqlite_run(s, "CREATE TABLE odd (a REFERENCES t (v)); INSERT INTO odd VALUES (1)", &e), 0);
    assert_int_equal(check(s, &orphans, &e), 0);
    assert_int_equal(orphans.count, 1);
    assert_string_equal(orphans.first[0].table, "odd");
    assert_int_equal(orphans.first[0].foreign_key, -1);
    expect_text(orphans.first[0].problem, "mismatch");
    sink_sqlite_free(s);
}

static void sound_tables_that_sqlite_takes_for_damaged_pass(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    struct sqlite_orphans orphans;
    struct err e;

    /* SQLite 3.40 compares values with the declarations of other columns here. */
    assert_int_equal(sink_sqlite_run(s,
                                     "CREATE TABLE w (a INTEGER, b TEXT NOT NULL, c TEXT, PRIMARY KEY (c, a))"
                                     " WITHOUT ROWID; INSERT INTO w VALUES (1, 'x', 'y'), (2, 'x', 'y')",
                                     &e),
                     0);
    if (check(s, &orphans, &e) != 0) {
        fail_msg("%s", e.message);
    }
    sink_sqlite_free(s);
}

static void what_integrity_check_finds_is_told(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    struct sqlite_orphans orphans;
    struct err e;

    /* An index of v that says to be one of word. */
    assert_int_equal(sink_sqlite_run(s,
                                     "INSERT INTO t (word) VALUES ('x'); CREATE INDEX i ON t (v);"
                                     "PRAGMA writable_schema = 1;"
                                     "UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t (word)' WHERE name = 'i'",
                                     &e),
                     0);
    assert_int_equal(check(s, &orphans, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    expect_text(e.message, "integrity_check found: row 1 missing from index i");
    sink_sqlite_free(s);
    assert_nothing_is_left(p);
}

static void rows_are_counted_in_the_complete_file(void **state)
{
    static const char *const sound[] = {"SELECT count(*) FROM t", "SELECT count(*) FROM t WHERE word = 'x'"};
    static const char *const broken[] = {"SELECT count(*) FROM t", "SELECT count(*) FROM gone"};
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    struct sqlite_orphans orphans;
    int64_t counts[2] = {7, 7};
    struct sqlite_checks checks = {&orphans, sound, counts, 2};
    struct err e;

    assert_int_equal(sink_sqlite_run(s, "INSERT INTO t (word) VALUES ('x'), ('y'), (NULL)", &e), 0);
    assert_int_equal(sink_sqlite_check(s, &checks, &e), 0);
    assert_int_equal(counts[0], 3);
    assert_int_equal(counts[1], 1);
    sink_sqlite_free(s);
    s = begin(p->path);
    checks.count_sql = broken;
    assert_int_equal(sink_sqlite_check(s, &checks, &e), -1);
    assert_int_equal(e.kind, ERR_PLAN);
    expect_text(e.message, "no such table: gone");
    sink_sqlite_free(s);
    assert_nothing_is_left(p);
}

int main(void)
{
#define in_place(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        in_place(every_class_arrives_as_it_is),
        in_place(what_sqlite_refuses_is_told),
        in_place(a_row_that_is_there_already_is_named),
        in_place(columns_that_would_change_values_are_collected),
        in_place(a_check_that_refuses_a_row_is_an_obstacle),
        in_place(lost_signs_are_counted),
        in_place(statements_that_fail_are_named),
        in_place(rows_without_parent_are_found),
        in_place(a_foreign_key_that_cannot_be_checked_is_told),
        in_place(sound_tables_that_sqlite_takes_for_damaged_pass),
        in_place(what_integrity_check_finds_is_told),
        in_place(rows_are_counted_in_the_complete_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
