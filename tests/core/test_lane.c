/* test_lane.c: a lane against a real server: every row once, whatever happens between two commits. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "load.h"
#include "proxy.h"
#include "sys.h"

static void every_row_arrives_in_steps_with_a_journal_row_each(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct lane_options o = lane_options();
    struct err e;
    assert_int_equal(load(&t, &o, &e), 0);
    assert_complete();
    assert_string_equal(target_value(&target, "SELECT count(*) || ' ' || max(read) FROM wherry.slice"), "9 300");
    assert_int_equal(load(&t, &o, &e), 0); /* nothing is left, nothing is repeated */
    assert_complete();
}

struct killer {
    int steps, kill_at;
};

static void kill_lane(void *context, const struct table_load *t, const struct journal_counts *step,
                      const struct err *retry)
{
    struct killer *k = context;
    (void)t;
    (void)retry;
    if (step && ++k->steps == k->kill_at)
        (void)target_value(&target, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                    " WHERE application_name LIKE 'wherry run %' AND pid <> pg_backend_pid()");
}

static void a_lost_connection_is_replaced_and_no_row_is_lost_or_doubled(void **state)
{
    (void)state;
    struct table_load t = table_t();
    for (int at = 1; at <= 8; at += 3) {
        run_script(journal_tables);
        struct killer k = {.kill_at = at};
        struct lane_options o = lane_options();
        o.progress = kill_lane;
        o.context = &k;
        struct err e;
        assert_int_equal(load(&t, &o, &e), 0);
        assert_complete();
    }
}

