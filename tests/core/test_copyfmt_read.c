/* test_copyfmt_read.c: what COPY sends becomes cells again, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "copyfmt.h"
#include "copyfmt_read.h"

enum { COLUMNS = 3 };

static struct read_column columns[COLUMNS];
static struct copy_column written[COLUMNS];

static int setup(void **state)
{
    static const char *const types[] = {"int8", "text", "float8"};
    static const char *const names[] = {"id", "word", "n"};

    (void)state;
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = (struct read_column){
            .codec = codec_find(0, types[i]), .hint = {.typmod = -1}, .name = names[i], .type_name = types[i]};
        written[i] = (struct copy_column){.cell = i,
                                          .codec = columns[i].codec,
                                          .hint = columns[i].hint,
                                          .source_name = names[i],
                                          .target_name = names[i],
                                          .type_name = types[i]};
    }
    return 0;
}

/* A stream of COPY with rows (i, "word i" or NULL, i / 2), trailer included. *end: where each row ends. */
static void make_stream(struct bytes *out, size_t rows, size_t *ends)
{
    struct copy_format format = {.binary = 1, .columns = written, .count = COLUMNS};
    struct batch b = {0};
    struct err e;

    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    assert_int_equal(copy_begin(&format, out, &e), 0);
    for (size_t i = 0; i < rows; i++) {
        struct cell *cells;
        char word[30];

        batch_clear(&b);
        cells = batch_row(&b, &e);
        cells[0].class = CELL_INTEGER;
        cells[0].as.integer = (int64_t)i;
        cells[2].class = CELL_REAL;
        cells[2].as.real = (double)i / 2;
        (void)snprintf(word, sizeof word, "word %zu", i);
        if (i % 3 != 1) {
            assert_int_equal(batch_bytes(&b, &cells[1], CELL_TEXT, word, strlen(word), &e), 0);
        }
        assert_int_equal(copy_row(&format, &b, 0, out, &e), 0);
        ends[i] = out->length;
    }
    assert_int_equal(copy_end(&format, out, &e), 0);
    copy_format_free(&format);
    batch_free(&b);
}

/* Reads a message into the batch: the number of rows, or -1 and e. */
static int read_message(struct copy_reader *r, const unsigned char *message, size_t length, struct batch *b,
                        struct err *e)
{
    struct copy_field fields[COLUMNS];
    size_t at = 0;
    int rows = 0;
    int got;

    while ((got = copy_read_row(r, message, length, &at, fields, COLUMNS, e)) == 1) {
        for (size_t i = 0; i < COLUMNS; i++) {
            assert_true(fields[i].length < 0 ||
                        (fields[i].data >= message && fields[i].data + fields[i].length <= message + length));
        }
        if (copy_read_cells(columns, COLUMNS, fields, b, NULL, e) != 0) {
            return -1;
        }
        rows++;
    }
    assert_true(got < 0 || at == length);
    return got < 0 ? -1 : rows;
}

static void assert_row(const struct batch *b, size_t row, int64_t id)
{
    const struct cell *cells = b->cells + row * COLUMNS;
    char word[30];

    assert_int_equal(cells[0].class, CELL_INTEGER);
    assert_int_equal(cells[0].as.integer, id);
    assert_int_equal(cells[2].class, CELL_REAL);
    assert_true(cells[2].as.real == (double)id / 2);
    if (id % 3 == 1) {
        assert_int_equal(cells[1].class, CELL_NULL);
        return;
    }
    (void)snprintf(word, sizeof word, "word %d", (int)id);
    assert_int_equal(cells[1].class, CELL_TEXT);
    assert_int_equal(cells[1].length, strlen(word));
    assert_memory_equal(batch_data(b, &cells[1]), word, strlen(word));
}

