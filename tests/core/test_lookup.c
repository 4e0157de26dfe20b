/* test_lookup.c: a map finds what SQLite's = finds, nothing else, and says when a key comes twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "lookup.h"

static struct cell integer(int64_t value)
{
    return (struct cell){.class = CELL_INTEGER, .as.integer = value};
}

static struct cell real(double value)
{
    return (struct cell){.class = CELL_REAL, .as.real = value};
}

static struct cell bytes_of(enum cell_class class, const char *data)
{
    return (struct cell){.class = (uint8_t) class, .length = (uint32_t)strlen(data)};
}

static struct lookup *map(enum collation collation, enum affinity affinity)
{
    struct lookup *l = NULL;
    struct err e;
    assert_int_equal(lookup_new(&l, collation, affinity, &e), 0);
    return l;
}

/* Adds with the integer as value. */
static int add(struct lookup *l, struct cell key, const char *data, int64_t value)
{
    struct cell v = integer(value);
    struct err e;
    return lookup_add(l, &key, (const unsigned char *)data, &v, NULL, &e);
}

/* The integer that is found, or -1. */
static int64_t find(const struct lookup *l, struct cell key, const char *data)
{
    const struct cell *found = lookup_find(l, &key, (const unsigned char *)data);
    if (found)
        assert_int_equal(found->class, CELL_INTEGER);
    return found ? found->as.integer : -1;
}

static int64_t find_text(const struct lookup *l, const char *text)
{
    return find(l, bytes_of(CELL_TEXT, text), text);
}

static void an_empty_map_has_nothing(void **state)
{
    struct lookup *l = map(COLLATION_BINARY, AFFINITY_BLOB);
    (void)state;
    assert_int_equal(find(l, integer(1), NULL), -1);
    assert_int_equal(find(l, (struct cell){0}, NULL), -1);
    assert_int_equal(find_text(l, ""), -1);
    assert_int_equal(lookup_count(l), 0);
    assert_int_equal(lookup_digest(l), 0);
    lookup_free(l);
    lookup_free(NULL);
}

static void numbers_are_equal_whatever_their_class_and_texts_and_blobs_are_not(void **state)
{
    struct lookup *l = map(COLLATION_BINARY, AFFINITY_BLOB);
    (void)state;
    assert_int_equal(add(l, integer(7), NULL, 70), 0);
    assert_int_equal(add(l, real(-3), NULL, 30), 0);
    assert_int_equal(add(l, real(0.5), NULL, 5), 0);
    assert_int_equal(add(l, integer(0), NULL, 1), 0);
    assert_int_equal(add(l, integer(INT64_MIN), NULL, 2), 0);
    assert_int_equal(add(l, integer(INT64_MAX), NULL, 3), 0);
    assert_int_equal(add(l, bytes_of(CELL_TEXT, "ab"), "ab", 4), 0);
    assert_int_equal(add(l, bytes_of(CELL_BLOB, "ab"), "ab", 6), 0);
    assert_int_equal(add(l, bytes_of(CELL_TEXT, ""), "", 8), 0);
    assert_int_equal(find(l, real(7), NULL), 70);
    assert_int_equal(find(l, integer(-3), NULL), 30);
    assert_int_equal(find(l, real(0.5), NULL), 5);
    assert_int_equal(find(l, real(-0.0), NULL), 1);
    assert_int_equal(find(l, real(-9223372036854775808.0), NULL), 2);
    assert_int_equal(find(l, integer(INT64_MAX), NULL), 3);
    /* One more than the largest integer. */
    assert_int_equal(find(l, real(9223372036854775808.0), NULL), -1);
    assert_int_equal(find_text(l, "ab"), 4);
    assert_int_equal(find_text(l, "AB"), -1);
    assert_int_equal(find_text(l, "7"), -1);
    assert_int_equal(find(l, bytes_of(CELL_BLOB, "ab"), "ab"), 6);
    assert_int_equal(find_text(l, ""), 8);
    assert_int_equal(find(l, bytes_of(CELL_BLOB, ""), ""), -1);
    lookup_free(l);
}

