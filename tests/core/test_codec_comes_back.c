/* test_codec_comes_back.c: what a codec says comes back without writing it, get writes so: over values as they are
 * stored, and over such that differ from them in a byte or two. */
#include <math.h>

#include "generated_values.h"

enum { TURNS = 20000, LONGEST = 200 };

static const struct subject {
    const char *type;
    int32_t typmod;
    int32_t zone_seconds;
    enum codec_stored stored;
} subjects[] = {{.type = "timestamptz", .typmod = -1},
                {.type = "timestamptz", .typmod = -1, .zone_seconds = 3600},
                {.type = "timestamptz", .typmod = 3},
                {.type = "timestamp", .typmod = -1},
                {.type = "timestamp", .typmod = 0},
                {.type = "numeric", .typmod = -1},
                {.type = "numeric", .typmod = ((12 << 16) | 2) + 4},
                {.type = "numeric", .typmod = ((1000 << 16) | 500) + 4},
                {.type = "float8", .typmod = -1},
                {.type = "text", .typmod = -1},
                {.type = "varchar", .typmod = 30 + 4},
                {.type = "citext", .typmod = -1},
                {.type = "timestamptz", .typmod = -1, .stored = STORED_UNIX},
                {.type = "timestamp", .typmod = -1, .stored = STORED_GO}};

static int is_same(const struct probe *p, const struct cell *c, const struct bytes *arena)
{
    if (c->class != p->cell.class) {
        return 0;
    }
    switch ((enum cell_class)c->class) {
    case CELL_INTEGER:
        return c->as.integer == p->cell.as.integer;
    case CELL_REAL:
        return memcmp(&c->as.real, &p->cell.as.real, sizeof c->as.real) == 0;
    default:
        return c->length == p->cell.length && memcmp(arena->data + c->as.offset, p->data, c->length) == 0;
    }
}

static int has_form(const struct codec *codec, const struct codec_hint *hint, int form)
{
    struct codec_hint other = *hint;
    other.form = form;
    return codec->has_form == NULL || codec->has_form(&other);
}

/* In several forms a value is certain to come back only where it is in each of them. */
static void look_at_lists(const struct codec *codec, const struct codec_hint *hint, const struct probe *p,
                          const unsigned char *wire, const unsigned char *certain, size_t count)
{
    for (unsigned char form = 0; codec->forms[form] != NULL; form++) {
        unsigned char pair[] = {certain[0], form};
        if (form < certain[0]) {
            pair[0] = form;
            pair[1] = certain[0];
        }
        if (has_form(codec, hint, form) && memchr(certain, form, count) == NULL &&
            codec->comes_back(&p->cell, p->data, wire, hint, pair, 2)) {
            fail_msg("%s is not certain in the form %s", codec->type, codec->forms[form]);
        }
    }
}

/* How many forms are said to write this value as it is; where one does not, the test fails. */
static size_t look(const struct subject *s, struct probe p)
{
    const struct codec *codec = codec_named(s->type);
    struct codec_hint hint = {.typmod = s->typmod, .zone_seconds = s->zone_seconds, .stored = s->stored};
    struct bytes wire = {0};
    struct bytes arena = {0};
    unsigned char certain_ones[CODEC_FORMS];
    size_t certain = 0;
    assert_non_null(codec->comes_back);
    assert_int_equal(bytes_reserve(&wire, 1, NULL), 0);
    if (codec->put(&p.cell, p.data, &hint, &wire, NULL) == 0) {
        for (; codec->forms[hint.form] != NULL; hint.form++) {
            struct cell c = {0};
            unsigned char form = (unsigned char)hint.form;
            if (!has_form(codec, &hint, hint.form) || !codec->comes_back(&p.cell, p.data, wire.data, &hint, &form, 1)) {
                continue;
            }
            certain_ones[certain++] = form;
            arena.length = 0;
            if (codec->get(wire.data, wire.length, &hint, &c, &arena, NULL) != 0 || !is_same(&p, &c, &arena)) {
                char value[3100];
                describe(value, sizeof value, &p.cell, p.data);
                fail_msg("%s in the form %s does not come back: %s", s->type, codec->forms[hint.form], value);
            }
        }
    }
    if (certain > 0) {
        look_at_lists(codec, &hint, &p, wire.data, certain_ones, certain);
    }
    bytes_free(&wire);
    bytes_free(&arena);
    return certain;
}

static size_t look_at_all(struct probe p)
{
    size_t certain = 0;
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        certain += look(&subjects[i], p);
    }
    return certain;
}

/* In forms of timestamptz that write six digits where a value has them. */
static int certain_together(const char *value)
{
    const struct codec *codec = codec_named("timestamptz");
    const struct codec_hint hint = {.typmod = -1};
    const char *const names[] = {"space .6 +00:00", "space .0 +00:00", "space .3* +00:00"};
    unsigned char forms[3];
    struct probe p = text(value);
    for (size_t i = 0; i < 3; i++) {
        forms[i] = (unsigned char)codec_form_find(codec, names[i]);
    }
    return codec->comes_back(&p.cell, p.data, NULL, &hint, forms, 3);
}

