/* test_back_load.c: tables of a real server become a SQLite file, as one transaction sees them, or nothing does. */
#include "database.h"

#include "back_load.h"
#include "proxy.h"
#include "sys.h"
#include "wire.h"

enum { ROWS = 12000 };

static struct place *place;
static char path[200];
static struct read_column columns[2][3];
static struct sqlite_column stored[2][3];
static struct back_table tables[2];
static struct back_result result;
static int64_t rows[2], zeros[2], counts[2];

static const char *const before[] = {"CREATE TABLE a (id INTEGER PRIMARY KEY, word TEXT, n REAL)",
                                     "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a)"};
static const char *const behind[] = {"CREATE INDEX word ON a (word); CREATE INDEX of_a ON b (a)"};

static const char TABLES[] = "DROP TABLE IF EXISTS public.a, public.b;"
                             "CREATE TABLE public.a (id bigint PRIMARY KEY, word text, n double precision);"
                             "CREATE TABLE public.b (id bigint PRIMARY KEY, a bigint);"
                             "INSERT INTO public.a SELECT i, CASE WHEN i % 7 <> 0 THEN 'word ' || i END, i / 2.0 FROM "
                             "generate_series(1, 12000) i;"
                             "INSERT INTO public.b SELECT i, i FROM generate_series(1, 1500) i";

static void run_script(const char *sql)
{
    PGresult *done = PQexec(server.pg->conn, sql);

    assert_int_not_equal(PQresultStatus(done), PGRES_FATAL_ERROR);
    PQclear(done);
}

static void describe(size_t table, size_t column, const char *name, const char *type, enum affinity affinity)
{
    columns[table][column] =
        (struct read_column){.codec = codec_find(0, type), .hint = {.typmod = -1}, .name = name, .type_name = type};
    stored[table][column] = (struct sqlite_column){name, affinity, 0};
}

static int fresh(void **state)
{
    static const size_t key_columns[] = {0};
    static const char *const key_names[] = {"id"};
    static const char *const names[] = {"public.a", "public.b"};
    static const char *const selects[] = {"SELECT id, word, n FROM public.a ORDER BY id",
                                          "SELECT id, a FROM public.b ORDER BY id"};
    static const char *const inserts[] = {"INSERT OR FAIL INTO a (id, word, n)", "INSERT OR FAIL INTO b (id, a)"};

    stop_request(0);
    run_script(TABLES);
    describe(0, 0, "id", "int8", AFFINITY_INTEGER);
    describe(0, 1, "word", "text", AFFINITY_TEXT);
    describe(0, 2, "n", "float8", AFFINITY_REAL);
    describe(1, 0, "id", "int8", AFFINITY_INTEGER);
    describe(1, 1, "a", "int8", AFFINITY_INTEGER);
    for (size_t i = 0; i < 2; i++) {
        tables[i].read = (struct pg_read_spec){names[i], selects[i], columns[i], 3 - i, key_columns, key_names, 1};
        tables[i].write = (struct sqlite_write_spec){names[i], inserts[i], stored[i], 3 - i, key_columns, key_names, 1};
    }
    if (place_setup(state) != 0) {
        return -1;
    }
    place = *state;
    (void)snprintf(path, sizeof path, "%s", place_file(place, "out.db"));
    return 0;
}

static int clean(void **state)
{
    stop_request(0);
    return place_teardown(state);
}

static struct back_options options(void)
{
    return (struct back_options){.conninfo = server.server.conninfo,
                                 .path = path,
                                 .before = before,
                                 .before_count = 2,
                                 .tables = tables,
                                 .count = 2,
                                 .behind = behind,
                                 .behind_count = 1};
}

static int load(const struct back_options *o, struct err *e)
{
    memset(&result, 0, sizeof result);
    memset(rows, 0, sizeof rows);
    memset(zeros, 0, sizeof zeros);
    result.rows = rows;
    result.zeros = zeros;
    result.counts = counts;
    err_clear(e);
    return back_load(o, &result, e);
}

static void load_well(const struct back_options *o)
{
    struct err e;

    if (load(o, &e) != 0) {
        fail_msg("%s", e.message);
    }
}

