/* test_journal.c: steps against a real server: all of a step or nothing, and each step once, whoever comes second. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal.h"
#include "load.h"
#include "sys.h"

static const struct journal journal = {"wherry", 1, NULL};
static const struct bytes no_groups = {0};

static int is_idle(const struct pgwire *p)
{
    return PQtransactionStatus(p->conn) == PQTRANS_IDLE;
}

/* The work of a step in between: one row of the target. */
static void insert_row(struct pgwire *p, const char *id)
{
    const char *values[] = {id};
    struct err e;
    assert_int_equal(pgwire_exec(p, "INSERT INTO public.t VALUES ($1, 'word')", 1, values, NULL, &e), 0);
}

static const struct journal_part whole = {.source = "main", .table = "t"};

static void next_slice(struct pgwire *p, struct journal_slice *slice)
{
    struct err e;
    assert_int_equal(journal_slice_next(p, &journal, &whole, slice, &e), 0);
}

/* One step of one row; `key` (a letter) is what it reached. */
static void carry_out(struct pgwire *p, int64_t slice, const char *key, int more, int64_t *next)
{
    const struct journal_counts counts = {.read = 3, .filtered = 1, .passed = 2, .inserted = 1, .skipped = 1};
    struct bytes reached = {0};
    struct err e;
    int found = 0;
    assert_int_equal(journal_slice_begin(p, &journal, slice, 1, &found, &e), 0);
    assert_int_equal(found, 1);
    insert_row(p, "1");
    assert_int_equal(bytes_append(&reached, key, 1, &e), 0);
    assert_int_equal(
        journal_slice_commit(p, &journal, slice, "public.t", &counts, &reached, more, &no_groups, next, &e), 0);
    assert_true(is_idle(p));
    bytes_free(&reached);
}

static void a_step_leaves_its_range_and_counts(void **state)
{
    struct journal_slice slice = {0};
    int64_t next = 0;
    (void)state;
    next_slice(target.pg, &slice);
    assert_int_equal(slice.id, 1);
    assert_int_equal(slice.lo.length, 0);
    carry_out(target.pg, slice.id, "k", 1, &next);
    next_slice(target.pg, &slice);
    assert_int_equal(slice.id, next);
    assert_int_equal(slice.lo.length, 1);
    assert_memory_equal(slice.lo.data, "k", 1);
    carry_out(target.pg, slice.id, "z", 0, &next);
    assert_int_equal(next, 0);
    next_slice(target.pg, &slice);
    assert_int_equal(slice.id, 0);
    bytes_free(&slice.lo);
    assert_string_equal(target_value(&target,
                                     "SELECT string_agg(concat_ws(' ', state, coalesce(convert_from(lo, 'utf8'),"
                                     " '-'), convert_from(reached, 'utf8'), coalesce(convert_from(hi, 'utf8'),"
                                     " '-'), read, filtered, passed), ', ' ORDER BY id) FROM wherry.slice"),
                        "done - k k 3 1 2, done k z - 3 1 2");
    assert_string_equal(target_value(&target, "SELECT string_agg(concat_ws(' ', slice, target, passed, inserted,"
                                              " skipped), ', ' ORDER BY slice) FROM wherry.slice_target"),
                        "1 public.t 2 1 1, 2 public.t 2 1 1");
}

/* Rows that were committed before the journal, or behind it, would come twice or never when the client is killed in
 * between. --restart finds them by the transaction, too. */
static void rows_and_journal_are_one_transaction(void **state)
{
    int64_t next = 0;
    (void)state;
    carry_out(target.pg, 1, "k", 1, &next);
    assert_string_equal(target_value(&target, "SELECT bool_and(t.xmin = s.xmin AND t.xmin = c.xmin AND s.xmin = n.xmin"
                                              " AND t.xmin::text = s.xid::text) FROM public.t t, wherry.slice s,"
                                              " wherry.slice_target c, wherry.slice n WHERE s.id = 1 AND n.id = 2"),
                        "t");
}

static void a_slice_that_is_done_is_not_begun(void **state)
{
    struct err e;
    int64_t next = 0;
    int found = 1;
    (void)state;
    carry_out(target.pg, 1, "k", 0, &next);
    assert_int_equal(journal_slice_begin(target.pg, &journal, 1, 1, &found, &e), 0);
    assert_int_equal(found, 0);
    assert_true(is_idle(target.pg));
}