static void rows_come_back_in_messages_of_one_row_and_in_one_message(void **state)
{
    struct bytes stream = {0};
    struct copy_reader r = {0};
    struct batch b;
    size_t ends[10], from = 0;
    struct err e;

    (void)state;
    make_stream(&stream, 10, ends);
    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    assert_int_equal(read_message(&r, stream.data, stream.length, &b, &e), 10);
    assert_true(r.begun && r.ended);
    for (size_t i = 0; i < 10; i++) {
        assert_row(&b, i, (int64_t)i);
    }
    memset(&r, 0, sizeof r);
    batch_clear(&b);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(read_message(&r, stream.data + from, ends[i] - from, &b, &e), 1);
        from = ends[i];
    }
    assert_false(r.ended);
    assert_int_equal(read_message(&r, stream.data + from, stream.length - from, &b, &e), 0);
    assert_true(r.ended);
    assert_int_equal(b.rows, 10);
    assert_row(&b, 9, 9);
    assert_int_equal(read_message(&r, stream.data + from, 0, &b, &e), 0);
    assert_int_equal(read_message(&r, stream.data + from, stream.length - from, &b, &e), -1); /* a second end */
    assert_non_null(strstr(e.message, "follows the end"));
    batch_free(&b);
    bytes_free(&stream);
}

static void a_header_may_be_longer(void **state)
{
    static const unsigned char message[] = "PGCOPY\n\377\r\n\0\0\0\1\2\0\0\0\3abc\377\377";
    struct copy_reader r = {0};
    struct batch b;
    struct err e;

    (void)state;
    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    assert_int_equal(read_message(&r, message, sizeof message - 1, &b, &e), 0);
    assert_true(r.ended);
    batch_free(&b);
}