static void texts_go_by_the_collation(void **state)
{
    struct lookup *nocase = map(COLLATION_NOCASE, AFFINITY_TEXT), *rtrim = map(COLLATION_RTRIM, AFFINITY_TEXT);
    char longer[700], same[700];
    (void)state;
    for (size_t i = 0; i < sizeof longer - 1; i++) {
        longer[i] = (char)('a' + i % 26);
        same[i] = (char)((i % 3 ? 'a' : 'A') + i % 26);
    }
    longer[sizeof longer - 1] = same[sizeof same - 1] = '\0';
    assert_int_equal(add(nocase, bytes_of(CELL_TEXT, "Straße"), "Straße", 1), 0);
    assert_int_equal(add(nocase, bytes_of(CELL_TEXT, "STRAßE"), "STRAßE", 2), 1);
    assert_int_equal(add(nocase, bytes_of(CELL_TEXT, longer), longer, 3), 0);
    assert_int_equal(find_text(nocase, "sTRAßE"), 1);
    assert_int_equal(find_text(nocase, "straße "), -1);
    assert_int_equal(find_text(nocase, same), 3);
    same[300] ^= 1;
    assert_int_equal(find_text(nocase, same), -1);
    /* Letters beyond ASCII have their case. */
    assert_int_equal(add(nocase, bytes_of(CELL_TEXT, "É"), "É", 4), 0);
    assert_int_equal(find_text(nocase, "é"), -1);
    /* A blob is no text. */
    assert_int_equal(add(nocase, bytes_of(CELL_BLOB, "ab"), "ab", 5), 0);
    assert_int_equal(find(nocase, bytes_of(CELL_BLOB, "AB"), "AB"), -1);
    assert_int_equal(add(rtrim, bytes_of(CELL_TEXT, "a  "), "a  ", 1), 0);
    assert_int_equal(find_text(rtrim, "a"), 1);
    assert_int_equal(find_text(rtrim, "a    "), 1);
    assert_int_equal(find_text(rtrim, " a"), -1);
    assert_int_equal(find_text(rtrim, "A"), -1);
    assert_int_equal(find_text(rtrim, "a\t"), -1);
    lookup_free(nocase);
    lookup_free(rtrim);
}

static void a_nul_byte_is_a_byte(void **state)
{
    struct lookup *l = map(COLLATION_BINARY, AFFINITY_TEXT);
    struct cell key = {.class = CELL_TEXT, .length = 3}, other = {.class = CELL_TEXT, .length = 1};
    (void)state;
    assert_int_equal(add(l, key, "a\0b", 1), 0);
    assert_int_equal(find(l, key, "a\0b"), 1);
    assert_int_equal(find(l, key, "a\0c"), -1);
    assert_int_equal(find(l, other, "a"), -1);
    lookup_free(l);
}

static void what_is_looked_up_gets_the_affinity_of_the_keys(void **state)
{
    struct lookup *l = map(COLLATION_BINARY, AFFINITY_INTEGER), *text = map(COLLATION_BINARY, AFFINITY_TEXT);
    (void)state;
    assert_int_equal(add(l, integer(12), NULL, 1), 0);
    assert_int_equal(add(l, bytes_of(CELL_TEXT, "x"), "x", 2), 0);
    assert_int_equal(add(l, integer(INT64_MAX), NULL, 3), 0);
    assert_int_equal(find_text(l, "12"), 1);
    assert_int_equal(find_text(l, " +12 "), 1);
    assert_int_equal(find_text(l, "12.0"), 1);
    assert_int_equal(find_text(l, "1.2e1"), 1);
    assert_int_equal(find_text(l, "12x"), -1);
    assert_int_equal(find_text(l, "0x0c"), -1);
    assert_int_equal(find_text(l, "x"), 2);
    assert_int_equal(find_text(l, "9223372036854775807"), 3);
    assert_int_equal(find_text(l, "9223372036854775808"), -1);
    assert_int_equal(find_text(l, "99999999999999999999"), -1);
    assert_int_equal(find(l, bytes_of(CELL_BLOB, "12"), "12"), -1);
    assert_int_equal(add(text, bytes_of(CELL_TEXT, "12"), "12", 4), 0);
    assert_int_equal(add(text, bytes_of(CELL_TEXT, "-9223372036854775808"), "-9223372036854775808", 5), 0);
    assert_int_equal(find(text, integer(12), NULL), 4);
    assert_int_equal(find(text, integer(INT64_MIN), NULL), 5);
    lookup_free(l);
    lookup_free(text);
}

static void a_key_that_comes_twice_is_told_and_the_first_one_stays(void **state)
{
    struct lookup *l = map(COLLATION_BINARY, AFFINITY_BLOB);
    uint64_t digest;
    (void)state;
    assert_int_equal(add(l, integer(1), NULL, 10), 0);
    digest = lookup_digest(l);
    assert_int_equal(add(l, real(1), NULL, 11), 1);
    assert_int_equal(find(l, integer(1), NULL), 10);
    assert_int_equal(lookup_count(l), 1);
    assert_int_equal(lookup_digest(l), digest);
    lookup_free(l);
}

static void values_are_of_any_class(void **state)
{
    struct lookup *l = map(COLLATION_BINARY, AFFINITY_BLOB);
    struct cell key = integer(1), value = bytes_of(CELL_TEXT, "kept"), nothing = {0}, other = integer(2);
    const struct cell *found;
    char text[] = "kept";
    struct err e;
    (void)state;
    assert_int_equal(lookup_add(l, &key, NULL, &value, (unsigned char *)text, &e), 0);
    assert_int_equal(lookup_add(l, &other, NULL, &nothing, NULL, &e), 0);
    assert_int_equal(lookup_add(l, &nothing, NULL, &value, (unsigned char *)text, &e), -1);
    text[0] = 'x'; /* it was copied */
    found = lookup_find(l, &key, NULL);
    assert_int_equal(found->class, CELL_TEXT);
    assert_memory_equal(lookup_data(l, found), "kept", 4);
    found = lookup_find(l, &other, NULL);
    assert_non_null(found);
    assert_int_equal(found->class, CELL_NULL);
    assert_null(lookup_data(l, found));
    lookup_free(l);
}

