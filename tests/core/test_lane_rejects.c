/* test_lane_rejects.c: rows that do not fit, or that the server refuses, are kept out and told, and all others arrive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load_rejects.h"
#include "proxy.h"
#include "sys.h"

/* --- refused by a codec --- */

static void word_is_integer(enum on_bad on_bad)
{
    columns[1].codec = codec_find(20, "int8");
    columns[1].type_name = "bigint";
    columns[1].on_bad = on_bad;
    t.read.sql_first = "SELECT id, CASE WHEN id % 100 = 0 THEN word ELSE id * 2 END FROM t ORDER BY id";
    t.read.sql_after = "SELECT id, CASE WHEN id % 100 = 0 THEN word ELSE id * 2 END FROM t WHERE id > ?1 ORDER BY id";
    run_script("ALTER TABLE public.t ALTER word TYPE bigint USING NULL");
}

static void rows_with_bad_values_are_kept_in_the_journal(void **state)
{
    (void)state;
    word_is_integer(ON_BAD_REJECT);
    t.rejects = 0;
    assert_loads();
    /* 25 ids are multiples of 300; the word of three of these is NULL. */
    assert_rows_and_rejects("2478", "22");
    assert_value(
        "SELECT string_agg(concat_ws('|', run, source, source_table, target, encode(key, 'hex'), key_text,"
        " column_name, value, sqlstate, reason, hint, row, state, coalesce(loaded_by, 0)), E'\\n')"
        " FROM wherry.reject WHERE key_text = 'id=600'",
        "1|main|t|public.t|010000000000000258|id=600|word|{\"class\":\"text\",\"text\":\"word 200\"}|22P02|"
        "value does not fit \"word\" bigint: the text is not an integer in decimal digits|"
        "correct the value in the source, or give the target column a text or numeric type|"
        "{\"id\":{\"class\":\"integer\",\"text\":\"600\"},\"word\":{\"class\":\"text\",\"text\":\"word 200\"}}|"
        "open|0");
    assert_value("SELECT sum(value_count) || ' ' || sum(nulled) || ' ' || sum(converted) FROM wherry.slice_column"
                 " WHERE column_name = 'word'",
                 "2475 0 0");
}

static void bad_values_that_become_null_are_counted(void **state)
{
    (void)state;
    word_is_integer(ON_BAD_NULL);
    assert_loads();
    assert_rows_and_rejects("2500", "0");
    assert_value("SELECT sum(value_count) || ' ' || sum(nulled) || ' ' || sum(converted) FROM wherry.slice_column"
                 " WHERE column_name = 'word'",
                 "2475 22 0");
    assert_value("SELECT count(*) FROM public.t WHERE word IS NULL", "25");
}

static void a_conversion_comes_before_the_reject(void **state)
{
    static const enum mend cut[] = {MEND_CUT};
    (void)state;
    columns[1].codec = codec_find(1043, "varchar");
    columns[1].hint.typmod = 4 + 8;
    columns[1].mends = cut;
    columns[1].mend_count = 1;
    columns[1].on_bad = ON_BAD_REJECT;
    t.read.sql_first = "SELECT id, CASE id WHEN 6 THEN x'00' ELSE word END FROM t ORDER BY id";
    t.read.sql_after = "SELECT id, word FROM t WHERE id > ?1 ORDER BY id";
    assert_loads();
    assert_rows_and_rejects("2499", "1");
    assert_value("SELECT max(length(word)) FROM public.t", "8");
    assert_value("SELECT sum(converted) FROM wherry.slice_column WHERE column_name = 'word'", "1286");
    assert_value("SELECT value || sqlstate FROM wherry.reject", "{\"class\":\"blob\",\"hex\":\"00\"}22023");
}

