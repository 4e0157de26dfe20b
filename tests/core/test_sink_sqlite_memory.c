/* test_sink_sqlite_memory.c: what SQLite takes for a file does not grow with the file, in no phase. */
#include "sqlite_file.h"

enum { MB = 1024 * 1024, ROWS = 12000, WIDTH = 1000, BATCH = 500 };

/* The most that SQLite had at once, in each phase. */
struct peaks {
    sqlite3_int64 load, index, check;
};

/* Since it was asked the last time. */
static sqlite3_int64 peak(void)
{
    return sqlite3_memory_highwater(1);
}

/* Keys that come in no order, and are the same each time. */
static uint64_t scattered(uint64_t n)
{
    n = (n ^ (n >> 31)) * UINT64_C(0x9e3779b97f4a7c15);
    return (n ^ (n >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
}

static void load(struct sink_sqlite *s, int64_t rows)
{
    static char value[WIDTH + 1];
    struct batch b;
    struct err e;

    memset(value, 'v', WIDTH);
    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    for (int64_t id = 1; id <= rows; id++) {
        char word[32];
        int length = snprintf(word, sizeof word, "%016llx", (unsigned long long)scattered((uint64_t)id));
        struct cell *cells = add_row(&b, id, word);

        memcpy(value, word, (size_t)length);
        assert_int_equal(batch_bytes(&b, &cells[2], CELL_TEXT, value, WIDTH, &e), 0);
        if (id % BATCH == 0) {
            assert_int_equal(insert(s, &b, &e), 0);
            batch_clear(&b);
        }
    }
    batch_free(&b);
}

static struct peaks peaks_with(struct place *p, int64_t rows)
{
    static const char behind[] = "CREATE INDEX i ON t (v); CREATE INDEX j ON t (v, word);"
                                 "CREATE TABLE child (id INTEGER PRIMARY KEY, word TEXT REFERENCES t (word));"
                                 "INSERT INTO child SELECT id, word FROM t; CREATE UNIQUE INDEX k ON child (word)";
    const char *path = place_file(p, "new.db");
    struct sqlite_orphans orphans;
    struct peaks peaks;
    struct err e;

    (void)peak();
    struct sink_sqlite *s = begin(path);
    load(s, rows);
    peaks.load = peak();
    assert_int_equal(sink_sqlite_loaded(s, &e), 0);
    (void)peak();
    assert_int_equal(sink_sqlite_run(s, behind, &e), 0);
    peaks.index = peak();
    assert_int_equal(check(s, &orphans, &e), 0);
    assert_int_equal(orphans.count, 0);
    peaks.check = peak();
    sink_sqlite_free(s);
    return peaks;
}

static void assert_flat(const char *phase, sqlite3_int64 once, sqlite3_int64 twice, sqlite3_int64 most)
{
    if (once <= 0 || twice > once + MB / 4 || twice > most) {
        fail_msg("%s: %lld bytes, and with twice the rows %lld", phase, (long long)once, (long long)twice);
    }
}

static void twice_the_rows_take_the_same_memory(void **state)
{
    struct peaks once = peaks_with(*state, ROWS);
    struct peaks twice = peaks_with(*state, 2 * ROWS);

    assert_flat("load", once.load, twice.load, 10 * MB);
    assert_flat("index", once.index, twice.index, 10 * MB);
    assert_flat("check", once.check, twice.check, 6 * MB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(twice_the_rows_take_the_same_memory, place_setup, place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
