/* test_codec_bits.c: bit, varbit, money, pg_lsn, xml, "char". */
#include "codec_probe.h"

static void bits(void **state)
{
    static const char *const types[] = {"bit", "varbit"};
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        assert_wire(types[t], 3, text("101"), "00000003a0");
        assert_wire(types[t], 8, text("00000001"), "0000000801");
        assert_wire(types[t], 9, text("111111111"), "00000009ff80");
        assert_wire(types[t], -1, text(""), "00000000");
        assert_same(types[t], text(""));
        assert_same(types[t], text("0"));
        assert_same(types[t], text("0000000100000000000"));
        assert_refused(types[t], 3, text("102"), "the text is not made of 0 and 1: see its byte 2");
        assert_refused(types[t], 4, text("b101"), "see its byte 0");
        assert_refused(types[t], 3, text("1 1"), "see its byte 1");
        assert_refused(types[t], 3, bytes_probe(CELL_TEXT, "10\0", 3), "see its byte 2");
        assert_refused(types[t], 3, integer(101), "an integer is not a text of bits");
        assert_refused(types[t], 1, real(1), "a real is not a text of bits");
        assert_refused(types[t], 8, blob("\xFF", 1), "a blob is not a text of bits");
        assert_wire_refused(types[t], "\0\0\0", 3);
        assert_wire_refused(types[t], "\0\0\0\1", 4);
        assert_wire_refused(types[t], "\0\0\0\1\x80\0", 6);
        assert_wire_refused(types[t], "\0\0\0\1\xC0", 5);
        assert_wire_refused(types[t], "\xFF\xFF\xFF\xFF\x80", 5);
    }
}

static void lengths_of_bits_are_never_mended(void **state)
{
    (void)state;
    assert_refused("bit", 3, text("10"), "2 bits are not the 3 of the type");
    assert_refused("bit", 3, text("1010"), "4 bits are not the 3 of the type");
    assert_refused("bit", 1, text(""), "0 bits are not the 1 of the type");
    assert_back("varbit", 3, text("10"), "text 10");
    assert_back("varbit", 3, text("101"), "text 101");
    assert_refused("varbit", 3, text("1010"), "4 bits are more than the 3 of the type");
    assert_back("bit", 1, integer(0), "text 0");
    assert_back("bit", 1, integer(1), "text 1");
    assert_refused("bit", 1, integer(2), "an integer is not a text of bits");
    assert_refused("bit", 2, integer(1), "an integer is not a text of bits");
    assert_refused("varbit", 1, integer(1), "an integer is not a text of bits");
}