static void what_fails_the_run_is_not_rejected(void **state)
{
    (void)state;
    word_is_integer(ON_BAD_FAIL);
    assert_int_equal(load(&t, &o, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.key, "id=300");
    assert_value("SELECT count(*) FROM wherry.reject", "0");
}

static void many_rejects_do_not_wait_for_the_end_of_a_step(void **state)
{
    (void)state;
    /* A table without a key is one step: 20 MB of rejects pass by while its rows are sent. */
    columns[1].codec = codec_find(17, "bytea");
    columns[0].on_bad = ON_BAD_REJECT;
    t.read.sql_first = "SELECT CASE WHEN id % 2 THEN x'00' ELSE id END, zeroblob(8000) FROM t";
    t.read.sql_after = NULL;
    t.read.key_count = 0;
    run_script("ALTER TABLE public.t ALTER word TYPE bytea USING NULL");
    assert_loads();
    assert_rows_and_rejects("1250", "1250");
    assert_value("SELECT count(DISTINCT slice) || ' ' || count(key) || ' ' || count(key_text) || ' ' ||"
                 " min(length(row)) FROM wherry.reject",
                 "1 0 0 16067");
    assert_value("SELECT count(*) FROM wherry.slice", "1");
}

/* --- refused by the server --- */

static void rows_that_a_check_refuses_are_rejected_with_the_servers_words(void **state)
{
    (void)state;
    run_script("ALTER TABLE public.t ADD CONSTRAINT odd CHECK (id % 100 <> 0)");
    assert_loads();
    assert_rows_and_rejects("2475", "25");
    assert_value(
        "SELECT concat_ws('|', encode(key, 'hex'), key_text, coalesce(column_name, '-'), coalesce(value, '-'),"
        " sqlstate, reason, row) FROM wherry.reject WHERE key_text = 'id=600'",
        "010000000000000258|id=600|-|-|23514|new row for relation \"t\" violates check constraint \"odd\" "
        "(Failing row contains (600, word 200).)|"
        "{\"id\":{\"class\":\"integer\",\"text\":\"600\"},\"word\":{\"class\":\"text\",\"text\":\"word 200\"}}");
    assert_value("SELECT count(*) FROM wherry.slice WHERE sub_xids IS NOT NULL", "9");
}

/* Many rows in one step, so that refusals are foreseen: by conditions over columns with awkward names and NULLs. */
static void what_several_checks_refuse_is_rejected_and_nothing_else(void **state)
{
    (void)state;
    o.step_rows = 2500;
    t.write.copy_sql = "COPY public.t (id, \"the \"\"word\") FROM STDIN (FORMAT binary)";
    columns[1].target_name = "the \"word";
    run_script("ALTER TABLE public.t RENAME word TO \"the \"\"word\";"
               "ALTER TABLE public.t ADD CHECK (id % 100 <> 0), ADD more int DEFAULT 7 CHECK (more = 7),"
               " ADD CHECK (length(\"the \"\"word\") <> 9 OR id < more * 1000)");
    assert_loads();
    assert_value("SELECT count(*) || ' ' || count(more) FROM public.t", "2334 2334");
    assert_value("SELECT count(*) || ' ' || count(DISTINCT key) || ' ' || min(sqlstate) || max(sqlstate)"
                 " FROM wherry.reject",
                 "166 166 2351423514");
    assert_value("SELECT count(*) FROM public.t WHERE id % 100 = 0 OR (id >= 7000 AND length(\"the \"\"word\") = 9)",
                 "0");
}

static void a_trigger_may_save_a_row_that_a_check_would_refuse(void **state)
{
    (void)state;
    o.step_rows = 2500;
    run_script("CREATE OR REPLACE FUNCTION public.judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
               " IF new.id % 300 = 0 THEN new.word := 'saved'; END IF; RETURN new; END $$;"
               "CREATE TRIGGER judge BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.judge();"
               "ALTER TABLE public.t ADD CHECK (id % 100 <> 0 OR word = 'saved' OR id > 7000),"
               " ADD CHECK (id % 30 <> 0 OR word = 'saved')");
    assert_loads();
    assert_rows_and_rejects("2307", "193");
    assert_value("SELECT count(*) FROM public.t WHERE word = 'saved'", "25");
}

/* Such a condition says nothing of many rows at once, and refuses one with its own words. */
static void a_check_that_fails_instead_of_being_false_is_no_help(void **state)
{
    (void)state;
    o.step_rows = 2500;
    run_script("ALTER TABLE public.t ADD CHECK (1000 / (id % 60 - 30) > -1000 AND id % 750 <> 0)");
    assert_loads();
    assert_rows_and_rejects("2370", "130");
    assert_value("SELECT count(*) FILTER (WHERE sqlstate = '22012' AND reason = 'division by zero') || ' ' ||"
                 " count(*) FILTER (WHERE sqlstate = '23514') FROM wherry.reject",
                 "125 5");
}

static void a_step_without_rejects_is_followed_by_the_quick_way(void **state)
{
    (void)state;
    run_script("ALTER TABLE public.t ADD CONSTRAINT early CHECK (id > 90)");
    assert_loads();
    assert_rows_and_rejects("2470", "30");
    /* The first step in groups, the second to see that all is well, the others in one COPY. */
    assert_value("SELECT count(sub_xids) || ' ' || count(*) FROM wherry.slice", "2 9");
}

static void a_column_that_the_server_names_is_told_with_its_value(void **state)
{
    (void)state;
    /* Not known to the plan as NOT NULL. */
    run_script("ALTER TABLE public.t ALTER word SET NOT NULL");
    assert_loads();
    assert_rows_and_rejects("2143", "357");
    assert_value("SELECT DISTINCT concat_ws('|', column_name, value, sqlstate) FROM wherry.reject",
                 "word|{\"class\":\"null\"}|23502");
    assert_value("SELECT sum(value_count) FROM wherry.slice_column WHERE column_name = 'word'", "2143");
}

static void of_duplicates_the_lowest_source_key_is_kept(void **state)
{
    (void)state;
    t.read.sql_first = "SELECT id, 'word ' || (id / 3 % 1000) FROM t ORDER BY id";
    t.read.sql_after = "SELECT id, 'word ' || (id / 3 % 1000) FROM t WHERE id > ?1 ORDER BY id";
    run_script("ALTER TABLE public.t ADD UNIQUE (word)");
    assert_loads();
    assert_rows_and_rejects("1000", "1500");
    assert_value("SELECT max(id) || ' ' || count(DISTINCT word) FROM public.t", "3000 1000");
    /* Within one group, too. */
    run_script(journal_tables);
    t.read.sql_first = "SELECT id, 'word ' || (id / 6) FROM t ORDER BY id";
    t.read.sql_after = "SELECT id, 'word ' || (id / 6) FROM t WHERE id > ?1 ORDER BY id";
    run_script("ALTER TABLE public.t ADD UNIQUE (word)");
    assert_loads();
    assert_rows_and_rejects("1251", "1249");
    assert_value("SELECT sum(id % 2) FROM public.t WHERE id > 3 AND id < 7500", "0");
}

/* Foreseen in a long step: by two indexes, one over two columns, of which NULL is no duplicate. */
static void duplicates_by_several_indexes_are_all_found(void **state)
{
    (void)state;
    o.step_rows = 2500;
    t.read.sql_first = "SELECT id % 1500, CASE WHEN id % 9 THEN 'word ' || (id % 1000) END FROM t ORDER BY t.id";
    t.read.sql_after = NULL;
    t.read.key_count = 0;
    run_script("ALTER TABLE public.t ADD UNIQUE (id, word), ADD UNIQUE (word)");
    assert_loads();
    assert_value("SELECT count(*) = count(DISTINCT (id, coalesce(word, 'NULL ' || ctid::text))) AND count(word) ="
                 " count(DISTINCT word) AND count(*) + (SELECT count(*) FROM wherry.reject) = 2500 FROM public.t",
                 "t");
    assert_value("SELECT count(*) FROM public.t WHERE word IS NULL", "833");
    assert_value("SELECT count(DISTINCT word) FROM public.t", "1000");
}

static void what_a_trigger_raises_rejects_the_row(void **state)
{
    (void)state;
    run_script(
        "CREATE OR REPLACE FUNCTION public.judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF new.id % 600 = 0 THEN RAISE EXCEPTION 'not this one: %', new.id USING HINT = 'take another'; END IF;"
        " RETURN new; END $$;"
        "CREATE TRIGGER judge BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.judge()");
    assert_loads();
    assert_rows_and_rejects("2488", "12");
    assert_value("SELECT concat_ws('|', key_text, sqlstate, reason, hint) FROM wherry.reject WHERE key_text = 'id=600'",
                 "id=600|P0001|not this one: 600|take another");
}

/* The server names no line for what is checked behind the last row. */
static void where_no_row_is_named_the_rows_are_halved(void **state)
{
    (void)state;
    run_script("CREATE OR REPLACE FUNCTION public.judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
               " IF new.id % 600 = 0 THEN RAISE EXCEPTION 'not this one: %', new.id; END IF; RETURN NULL; END $$;"
               "CREATE TRIGGER judge AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.judge()");
    assert_loads();
    assert_rows_and_rejects("2488", "12");
    assert_value("SELECT string_agg(key_text || ' ' || reason, ',' ORDER BY id) FROM wherry.reject WHERE id <= 2",
                 "id=600 not this one: 600,id=1200 not this one: 1200");
}

static void what_is_checked_at_the_commit_rejects_rows_too(void **state)
{
    (void)state;
    run_script("DROP TABLE IF EXISTS public.p; CREATE TABLE public.p (id bigint PRIMARY KEY);"
               "INSERT INTO public.p SELECT i * 3 FROM generate_series(1, 2500) i WHERE i % 400 <> 0;"
               "ALTER TABLE public.t ADD FOREIGN KEY (id) REFERENCES public.p DEFERRABLE INITIALLY DEFERRED");
    assert_loads();
    assert_rows_and_rejects("2494", "6");
    assert_value("SELECT min(sqlstate) || ' ' || max(sqlstate) || ' ' || min(key_text) FROM wherry.reject",
                 "23503 23503 id=1200");
    run_script("ALTER TABLE public.t DROP CONSTRAINT t_id_fkey; DROP TABLE public.p");
}

static void what_triggers_wrote_for_a_rejected_row_is_undone(void **state)
{
    (void)state;
    run_script("DROP TABLE IF EXISTS public.audit; CREATE TABLE public.audit (id bigint);"
               "CREATE OR REPLACE FUNCTION public.judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
               " INSERT INTO public.audit VALUES (new.id); RETURN new; END $$;"
               "CREATE TRIGGER judge BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.judge();"
               "ALTER TABLE public.t ADD CHECK (id % 50 <> 0)");
    assert_loads();
    assert_rows_and_rejects("2450", "50");
    assert_value("SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || count(*) FILTER (WHERE id % 50 = 0)"
                 " FROM public.audit",
                 "2450 2450 0");
    assert_value("SELECT count(*) FROM public.audit WHERE xmin::text::bigint NOT IN (SELECT unnest(sub_xids || xid)"
                 " FROM wherry.slice WHERE xid IS NOT NULL)",
                 "0");
}

static void both_kinds_of_bad_rows_are_told_apart_from_good_ones(void **state)
{
    (void)state;
    word_is_integer(ON_BAD_REJECT);
    run_script("ALTER TABLE public.t ADD CONSTRAINT odd CHECK (word % 250 <> 0)");
    assert_loads();
    assert_value("SELECT sqlstate || ' ' || count(*) FROM wherry.reject GROUP BY sqlstate ORDER BY 1 LIMIT 1",
                 "22P02 22");
    assert_value("SELECT sqlstate || ' ' || count(*) FROM wherry.reject GROUP BY sqlstate ORDER BY 1 DESC LIMIT 1",
                 "23514 15");
    assert_rows_and_rejects("2463", "37");
}

static void a_refusal_that_is_about_no_row_stops_the_run(void **state)
{
    (void)state;
    run_script("CREATE OR REPLACE FUNCTION public.judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
               " IF new.id = 600 THEN PERFORM * FROM no_such_table; END IF; RETURN new; END $$;"
               "CREATE TRIGGER judge BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.judge()");
    assert_int_equal(load(&t, &o, &e), -1);
    assert_string_equal(e.sqlstate, "42P01");
    assert_string_equal(e.key, "id=600");
    run_script("DROP TRIGGER judge ON public.t; ALTER TABLE public.t ADD CHECK (id <> 600)");
    t.rejects = 0;
    assert_int_equal(load(&t, &o, &e), -1);
    assert_string_equal(e.sqlstate, "23514");
    assert_value("SELECT count(*) FROM wherry.reject", "0");
}

/* --- limits --- */

static void more_rejects_than_allowed_stop_the_run_and_leave_what_was_committed(void **state)
{
    (void)state;
    run_script("ALTER TABLE public.t ADD CONSTRAINT odd CHECK (id % 300 <> 0)");
    o.max_bad = 7;
    assert_int_equal(load(&t, &o, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.key, "id=2400");
    assert_non_null(strstr(e.message, "more than 7 rows were rejected: the last one: new row for relation"));
    assert_value("SELECT count(*) || ' ' || (SELECT count(*) FROM wherry.reject) FROM public.t", "594 6");
    /* What was rejected before counts. */
    assert_int_equal(load(&t, &o, &e), -1);
    assert_string_equal(e.key, "id=2400");
    o.max_bad = 25;
    assert_loads();
    assert_rows_and_rejects("2475", "25");
}

static void a_codecs_rejects_count_against_the_limit(void **state)
{
    (void)state;
    word_is_integer(ON_BAD_REJECT);
    o.max_bad = 21;
    assert_int_equal(load(&t, &o, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.column, "word");
    assert_string_equal(e.key, "id=7500");
    o.max_bad = 22;
    assert_loads();
    assert_rows_and_rejects("2478", "22");
}

static void a_share_of_the_rows_is_looked_at_once_there_are_enough(void **state)
{
    (void)state;
    run_script("ALTER TABLE public.t ADD CONSTRAINT early CHECK (id > 90)");
    o.max_bad_percent = 3.1;
    assert_loads(); /* 30 of the first 300, of 1200 2.5 % */
    assert_rows_and_rejects("2470", "30");
    run_script(journal_tables);
    run_script("ALTER TABLE public.t ADD CONSTRAINT early CHECK (id > 90)");
    o.max_bad_percent = 2;
    assert_int_equal(load(&t, &o, &e), -1);
    assert_string_equal(e.message, "more than 2 % of the rows were rejected: 30 of 1200");
    assert_value("SELECT count(*) FROM public.t", "870");
    /* A small table is looked at in the end. */
    run_script(journal_tables);
    t.read.sql_first = "SELECT id, word FROM t WHERE id <= 300 ORDER BY id";
    t.read.sql_after = "SELECT id, word FROM t WHERE id <= 300 AND id > ?1 ORDER BY id";
    run_script("ALTER TABLE public.t ADD CONSTRAINT early CHECK (id > 90)");
    assert_int_equal(load(&t, &o, &e), -1);
    assert_string_equal(e.message, "more than 2 % of the rows were rejected: 30 of 100");
}

/* --- faults --- */

/* 300 rows in two steps. Of the first the codec refuses one and the server another. */
static void prepare_few(void)
{
    run_script(journal_tables);
    t.read.sql_first = "SELECT CASE id WHEN 30 THEN 'x' ELSE id END, word FROM t WHERE id <= 900 ORDER BY id";
    t.read.sql_after = "SELECT id, word FROM t WHERE id <= 900 AND id > ?1 ORDER BY id";
    columns[0].on_bad = ON_BAD_REJECT;
    run_script("ALTER TABLE public.t ADD CONSTRAINT odd CHECK (id <> 300)");
    o.step_rows = 150;
}

/* Loads them through a proxy that cuts the connection at one piece of what passes. Returns whether it came to that. */
static int load_with_a_cut(enum proxy_cut cut, int at)
{
    struct proxy proxy;
    prepare_few();
    proxy_start(&proxy, target.pg);
    proxy.cut = cut;
    proxy.cut_at = at;
    o.conninfo = proxy.conninfo;
    o.back_off_ms = 1;
    if (load(&t, &o, &e) != 0)
        fail_msg("cut at piece %d: %s", at, e.message);
    assert_rows_and_rejects("298", "2");
    assert_value("SELECT count(DISTINCT key) FROM wherry.reject", "2");
    proxy_stop(&proxy);
    return proxy.pieces >= at;
}

static void a_connection_cut_at_any_message_loses_and_doubles_nothing(void **state)
{
    (void)state;
    int at = 1;
    while (load_with_a_cut(PROXY_CUT_BEFORE, at))
        at++;
    assert_true(at > 60);
    at = 1;
    while (load_with_a_cut(PROXY_CUT_AFTER, at))
        at += 2; /* what came before it was lost, too: every second one is enough */
    assert_true(at > 60);
}

static void failing_memory_loses_and_doubles_nothing(void **state)
{
    (void)state;
    int failures = 0;
    /* What only describes a row for people may do without. */
    for (int n = 0; n < 100; n++) {
        prepare_few();
        mem_fail_at(n);
        int rc = load(&t, &o, &e);
        mem_fail_at(-1);
        if (rc != 0) {
            failures++;
            assert_int_equal(e.kind, ERR_MEMORY);
            assert_loads();
        }
        assert_rows_and_rejects("298", "2");
    }
    assert_true(failures > 40);
}

/* --- notes --- */

static void forms_that_give_the_values_back_are_noted(void **state)
{
    (void)state;
    columns[1].codec = codec_find(2950, "uuid");
    columns[1].type_name = "uuid";
    t.read.sql_first = "SELECT id, '00000000-0000-0000-0000-' || printf('%012d', id) FROM t ORDER BY id";
    t.read.sql_after = "SELECT id, '00000000-0000-0000-0000-' || printf('%012d', id) FROM t WHERE id > ?1 ORDER BY id";
    run_script("ALTER TABLE public.t ALTER word TYPE uuid USING NULL");
    assert_loads();
    assert_value("SELECT count(*) || ' ' || sum(value_count) || ' ' || sum(inexact) FROM wherry.slice_column"
                 " WHERE column_name = 'word'",
                 "9 2500 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rows_with_bad_values_are_kept_in_the_journal, prepared),
        cmocka_unit_test_setup(bad_values_that_become_null_are_counted, prepared),
        cmocka_unit_test_setup(a_conversion_comes_before_the_reject, prepared),
        cmocka_unit_test_setup(what_fails_the_run_is_not_rejected, prepared),
        cmocka_unit_test_setup(many_rejects_do_not_wait_for_the_end_of_a_step, prepared),
        cmocka_unit_test_setup(rows_that_a_check_refuses_are_rejected_with_the_servers_words, prepared),
        cmocka_unit_test_setup(what_several_checks_refuse_is_rejected_and_nothing_else, prepared),
        cmocka_unit_test_setup(a_trigger_may_save_a_row_that_a_check_would_refuse, prepared),
        cmocka_unit_test_setup(a_check_that_fails_instead_of_being_false_is_no_help, prepared),
        cmocka_unit_test_setup(a_step_without_rejects_is_followed_by_the_quick_way, prepared),
        cmocka_unit_test_setup(a_column_that_the_server_names_is_told_with_its_value, prepared),
        cmocka_unit_test_setup(of_duplicates_the_lowest_source_key_is_kept, prepared),
        cmocka_unit_test_setup(duplicates_by_several_indexes_are_all_found, prepared),
        cmocka_unit_test_setup(what_a_trigger_raises_rejects_the_row, prepared),
        cmocka_unit_test_setup(where_no_row_is_named_the_rows_are_halved, prepared),
        cmocka_unit_test_setup(what_is_checked_at_the_commit_rejects_rows_too, prepared),
        cmocka_unit_test_setup(what_triggers_wrote_for_a_rejected_row_is_undone, prepared),
        cmocka_unit_test_setup(both_kinds_of_bad_rows_are_told_apart_from_good_ones, prepared),
        cmocka_unit_test_setup(a_refusal_that_is_about_no_row_stops_the_run, prepared),
        cmocka_unit_test_setup(more_rejects_than_allowed_stop_the_run_and_leave_what_was_committed, prepared),
        cmocka_unit_test_setup(a_codecs_rejects_count_against_the_limit, prepared),
        cmocka_unit_test_setup(a_share_of_the_rows_is_looked_at_once_there_are_enough, prepared),
        cmocka_unit_test_setup(a_connection_cut_at_any_message_loses_and_doubles_nothing, prepared),
        cmocka_unit_test_setup(failing_memory_loses_and_doubles_nothing, prepared),
        cmocka_unit_test_setup(forms_that_give_the_values_back_are_noted, prepared),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
