/* test_form_watch.c: finding the form in which a column's values come back. The codec is one of the test's own, so that
 * each case is a line: texts of digits in several spellings. */
#include "codec_probe.h"

#include "form_watch.h"

/* ---- the codec "digits": wire is one byte, 0 to 9 ---- */

static int gets; /* calls of get since a test set it to 0 */

static int digits_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      struct err *e)
{
    unsigned char value = (unsigned char)c->as.integer;
    (void)hint;
    for (size_t i = 0; c->class != CELL_INTEGER && i < c->length; i++) {
        value = data[i] >= '0' && data[i] <= '9' ? (unsigned char)(data[i] - '0') : value;
    }
    return bytes_append(out, &value, 1, e);
}

enum { WORD, POINT, WIDE, NUMBER, REFUSING };

static const char *const digits_forms[] = {"5", "5.", "05", "number", "refusing", NULL};

static int digits_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    char value[3];
    gets++;
    assert_int_equal(length, 1);
    value[0] = hint->form == WIDE && wire[0] > 0 ? '0' : (char)('0' + wire[0]);
    value[1] = hint->form == WIDE ? (char)('0' + wire[0]) : '.';
    if (hint->form == NUMBER) {
        *out = (struct cell){.as.integer = wire[0], .class = CELL_INTEGER};
        return 0;
    }
    if (hint->form == REFUSING) {
        return err_set(e, ERR_VALUE, "no such form");
    }
    /* In the form "05", zero is written as "0": it is the value that leaves all texts but "5." open. */
    int is_short = hint->form == WORD || (hint->form == WIDE && wire[0] == 0);
    if (bytes_reserve(arena, 2, e) != 0) {
        return -1;
    }
    *out = (struct cell){.as.offset = arena->length, .length = is_short ? 1 : 2, .class = CELL_TEXT};
    return bytes_append(arena, value, out->length, e);
}

/* In the first form a number, whatever the value. */
static int number_first_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                            struct bytes *arena, struct err *e)
{
    struct codec_hint other = {.form = hint->form == 0 ? NUMBER : hint->form};
    return digits_get(wire, length, &other, out, arena, e);
}

/* Of "5" and "05" the first digit tells, of "5." and the number nothing. */
static uint32_t digits_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    assert_int_equal(length, 1);
    return hint->form == WIDE && wire[0] == 0 ? WORD : (uint32_t)hint->form;
}

static int has_short_form(const struct codec_hint *hint)
{
    return hint->stored == STORED_UNIX ? hint->form == NUMBER : hint->form != NUMBER && hint->form != REFUSING;
}

static int is_not_noted(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    (void)wire;
    (void)length;
    return hint->note == 0;
}

static const struct codec digits = {.type = "digits", .put = digits_put, .get = digits_get, .forms = digits_forms};
static const struct codec one_form = {
    .type = "one form", .put = digits_put, .get = number_first_get, .identity = CELL_INTEGER};
static const struct codec with_identity = {
    .type = "identity", .put = digits_put, .get = number_first_get, .forms = digits_forms, .identity = CELL_INTEGER};
static const struct codec with_keys = {
    .type = "keys", .put = digits_put, .get = digits_get, .forms = digits_forms, .form_key = digits_key};
static const struct codec with_choice = {
    .type = "choice", .put = digits_put, .get = digits_get, .forms = digits_forms, .has_form = has_short_form};

static const struct codec with_notes = {.type = "notes", .put = digits_put, .get = digits_get, .is_kept = is_not_noted};

static const struct codec_hint no_hint = {.typmod = -1};

static int see_of(struct form_watch *w, const struct codec *codec, struct probe p, struct err *e)
{
    struct bytes wire = {0};
    assert_int_equal(codec->put(&p.cell, p.data, &no_hint, &wire, NULL), 0);
    int result = form_watch_see(w, codec, &no_hint, &p.cell, p.data, wire.data, wire.length, e);
    bytes_free(&wire);
    return result;
}

static void see(struct form_watch *w, const struct codec *codec, struct probe p)
{
    struct err e = {0};
    if (see_of(w, codec, p, &e) != 0) {
        fail_msg("%s", e.message);
    }
}

/* The forms that fit, by their names: "5,05". */
static void assert_fits(const struct form_watch *w, const char *expected)
{
    char names[200] = "";
    for (size_t i = 0; i < w->count; i++) {
        if (w->fits[i]) {
            size_t used = strlen(names);
            (void)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? "," : "", digits_forms[i]);
        }
    }
    assert_string_equal(names, expected);
}

