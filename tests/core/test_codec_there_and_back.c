/* test_codec_there_and_back.c: the promise of codecs over generated values, the same ones every time: what a form
 * writes comes back as it was, form_watch finds exactly the forms in which a column does, and what put takes of any
 * class never changes again. */
#include "form_watch.h"
#include "generated_values.h"

#if defined(__has_feature)
#define IS_SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

enum { FACTOR = IS_SANITIZED ? 1 : 20 };

/* More than a million values in the first test alone. */
enum { VALUES_OF_SUBJECT = 1000 * FACTOR, COLUMNS_OF_SUBJECT = 25 * FACTOR, LONGEST_COLUMN = 12 };
enum { ODD_CELLS_OF_SUBJECT = 1000 * FACTOR };

/* ---- subjects: types, and columns of them that are declared ---- */

struct subject {
    const char *type;
    void (*make)(uint64_t *random, char *out);
    int32_t typmod; /* 0: none */
    enum codec_stored stored;
    int32_t zone_seconds;
    int rewrites; /* the wire of what a form writes may be another one of the same value */
    const struct codec_shape *shape;
};

enum { INT4 = 23, TEXT = 25, TIMESTAMPTZ = 1184, JSONB = 3802, NONE = 0 };

static struct codec_shape integers, texts, moments, documents, row, mood, range, moment_range, multirange;
static struct codec_field fields[3];
static const char *const labels[] = {"happy", "not so"};

static const struct subject subjects[] = {
    {.type = "bool", .make = make_bool},
    {.type = "int2", .make = make_int2},
    {.type = "int4", .make = make_int4},
    {.type = "int8", .make = make_int8},
    {.type = "oid", .make = make_oid},
    {.type = "float4", .make = make_float4},
    {.type = "float8", .make = make_float8},
    {.type = "numeric", .make = make_numeric, .rewrites = 1},
    {.type = "numeric", .make = make_money, .typmod = ((40 << 16) | 2) + 4},
    {.type = "text", .make = make_text},
    {.type = "varchar", .make = make_text, .typmod = 1000 + 4},
    {.type = "citext", .make = make_text},
    {.type = "name", .make = make_name},
    {.type = "bpchar", .make = make_char_ten, .typmod = 10 + 4},
    {.type = "bytea", .make = make_text},
    {.type = "uuid", .make = make_uuid},
    {.type = "inet", .make = make_inet},
    {.type = "cidr", .make = make_cidr},
    {.type = "macaddr", .make = make_macaddr},
    {.type = "macaddr8", .make = make_macaddr8},
    {.type = "varbit", .make = make_bits},
    {.type = "bit", .make = make_one_bit, .typmod = 1},
    {.type = "money", .make = make_money},
    {.type = "pg_lsn", .make = make_lsn},
    {.type = "date", .make = make_date},
    {.type = "date", .make = make_nanoseconds, .stored = STORED_UNIX},
    {.type = "time", .make = make_time},
    {.type = "timetz", .make = make_timetz},
    {.type = "timestamp", .make = make_moment},
    {.type = "timestamp", .make = make_moment, .zone_seconds = -2670},
    {.type = "timestamptz", .make = make_moment},
    {.type = "timestamptz", .make = make_moment, .zone_seconds = 19800},
    {.type = "timestamptz", .make = make_seconds, .stored = STORED_UNIX},
    {.type = "timestamptz", .make = make_milliseconds, .stored = STORED_UNIX_MS},
    {.type = "timestamptz", .make = make_microseconds, .stored = STORED_UNIX_US},
    {.type = "timestamptz", .make = make_nanoseconds, .stored = STORED_UNIX_NS},
    {.type = "timestamptz", .make = make_julian, .stored = STORED_JULIAN},
    {.type = "timestamp", .make = make_ticks, .stored = STORED_TICKS},
    {.type = "timestamp", .make = make_seconds, .stored = STORED_CORE_DATA},
    {.type = "timestamp", .make = make_microseconds, .stored = STORED_WEBKIT},
    {.type = "timestamptz", .make = make_go, .stored = STORED_GO},
    {.type = "interval", .make = make_interval},
    {.type = "json", .make = make_json},
    {.type = "jsonb", .make = make_json, .rewrites = 1},
    {.type = "xml", .make = make_xml},
    {.type = "char", .make = make_letter},
    {.type = "vector", .make = make_vector},
    {.type = "hstore", .make = make_hstore},
    {.type = "tsvector", .make = make_tsvector},
    {.type = "point", .make = make_point},
    {.type = "array", .make = make_integers, .shape = &integers},
    {.type = "array", .make = make_texts, .shape = &texts},
    {.type = "array", .make = make_moments, .shape = &moments},
    {.type = "array", .make = make_documents, .shape = &documents},
    {.type = "composite", .make = make_composite, .shape = &row},
    {.type = "enum", .make = make_label, .shape = &mood},
    {.type = "range", .make = make_range, .shape = &range},
    {.type = "range", .make = make_moment_range, .shape = &moment_range},
    {.type = "multirange", .make = make_multirange, .shape = &multirange},
};

