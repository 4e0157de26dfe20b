/* test_codec_composite.c: composites from and to JSON objects: forms, refusals with their place, malformed wire. */
#include "kind_probe.h"

static struct codec_shape numbers;
static struct codec_shape shape;
static struct codec_field fields[4];
static struct codec_hint hint;

/* (id int4, "na\"me" text, numbers int8[], more jsonb); the attribute id is of a domain. */
static const struct codec_hint *composite(void)
{
    numbers = (struct codec_shape){.element_oid = 20, .element = codec_named("int8"), .element_hint = {.typmod = -1}};
    fields[0] = (struct codec_field){"id", 70000, codec_named("int4"), {.typmod = -1}};
    fields[1] = (struct codec_field){"na\"me", 25, codec_named("text"), {.typmod = -1}};
    fields[2] = (struct codec_field){"numbers", 1016, codec_kind("array"), {.typmod = -1, .shape = &numbers}};
    fields[3] = (struct codec_field){"more", 3802, codec_named("jsonb"), {.typmod = -1}};
    shape = (struct codec_shape){.fields = fields, .field_count = 4};
    hint = (struct codec_hint){.typmod = -1, .shape = &shape};
    return &hint;
}

static void objects_are_taken(void **state)
{
    static const char whole[] = "{\"id\":7,\"na\\\"me\":\"a,b\",\"numbers\":[[1,2],[3,null]],\"more\":{\"x\":[1]}}";
    static const char empty[] = "{\"id\":null,\"na\\\"me\":null,\"numbers\":null,\"more\":null}";
    (void)state;
    assert_kind_back("composite", composite(), whole, NULL);
    assert_kind_back("composite", composite(), empty, NULL);
    assert_kind_back("composite", composite(),
                     " { \"more\" : null , \"numbers\" : [ ] ,\n\"na\\u0022me\" : \"\" , \"id\" : \"5\" } ",
                     "{\"id\":5,\"na\\\"me\":\"\",\"numbers\":[],\"more\":null}");
    (void)composite();
    shape.field_count = 0;
    assert_kind_back("composite", &hint, "{}", NULL);
}

static void other_texts_are_refused_with_their_place(void **state)
{
    static const struct {
        const char *value;
        const char *words;
    } rows[] = {
        {"", "ends where a value"},
        {"(1,a,,)", "not a JSON object"},
        {"[1]", "not a JSON object"},
        {"{}", "attribute \"id\" is missing"},
        {"{\"id\":1,\"na\\\"me\":null,\"more\":null}", "attribute \"numbers\" is missing"},
        {"{\"ID\":1}", "no attribute \"ID\""},
        {"{\"id\":1,\"id\":1}", "\"id\" is there twice"},
        {"{\"id\":1.5,\"na\\\"me\":null,\"numbers\":null,\"more\":null}", "at $.id: "},
        {"{\"id\":1,\"na\\\"me\":null,\"numbers\":[1,\"x\"],\"more\":null}", "at $.numbers: at $[1]: "},
        {"{\"id\":1,\"na\\\"me\":[],\"numbers\":[1],\"more\":null}", "a JSON array is no value of type text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_kind_refused("composite", composite(), text(rows[i].value), rows[i].words);
    }
    assert_kind_refused("composite", composite(), integer(1), "an integer is not a JSON object");
}

static void malformed_wire_is_refused(void **state)
{
    struct probe p = text("{\"id\":7,\"na\\\"me\":\"ab\",\"numbers\":[1],\"more\":null}");
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(codec_kind("composite")->put(&p.cell, p.data, composite(), &out, &e), 0);
    for (size_t length = 0; length < out.length; length++) {
        assert_kind_wire_refused("composite", composite(), out.data, length, "malformed");
    }
    out.data[7]++; /* the first attribute's type */
    assert_kind_wire_refused("composite", composite(), out.data, out.length, "malformed");
    out.data[7]--;
    assert_int_equal(bytes_append(&out, "", 1, &e), 0);
    assert_kind_wire_refused("composite", composite(), out.data, out.length, "malformed");
    bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_taken),
        cmocka_unit_test(other_texts_are_refused_with_their_place),
        cmocka_unit_test(malformed_wire_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
