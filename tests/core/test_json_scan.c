/* test_json_scan.c: the scan of JSON against the check byte by byte, with generated texts, good, damaged and cut. */
#include "codec_probe.h"

#include "json_plain.h"

enum { MOST = 20000 };

struct made {
    unsigned char text[MOST + 64];
    size_t length;
    uint64_t random;
    int spaced; /* as its style says */
};

static size_t below(struct made *m, size_t end)
{
    return (size_t)(next_random(&m->random) >> 20) % end;
}

static void add(struct made *m, const char *text)
{
    size_t length = strlen(text);
    if (m->length + length <= MOST) {
        memcpy(m->text + m->length, text, length);
        m->length += length;
    }
}

#define ONE_OF(m, texts) (texts)[below(m, sizeof(texts) / sizeof(texts)[0])]

static void add_spaces(struct made *m)
{
    static const char *const spaces[] = {" ", "  ", "\n", "\t", "\r"};
    if (below(m, 60) == 0) {
        add(m, ONE_OF(m, spaces));
    }
}

static void add_separator(struct made *m, const char *separator)
{
    add(m, separator);
    add(m, m->spaced ? " " : "");
    add_spaces(m);
}

static void add_string(struct made *m, size_t most)
{
    static const char *const plain[] = {"a", "b", "ab", "the answer, ", "0123456789abcdef", "{[:"};
    static const char *const kept[] = {
        "caf\xC3\xA9",    "\xE4\xB8\x96\xE7\x95\x8C", "\\n",  "\\\"", "\\u00e9", "\\u0001",
        "\\ud83d\\ude00", "\xF0\x9F\x98\x80",         "\\\\", "\x7F", "\\u007f"};
    static const char *const rare[] = {
        "\\/",     "\\u00E9", "\\u0041", "\\u000a",      "\\ud83d",  "\\ude00", "\\ud83d\\u0041", "\\u0000", "\\x",
        "\\u00g0", "\x1F",    "\n",      "\xED\xA0\x80", "\xC0\x80", "\xFF"};
    add(m, "\"");
    for (size_t k = below(m, most); k > 0; k--) {
        size_t which = below(m, 200);
        add(m, which == 0 ? ONE_OF(m, rare) : which < 40 ? ONE_OF(m, kept) : ONE_OF(m, plain));
    }
    add(m, "\"");
}

static void add_number(struct made *m)
{
    static const char *const kept[] = {"0", "1", "-1", "12.50", "0.000", "-0.5", "123456789012345678901234567890"};
    static const char *const rare[] = {"-0",       "-0.0",     "1e5", "1E-3", "1e131071", "1e131072",
                                       "1e-16384", "0e-20000", "01",  "1.",   "-",        "1e",
                                       "1e+",      ".5",       "+1",  "--1",  "1.e1"};
    add(m, below(m, 30) == 0 ? ONE_OF(m, rare) : ONE_OF(m, kept));
}

static void add_value(struct made *m, int depth);

/* Names mostly in jsonb's order, so that texts are kept. */
static void add_members(struct made *m, int is_object, int depth)
{
    static const char *const names[] = {"\"a\"",         "\"z\"",     "\"aa\"",           "\"a\\n\"",    "\"key\"",
                                        "\"k\xC3\xA9\"", "\"names\"", "\"\\u00e9names\"", "\"long key\""};
    size_t name = 0;
    for (size_t k = below(m, 5), i = 0; i < k; i++) {
        if (i > 0) {
            add_separator(m, ",");
        }
        if (is_object) {
            name = below(m, 20) == 0 ? below(m, sizeof names / sizeof names[0]) : name + below(m, 3);
            if (name < sizeof names / sizeof names[0]) {
                add(m, names[name]);
            } else {
                add_string(m, 4);
            }
            add_spaces(m);
            add_separator(m, ":");
            name++;
        }
        add_value(m, depth + 1);
        add_spaces(m);
    }
}

static void add_value(struct made *m, int depth)
{
    static const char *const words[] = {"true", "false", "null", "true", "null", "nul", "True"};
    switch (below(m, depth > 6 ? 4 : 8)) {
    case 0:
    case 1:
        add_string(m, 6);
        break;
    case 2:
        add_number(m);
        break;
    case 3:
        add(m, words[below(m, below(m, 20) == 0 ? 7 : 5)]);
        break;
    case 4:
        add(m, "[");
        add_spaces(m);
        add_members(m, 0, depth);
        add(m, "]");
        break;
    default:
        add(m, "{");
        add_spaces(m);
        add_members(m, 1, depth);
        add(m, "}");
        break;
    }
}

static void make(struct made *m)
{
    m->length = 0;
    m->spaced = (int)below(m, 2);
    add_spaces(m);
    add_value(m, 0);
    add_spaces(m);
}

/* The text in memory of its own size, so that the sanitizers see every byte that is read beside it. Returns whether it
 * is good for jsonb; *styles as json_scan gives them. */
static int assert_scanned_as_meant(const unsigned char *text, size_t length, unsigned *styles)
{
    unsigned char *data = mem_alloc(length, NULL);
    int result = 0;
    memcpy(data, text, length);
    for (int strict = 0; strict < 2; strict++) {
        size_t places[2] = {SIZE_MAX, SIZE_MAX};
        const char *whys[2] = {NULL, NULL};
        int expected = json_check_plainly(data, length, strict, &places[0], &whys[0]);
        result = json_scan(data, length, strict, styles, &places[1], &whys[1]);
        if (result != expected || places[0] != places[1] || (whys[0] == NULL) != (whys[1] == NULL) ||
            (whys[0] != NULL && strcmp(whys[0], whys[1]) != 0)) {
            fail_msg("%.*s: %d at %zu (%s), not %d at %zu (%s)", (int)length, (const char *)text, result, places[1],
                     whys[1], expected, places[0], whys[0]);
        }
    }
    for (int style = 0; result == 0 && style < JSON_STYLES; style++) {
        if ((int)(*styles >> style & 1) != json_is_canonical_plainly(data, length, style)) {
            fail_msg("%.*s has the styles %u, but not so for %d", (int)length, (const char *)text, *styles, style);
        }
    }
    mem_free(data);
    return result == 0;
}

