/* test_ring.c: messages arrive in order and whole, the ring bounds the reader, and nobody waits for ever. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "ring.h"
#include "stop.h"

enum { MESSAGES = 5000 };

static void *publish_many(void *argument)
{
    struct ring *r = argument;
    struct err e;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct ring_message *m = ring_claim(r);
        if (!m)
            return NULL;
        m->kind = i + 1 < MESSAGES ? RING_ROWS : RING_STEP_END;
        m->read = i;
        if (bytes_append(&m->data, &i, sizeof i, &e) != 0)
            return NULL;
        ring_publish(r);
    }
    return r;
}

static void messages_arrive_in_order_and_once(void **state)
{
    (void)state;
    struct ring r;
    struct err e;
    pthread_t reader;
    assert_int_equal(ring_init(&r, 1, &e), 0);
    assert_int_equal(pthread_create(&reader, NULL, publish_many, &r), 0);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct ring_message *m = ring_take(&r);
        assert_non_null(m);
        assert_int_equal(m->read, i);
        assert_int_equal(m->data.length, sizeof i);
        assert_memory_equal(m->data.data, &i, sizeof i);
        assert_int_equal(m->kind, i + 1 < MESSAGES ? RING_ROWS : RING_STEP_END);
        ring_release(&r);
    }
    void *result = NULL;
    assert_int_equal(pthread_join(reader, &result), 0);
    assert_ptr_equal(result, &r);
    ring_free(&r);
}

static void what_rings_hold_is_counted_over_all_of_them(void **state)
{
    (void)state;
    struct ring rings[2];
    struct err e;
    atomic_llong all = 0;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ring_init(&rings[i], 2, &e), 0);
        rings[i].all = &all;
        for (int n = 0; n < 2; n++) {
            struct ring_message *m = ring_claim(&rings[i]);
            assert_non_null(m);
            assert_int_equal(bytes_append(&m->data, "wherry", 6, &e), 0);
            assert_int_equal(all, 12 * i + 6 * (size_t)n);
            ring_publish(&rings[i]);
        }
    }
    assert_int_equal(all, 24);
    assert_non_null(ring_take(&rings[0]));
    assert_int_equal(all, 24);
    ring_release(&rings[0]);
    assert_int_equal(all, 18);
    /* What a reader leaves behind is sent by nobody. */
    ring_free(&rings[0]);
    assert_int_equal(all, 12);
    ring_free(&rings[1]);
    assert_int_equal(all, 0);
}

static void a_full_ring_holds_the_reader_until_it_is_closed(void **state)
{
    (void)state;
    struct ring r;
    struct err e;
    pthread_t reader;
    assert_int_equal(ring_init(&r, 1, &e), 0);
    assert_int_equal(pthread_create(&reader, NULL, publish_many, &r), 0);
    (void)usleep(50 * 1000);
    assert_int_equal(r.used, RING_SLOTS);
    ring_close(&r);
    void *result = &r;
    assert_int_equal(pthread_join(reader, &result), 0);
    assert_null(result);
    assert_int_equal(r.used, RING_SLOTS);
    ring_free(&r);
}

static void a_signal_ends_both_waits(void **state)
{
    (void)state;
    struct ring r;
    struct err e;
    assert_int_equal(ring_init(&r, 1, &e), 0);
    stop_request(SIGINT);
    assert_null(ring_take(&r));
    for (int i = 0; i < RING_SLOTS; i++) {
        assert_non_null(ring_claim(&r));
        ring_publish(&r);
    }
    assert_null(ring_claim(&r));
    stop_request(0);
    assert_non_null(ring_take(&r));
    ring_free(&r);
}

