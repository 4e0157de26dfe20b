/* test_verify_compare.c: what differs between two sides is counted and told, few rows and many, with and without a key,
 * and with each allocation failing once. */
#include "database.h"

#include "mem.h"
#include "verify_compare.h"

enum { TARGET = 3 };

static const struct codec_hint plain = {.typmod = -1};

/* Two columns of type bigint, of which the first is the key. */
struct table {
    struct digest_column columns[2];
    size_t key[1];
    struct digest_spec spec;
    struct capture_column shown[2];
};

static void make_table(struct table *t, size_t key_count)
{
    *t = (struct table){.key = {0}};
    for (size_t i = 0; i < 2; i++) {
        t->columns[i] = (struct digest_column){.field = i, .oid = 20};
        t->shown[i] = (struct capture_column){.codec = codec_find(20, "int8"), .hint = plain};
    }
    digest_prepare(t->columns, 2);
    t->spec = (struct digest_spec){
        .target = TARGET, .columns = t->columns, .count = 2, .key = t->key, .key_count = key_count};
}

static void put_number(struct bytes *out, int64_t number)
{
    assert_int_equal(bytes_put_u32(out, 8, NULL), 0);
    assert_int_equal(bytes_put_u64(out, (uint64_t)number, NULL), 0);
}

/* Gives a row of one side. */
static int give(struct comparison *c, enum comparison_side side, const struct table *t, int64_t id, int64_t value,
                struct err *e)
{
    struct verify_taker taker = comparison_taker(c, side);
    struct digest_scratch scratch = {0};
    struct bytes wire = {0};
    struct verify_row row = {.target = t->spec.target, .spec = &t->spec, .record = &scratch.record};

    mem_fail_at(-1);
    assert_int_equal(bytes_put_u16(&wire, 2, NULL), 0);
    put_number(&wire, id);
    put_number(&wire, value);
    assert_int_equal(digest_row(&t->spec, wire.data, &scratch, &row.key_hash, &row.row_hash, NULL), 0);
    int result = taker.row(taker.context, 0, &row, e);
    digest_scratch_free(&scratch);
    bytes_free(&wire);
    return result;
}

static void end_side(struct comparison *c, enum comparison_side side)
{
    struct verify_taker taker = comparison_taker(c, side);
    struct err e;

    assert_int_equal(taker.part(taker.context, 0, &e), 0);
}

struct pair {
    int64_t id, value;
};

struct sides {
    const struct pair *rows[2];
    size_t count[2];
};

static void give_all(struct comparison *c, const struct table *t, const struct sides *sides)
{
    struct err e;

    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < sides->count[side]; i++) {
            assert_int_equal(
                give(c, (enum comparison_side)side, t, sides->rows[side][i].id, sides->rows[side][i].value, &e), 0);
        }
        end_side(c, (enum comparison_side)side);
    }
}

/* The text of a value of a row that was told. */
static const char *shown(const unsigned char *row, size_t column)
{
    static char texts[2][CAPTURE_TEXT + 1]; /* two may be compared */
    static size_t turn = 0;
    char *text = texts[turn++ % 2];
    const unsigned char *at;
    struct captured_value value;

    (void)captured_name(row, &at);
    for (size_t i = 0; i <= column; i++) {
        value = captured_next(&at);
    }
    text[captured_show(text, &value, 0)] = '\0';
    return text;
}

static void open_and_count(struct comparison **c, const struct table *t, const struct sides *sides, int any,
                           int64_t limit, struct comparison_counts *counts)
{
    const struct comparison_options options = {.target = TARGET, .any = any, .columns = t->shown};
    struct err e;

    assert_int_equal(comparison_open(c, &options, &e), 0);
    give_all(*c, t, sides);
    assert_int_equal(comparison_count(*c, limit, counts, &e), 0);
}

