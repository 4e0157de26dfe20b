/* test_run_lost.c: what a crash of the server takes back is found and done again, counted once. Here the crash is made
 * by hand: all sessions of the run end, and rows and journal go back to an earlier state together. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "load.h"
#include "run.h"

enum { LANES = 2 };

static sqlite3 *readers[LANES];

static int lost_setup(void **state)
{
    return group_setup(state) != 0 ? -1 : readers_open(readers, LANES);
}

static int lost_teardown(void **state)
{
    readers_close(readers, LANES);
    return group_teardown(state);
}

/* Tables t and u, and an object behind both that notes how many rows it sees. */
static int fresh_tables(void **state)
{
    (void)fresh(state);
    run_script("DROP TABLE IF EXISTS public.u, public.seen; CREATE TABLE public.u (id bigint, word text);"
               "CREATE TABLE public.seen (t bigint, u bigint);"
               "INSERT INTO wherry.slice (run, source, source_table, state) VALUES (1, 'main', 'u', 'todo');"
               "DROP TABLE IF EXISTS wherry.object; CREATE TABLE wherry.object (id bigint, state text,"
               " run bigint DEFAULT 1, started timestamptz, finished timestamptz);"
               "INSERT INTO wherry.object (id, state) VALUES (7, 'aside'), (8, 'aside')");
    return 0;
}

struct crash {
    const char *when; /* a query that gives "t" then */
    const char *back; /* what is taken back */
    int times;
    int struck;
};