static void the_first_value_may_tell_the_form(void **state)
{
    struct form_watch w = {0};
    (void)state;
    see(&w, &digits, text("05"));
    assert_fits(&w, "05");
    assert_int_equal(w.first, WIDE);
    assert_true(w.alone);
    see(&w, &digits, text("07"));
    assert_int_equal(w.values, 2);
    assert_int_equal(w.inexact, 0);
    see(&w, &digits, text("7"));
    see(&w, &digits, integer(7));
    see(&w, &digits, text("05"));
    assert_fits(&w, "05");
    assert_int_equal(w.values, 5);
    assert_int_equal(w.inexact, 2);
    form_watch_free(&w);
}

static void candidates_are_narrowed(void **state)
{
    struct form_watch w = {0};
    (void)state;
    see(&w, &digits, text("0"));
    see(&w, &digits, text("0"));
    assert_fits(&w, "5,05");
    assert_int_equal(w.first, WORD);
    assert_false(w.alone);
    see(&w, &digits, text("03"));
    assert_fits(&w, "05");
    assert_int_equal(w.first, WIDE);
    assert_true(w.alone);
    assert_int_equal(w.inexact, 0);
    form_watch_free(&w);
}

/* A value that no form gives back counts, and rules nothing out: the others came back in what is left. */
static void a_value_in_no_form_that_is_left(void **state)
{
    struct form_watch w = {0};
    (void)state;
    see(&w, &digits, text("0"));
    see(&w, &digits, text("5."));
    assert_fits(&w, "5,05");
    assert_int_equal(w.first, WORD);
    assert_int_equal(w.values, 2);
    assert_int_equal(w.inexact, 1);
    see(&w, &digits, text("04"));
    assert_fits(&w, "05");
    assert_int_equal(w.first, WIDE);
    see(&w, &digits, text("4"));
    assert_int_equal(w.values, 4);
    assert_int_equal(w.inexact, 2);
    form_watch_free(&w);
}

static void an_odd_first_value_leaves_all_forms_open(void **state)
{
    struct form_watch w = {0};
    (void)state;
    see(&w, &digits, text("5 "));
    assert_fits(&w, "5,5.,05,number,refusing");
    assert_int_equal(w.inexact, 1);
    see(&w, &digits, text("5."));
    assert_fits(&w, "5.");
    assert_int_equal(w.first, POINT);
    assert_int_equal(w.inexact, 1);
    form_watch_free(&w);
}

/* Trying every form of every value is given up in the end: a column may be in none. */
static void a_column_in_no_form(void **state)
{
    struct form_watch w = {0};
    int calls = 0;
    (void)state;
    gets = 0;
    for (int i = 0; i < 1000; i++) {
        see(&w, &digits, text("5 "));
        calls = i == 0 ? gets : calls;
    }
    assert_int_equal(calls, 5);
    assert_true(gets < 1500);
    assert_true(w.alone);
    assert_fits(&w, "5");
    assert_int_equal(w.first, WORD);
    assert_int_equal(w.inexact, 1000);
    see(&w, &digits, text("5"));
    assert_int_equal(w.inexact, 1000);
    form_watch_free(&w);
}

static void classes_are_told_apart(void **state)
{
    struct form_watch w = {0};
    (void)state;
    see(&w, &digits, integer(5));
    assert_fits(&w, "number");
    see(&w, &digits, blob("5", 1));
    assert_int_equal(w.inexact, 1);
    form_watch_free(&w);
    see(&w, &digits, blob("5", 1));
    assert_int_equal(w.inexact, 1);
    form_watch_free(&w);
}

static void counts_start_again_and_forms_stay(void **state)
{
    struct form_watch w = {0};
    (void)state;
    see(&w, &digits, text("5."));
    see(&w, &digits, text("5"));
    assert_int_equal(w.values, 2);
    assert_int_equal(w.inexact, 1);
    form_watch_reset(&w);
    assert_int_equal(w.values, 0);
    assert_int_equal(w.inexact, 0);
    see(&w, &digits, text("6."));
    assert_fits(&w, "5.");
    assert_int_equal(w.values, 1);
    assert_int_equal(w.inexact, 0);
    form_watch_free(&w);
}

/* Of rows that are taken back later it is known for each form how many did not come back in it. */
static void each_form_counts_what_it_misses(void **state)
{
    struct form_watch w = {.each = 1};
    (void)state;
    see(&w, &digits, text("05"));
    see(&w, &digits, text("07"));
    see(&w, &digits, integer(7));
    assert_int_equal(w.missed[WIDE], 1);
    assert_int_equal(w.missed[0], 3);
    assert_int_equal(w.values, 3);
    assert_int_equal(w.left, w.count);
    form_watch_free(&w);
}

