/* test_key.c: a row's key as bytes and back, with its storage classes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "key.h"

static struct cell *put_row(struct batch *b)
{
    struct err e;
    struct cell *row = batch_row(b, &e);

    assert_non_null(row);
    return row;
}

static void put_bytes(struct batch *b, size_t column, enum cell_class class, const char *data, size_t length)
{
    struct err e;

    assert_int_equal(batch_bytes(b, &b->cells[(b->rows - 1) * b->columns + column], class, data, length, &e), 0);
}

/* One row with a cell of every class. */
static void fill(struct batch *b)
{
    struct err e;
    struct cell *row;

    assert_int_equal(batch_init(b, 6, &e), 0);
    row = put_row(b);
    row[1].class = CELL_INTEGER;
    row[1].as.integer = INT64_MIN + 1;
    row[2].class = CELL_REAL;
    row[2].as.real = 0.1 + 0.2;
    put_bytes(b, 3, CELL_TEXT, "a\0b'", 4);
    put_bytes(b, 4, CELL_BLOB, "\xff\x00", 2);
    put_bytes(b, 5, CELL_TEXT, "", 0);
}

static void every_class_comes_back(void **state)
{
    static const size_t columns[] = {3, 0, 1, 2, 4, 5};
    struct cell cells[KEY_MAX_CELLS];
    struct bytes key = {0};
    struct batch b;
    struct err e;

    (void)state;
    fill(&b);
    assert_int_equal(key_encode(&key, &b, 0, columns, 6, &e), 0);
    assert_int_equal(key_decode(cells, key.data, key.length, &e), 6);
    assert_int_equal(cells[0].class, CELL_TEXT);
    assert_int_equal(cells[0].length, 4);
    assert_memory_equal(key.data + cells[0].as.offset, "a\0b'", 4);
    assert_int_equal(cells[1].class, CELL_NULL);
    assert_int_equal(cells[2].class, CELL_INTEGER);
    assert_true(cells[2].as.integer == INT64_MIN + 1);
    assert_int_equal(cells[3].class, CELL_REAL);
    assert_true(cells[3].as.real == 0.1 + 0.2);
    assert_int_equal(cells[4].class, CELL_BLOB);
    assert_memory_equal(key.data + cells[4].as.offset, "\xff\x00", 2);
    assert_int_equal(cells[5].class, CELL_TEXT);
    assert_int_equal(cells[5].length, 0);
    bytes_free(&key);
    batch_free(&b);
}

static void the_form_is_the_one_that_journals_hold(void **state)
{
    static const size_t columns[] = {1, 4};
    static const unsigned char expected[] = {1, 0x80, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 2, 0xff, 0x00};
    struct bytes key = {0};
    struct batch b;
    struct err e;

    (void)state;
    fill(&b);
    assert_int_equal(key_encode(&key, &b, 0, columns, 2, &e), 0);
    assert_int_equal(key.length, sizeof expected);
    assert_memory_equal(key.data, expected, sizeof expected);
    bytes_free(&key);
    batch_free(&b);
}