static void a_step_that_fails_leaves_nothing(void **state)
{
    const struct journal_counts counts = {.read = 1, .passed = 1, .inserted = 1};
    struct bytes reached = {0};
    struct err e;
    int64_t next = 0;
    int found = 0;
    (void)state;
    assert_int_equal(journal_slice_begin(target.pg, &journal, 1, 1, &found, &e), 0);
    insert_row(target.pg, "1");
    run_script("ALTER TABLE wherry.slice_target ADD CHECK (inserted > 1)");
    assert_int_equal(
        journal_slice_commit(target.pg, &journal, 1, "public.t", &counts, &reached, 1, &no_groups, &next, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_true(is_idle(target.pg));
    assert_string_equal(target_value(&target, "SELECT (SELECT count(*) FROM public.t) || ' ' ||"
                                              " string_agg(state, ',') FROM wherry.slice"),
                        "0 todo");
}

static const char lock_sql[] = "SELECT 1 FROM wherry.slice WHERE id = $1 AND state = 'todo' FOR UPDATE";

static void statements_are_a_step_too(void **state)
{
    const char *one[] = {"1"};
    const struct journal_statement good[] = {
        {"INSERT INTO public.t VALUES ($1, current_setting('transaction_isolation'))", 1, one},
        {"UPDATE wherry.slice SET state = 'done' WHERE id = $1", 1, one},
    };
    const struct journal_statement bad[] = {good[0], {"SELECT 1 / (1 - $1::int)", 1, one}};
    struct err e;
    int found = 0;
    (void)state;
    assert_int_equal(journal_step(target.pg, lock_sql, 1, one, bad, 2, &found, &e), -1);
    assert_string_equal(e.sqlstate, "22012");
    assert_true(is_idle(target.pg));
    assert_string_equal(target_value(&target, "SELECT count(*) FROM public.t"), "0");
    /* What a role or a database may have as its default means nothing here. */
    run_script("SET default_transaction_isolation = 'serializable'; SET default_transaction_read_only = on");
    int rc = journal_step(target.pg, lock_sql, 1, one, good, 2, &found, &e);
    int again_found = 1;
    int again = journal_step(target.pg, lock_sql, 1, one, good, 2, &again_found, &e);
    run_script("RESET default_transaction_isolation; RESET default_transaction_read_only");
    assert_int_equal(rc, 0);
    assert_int_equal(found, 1);
    assert_int_equal(again, 0);
    assert_int_equal(again_found, 0);
    assert_true(is_idle(target.pg));
    assert_string_equal(target_value(&target, "SELECT string_agg(id || ' ' || word, ',') FROM public.t"),
                        "1 read committed");
}

static void a_refusal_at_the_commit_itself_is_told(void **state)
{
    const struct journal_statement statements[] = {{"INSERT INTO public.u VALUES (1), (1)", 0, NULL}};
    struct err e;
    int found = -1;
    (void)state;
    run_script("DROP TABLE IF EXISTS public.u;"
               "CREATE TABLE public.u (i int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    assert_int_equal(journal_step(target.pg, NULL, 0, NULL, statements, 1, &found, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "23505");
    assert_true(is_idle(target.pg));
    run_script("DROP TABLE public.u");
}

static void the_next_slice_is_found_whatever_the_defaults_of_the_role(void **state)
{
    struct journal_slice slice = {0};
    (void)state;
    run_script("SET default_transaction_isolation = 'serializable'; SET default_transaction_read_only = on");
    next_slice(target.pg, &slice);
    run_script("RESET default_transaction_isolation; RESET default_transaction_read_only");
    assert_int_equal(slice.id, 1);
    assert_true(is_idle(target.pg));
}

static void a_slice_of_another_run_file_table_or_range_is_not_ours(void **state)
{
    static const struct {
        struct journal journal;
        struct journal_part part;
    } others[] = {{{"wherry", 2, NULL}, {"main", "t", NULL, 0}},
                  {{"wherry", 1, NULL}, {"other", "t", NULL, 0}},
                  {{"wherry", 1, NULL}, {"main", "T", NULL, 0}},
                  {{"wherry", 1, NULL}, {"main", "t", (const unsigned char *)"k", 1}}};
    struct journal_slice slice = {0};
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(journal_slice_next(target.pg, &others[i].journal, &others[i].part, &slice, &e), 0);
        assert_int_equal(slice.id, 0);
    }
}

static void *commit_later(void *nothing)
{
    sys_sleep_ms(300);
    run_script("COMMIT");
    return nothing;
}

static void the_slice_behind_a_commit_that_comes_late_is_found(void **state)
{
    struct journal_slice slice = {0};
    struct pgwire *p = NULL;
    pthread_t thread;
    struct err e;
    (void)state;
    assert_int_equal(pgwire_connect(&p, target.server.conninfo, 10000, &e), 0);
    /* The session of a client that is gone: it was told to commit, and has not yet done so. */
    run_script(
        "BEGIN; UPDATE wherry.slice SET state = 'done';"
        "INSERT INTO wherry.slice (run, source, source_table, state, lo) VALUES (1, 'main', 't', 'todo', 'key')");
    assert_int_equal(pthread_create(&thread, NULL, commit_later, NULL), 0);
    next_slice(p, &slice);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(slice.id, 2); /* 0 would say that the table is loaded */
    assert_int_equal(slice.lo.length, 3);
    assert_memory_equal(slice.lo.data, "key", 3);
    bytes_free(&slice.lo);
    pgwire_close(p);
}

static void a_session_that_was_left_behind_is_ended_and_no_other(void **state)
{
    static const char count[] = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'w%'";
    struct pgwire *left = NULL, *p = NULL, *young = NULL;
    struct err e;
    (void)state;
    assert_int_equal(pgwire_connect(&left, target.server.conninfo, 10000, &e), 0);
    assert_int_equal(pgwire_connect(&p, target.server.conninfo, 10000, &e), 0);
    assert_int_equal(pgwire_connect(&young, target.server.conninfo, 10000, &e), 0);
    journal_end_session(p, PQbackendPID(young->conn)); /* its number was given to a newer session */
    assert_int_equal(pgwire_exec(left, "SET application_name = 'w2'", 0, NULL, NULL, &e), 0);
    journal_end_session(p, PQbackendPID(left->conn)); /* or to another program's */
    sys_sleep_ms(100);
    assert_string_equal(target_value(&target, count), "4");
    assert_int_equal(pgwire_exec(left, "SET application_name = 'wherry'", 0, NULL, NULL, &e), 0);
    journal_end_session(p, PQbackendPID(left->conn));
    for (int i = 0; i < 100 && strcmp(target_value(&target, count), "3") != 0; i++)
        sys_sleep_ms(50);
    assert_string_equal(target_value(&target, count), "3");
    assert_int_equal(pgwire_alive(p), 1);
    pgwire_close(left);
    pgwire_close(p);
    pgwire_close(young);
}

static void an_allocation_that_fails_leaves_the_journal_as_it_was(void **state)
{
    static unsigned char key[] = {1, 2, 3};
    const struct bytes reached = {key, sizeof key, sizeof key};
    const struct journal_counts counts = {.read = 1, .passed = 1, .inserted = 1};
    int rc = -1;
    long n = 0;
    (void)state;
    for (; rc != 0 && n < 200; n++) {
        struct journal_slice slice = {0};
        int64_t next = 0;
        struct err e;
        int found = 0;
        assert_string_equal(target_value(&target, "SELECT count(*) || min(state) FROM wherry.slice"), "1todo");
        err_clear(&e);
        mem_fail_at(n);
        rc = journal_slice_next(target.pg, &journal, &whole, &slice, &e);
        if (rc == 0)
            rc = journal_slice_begin(target.pg, &journal, slice.id, 1, &found, &e);
        if (rc == 0)
            rc = journal_slice_commit(target.pg, &journal, slice.id, "public.t", &counts, &reached, 1, &no_groups,
                                      &next, &e);
        mem_fail_at(-1);
        bytes_free(&slice.lo);
        if (rc != 0) {
            assert_int_equal(e.kind, ERR_MEMORY);
            journal_rollback(target.pg);
        }
        assert_true(is_idle(target.pg));
    }
    assert_int_equal(rc, 0);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_step_leaves_its_range_and_counts, fresh),
        cmocka_unit_test_setup(rows_and_journal_are_one_transaction, fresh),
        cmocka_unit_test_setup(a_slice_that_is_done_is_not_begun, fresh),
        cmocka_unit_test_setup(a_step_that_fails_leaves_nothing, fresh),
        cmocka_unit_test_setup(statements_are_a_step_too, fresh),
        cmocka_unit_test_setup(a_refusal_at_the_commit_itself_is_told, fresh),
        cmocka_unit_test_setup(the_next_slice_is_found_whatever_the_defaults_of_the_role, fresh),
        cmocka_unit_test_setup(a_slice_of_another_run_file_table_or_range_is_not_ours, fresh),
        cmocka_unit_test_setup(the_slice_behind_a_commit_that_comes_late_is_found, fresh),
        cmocka_unit_test_setup(a_session_that_was_left_behind_is_ended_and_no_other, fresh),
        cmocka_unit_test_setup(an_allocation_that_fails_leaves_the_journal_as_it_was, fresh),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
