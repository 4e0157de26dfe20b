/* test_lane_digest.c: the digests that steps leave in the journal are those that the server computes of the rows that
 * have arrived, whatever was refused, lost or loaded late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load_rejects.h"
#include "proxy.h"

static const size_t first_column[] = {0};
static struct digest_column digested[2];
static struct digest_spec digest_t;

/* Rows of the target in the digest: id, word. */
static int prepared_digest(void **state)
{
    int rc = prepared(state);
    for (size_t i = 0; i < 2; i++)
        digested[i] = (struct digest_column){
            .field = i, .oid = i == 0 ? 20 : 25, .codec = columns[i].codec, .hint = &columns[i].hint};
    digest_prepare(digested, 2);
    digest_t = (struct digest_spec){.columns = digested, .count = 2, .key = first_column, .key_count = 1};
    t.digest = &digest_t;
    return rc;
}

/* The sum of the journal's digests of a target. */
static struct digest journal_digest_of(const char *name)
{
    const char *values[] = {name};
    PGresult *result = PQexecParams(target.pg->conn, "SELECT digest FROM wherry.slice_digest WHERE target = $1", 1,
                                    NULL, values, NULL, NULL, 1);
    struct digest sum = {0}, one;
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(result); i++) {
        assert_int_equal(
            digest_unpack(&one, (const unsigned char *)PQgetvalue(result, i, 0), (size_t)PQgetlength(result, i, 0), &e),
            0);
        digest_add(&sum, &one);
    }
    PQclear(result);
    return sum;
}

/* What the server computes of a table, the record of whose key and of whose row are these. */
static struct digest server_digest_of(const char *name, const char *key, const char *row)
{
    char sql[600];
    struct digest d = {0};
    (void)snprintf(sql, sizeof sql,
                   "SELECT k & 1023, count(*), mod(mod(sum(h), 18446744073709551616) + 18446744073709551616,"
                   " 18446744073709551616) FROM (SELECT hash_record_extended(ROW(record_send(ROW(%s))), 0) AS k,"
                   " hash_record_extended(ROW(record_send(ROW(%s))), 0) AS h FROM %s) AS hashed GROUP BY 1",
                   key, row, name);
    PGresult *result = PQexec(target.pg->conn, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s", PQresultErrorMessage(result));
    for (int i = 0; i < PQntuples(result); i++)
        d.buckets[strtoul(PQgetvalue(result, i, 0), NULL, 10)] = (struct digest_bucket){
            strtoll(PQgetvalue(result, i, 1), NULL, 10), strtoull(PQgetvalue(result, i, 2), NULL, 10)};
    PQclear(result);
    return d;
}

static void assert_same(int64_t rows)
{
    const struct digest journal = journal_digest_of("public.t"),
                        server = server_digest_of("public.t", "id", "id, word");
    assert_int_equal(digest_total(&journal).rows, rows);
    assert_int_equal(digest_compare(&journal, &server, NULL), 0);
}

static void each_step_leaves_the_digest_of_its_rows(void **state)
{
    (void)state;
    assert_loads();
    assert_same(2500);
    assert_value("SELECT count(*) || ' ' || count(DISTINCT d.slice) FROM wherry.slice s"
                 " LEFT JOIN wherry.slice_digest d ON d.slice = s.id AND s.state = 'done'",
                 "9 9");
    /* It would see an exchange of two values. */
    run_script("UPDATE public.t SET word = CASE id WHEN 3 THEN 'word 2' ELSE 'word 1' END WHERE id IN (3, 6)");
    const struct digest journal = journal_digest_of("public.t"),
                        server = server_digest_of("public.t", "id", "id, word");
    assert_int_equal(digest_compare(&journal, &server, NULL), 2);
}

static void a_table_without_rows_has_one_too(void **state)
{
    (void)state;
    t.read.sql_first = "SELECT id, word FROM t WHERE id < 0 ORDER BY id";
    assert_loads();
    assert_same(0);
    assert_value("SELECT encode(digest, 'hex') FROM wherry.slice_digest", "01");
}

static void nobody_asks_and_nothing_is_written(void **state)
{
    (void)state;
    t.digest = NULL;
    assert_loads();
    assert_value("SELECT count(*) FROM wherry.slice_digest", "0");
}

static void rows_that_do_not_fit_are_not_in_it(void **state)
{
    (void)state;
    columns[1].codec = codec_find(1043, "varchar");
    columns[1].hint.typmod = 4 + 8;
    columns[1].on_bad = ON_BAD_REJECT;
    assert_loads();
    assert_same(2500 - 1286);
}

static void rows_that_the_server_refuses_are_taken_out_again(void **state)
{
    (void)state;
    run_script("ALTER TABLE public.t ADD CHECK (id % 100 <> 0)");
    assert_loads();
    assert_rows_and_rejects("2475", "25");
    assert_same(2475);
}

static void so_are_rows_whose_refusal_was_foreseen(void **state)
{
    (void)state;
    /* Every key twice: guesses hold the second ones back. */
    run_script("CREATE UNIQUE INDEX ON public.t ((id / 6)); ALTER TABLE public.t ADD CHECK (word <> 'word 77')");
    assert_loads();
    assert_string_not_equal(target_value(&target, "SELECT count(*) FROM wherry.reject"), "0");
    assert_same(strtoll(target_value(&target, "SELECT count(*) FROM public.t"), NULL, 10));
}

static size_t list_rejects(struct retry *rejects, unsigned char (*keys)[9], size_t most)
{
    PGresult *result = PQexecParams(target.pg->conn,
                                    "SELECT id::text, key FROM wherry.reject WHERE state = 'open'"
                                    " ORDER BY id",
                                    0, NULL, NULL, NULL, NULL, 1);
    size_t count = (size_t)PQntuples(result);
    assert_true(count <= most);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(PQgetlength(result, (int)i, 1), 9);
        memcpy(keys[i], PQgetvalue(result, (int)i, 1), 9);
        rejects[i] =
            (struct retry){.id = strtoll(PQgetvalue(result, (int)i, 0), NULL, 10), .key = keys[i], .key_length = 9};
    }
    PQclear(result);
    return count;
}