static void assert_kinds(const struct comparison_counts *counts, int64_t sqlite, int64_t pg, int64_t different)
{
    assert_int_equal(counts->kinds[ONLY_SQLITE], sqlite);
    assert_int_equal(counts->kinds[ONLY_PG], pg);
    assert_int_equal(counts->kinds[DIFFERENT], different);
}

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void rows_are_told_by_kind(void **state)
{
    static const struct pair left[] = {{1, 10}, {2, 20}, {3, 30}, {4, 40}};
    static const struct pair right[] = {{4, 40}, {2, 21}, {5, 50}, {1, 10}};
    const struct sides sides = {{left, right}, {LENGTH(left), LENGTH(right)}};
    struct comparison *c;
    struct comparison_counts counts;
    struct comparison_difference d;
    struct table t;
    int told[COMPARISON_KINDS] = {0};
    struct err e;
    size_t keys;

    (void)state;
    make_table(&t, 1);
    open_and_count(&c, &t, &sides, 0, -1, &counts);
    assert_kinds(&counts, 1, 1, 1);
    assert_int_equal(counts.rows[SIDE_SQLITE], 4);
    assert_int_equal(counts.rows[SIDE_PG], 4);
    assert_non_null(comparison_keys(c, &keys));
    assert_int_equal(keys, 3);
    give_all(c, &t, &sides);
    while (comparison_next(c, &d, &e) == 1) {
        told[d.kind]++;
        assert_int_equal(d.copies, 1);
        if (d.kind == DIFFERENT) {
            assert_string_equal(shown(d.sides[SIDE_SQLITE], 0), "2");
            assert_string_equal(shown(d.sides[SIDE_SQLITE], 1), "20");
            assert_string_equal(shown(d.sides[SIDE_PG], 1), "21");
        } else {
            assert_string_equal(shown(d.sides[d.kind == ONLY_SQLITE ? SIDE_SQLITE : SIDE_PG], 0),
                                d.kind == ONLY_SQLITE ? "3" : "5");
            assert_null(d.sides[d.kind == ONLY_SQLITE ? SIDE_PG : SIDE_SQLITE]);
        }
    }
    assert_int_equal(told[ONLY_SQLITE] + told[ONLY_PG] + told[DIFFERENT], 3);
    comparison_close(c);
}

static void rows_without_a_key_are_counted_as_often_as_they_are_there(void **state)
{
    static const struct pair left[] = {{1, 1}, {1, 1}, {1, 1}, {2, 2}};
    static const struct pair right[] = {{1, 1}, {2, 2}, {2, 2}};
    const struct sides sides = {{left, right}, {LENGTH(left), LENGTH(right)}};
    struct comparison *c;
    struct comparison_counts counts;
    struct comparison_difference d;
    struct table t;
    int64_t copies[COMPARISON_KINDS] = {0};
    struct err e;

    (void)state;
    make_table(&t, 0);
    open_and_count(&c, &t, &sides, 0, -1, &counts);
    assert_kinds(&counts, 2, 1, 0);
    give_all(c, &t, &sides);
    while (comparison_next(c, &d, &e) == 1) {
        copies[d.kind] += d.copies;
    }
    assert_int_equal(copies[ONLY_SQLITE], 2);
    assert_int_equal(copies[ONLY_PG], 1);
    comparison_close(c);
}

