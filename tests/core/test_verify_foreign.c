/* test_verify_foreign.c: texts as the server gives them back, within a transaction and without one. */
#include "database.h"
#include "target.h"

#include "verify_foreign.h"

static struct target target;

static int setup(void **state)
{
    (void)state;
    return target_start(&target);
}

static int teardown(void **state)
{
    (void)state;
    target_stop(&target);
    return 0;
}

static void put_field(struct bytes *row, const char *text)
{
    assert_int_equal(bytes_put_u32(row, text == NULL ? UINT32_MAX : (uint32_t)strlen(text), NULL), 0);
    assert_int_equal(bytes_append(row, text, text == NULL ? 0 : strlen(text), NULL), 0);
}

static void add(struct foreign_rows *rows, const char *first, const char *second)
{
    struct bytes row = {0};

    assert_int_equal(bytes_put_u16(&row, 2, NULL), 0);
    put_field(&row, first);
    put_field(&row, second);
    assert_int_equal(foreign_rows_add(rows, row.data, row.length, NULL), 0);
    bytes_free(&row);
}

static void assert_row(const struct foreign_rows *rows, size_t at, const char *first, const char *second)
{
    struct foreign_rows wanted = {0};
    size_t length, wanted_length;
    const unsigned char *row = foreign_rows_at(rows, at, &length);

    add(&wanted, first, second);
    const unsigned char *other = foreign_rows_at(&wanted, 0, &wanted_length);
    assert_int_equal(length, wanted_length);
    assert_memory_equal(row, other, length);
    foreign_rows_free(&wanted);
}

static const size_t fields[] = {1};
static const char *const types[] = {"pg_catalog.tsquery"};
static const struct verify_foreign second = {fields, types, 1};

static void texts_become_the_servers(void **state)
{
    struct foreign_rows in = {0}, out = {0};
    struct err e;

    (void)state;
    add(&in, "b & a", "b  &   a");
    add(&in, NULL, NULL);
    add(&in, "\"", "say & \"x\" & a\\b");
    add(&in, "", "");
    assert_int_equal(foreign_normalise(target.pg, &second, &in, 1, 3, &out, &e), 0);
    assert_int_equal(out.count, 3);
    assert_row(&out, 0, NULL, NULL);
    assert_row(&out, 1, "\"", "'say' & '\"x\"' & 'ab'");
    assert_row(&out, 2, "", "");
    assert_int_equal(foreign_normalise(target.pg, &second, &in, 0, 1, &out, &e), 0);
    assert_row(&out, 3, "b & a", "'b' & 'a'");
    foreign_rows_free(&in);
    foreign_rows_free(&out);
}

static void what_is_refused_leaves_the_transaction_as_it_was(void **state)
{
    struct foreign_rows in = {0}, out = {0};
    struct err e;

    (void)state;
    add(&in, NULL, "a & b");
    add(&in, NULL, "&");
    for (int within = 0; within < 2; within++) {
        if (within) {
            assert_int_equal(pgwire_exec(target.pg, "BEGIN READ ONLY", 0, NULL, NULL, &e), 0);
        }
        assert_int_equal(foreign_normalise(target.pg, &second, &in, 0, 2, &out, &e), 1);
        assert_int_equal(out.count, 0);
        assert_int_equal(foreign_normalise(target.pg, &second, &in, 0, 1, &out, &e), 0);
        assert_int_equal(out.count, 1);
        foreign_rows_free(&out);
    }
    assert_int_equal(pgwire_exec(target.pg, "COMMIT", 0, NULL, NULL, &e), 0);
    foreign_rows_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_the_servers),
        cmocka_unit_test(what_is_refused_leaves_the_transaction_as_it_was),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
