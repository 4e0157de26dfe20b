/* test_copyfmt_bad.c: values that do not fit, and what their columns say of them: NULL, conversions, reject, fail. */
#include "copy_probe.h"

static const enum mend strip[] = {MEND_STRIP};
static const enum mend strip_cut[] = {MEND_STRIP, MEND_CUT};
static const enum mend to_null[] = {MEND_EMPTY_NULL};

/* Three columns, an integer, a text of at most three characters and a boolean, and what happened to their values. */
struct bad {
    struct copy_column columns[3];
    struct copy_format f;
    struct copy_counts counts[3];
    struct form_watch watches[3];
    struct bytes out;
    struct err e;
};

static void bad_init(struct bad *b, int binary)
{
    memset(b, 0, sizeof *b);
    b->columns[0] = column(0, "int4");
    b->columns[1] = column(1, "varchar");
    b->columns[1].hint.typmod = 3 + 4;
    b->columns[2] = column(2, "bool");
    b->columns[0].source_name = "a";
    b->columns[1].source_name = "b";
    b->columns[2].source_name = "c";
    b->f = (struct copy_format){
        .binary = binary, .columns = b->columns, .count = 3, .counts = b->counts, .watches = b->watches};
}

static void bad_free(struct bad *b)
{
    for (size_t i = 0; i < 3; i++) {
        form_watch_free(&b->watches[i]);
    }
    copy_format_free(&b->f);
    bytes_free(&b->out);
}

static int bad_row(struct bad *b, struct probe first, struct probe second, struct probe third)
{
    struct probe probes[] = {first, second, third};
    struct batch batch;
    fill(&batch, probes, 3);
    err_clear(&b->e);
    size_t before = b->out.length;
    int result = copy_row(&b->f, &batch, 0, &b->out, &b->e);
    if (result != 0) {
        assert_int_equal(b->out.length, before);
    }
    batch_free(&batch);
    return result;
}

/* values, nulled, converted and inexact of a column. */
static void assert_counts(const struct bad *b, size_t column, int values, int nulled, int converted, int inexact)
{
    assert_int_equal(b->counts[column].values, values);
    assert_int_equal(b->counts[column].nulled, nulled);
    assert_int_equal(b->counts[column].converted, converted);
    assert_int_equal(b->watches[column].inexact, inexact);
}

static void a_bad_value_becomes_null_where_the_column_says_so(void **state)
{
    (void)state;
    for (int binary = 0; binary < 2; binary++) {
        struct bad b;
        bad_init(&b, binary);
        b.columns[0].on_bad = ON_BAD_NULL;
        assert_int_equal(bad_row(&b, text("x"), null(), integer(1)), 0);
        if (binary) {
            assert_int_equal(b.out.length, 2 + 4 + 4 + 5);
            assert_memory_equal(b.out.data, "\0\3\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\1\1", b.out.length);
        } else {
            assert_memory_equal(b.out.data, "\\N\t\\N\t1\n", b.out.length);
        }
        assert_counts(&b, 0, 0, 1, 0, 0);
        assert_counts(&b, 1, 0, 0, 0, 0);
        assert_counts(&b, 2, 1, 0, 0, 0);
        assert_int_equal(bad_row(&b, integer(5), null(), integer(1)), 0);
        assert_counts(&b, 0, 1, 1, 0, 0);
        b.columns[0].not_null = 1;
        assert_int_equal(bad_row(&b, text("x"), null(), integer(1)), -1);
        assert_int_equal(bad_row(&b, null(), null(), integer(1)), -1);
        assert_non_null(strstr(b.e.message, "refuses NULL"));
        bad_free(&b);
    }
}

static void a_bad_value_goes_through_the_conversions_until_it_fits(void **state)
{
    struct bad b;
    (void)state;
    bad_init(&b, 0);
    b.columns[1].mends = strip_cut;
    b.columns[1].mend_count = 2;
    assert_int_equal(bad_row(&b, null(), bytes_probe(CELL_TEXT, "a\0b", 3), null()), 0);
    assert_int_equal(bad_row(&b, null(), bytes_probe(CELL_TEXT, "\0wxyz", 5), null()), 0);
    assert_int_equal(bad_row(&b, null(), text("abc"), null()), 0);
    assert_int_equal(b.out.length, strlen("\\N\tab\t\\N\n\\N\twxy\t\\N\n\\N\tabc\t\\N\n"));
    assert_memory_equal(b.out.data, "\\N\tab\t\\N\n\\N\twxy\t\\N\n\\N\tabc\t\\N\n", b.out.length);
    assert_counts(&b, 1, 3, 0, 2, 0);
    /* What no conversion helps keeps its own reason, and does what the column says at last. */
    assert_int_equal(bad_row(&b, null(), blob("x", 1), null()), -1);
    assert_string_equal(b.e.column, "b");
    b.columns[1].on_bad = ON_BAD_REJECT;
    assert_int_equal(bad_row(&b, null(), blob("x", 1), null()), COPY_REJECT);
    b.columns[1].mend_count = 1;
    assert_int_equal(bad_row(&b, null(), bytes_probe(CELL_TEXT, "\0wxyz", 5), null()), COPY_REJECT);
    assert_string_equal(b.e.value, "\\x00wxyz");
    b.columns[1].on_bad = ON_BAD_NULL;
    assert_int_equal(bad_row(&b, null(), blob("x", 1), null()), 0);
    assert_counts(&b, 1, 3, 1, 2, 0);
    bad_free(&b);
}

