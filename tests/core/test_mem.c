/* test_mem.c: allocations that fail on demand, and the growable run of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"

static void blocks_are_zeroed_and_copied(void **state)
{
    static const unsigned char zeros[64] = {0};
    struct err e = {0};
    (void)state;
    unsigned char *block = mem_alloc(sizeof zeros, &e);
    assert_non_null(block);
    assert_memory_equal(block, zeros, sizeof zeros);
    block = mem_resize(block, 128, &e);
    assert_non_null(block);
    assert_memory_equal(block, zeros, sizeof zeros);
    mem_free(block);
    block = mem_alloc(0, NULL);
    assert_non_null(block);
    mem_free(block);
    mem_free(NULL);
    char *copy = mem_copy("wherry", &e);
    assert_string_equal(copy, "wherry");
    mem_free(copy);
    assert_int_equal(e.kind, ERR_NONE);
}

static void the_nth_allocation_fails_once(void **state)
{
    struct err e = {0};
    (void)state;
    mem_fail_at(1);
    void *first = mem_alloc(8, &e);
    assert_non_null(first);
    assert_null(mem_alloc(8, &e));
    assert_int_equal(e.kind, ERR_MEMORY);
    assert_true(e.hint[0] != '\0');
    void *third = mem_alloc(8, &e);
    assert_non_null(third);
    mem_fail_at(0);
    assert_null(mem_resize(third, 16, NULL));
    mem_fail_at(0);
    mem_fail_at(-1);
    void *fourth = mem_alloc(8, &e);
    assert_non_null(fourth);
    mem_free(first);
    mem_free(third);
    mem_free(fourth);
}

static void sizes_beyond_memory_are_refused(void **state)
{
    struct bytes b = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(bytes_append(&b, "abc", 3, &e), 0);
    assert_int_equal(bytes_reserve(&b, SIZE_MAX, &e), -1);
    assert_int_equal(e.kind, ERR_MEMORY);
    assert_int_equal(bytes_reserve(&b, SIZE_MAX / 2, &e), -1);
    assert_int_equal(b.length, 3);
    assert_memory_equal(b.data, "abc", 3);
    bytes_free(&b);
}

static void bytes_grow(void **state)
{
    struct bytes b = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(bytes_append(&b, NULL, 0, &e), 0);
    assert_null(b.data);
    for (unsigned i = 0; i < 100000; i++) {
        unsigned char byte = (unsigned char)(i % 251);
        assert_int_equal(bytes_append(&b, &byte, 1, &e), 0);
    }
    assert_int_equal(b.length, 100000);
    for (unsigned i = 0; i < 100000; i++) {
        assert_int_equal(b.data[i], i % 251);
    }
    bytes_free(&b);
    assert_null(b.data);
    assert_int_equal(b.capacity, 0);
}

static void numbers_are_big_endian(void **state)
{
    struct bytes b = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(bytes_put_u16(&b, 0x0102, &e), 0);
    assert_int_equal(bytes_put_u32(&b, 0x03040506, &e), 0);
    assert_int_equal(bytes_put_u64(&b, 0x0708090A0B0C0D0EULL, &e), 0);
    assert_int_equal(b.length, 14);
    assert_memory_equal(b.data, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E", 14);
    bytes_free(&b);
}

static void a_failed_append_leaves_the_bytes(void **state)
{
    struct bytes b = {0};
    struct err e = {0};
    (void)state;
    mem_fail_at(0);
    assert_int_equal(bytes_put_u16(&b, 1, &e), -1);
    mem_fail_at(0);
    assert_int_equal(bytes_put_u32(&b, 1, &e), -1);
    mem_fail_at(0);
    assert_int_equal(bytes_put_u64(&b, 1, &e), -1);
    mem_fail_at(0);
    assert_int_equal(bytes_append(&b, "a", 1, NULL), -1);
    assert_int_equal(e.kind, ERR_MEMORY);
    assert_int_equal(b.length, 0);
    mem_fail_at(-1);
    bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_and_copied),    cmocka_unit_test(the_nth_allocation_fails_once),
        cmocka_unit_test(sizes_beyond_memory_are_refused), cmocka_unit_test(bytes_grow),
        cmocka_unit_test(numbers_are_big_endian),          cmocka_unit_test(a_failed_append_leaves_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