static void a_retry_adds_what_it_loads(void **state)
{
    static struct retry rejects[100];
    static unsigned char keys[100][9];
    struct lane l = {.options = &o, .db = source};
    (void)state;
    run_script("ALTER TABLE public.t ADD CONSTRAINT odd CHECK (id % 100 <> 0)");
    assert_loads();
    run_script("ALTER TABLE public.t DROP CONSTRAINT odd; ALTER TABLE public.t ADD CHECK (id % 1000 <> 0)");
    err_clear(&e);
    size_t count = list_rejects(rejects, keys, 100);
    assert_int_equal(lane_retry(&l, &t, "SELECT id, word FROM t WHERE id = ?1", rejects, count, &e), 0);
    lane_close(&l);
    assert_value("SELECT count(*) FROM wherry.reject WHERE state = 'open'", "2");
    assert_same(2498);
    assert_value("SELECT count(*) FROM wherry.slice_digest d JOIN wherry.slice s ON s.id = d.slice"
                 " WHERE kind = 'retry'",
                 "1");
}

static void a_connection_that_is_lost_leaves_no_step_half_counted(void **state)
{
    int at = 1, met = 1;
    for (; met; at += 3) {
        struct proxy proxy;
        assert_int_equal(prepared_digest(state), 0);
        proxy_start(&proxy, target.pg);
        proxy.cut = at % 2 ? PROXY_CUT_BEFORE : PROXY_CUT_AFTER;
        proxy.cut_at = at;
        o.conninfo = proxy.conninfo;
        o.back_off_ms = 1;
        o.step_rows = 1000;
        assert_loads();
        assert_complete();
        assert_same(2500);
        proxy_stop(&proxy);
        met = proxy.pieces >= at;
    }
    assert_true(at > 40);
}

static void an_allocation_that_fails_anywhere_leaves_no_wrong_sum(void **state)
{
    int rc = -1;
    long n = 0;
    (void)state;
    run_script("ALTER TABLE public.t ADD CHECK (id % 500 <> 0)");
    for (; rc != 0 && n < 2000; n++) {
        mem_fail_at(n);
        rc = load(&t, &o, &e);
        mem_fail_at(-1);
        if (rc != 0)
            assert_int_equal(e.kind, ERR_MEMORY);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 30);
    assert_same(2495);
}

/* --- rows for other tables --- */

static struct copy_column tag_columns[2];
static const unsigned char tag_optional[] = {0, 1};
static struct digest_column tag_digested[2];
static struct digest_spec tag_digest;
static struct emit_target emits[2];

