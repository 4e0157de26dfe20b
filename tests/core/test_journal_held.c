/* test_journal_held.c: a step that is held open: what is done within it stands with the journal's row, or not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal_held.h"
#include "load.h"

static const char lock_sql[] = "SELECT 1 FROM wherry.slice WHERE id = $1 AND state = 'todo' FOR UPDATE";
static const char *const lock_values[] = {"1"};

static int is_idle(const struct pgwire *p)
{
    return PQtransactionStatus(p->conn) == PQTRANS_IDLE;
}

static const char *rows_and_state(void)
{
    return target_value(&target, "SELECT (SELECT count(*) FROM public.t) || ' ' || state FROM wherry.slice");
}

static void begin(int wanted)
{
    struct err e;
    int found = !wanted;
    assert_int_equal(journal_held_begin(target.pg, lock_sql, 1, lock_values, &found, &e), 0);
    assert_int_equal(found, wanted);
    assert_int_equal(is_idle(target.pg), !wanted);
}

static void work(void)
{
    struct err e;
    assert_int_equal(pgwire_exec(target.pg, "INSERT INTO public.t VALUES (1, 'word')", 0, NULL, NULL, &e), 0);
}

static void the_work_stands_with_the_row_once(void **state)
{
    const struct journal_statement done[] = {{"UPDATE wherry.slice SET state = 'done' WHERE id = $1", 1, lock_values}};
    struct err e;
    (void)state;
    begin(1);
    work();
    assert_int_equal(journal_held_end(target.pg, done, 1, &e), 0);
    assert_true(is_idle(target.pg));
    assert_string_equal(rows_and_state(), "1 done");
    begin(0);
}

static void what_is_given_up_leaves_nothing(void **state)
{
    (void)state;
    begin(1);
    work();
    journal_rollback(target.pg);
    assert_true(is_idle(target.pg));
    assert_string_equal(rows_and_state(), "0 todo");
    begin(1);
    journal_rollback(target.pg);
}

static void an_end_that_is_refused_leaves_nothing(void **state)
{
    const struct journal_statement refused[] = {{"UPDATE wherry.slice SET state = 'done'", 0, NULL},
                                                {"SELECT 1/0", 0, NULL}};
    struct err e;
    (void)state;
    begin(1);
    work();
    assert_int_equal(journal_held_end(target.pg, refused, 2, &e), -1);
    assert_string_equal(e.sqlstate, "22012");
    assert_true(is_idle(target.pg));
    assert_string_equal(rows_and_state(), "0 todo");
}

static void work_that_has_failed_is_not_committed(void **state)
{
    struct err e;
    (void)state;
    begin(1);
    work();
    assert_int_equal(pgwire_exec(target.pg, "SELECT 1/0", 0, NULL, NULL, &e), -1);
    assert_int_equal(journal_held_end(target.pg, NULL, 0, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_true(is_idle(target.pg));
    assert_string_equal(rows_and_state(), "0 todo");
}

static void a_lock_that_is_refused_leaves_no_transaction(void **state)
{
    struct err e;
    int found = 1;
    (void)state;
    assert_int_equal(journal_held_begin(target.pg, "SELECT nothing", 0, NULL, &found, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_int_equal(found, 0);
    assert_true(is_idle(target.pg));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_work_stands_with_the_row_once, fresh),
        cmocka_unit_test_setup(what_is_given_up_leaves_nothing, fresh),
        cmocka_unit_test_setup(an_end_that_is_refused_leaves_nothing, fresh),
        cmocka_unit_test_setup(work_that_has_failed_is_not_committed, fresh),
        cmocka_unit_test_setup(a_lock_that_is_refused_leaves_no_transaction, fresh),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
