/* test_sink_digest.c: equal tables have equal sums whatever the order, and others do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sink_digest.h"
#include "wire.h"

enum { COLUMNS = 2, ROWS = 5000 };

static struct copy_column columns[COLUMNS];
static const size_t key_columns[] = {0};
static const struct digest_spec spec = {.columns = COLUMNS, .key_columns = key_columns, .key_count = 1};
static const struct write_spec write_t = {.target = "public.t", .binary = 1, .columns = columns, .count = COLUMNS};

static int setup(void **state)
{
    static const char *const types[] = {"int8", "text"};
    static const char *const names[] = {"id", "word"};

    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = (struct copy_column){.cell = i,
                                          .codec = codec_find(0, types[i]),
                                          .hint = {.typmod = -1},
                                          .source_name = names[i],
                                          .target_name = names[i],
                                          .type_name = types[i]};
    }
    return start_server(state);
}

/* The number of a row, and the number that its word is made of. */
struct change {
    int64_t row, word;
};

/* Digests rows first .. last, step apart, through the sink. The word of one of them may be another's. */
static void digest_rows(struct digest *d, int64_t first, int64_t last, int64_t step, const struct change *change)
{
    struct sink *sink = NULL;
    struct sink_counts counts;
    struct bytes rows = {0};
    struct batch b = {0};
    int64_t line = 7, number = 0;
    struct err e;

    assert_int_equal(sink_digest_open(&sink, &write_t, &spec, d, &e), 0);
    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    sink->use(sink, NULL);
    sink->observe(sink, NULL, NULL);
    assert_int_equal(sink->open(sink, &e), 0);
    assert_int_equal(sink->send(sink, &rows, &e), 0);
    for (int64_t i = first; step > 0 ? i <= last : i >= last; i += step) {
        char word[40];
        struct cell *cells;

        (void)snprintf(word, sizeof word, "word %lld",
                       (long long)(change != NULL && change->row == i ? change->word : i));
        batch_clear(&b);
        cells = batch_row(&b, &e);
        cells[0].class = CELL_INTEGER;
        cells[0].as.integer = i;
        if (i % 7 != 0) {
            assert_int_equal(batch_bytes(&b, &cells[1], CELL_TEXT, word, strlen(word), &e), 0);
        }
        assert_int_equal(sink->encode(sink, &b, 0, &rows, &e), 0);
        if (++number % 13 == 0) {
            assert_int_equal(sink->send(sink, &rows, &e), 0);
            rows.length = 0;
        }
    }
    assert_int_equal(sink->send(sink, &rows, &e), 0);
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    assert_int_equal(counts.inserted, number);
    assert_int_equal(line, 0);
    sink->cancel(sink);
    sink->free(sink);
    bytes_free(&rows);
    batch_free(&b);
}

/* What the server sends of a query. */
static void digest_query(struct digest *d, const char *copy_sql)
{
    struct copy_field fields[COLUMNS];
    struct copy_reader reader = {0};
    const char *data;
    size_t length;
    int got;
    struct err e;

    if (pgwire_copy_out_begin(wire, copy_sql, &e) != 0) {
        fail_msg("%s", e.message);
    }
    while ((got = pgwire_copy_get(wire, &data, &length, NULL, &e)) == 1) {
        assert_int_equal(digest_message(d, &spec, &reader, (const unsigned char *)data, length, fields, &e), 0);
    }
    assert_int_equal(got, 0);
    assert_true(reader.ended);
}

static void the_order_does_not_matter(void **state)
{
    struct digest a = {0}, b = {0}, c = {0};

    (void)state;
    digest_rows(&a, 1, ROWS, 1, NULL);
    digest_rows(&b, ROWS, 1, -1, NULL);
    assert_int_equal(a.all.rows, ROWS);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(digest_compare(&a, &b, NULL), 0);
    digest_rows(&c, 1, 2000, 1, NULL); /* two lanes */
    memset(&b, 0, sizeof b);
    digest_rows(&b, 2001, ROWS, 1, NULL);
    digest_add(&b, &c);
    assert_memory_equal(&a, &b, sizeof a);
    /* 128 bits: the sum of so many hashes does not fit into 64. */
    assert_true(a.all.high > 1000 && a.all.high < ROWS);
}

static void rows_of_the_server_have_the_digest_of_those_of_sqlite(void **state)
{
    struct digest a = {0}, b = {0};

    (void)state;
    digest_rows(&a, 1, ROWS, 1, NULL);
    digest_query(&b,
                 "COPY (SELECT i, CASE WHEN i % 7 <> 0 THEN 'word ' || i END FROM generate_series(1, 5000::bigint) i"
                 " ORDER BY i % 11) TO STDOUT (FORMAT binary)");
    assert_memory_equal(&a, &b, sizeof a);
}

