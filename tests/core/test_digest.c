/* test_digest.c: rows as records, their sums, and sums as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "digest.h"
#include "record_hash.h"

/* What hash_record_extended(ROW(record_send(ROW(..))), 0) of a PostgreSQL 15 gives for the record of a = 1::int8, b =
 * 'ab'::text, c = NULL::int4, and for that of the first alone. */
static const uint64_t whole_hash = 0xb26fddaa63913bc4, first_hash = 0x0726d7901e725a6c;

/* The row of COPY has them in another order: c, a, b. */
static const unsigned char row_cab[] = {0,    3,                                           /* fields */
                                        0xff, 0xff, 0xff, 0xff,                            /* c */
                                        0,    0,    0,    8,    0,   0,  0, 0, 0, 0, 0, 1, /* a */
                                        0,    0,    0,    2,    'a', 'b'};
static const size_t first_column[] = {0};
static const struct digest_column columns[] = {
    {.field = 1, .oid = 20, .is_canonical = 1},
    {.field = 2, .oid = 25, .is_canonical = 1},
    {.field = 0, .oid = 23, .is_canonical = 1},
};
static const struct digest_spec spec = {.columns = columns, .count = 3, .key = first_column, .key_count = 1};

static void a_row_is_hashed_as_the_server_hashes_its_record(void **state)
{
    struct digest_scratch s = {0};
    uint64_t key = 0, row = 0;
    struct err e;
    (void)state;
    assert_int_equal(digest_row(&spec, row_cab, &s, &key, &row, &e), 0);
    assert_int_equal(row, whole_hash);
    assert_int_equal(key, first_hash);
    digest_scratch_free(&s);
}

static void without_a_key_the_row_is_its_own(void **state)
{
    struct digest_spec keyless = spec;
    struct digest_scratch s = {0};
    uint64_t key = 0, row = 0;
    struct err e;
    (void)state;
    keyless.key_count = 0;
    assert_int_equal(digest_row(&keyless, row_cab, &s, &key, &row, &e), 0);
    assert_int_equal(row, whole_hash);
    assert_int_equal(key, whole_hash);
    digest_scratch_free(&s);
}

static void what_rows_do_not_have_is_a_constant_or_null(void **state)
{
    static const unsigned char row_a[] = {0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1};
    static const unsigned char ab[] = {0, 0, 0, 2, 'a', 'b'};
    static const struct digest_column given[] = {
        {.field = 0, .oid = 20, .is_canonical = 1},
        {.field = DIGEST_CONSTANT, .oid = 25, .constant = ab, .constant_length = sizeof ab, .is_canonical = 1},
        {.field = DIGEST_CONSTANT, .oid = 23, .is_canonical = 1},
    };
    struct digest_spec constant = spec;
    struct digest_scratch s = {0};
    uint64_t key = 0, row = 0;
    struct err e;
    (void)state;
    constant.columns = given;
    assert_int_equal(digest_row(&constant, row_a, &s, &key, &row, &e), 0);
    assert_int_equal(row, whole_hash);
    assert_int_equal(key, first_hash);
    digest_scratch_free(&s);
}

