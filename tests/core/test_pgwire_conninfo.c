/* test_pgwire_conninfo.c: connection strings are parsed, completed, and never show a password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pgwire_internal.h"

static void passwords_are_masked(void **state)
{
    static const struct {
        const char *conninfo, *text, *masked;
    } cases[] = {
        {"postgresql://u:s3cret@h/d", "no s3cret here: s3cret", "no **** here: ****"},
        {"host=h password='it''s'", "nothing", "nothing"},
        {"host=h password=ab", "ab cab", "**** c****"},
        {"postgresql://u:p%40ss@h/d", "p@ss and p%40ss", "**** and ****"},
        {"host=h", "postgresql://u:p@s@h/d", "postgresql://u:****@h/d"},
        {NULL, "host=h password=abc dbname=d", "host=h password=**** dbname=d"},
        {NULL, "password = 'a b\\'c' x", "password = **** x"},
        {NULL, "postgresql://h/d?password=abc&x=y", "postgresql://h/d?password=****&x=y"},
        {NULL, "postgresql://h:5432/d", "postgresql://h:5432/d"},
        {NULL, "password authentication failed", "password authentication failed"},
        {"not parseable", "text", "text"},
    };
    char text[200], small[8];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text, "%s", cases[i].text);
        pgwire_mask(cases[i].conninfo, text, sizeof text);
        assert_string_equal(text, cases[i].masked);
    }
    strcpy(small, "abcabcx");
    pgwire_mask("password=x", small, sizeof small);
    assert_string_equal(small, "abcabc*");
    strcpy(small, "xyxyxy");
    pgwire_mask("password=xy", small, sizeof small);
    assert_null(strstr(small, "xy"));
    assert_true(strlen(small) < sizeof small);
}

static void what_cannot_be_parsed_is_told_without_the_password(void **state)
{
    static const char *const wrong[] = {
        "postgresql://u:s3cret@x@h/d",  "postgresql://u:s3/cret@h/d",    "postgresql://u:s3cret%zz@h/d",
        "host=h password='s3cret",      "host=h passwort=s3cret",        "s3cret",
        "postgresql://u:s3cret@[::1/d", "postgresql://u:a@s3cret/x@h/d",
    };
    struct pgwire *p = NULL;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(pgwire_parse(wrong[i], &e));
        assert_int_equal(e.kind, ERR_USAGE);
        assert_string_not_equal(e.message, "");
        assert_null(strstr(e.message, "s3"));
        assert_null(strstr(e.hint, "s3"));
        assert_int_equal(pgwire_connect(&p, wrong[i], 1000, &e), -1);
        assert_int_equal(e.kind, ERR_USAGE);
    }
    PQconninfoOption *parsed = pgwire_parse("postgresql://h/d?options=-c%20x%3Da@b", &e);
    assert_non_null(parsed);
    PQconninfoFree(parsed);
}

static void the_users_options_stand(void **state)
{
    const char *keywords[PGWIRE_OPTIONS], *values[PGWIRE_OPTIONS];
    PQconninfoOption *parsed;
    int seen = 0;
    struct err e;

    (void)state;
    parsed = pgwire_parse("host=h keepalives_idle=7 client_encoding=LATIN1", &e);
    assert_non_null(parsed);
    pgwire_options(parsed, keywords, values);
    for (size_t i = 0; keywords[i] != NULL; i++) {
        if (strcmp(keywords[i], "keepalives_idle") == 0) {
            assert_string_equal(values[i], "7");
            seen++;
        } else if (strcmp(keywords[i], "client_encoding") == 0) {
            assert_string_equal(values[i], "UTF8");
            seen++;
        } else if (strcmp(keywords[i], "tcp_user_timeout") == 0) {
            seen++;
        }
    }
    assert_int_equal(seen, 3);
    PQconninfoFree(parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_are_masked),
        cmocka_unit_test(what_cannot_be_parsed_is_told_without_the_password),
        cmocka_unit_test(the_users_options_stand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