enum { SUBJECTS = sizeof subjects / sizeof subjects[0] };

static struct codec_shape shape_of(const char *type, uint32_t oid)
{
    return (struct codec_shape){.element = codec_named(type), .element_oid = oid, .element_hint = {.typmod = -1}};
}

static int make_shapes(void **state)
{
    static const struct {
        const char *name;
        const char *type;
        uint32_t oid;
    } parts[] = {{"number", "int4", INT4}, {"text", "text", TEXT}, {"at", "timestamptz", TIMESTAMPTZ}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fields[i] = (struct codec_field){
            .name = parts[i].name, .oid = parts[i].oid, .codec = codec_named(parts[i].type), .hint = {.typmod = -1}};
    }
    integers = shape_of("int4", INT4);
    texts = shape_of("text", TEXT);
    moments = shape_of("timestamptz", TIMESTAMPTZ);
    documents = shape_of("jsonb", JSONB);
    row = (struct codec_shape){.fields = fields, .field_count = 3};
    mood = (struct codec_shape){.labels = labels, .label_count = 2};
    range = shape_of("int4", INT4);
    moment_range = shape_of("timestamptz", TIMESTAMPTZ);
    multirange = (struct codec_shape){
        .element = codec_of_kind("range"), .element_oid = 3904, .element_hint = {.typmod = -1, .shape = &range}};
    return 0;
}

static const struct codec *codec_of(const struct subject *s)
{
    return s->shape != NULL ? codec_kind(s->type) : codec_named(s->type);
}

static struct codec_hint hint_of(const struct subject *s, int form)
{
    return (struct codec_hint){.typmod = s->typmod != 0 ? s->typmod : -1,
                               .stored = s->stored,
                               .zone_seconds = s->zone_seconds,
                               .shape = s->shape,
                               .form = form};
}

static int form_count(const struct codec *codec)
{
    int count = 0;
    while (codec->forms != NULL && codec->forms[count] != NULL) {
        count++;
    }
    return count > 0 ? count : 1;
}

static int has_form(const struct subject *s, int form)
{
    struct codec_hint hint = hint_of(s, form);
    return codec_of(s)->has_form == NULL || codec_of(s)->has_form(&hint);
}

static int any_form(const struct subject *s, uint64_t *random)
{
    int form;
    do {
        form = below(random, form_count(codec_of(s)));
    } while (!has_form(s, form));
    return form;
}

/* ---- a value with its bytes ---- */

struct value {
    struct cell cell;
    struct bytes bytes;
};

static const unsigned char *data_of(const struct value *v)
{
    return v->cell.class == CELL_TEXT || v->cell.class == CELL_BLOB ? v->bytes.data + v->cell.as.offset : NULL;
}

static void name_value(char *out, size_t size, const struct value *v)
{
    describe(out, size, &v->cell, data_of(v));
}

static int same(const struct value *a, const struct value *b)
{
    if (a->cell.class != b->cell.class) {
        return 0;
    }
    if (data_of(a) == NULL) {
        return memcmp(&a->cell.as, &b->cell.as, sizeof a->cell.as) == 0;
    }
    return a->cell.length == b->cell.length && memcmp(data_of(a), data_of(b), a->cell.length) == 0;
}

static void set_bytes(struct value *v, enum cell_class class, const char *bytes, size_t length)
{
    v->bytes.length = 0;
    assert_int_equal(bytes_append(&v->bytes, "", 1, NULL), 0); /* an address, even of nothing */
    assert_int_equal(bytes_append(&v->bytes, bytes, length, NULL), 0);
    v->cell = (struct cell){.as.offset = 1, .length = (uint32_t)length, .class = (uint8_t) class};
}

static void put(const struct subject *s, const struct value *v, struct bytes *wire)
{
    struct codec_hint hint = hint_of(s, 0);
    struct err e = {0};
    char name[3100];
    wire->length = 0;
    assert_int_equal(bytes_reserve(wire, 1, NULL), 0);
    if (codec_of(s)->put(&v->cell, data_of(v), &hint, wire, &e) != 0) {
        name_value(name, sizeof name, v);
        fail_msg("%s refuses %s: %s", s->type, name, e.message);
    }
}