static void bytes_that_are_no_key_are_refused(void **state)
{
    static const size_t columns[] = {1, 2, 3, 4};
    unsigned char many[KEY_MAX_CELLS + 1] = {0};
    unsigned char strange[] = {9};
    struct cell cells[KEY_MAX_CELLS];
    struct bytes key = {0};
    struct batch b;
    struct err e;
    int whole = 0;

    (void)state;
    fill(&b);
    assert_int_equal(key_encode(&key, &b, 0, columns, 4, &e), 0);
    for (size_t length = 0; length <= key.length; length++) {
        unsigned char *exact = test_malloc(length + 1); /* its own block, so that reading past it is seen */

        memcpy(exact, key.data, length);
        whole += key_decode(cells, exact, length, &e) >= 0;
        test_free(exact);
    }
    assert_int_equal(whole, 5); /* the ends of no, one, two, three and four cells */
    assert_int_equal(key_decode(cells, strange, sizeof strange, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(key_decode(cells, many, sizeof many, &e), -1);
    assert_int_equal(key_decode(cells, many, sizeof many - 1, &e), KEY_MAX_CELLS);
    bytes_free(&key);
    batch_free(&b);
}

static void a_key_that_cannot_be_encoded_leaves_nothing(void **state)
{
    static const size_t outside[] = {1, 6};
    static const size_t many[KEY_MAX_CELLS + 1] = {0};
    struct bytes key = {0};
    struct batch b;
    struct err e;

    (void)state;
    fill(&b);
    assert_int_equal(key_encode(&key, &b, 0, outside, 2, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(key_encode(&key, &b, 0, many, KEY_MAX_CELLS + 1, &e), -1);
    assert_int_equal(key_encode(&key, &b, 1, many, 1, &e), -1);
    assert_int_equal(key.length, 0);
    bytes_free(&key);
    batch_free(&b);
}

static void out_of_memory_is_told(void **state)
{
    static const size_t columns[] = {1, 2, 3, 4};
    struct bytes key = {0};
    struct batch b;
    struct err e;

    (void)state;
    fill(&b);
    mem_fail_at(0);
    assert_int_equal(key_encode(&key, &b, 0, columns, 4, &e), -1);
    mem_fail_at(-1);
    assert_int_equal(e.kind, ERR_MEMORY);
    assert_int_equal(key.length, 0);
    bytes_free(&key);
    batch_free(&b);
}

static void keys_can_be_shown(void **state)
{
    static const size_t columns[] = {1, 3, 4, 0, 2};
    static const char *const names[] = {"id", "name", "digest", "none"};
    char text[128];
    char small[8];
    struct bytes key = {0};
    struct batch b;
    struct err e;

    (void)state;
    fill(&b);
    assert_int_equal(key_encode(&key, &b, 0, columns, 5, &e), 0);
    key_describe(text, sizeof text, key.data, key.length, names, 4);
    assert_string_equal(text,
                        "id=-9223372036854775807, name='a\\x00b\\'', digest=x'ff00', none=NULL, 0.30000000000000004");
    key_describe(small, sizeof small, key.data, key.length, names, 4);
    assert_string_equal(small, "id=-922");
    key_describe(text, sizeof text, key.data, 3, names, 4);
    assert_string_equal(text, "");
    bytes_free(&key);
    batch_free(&b);
}

/* It stands in the journal beside a rejected row, which no refused allocation may leave without it. */
static void a_row_is_described_without_memory(void **state)
{
    static const size_t columns[] = {1, 3, 4, 0};
    static const char *const names[] = {"id", "name", "digest", "none"};
    char text[128];
    char small[8];
    struct batch b;

    (void)state;
    fill(&b);
    mem_fail_at(0);
    key_describe_row(text, sizeof text, &b, 0, columns, names, 4);
    mem_fail_at(-1);
    assert_string_equal(text, "id=-9223372036854775807, name='a\\x00b\\'', digest=x'ff00', none=NULL");
    key_describe_row(small, sizeof small, &b, 0, columns, names, 4);
    assert_string_equal(small, "id=-922");
    key_describe_row(text, sizeof text, &b, 0, columns, names, 0);
    assert_string_equal(text, "");
    key_describe_row(text, sizeof text, &b, 1, columns, names, 4);
    assert_string_equal(text, "");
    batch_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_comes_back),
        cmocka_unit_test(the_form_is_the_one_that_journals_hold),
        cmocka_unit_test(bytes_that_are_no_key_are_refused),
        cmocka_unit_test(a_key_that_cannot_be_encoded_leaves_nothing),
        cmocka_unit_test(out_of_memory_is_told),
        cmocka_unit_test(keys_can_be_shown),
        cmocka_unit_test(a_row_is_described_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
