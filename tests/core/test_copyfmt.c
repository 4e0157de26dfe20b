/* test_copyfmt.c: rows in the binary and the text format of COPY, and rows that are refused whole. */
#include "copy_probe.h"

static void binary_is_framed(void **state)
{
    struct copy_column columns[] = {column(2, "int4"), column(0, "text"), column(1, "bool")};
    struct probe probes[] = {text("ab"), null(), integer(7)};
    struct copy_format f = {.binary = 1, .columns = columns, .count = 3};
    struct batch b;
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    fill(&b, probes, 3);
    assert_int_equal(copy_begin(&f, &out, &e), 0);
    assert_int_equal(copy_row(&f, &b, 0, &out, &e), 0);
    assert_int_equal(copy_end(&f, &out, &e), 0);
    static const char expected[] = "PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0"
                                   "\0\3\0\0\0\4\0\0\0\7\0\0\0\2ab\xFF\xFF\xFF\xFF\xFF\xFF";
    assert_int_equal(out.length, sizeof expected - 1);
    assert_memory_equal(out.data, expected, out.length);
    batch_free(&b);
    bytes_free(&out);
    copy_format_free(&f);
}

/* The row of one column in text format must be this line. */
static void assert_line(const char *type, struct probe p, const char *line)
{
    struct copy_column columns[] = {column(0, type)};
    struct copy_format f = {.columns = columns, .count = 1};
    struct batch b;
    struct bytes out = {0};
    struct err e = {0};
    fill(&b, &p, 1);
    assert_int_equal(copy_begin(&f, &out, &e), 0);
    if (copy_row(&f, &b, 0, &out, &e) != 0) {
        fail_msg("%s", e.message);
    }
    assert_int_equal(copy_end(&f, &out, &e), 0);
    assert_int_equal(bytes_append(&out, "", 1, &e), 0);
    assert_string_equal((char *)out.data, line);
    batch_free(&b);
    bytes_free(&out);
    copy_format_free(&f);
}

static void text_is_escaped(void **state)
{
    (void)state;
    assert_line("text", text("a\\b\tc\nd\re"), "a\\\\b\\tc\\nd\\re\n");
    assert_line("text", text("\\N"), "\\\\N\n");
    assert_line("text", text("\\."), "\\\\.\n");
    assert_line("text", text(""), "\n");
    assert_line("text", null(), "\\N\n");
    assert_line("text",
                text("gr\xC3\xBC\xC3\x9F"
                     "e"),
                "gr\xC3\xBC\xC3\x9F"
                "e\n");
    assert_line("bytea", blob("\0\xFF", 2), "\\\\x00ff\n");
    assert_line("bytea", blob("", 0), "\\\\x\n");
}

static void text_goes_through_the_codec(void **state)
{
    (void)state;
    assert_line("bool", text("yes"), "1\n");
    assert_line("int4", text(" 007 "), "7\n");
    assert_line("float8", text("0.1"), "0.1\n");
    assert_line("float8", text("-Infinity"), "-Infinity\n");
    assert_line("float4", text("NaN"), "NaN\n");
    assert_line("numeric", text("1.50"), "1.50\n");
    assert_line("timestamptz", text("2024-01-01T10:00:00+05:30"), "2024-01-01 04:30:00.000000+00:00\n");
    assert_line("time", text("10:30"), "10:30:00.000000\n");
    assert_line("interval", text("1 day -00:00:01.5"), "P1DT-1.5S\n");
    assert_line("uuid", text("{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\n");
    assert_line("jsonb", text("{\"a\": \"\\n\"}"), "{\"a\": \"\\\\n\"}\n");
}

static void without_codec_the_cell_itself_goes(void **state)
{
    (void)state;
    assert_line(NULL, text("127.0.0.1\t"), "127.0.0.1\\t\n");
    assert_line(NULL, integer(-5), "-5\n");
    assert_line(NULL, real(0.5), "0.5\n");
    assert_line(NULL, null(), "\\N\n");
}

static void text_columns_are_separated(void **state)
{
    struct copy_column columns[] = {column(0, "int4"), column(1, "text"), column(0, NULL)};
    struct probe probes[] = {integer(1), null()};
    struct copy_format f = {.columns = columns, .count = 3};
    struct batch b;
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    fill(&b, probes, 2);
    assert_int_equal(copy_row(&f, &b, 0, &out, &e), 0);
    assert_int_equal(out.length, 7);
    assert_memory_equal(out.data, "1\t\\N\t1\n", 7);
    batch_free(&b);
    bytes_free(&out);
    copy_format_free(&f);
}

/* The second of two columns refuses: nothing of the row may stay, and the error has to tell everything. */
static void assert_row_refused(int binary, const char *type, int not_null, struct probe p, const char *message,
                               const char *value, const char *class)
{
    struct copy_column columns[] = {column(0, "int4"), column(1, type)};
    struct probe probes[] = {integer(1), p};
    struct copy_format f = {.binary = binary, .columns = columns, .count = 2};
    struct batch b;
    struct bytes out = {0};
    struct err e = {0};
    columns[1].not_null = not_null;
    fill(&b, probes, 2);
    assert_int_equal(bytes_append(&out, "before", 6, &e), 0);
    assert_int_equal(copy_row(&f, &b, 0, &out, &e), -1);
    assert_int_equal(out.length, 6);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.message, message);
    assert_string_equal(e.column, "source_column");
    assert_string_equal(e.value, value);
    assert_string_equal(e.value_class, class);
    assert_true(e.hint[0] != '\0');
    batch_free(&b);
    bytes_free(&out);
    copy_format_free(&f);
}

