/* test_sorter.c: records come back sorted, however many they are, and nothing of them stays on the disk. */
#include "database.h"

#include "mem.h"
#include "sorter.h"
#include "stop.h"

/* The same numbers each time. */
static uint64_t next_number(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void fill(struct sorter *s, uint64_t count, uint64_t keys)
{
    struct sort_buffer buffer = {.sorter = s};
    uint64_t state = 88172645463325252u;
    struct err e;

    for (uint64_t row = 0; row < count; row++) {
        struct sort_record record = {.key = {next_number(&state) % keys, 7}, .row = count - row};

        assert_int_equal(sort_buffer_add(&buffer, &record, &e), 0);
    }
    assert_int_equal(sort_buffer_flush(&buffer, &e), 0);
}

static void read_sorted(struct sorter *s, uint64_t count)
{
    struct sort_cursor *cursor;
    struct sort_record record, before = {.row = 0};
    uint64_t read = 0, sum = 0;
    struct err e;
    int got;

    assert_int_equal(sort_cursor_open(&cursor, s, &e), 0);
    while ((got = sort_cursor_next(cursor, &record, &e)) > 0) {
        int later = record.key[0] > before.key[0] || (record.key[0] == before.key[0] && record.row > before.row);

        assert_true(read == 0 || later);
        before = record;
        sum += record.row;
        read++;
    }
    assert_int_equal(got, 0);
    sort_cursor_close(cursor);
    assert_int_equal(read, count);
    assert_int_equal(sum, count * (count + 1) / 2);
}

static void records_come_back_in_order_and_twice(void **state)
{
    struct sorter s = {0};
    struct err e;

    (void)state;
    for (uint64_t count = 0; count < 200000; count = count * 20 + 1) {
        assert_int_equal(spill_open(&s.spill, &e), 0);
        fill(&s, count, 1000);
        read_sorted(&s, count);
        read_sorted(&s, count);
        assert_int_equal(spill_bytes(s.spill), (int64_t)(count * sizeof(struct sort_record)));
        sorter_free(&s);
        spill_close(s.spill);
    }
}

static void more_runs_than_one_merge_takes(void **state)
{
    struct sorter s = {0};
    struct err e;

    (void)state;
    assert_int_equal(spill_open(&s.spill, &e), 0);
    fill(&s, 32768u * 70, UINT64_MAX);
    assert_int_equal(s.count, 70);
    read_sorted(&s, 32768u * 70);
    assert_int_equal(s.count, 7);
    sorter_free(&s);
    spill_close(s.spill);
}

static int entries_of(const char *path)
{
    DIR *directory = opendir(path);
    int count = -2;

    assert_non_null(directory);
    while (readdir(directory) != NULL) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

static void nothing_of_it_can_be_seen(void **state)
{
    struct place *p = *state;
    char *before = getenv("TMPDIR") == NULL ? NULL : strdup(getenv("TMPDIR"));
    struct sorter s = {0};
    struct err e;

    assert_int_equal(setenv("TMPDIR", p->directory, 1), 0);
    assert_int_equal(spill_open(&s.spill, &e), 0);
    fill(&s, 100000, 10);
    assert_int_equal(entries_of(p->directory), 0);
    spill_close(s.spill);
    sorter_free(&s);

    assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
    assert_int_equal(spill_open(&s.spill, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, "/nonexistent"));
    assert_int_equal(before == NULL ? unsetenv("TMPDIR") : setenv("TMPDIR", before, 1), 0);
    free(before);
}

static void a_signal_ends_the_reading(void **state)
{
    struct sorter s = {0};
    struct sort_cursor *cursor;
    struct sort_record record;
    struct err e;
    int got = 1;

    (void)state;
    assert_int_equal(spill_open(&s.spill, &e), 0);
    fill(&s, 100000, 10);
    assert_int_equal(sort_cursor_open(&cursor, &s, &e), 0);
    stop_request(SIGINT);
    while (got > 0) {
        got = sort_cursor_next(cursor, &record, &e);
    }
    stop_request(0);
    assert_int_equal(got, -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    sort_cursor_close(cursor);
    sorter_free(&s);
    spill_close(s.spill);
}

static int all_of_it(struct err *e)
{
    struct sorter s = {0};
    struct sort_buffer buffer = {.sorter = &s};
    struct sort_cursor *cursor = NULL;
    struct sort_record record = {.row = 1};
    int result = spill_open(&s.spill, e);

    for (int i = 0; i < 1000 && result == 0; i++) {
        result = sort_buffer_add(&buffer, &record, e);
    }
    if (result == 0) {
        result = sort_buffer_flush(&buffer, e);
    }
    if (result == 0) {
        result = sort_cursor_open(&cursor, &s, e);
    }
    while (result == 0 && (result = sort_cursor_next(cursor, &record, e)) > 0) {
        result = 0;
    }
    sort_cursor_close(cursor);
    sort_buffer_free(&buffer);
    sorter_free(&s);
    spill_close(s.spill);
    return result;
}

static void every_allocation_may_fail(void **state)
{
    struct err e;
    long n = 0;

    (void)state;
    for (;; n++) {
        mem_fail_at(n);
        int result = all_of_it(&e);
        mem_fail_at(-1);
        if (result == 0) {
            break;
        }
        assert_int_equal(e.kind, ERR_MEMORY);
    }
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_in_order_and_twice),
        cmocka_unit_test(more_runs_than_one_merge_takes),
        cmocka_unit_test_setup_teardown(nothing_of_it_can_be_seen, place_setup, place_teardown),
        cmocka_unit_test(a_signal_ends_the_reading),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
