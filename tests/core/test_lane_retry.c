/* test_lane_retry.c: rejected rows once more: those that fit by now are loaded once, the others keep a reason. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "load_rejects.h"
#include "proxy.h"
#include "sys.h"

static const char sql_key[] = "SELECT id, word FROM t WHERE id = ?1";
enum { MOST = 2500 };
static struct retry rejects[MOST];
static unsigned char keys[MOST][9];

/* All open rejects, as the journal has them. */
static size_t list_rejects(void)
{
    PGresult *result = PQexec(target.pg->conn, "SELECT id, encode(key, 'hex') FROM wherry.reject WHERE state = 'open'"
                                               " ORDER BY id");
    size_t count = (size_t)PQntuples(result);
    assert_true(count <= MOST);
    for (size_t i = 0; i < count; i++) {
        const char *hex = PQgetvalue(result, (int)i, 1);
        assert_int_equal(strlen(hex), 18);
        for (size_t k = 0; k < 9; k++) {
            unsigned byte = 0;
            assert_int_equal(sscanf(hex + 2 * k, "%2x", &byte), 1);
            keys[i][k] = (unsigned char)byte;
        }
        rejects[i] =
            (struct retry){.id = strtoll(PQgetvalue(result, (int)i, 0), NULL, 10), .key = keys[i], .key_length = 9};
    }
    PQclear(result);
    return count;
}

static int retry_with(const char *sql, size_t count)
{
    struct lane l = {.options = &o, .db = source};
    err_clear(&e);
    int rc = lane_retry(&l, &t, sql, rejects, count, &e);
    lane_close(&l);
    return rc;
}

static void assert_retried(size_t count, size_t loaded, size_t refused, size_t gone)
{
    size_t found[RETRY_GONE + 1] = {0};
    if (retry_with(sql_key, count) != 0)
        fail_msg("%s (%s)", e.message, e.sqlstate);
    for (size_t i = 0; i < count; i++)
        found[rejects[i].outcome]++;
    assert_int_equal(found[RETRY_LOADED], loaded);
    assert_int_equal(found[RETRY_REFUSED], refused);
    assert_int_equal(found[RETRY_GONE], gone);
    assert_int_equal(found[RETRY_OPEN], 0);
}

/* Whatever happened: each row is in the target once or an open reject, and the sums of the journal say so. */
static void assert_ledger(const char *rows, const char *open)
{
    assert_value("SELECT count(*) || ' ' || count(DISTINCT id) FROM public.t", rows);
    assert_value("SELECT count(*) FROM wherry.reject WHERE state = 'open'", open);
    assert_value("SELECT sum(read) = 2500 AND sum(s.read) = sum(s.passed) + sum(t.rejected)"
                 " AND sum(t.inserted) = (SELECT count(*) FROM public.t) AND sum(t.rejected) ="
                 " (SELECT count(*) FROM wherry.reject WHERE state = 'open') AND bool_and(state = 'done')"
                 " FROM wherry.slice s JOIN wherry.slice_target t ON t.slice = s.id",
                 "t");
    assert_value("SELECT count(*) FROM public.t WHERE xmin::text::bigint NOT IN (SELECT unnest(sub_xids || xid)"
                 " FROM wherry.slice)",
                 "0");
}

/* A load that rejects every row whose id is a multiple of `n`. */
static void load_but(const char *n)
{
    char sql[100];
    (void)snprintf(sql, sizeof sql, "ALTER TABLE public.t ADD CONSTRAINT odd CHECK (id %% %s <> 0)", n);
    run_script(sql);
    if (load(&t, &o, &e) != 0)
        fail_msg("%s", e.message);
}

static void rows_that_fit_by_now_are_loaded(void **state)
{
    (void)state;
    load_but("30");
    assert_ledger("2250 2250", "250");
    run_script("ALTER TABLE public.t DROP CONSTRAINT odd");
    assert_retried(list_rejects(), 250, 0, 0);
    assert_ledger("2500 2500", "0");
    assert_complete_values();
    assert_value("SELECT count(*) || ' ' || count(DISTINCT s.id) || ' ' || min(s.kind) || ' ' || min(t.rejected) FROM"
                 " wherry.reject r JOIN wherry.slice s ON s.id = r.loaded_by JOIN wherry.slice_target t ON"
                 " t.slice = s.id WHERE r.state = 'loaded'",
                 "250 1 retry -250");
    /* Nothing is left, and nothing comes twice. */
    assert_int_equal(list_rejects(), 0);
}