static void a_refused_row_is_told_and_taken_back(void **state)
{
    (void)state;
    for (int binary = 0; binary < 2; binary++) {
        assert_row_refused(binary, "int4", 0, text("a\"b"),
                           "value does not fit \"target_column\" int4: the text is not an integer in decimal digits",
                           "a\\\"b", "text");
        assert_row_refused(
            binary, "int4", 0, real(1.5),
            "value does not fit \"target_column\" int4: the number has a fraction, which an integer would "
            "lose",
            "1.5", "real");
        assert_row_refused(binary, "text", 0, blob("\x01\xFF", 2),
                           "value does not fit \"target_column\" text: a blob is not a text", "01ff", "blob");
        assert_row_refused(binary, "bool", 0, integer(2),
                           "value does not fit \"target_column\" bool: an integer other than 0 and 1 is not a boolean",
                           "2", "integer");
        assert_row_refused(binary, "text", 1, null(),
                           "value does not fit \"target_column\" text: it is NULL but the target column refuses NULL",
                           "", "null");
    }
    assert_row_refused(0, NULL, 1, null(),
                       "value does not fit \"target_column\" inet: it is NULL but the target column refuses NULL", "",
                       "null");
    assert_row_refused(0, NULL, 0, blob("ab", 2),
                       "value does not fit \"target_column\" inet: a blob is not a value of this type", "6162", "blob");
    assert_row_refused(0, "interval", 0, integer(70000),
                       "value does not fit \"target_column\" interval: an integer is not an interval", "70000",
                       "integer");
    assert_row_refused(0, "money", 0, real(1.5),
                       "value does not fit \"target_column\" money: a number has no unit by itself", "1.5", "real");
    assert_row_refused(0, "time", 0, text("now"),
                       "value does not fit \"target_column\" time: the time is not of the form HH:MM[:SS[.ffffff]]",
                       "now", "text");
    assert_row_refused(0, NULL, 0, bytes_probe(CELL_TEXT, "a\0b", 3),
                       "value does not fit \"target_column\" inet: the text has the character U+0000 at byte 1, which "
                       "PostgreSQL cannot store",
                       "a\\x00b", "text");
    assert_row_refused(0, NULL, 0, text("a\xFF"),
                       "value does not fit \"target_column\" inet: the text is not valid UTF-8 at byte 1", "a\\xFF",
                       "text");
}

