/* test_record_hash.c: the hash of a record is PostgreSQL's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record_hash.h"

/* hash_record_extended(ROW(bytea), 0) of a PostgreSQL 15, of the first 0 to 40 of the bytes 11, 48, 85, .. */
static const uint64_t wanted[] = {
    0x9fb1b765a7ea466d, 0x3c3206d8e049ac19, 0x419f0f8f423ac455, 0xf92fffb4d6e254b1, 0xc4b82dadbc1e7571,
    0xdd0b75e65ed7c86e, 0xe50c046be03ec160, 0x6b55badcfe9831b9, 0xd6fbc4f7c99d5daa, 0x5c2da583d2c2e9e2,
    0xf386ca9a2adb2d64, 0xd806b54e05c93d56, 0x75bfbd59cf1464c5, 0xaabd7d06279ebd60, 0xba59273875072a3c,
    0xd11f31bf58835001, 0x2bf4b6709664fa9c, 0x6b4c846408583ccc, 0x0defc57eb91ee563, 0x76386e55a1cf9981,
    0x92784e2c8d767938, 0x1ace4dd64d7c1766, 0x9e0761113765cd2f, 0xe136f3f2538bafe5, 0xfa67a798cd8e1a38,
    0x1907b599ac827cfa, 0xb96b55142dc067a4, 0xe0c21fcbe3b218db, 0x83c85dd35945308e, 0x203138b048090da7,
    0xf533cfb5232f1cb4, 0xc3cdf2375ea9e42e, 0x1cf1c34d890e9437, 0x76d2513d12e352ff, 0xe601eb9ae48d3691,
    0x3738d00b961f0464, 0xd1e1c1b398e58ad7, 0x907bc459ee6b78ab, 0x1736acc5abc7bfdd, 0x63cf7ba126589e1d,
    0xedfe6eec6d630e34,
};

static void bytes_have_the_hash_that_postgresql_gives_them(void **state)
{
    unsigned char bytes[64];
    (void)state;
    for (size_t start = 0; start < 8; start++) {
        for (size_t i = 0; i < 40; i++)
            bytes[start + i] = (unsigned char)(i * 37 + 11);
        for (size_t length = 0; length < sizeof wanted / sizeof *wanted; length++)
            assert_int_equal(record_hash(bytes + start, length), wanted[length]);
    }
}

static void every_bit_counts(void **state)
{
    unsigned char bytes[29] = {0};
    uint64_t before = record_hash(bytes, sizeof bytes);
    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_not_equal(record_hash(bytes, sizeof bytes), before);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    assert_int_equal(record_hash(bytes, sizeof bytes), before);
}

/* Records of all lengths up to `most`, one behind the other, `count` of them. */
static void hash_many(size_t count, size_t most)
{
    enum { MOST = 200 };
    static unsigned char bytes[MOST * 300];
    struct record records[MOST];
    size_t at = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 2654435761U >> 13);
    for (size_t i = 0; i < count; i++) {
        records[i] = (struct record){.data = bytes + at, .length = i * 7919 % (most + 1)};
        at += records[i].length;
    }
    record_hash_all(records, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(records[i].hash, record_hash(records[i].data, records[i].length));
}

static void many_at_once_have_the_hashes_that_each_has_alone(void **state)
{
    (void)state;
    for (size_t count = 0; count <= 20; count++) {
        hash_many(count, 0);
        hash_many(count, 11);
        hash_many(count, 60);
    }
    hash_many(200, 299);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_have_the_hash_that_postgresql_gives_them),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(many_at_once_have_the_hashes_that_each_has_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