static void usual_values(void **state)
{
    static const struct subject zoned = {.type = "timestamptz", .typmod = -1};
    static const struct subject local = {.type = "timestamp", .typmod = -1};
    static const struct subject price = {.type = "numeric", .typmod = ((12 << 16) | 2) + 4};
    static const struct subject words = {.type = "text", .typmod = -1};
    static const struct subject score = {.type = "float8", .typmod = -1};
    (void)state;
    assert_true(certain_together("2023-01-01 00:00:55.524859+00:00"));
    assert_false(certain_together("2023-01-01 00:00:55.524850+00:00"));
    /* As many forms as write this one: those of six digits, and those that write six where a value has them. */
    assert_int_equal(look(&zoned, text("2023-01-01 00:00:55.524859+00:00")), 10);
    assert_int_equal(look(&zoned, text("2023-01-01 00:00:55.524850+00:00")), 1);
    assert_true(look(&zoned, text("2023-01-01T00:00:55.524859Z")) > 1);
    assert_true(look(&zoned, text("1923-01-01 23:59:59.000001+00")) > 1);
    assert_true(look(&local, text("2023-01-01 00:00:55.524859")) > 1);
    assert_int_equal(look(&price, integer(5)), 2);
    assert_int_equal(look(&price, real(270584.33)), 2);
    assert_int_equal(look(&price, real(270584.0)), 1);
    assert_int_equal(look(&words, text("10 words")), 1);
    assert_int_equal(look(&words, text("10")), 0);
    assert_int_equal(look(&score, real(0.25)), 1);
    assert_int_equal(look(&score, real(1)), 0);
}

static void odd_values(void **state)
{
    static const char *const texts[] = {
        "2023-01-01 00:00:00.1+0100",
        "2023-01-01 00:00:00.12+010",
        "2023-01-01 00:00:00.12345 +00:00",
        "2023-01-01 00:00:00.12345 ",
        " 2023-01-01 00:00:00.12345",
        "2023-01-01 00:00:00.123456-00:00",
        "2023-01-01 00:00:00.123456+01:00",
        "2023-01-01 00:00:00.123456+000000",
        "2023-01-01T00:00:00.123456 +0000",
        "2023-01-01 00:00:00.1234560",
        "2023-01-01 00:00:00.123450+00:00",
        "                2023-01-01.",
        "0001-01-01 00:00:00.000001Z",
        "9999-12-31 23:59:59.999999Z",
        "-1",
        "1700000000",
        "2023-01-01 00:00:00.123456 +0000 UTC",
        "1.5",
        "1e5",
        "",
    };
    static const double reals[] = {0.0,   -0.0,   1.0,     -1.5, 1e-4,  9e-5,   1e15, 123456789012345.6,
                                   1e300, 5e-324, 1.0 / 3, 0.1,  -0.01, 1e-300, 2.5,  9007199254740993.0};
    static const int64_t integers_[] = {0, 1, -1, 123456789, INT64_MAX, INT64_MIN, 10000, 9999999999};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        (void)look_at_all(text(texts[i]));
    }
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        (void)look_at_all(real(reals[i]));
    }
    for (size_t i = 0; i < sizeof integers_ / sizeof integers_[0]; i++) {
        (void)look_at_all(integer(integers_[i]));
    }
}

/* Changes a byte, takes one out, or doubles one. */
static void change(uint64_t *random, char *value)
{
    static const char bytes[] = " T:-+.0Z19";
    size_t length = strlen(value);
    if (length == 0 || length + 2 > LONGEST) {
        return;
    }
    size_t at = next_random(random) % length;
    switch (next_random(random) % 3) {
    case 0:
        value[at] = bytes[next_random(random) % (sizeof bytes - 1)];
        break;
    case 1:
        memmove(value + at, value + at + 1, length - at);
        break;
    default:
        memmove(value + at + 1, value + at, length - at + 1);
        break;
    }
}

static void changed_values(void **state)
{
    static void (*const makes[])(uint64_t * random, char *out) = {make_moment, make_numeric, make_text};
    uint64_t random = 5;
    size_t certain = 0;
    (void)state;
    for (int turn = 0; turn < TURNS; turn++) {
        char value[4000];
        makes[turn % 3](&random, value);
        if (turn % 2 == 0) {
            (void)snprintf(value, sizeof value, "20%02d-0%d-1%d%c0%d:%d0:3%d.%06d%s", (int)(next_random(&random) % 100),
                           (int)(1 + next_random(&random) % 9), (int)(next_random(&random) % 10),
                           next_random(&random) % 2 ? 'T' : ' ', (int)(next_random(&random) % 10),
                           (int)(next_random(&random) % 6), (int)(next_random(&random) % 10),
                           (int)(next_random(&random) % 1000000), next_random(&random) % 2 ? "+00:00" : "");
        }
        for (uint64_t changes = next_random(&random) % 3; changes > 0; changes--) {
            change(&random, value);
        }
        certain += look_at_all(text(value));
        certain +=
            look_at_all(real(ldexp((double)(next_random(&random) % 1000000), -(int)(next_random(&random) % 30))));
    }
    assert_true(certain > TURNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_values),
        cmocka_unit_test(odd_values),
        cmocka_unit_test(changed_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