/* Whether put leaves a note for the watch or not. */
static void what_is_noted_changes_nothing(void **state)
{
    static const char *const texts[] = {"{\"a\": 1}", "{\"b\": 1, \"a\": 1}", "[1,2]", "[1, 2]", "5",
                                        "[1,  2]",    "[\"\xC3\xA9\"]"};
    struct codec silent = *codec_named("jsonb");
    (void)state;
    silent.put_noting = NULL;
    for (int binary = 0; binary < 2; binary++) {
        struct copy_column columns[] = {column(0, "jsonb"), column(0, "jsonb")};
        struct form_watch watches[2] = {{0}, {0}};
        struct copy_format f = {.binary = binary, .columns = columns, .count = 2, .watches = watches};
        struct bytes out = {0};
        struct err e = {0};
        columns[1].codec = &silent;
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            struct probe p = text(texts[i]);
            struct batch b;
            fill(&b, &p, 1);
            assert_int_equal(copy_row(&f, &b, 0, &out, &e), 0);
            assert_int_equal(watches[0].inexact, watches[1].inexact);
            assert_int_equal(watches[0].first, watches[1].first);
            batch_free(&b);
        }
        assert_int_equal(watches[0].values, sizeof texts / sizeof texts[0]);
        assert_true(watches[0].inexact > 0);
        form_watch_free(&watches[0]);
        form_watch_free(&watches[1]);
        bytes_free(&out);
        copy_format_free(&f);
    }
}

static void binary_needs_codecs(void **state)
{
    struct copy_column columns[] = {column(0, NULL)};
    struct probe probes[] = {integer(1)};
    struct copy_format f = {.binary = 1, .columns = columns, .count = 1};
    struct batch b;
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    fill(&b, probes, 1);
    assert_int_equal(copy_row(&f, &b, 0, &out, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(out.length, 0);
    batch_free(&b);
    bytes_free(&out);
}

static void failing_memory_takes_the_row_back(void **state)
{
    static char large[5000];
    (void)state;
    memset(large, '\\', sizeof large);
    for (int binary = 0; binary < 2; binary++) {
        struct copy_column columns[] = {column(0, "int8"),  column(1, "text"),  column(2, "numeric"),
                                        column(3, "jsonb"), column(4, "bytea"), column(5, "float8")};
        struct probe probes[] = {integer(1),
                                 bytes_probe(CELL_TEXT, large, sizeof large),
                                 text("12.50"),
                                 text("[1]"),
                                 blob(large, sizeof large),
                                 text("0.50000000000000000000000000000000000000000000000000000000000000000000")};
        int result = -1;
        for (long n = 0; result != 0; n++) {
            struct copy_format f = {.binary = binary, .columns = columns, .count = 6};
            struct batch b;
            struct bytes out = {0};
            struct err e = {0};
            assert_true(n < 100);
            fill(&b, probes, 6);
            assert_int_equal(bytes_append(&out, "before", 6, &e), 0);
            mem_fail_at(n);
            result = copy_row(&f, &b, 0, &out, &e);
            mem_fail_at(-1);
            if (result != 0) {
                assert_int_equal(e.kind, ERR_MEMORY);
                assert_int_equal(out.length, 6);
                assert_memory_equal(out.data, "before", 6);
            }
            batch_free(&b);
            bytes_free(&out);
            copy_format_free(&f);
        }
    }
}

/* Arrays and composites are JSON to us, and a literal to the server where the table goes as text. */
static void arrays_become_literals_in_text(void **state)
{
    struct codec_shape shape = {.element_oid = 23, .element = codec_find(23, NULL), .element_hint = {.typmod = -1}};
    struct copy_column columns[] = {column(0, NULL)};
    struct copy_format f = {.columns = columns, .count = 1};
    struct probe values[] = {text("[[1,null],[-3,4]]")};
    struct batch b;
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    columns[0].codec = codec_of_kind("array");
    columns[0].hint.shape = &shape;
    columns[0].type_name = "integer[]";
    fill(&b, values, 1);
    assert_int_equal(copy_row(&f, &b, 0, &out, &e), 0);
    assert_int_equal(bytes_append(&out, "", 1, &e), 0);
    assert_string_equal((char *)out.data, "{{\"1\",NULL},{\"-3\",\"4\"}}\n");
    batch_free(&b);
    bytes_free(&out);
    copy_format_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_is_framed),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(text_goes_through_the_codec),
        cmocka_unit_test(without_codec_the_cell_itself_goes),
        cmocka_unit_test(text_columns_are_separated),
        cmocka_unit_test(a_refused_row_is_told_and_taken_back),
        cmocka_unit_test(what_is_noted_changes_nothing),
        cmocka_unit_test(binary_needs_codecs),
        cmocka_unit_test(failing_memory_takes_the_row_back),
        cmocka_unit_test(arrays_become_literals_in_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
