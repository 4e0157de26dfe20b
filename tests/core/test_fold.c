/* test_fold.c: documents of several cells: what each class becomes, what is refused, and rows that carry them. */
#include <math.h>

#include "copy_probe.h"

#define PART(before, index, json, member)                                             \
    {                                                                                 \
        .text = before, .has_cell = 1, .cell = index, .is_json = json, .name = member \
    }

static const struct fold_part parts[] = {PART("{\"a\": ", 0, 0, "a"), PART(", \"b\": ", 1, 1, "b"), {.text = "}"}};
static const struct fold both = {.parts = parts, .count = 3};
static const struct fold_part one[] = {PART("", 1, 1, "")};
static const struct fold whole = {.parts = one, .count = 1, .whole = 1};

/* The document of two cells must be this; NULL: there is none. */
static void assert_document(const struct fold *f, struct probe a, struct probe b, const char *expected)
{
    struct probe probes[] = {a, b};
    struct batch batch;
    struct bytes out = {0};
    struct cell made;
    struct err e = {0};
    size_t bad = 99;
    fill(&batch, probes, 2);
    if (fold_row(f, &batch, batch.cells, &out, &made, &bad, &e) != 0) {
        fail_msg("%s", e.message);
    }
    assert_int_equal(made.class, expected ? CELL_TEXT : CELL_NULL);
    if (expected) {
        assert_int_equal(made.length, out.length);
        assert_int_equal(bytes_append(&out, "", 1, &e), 0);
        assert_string_equal((char *)out.data, expected);
    }
    batch_free(&batch);
    bytes_free(&out);
}

static void each_class_becomes_its_json(void **state)
{
    (void)state;
    assert_document(&both, null(), null(), "{\"a\": null, \"b\": null}");
    assert_document(&both, integer(INT64_MIN), integer(INT64_MAX),
                    "{\"a\": -9223372036854775808, \"b\": 9223372036854775807}");
    assert_document(&both, real(0.1), real(1e100), "{\"a\": 0.1, \"b\": 1e+100}");
    assert_document(&both, real(5e-324), real(3), "{\"a\": 5e-324, \"b\": 3.0}");
    assert_document(&both, text("\"\\\n\x01\xC3\xA9"), text("[1, {}]"),
                    "{\"a\": \"\\\"\\\\\\n\\u0001\xC3\xA9\", \"b\": [1, {}]}");
    assert_document(&both, text(""), text(" \"x\\u0000\" "), "{\"a\": \"\", \"b\":  \"x\\u0000\" }");
}

static void a_document_of_one_value_may_be_none(void **state)
{
    (void)state;
    assert_document(&whole, null(), null(), NULL);
    assert_document(&whole, null(), text("null"), "null");
    assert_document(&whole, null(), integer(7), "7");
}

static void assert_no_document(const struct fold *f, struct probe a, struct probe b, size_t cell, const char *message)
{
    struct probe probes[] = {a, b};
    struct batch batch;
    struct bytes out = {0};
    struct cell made;
    struct err e = {0};
    size_t bad = 99;
    fill(&batch, probes, 2);
    assert_int_equal(fold_row(f, &batch, batch.cells, &out, &made, &bad, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_int_equal(bad, cell);
    assert_non_null(strstr(e.message, message));
    batch_free(&batch);
    bytes_free(&out);
}

static void what_json_has_not_is_refused_by_its_member(void **state)
{
    (void)state;
    assert_no_document(&both, blob("x", 1), null(), 0, "a: a blob is not a value of JSON");
    assert_no_document(&both, null(), blob("1", 1), 1, "b: a blob is not");
    assert_no_document(&both, real(INFINITY), null(), 0, "a: JSON has no infinite numbers");
    assert_no_document(&both, text("a\xFF"), null(), 0, "a: the text is not valid UTF-8 at byte 1");
    assert_no_document(&both, bytes_probe(CELL_TEXT, "a\0b", 3), null(), 0, "U+0000 at byte 1");
    assert_no_document(&both, null(), text("{\"a\": }"), 1, "b: the text is not JSON: ");
    assert_no_document(&both, null(), text(""), 1, "b: the text is not JSON: ");
    assert_no_document(&whole, null(), text("{"), 1, "the text is not JSON");
}

/* A row with a document is encoded; `result` says how it ends, `length` how many bytes the field of jsonb has. */
static void check_row(enum on_bad on_bad, struct probe b, int result, const char *expected, size_t length)
{
    struct copy_column columns[] = {column(0, "text"), column(2, "jsonb")};
    struct probe probes[] = {text("k"), b, null()};
    struct copy_format f = {.binary = 1, .columns = columns, .count = 2};
    struct batch batch;
    struct bytes out = {0};
    struct err e = {0};
    columns[1].fold = &both;
    columns[1].on_bad = on_bad;
    fill(&batch, probes, 3);
    assert_int_equal(copy_row(&f, &batch, 0, &out, &e), result);
    if (expected) {
        assert_int_equal(out.length, length);
        assert_memory_equal(out.data, expected, length);
    } else {
        assert_int_equal(out.length, 0);
        assert_string_equal(e.value_class, "blob");
    }
    batch_free(&batch);
    bytes_free(&out);
    copy_format_free(&f);
}

static void a_row_carries_its_document(void **state)
{
    static const char good[] = "\0\2\0\0\0\1k\0\0\0\x13\1{\"a\": \"k\", \"b\": 7}";
    static const char nulled[] = "\0\2\0\0\0\1k\xFF\xFF\xFF\xFF";
    (void)state;
    check_row(ON_BAD_FAIL, integer(7), 0, good, sizeof good - 1);
    check_row(ON_BAD_NULL, blob("x", 1), 0, nulled, sizeof nulled - 1);
    check_row(ON_BAD_REJECT, blob("x", 1), COPY_REJECT, NULL, 0);
    check_row(ON_BAD_FAIL, blob("x", 1), -1, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_becomes_its_json),
        cmocka_unit_test(a_document_of_one_value_may_be_none),
        cmocka_unit_test(what_json_has_not_is_refused_by_its_member),
        cmocka_unit_test(a_row_carries_its_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