static void money(void **state)
{
    static const char *const same[] = {
        "12.34", "-0.01", "0.00", "0.10", "92233720368547758.07", "-92233720368547758.08"};
    static const char *const bad[] = {"",      ".",   "-",        "$12.34",   "12.34 EUR", "1,234.56",
                                      "1e3",   "1e0", "12E0",     "(12.34)",  " 1",        "0x10",
                                      "1_000", "NaN", "Infinity", "12.34.56", "--1",       "12.3e-1"};
    (void)state;
    assert_wire("money", -1, text("12.34"), "00000000000004d2");
    assert_wire("money", -1, text("-0.01"), "ffffffffffffffff");
    assert_wire("money", -1, text("12"), "00000000000004b0");
    assert_wire("money", -1, text("+.5"), "0000000000000032");
    assert_wire("money", -1, text("5."), "00000000000001f4");
    assert_wire("money", -1, text("-0"), "0000000000000000");
    assert_wire("money", -1, text("00000000000000000000001.2300"), "000000000000007b");
    assert_wire("money", -1, text("-92233720368547758.08"), "8000000000000000");
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_same("money", text(same[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused("money", -1, text(bad[i]), "the text is not a plain decimal number");
    }
    assert_refused("money", -1, text("12.345"), "more than 2 digits behind the point");
    assert_refused("money", -1, text("0.001"), "more than 2 digits behind the point");
    assert_refused("money", -1, text("92233720368547758.08"), "beyond what money holds");
    assert_refused("money", -1, text("-92233720368547758.09"), "beyond what money holds");
    assert_refused("money", -1, text("100000000000000000"), "beyond what money holds");
    assert_refused("money", -1, text("99999999999999999999999999"), "beyond what money holds");
    assert_refused("money", -1, integer(12), "a number has no unit by itself");
    assert_refused("money", -1, real(12.34), "a number has no unit by itself");
    assert_refused("money", -1, blob("12", 2), "a blob is not an amount of money");
    assert_wire_refused("money", "1234567", 7);
}

static void log_sequence_numbers(void **state)
{
    static const char *const bad[] = {"",       "/",      "1",           "1/",          "/1",
                                      "g/1",    "1/1/1",  "123456789/0", "0/123456789", "-1/0",
                                      " 16/B3", "16/B3 ", "16/ B",       "0xF/0"};
    (void)state;
    assert_wire("pg_lsn", -1, text("16/B374D848"), "00000016b374d848");
    assert_wire("pg_lsn", -1, text("00000016/0b3"), "00000016000000b3");
    assert_back("pg_lsn", -1, text("016/0b3"), "text 16/B3");
    assert_same("pg_lsn", text("0/0"));
    assert_same("pg_lsn", text("FFFFFFFF/FFFFFFFF"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused("pg_lsn", -1, text(bad[i]), "not a log sequence number");
    }
    assert_refused("pg_lsn", -1, integer(5), "an integer is not a log sequence number");
    assert_wire_refused("pg_lsn", "123456789", 9);
}

static void xml_is_its_text(void **state)
{
    static const char *const same[] = {"",
                                       "<a/>",
                                       "\xC3\xA9 text",
                                       "<not well-formed",
                                       "<?xml version=\"1.0\"?><a/>",
                                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>",
                                       "<?xml version='1.0' encoding = 'utf-8' standalone='yes'?><a/>",
                                       "<?xml version='1.0'?><a encoding=\"latin1\"/>",
                                       "<?xml-stylesheet encoding='latin1'?><a/>"};
    static const char *const other[] = {
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<?xml\nversion='1.0'\tencoding\n=\n'latin1'?><a/>", "<?xml version='1.0' encoding='UTF-8\"?>",
        "<?xml version='1.0' encoding='UTF8'?><a/>"};
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_same("xml", text(same[i]));
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        assert_refused("xml", -1, text(other[i]), "its XML declaration names another encoding");
    }
    assert_refused("xml", -1, text("<a>\xFF</a>"), "not valid UTF-8 at byte 3");
    assert_refused("xml", -1, bytes_probe(CELL_TEXT, "a\0", 2), "not valid UTF-8 at byte 1");
    assert_refused("xml", -1, blob("<a/>", 4), "a blob is not an XML text");
    assert_refused("xml", -1, integer(1), "an integer is not an XML text");
    assert_wire_refused("xml", "\xFF", 1);
}

static void single_bytes(void **state)
{
    (void)state;
    assert_wire("char", -1, text("r"), "72");
    assert_wire("char", -1, text(""), "00");
    assert_same("char", text(""));
    assert_same("char", text("\x7F"));
    assert_refused("char", -1, text("ab"), "not one ASCII character");
    assert_refused("char", -1, text("\xC3\xA9"), "not one ASCII character");
    assert_refused("char", -1, bytes_probe(CELL_TEXT, "\0", 1), "not one ASCII character");
    assert_refused("char", -1, integer(1), "an integer is not a character");
    assert_wire_refused("char", "", 0);
    assert_wire_refused("char", "ab", 2);
    assert_wire_refused("char", "\xC3", 1);
}

static void what_goes_in_comes_back(void **state)
{
    uint64_t random = 7;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char value[80];
        size_t length = (size_t)(next_random(&random) % 70);
        for (size_t k = 0; k < length; k++) {
            value[k] = (char)('0' + (next_random(&random) >> 40 & 1));
        }
        value[length] = '\0';
        assert_same("varbit", text(value));
        assert_same("bit", text(value));
        int64_t cents = (int64_t)(next_random(&random) >> next_random(&random) % 63);
        uint64_t size = cents < 0 ? UINT64_C(0) - (uint64_t)cents : (uint64_t)cents;
        (void)snprintf(value, sizeof value, "%s%llu.%02llu", cents < 0 ? "-" : "", (unsigned long long)(size / 100),
                       (unsigned long long)(size % 100));
        assert_same("money", text(value));
        (void)snprintf(value, sizeof value, "%X/%X", (unsigned)next_random(&random), (unsigned)next_random(&random));
        assert_same("pg_lsn", text(value));
    }
}

/* A boolean in all but name. */
static void single_bits_may_be_integers(void **state)
{
    const struct codec *codec = codec_named("bit");
    struct codec_hint hint = {.typmod = 1, .form = codec_form_find(codec, "integer")};
    struct cell c = {0};
    (void)state;
    assert_true(codec->has_form(&hint));
    for (int value = 0; value < 2; value++) {
        unsigned char wire[] = {0, 0, 0, 1, (unsigned char)(value << 7)};
        assert_int_equal(codec->get(wire, sizeof wire, &hint, &c, NULL, NULL), 0);
        assert_int_equal(c.class, CELL_INTEGER);
        assert_int_equal(c.as.integer, value);
    }
    hint.typmod = 3;
    assert_false(codec->has_form(&hint));
    assert_form("bit", "text", 0, text("101"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits),
        cmocka_unit_test(lengths_of_bits_are_never_mended),
        cmocka_unit_test(money),
        cmocka_unit_test(log_sequence_numbers),
        cmocka_unit_test(xml_is_its_text),
        cmocka_unit_test(single_bytes),
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(single_bits_may_be_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