static void those_that_are_refused_again_stay_open_with_the_new_reason(void **state)
{
    (void)state;
    load_but("30");
    run_script("ALTER TABLE public.t DROP CONSTRAINT odd;"
               "ALTER TABLE public.t ADD CONSTRAINT still CHECK (id % 300 <> 0)");
    columns[1].not_null = 1;
    assert_retried(list_rejects(), 193, 57, 0); /* 25 by the server, of these 3 without a word, 35 without one */
    assert_ledger("2443 2443", "57");
    assert_value("SELECT count(*) FILTER (WHERE sqlstate = '23514' AND reason LIKE '%still%' AND column_name IS NULL)"
                 " || ' ' || count(*) FILTER (WHERE sqlstate = '23502' AND column_name = 'word' AND value ="
                 " '{\"class\":\"null\"}' AND reason LIKE '%it is NULL%' AND hint LIKE 'fill the column%')"
                 " FROM wherry.reject WHERE state = 'open'",
                 "22 35");
    columns[1].not_null = 0;
    run_script("ALTER TABLE public.t DROP CONSTRAINT still");
    assert_retried(list_rejects(), 57, 0, 0);
    assert_ledger("2500 2500", "0");
}

static void a_row_that_is_gone_from_the_source_stays_open(void **state)
{
    (void)state;
    load_but("30");
    run_script("ALTER TABLE public.t DROP CONSTRAINT odd");
    size_t count = list_rejects();
    assert_int_equal(retry_with("SELECT id, word FROM t WHERE id = ?1 AND id % 60", count), 0);
    assert_int_equal(rejects[0].outcome, RETRY_LOADED);
    assert_int_equal(rejects[1].outcome, RETRY_GONE);
    assert_ledger("2375 2375", "125");
}

static void a_reject_is_loaded_once_however_often_it_is_asked_for(void **state)
{
    (void)state;
    load_but("30");
    run_script("ALTER TABLE public.t DROP CONSTRAINT odd");
    size_t count = list_rejects();
    rejects[1] = rejects[0];
    assert_retried(count, 250, 0, 0);
    assert_ledger("2499 2499", "1");
    assert_retried(count, 250, 0, 0);
    assert_ledger("2499 2499", "1");
    rejects[0].id = 99999; /* of another run, or none */
    assert_retried(1, 1, 0, 0);
    assert_ledger("2499 2499", "1");
}

static void many_rows_go_in_several_steps(void **state)
{
    (void)state;
    load_but("3");
    assert_ledger("0 0", "2500");
    run_script("ALTER TABLE public.t DROP CONSTRAINT odd");
    assert_retried(list_rejects(), 2500, 0, 0);
    assert_ledger("2500 2500", "0");
    assert_value("SELECT count(*) FROM wherry.slice WHERE kind = 'retry'", "5");
    assert_complete_values();
}

/* Retries three rows, one of them refused again, through a proxy that cuts the connection at one piece of what passes.
 * Returns whether it came to that. */
static int retry_with_a_cut(enum proxy_cut cut, int at)
{
    struct proxy proxy;
    run_script("DELETE FROM wherry.slice_target WHERE rejected < 0; DELETE FROM wherry.slice WHERE kind = 'retry';"
               "DELETE FROM public.t WHERE id % 2400 = 0; UPDATE wherry.reject SET state = 'open', reason = 'old'");
    proxy_start(&proxy, target.pg);
    proxy.cut = cut;
    proxy.cut_at = at;
    o.conninfo = proxy.conninfo;
    o.back_off_ms = 1;
    assert_retried(list_rejects(), 2, 1, 0);
    o.conninfo = target.server.conninfo;
    assert_ledger("2499 2499", "1");
    assert_value("SELECT reason LIKE '%again%' FROM wherry.reject WHERE state = 'open'", "t");
    proxy_stop(&proxy);
    return proxy.pieces >= at;
}

static void a_connection_cut_at_any_message_loads_no_row_twice(void **state)
{
    (void)state;
    load_but("2400");
    run_script(
        "ALTER TABLE public.t DROP CONSTRAINT odd; ALTER TABLE public.t ADD CONSTRAINT again CHECK (id <> 4800)");
    int at = 1;
    while (retry_with_a_cut(PROXY_CUT_BEFORE, at))
        at++;
    assert_true(at > 40);
    at = 1;
    while (retry_with_a_cut(PROXY_CUT_AFTER, at))
        at++;
    assert_true(at > 40);
}

static void a_key_that_is_none_stops_the_retry(void **state)
{
    (void)state;
    load_but("30");
    size_t count = list_rejects();
    rejects[0].key_length = 3;
    assert_int_equal(retry_with(sql_key, count), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(rejects[0].outcome, RETRY_OPEN);
    assert_ledger("2250 2250", "250");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rows_that_fit_by_now_are_loaded, prepared),
        cmocka_unit_test_setup(those_that_are_refused_again_stay_open_with_the_new_reason, prepared),
        cmocka_unit_test_setup(a_row_that_is_gone_from_the_source_stays_open, prepared),
        cmocka_unit_test_setup(a_reject_is_loaded_once_however_often_it_is_asked_for, prepared),
        cmocka_unit_test_setup(many_rows_go_in_several_steps, prepared),
        cmocka_unit_test_setup(a_connection_cut_at_any_message_loads_no_row_twice, prepared),
        cmocka_unit_test_setup(a_key_that_is_none_stops_the_retry, prepared),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