/* Values of the class that always comes back cost no call of get. */
static void identity_is_not_tried(void **state)
{
    struct form_watch w = {0};
    (void)state;
    gets = 0;
    see(&w, &one_form, integer(5));
    see(&w, &one_form, integer(5));
    assert_int_equal(gets, 0);
    assert_int_equal(w.values, 2);
    assert_int_equal(w.inexact, 0);
    see(&w, &one_form, text("5"));
    assert_int_equal(gets, 1);
    assert_int_equal(w.inexact, 1);
    see(&w, &one_form, integer(5));
    assert_int_equal(gets, 1);
    assert_int_equal(w.values, 4);
    assert_int_equal(w.inexact, 1);
    form_watch_free(&w);

    /* Only the others are. */
    gets = 0;
    see(&w, &with_identity, integer(5));
    assert_int_equal(gets, 4);
    assert_fits(&w, "5,number");
    form_watch_free(&w);

    /* Where another form than the first is left, identity says nothing. */
    see(&w, &with_identity, text("05"));
    assert_fits(&w, "05");
    gets = 0;
    see(&w, &with_identity, integer(5));
    assert_int_equal(gets, 1);
    assert_int_equal(w.inexact, 1);
    form_watch_free(&w);
}

/* Forms that write a value in the same way are tried once. */
static void keys_spare_work(void **state)
{
    struct form_watch w = {0};
    (void)state;
    gets = 0;
    see(&w, &with_keys, text("0"));
    assert_int_equal(gets, 4);
    see(&w, &with_keys, text("0"));
    assert_int_equal(gets, 5);
    assert_fits(&w, "5,05");
    /* Also where they do not give it back, which rules none of them out. */
    see(&w, &with_keys, text("0 "));
    assert_int_equal(gets, 6);
    assert_fits(&w, "5,05");
    assert_int_equal(w.inexact, 1);
    see(&w, &with_keys, text("06"));
    assert_fits(&w, "05");
    form_watch_free(&w);
    for (int i = 0; i < 1000; i++) {
        see(&w, &with_keys, i == 0 ? text("0") : text("0 "));
    }
    assert_true(w.alone);
    assert_int_equal(w.inexact, 999);
    form_watch_free(&w);
}

/* What put_noting has noted is of one value alone. */
static void notes_are_of_one_value(void **state)
{
    struct form_watch w = {0};
    struct codec_hint noted = {.typmod = -1};
    struct probe p = text("5");
    const unsigned char five = 5;
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        noted.note = i % 2;
        assert_int_equal(form_watch_see(&w, &with_notes, &noted, &p.cell, p.data, &five, 1, NULL), 0);
        assert_int_equal(w.inexact, (i + 1) / 2);
    }
    form_watch_free(&w);
}

/* Which forms there are may depend on what is declared for the column. */
static void forms_that_the_column_does_not_have(void **state)
{
    struct form_watch w = {0};
    const struct codec_hint unix_hint = {.typmod = -1, .stored = STORED_UNIX};
    struct probe p = text("05");
    (void)state;
    see(&w, &with_choice, text("5 "));
    assert_fits(&w, "5,5.,05");
    form_watch_free(&w);
    see(&w, &with_choice, integer(5));
    assert_int_equal(w.inexact, 1);
    form_watch_free(&w);
    assert_int_equal(
        form_watch_see(&w, &with_choice, &unix_hint, &p.cell, p.data, (const unsigned char *)"\5", 1, NULL), 0);
    assert_fits(&w, "number");
    assert_int_equal(w.first, NUMBER);
    assert_true(w.alone);
    assert_int_equal(w.inexact, 1);
    form_watch_free(&w);
}

/* A double is told from another by its bits. */
static void real_codecs(void **state)
{
    struct form_watch w = {0};
    const struct codec *codec = codec_named("float8");
    struct probe zero = real(-0.0);
    (void)state;
    see(&w, codec, zero);
    see(&w, codec, real(0.1));
    assert_int_equal(w.inexact, 0);
    /* The wire of 0.0 under the cell of -0.0. */
    assert_int_equal(form_watch_see(&w, codec_named("float4"), &no_hint, &zero.cell, NULL,
                                    (const unsigned char *)"\0\0\0\0", 4, NULL),
                     0);
    assert_int_equal(w.inexact, 1);
    form_watch_free(&w);
}