static void get(const struct subject *s, const struct bytes *wire, int form, struct value *v)
{
    struct codec_hint hint = hint_of(s, form);
    struct err e = {0};
    v->bytes.length = 0;
    if (codec_of(s)->get(wire->data, wire->length, &hint, &v->cell, &v->bytes, &e) != 0) {
        fail_msg("%s in form %d: %s", s->type, form, e.message);
    }
}

/* A value as this form writes it. */
static void generate(const struct subject *s, uint64_t *random, int form, struct bytes *wire, struct value *v)
{
    char text[ROOM];
    struct value made = {0};
    s->make(random, text);
    set_bytes(&made, CELL_TEXT, text, strlen(text));
    if (s->type[0] == 'd' && s->stored == STORED_UNIX) { /* only days are dates */
        made.cell = (struct cell){.as.integer = number(random, 15) * 86400, .class = CELL_INTEGER};
    }
    put(s, &made, wire);
    get(s, wire, form, v);
    bytes_free(&made.bytes);
}

static void assert_wires(const struct subject *s, const struct value *v, const struct bytes *a, const struct bytes *b)
{
    char name[3100];
    if (a->length != b->length || memcmp(a->data, b->data, a->length) != 0) {
        name_value(name, sizeof name, v);
        fail_msg("%s: another wire after %s", s->type, name);
    }
}

/* ---- the tests ---- */

/* get(put(v)) is v, for a value in any form; and it is still the same value to the server. */
static void what_a_form_writes_comes_back(void **state)
{
    struct bytes wire = {0};
    struct bytes again = {0};
    struct value v = {0};
    struct value back = {0};
    uint64_t random = 20260730;
    (void)state;
    for (const struct subject *s = subjects; s < subjects + SUBJECTS; s++) {
        for (int i = 0; i < VALUES_OF_SUBJECT; i++) {
            int form = any_form(s, &random);
            generate(s, &random, form, &wire, &v);
            put(s, &v, &again);
            if (!s->rewrites) {
                assert_wires(s, &v, &wire, &again);
            }
            get(s, &again, form, &back);
            if (!same(&v, &back)) {
                char was[3100];
                char is[3100];
                name_value(was, sizeof was, &v);
                name_value(is, sizeof is, &back);
                fail_msg("%s in the form %s: %s, not %s", s->type, codec_of(s)->forms[form], is, was);
            }
        }
    }
    bytes_free(&wire);
    bytes_free(&again);
    bytes_free(&v.bytes);
    bytes_free(&back.bytes);
}

/* A column with the wires that its values become. */
struct column {
    size_t count;
    struct value values[LONGEST_COLUMN];
    struct bytes wires[LONGEST_COLUMN];
};

/* Most columns are in one form, some have a value in another one. */
static void generate_column(const struct subject *s, uint64_t *random, struct column *c)
{
    int form = any_form(s, random);
    int odd = below(random, 3) == 0 ? below(random, LONGEST_COLUMN) : -1;
    struct bytes wire = {0};
    c->count = (size_t)(1 + below(random, LONGEST_COLUMN));
    for (size_t i = 0; i < c->count; i++) {
        generate(s, random, (int)i == odd ? any_form(s, random) : form, &wire, &c->values[i]);
        put(s, &c->values[i], &c->wires[i]);
    }
    bytes_free(&wire);
}

/* Whether all values of a column come back in a form. */
static int comes_back(const struct subject *s, const struct column *c, int form)
{
    const struct codec *codec = codec_of(s);
    struct codec_hint hint = hint_of(s, form);
    struct value back = {0};
    int all = has_form(s, form);
    for (size_t i = 0; i < c->count && all; i++) {
        get(s, &c->wires[i], form, &back);
        all = same(&c->values[i], &back) &&
              (codec->is_kept == NULL || codec->is_kept(c->wires[i].data, c->wires[i].length, &hint));
    }
    bytes_free(&back.bytes);
    return all;
}