static void assert_malformed(const void *message, size_t length, const char *part)
{
    unsigned char *copy = malloc(length + 1); /* of its size, so that reading beyond is seen by the sanitizer */
    struct copy_reader r = {0};
    struct batch b;
    struct err e;

    assert_non_null(copy);
    memcpy(copy, message, length);
    copy = realloc(copy, length > 0 ? length : 1);
    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    assert_int_equal(read_message(&r, copy, length, &b, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    if (strstr(e.message, part) == NULL) {
        fail_msg("\"%s\" does not hold \"%s\"", e.message, part);
    }
    batch_free(&b);
    free(copy);
}

#define MALFORMED(message, part) assert_malformed(message, sizeof message - 1, part)
#define HEADER "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"

static void what_is_not_the_format_is_refused(void **state)
{
    (void)state;
    MALFORMED("", "signature");
    MALFORMED("1\tword\t0.5\n", "signature");
    MALFORMED("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0", "signature");
    MALFORMED("PGCOPY\n\377\n\n\0\0\0\0\0\0\0\0\0", "signature");
    MALFORMED("PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0", "flags"); /* with the oids of old */
    MALFORMED("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\4abc", "header");
    MALFORMED("PGCOPY\n\377\r\n\0\0\0\0\0\377\377\377\377", "header");
    MALFORMED(HEADER "\0", "row ends");
    MALFORMED(HEADER "\0\2\377\377\377\377\377\377\377\377", "number of fields");
    MALFORMED(HEADER "\0\4", "number of fields");
    MALFORMED(HEADER "\377\376", "number of fields");
    MALFORMED(HEADER "\0\3\377\377\377\377\377\377\377\377", "row ends");
    MALFORMED(HEADER "\0\3\0\0\0", "row ends");
    MALFORMED(HEADER "\0\3\0\0\0\10\0\0\0\0\0\0\0", "field ends");
    MALFORMED(HEADER "\0\3\177\377\377\377\0", "field ends");
    MALFORMED(HEADER "\0\3\377\377\377\376\0", "field ends");
    MALFORMED(HEADER "\0\3\200\0\0\0\0", "field ends");
    MALFORMED(HEADER "\377\377\0", "follows the end");
    MALFORMED(HEADER "\377\377\377\377", "follows the end");
}

/* Every cut and every changed byte of a stream is read to its end or refused, and never reads beyond it. */
static void nothing_in_a_message_is_trusted(void **state)
{
    struct bytes stream = {0};
    struct batch b;
    size_t ends[4];
    struct err e;

    (void)state;
    make_stream(&stream, 4, ends);
    assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
    for (size_t length = 0; length < stream.length; length++) {
        unsigned char *copy = malloc(length + (length == 0));
        struct copy_reader r = {0};

        assert_non_null(copy);
        memcpy(copy, stream.data, length);
        batch_clear(&b);
        int whole = length == 19 || length == ends[0] || length == ends[1] || length == ends[2] || length == ends[3];
        assert_int_equal(read_message(&r, copy, length, &b, &e) >= 0, whole);
        assert_false(r.ended);
        free(copy);
    }
    for (size_t at = 0; at < stream.length; at++) {
        for (unsigned value = 0; value < 256; value++) {
            struct copy_reader r = {0};
            unsigned char before = stream.data[at];

            stream.data[at] = (unsigned char)value;
            batch_clear(&b);
            (void)read_message(&r, stream.data, stream.length, &b, &e);
            stream.data[at] = before;
        }
    }
    batch_free(&b);
    bytes_free(&stream);
}

static void a_value_without_a_cell_is_told(void **state)
{
    static const unsigned char infinite[] = {0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    struct copy_field field = {infinite, sizeof infinite};
    struct read_column at = {.codec = codec_find(0, "timestamptz"),
                             .hint = {.typmod = -1, .stored = STORED_UNIX},
                             .name = "at",
                             .type_name = "timestamp with time zone"};
    struct batch b;
    size_t bad = 7;
    struct err e;

    (void)state;
    assert_int_equal(batch_init(&b, 1, &e), 0);
    assert_int_equal(copy_read_cells(&at, 1, &field, &b, &bad, &e), -1);
    assert_int_equal(bad, 0);
    assert_int_equal(b.rows, 0);
    assert_int_equal(b.arena.length, 0);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.column, "at");
    assert_string_equal(e.value, "infinity");
    assert_string_equal(e.value_class, "text");
    assert_non_null(strstr(e.message, "\"at\" timestamp with time zone cannot be stored in SQLite: "));
    struct copy_field fields[] = {{(const unsigned char *)"word", 4}, {infinite, sizeof infinite}};
    struct read_column of_both[] = {columns[1], at};
    batch_free(&b);
    assert_int_equal(batch_init(&b, 2, &e), 0);
    assert_int_equal(copy_read_cells(of_both, 2, fields, &b, &bad, &e), -1);
    assert_int_equal(bad, 1);
    assert_int_equal(b.rows, 0);
    assert_int_equal(b.arena.length, 0); /* what the columns before it left is taken back */
    batch_free(&b);
    assert_int_equal(batch_init(&b, 1, &e), 0);
    field.length = 7; /* no wire of the type at all */
    assert_int_equal(copy_read_cells(&at, 1, &field, &b, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.value, "");
    batch_free(&b);
}

static void a_batch_of_another_width_is_refused(void **state)
{
    struct copy_field fields[COLUMNS] = {{NULL, -1}, {NULL, -1}, {NULL, -1}};
    struct batch b;
    struct err e;

    (void)state;
    assert_int_equal(batch_init(&b, COLUMNS + 1, &e), 0);
    assert_int_equal(copy_read_cells(columns, COLUMNS, fields, &b, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    batch_free(&b);
}

static void allocations_that_fail_leave_the_batch_as_it_was(void **state)
{
    static unsigned char word[3000];
    struct copy_field fields[COLUMNS] = {{(const unsigned char *)"\0\0\0\0\0\0\0\1", 8},
                                         {word, sizeof word},
                                         {(const unsigned char *)"\0\0\0\0\0\0\0\0", 8}};
    struct batch b;
    int rc = -1;
    long n = 0;
    struct err e;

    (void)state;
    memset(word, 'w', sizeof word);
    for (; rc != 0 && n < 20; n++) {
        assert_int_equal(batch_init(&b, COLUMNS, &e), 0);
        mem_fail_at(n);
        rc = copy_read_cells(columns, COLUMNS, fields, &b, NULL, &e);
        mem_fail_at(-1);
        assert_int_equal(b.rows, rc == 0);
        if (rc != 0) {
            assert_int_equal(e.kind, ERR_MEMORY);
            assert_int_equal(b.arena.length, 0);
        }
        batch_free(&b);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back_in_messages_of_one_row_and_in_one_message),
        cmocka_unit_test(a_header_may_be_longer),
        cmocka_unit_test(what_is_not_the_format_is_refused),
        cmocka_unit_test(nothing_in_a_message_is_trusted),
        cmocka_unit_test(a_value_without_a_cell_is_told),
        cmocka_unit_test(a_batch_of_another_width_is_refused),
        cmocka_unit_test(allocations_that_fail_leave_the_batch_as_it_was),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