static void memory_that_fails_is_told(void **state)
{
    struct form_watch w = {0};
    struct err e = {0};
    struct probe p = text("5");
    const unsigned char five = 5;
    (void)state;
    mem_fail_at(0);
    assert_int_equal(form_watch_see(&w, &digits, &no_hint, &p.cell, p.data, &five, 1, &e), -1);
    assert_int_equal(e.kind, ERR_MEMORY);
    mem_fail_at(-1);
    form_watch_free(&w);
    see(&w, &digits, text("5"));
    assert_fits(&w, "5");
    bytes_free(&w.arena);
    mem_fail_at(0);
    err_clear(&e);
    assert_int_equal(form_watch_see(&w, &digits, &no_hint, &p.cell, p.data, &five, 1, &e), -1);
    assert_int_equal(e.kind, ERR_MEMORY);
    mem_fail_at(-1);
    form_watch_free(&w);
}

/* jsonb and xml come back as another text of the same value, and so do arrays and composites of them. */
static void values_that_the_server_rewrites(void **state)
{
    static struct codec_field fields[] = {{.name = "n", .oid = 23, .hint = {.typmod = -1}},
                                          {.name = "j", .oid = 3802, .hint = {.typmod = -1}}};
    struct codec_shape documents = {
        .element = codec_named("jsonb"), .element_oid = 3802, .element_hint = {.typmod = -1}};
    struct codec_shape row = {.fields = fields, .field_count = 2};
    struct codec_shape texts = {.element = codec_named("text"), .element_oid = 25, .element_hint = {.typmod = -1}};
    fields[0].codec = codec_named("int4");
    fields[1].codec = codec_named("jsonb");
    const struct {
        const struct codec *codec;
        const struct codec_shape *shape;
        const char *value;
        int64_t inexact;
    } rows[] = {
        {codec_named("jsonb"), NULL, "{\"a\": 1, \"b\": 2}", 0},
        {codec_named("jsonb"), NULL, "{\"b\": 1, \"a\": 2}", 1},
        {codec_named("jsonb"), NULL, "[1,2]", 0},
        {codec_named("jsonb"), NULL, "[1,  2]", 1},
        {codec_named("json"), NULL, "[1,  2]", 0},
        {codec_named("xml"), NULL, "<a/>", 0},
        {codec_named("xml"), NULL, "<?xml version=\"1.0\"?><a/>", 1},
        {codec_of_kind("array"), &documents, "[{\"a\": 1},null,[1, 2]]", 0},
        {codec_of_kind("array"), &documents, "[1,{\"b\": 1, \"a\": 2}]", 1},
        {codec_of_kind("array"), &documents, "[]", 0},
        {codec_of_kind("array"), &documents, "[1, 2]", 1},
        {codec_of_kind("array"), &texts, "[\"a\",null]", 0},
        {codec_of_kind("array"), &texts, "[\"a\", \"\xC3\xA9\"]", 0},
        {codec_of_kind("array"), &texts, "[\"a\", \"\\u00e9\"]", 0},
        {codec_of_kind("array"), &texts, "[\"a\", \"\\u00E9\"]", 1},
        {codec_named("hstore"), NULL, "{\"a\": \"1\", \"b\": null}", 0},
        {codec_named("hstore"), NULL, "{\"b\": \"1\", \"a\": null}", 1},
        {codec_of_kind("composite"), &row, "{\"n\":1,\"j\":[1, 2]}", 0},
        {codec_of_kind("composite"), &row, "{\"n\":null,\"j\":1e2}", 1},
        {codec_of_kind("composite"), &row, "{\"n\":null,\"j\":null}", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct codec_hint hint = {.typmod = -1, .shape = rows[i].shape};
        struct form_watch w = {0};
        struct bytes wire = {0};
        struct probe p = text(rows[i].value);
        assert_int_equal(rows[i].codec->put(&p.cell, p.data, &hint, &wire, NULL), 0);
        assert_int_equal(form_watch_see(&w, rows[i].codec, &hint, &p.cell, p.data, wire.data, wire.length, NULL), 0);
        if (w.inexact != rows[i].inexact) {
            fail_msg("%s: %lld", rows[i].value, (long long)w.inexact);
        }
        bytes_free(&wire);
        form_watch_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_value_may_tell_the_form),
        cmocka_unit_test(candidates_are_narrowed),
        cmocka_unit_test(a_value_in_no_form_that_is_left),
        cmocka_unit_test(an_odd_first_value_leaves_all_forms_open),
        cmocka_unit_test(a_column_in_no_form),
        cmocka_unit_test(classes_are_told_apart),
        cmocka_unit_test(counts_start_again_and_forms_stay),
        cmocka_unit_test(each_form_counts_what_it_misses),
        cmocka_unit_test(identity_is_not_tried),
        cmocka_unit_test(keys_spare_work),
        cmocka_unit_test(notes_are_of_one_value),
        cmocka_unit_test(forms_that_the_column_does_not_have),
        cmocka_unit_test(real_codecs),
        cmocka_unit_test(memory_that_fails_is_told),
        cmocka_unit_test(values_that_the_server_rewrites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