static void the_watch_finds_the_forms(void **state)
{
    struct column *c = calloc(1, sizeof *c);
    uint64_t random = 20260731;
    int exact = 0;
    int mixed = 0;
    (void)state;
    assert_non_null(c);
    for (const struct subject *s = subjects; s < subjects + SUBJECTS; s++) {
        for (int i = 0; i < COLUMNS_OF_SUBJECT; i++) {
            struct form_watch w = {0};
            struct codec_hint hint = hint_of(s, 0);
            int first = -1;
            generate_column(s, &random, c);
            for (size_t at = 0; at < c->count; at++) {
                assert_int_equal(form_watch_see(&w, codec_of(s), &hint, &c->values[at].cell, data_of(&c->values[at]),
                                                c->wires[at].data, c->wires[at].length, NULL),
                                 0);
            }
            for (int form = form_count(codec_of(s)) - 1; form >= 0; form--) {
                int fits = comes_back(s, c, form);
                first = fits ? form : first;
                assert_true(!fits || w.fits[form]);
                assert_true(fits || w.inexact > 0 || !w.fits[form]);
            }
            assert_int_equal(w.values, c->count);
            assert_int_equal(w.inexact == 0, first >= 0);
            assert_true(first < 0 || w.first == (size_t)first);
            exact += first >= 0;
            mixed += first < 0;
            form_watch_free(&w);
        }
    }
    for (size_t i = 0; i < LONGEST_COLUMN; i++) {
        bytes_free(&c->values[i].bytes);
        bytes_free(&c->wires[i]);
    }
    free(c);
    /* Neither kind of column is rare among the generated ones. */
    assert_true(exact > COLUMNS_OF_SUBJECT * 40 && mixed > COLUMNS_OF_SUBJECT * 3);
}

/* A cell of any class: numbers of all sizes, texts of all types in all forms, spoilt ones, and blobs. */
static void generate_any(uint64_t *random, struct value *v)
{
    struct bytes wire = {0};
    const struct subject *s = &subjects[below(random, SUBJECTS)];
    unsigned char *byte;
    switch (below(random, 8)) {
    case 0:
        v->cell = (struct cell){.as.integer = number(random, 63), .class = CELL_INTEGER};
        break;
    case 1:
        v->cell = (struct cell){.as.integer = below(random, 3), .class = CELL_INTEGER};
        break;
    case 2:
        v->cell = (struct cell){.as.real = any_double(random), .class = CELL_REAL};
        break;
    case 3:
        generate(s, random, any_form(s, random), &wire, v);
        set_bytes(v, CELL_BLOB, (const char *)wire.data, wire.length);
        break;
    case 4:
        generate(s, random, any_form(s, random), &wire, v);
        if (data_of(v) != NULL && v->cell.length > 0) {
            byte = v->bytes.data + v->cell.as.offset + below(random, (int)v->cell.length);
            *byte = (unsigned char)(*byte ^ (1 << below(random, 8)));
        }
        break;
    default:
        generate(s, random, any_form(s, random), &wire, v);
        break;
    }
    bytes_free(&wire);
}

/* Whatever the class and the type: a refusal with its reason and what to do, or a value that never changes again. */
static void any_class_into_any_type(void **state)
{
    struct bytes wire = {0};
    struct bytes again = {0};
    struct value v = {0};
    struct value back = {0};
    uint64_t random = 20260801;
    (void)state;
    for (const struct subject *s = subjects; s < subjects + SUBJECTS; s++) {
        int taken = 0;
        for (int i = 0; i < ODD_CELLS_OF_SUBJECT; i++) {
            struct codec_hint hint = hint_of(s, 0);
            struct err e = {0};
            char name[3100];
            generate_any(&random, &v);
            wire.length = 0;
            assert_int_equal(bytes_reserve(&wire, 1, NULL), 0);
            if (codec_of(s)->put(&v.cell, data_of(&v), &hint, &wire, &e) != 0) {
                if (e.kind != ERR_VALUE || e.message[0] == '\0' || e.hint[0] == '\0') {
                    name_value(name, sizeof name, &v);
                    fail_msg("%s refuses %s without a reason: %s", s->type, name, e.message);
                }
                continue;
            }
            taken++;
            int form = s->rewrites ? 0 : any_form(s, &random);
            get(s, &wire, form, &back);
            put(s, &back, &again);
            assert_wires(s, &v, &wire, &again);
        }
        assert_true(taken > 0 && taken <= ODD_CELLS_OF_SUBJECT);
    }
    bytes_free(&wire);
    bytes_free(&again);
    bytes_free(&v.bytes);
    bytes_free(&back.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_form_writes_comes_back),
        cmocka_unit_test(the_watch_finds_the_forms),
        cmocka_unit_test(any_class_into_any_type),
    };
    return cmocka_run_group_tests(tests, make_shapes, NULL);
}