static void a_conversion_to_null_is_still_refused_where_null_is(void **state)
{
    struct bad b;
    (void)state;
    bad_init(&b, 1);
    b.columns[0].mends = to_null;
    b.columns[0].mend_count = 1;
    assert_int_equal(bad_row(&b, text(" "), null(), null()), 0);
    assert_counts(&b, 0, 0, 0, 1, 0);
    b.columns[0].not_null = 1;
    assert_int_equal(bad_row(&b, text(" "), null(), null()), -1);
    assert_string_equal(b.e.value_class, "text");
    bad_free(&b);
}

static void a_column_without_codec_is_mended_too(void **state)
{
    struct bad b;
    (void)state;
    bad_init(&b, 0);
    b.f.watches = NULL;
    b.columns[0] = column(0, NULL);
    b.columns[0].mends = strip;
    b.columns[0].mend_count = 1;
    assert_int_equal(bad_row(&b, text("\xFFz"), null(), null()), 0);
    assert_memory_equal(b.out.data, "z\t\\N\t\\N\n", b.out.length);
    assert_int_equal(b.counts[0].converted, 1);
    bad_free(&b);
}

static void a_rejected_row_counts_for_nothing(void **state)
{
    struct bad b;
    (void)state;
    for (int binary = 0; binary < 2; binary++) {
        bad_init(&b, binary);
        b.columns[0].on_bad = ON_BAD_NULL;
        b.columns[1].mends = strip;
        b.columns[1].mend_count = 1;
        b.columns[2].on_bad = ON_BAD_REJECT;
        assert_int_equal(bad_row(&b, integer(1), text("a"), integer(1)), 0);
        /* Texts of digits do not come back from an integer as they were. */
        assert_int_equal(bad_row(&b, text("5"), text("b"), integer(2)), COPY_REJECT);
        assert_string_equal(b.e.column, "c");
        assert_string_equal(b.e.value, "2");
        assert_int_equal(bad_row(&b, text("x"), bytes_probe(CELL_TEXT, "\0", 1), integer(2)), COPY_REJECT);
        assert_counts(&b, 0, 1, 0, 0, 0);
        assert_counts(&b, 1, 1, 0, 0, 0);
        assert_counts(&b, 2, 1, 0, 0, 0);
        assert_int_equal(bad_row(&b, text("5"), text("b"), integer(0)), 0);
        assert_counts(&b, 0, 2, 0, 0, 1);
        bad_free(&b);
    }
}

static void what_stops_the_run_goes_before_what_rejects_the_row(void **state)
{
    struct bad b;
    (void)state;
    bad_init(&b, 0);
    b.columns[0].on_bad = ON_BAD_REJECT;
    b.columns[2].on_bad = ON_BAD_REJECT;
    assert_int_equal(bad_row(&b, text("x"), text("long"), integer(2)), -1);
    assert_string_equal(b.e.column, "b");
    assert_int_equal(bad_row(&b, text("x"), text("a"), integer(2)), COPY_REJECT);
    assert_string_equal(b.e.column, "a");
    assert_int_equal(bad_row(&b, integer(1), text("long"), integer(2)), -1);
    assert_string_equal(b.e.column, "b");
    bad_free(&b);
}

static void one_cell_can_be_asked_for(void **state)
{
    struct probe probes[] = {integer(7), text("abcd"), null()};
    struct batch batch;
    struct bad b;
    (void)state;
    bad_init(&b, 1);
    b.columns[1].on_bad = ON_BAD_REJECT;
    fill(&batch, probes, 3);
    assert_int_equal(copy_cell(&b.f, 0, &batch, 0, &b.out, &b.e), 0);
    assert_int_equal(copy_cell(&b.f, 1, &batch, 0, &b.out, &b.e), COPY_REJECT);
    assert_int_equal(copy_cell(&b.f, 2, &batch, 0, &b.out, &b.e), 0);
    assert_int_equal(b.out.length, 12);
    assert_memory_equal(b.out.data, "\0\0\0\4\0\0\0\7\xFF\xFF\xFF\xFF", 12);
    batch_free(&batch);
    bad_free(&b);
}

/* What stands for NULL in a column, in the table's format. */
static void take_default(struct copy_column *c, const char *field, size_t length)
{
    c->null_field = (const unsigned char *)field;
    c->null_length = length;
}