static void without_time_to_retry_the_run_stops_and_goes_on_later(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct killer k = {.kill_at = 2};
    struct lane_options o = lane_options();
    struct err e;
    o.progress = kill_lane;
    o.context = &k;
    o.retry_ms = 0;
    assert_int_equal(load(&t, &o, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    assert_string_equal(target_value(&target, "SELECT count(*) FROM public.t"), "600");
    o.progress = NULL;
    assert_int_equal(load(&t, &o, &e), 0);
    assert_complete();
}

static void a_value_that_does_not_fit_is_named_and_the_steps_before_it_stay(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct lane_options o = lane_options();
    struct err e;
    t.read.sql_first = "SELECT id, CASE id WHEN 2100 THEN x'00ff' ELSE word END FROM t ORDER BY id";
    t.read.sql_after = "SELECT id, CASE id WHEN 2100 THEN x'00ff' ELSE word END FROM t WHERE id > ?1 ORDER BY id";
    assert_int_equal(load(&t, &o, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.table, "t");
    assert_string_equal(e.column, "word");
    assert_string_equal(e.key, "id=2100");
    assert_string_equal(e.value, "00ff");
    assert_string_equal(e.value_class, "blob");
    assert_string_equal(target_value(&target, "SELECT count(*) || ' ' || max(id) FROM public.t"), "600 1800");
    t = table_t();
    assert_int_equal(load(&t, &o, &e), 0);
    assert_complete();
}

static void a_row_that_the_server_refuses_is_named_by_its_source_key(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct lane_options o = lane_options();
    struct err e;
    run_script("ALTER TABLE public.t ADD CONSTRAINT no_701 CHECK (word <> 'word 701')");
    assert_int_equal(load(&t, &o, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "23514");
    assert_string_equal(e.key, "id=2103");
    assert_non_null(strstr(e.message, "no_701"));
    assert_string_equal(target_value(&target, "SELECT count(*) FROM public.t"), "600");
    run_script("ALTER TABLE public.t DROP CONSTRAINT no_701");
    assert_int_equal(load(&t, &o, &e), 0);
    assert_complete();
}

/* Takes every second row out, the last one of a batch included. */
static int drop_even(struct stage *s, struct batch *b, struct stage_result *r, struct err *e)
{
    (void)s;
    for (size_t row = 0; row < b->rows; row++) {
        int64_t id = b->cells[row * b->columns].as.integer;
        if (id % 2 == 0 && stage_drop(r, row, "even", 4, e) != 0)
            return -1;
    }
    return 0;
}

/* Refuses ids that a number divides, and stops at one of them; takes out those that end in 1. */
struct refusing {
    struct stage stage;
    int64_t divisor, stop_at;
    int64_t seen; /* rows that no stage before it has taken out */
};

static int refuse(struct stage *s, struct batch *b, struct stage_result *r, struct err *e)
{
    struct refusing *refusing = (struct refusing *)s;
    struct err why;
    for (size_t row = 0; row < b->rows; row++) {
        int64_t id = b->cells[row * b->columns].as.integer;
        if (stage_is_out(r, row))
            continue;
        refusing->seen++;
        if (id % 10 == 1)
            stage_merge(r, row);
        if (id % refusing->divisor != 0)
            continue;
        err_set(&why, ERR_VALUE, "the hook does not like it");
        if (stage_refuse(r, row, &why, id == refusing->stop_at, e) != 0)
            return -1;
    }
    return 0;
}

static void rows_that_a_stage_takes_out_are_counted_and_passed_by(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct stage stage = {drop_even}, *stages[] = {&stage};
    struct lane_options o = lane_options();
    struct err e;
    t.stages = stages;
    t.stage_count = 1;
    assert_int_equal(load(&t, &o, &e), 0);
    assert_string_equal(
        target_value(&target, "SELECT count(*) || ' ' || count(*) FILTER (WHERE id % 2 = 0) FROM public.t"), "1250 0");
    assert_string_equal(
        target_value(&target, "SELECT sum(read) || ' ' || sum(filtered) || ' ' || sum(passed) FROM wherry.slice"),
        "2500 1250 1250");
    assert_string_equal(target_value(&target, "SELECT string_agg(DISTINCT reason, ',') || ' ' || sum(rows) || ' ' ||"
                                              " count(*) FROM wherry.slice_filtered"),
                        "even 1250 9");
}

static void stages_stand_in_a_row_and_what_they_refuse_is_rejected(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct stage dropping = {drop_even};
    struct refusing refusing = {.stage = {refuse}, .divisor = 15};
    struct stage *stages[] = {&dropping, &refusing.stage};
    struct lane_options o = lane_options();
    struct err e;
    t.stages = stages;
    t.stage_count = 2;
    t.rejects = 1;
    assert_int_equal(load(&t, &o, &e), 0);
    assert_int_equal(refusing.seen, 1250);
    assert_string_equal(target_value(&target, "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE id % 2 = 0),"
                                              " count(*) FILTER (WHERE id % 15 = 0), count(*) FILTER (WHERE id % 10 ="
                                              " 1)) FROM public.t"),
                        "750 0 0 0");
    assert_string_equal(target_value(&target, "SELECT concat_ws(' ', sum(read), sum(filtered), sum(merged),"
                                              " sum(passed)) FROM wherry.slice"),
                        "2500 1250 250 750");
    assert_string_equal(target_value(&target, "SELECT concat_ws(' ', count(*), min(reason), bool_and(strpos(row,"
                                              " substr(key_text, 4)) > 0)) FROM wherry.reject"),
                        "250 the hook does not like it t");
    assert_string_equal(target_value(&target, "SELECT sum(rejected) FROM wherry.slice_target"), "250");
}

static void a_refusal_that_stops_names_the_row(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct refusing refusing = {.stage = {refuse}, .divisor = 2103, .stop_at = 2103};
    struct stage *stages[] = {&refusing.stage};
    struct lane_options o = lane_options();
    struct err e;
    t.stages = stages;
    t.stage_count = 1;
    assert_int_equal(load(&t, &o, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.message, "the hook does not like it");
    assert_string_equal(e.key, "id=2103");
    assert_string_equal(e.table, "t");
    assert_string_equal(target_value(&target, "SELECT count(*) FROM public.t"), "540");
}

static void stop_at_second(void *context, const struct table_load *t, const struct journal_counts *step,
                           const struct err *retry)
{
    struct killer *k = context;
    (void)t;
    (void)retry;
    if (step && ++k->steps == 2)
        stop_request(SIGINT);
}

static void a_signal_stops_it_between_two_commits_and_it_goes_on_later(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct killer k = {0};
    struct lane_options o = lane_options();
    struct err e;
    o.progress = stop_at_second;
    o.context = &k;
    assert_int_equal(load(&t, &o, &e), -1);
    stop_request(0);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_string_equal(target_value(&target, "SELECT count(*) FROM public.t"), "600");
    o.progress = NULL;
    assert_int_equal(load(&t, &o, &e), 0);
    assert_complete();
}

static void a_table_without_a_usable_key_is_one_step(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct lane_options o = lane_options();
    struct err e;
    t.read.sql_after = NULL;
    t.read.key_count = 0;
    assert_int_equal(load(&t, &o, &e), 0);
    assert_complete();
    assert_string_equal(target_value(&target, "SELECT count(*) FROM wherry.slice"), "1");
}

static void an_allocation_that_fails_anywhere_loses_nothing(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct lane_options o = lane_options();
    struct err e;
    long n = 0;
    int rc = -1;
    for (; rc != 0 && n < 2000; n++) {
        mem_fail_at(n);
        rc = load(&t, &o, &e);
        mem_fail_at(-1);
        if (rc != 0)
            assert_int_equal(e.kind, ERR_MEMORY);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 10); /* the sweep really met allocations */
    assert_complete();
}

/* Loads through a proxy that cuts the connection at one piece of what passes. Returns whether it came to that. */
static int load_with_a_cut(enum proxy_cut cut, int at)
{
    struct table_load t = table_t();
    struct lane_options o = lane_options();
    struct proxy proxy;
    struct err e;
    run_script(journal_tables);
    proxy_start(&proxy, target.pg);
    proxy.cut = cut;
    proxy.cut_at = at;
    o.conninfo = proxy.conninfo;
    o.back_off_ms = 1;
    o.step_rows = 1000;
    if (load(&t, &o, &e) != 0)
        fail_msg("cut at piece %d: %s", at, e.message);
    assert_complete();
    proxy_stop(&proxy);
    return proxy.pieces >= at;
}

static void a_connection_cut_at_any_message_loses_and_doubles_nothing(void **state)
{
    int at = 1;
    (void)state;
    while (load_with_a_cut(PROXY_CUT_BEFORE, at))
        at++;
    assert_true(at > 40); /* the sweep met whole steps, and not only the connect */
    at = 1;
    while (load_with_a_cut(PROXY_CUT_AFTER, at))
        at++;
    assert_true(at > 40);
}

static void a_loss_that_the_server_does_not_notice_does_not_hold_us(void **state)
{
    (void)state;
    /* Somewhere in the first step, so that its slice is locked. */
    for (int at = 30; at < 40; at += 3) {
        int64_t start = sys_clock_ms();
        assert_true(load_with_a_cut(PROXY_CUT_HALF, at));
        assert_true(sys_clock_ms() - start < 15000);
    }
}

/* Takes the slice behind the second step away, as another run would, and gives the rest back in two. */
static void take_a_slice(void *context, const struct table_load *t, const struct journal_counts *step,
                         const struct err *retry)
{
    struct killer *k = context;
    (void)t;
    assert_null(retry);
    if (step && ++k->steps == 2)
        run_script(
            "WITH s AS (UPDATE wherry.slice SET state = 'done', read = 300, passed = 300 WHERE state = 'todo'"
            " RETURNING *), i AS (INSERT INTO wherry.slice_target SELECT id, 'public.t', 300, 300, 0, 0, 0 FROM s),"
            " r AS (INSERT INTO public.t SELECT 3 * n, CASE WHEN n % 7 <> 0 THEN 'word ' || n END"
            " FROM generate_series(601, 900) n)"
            "INSERT INTO wherry.slice (run, source, source_table, state, lo)"
            " SELECT run, source, source_table, 'todo', decode('010000000000000a8c', 'hex') FROM s");
}

static void a_slice_that_somebody_else_has_finished_is_passed_by(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct killer k = {0};
    struct lane_options o = lane_options();
    struct err e;
    o.progress = take_a_slice;
    o.context = &k;
    o.retry_ms = 0; /* it costs no connection and no patience */
    assert_int_equal(load(&t, &o, &e), 0);
    assert_complete();
}

static void a_refused_row_at_the_border_of_a_batch_is_named(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct lane_options o = lane_options();
    struct err e;
    o.step_rows = 2500;
    run_script("ALTER TABLE public.t ADD CONSTRAINT last_of_batch CHECK (id <> 3000)");
    assert_int_equal(load(&t, &o, &e), -1);
    assert_string_equal(e.key, "id=3000"); /* the thousandth row */
    run_script("ALTER TABLE public.t DROP CONSTRAINT last_of_batch, ADD CONSTRAINT first_of_batch CHECK (id <> 3003)");
    assert_int_equal(load(&t, &o, &e), -1);
    assert_string_equal(e.key, "id=3003");
}

static void a_refusal_that_passes_by_itself_is_tried_again(void **state)
{
    static const char *const states[] = {"40001", "40P01", "55P03", "53200"};
    (void)state;
    struct table_load t = table_t();
    struct lane_options o = lane_options();
    struct err e;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        char sql[500];
        run_script(journal_tables);
        /* A sequence is not rolled back: only the first attempt at the row fails. */
        (void)snprintf(sql, sizeof sql,
                       "DROP SEQUENCE IF EXISTS public.tries;"
                       "CREATE SEQUENCE public.tries; CREATE OR REPLACE FUNCTION public.once() RETURNS trigger"
                       " LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 2100 AND nextval('public.tries') = 1 THEN"
                       " RAISE SQLSTATE '%s'; END IF; RETURN NEW; END $$;"
                       "CREATE TRIGGER once BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.once()",
                       states[i]);
        run_script(sql);
        assert_int_equal(load(&t, &o, &e), 0);
        assert_string_equal(target_value(&target, "SELECT last_value FROM public.tries"), "2");
        assert_complete();
    }
}

static void stop_at_sixth_retry(void *context, const struct table_load *t, const struct journal_counts *step,
                                const struct err *retry)
{
    struct killer *k = context;
    (void)t;
    (void)step;
    if (retry && ++k->steps == 6)
        stop_request(SIGINT);
}

static void a_signal_ends_the_wait_for_another_attempt(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct killer k = {0};
    struct lane_options o = lane_options();
    struct err e;
    o.conninfo = "host=/nonexistent dbname=postgres";
    o.progress = stop_at_sixth_retry; /* behind it, 3.2 s would be waited */
    o.context = &k;
    int64_t before = sys_clock_ms();
    assert_int_equal(load(&t, &o, &e), -1);
    stop_request(0);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_int_equal(k.steps, 6);
    assert_in_range(sys_clock_ms() - before, 3100, 6200); /* 0.1 + 0.2 + 0.4 + 0.8 + 1.6 s before it */
}

static void enough_bytes_end_a_step_too(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct lane_options o = lane_options();
    struct err e;
    o.step_rows = 2500;
    o.step_bytes = 1000;
    assert_int_equal(load(&t, &o, &e), 0);
    assert_complete();
    assert_string_equal(target_value(&target, "SELECT count(*) || ' ' || max(read) FROM wherry.slice"), "4 1000");
}

static void kill_each(void *context, const struct table_load *t, const struct journal_counts *step,
                      const struct err *retry)
{
    struct killer *k = context;
    kill_lane(context, t, step, retry);
    if (step && k->steps == k->kill_at) {
        k->kill_at += 3;
        usleep(200 * 1000);
    }
}

static void a_committed_step_gives_the_next_failure_its_full_time(void **state)
{
    (void)state;
    struct table_load t = table_t();
    struct killer k = {.kill_at = 1};
    struct lane_options o = lane_options();
    struct err e;
    o.progress = kill_each;
    o.context = &k;
    o.retry_ms = 300; /* counted from the first of the three failures, it would be over at the second */
    assert_int_equal(load(&t, &o, &e), 0);
    assert_true(k.steps >= 9);
    assert_complete();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_row_arrives_in_steps_with_a_journal_row_each, fresh),
        cmocka_unit_test_setup(a_lost_connection_is_replaced_and_no_row_is_lost_or_doubled, fresh),
        cmocka_unit_test_setup(without_time_to_retry_the_run_stops_and_goes_on_later, fresh),
        cmocka_unit_test_setup(a_value_that_does_not_fit_is_named_and_the_steps_before_it_stay, fresh),
        cmocka_unit_test_setup(a_row_that_the_server_refuses_is_named_by_its_source_key, fresh),
        cmocka_unit_test_setup(rows_that_a_stage_takes_out_are_counted_and_passed_by, fresh),
        cmocka_unit_test_setup(stages_stand_in_a_row_and_what_they_refuse_is_rejected, fresh),
        cmocka_unit_test_setup(a_refusal_that_stops_names_the_row, fresh),
        cmocka_unit_test_setup(a_signal_stops_it_between_two_commits_and_it_goes_on_later, fresh),
        cmocka_unit_test_setup(a_table_without_a_usable_key_is_one_step, fresh),
        cmocka_unit_test_setup(an_allocation_that_fails_anywhere_loses_nothing, fresh),
        cmocka_unit_test_setup(a_connection_cut_at_any_message_loses_and_doubles_nothing, fresh),
        cmocka_unit_test_setup(a_loss_that_the_server_does_not_notice_does_not_hold_us, fresh),
        cmocka_unit_test_setup(a_slice_that_somebody_else_has_finished_is_passed_by, fresh),
        cmocka_unit_test_setup(a_refused_row_at_the_border_of_a_batch_is_named, fresh),
        cmocka_unit_test_setup(a_refusal_that_passes_by_itself_is_tried_again, fresh),
        cmocka_unit_test_setup(a_signal_ends_the_wait_for_another_attempt, fresh),
        cmocka_unit_test_setup(enough_bytes_end_a_step_too, fresh),
        cmocka_unit_test_setup(a_committed_step_gives_the_next_failure_its_full_time, fresh),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