static void assert_nothing_is_there(void)
{
    struct dirent *entry;
    DIR *list = opendir(place->directory);

    assert_non_null(list);
    while ((entry = readdir(list)) != NULL) {
        if (entry->d_name[0] != '.') {
            fail_msg("%s is left", entry->d_name);
        }
    }
    (void)closedir(list);
}

static void assert_complete(void)
{
    struct stat st;
    sqlite3 *db;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, result.bytes);
    assert_int_equal(rows[0], ROWS);
    assert_int_equal(rows[1], 1500);
    db = database_open(path);
    assert_int_equal(database_integer(db, "SELECT count(*) FROM a WHERE typeof(n) = 'real' AND n = id / 2.0 AND word IS"
                                          " CASE WHEN id % 7 <> 0 THEN 'word ' || id END"),
                     ROWS);
    assert_int_equal(database_integer(db, "SELECT sum(a = id) FROM b"), 1500);
    assert_int_equal(database_integer(db, "SELECT count(*) FROM sqlite_schema"), 4);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(unlink(path), 0);
    assert_nothing_is_there();
}

static void tables_become_a_file(void **state)
{
    static const char *const count_sql[] = {"SELECT count(*) FROM a", "SELECT count(*) FROM b"};
    struct back_options o = options();

    (void)state;
    o.count_sql = count_sql;
    load_well(&o);
    assert_int_equal(result.orphans.count, 0);
    assert_int_equal(result.removed, 0);
    assert_int_equal(counts[0], ROWS);
    assert_int_equal(counts[1], 1500);
    assert_complete();
}