static void a_row_may_have_some_of_its_columns_in_any_order(void **state)
{
    static const unsigned char row_ba[] = {0, 2, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1};
    static const size_t given[] = {2, 1};
    struct digest_scratch s = {0};
    uint64_t key = 0, row = 0;
    struct err e;
    (void)state;
    /* A row before it has left its places behind. */
    assert_int_equal(digest_row(&spec, row_cab, &s, &key, &row, &e), 0);
    key = row = 0;
    assert_int_equal(digest_row_of(&spec, given, 2, row_ba, &s, &key, &row, &e), 0);
    assert_int_equal(row, whole_hash);
    assert_int_equal(key, first_hash);
    assert_int_equal(digest_row_of(&spec, given, 1, row_ba, &s, &key, &row, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    digest_scratch_free(&s);
}

static void values_are_hashed_in_their_canonical_form(void **state)
{
    static const unsigned char given_row[] = {0, 1, 0, 0, 0, 8, 1, '{', '"', 'a', '"', ':', '2', '}'};
    static const unsigned char stored_row[] = {0, 1, 0, 0, 0, 9, 1, '{', '"', 'a', '"', ':', ' ', '2', '}'};
    static const unsigned char null_row[] = {0, 1, 0xff, 0xff, 0xff, 0xff};
    static const struct codec_hint hint = {.typmod = -1};
    struct digest_column column = {.field = 0, .oid = 3802, .codec = codec_find(3802, "jsonb"), .hint = &hint};
    const struct digest_spec document = {.columns = &column, .count = 1};
    struct digest_scratch s = {0};
    uint64_t key, first = 0, second = 1;
    struct err e;
    (void)state;
    digest_prepare(&column, 1);
    assert_false(column.is_canonical);
    assert_int_equal(digest_row(&document, given_row, &s, &key, &first, &e), 0);
    assert_int_equal(digest_row(&document, stored_row, &s, &key, &second, &e), 0);
    assert_int_equal(first, second);
    assert_int_equal(key, second);
    assert_int_equal(digest_row(&document, null_row, &s, &key, &second, &e), 0);
    assert_int_not_equal(first, second);
    column.codec = codec_find(20, "int8");
    digest_prepare(&column, 1);
    assert_true(column.is_canonical);
    column.codec = NULL;
    digest_prepare(&column, 1);
    assert_true(column.is_canonical);
    digest_scratch_free(&s);
}

static void rows_that_are_put_count_once_they_are_settled(void **state)
{
    static unsigned char row[2 + 3 * 4 + 8 + 3000];
    static const size_t given[] = {1, 2, 0};
    struct digest_spec keyless = spec;
    struct digest_scratch s = {0};
    struct digest put = {0}, added = {0};
    uint64_t key_hash, row_hash;
    struct err e;
    (void)state;
    keyless.key_count = 0;
    row[1] = 3;
    row[5] = 8;
    memset(row + 2 + 4 + 8 + 4 + 3000, 0xff, 4);
    for (unsigned i = 0; i < 1000; i++) {
        size_t size = i % 10 == 0 ? 3000 : i % 7;
        const struct digest_spec *one = i % 3 ? &spec : &keyless;
        row[13] = (unsigned char)i;
        store_u32(row + 14, (uint32_t)size);
        memset(row + 18, (int)i, size);
        memset(row + 18 + size, 0xff, 4);
        assert_int_equal(digest_row_of(one, given, 3, row, &s, &key_hash, &row_hash, &e), 0);
        digest_add_row(&added, key_hash, row_hash);
        assert_int_equal(digest_put_of(one, given, 3, row, &s, &put, &e), 0);
    }
    assert_int_not_equal(digest_compare(&put, &added, NULL), 0);
    digest_settle(&s);
    assert_int_equal(digest_compare(&put, &added, NULL), 0);
    digest_settle(&s);
    assert_int_equal(digest_total(&put).rows, 1000);
    assert_int_equal(digest_put(&spec, row_cab, &s, &put, &e), 0);
    digest_settle(&s);
    assert_int_equal(digest_total(&put).rows, 1001);
    digest_scratch_free(&s);
}

static void what_a_large_row_needs_is_given_back(void **state)
{
    enum { LARGE = 3 * 1024 * 1024 };
    static const size_t given[] = {2, 1};
    struct digest_scratch s = {0};
    struct digest d = {0};
    uint64_t key, row;
    unsigned char *large = mem_alloc(2 + 4 + LARGE + 12, NULL);
    struct err e;
    (void)state;
    large[1] = 2;
    store_u32(large + 2, LARGE);
    store_u32(large + 6 + LARGE, 8);
    assert_int_equal(digest_row_of(&spec, given, 2, large, &s, &key, &row, &e), 0);
    assert_int_equal(digest_put_of(&spec, given, 2, large, &s, &d, &e), 0);
    assert_int_equal(s.rows.length, 0); /* nobody waits for more rows then */
    assert_true(s.records.capacity < LARGE);
    assert_true(s.record.length > LARGE);
    assert_int_equal(d.buckets[digest_bucket_of(key)].sum, row);
    assert_int_equal(digest_row(&spec, row_cab, &s, &key, &row, &e), 0);
    assert_int_equal(row, whole_hash);
    assert_true(s.record.capacity < LARGE);
    digest_scratch_free(&s);
    mem_free(large);
}

static void memory_that_is_refused_is_told(void **state)
{
    int rc = -1;
    long n = 0;
    (void)state;
    for (; rc != 0 && n < 20; n++) {
        struct digest_scratch s = {0};
        struct digest d = {0};
        uint64_t key, row;
        struct err e;
        err_clear(&e);
        mem_fail_at(n);
        rc = digest_row(&spec, row_cab, &s, &key, &row, &e);
        if (rc == 0)
            rc = digest_put(&spec, row_cab, &s, &d, &e);
        mem_fail_at(-1);
        digest_settle(&s);
        assert_int_equal(digest_total(&d).rows, rc == 0);
        assert_true(rc == 0 || e.kind == ERR_MEMORY);
        digest_scratch_free(&s);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 3);
}

static void sums_see_what_they_should(void **state)
{
    struct digest a = {0}, b = {0};
    size_t differ[DIGEST_BUCKETS];
    (void)state;
    digest_add_row(&a, 5, 100);
    digest_add_row(&a, 5 + DIGEST_BUCKETS, 200);
    digest_add_row(&a, 7, UINT64_MAX);
    digest_add_row(&b, 7, UINT64_MAX);
    digest_add_row(&b, 5, 200);
    assert_int_equal(digest_compare(&a, &b, differ), 1);
    assert_int_equal(differ[0], 5);
    digest_add_row(&b, 5, 100);
    assert_int_equal(digest_compare(&a, &b, NULL), 0);
    /* A row twice where it was once, and another missing. */
    digest_take_row(&b, 5, 100);
    digest_add_row(&b, 5, 200);
    assert_int_equal(digest_compare(&a, &b, NULL), 1);
    /* The same sum of other rows. */
    digest_take_row(&b, 5, 200);
    digest_take_row(&b, 5, 200);
    digest_add_row(&b, 5, 300);
    assert_int_equal(a.buckets[5].sum, b.buckets[5].sum);
    assert_int_equal(digest_compare(&a, &b, NULL), 1);
    assert_int_equal(digest_total(&a).rows, 3);
    assert_int_equal(digest_total(&a).sum, 299);
    digest_take(&a, &b);
    assert_int_equal(digest_total(&a).rows, 1);
    assert_int_equal(digest_total(&a).sum, 0);
    digest_add(&a, &b);
    assert_int_equal(digest_total(&a).sum, 299);
}

static void a_digest_comes_back_from_its_bytes(void **state)
{
    unsigned char packed[DIGEST_PACKED_MOST];
    struct digest d = {0}, back;
    struct err e;
    (void)state;
    assert_int_equal(digest_pack(&d, packed), 1);
    assert_int_equal(digest_unpack(&back, packed, 1, &e), 0);
    assert_memory_equal(&d, &back, sizeof d);
    d.buckets[0] = (struct digest_bucket){1, UINT64_MAX};
    d.buckets[9] = (struct digest_bucket){-1, 0};
    d.buckets[10] = (struct digest_bucket){INT64_MAX, 1};
    d.buckets[1023] = (struct digest_bucket){0, 128};
    size_t length = digest_pack(&d, packed);
    assert_int_equal(digest_unpack(&back, packed, length, &e), 0);
    assert_memory_equal(&d, &back, sizeof d);
    for (size_t i = 0; i < DIGEST_BUCKETS; i++)
        d.buckets[i] = (struct digest_bucket){-(int64_t)i - 1, i << 40 | 1};
    length = digest_pack(&d, packed);
    assert_true(length <= sizeof packed);
    assert_int_equal(digest_unpack(&back, packed, length, &e), 0);
    assert_memory_equal(&d, &back, sizeof d);
}

static void damaged_bytes_are_refused(void **state)
{
    static const unsigned char beyond[] = {1, 0xff, 0x07, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
    static const unsigned char endless[] = {1,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    unsigned char packed[DIGEST_PACKED_MOST];
    struct digest d = {0}, back;
    struct err e;
    (void)state;
    d.buckets[9] = (struct digest_bucket){300, 4};
    d.buckets[700] = (struct digest_bucket){1, 5};
    size_t length = digest_pack(&d, packed), whole = 0;
    for (size_t cut = 0; cut < length; cut++)
        if (digest_unpack(&back, packed, cut, &e) == 0)
            whole++; /* behind the version, and behind the first bucket */
        else
            assert_int_equal(e.kind, ERR_VALUE);
    assert_int_equal(whole, 2);
    assert_int_equal(digest_unpack(&back, beyond, 12, &e), 0);
    assert_int_equal(back.buckets[1023].rows, 1);
    assert_int_equal(digest_unpack(&back, beyond, sizeof beyond, &e), -1);
    assert_int_equal(digest_unpack(&back, endless, sizeof endless, &e), -1);
    packed[0]++;
    assert_int_equal(digest_unpack(&back, packed, length, &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_hashed_as_the_server_hashes_its_record),
        cmocka_unit_test(without_a_key_the_row_is_its_own),
        cmocka_unit_test(what_rows_do_not_have_is_a_constant_or_null),
        cmocka_unit_test(a_row_may_have_some_of_its_columns_in_any_order),
        cmocka_unit_test(values_are_hashed_in_their_canonical_form),
        cmocka_unit_test(rows_that_are_put_count_once_they_are_settled),
        cmocka_unit_test(what_a_large_row_needs_is_given_back),
        cmocka_unit_test(memory_that_is_refused_is_told),
        cmocka_unit_test(sums_see_what_they_should),
        cmocka_unit_test(a_digest_comes_back_from_its_bytes),
        cmocka_unit_test(damaged_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