/* A connection of its own; the locks keep lanes that connect again out until all is done. */
static void *strike(void *argument)
{
    struct crash *c = argument;
    struct target own = target;
    struct err e;
    if (pgwire_connect(&own.pg, target.server.conninfo, 10000, &e) != 0)
        return NULL;
    for (int looks = 0; looks < 4000 && c->struck < c->times; looks++) {
        usleep(1000);
        if (strcmp(target_value(&own, c->when), "t") != 0)
            continue;
        PQclear(PQexec(own.pg->conn, "BEGIN"));
        PQclear(PQexec(own.pg->conn,
                       "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                       " WHERE application_name = 'wherry run 1' AND query LIKE '%pg_sleep%' AND state = 'active'"));
        PQclear(PQexec(own.pg->conn, "LOCK TABLE wherry.slice, wherry.object IN ACCESS EXCLUSIVE MODE"));
        PQclear(PQexec(own.pg->conn, "SELECT pg_stat_clear_snapshot()")); /* those that have come meanwhile */
        PQclear(PQexec(own.pg->conn, "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                                     " WHERE application_name = 'wherry run 1'"));
        PQclear(PQexec(own.pg->conn, c->back));
        PQclear(PQexec(own.pg->conn,
                       "DELETE FROM wherry.slice_column WHERE slice NOT IN (SELECT id FROM wherry.slice WHERE"
                       " state = 'done'); DELETE FROM wherry.slice_target WHERE slice NOT IN (SELECT id FROM"
                       " wherry.slice WHERE state = 'done')"));
        PGresult *result = PQexec(own.pg->conn, "COMMIT");
        c->struck += strcmp(PQcmdStatus(result), "COMMIT") == 0;
        PQclear(result);
    }
    pgwire_close(own.pg);
    return NULL;
}

static struct run_progress last;
static int64_t last_rows[2];

static void remember(void *context, const struct run_progress *progress)
{
    (void)context;
    last = *progress;
    memcpy(last_rows, progress->rows, sizeof last_rows);
}

/* Runs into the crashes; both tables are to be complete, each row counted once, the object done behind them. */
static void run_through(struct crash *c, const size_t *after, size_t after_count)
{
    static const size_t both[] = {0, 1}, first[] = {0};
    static const char *const index[] = {"SELECT pg_catalog.pg_sleep(0.2)"};
    static const char *const key[] = {"SELECT pg_catalog.pg_sleep(0.2)",
                                      "INSERT INTO public.seen SELECT (SELECT count(*) FROM public.t), count(*)"
                                      " FROM public.u"};
    const struct build builds[] = {{.object = {.id = 7, .from = "aside", .to = "done", .statements = index, .count = 1},
                                    .tables = both,
                                    .table_count = 2},
                                   {.object = {.id = 8, .from = "aside", .to = "done", .statements = key, .count = 2},
                                    .tables = both,
                                    .table_count = 2,
                                    .waits = first,
                                    .wait_count = 1}};
    struct table_load tables[2] = {table_t(), table_t()};
    struct run_options options = {.lane = lane_options(),
                                  .readers = readers,
                                  .jobs = LANES,
                                  .tables = tables,
                                  .count = 2,
                                  .builds = builds,
                                  .build_count = 2,
                                  .tick = remember};
    pthread_t thread;
    struct err e;
    unsigned char built[2] = {0};
    tables[1].read.table = "u";
    tables[1].write.target = "public.u";
    tables[1].write.copy_sql = "COPY public.u (id, word) FROM STDIN (FORMAT binary)";
    tables[1].after = after;
    tables[1].after_count = after_count;
    options.lane.step_rows = 50;
    options.lane.back_off_ms = 5;
    options.built = built;
    assert_int_equal(pthread_create(&thread, NULL, strike, c), 0);
    err_clear(&e);
    int rc = run_load(&options, &e);
    (void)pthread_join(thread, NULL);
    if (rc != 0)
        fail_msg("%s", e.message);
    assert_in_range(c->struck, 1, c->times);
    assert_complete_values();
    assert_string_equal(target_value(&target, "SELECT count(*) || ' ' || sum(id) FROM public.u"), "2500 9378750");
    assert_string_equal(target_value(&target, "SELECT string_agg(t || ' ' || u, ', ') FROM public.seen"), "2500 2500");
    assert_string_equal(target_value(&target, "SELECT sum(read) || ' ' || bool_and(state = 'done') FROM wherry.slice"),
                        "5000 true");
    assert_string_equal(target_value(&target, "SELECT bool_and(state = 'done') FROM wherry.object"), "t");
    assert_int_equal(last.total, 5000);
    assert_int_equal(last_rows[0], 2500);
    assert_int_equal(last_rows[1], 2500);
    assert_int_equal(last.done_count, 2);
    assert_int_equal(last.builds_done, 2);
    assert_int_equal(built[0] + built[1], 2);
}

#define TAKE_ALL_OF(table)                                                                \
    "DELETE FROM public." table "; DELETE FROM wherry.slice WHERE source_table = '" table \
    "' AND id > (SELECT min(id) FROM wherry.slice WHERE source_table = '" table "');"     \
    "UPDATE wherry.slice SET state = 'todo', hi = NULL, reached = NULL, read = NULL WHERE source_table = '" table "';"

/* The steps behind the fifth one. */
#define TAKE_SOME_OF(table)                                                                                       \
    "DELETE FROM wherry.slice WHERE source_table = '" table                                                       \
    "' AND id > (SELECT id FROM wherry.slice WHERE source_table = '" table "' ORDER BY id OFFSET 5 LIMIT 1);"     \
    "UPDATE wherry.slice SET state = 'todo', hi = NULL, reached = NULL, read = NULL WHERE source_table = '" table \
    "' AND id = (SELECT max(id) FROM wherry.slice WHERE source_table = '" table "');"                             \
    "DELETE FROM public." table " WHERE id > 750;"

/* Each step of u takes its time, so that the crash meets it, and does this. */
static void look_at_each_step(const char *sql)
{
    char script[600];
    (void)snprintf(script, sizeof script,
                   "CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                   " PERFORM pg_catalog.pg_sleep(0.01); %s RETURN NULL; END $$;"
                   "CREATE TRIGGER look AFTER INSERT ON public.u EXECUTE FUNCTION public.look()",
                   sql);
    run_script(script);
}

static void steps_of_tables_under_way_are_done_again(void **state)
{
    struct crash c = {.when = "SELECT count(*) > 12 FROM wherry.slice WHERE source_table = 'u' AND state = 'done'"
                              " AND EXISTS (SELECT FROM wherry.slice WHERE source_table = 't' AND id > 6)"
                              " AND EXISTS (SELECT FROM wherry.slice WHERE source_table = 'u' AND state = 'todo')",
                      .back = TAKE_SOME_OF("u"),
                      .times = 2};
    (void)state;
    look_at_each_step("");
    run_through(&c, NULL, 0);
}

static void a_table_that_was_done_is_done_again_before_what_is_built_on_it(void **state)
{
    struct crash c = {.when = "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%pg_catalog.pg_sleep%'"
                              " AND state = 'active' AND pid <> pg_backend_pid()",
                      .back = TAKE_ALL_OF("u") TAKE_SOME_OF("t"),
                      .times = 3};
    (void)state;
    run_through(&c, NULL, 0);
}

static void an_object_that_was_done_is_done_again(void **state)
{
    struct crash c = {.when = "SELECT state = 'done' AND EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active'"
                              " AND query LIKE '%pg_catalog.pg_sleep%' AND pid <> pg_backend_pid())"
                              " FROM wherry.object WHERE id = 7",
                      .back = TAKE_ALL_OF("t") "UPDATE wherry.object SET state = 'aside'; DELETE FROM public.seen",
                      .times = 2};
    (void)state;
    run_through(&c, NULL, 0);
}

static void a_table_under_way_waits_again_for_the_one_that_it_comes_after(void **state)
{
    static const size_t first[] = {0};
    struct crash c = {.when = "SELECT count(*) > 8 FROM wherry.slice WHERE source_table = 'u' AND state = 'done'"
                              " AND EXISTS (SELECT FROM wherry.slice WHERE source_table = 'u' AND state = 'todo')",
                      .back = TAKE_SOME_OF("u") TAKE_ALL_OF("t"),
                      .times = 2};
    (void)state;
    /* As a foreign key that stays in place does, but for a crash that takes the table's rows alone. */
    look_at_each_step("IF (SELECT count(*) FROM public.t) < 2500 THEN RAISE 'too early'; END IF;");
    run_through(&c, first, 1);
}

/* What makes the server crash comes again, and would find all lost again. */
static void after_a_loss_steps_and_objects_wait_for_the_disk(void **state)
{
    struct crash c = {.when = "SELECT count(*) BETWEEN 13 AND 40 FROM wherry.slice WHERE source_table = 'u'"
                              " AND state = 'done' AND EXISTS (SELECT FROM wherry.slice WHERE source_table = 'u'"
                              " AND state = 'todo')",
                      .back = TAKE_SOME_OF("u"),
                      .times = 1};
    (void)state;
    run_script("CREATE TABLE public.commits (step serial, of text, waits text)");
    look_at_each_step("INSERT INTO public.commits (of, waits) VALUES ('u', current_setting('synchronous_commit'));");
    run_script("CREATE TRIGGER look AFTER UPDATE OF state ON wherry.object EXECUTE FUNCTION public.look()");
    run_through(&c, NULL, 0);
    assert_string_equal(target_value(&target, "SELECT waits FROM public.commits ORDER BY step LIMIT 1"), "off");
    assert_string_equal(target_value(&target, "SELECT string_agg(DISTINCT waits, ', ') FROM (SELECT waits"
                                              " FROM public.commits ORDER BY step DESC LIMIT 45) AS last"),
                        "on");
}

static int drop_look(void **state)
{
    (void)state;
    run_script("DROP TABLE IF EXISTS public.u, wherry.object, public.commits; DROP FUNCTION IF EXISTS public.look()");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(steps_of_tables_under_way_are_done_again, fresh_tables, drop_look),
        cmocka_unit_test_setup(a_table_that_was_done_is_done_again_before_what_is_built_on_it, fresh_tables),
        cmocka_unit_test_setup(an_object_that_was_done_is_done_again, fresh_tables),
        cmocka_unit_test_setup_teardown(a_table_under_way_waits_again_for_the_one_that_it_comes_after, fresh_tables,
                                        drop_look),
        cmocka_unit_test_setup_teardown(after_a_loss_steps_and_objects_wait_for_the_disk, fresh_tables, drop_look),
    };
    return cmocka_run_group_tests(tests, lost_setup, lost_teardown);
}