/* Whole and with some bytes changed. Most are JSON, and half of them come back from jsonb as they are, or the rest
 * would prove little. */
static void generated_texts(void **state)
{
    static const char bytes[] = "{}[],:\"\\u0123eE+-. tfn\xFF\x01\x80\xC3\xE4\xED\xF0\xC0\xA0\n";
    static struct made m = {.random = 37};
    int good = 0;
    int kept = 0;
    unsigned styles = 0;
    (void)state;
    for (int i = 0; i < 60000; i++) {
        make(&m);
        if (assert_scanned_as_meant(m.text, m.length, &styles)) {
            good++;
            kept += styles != 0;
        }
        for (size_t k = 1 + below(&m, 2); k > 0 && m.length > 0; k--) {
            m.text[below(&m, m.length)] = (unsigned char)bytes[below(&m, sizeof bytes)];
        }
        (void)assert_scanned_as_meant(m.text, m.length, &styles);
    }
    assert_true(good > 30000);
    assert_true(kept > 15000);
}

/* Cut at every byte, and so at every place within what is read at a time. */
static void cut_texts(void **state)
{
    static struct made m = {.random = 41};
    unsigned styles = 0;
    (void)state;
    for (int i = 0; i < 300; i++) {
        make(&m);
        for (size_t length = 0; length <= m.length && length < 300; length++) {
            (void)assert_scanned_as_meant(m.text, length, &styles);
        }
    }
}

/* Sequences and escapes, whole and cut, at every place of a string. */
static void characters_at_each_place(void **state)
{
    static const char *const pieces[] = {"\xC3\xA9",
                                         "\xE4\xB8\x96",
                                         "\xF0\x9F\x98\x80",
                                         "\xED\xA0\x80",
                                         "\xC0\x80",
                                         "\xFF",
                                         "\\u00e9",
                                         "\\u00E9",
                                         "\\ud83d\\ude00",
                                         "\\ud83d",
                                         "\\\"",
                                         "\\x",
                                         "\x1F",
                                         "\x7F",
                                         "\\u0000",
                                         "\"",
                                         "\\ud83d\\ud83d",
                                         "\\ude00",
                                         "\xF4\x90\x80\x80",
                                         "\\\\"};
    unsigned styles = 0;
    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        for (size_t place = 1; place < 40; place++) {
            for (size_t used = 1; used <= strlen(pieces[i]); used++) {
                unsigned char text[100];
                memset(text, 'a', sizeof text);
                text[0] = '"';
                memcpy(text + place, pieces[i], used);
                (void)assert_scanned_as_meant(text, place + used, &styles);
                text[place + used] = '"';
                (void)assert_scanned_as_meant(text, place + used + 1, &styles);
                text[place + used] = 'a';
                text[place + used + 20] = '"';
                (void)assert_scanned_as_meant(text, place + used + 21, &styles);
            }
        }
    }
}

static void a_nul_at_each_place(void **state)
{
    static const char json[] = "{\"a key\": [12.5, true, \"a string of some length\"], \"two\": {}}";
    unsigned styles = 0;
    (void)state;
    for (size_t place = 0; place < sizeof json - 1; place++) {
        unsigned char text[sizeof json];
        memcpy(text, json, sizeof json);
        text[place] = 0;
        assert_false(assert_scanned_as_meant(text, sizeof json - 1, &styles));
    }
}

static void long_numbers(void **state)
{
    static unsigned char text[140000];
    static const size_t lengths[] = {16380, 16383, 16384, 16385, 16386, 20000, 131071, 131072, 131073, 131074};
    unsigned styles = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        memset(text, '7', sizeof text);
        (void)assert_scanned_as_meant(text, lengths[i], &styles);
        memset(text, '0', lengths[i]);
        text[1] = '.';
        (void)assert_scanned_as_meant(text, lengths[i], &styles);
        text[0] = '-';
        text[1] = '0';
        text[2] = '.';
        (void)assert_scanned_as_meant(text, lengths[i], &styles);
    }
}

static void deep_levels(void **state)
{
    static unsigned char text[8 * JSON_DEPTH];
    unsigned styles = 0;
    (void)state;
    for (size_t depth = JSON_DEPTH - 1; depth <= JSON_DEPTH + 1; depth++) {
        for (int objects = 0; objects < 2; objects++) {
            const char *open = objects ? "{\"a\":" : "[";
            size_t length = 0;
            for (size_t i = 0; i < depth; i++) {
                memcpy(text + length, open, strlen(open));
                length += strlen(open);
            }
            text[length++] = '0';
            memset(text + length, objects ? '}' : ']', depth);
            assert_int_equal(assert_scanned_as_meant(text, length + depth, &styles), depth <= JSON_DEPTH);
            (void)assert_scanned_as_meant(text, length, &styles);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_texts),
        cmocka_unit_test(cut_texts),
        cmocka_unit_test(characters_at_each_place),
        cmocka_unit_test(a_nul_at_each_place),
        cmocka_unit_test(long_numbers),
        cmocka_unit_test(deep_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