static void a_buffer_that_grew_for_a_large_row_is_given_back(void **state)
{
    (void)state;
    static const unsigned char zeros[4096];
    struct ring r;
    struct err e;
    assert_int_equal(ring_init(&r, 1, &e), 0);
    for (int round = 0; round < 2 * RING_SLOTS; round++) {
        struct ring_message *m = ring_claim(&r);
        assert_non_null(m);
        assert_true(m->data.capacity <= r.keep);
        while (round < RING_SLOTS && m->data.length < 2 * r.keep) {
            assert_int_equal(bytes_append(&m->data, zeros, sizeof zeros, &e), 0);
            assert_int_equal(bytes_append(&m->batch.arena, zeros, sizeof zeros, &e), 0);
        }
        ring_publish(&r);
        assert_non_null(ring_take(&r));
        ring_release(&r);
        assert_true(m->batch.arena.capacity <= r.keep); /* at once, not when the slot is used again */
    }
    ring_free(&r);
}

static void *claim_one(void *argument)
{
    return ring_claim(argument);
}

static void of_large_rows_one_is_on_its_way(void **state)
{
    static const unsigned char zeros[RING_BYTES];
    struct ring r;
    struct err e;
    pthread_t reader;
    void *claimed = &r;
    (void)state;
    assert_int_equal(ring_init(&r, 1, &e), 0);
    assert_int_equal(bytes_append(&ring_claim(&r)->data, zeros, sizeof zeros, &e), 0);
    ring_publish(&r);
    struct ring_message *large = ring_take(&r);
    assert_non_null(large);
    assert_int_equal(pthread_create(&reader, NULL, claim_one, &r), 0);
    (void)usleep(50 * 1000);
    assert_int_equal(large->data.length, sizeof zeros);
    stop_request(SIGINT); /* the one way out of a wait for room that does not come */
    assert_int_equal(pthread_join(reader, &claimed), 0);
    assert_null(claimed);
    stop_request(0);
    ring_release(&r);
    assert_int_equal(large->data.capacity, 0);
    assert_non_null(ring_claim(&r));
    ring_free(&r);
}

/* Bytes that all buffers have, whether their slots are in use or not. */
static size_t allocated(const struct ring *r)
{
    size_t sum = 0;
    for (size_t i = 0; i < RING_SLOTS; i++)
        sum += r->slots[i].data.capacity;
    return sum;
}

/* Rows of a size through the ring, which is full whenever one is taken. The most that its buffers had. */
static size_t allocated_with(size_t beside, size_t row)
{
    static const unsigned char zeros[3 * 1024 * 1024];
    size_t most = 0;
    struct ring r;
    struct err e;
    assert_true(row <= sizeof zeros);
    assert_int_equal(ring_init(&r, beside, &e), 0);
    for (int round = 0; round < 4 * RING_SLOTS; round++) {
        while (r.used < r.slot_count && r.bytes < r.most) {
            struct ring_message *m = ring_claim(&r);
            assert_non_null(m);
            while (m->data.length < RING_MESSAGE)
                assert_int_equal(bytes_append(&m->data, zeros, row, &e), 0);
            ring_publish(&r);
        }
        most = allocated(&r) > most ? allocated(&r) : most;
        assert_non_null(ring_take(&r));
        ring_release(&r);
    }
    ring_free(&r);
    return most;
}

static void rings_side_by_side_share_the_memory(void **state)
{
    static const size_t rows[] = {1000, 200 * 1000, 700 * 1000, 1024 * 1024, 3 * 1024 * 1024};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t beside = 1; beside <= 64; beside *= 2) {
            size_t share = RING_BYTES / beside < RING_BYTES_LEAST ? RING_BYTES_LEAST : RING_BYTES / beside;
            size_t had = allocated_with(beside, rows[i]);
            /* Buffers double, and of rows that are larger than the share there is one. */
            if (had > 3 * share + 2 * rows[i])
                fail_msg("%zu bytes in one of %zu rings with rows of %zu bytes", had, beside, rows[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_arrive_in_order_and_once),
        cmocka_unit_test(what_rings_hold_is_counted_over_all_of_them),
        cmocka_unit_test(a_full_ring_holds_the_reader_until_it_is_closed),
        cmocka_unit_test(a_signal_ends_both_waits),
        cmocka_unit_test(a_buffer_that_grew_for_a_large_row_is_given_back),
        cmocka_unit_test(rings_side_by_side_share_the_memory),
        cmocka_unit_test(of_large_rows_one_is_on_its_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
