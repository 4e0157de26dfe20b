/* test_codec_array.c: arrays from and to JSON: forms, refusals with their place, malformed wire. */
#include "kind_probe.h"

static struct codec_shape shape;
static struct codec_hint hint;

static const struct codec_hint *array_of(const char *type)
{
    shape = (struct codec_shape){.element = codec_named(type), .element_hint = {.typmod = -1}};
    shape.element_oid = shape.element->oid;
    hint = (struct codec_hint){.typmod = -1, .shape = &shape};
    return &hint;
}

static void forms_are_canonical(void **state)
{
    static const struct {
        const char *type;
        const char *value;
        const char *got; /* NULL: the value itself */
    } rows[] = {
        {"int4", "[]", NULL},
        {"int4", "{}", "[]"},
        {"int4", " [ 1 ,\n2 , null ] ", "[1,2,null]"},
        {"int4", "[[1,2],[3,null]]", NULL},
        {"int4", "[[[[[[1]]]]]]", NULL},
        {"int4", "{1,NULL, 3 }", "[1,null,3]"},
        {"int4", "{{1,2},{3,4}}", "[[1,2],[3,4]]"},
        {"int4", "[\"7\"]", "[7]"},
        {"int8", "[9223372036854775807,-9223372036854775808]", NULL},
        {"numeric", "[1.10,123456789012345678901234567890.5,\"NaN\"]", NULL},
        {"float8", "[0.1,1e+300,-0.0,\"NaN\",\"-Infinity\"]", NULL},
        {"bool", "[true,false,null,1,0]", "[true,false,null,true,false]"},
        {"text", "[\"\",\"a\\\"b\\\\\",\"\\u00e9\\ud83d\\ude00\\u0001\\n\",\"null\",null]",
         "[\"\",\"a\\\"b\\\\\",\"\xC3\xA9\xF0\x9F\x98\x80\\u0001\\n\",\"null\",null]"},
        {"text", "[12,1.50]", "[\"12\",\"1.50\"]"},
        {"text", "{a,\"b c\",NULL,\"NULL\"}", "[\"a\",\"b c\",null,\"NULL\"]"},
        {"bytea", "[\"\\\\x00ff\",\"\\\\x\"]", NULL},
        {"jsonb", "[{\"a\": 1},[1,[2]],\"x\",1.50,true,null]", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_kind_back("array", array_of(rows[i].type), rows[i].value, rows[i].got);
    }
}

static void what_is_no_array_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *type;
        const char *value;
        const char *words;
    } rows[] = {
        {"int4", "", "ends where a value"},
        {"int4", "7", "not a JSON array"},
        {"int4", "[1,2", "not a JSON array"},
        {"int4", "[0:1]={1,2}", "not a JSON array"},
        {"int4", "[[1,2],[3]]", "at $[1]: 1 elements where the first part has 2"},
        {"int4", "[1,[2]]", "at $[1]: an array stands where"},
        {"int4", "[[1],2]", "a single value stands where"},
        {"int4", "[[1],null]", "a single value stands where"},
        {"int4", "[[1],[]]", "an empty array stands where"},
        {"int4", "[[],[]]", "empty arrays"},
        {"int4", "[[[[[[[1]]]]]]]", "at most 6 dimensions"},
        {"int4", "[1,\"x\"]", "at $[1]: "},
        {"int4", "[[1,2],[3,1.5]]", "at $[1][1]: "},
        {"int4", "[2147483648]", "at $[0]: "},
        {"int4", "[true]", "true is no value of type int4"},
        {"int4", "[{}]", "a JSON object is no value of type int4"},
        {"int4", "{1,2", "does not end"},
        {"int4", "{1,,2}", "an element is missing"},
        {"int4", "{1,2}x", "there is more text"},
        {"int4", "{1,{2}}", "at $[1]: an array stands where"},
        {"text", "{\"a\":1}", "a comma or }"},
        {"text", "{a{b}", "a quote or brace"},
        {"text", "[\"\\ud83d\"]", "surrogate"},
        {"text", "[\"\\u0000\"]", "U+0000"},
        {"text", "[\"\xFF\"]", "UTF-8"},
        {"bytea", "[\"abc\"]", "hexadecimal"},
        {"bytea", "[\"\\\\x0\"]", "hexadecimal"},
        {"bytea", "[\"\\\\xzz\"]", "hexadecimal"},
        {"bytea", "{a}", "from JSON only"},
        {"jsonb", "{1}", "from JSON only"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_kind_refused("array", array_of(rows[i].type), text(rows[i].value), rows[i].words);
    }
    assert_kind_refused("array", array_of("int4"), integer(1), "an integer is not a JSON array");
    assert_kind_refused("array", array_of("int4"), blob("[]", 2), "a blob is not a JSON array");
}

static void malformed_wire_is_refused(void **state)
{
    /* One dimension of two elements: 1 and NULL. */
    static const unsigned char good[] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0,    0,    0,    2,   0,
                                         0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1, 0,  0xFF, 0xFF, 0xFF, 0xFF};
    unsigned char wire[sizeof good];
    (void)state;
    /* The second length word is complete only with one byte more, so every cut is malformed. */
    for (size_t length = 0; length < sizeof good; length++) {
        assert_kind_wire_refused("array", array_of("int4"), good, length, "malformed");
    }
    memcpy(wire, good, sizeof good);
    wire[3] = 7;
    assert_kind_wire_refused("array", array_of("int4"), wire, sizeof wire, "malformed");
    memcpy(wire, good, sizeof good);
    wire[11] = 20;
    assert_kind_wire_refused("array", array_of("int4"), wire, sizeof wire, "malformed");
    memcpy(wire, good, sizeof good);
    wire[12] = 0x7F;
    assert_kind_wire_refused("array", array_of("int4"), wire, sizeof wire, "malformed");
    memcpy(wire, good, sizeof good);
    wire[19] = 0;
    assert_kind_wire_refused("array", array_of("int4"), wire, sizeof wire, "lower bound is 0");
    memcpy(wire, good, sizeof good);
    wire[23] = 0x20;
    assert_kind_wire_refused("array", array_of("int4"), wire, sizeof wire, "malformed");
}

static void what_json_cannot_say_is_refused_by_get(void **state)
{
    static const unsigned char json_null[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,   114, 0,   0,
                                              0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 'n', 'u', 'l', 'l'};
    static const unsigned char square[] = {0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 114, 0, 0, 0, 1,  0,
                                           0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0,   0, 0, 1, '1'};
    (void)state;
    assert_kind_wire_refused("array", array_of("json"), json_null, sizeof json_null, "taken for NULL");
    assert_kind_wire_refused("array", array_of("json"), square, sizeof square, "2 dimensions");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_canonical),
        cmocka_unit_test(what_is_no_array_is_refused_with_its_place),
        cmocka_unit_test(malformed_wire_is_refused),
        cmocka_unit_test(what_json_cannot_say_is_refused_by_get),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