enum { MANY = 200000 };

static void *find_many(void *argument)
{
    const struct lookup *l = argument;
    char text[32];
    for (int64_t i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof text, "key %lld", (long long)i);
        if (find_text(l, text) != i || find(l, integer(i), NULL) != (i % 2 ? -1 : -i - 2))
            return argument;
    }
    return NULL;
}

static void many_keys_are_found_by_many_threads(void **state)
{
    struct lookup *l = map(COLLATION_NOCASE, AFFINITY_BLOB);
    pthread_t threads[3];
    void *failed = NULL;
    char text[32];
    (void)state;
    for (int64_t i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof text, "KEY %lld", (long long)i);
        assert_int_equal(add(l, bytes_of(CELL_TEXT, text), text, i), 0);
        if (i % 2 == 0)
            assert_int_equal(add(l, integer(i), NULL, -i - 2), 0);
    }
    assert_int_equal(lookup_count(l), MANY + MANY / 2);
    assert_true(lookup_memory(l) > (size_t)MANY * 32 && lookup_memory(l) < (size_t)MANY * 200);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, find_many, lookup_share(l)), 0);
    for (size_t i = 0; i < 3; i++) {
        (void)pthread_join(threads[i], &failed);
        assert_null(failed);
        lookup_free(l);
    }
    lookup_free(l);
}

static void a_digest_is_that_of_the_contents(void **state)
{
    struct lookup *one = map(COLLATION_BINARY, AFFINITY_BLOB), *other = map(COLLATION_BINARY, AFFINITY_BLOB);
    (void)state;
    assert_int_equal(add(one, integer(1), NULL, 10), 0);
    assert_int_equal(add(one, bytes_of(CELL_TEXT, "a"), "a", 20), 0);
    assert_int_equal(add(other, bytes_of(CELL_TEXT, "a"), "a", 20), 0);
    assert_int_not_equal(lookup_digest(one), lookup_digest(other));
    assert_int_equal(add(other, integer(1), NULL, 10), 0);
    assert_int_equal(lookup_digest(one), lookup_digest(other));
    assert_int_equal(add(one, integer(2), NULL, 30), 0);
    assert_int_equal(add(other, integer(2), NULL, 31), 0);
    assert_int_not_equal(lookup_digest(one), lookup_digest(other));
    lookup_free(one);
    lookup_free(other);
}

/* 0 when all was done, 1 at the first refusal of memory, after which the map has what it had. */
static int fill_until_refused(void)
{
    struct lookup *l = NULL;
    struct err e;
    int refused = 0;
    char text[32];
    err_clear(&e);
    if (lookup_new(&l, COLLATION_BINARY, AFFINITY_BLOB, &e) != 0)
        return e.kind == ERR_MEMORY ? 1 : -1;
    for (int64_t i = 0; i < 300 && !refused; i++) {
        struct cell value = integer(i), key;
        (void)snprintf(text, sizeof text, "a key of a text %lld", (long long)i);
        key = bytes_of(CELL_TEXT, text);
        refused = lookup_add(l, &key, (const unsigned char *)text, &value, NULL, &e) != 0;
        if (refused) {
            assert_int_equal(e.kind, ERR_MEMORY);
            assert_int_equal(lookup_count(l), i);
            assert_int_equal(find_text(l, text), -1);
            assert_int_equal(add(l, key, text, i), 0);
            assert_int_equal(find_text(l, text), i);
        }
    }
    lookup_free(l);
    return refused;
}

static void memory_that_is_refused_leaves_the_map_as_it_was(void **state)
{
    long n = 0;
    int refused = 1;
    (void)state;
    for (; refused == 1 && n < 1000; n++) {
        mem_fail_at(n);
        refused = fill_until_refused();
    }
    mem_fail_at(-1);
    assert_int_equal(refused, 0);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(numbers_are_equal_whatever_their_class_and_texts_and_blobs_are_not),
        cmocka_unit_test(texts_go_by_the_collation),
        cmocka_unit_test(a_nul_byte_is_a_byte),
        cmocka_unit_test(what_is_looked_up_gets_the_affinity_of_the_keys),
        cmocka_unit_test(a_key_that_comes_twice_is_told_and_the_first_one_stays),
        cmocka_unit_test(values_are_of_any_class),
        cmocka_unit_test(many_keys_are_found_by_many_threads),
        cmocka_unit_test(a_digest_is_that_of_the_contents),
        cmocka_unit_test(memory_that_is_refused_leaves_the_map_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
