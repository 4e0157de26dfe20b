/* test_lane_trial.c: rows of which a refusal is foreseen are judged as their COPY would judge them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load_rejects.h"

static void judge_by(const char *statements)
{
    char sql[1000];
    snprintf(sql, sizeof sql,
             "CREATE OR REPLACE FUNCTION public.judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN %s RETURN new; END"
             " $$; CREATE TRIGGER judge BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.judge()",
             statements);
    o.step_rows = 2500;
    run_script(sql);
}

/* Rows that were refused without those before them in place get another chance once these are. */
static void what_a_trigger_wants_of_rows_before_is_there_in_the_end(void **state)
{
    (void)state;
    judge_by("IF new.id % 600 = 0 THEN RAISE EXCEPTION 'not this one: %', new.id; END IF;"
             " IF new.id % 600 = 3 AND new.id > 600 AND NOT EXISTS (SELECT FROM public.t WHERE id = new.id - 6) THEN"
             " RAISE EXCEPTION '% comes too early', new.id; END IF;");
    assert_loads();
    assert_rows_and_rejects("2488", "12");
    assert_value("SELECT bool_and(reason LIKE 'not this one%') FROM wherry.reject", "t");
}

/* An INSERT would meet the rule, which a COPY does not: that row must not be refused. */
static void a_rule_has_no_word(void **state)
{
    (void)state;
    judge_by("IF new.id % 300 = 0 THEN new.word := 'saved'; END IF;");
    run_script("ALTER TABLE public.t ADD CHECK (id % 100 <> 0 OR word = 'saved' OR id > 7000),"
               " ADD CHECK (id % 30 <> 0 OR word = 'saved');"
               "CREATE RULE never AS ON INSERT TO public.t WHERE 1 / (new.id - new.id) = 1 DO INSTEAD NOTHING");
    assert_loads();
    assert_rows_and_rejects("2307", "193");
}

/* Identity columns, defaults, NULLs and names are in an INSERT what they are in a COPY. */
static void awkward_columns_are_no_hindrance(void **state)
{
    (void)state;
    o.step_rows = 2500;
    t.write.copy_sql = "COPY public.t (id, \"the \"\"word\") FROM STDIN (FORMAT binary)";
    columns[1].target_name = "the \"word";
    run_script("ALTER TABLE public.t RENAME word TO \"the \"\"word\";"
               "ALTER TABLE public.t ALTER id SET NOT NULL, ALTER id ADD GENERATED ALWAYS AS IDENTITY,"
               " ADD twice bigint GENERATED ALWAYS AS (id * 2) STORED, ADD CHECK (id % 100 <> 0)");
    assert_loads();
    assert_rows_and_rejects("2475", "25");
    assert_value("SELECT count(*) FROM wherry.reject WHERE reason LIKE '%violates check constraint%'", "25");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_a_trigger_wants_of_rows_before_is_there_in_the_end, prepared),
        cmocka_unit_test_setup(a_rule_has_no_word, prepared),
        cmocka_unit_test_setup(awkward_columns_are_no_hindrance, prepared),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
