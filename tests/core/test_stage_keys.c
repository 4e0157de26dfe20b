/* test_stage_keys.c: rows that were merged go, and cells are looked up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "key.h"
#include "stage_keys.h"

static struct cell integer(int64_t value)
{
    return (struct cell){.class = CELL_INTEGER, .as.integer = value};
}

static struct lookup *map(void)
{
    struct lookup *l = NULL;
    struct err e;
    assert_int_equal(lookup_new(&l, COLLATION_BINARY, AFFINITY_BLOB, &e), 0);
    return l;
}

static void add(struct lookup *l, struct cell key, const void *key_data, struct cell value, const void *value_data)
{
    struct err e;
    assert_int_equal(lookup_add(l, &key, key_data, &value, value_data, &e), 0);
}

/* Rows (i, 'a' or 'b', i) for i from 1. */
static void fill_batch(struct batch *b, size_t rows)
{
    struct err e;
    assert_int_equal(batch_init(b, 3, &e), 0);
    for (size_t i = 0; i < rows; i++) {
        struct cell *cells = batch_row(b, &e);
        cells[0] = cells[2] = integer((int64_t)i + 1);
        assert_int_equal(batch_bytes(b, &cells[1], CELL_TEXT, i % 2 ? "b" : "a", 1, &e), 0);
    }
}

static void merged_rows_go(void **state)
{
    static const size_t key[] = {0};
    struct lookup *merged = map();
    struct stage_keys keys = {.base.apply = stage_keys_apply, .merged = merged, .key_columns = key, .key_count = 1};
    struct stage *const stages[] = {&keys.base};
    struct stage_result result = {0};
    struct batch b;
    struct err e;
    (void)state;
    add(merged, integer(2), NULL, integer(1), NULL);
    add(merged, integer(4), NULL, integer(3), NULL);
    fill_batch(&b, 5);
    assert_int_equal(stages_apply(stages, 1, &b, &result, &e), 0);
    assert_int_equal(b.rows, 3);
    assert_int_equal(result.merged, 2);
    assert_int_equal(result.filtered, 0);
    assert_int_equal(b.cells[0].as.integer, 1);
    assert_int_equal(b.cells[3].as.integer, 3);
    assert_int_equal(b.cells[6].as.integer, 5);
    batch_free(&b);
    stage_result_free(&result);
    lookup_free(merged);
}

static void rows_are_known_by_keys_of_several_columns(void **state)
{
    static const size_t key[] = {1, 0};
    struct lookup *merged = map();
    struct stage_keys keys = {.base.apply = stage_keys_apply, .merged = merged, .key_columns = key, .key_count = 2};
    struct stage *const stages[] = {&keys.base};
    struct stage_result result = {0};
    struct bytes encoded = {0};
    struct batch b;
    struct err e;
    (void)state;
    fill_batch(&b, 4);
    assert_int_equal(key_encode(&encoded, &b, 2, key, 2, &e), 0);
    add(merged, (struct cell){.class = CELL_BLOB, .length = (uint32_t)encoded.length}, encoded.data, integer(1), NULL);
    assert_int_equal(stages_apply(stages, 1, &b, &result, &e), 0);
    assert_int_equal(b.rows, 3);
    assert_int_equal(b.cells[6].as.integer, 4);
    bytes_free(&encoded);
    batch_free(&b);
    stage_result_free(&result);
    lookup_free(merged);
}

static void cells_are_looked_up(void **state)
{
    static const enum missing all[] = {MISSING_BAD, MISSING_NULL, MISSING_KEEP};
    struct lookup *l = map();
    (void)state;
    add(l, (struct cell){.class = CELL_TEXT, .length = 1}, "a", (struct cell){.class = CELL_TEXT, .length = 4}, "long");
    for (size_t i = 0; i < 3; i++) {
        const struct stage_lookup lookups[] = {{.cell = 1, .lookup = l, .missing = all[i]}};
        struct stage_keys keys = {.base.apply = stage_keys_apply, .lookups = lookups, .lookup_count = 1};
        struct stage *const stages[] = {&keys.base};
        struct stage_result result = {0};
        struct batch b;
        struct err e;
        fill_batch(&b, 3);
        b.cells[7].class = CELL_NULL;
        assert_int_equal(stages_apply(stages, 1, &b, &result, &e), 0);
        assert_int_equal(b.rows, 3);
        assert_int_equal(b.cells[1].length, 4);
        assert_memory_equal(batch_data(&b, &b.cells[1]), "long", 4);
        assert_int_equal(b.cells[1].marks, 0);
        assert_int_equal(b.cells[4].class, all[i] == MISSING_NULL ? CELL_NULL : CELL_TEXT);
        assert_int_equal(b.cells[4].marks, all[i] == MISSING_BAD ? CELL_MISSED : CELL_NO_KEY);
        assert_int_equal(b.cells[7].class, CELL_NULL);
        assert_int_equal(b.cells[7].marks, 0);
        /* What is written into the cell is no key that was missed. */
        assert_int_equal(batch_bytes(&b, &b.cells[4], CELL_TEXT, "new", 3, &e), 0);
        assert_int_equal(b.cells[4].marks, 0);
        batch_free(&b);
        stage_result_free(&result);
    }
    lookup_free(l);
}

static void memory_that_is_refused_is_told(void **state)
{
    static const size_t key[] = {1, 0};
    struct lookup *merged = map(), *l = map();
    const struct stage_lookup lookups[] = {{.cell = 2, .lookup = l, .missing = MISSING_BAD}};
    struct stage_keys keys = {.base.apply = stage_keys_apply,
                              .merged = merged,
                              .key_columns = key,
                              .key_count = 2,
                              .lookups = lookups,
                              .lookup_count = 1};
    struct stage *const stages[] = {&keys.base};
    char value[5000] = {0};
    int rc = -1;
    long n = 0;
    (void)state;
    add(merged, integer(1), NULL, integer(1), NULL);
    add(l, integer(1), NULL, (struct cell){.class = CELL_TEXT, .length = sizeof value}, value);
    for (; rc != 0 && n < 50; n++) {
        struct stage_result result = {0};
        struct batch b;
        struct err e;
        fill_batch(&b, 2);
        err_clear(&e);
        mem_fail_at(n);
        rc = stages_apply(stages, 1, &b, &result, &e);
        mem_fail_at(-1);
        assert_true(rc == 0 || e.kind == ERR_MEMORY);
        batch_free(&b);
        stage_result_free(&result);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 2);
    lookup_free(merged);
    lookup_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merged_rows_go),
        cmocka_unit_test(rows_are_known_by_keys_of_several_columns),
        cmocka_unit_test(cells_are_looked_up),
        cmocka_unit_test(memory_that_is_refused_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