static void a_null_takes_the_default_where_the_column_has_one(void **state)
{
    (void)state;
    for (int binary = 0; binary < 2; binary++) {
        struct bad b;
        bad_init(&b, binary);
        b.columns[0].not_null = b.columns[1].not_null = 1;
        take_default(&b.columns[0], binary ? "\0\0\0\4\0\0\0\7" : "7", binary ? 8 : 1);
        take_default(&b.columns[1], binary ? "\0\0\0\1d" : "\\\\", binary ? 5 : 2);
        assert_int_equal(bad_row(&b, null(), null(), null()), 0);
        if (binary) {
            assert_int_equal(b.out.length, 2 + 8 + 5 + 4);
            assert_memory_equal(b.out.data, "\0\3\0\0\0\4\0\0\0\7\0\0\0\1d\xFF\xFF\xFF\xFF", b.out.length);
        } else {
            assert_int_equal(b.out.length, 8);
            assert_memory_equal(b.out.data, "7\t\\\\\t\\N\n", b.out.length);
        }
        assert_int_equal(bad_row(&b, integer(5), text("x"), null()), 0);
        assert_counts(&b, 0, 2, 0, 0, 0);
        assert_int_equal(b.counts[0].defaulted, 1);
        assert_int_equal(b.counts[1].defaulted, 1);
        assert_int_equal(b.counts[2].defaulted, 0);
        bad_free(&b);
    }
}

static void a_bad_value_takes_the_default_where_it_becomes_null(void **state)
{
    struct bad b;
    (void)state;
    bad_init(&b, 1);
    b.columns[0].not_null = 1;
    b.columns[0].on_bad = ON_BAD_NULL;
    take_default(&b.columns[0], "\0\0\0\4\0\0\0\7", 8);
    b.columns[1].mends = to_null;
    b.columns[1].mend_count = 1;
    b.columns[1].hint.typmod = -1;
    b.columns[1].codec = codec_find(0, "int4");
    take_default(&b.columns[1], "\0\0\0\4\0\0\0\11", 8);
    assert_int_equal(bad_row(&b, text("x"), text(" "), null()), 0);
    assert_memory_equal(b.out.data, "\0\3\0\0\0\4\0\0\0\7\0\0\0\4\0\0\0\11", 18);
    assert_counts(&b, 0, 1, 1, 0, 0);
    assert_counts(&b, 1, 1, 0, 1, 0);
    assert_int_equal(b.counts[0].defaulted, 1);
    assert_int_equal(b.counts[1].defaulted, 1);
    bad_free(&b);
}

static void a_row_that_is_refused_has_taken_no_default(void **state)
{
    struct bad b;
    (void)state;
    bad_init(&b, 1);
    take_default(&b.columns[0], "\0\0\0\4\0\0\0\7", 8);
    b.columns[2].on_bad = ON_BAD_REJECT;
    assert_int_equal(bad_row(&b, null(), text("x"), text("maybe")), COPY_REJECT);
    assert_counts(&b, 0, 0, 0, 0, 0);
    assert_int_equal(b.counts[0].defaulted, 0);
    bad_free(&b);
}

static void what_stages_have_marked_counts_unless_the_row_is_refused(void **state)
{
    static const unsigned marks[] = {CELL_NO_KEY, CELL_MAPPED, CELL_NO_KEY | CELL_MAPPED};
    struct probe probes[] = {null(), text("x"), bytes_probe(CELL_TEXT, "t", 1)};
    struct bad b;
    struct batch batch;
    (void)state;
    bad_init(&b, 1);
    b.columns[2].on_bad = ON_BAD_REJECT;
    for (int refused = 0; refused < 2; refused++) {
        if (refused)
            probes[2] = text("maybe");
        fill(&batch, probes, 3);
        for (size_t i = 0; i < 3; i++)
            batch.cells[i].marks = (uint8_t)marks[i];
        err_clear(&b.e);
        assert_int_equal(copy_row(&b.f, &batch, 0, &b.out, &b.e), refused ? COPY_REJECT : 0);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(b.counts[i].missed, i != 1);
            assert_int_equal(b.counts[i].mapped, i != 0);
        }
        batch_free(&batch);
    }
    bad_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stages_have_marked_counts_unless_the_row_is_refused),
        cmocka_unit_test(a_null_takes_the_default_where_the_column_has_one),
        cmocka_unit_test(a_bad_value_takes_the_default_where_it_becomes_null),
        cmocka_unit_test(a_row_that_is_refused_has_taken_no_default),
        cmocka_unit_test(a_bad_value_becomes_null_where_the_column_says_so),
        cmocka_unit_test(a_bad_value_goes_through_the_conversions_until_it_fits),
        cmocka_unit_test(a_conversion_to_null_is_still_refused_where_null_is),
        cmocka_unit_test(a_column_without_codec_is_mended_too),
        cmocka_unit_test(a_rejected_row_counts_for_nothing),
        cmocka_unit_test(what_stops_the_run_goes_before_what_rejects_the_row),
        cmocka_unit_test(one_cell_can_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
