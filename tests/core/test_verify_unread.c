/* test_verify_unread.c: which rows of PostgreSQL become cells that can't be read back, and the hashes of cells, with
 * each allocation failing once. */
#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "verify_unread.h"

enum { COLUMNS = 2 };

static const unsigned char number[] = {0, 0, 0, 0, 0, 0, 0, 7};
static const unsigned char day[] = {0, 0, 0, 1};
static const unsigned char endless[] = {0x7f, 0xff, 0xff, 0xff};

/* A bigint and a date. */
static int run(const struct copy_field *fields, size_t rows, int *are_unread, uint64_t *hashes, struct err *e)
{
    struct read_column read[COLUMNS] = {{.codec = codec_find(20, "int8"), .name = "n", .type_name = "bigint"},
                                        {.codec = codec_find(1082, "date"), .name = "d", .type_name = "date"}};
    struct copy_column write[COLUMNS];
    struct unread_spec spec = {.read = read, .write = write, .count = COLUMNS};
    struct unread_reader reader = {.spec = &spec};
    int result = 0;

    for (size_t i = 0; i < COLUMNS; i++) {
        read[i].hint.typmod = -1;
        write[i] = (struct copy_column){.cell = i,
                                        .codec = read[i].codec,
                                        .hint = read[i].hint,
                                        .source_name = read[i].name,
                                        .target_name = read[i].name,
                                        .type_name = read[i].type_name};
    }
    for (size_t i = 0; i < rows && result >= 0; i++) {
        result = are_unread[i] = unread_row(&reader, fields + i * COLUMNS, &hashes[i], e);
    }
    unread_free(&reader);
    return result < 0 ? -1 : 0;
}

static const struct copy_field rows[][COLUMNS] = {{{number, sizeof number}, {day, sizeof day}},
                                                  {{number, sizeof number}, {endless, sizeof endless}},
                                                  {{NULL, -1}, {endless, sizeof endless}},
                                                  {{NULL, -1}, {NULL, -1}},
                                                  {{number, sizeof number}, {endless, sizeof endless}},
                                                  {{number, sizeof number}, {number, sizeof number}}};

static void rows_are_unread_where_a_cell_of_theirs_is(void **state)
{
    static const int expected[] = {0, 1, 1, 0, 1, 1};
    int are_unread[6];
    uint64_t hashes[6] = {0};
    struct err e;

    (void)state;
    err_clear(&e);
    assert_int_equal(run(rows[0], 6, are_unread, hashes, &e), 0);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(are_unread[i], expected[i]);
    }
    assert_int_equal(hashes[1], hashes[4]);
    assert_int_not_equal(hashes[1], hashes[2]);
    assert_int_equal(hashes[5], 0); /* that is no date: there is no cell */
}

/* The hash of a row with these two cells. */
static uint64_t hash_of(struct cell first, const char *text, enum cell_class class)
{
    static const struct copy_column columns[COLUMNS] = {{.cell = 0}, {.cell = 1}};
    struct batch b = {.columns = 0};
    struct bytes record = {0};
    struct cell *cells;
    uint64_t hash = 0;
    struct err e;

    err_clear(&e);
    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    cells = batch_row(&b, &e);
    assert_non_null(cells);
    cells[0] = first;
    assert_int_equal(batch_bytes(&b, &cells[1], class, text, strlen(text), &e), 0);
    assert_int_equal(unread_hash(&b, 0, columns, COLUMNS, &record, &hash, &e), 0);
    batch_free(&b);
    bytes_free(&record);
    return hash;
}

static void classes_and_bytes_count(void **state)
{
    const struct cell none = {.class = CELL_NULL};
    const struct cell zero = {.class = CELL_INTEGER};
    const struct cell real = {.as.real = 0.0, .class = CELL_REAL};
    const struct cell negative = {.as.real = -0.0, .class = CELL_REAL};
    const struct cell least = {.as.real = DBL_MIN, .class = CELL_REAL};
    uint64_t hash = hash_of(zero, "a", CELL_TEXT);

    (void)state;
    assert_int_equal(hash_of(zero, "a", CELL_TEXT), hash);
    assert_int_not_equal(hash_of(zero, "b", CELL_TEXT), hash);
    assert_int_not_equal(hash_of(zero, "a", CELL_BLOB), hash);
    assert_int_not_equal(hash_of(none, "a", CELL_TEXT), hash);
    assert_int_not_equal(hash_of(real, "a", CELL_TEXT), hash);
    assert_int_equal(hash_of(negative, "a", CELL_TEXT), hash_of(real, "a", CELL_TEXT));
    assert_int_not_equal(hash_of(least, "a", CELL_TEXT), hash_of(real, "a", CELL_TEXT));
}

static void every_allocation_may_fail(void **state)
{
    int are_unread[6];
    uint64_t hashes[6];
    struct err e;
    long n = 0;

    (void)state;
    for (;; n++) {
        err_clear(&e);
        mem_fail_at(n);
        int result = run(rows[0], 6, are_unread, hashes, &e);
        mem_fail_at(-1);
        if (result == 0) {
            break;
        }
        assert_int_equal(e.kind, ERR_MEMORY);
    }
    assert_true(n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_unread_where_a_cell_of_theirs_is),
        cmocka_unit_test(classes_and_bytes_count),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
