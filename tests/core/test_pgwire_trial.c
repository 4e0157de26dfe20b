/* test_pgwire_trial.c: rows that are tried in one journey: what the server says of each, and that nothing stays. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sys.h"
#include "wire.h"

/* What is tried: texts, and what was said of them, a letter each. */
struct tried {
    const char *texts[8]; /* NULL: SQL NULL */
    char said[9];
    char words[1100]; /* of the last one that was refused */
    size_t fails_at;  /* its verdict fails; from 1 */
};

static void give_text(void *context, size_t row, const char **values, int *lengths)
{
    const struct tried *tried = context;

    values[0] = tried->texts[row];
    lengths[0] = tried->texts[row] != NULL ? (int)strlen(tried->texts[row]) : 0;
}

static int take_word(void *context, size_t row, const struct err *why, struct err *e)
{
    struct tried *tried = context;

    tried->said[row] = why == NULL ? '+' : '-';
    if (why != NULL) {
        snprintf(tried->words, sizeof tried->words, "%s %s", why->sqlstate, why->message);
    }
    return row + 1 == tried->fails_at ? err_set(e, ERR_VALUE, "enough") : 0;
}

static int try_texts(struct tried *tried, const char *sql, size_t rows, struct err *e)
{
    const struct pgwire_trial trial = {
        .sql = sql, .count = 1, .row = give_text, .verdict = take_word, .context = tried};

    return pgwire_try_rows(wire, &trial, rows, e);
}

static int begin_with_table(void **state)
{
    int failed = open_wire(state);

    if (failed == 0) {
        run("begin");
        run("create temp table short (word varchar(3) not null)");
    }
    return failed;
}

#define INTO_SHORT "insert into pg_temp.short values ($1)"

static void each_row_is_tried_for_itself_and_none_stays(void **state)
{
    struct tried tried = {.texts = {"abc", "abcd", "", NULL, "abc"}};
    struct err e;

    (void)state;
    run("create unique index on short (word)");
    run("insert into pg_temp.short values ('x')");
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(try_texts(&tried, INTO_SHORT, 5, &e), 0);
        assert_string_equal(tried.said, "+-+-+");
        expect_text(tried.words, "23502 null value in column \"word\"");
        expect_answer("select count(*) from pg_temp.short", "1");
    }
    tried.texts[1] = "x";
    assert_int_equal(try_texts(&tried, INTO_SHORT, 3, &e), 0);
    assert_string_equal(tried.words, "23505 duplicate key value violates unique constraint \"short_word_idx\" "
                                     "(Key (word)=(x) already exists.)");
    run("commit");
}

static void what_was_left_to_be_run_goes_ahead(void **state)
{
    struct tried tried = {.texts = {"abc"}};
    struct err e;

    (void)state;
    pgwire_ahead(wire, "drop table pg_temp.short");
    assert_int_equal(try_texts(&tried, INTO_SHORT, 1, &e), 1);
}

static void a_statement_that_is_refused_leaves_the_transaction_as_it_was(void **state)
{
    struct tried tried = {.texts = {"abc", "b"}};
    struct err e;

    (void)state;
    run("insert into pg_temp.short values ('x')");
    assert_int_equal(try_texts(&tried, "insert into pg_temp.short (nothing) values ($1)", 2, &e), 1);
    assert_string_equal(tried.said, "");
    expect_answer("select count(*) from pg_temp.short", "1");
    assert_int_equal(try_texts(&tried, INTO_SHORT, 2, &e), 0);
    assert_string_equal(tried.said, "++");
}

static void a_verdict_that_fails_leaves_a_connection_that_can_be_used(void **state)
{
    struct tried tried = {.texts = {"abc", "abcd", "c"}, .fails_at = 2};
    struct err e;

    (void)state;
    assert_int_equal(try_texts(&tried, INTO_SHORT, 3, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(tried.said, "+-");
    expect_answer("select count(*) from pg_temp.short", "0");
}

/* The server's words are as many bytes as the rows: neither side may wait for the other for ever. */
static void long_rows_and_long_words_go_both_ways_at_once(void **state)
{
    size_t length = 4000000;
    char *text = malloc(length + 1);
    struct tried tried = {.texts = {text, text, text, text, text, text, text, text}};
    struct err e;

    (void)state;
    assert_non_null(text);
    memset(text, 'w', length);
    text[length] = '\0';
    run("create function pg_temp.say() returns trigger language plpgsql as 'begin raise ''%'', new.word; end'");
    run("create temp table long (word text)");
    run("create trigger say before insert on pg_temp.long for each row execute function pg_temp.say()");
    assert_int_equal(try_texts(&tried, "insert into pg_temp.long values ($1)", 8, &e), 0);
    assert_string_equal(tried.said, "--------");
    free(text);
}

static void a_stop_ends_a_trial(void **state)
{
    struct tried tried = {.texts = {"abc"}};
    int64_t start = sys_clock_ms();
    struct err e;

    (void)state;
    stop_request(SIGINT);
    assert_int_equal(try_texts(&tried, "insert into pg_temp.short select $1::text from pg_catalog.pg_sleep(20)", 1, &e),
                     -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_in_range(sys_clock_ms() - start, 0, 8000);
    assert_int_equal(pgwire_alive(wire), 0);
}

static void a_session_that_ends_in_a_trial_is_lost(void **state)
{
    struct tried tried = {.texts = {"abc", "b"}};
    struct err e;

    (void)state;
    assert_int_equal(
        try_texts(
            &tried,
            "insert into pg_temp.short select case when pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()) "
            "then $1::text end",
            2, &e),
        -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
}

#define tried_in_transaction(test) cmocka_unit_test_setup_teardown(test, begin_with_table, close_wire)

int main(void)
{
    const struct CMUnitTest tests[] = {
        tried_in_transaction(each_row_is_tried_for_itself_and_none_stays),
        tried_in_transaction(what_was_left_to_be_run_goes_ahead),
        tried_in_transaction(a_statement_that_is_refused_leaves_the_transaction_as_it_was),
        tried_in_transaction(a_verdict_that_fails_leaves_a_connection_that_can_be_used),
        tried_in_transaction(long_rows_and_long_words_go_both_ways_at_once),
        tried_in_transaction(a_stop_ends_a_trial),
        tried_in_transaction(a_session_that_ends_in_a_trial_is_lost),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