static void a_row_that_differs_is_in_the_bucket_that_differs(void **state)
{
    static const struct change change = {.row = 1234, .word = 1235};
    struct digest a = {0}, b = {0};
    size_t differ[DIGEST_BUCKETS];
    struct copy_field fields[COLUMNS];
    struct copy_reader reader = {.begun = 1};
    static const unsigned char row[] = {0, 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 4, 210, 255, 255, 255, 255};
    size_t at = 0;
    struct err e;

    (void)state;
    digest_rows(&a, 1, ROWS, 1, NULL);
    digest_rows(&b, 1, ROWS, 1, &change);
    assert_int_equal(digest_compare(&a, &b, differ), 1);
    assert_int_equal(copy_read_row(&reader, row, sizeof row, &at, fields, COLUMNS, &e), 1);
    assert_int_equal(digest_bucket(&spec, fields), differ[0]);
    assert_true(a.buckets[differ[0]].rows < 30); /* few are to be compared */
    /* NULL is not the empty text, and 1234 twice is not 1234 and another. */
    memset(&b, 0, sizeof b);
    digest_rows(&b, 1, ROWS, 1, NULL);
    digest_rows(&a, 77, 77, 1, NULL);
    digest_rows(&a, 77, 77, 1, NULL);
    assert_int_equal(digest_compare(&a, &b, NULL), 1); /* XOR would see nothing */
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    digest_query(&a, "COPY (SELECT 1::bigint, ''::text) TO STDOUT (FORMAT binary)");
    digest_query(&b, "COPY (SELECT 1::bigint, NULL::text) TO STDOUT (FORMAT binary)");
    assert_int_equal(digest_compare(&a, &b, NULL), 1);
}

static void buckets_are_filled_evenly(void **state)
{
    struct digest a = {0};
    size_t empty = 0;

    (void)state;
    digest_rows(&a, 1, 20 * DIGEST_BUCKETS, 1, NULL);
    for (size_t i = 0; i < DIGEST_BUCKETS; i++) {
        empty += a.buckets[i].rows == 0;
        assert_true(a.buckets[i].rows < 60);
    }
    assert_int_equal(empty, 0);
}

static void values_do_not_run_into_each_other(void **state)
{
    static const size_t both[] = {0, 1};
    static const struct digest_spec of_both = {.columns = COLUMNS, .key_columns = both, .key_count = 2};
    static const struct digest_spec of_none = {.columns = COLUMNS};
    static const unsigned char one[] = {0, 2, 0, 0, 0, 1, 'a', 0, 0, 0, 2, 'b', 'c'};
    static const unsigned char two[] = {0, 2, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 1, 'c'};
    struct copy_field fields[COLUMNS];
    struct copy_reader reader = {.begun = 1};
    struct digest a = {0}, b = {0};
    struct err e;

    (void)state;
    assert_int_equal(digest_message(&a, &of_both, &reader, one, sizeof one, fields, &e), 0);
    assert_int_equal(digest_message(&b, &of_both, &reader, two, sizeof two, fields, &e), 0);
    assert_int_equal(digest_compare(&a, &b, NULL), 2);
    fields[0] = (struct copy_field){(const unsigned char *)"\0\0\0" + 4, 0};
    size_t of_empty = digest_bucket(&spec, fields);
    fields[0] = (struct copy_field){(const unsigned char *)"\377\377\377\377" + 4, -1};
    assert_int_not_equal(digest_bucket(&spec, fields), of_empty); /* NULL is another key */
    memset(&a, 0, sizeof a);
    assert_int_equal(digest_message(&a, &of_none, &reader, one, sizeof one, fields, &e), 0);
    assert_int_equal(a.buckets[0].rows, 1); /* without key there is one bucket */
    assert_int_equal(digest_message(&a, &of_none, &reader, one, sizeof one - 1, fields, &e), -1);
    assert_int_equal(a.all.rows, 1);
}

static void what_cannot_be_digested_is_refused(void **state)
{
    struct write_spec text = write_t;
    struct sink *sink = NULL;
    struct digest d = {0};
    int rc = -1;
    long n = 0;
    struct err e;

    (void)state;
    text.binary = 0;
    assert_int_equal(sink_digest_open(&sink, &text, &spec, &d, &e), -1);
    text = write_t;
    text.count = 1;
    assert_int_equal(sink_digest_open(&sink, &text, &spec, &d, &e), -1);
    assert_null(sink);
    for (; rc != 0 && n < 5; n++) {
        mem_fail_at(n);
        rc = sink_digest_open(&sink, &write_t, &spec, &d, &e);
        mem_fail_at(-1);
        assert_int_equal(sink == NULL, rc != 0);
    }
    assert_int_equal(n, 3);
    sink->free(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_does_not_matter),
        wired(rows_of_the_server_have_the_digest_of_those_of_sqlite),
        wired(a_row_that_differs_is_in_the_bucket_that_differs),
        cmocka_unit_test(buckets_are_filled_evenly),
        cmocka_unit_test(values_do_not_run_into_each_other),
        cmocka_unit_test(what_cannot_be_digested_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, stop_server);
}