static void no_tables_become_a_file_too(void **state)
{
    struct back_options o = options();
    sqlite3 *db;

    (void)state;
    o.count = 0;
    load_well(&o);
    db = database_open(path);
    assert_int_equal(database_integer(db, "SELECT count(*) FROM a"), 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void an_exported_snapshot_is_what_is_read(void **state)
{
    struct back_options o = options();
    char snapshot[100];

    assert_int_equal(open_wire(state), 0);
    run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    PGresult *exported = PQexec(wire->conn, "SELECT pg_export_snapshot()");
    (void)snprintf(snapshot, sizeof snapshot, "%s", PQgetvalue(exported, 0, 0));
    PQclear(exported);
    run_script("DELETE FROM public.a WHERE id > 100; INSERT INTO public.b VALUES (9000, 1)");
    o.snapshot = snapshot;
    load_well(&o);
    assert_complete();
    run("ROLLBACK");
    assert_int_equal(close_wire(state), 0);
    struct err e;
    assert_int_equal(load(&o, &e), -1); /* gone with its transaction */
    assert_int_equal(e.kind, ERR_SERVER);
    o.snapshot = "1'; DROP TABLE public.a; --";
    assert_int_equal(load(&o, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_nothing_is_there();
}

static void the_source_is_only_read(void **state)
{
    struct back_options o = options();
    struct err e;

    (void)state;
    tables[1].read.select_sql = "SELECT setval('public.s', 5), 1::bigint";
    run_script("CREATE SEQUENCE IF NOT EXISTS public.s");
    assert_int_equal(load(&o, &e), -1);
    assert_string_equal(e.sqlstate, "25006"); /* read-only transaction */
    assert_nothing_is_there();
}

static void rows_without_parent_do_not_keep_the_file_back(void **state)
{
    struct back_options o = options();

    (void)state;
    run_script("UPDATE public.b SET a = 99999 WHERE id = 7");
    load_well(&o);
    assert_int_equal(result.orphans.count, 1);
    assert_string_equal(result.orphans.first[0].table, "b");
    assert_string_equal(result.orphans.first[0].parent, "a");
    assert_int_equal(result.orphans.first[0].rowid, 7);
    assert_true(file_exists(path, ""));
}

static void whatever_fails_leaves_nothing(void **state)
{
    static const char *const broken[] = {"CREATE TABBLE"};
    static const char *const unique[] = {"CREATE UNIQUE INDEX once ON a (word IS NULL)"};
    struct back_options o = options();
    struct err e;

    (void)state;
    o.before = broken;
    o.before_count = 1;
    assert_int_equal(load(&o, &e), -1);
    assert_int_equal(e.kind, ERR_PLAN);
    assert_nothing_is_there();
    o = options();
    o.behind = unique;
    assert_int_equal(load(&o, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_nothing_is_there();
    o = options();
    o.conninfo = "host=/nowhere user=postgres";
    assert_int_equal(load(&o, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    assert_nothing_is_there();
    o = options();
    tables[1].read.select_sql = "SELECT id, 1 / (1400 - id) FROM public.b ORDER BY id";
    assert_int_equal(load(&o, &e), -1);
    assert_string_equal(e.sqlstate, "22012");
    assert_string_equal(e.table, "public.b");
    assert_nothing_is_there();
    tables[1].read.select_sql = "SELECT id, id FROM public.b ORDER BY id";
    stored[1][1].affinity = AFFINITY_TEXT;
    stored[0][2].affinity = AFFINITY_INTEGER;
    load_well(&o);
    assert_int_equal(result.obstacles.count, 2); /* of both tables */
    assert_string_equal(result.obstacles.first[0].spec->table, "public.a");
    assert_string_equal(result.obstacles.first[0].key, "id=2");
    assert_int_equal(result.obstacles.first[0].column, 2);
    assert_string_equal(result.obstacles.first[1].spec->table, "public.b");
    assert_string_equal(result.obstacles.first[1].key, "id=1");
    assert_int_equal(result.obstacles.first[1].column, 1);
    assert_nothing_is_there();
    stored[0][2].affinity = AFFINITY_REAL;
    stored[1][1].affinity = AFFINITY_INTEGER;
    load_well(&o);
    assert_int_equal(result.obstacles.count, 0);
    assert_complete();
}

static void an_existing_file_is_refused_before_the_server_is_asked(void **state)
{
    struct back_options o = options();
    struct err e;

    (void)state;
    file_write(path, "", "theirs", 6);
    struct remembered was = file_remember(path, "");
    o.conninfo = "host=/nowhere user=postgres";
    assert_int_equal(load(&o, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    expect_text(e.message, "exists already");
    file_assert_same(&was, path, "");
}

/* The writer fails while the reader waits for a server that has much to do. */
static void a_reader_that_waits_does_not_hold_a_writer_that_failed(void **state)
{
    /* A row that takes its time, so that the reader is far ahead, and then is there twice. */
    static const char *const slow[] = {
        "CREATE TABLE a (id INTEGER PRIMARY KEY, word TEXT, n REAL)",
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER CHECK (a <> 900 OR length(hex(zeroblob(100000000))) > 0))"};
    struct back_options o = options();
    int64_t start = sys_clock_ms();
    struct err e;

    (void)state;
    o.before = slow;
    tables[1].read.select_sql = "SELECT CASE i WHEN 900 THEN 1 ELSE i END,"
                                " CASE WHEN i < 5000 THEN i ELSE (SELECT 1 FROM pg_sleep(30)) END"
                                " FROM generate_series(1, 6000::bigint) i";
    assert_int_equal(load(&o, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    expect_text(e.message, "UNIQUE constraint failed: b.id");
    assert_in_range(sys_clock_ms() - start, 0, 10000);
    assert_nothing_is_there();
}

static void a_lost_connection_leaves_nothing(void **state)
{
    struct back_options o = options();
    struct proxy proxy;
    int amid_rows = 0;
    struct err e;

    (void)state;
    proxy_start(&proxy, server.pg);
    o.conninfo = proxy.conninfo;
    for (int at = 1; at < 60; at += 6) {
        proxy.pieces = 0;
        proxy.cut_at = at;
        if (proxy.accepted == PROXY_CONNECTIONS) {
            break;
        }
        assert_int_equal(load(&o, &e), -1);
        assert_int_equal(e.kind, ERR_CONNECTION);
        if (e.table[0] != '\0') {
            amid_rows++;
            expect_text(e.hint, "run it again");
        }
        assert_nothing_is_there();
    }
    assert_true(amid_rows > 0);
    proxy_stop(&proxy);
}

struct told {
    pthread_t caller;
    int ticks, elsewhere, backwards, stop;
    struct back_progress last;
};

static void listen_to(void *context, const struct back_progress *progress)
{
    struct told *told = context;

    told->ticks++;
    told->elsewhere += !pthread_equal(told->caller, pthread_self());
    told->backwards +=
        progress->total < told->last.total || progress->table < told->last.table || progress->phase < told->last.phase;
    told->last = *progress;
    if (told->stop) {
        stop_request(SIGINT);
    }
}

static void the_caller_is_told_how_far_it_is(void **state)
{
    struct told told = {.caller = pthread_self()};
    struct back_options o = options();

    (void)state;
    o.tick = listen_to;
    o.context = &told;
    tables[1].read.select_sql = "SELECT id, a FROM public.b, pg_sleep(0.5) ORDER BY id";
    load_well(&o);
    assert_complete();
    assert_true(told.ticks >= 3);
    assert_int_equal(told.elsewhere, 0);
    assert_int_equal(told.backwards, 0);
    assert_int_equal(told.last.phase, BACK_CHECK);
    assert_int_equal(told.last.table, 1);
    assert_int_equal(told.last.rows, 1500);
    assert_int_equal(told.last.total, ROWS + 1500);
}

static void a_signal_ends_it_and_leaves_nothing(void **state)
{
    struct told told = {.caller = pthread_self(), .stop = 1};
    struct back_options o = options();
    int64_t start = sys_clock_ms();
    struct err e;

    (void)state;
    o.tick = listen_to;
    o.context = &told;
    tables[1].read.select_sql = "SELECT id, a FROM public.b, pg_sleep(30) ORDER BY id";
    assert_int_equal(load(&o, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_in_range(sys_clock_ms() - start, 0, 5000);
    assert_nothing_is_there();
}

/* A killed run, as another process sees it. */
static void what_a_killed_run_leaves_is_removed_by_the_next(void **state)
{
    struct back_options o = options();
    pid_t pid = fork();
    int found = 0;

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        struct err e;

        tables[1].read.select_sql = "SELECT id, a FROM public.b, pg_sleep(30) ORDER BY id";
        _exit(load(&o, &e) == 0);
    }
    for (int i = 0; i < 100 && !found; i++) {
        char command[300];

        (void)snprintf(command, sizeof command, "ls '%s' | grep -q wherry-", place->directory);
        found = system(command) == 0;
        sys_sleep_ms(50);
    }
    assert_true(found);
    sys_sleep_ms(300);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    /* The server would notice at the end of the sleep, and keep its locks until then. */
    run_script("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'wherry' AND"
               " pid <> pg_backend_pid()");
    load_well(&o);
    assert_int_equal(result.removed, 1);
    assert_complete();
}

static void allocations_that_fail_anywhere_leave_nothing(void **state)
{
    struct back_options o = options();
    int rc = -1;
    long n = 0;
    struct err e;

    (void)state;
    run_script("DELETE FROM public.a WHERE id > 1200; DELETE FROM public.b");
    for (; rc != 0 && n < 200; n++) {
        mem_fail_at(n);
        rc = load(&o, &e);
        mem_fail_at(-1);
        if (rc != 0) {
            assert_int_equal(e.kind, ERR_MEMORY);
            assert_nothing_is_there();
        }
    }
    assert_int_equal(rc, 0);
    assert_true(n > 10);
}

int main(void)
{
#define in_place(test) cmocka_unit_test_setup_teardown(test, fresh, clean)
    const struct CMUnitTest tests[] = {
        in_place(tables_become_a_file),
        in_place(no_tables_become_a_file_too),
        in_place(an_exported_snapshot_is_what_is_read),
        in_place(the_source_is_only_read),
        in_place(rows_without_parent_do_not_keep_the_file_back),
        in_place(whatever_fails_leaves_nothing),
        in_place(an_existing_file_is_refused_before_the_server_is_asked),
        in_place(a_reader_that_waits_does_not_hold_a_writer_that_failed),
        in_place(a_lost_connection_leaves_nothing),
        in_place(the_caller_is_told_how_far_it_is),
        in_place(a_signal_ends_it_and_leaves_nothing),
        in_place(what_a_killed_run_leaves_is_removed_by_the_next),
        in_place(allocations_that_fail_anywhere_leave_nothing),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
