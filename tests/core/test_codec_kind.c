/* test_codec_kind.c: codecs by kind: which there are, enums, and which are foreign to the server's input functions. */
#include "kind_probe.h"

static void kinds_are_found(void **state)
{
    static const char *const kinds[] = {"enum", "array", "composite"};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_string_equal(codec_kind(kinds[i])->type, kinds[i]);
    }
    assert_null(codec_of_kind("nonsense"));
    assert_true(codec_kind("array")->foreign);
    assert_true(codec_kind("composite")->foreign);
    assert_false(codec_kind("enum")->foreign);
    assert_false(codec_named("int4")->foreign);
}

static void enums_are_their_labels(void **state)
{
    static const char *const labels[] = {"sad", "", "o\"k", "gr\xC3\xBCn"};
    const struct codec_shape shape = {.labels = labels, .label_count = 4};
    const struct codec_hint hint = {.typmod = -1, .shape = &shape};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_kind_back("enum", &hint, labels[i], NULL);
    }
    assert_kind_refused("enum", &hint, text("SAD"), "none of the enum's 4 labels");
    assert_kind_refused("enum", &hint, text("sad "), "none of the enum's 4 labels");
    assert_kind_refused("enum", &hint, integer(1), "a label of the enum");
    assert_kind_wire_refused("enum", &hint, "\xFF", 1, "malformed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_found),
        cmocka_unit_test(enums_are_their_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