/* Of each row two tags, of which every other gives no note, and of each row with a key that ten divides one more row
 * for its own table. */
static int emit_tags(struct stage *s, struct batch *b, struct stage_result *r, struct err *why)
{
    (void)s;
    for (size_t row = 0; row < b->rows; row++) {
        int64_t id = b->cells[row * b->columns].as.integer;
        struct batch one = {0};
        size_t start = r->emitted.length;
        int rc = batch_init(&one, 2, why);
        struct cell *cells = rc == 0 ? batch_row(&one, why) : NULL;
        for (int i = 0; cells && rc == 0 && i < 2; i++) {
            const unsigned char given[] = {1, (unsigned char)i};
            cells[0] = (struct cell){.class = CELL_INTEGER, .as.integer = id * 2 + i};
            rc = batch_bytes(&one, &cells[1], CELL_TEXT, "note", 4, why);
            if (rc == 0)
                rc = emit_row(&r->emitted, emits, 0, given, &one, why);
        }
        static const unsigned char all[] = {1, 1};
        cells[0] = (struct cell){.class = CELL_INTEGER, .as.integer = -id};
        if (rc == 0 && id % 10 == 0)
            rc = emit_row(&r->emitted, emits, 1, all, &one, why);
        batch_free(&one);
        if (rc != 0)
            return -1;
        r->rows[row].emitted = start;
        r->rows[row].emitted_length = r->emitted.length - start;
    }
    return 0;
}

static void emitted_rows_are_in_the_digests_of_their_tables(void **state)
{
    static const unsigned char none[] = {0, 0, 0, 4, 'n', 'o', 'n', 'e'};
    struct stage stage = {emit_tags}, *stages[] = {&stage};
    (void)state;
    run_script("DROP TABLE IF EXISTS public.tag; CREATE TABLE public.tag (id bigint, note text DEFAULT 'none');"
               "ALTER TABLE wherry.slice_target ADD emitted bigint;"
               "ALTER TABLE public.t ADD CHECK (id % 100 <> 0)");
    memcpy(tag_columns, columns, sizeof columns);
    tag_columns[1].target_name = "note";
    memcpy(tag_digested, digested, sizeof digested);
    tag_digested[1].constant = none;
    tag_digested[1].constant_length = sizeof none;
    tag_digest = digest_t;
    tag_digest.columns = tag_digested;
    emits[0] = (struct emit_target){
        .target = "public.tag", .columns = tag_columns, .is_optional = tag_optional, .count = 2, .digest = &tag_digest};
    emits[1] = emits[0];
    emits[1].target = "public.t";
    emits[1].columns = columns;
    emits[1].digest = &digest_t;
    t.stages = stages;
    t.stage_count = 1;
    t.emits = emits;
    t.emit_count = 2;
    assert_loads();
    /* 25 of 2,500 are refused, with what was made of them; of 250 one more is made, which has no check against it. */
    assert_same(2475 + 225);
    const struct digest journal = journal_digest_of("public.tag"),
                        server = server_digest_of("public.tag", "id", "id, note");
    assert_int_equal(digest_total(&journal).rows, 2 * 2475);
    assert_int_equal(digest_compare(&journal, &server, NULL), 0);
    assert_value("SELECT count(*) FROM public.tag WHERE note = 'none'", "2475");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_step_leaves_the_digest_of_its_rows, prepared_digest),
        cmocka_unit_test_setup(a_table_without_rows_has_one_too, prepared_digest),
        cmocka_unit_test_setup(nobody_asks_and_nothing_is_written, prepared_digest),
        cmocka_unit_test_setup(rows_that_do_not_fit_are_not_in_it, prepared_digest),
        cmocka_unit_test_setup(rows_that_the_server_refuses_are_taken_out_again, prepared_digest),
        cmocka_unit_test_setup(so_are_rows_whose_refusal_was_foreseen, prepared_digest),
        cmocka_unit_test_setup(a_retry_adds_what_it_loads, prepared_digest),
        cmocka_unit_test_setup(a_connection_that_is_lost_leaves_no_step_half_counted, prepared_digest),
        cmocka_unit_test_setup(an_allocation_that_fails_anywhere_leaves_no_wrong_sum, prepared_digest),
        cmocka_unit_test_setup(emitted_rows_are_in_the_digests_of_their_tables, prepared_digest),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