/* Of several rows of one key any may be the one that stands. */
static void any_of_several_rows_may_stand(void **state)
{
    static const struct pair left[] = {{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {3, 1}, {3, 2}};
    static const struct pair right[] = {{1, 2}, {2, 9}, {4, 4}};
    const struct sides sides = {{left, right}, {LENGTH(left), LENGTH(right)}};
    struct comparison *c;
    struct comparison_counts counts;
    struct comparison_difference d;
    struct table t;
    int told[COMPARISON_KINDS] = {0};
    struct err e;

    (void)state;
    make_table(&t, 1);
    open_and_count(&c, &t, &sides, 1, -1, &counts);
    assert_kinds(&counts, 1, 1, 1);
    give_all(c, &t, &sides);
    while (comparison_next(c, &d, &e) == 1) {
        told[d.kind]++;
    }
    assert_int_equal(told[ONLY_SQLITE], 1);
    assert_int_equal(told[ONLY_PG], 1);
    assert_int_equal(told[DIFFERENT], 1);
    comparison_close(c);
}

/* What is kept from the first reading is told up to the limit, too. */
static void rows_may_be_kept_at_once(void **state)
{
    struct comparison_options options = {.target = TARGET, .keeps = 1};
    struct comparison *c;
    struct comparison_counts counts;
    struct comparison_difference d;
    struct table t;
    int told = 0;
    struct err e;

    (void)state;
    make_table(&t, 1);
    options.columns = t.shown;
    assert_int_equal(comparison_open(&c, &options, &e), 0);
    for (int64_t i = 0; i < 100; i++) {
        assert_int_equal(give(c, SIDE_SQLITE, &t, i, i, &e), 0);
        assert_int_equal(give(c, SIDE_PG, &t, i, i < 50 ? i : -i, &e), 0);
    }
    end_side(c, SIDE_SQLITE);
    end_side(c, SIDE_PG);
    assert_int_equal(comparison_count(c, 7, &counts, &e), 0);
    assert_kinds(&counts, 0, 0, 50);
    while (comparison_next(c, &d, &e) == 1) {
        assert_int_equal(d.kind, DIFFERENT);
        assert_true(shown(d.sides[SIDE_PG], 1)[0] == '-');
        assert_string_equal(shown(d.sides[SIDE_PG], 1) + 1, shown(d.sides[SIDE_SQLITE], 1));
        told++;
    }
    assert_int_equal(told, 7);
    comparison_close(c);
}

static void other_tables_and_buckets_are_passed_by(void **state)
{
    unsigned char buckets[DIGEST_BUCKETS] = {0};
    struct comparison_options options = {.target = TARGET, .buckets = buckets};
    struct comparison *c;
    struct comparison_counts counts;
    struct table t;
    struct table other;
    struct err e;

    (void)state;
    make_table(&t, 1);
    make_table(&other, 1);
    other.spec.target = TARGET + 1;
    for (size_t i = 0; i < DIGEST_BUCKETS / 2; i++) {
        buckets[i] = 1;
    }
    assert_int_equal(comparison_open(&c, &options, &e), 0);
    for (int64_t i = 0; i < 4000; i++) {
        assert_int_equal(give(c, SIDE_SQLITE, &t, i, i, &e), 0);
        assert_int_equal(give(c, SIDE_SQLITE, &other, i, i, &e), 0);
    }
    end_side(c, SIDE_SQLITE);
    assert_int_equal(comparison_count(c, 5, &counts, &e), 0);
    assert_true(counts.rows[SIDE_SQLITE] > 1800 && counts.rows[SIDE_SQLITE] < 2200);
    assert_int_equal(counts.kinds[ONLY_SQLITE], counts.rows[SIDE_SQLITE]);
    comparison_close(c);
}

/* More keys than are known one by one, and more rows than a buffer holds. */
static void all_rows_may_differ(void **state)
{
    enum { ROWS = 150000 };
    const struct comparison_options options = {.target = TARGET};
    struct comparison_options with_columns = options;
    struct comparison *c;
    struct comparison_counts counts;
    struct comparison_difference d;
    struct table t;
    int64_t told = 0;
    size_t keys;
    struct err e;

    (void)state;
    make_table(&t, 1);
    with_columns.columns = t.shown;
    assert_int_equal(comparison_open(&c, &with_columns, &e), 0);
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < ROWS; i++) {
            assert_int_equal(give(c, SIDE_SQLITE, &t, i, i, &e), 0);
            assert_int_equal(give(c, SIDE_PG, &t, i, i + (i % 3 != 0), &e), 0);
        }
        end_side(c, SIDE_SQLITE);
        end_side(c, SIDE_PG);
        if (pass == 0) {
            assert_int_equal(comparison_count(c, -1, &counts, &e), 0);
            assert_kinds(&counts, 0, 0, ROWS / 3 * 2);
            assert_null(comparison_keys(c, &keys));
        }
    }
    while (comparison_next(c, &d, &e) == 1) {
        assert_int_equal(d.kind, DIFFERENT);
        told++;
    }
    assert_int_equal(told, ROWS / 3 * 2);
    comparison_close(c);
}

/* Each allocation of the core fails once; the rows themselves are made without. */
static int compare_once(long n, const struct table *t, struct err *e)
{
    const struct comparison_options options = {.target = TARGET, .columns = t->shown};
    struct comparison *c = NULL;
    struct comparison_counts counts;
    struct comparison_difference d;
    int result = -1;

    mem_fail_at(n);
    if (comparison_open(&c, &options, e) == 0) {
        struct verify_taker taker = comparison_taker(c, SIDE_SQLITE);
        struct bytes record = {0};
        unsigned char wire[4 + 2 * (4 + 4 + 8)] = {0, 0, 0, 2, 0, 0, 0, 20, 0, 0, 0, 8};

        wire[23] = 20;
        wire[27] = 8;
        record.data = wire;
        record.length = sizeof wire;
        const struct verify_row row = {
            .target = TARGET, .key_hash = 5, .row_hash = 6, .spec = &t->spec, .record = &record};
        result = taker.row(taker.context, 0, &row, e) != 0 || taker.part(taker.context, 0, e) != 0 ||
                         comparison_count(c, -1, &counts, e) != 0 || taker.row(taker.context, 0, &row, e) != 0 ||
                         taker.part(taker.context, 0, e) != 0 || comparison_next(c, &d, e) != 1
                     ? -1
                     : 0;
    }
    mem_fail_at(-1);
    comparison_close(c);
    return result;
}

static void every_allocation_may_fail(void **state)
{
    struct table t;
    struct err e;
    long n = 0;

    (void)state;
    make_table(&t, 1);
    for (;; n++) {
        err_clear(&e);
        if (compare_once(n, &t, &e) == 0) {
            break;
        }
        assert_int_equal(e.kind, ERR_MEMORY);
    }
    assert_true(n > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_told_by_kind),
        cmocka_unit_test(rows_without_a_key_are_counted_as_often_as_they_are_there),
        cmocka_unit_test(any_of_several_rows_may_stand),
        cmocka_unit_test(rows_may_be_kept_at_once),
        cmocka_unit_test(other_tables_and_buckets_are_passed_by),
        cmocka_unit_test(all_rows_may_differ),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
