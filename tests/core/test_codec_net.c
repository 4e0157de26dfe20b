/* test_codec_net.c: inet, cidr, macaddr, macaddr8. */
#include "codec_probe.h"

static void addresses(void **state)
{
    (void)state;
    assert_wire("inet", -1, text("192.168.0.1"), "02200004c0a80001");
    assert_wire("inet", -1, text("192.168.0.1/32"), "02200004c0a80001");
    assert_wire("inet", -1, text("192.168.0.1/24"), "02180004c0a80001");
    assert_wire("inet", -1, text("0.0.0.0/0"), "0200000400000000");
    assert_wire("inet", -1, text("::"), "0380001000000000000000000000000000000000");
    assert_wire("inet", -1, text("::1/0"), "0300001000000000000000000000000000000001");
    assert_wire("inet", -1, text("1::"), "0380001000010000000000000000000000000000");
    assert_wire("inet", -1, text("1:2:3:4:5:6:7:8"), "0380001000010002000300040005000600070008");
    assert_wire("inet", -1, text("1:2:3:4:5:6:7::"), "0380001000010002000300040005000600070000");
    assert_wire("inet", -1, text("::2:3:4:5:6:7:8"), "0380001000000002000300040005000600070008");
    assert_wire("inet", -1, text("1:2::7:8/64"), "0340001000010002000000000000000000070008");
    assert_wire("inet", -1, text("::FFFF:1.2.3.4"), "0380001000000000000000000000ffff01020304");
    assert_wire("inet", -1, text("1:2:3:4:5:6:1.2.3.4"), "0380001000010002000300040005000601020304");
    assert_wire("cidr", -1, text("10.0.0.0/8"), "020801040a000000");
    assert_wire("cidr", -1, text("10.0.0.1"), "022001040a000001");
    assert_wire("cidr", -1, text("ff00::/9"), "03090110ff000000000000000000000000000000");
}

static void addresses_come_back_as_the_server_shows_them(void **state)
{
    static const char *const same[] = {"192.168.0.1",
                                       "192.168.0.1/24",
                                       "::",
                                       "::1",
                                       "1::",
                                       "::1/0",
                                       "1:2:3:4:5:6:7:8",
                                       "1:2:3:4:5:6:7:0",
                                       "0:2:3:4:5:6:7:8",
                                       "1::4:0:0:7:8",
                                       "1:0:0:4::8",
                                       "::ffff:1.2.3.4",
                                       "::1.2.3.4",
                                       "::2",
                                       "::abcd",
                                       "::ffff:1.2.3.4/96"};
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_same("inet", text(same[i]));
    }
    assert_back("inet", -1, text("0:0:0:0:0:FFFF:0102:0304"), "text ::ffff:1.2.3.4");
    assert_back("inet", -1, text("::FFFF:0:1.2.3.4"), "text ::ffff:0:102:304");
    assert_back("inet", -1, text("::1:2"), "text ::0.1.0.2");
    assert_back("inet", -1, text("1:0:0:4:0:0:7:8"), "text 1::4:0:0:7:8");
    assert_back("inet", -1, text("10.1.2.3/32"), "text 10.1.2.3");
    assert_back("inet", -1, text("00A0::/128"), "text a0::");
    assert_back("cidr", -1, text("10.1.2.3"), "text 10.1.2.3/32");
    assert_back("cidr", -1, text("::1"), "text ::1/128");
    assert_same("cidr", text("0.0.0.0/0"));
    assert_same("cidr", text("::/0"));
    assert_same("cidr", text("128.0.0.0/1"));
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      " 1.2.3.4",
                                      "1.2.3.4 ",
                                      "1.2.3",
                                      "10/8",
                                      "10.1/16",
                                      "1.2.3.4.5",
                                      "1.2.3.",
                                      ".1.2.3",
                                      "1..2.3",
                                      "1.2.3.256",
                                      "1.2.3.04",
                                      "1.2.3.00",
                                      "0x1.2.3.4",
                                      "-1.2.3.4",
                                      "1.2.3.4/",
                                      "1.2.3.4/33",
                                      "1.2.3.4/08",
                                      "1.2.3.4/-1",
                                      "1.2.3.4/8/8",
                                      "1.2.3.4/255.0.0.0",
                                      "1.2.3.4:80",
                                      "localhost",
                                      "/8",
                                      ":",
                                      ":1",
                                      "1:",
                                      ":::",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8",
                                      "1:2:3:4::5:6:7:8",
                                      "1::2::3",
                                      "1:2:3:4:5:6:7:",
                                      "12345::",
                                      "g::",
                                      "::1/129",
                                      "[::1]",
                                      "::1.2.3",
                                      "::1.2.3.4:5",
                                      "::1.2.3.400",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "1:2:3:4:5:6::1.2.3.4",
                                      "::99999999999999999999",
                                      "99999999999999999999.1.1.1"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused("inet", -1, text(bad[i]), "the text is not an IP address");
        assert_refused("cidr", -1, text(bad[i]), "the text is not an IP network");
    }
    assert_refused("inet", -1, bytes_probe(CELL_TEXT, "1.2.3.4\0", 8), "not an IP address");
    assert_refused("inet", -1, text("fe80::1%eth0"), "an address with a zone (%)");
    assert_refused("inet", -1, integer(1), "an integer is not an address");
    assert_refused("inet", -1, blob("\1\2\3\4", 4), "a blob is not an address");
    assert_refused("cidr", -1, real(1.5), "a real is not a network");
    assert_refused("cidr", -1, text("10.0.0.1/8"), "bits to the right of its prefix /8");
    assert_refused("cidr", -1, text("255.255.255.255/31"), "bits to the right of its prefix /31");
    assert_refused("cidr", -1, text("ffff::/15"), "bits to the right of its prefix /15");
    assert_refused("cidr", -1, text("::1/0"), "bits to the right of its prefix /0");
}

static void mac_addresses(void **state)
{
    static const char *const six[] = {"08:00:2B:01:02:aF", "08-00-2b-01-02-af", "08002b:0102af", "08002b-0102af",
                                      "0800.2b01.02af",    "0800-2b01-02af",    "08002b0102af"};
    static const char *const eight[] = {"08:00:2b:01:02:03:04:05", "08-00-2b-01-02-03-04-05", "08002b:0102030405",
                                        "08002b-0102030405",       "0800.2b01.0203.0405",     "0800-2b01-0203-0405",
                                        "08002b01:02030405",       "08002b01-02030405",       "08002b0102030405"};
    static const char *const bad[] = {"",
                                      "8:0:2b:1:2:3",
                                      "08:00:2b:01:02",
                                      "08:00:2b:01:02:03:",
                                      ":08:00:2b:01:02:0",
                                      "08:00-2b:01:02:03",
                                      "08:00:2b:01:02-03",
                                      "08.00.2b.01.02.03",
                                      "0800:2b01:0203",
                                      "08002b.010203",
                                      "08002b01:0203",
                                      "08:00:2b:01:02:0g",
                                      " 08:00:2b:01:02:03",
                                      "08:00:2b:01:02:03 ",
                                      "08 00 2b 01 02 03",
                                      "08:002b:010203"};
    (void)state;
    for (size_t i = 0; i < sizeof six / sizeof six[0]; i++) {
        assert_wire("macaddr", -1, text(six[i]), "08002b0102af");
        assert_refused("macaddr8", -1, text(six[i]), "not a MAC address of 8 bytes");
    }
    for (size_t i = 0; i < sizeof eight / sizeof eight[0]; i++) {
        assert_wire("macaddr8", -1, text(eight[i]), "08002b0102030405");
        assert_refused("macaddr", -1, text(eight[i]), "not a MAC address of 6 bytes");
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused("macaddr", -1, text(bad[i]), "not a MAC address of 6 bytes");
        assert_refused("macaddr8", -1, text(bad[i]), "not a MAC address of 8 bytes");
    }
    assert_same("macaddr", text("08:00:2b:01:02:ff"));
    assert_same("macaddr8", text("08:00:2b:01:02:ff:fe:03"));
    assert_back("macaddr", -1, text("0800.2B01.02AF"), "text 08:00:2b:01:02:af");
    assert_wire("macaddr", -1, blob("\0\1\2\3\4\5", 6), "000102030405");
    assert_refused("macaddr", -1, blob("12345678", 8), "a blob of 8 bytes is not a MAC address of 6");
    assert_refused("macaddr8", -1, integer(5), "an integer is not a MAC address");
}

static void malformed_wire_is_refused(void **state)
{
    static const unsigned char v4[] = {2, 32, 0, 4, 1, 2, 3, 4, 5};
    static const unsigned char family[] = {1, 32, 0, 4, 1, 2, 3, 4};
    static const unsigned char prefix[] = {2, 33, 0, 4, 1, 2, 3, 4};
    static const unsigned char size[] = {2, 32, 0, 16, 1, 2, 3, 4};
    static const unsigned char host[] = {2, 8, 1, 4, 1, 2, 3, 4};
    static const unsigned char short_v6[] = {3, 32, 0, 16, 1, 2, 3, 4};
    (void)state;
    assert_cell("inet", v4, 8, "text 1.2.3.4");
    assert_wire_refused("cidr", v4, 8);
    for (size_t length = 0; length <= sizeof v4; length++) {
        if (length != 8) {
            assert_wire_refused("inet", v4, length);
        }
    }
    assert_wire_refused("inet", family, sizeof family);
    assert_wire_refused("inet", prefix, sizeof prefix);
    assert_wire_refused("inet", size, sizeof size);
    assert_wire_refused("inet", host, sizeof host);
    assert_wire_refused("cidr", host, sizeof host);
    assert_wire_refused("inet", short_v6, sizeof short_v6);
    assert_wire_refused("macaddr", v4, 5);
    assert_wire_refused("macaddr", v4, 8);
    assert_wire_refused("macaddr8", v4, 6);
}

/* Whatever the bytes, the text that get makes of them is one that put takes for them. */
static void what_comes_back_goes_in(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        unsigned char wire[20] = {0};
        struct bytes arena = {0};
        struct bytes out = {0};
        struct cell c = {0};
        struct err e = {0};
        struct codec_hint hint = {.typmod = -1};
        size_t size = next_random(&random) % 2 ? 16 : 4;
        uint64_t zeros = next_random(&random);
        wire[0] = size == 4 ? 2 : 3;
        wire[1] = (unsigned char)(next_random(&random) % (size * 8 + 1));
        wire[3] = (unsigned char)size;
        for (size_t k = 0; k < size; k++) {
            wire[4 + k] = zeros >> (k / 2) & 1 ? 0 : (unsigned char)next_random(&random);
        }
        assert_int_equal(codec_named("inet")->get(wire, size + 4, &hint, &c, &arena, &e), 0);
        assert_int_equal(codec_named("inet")->put(&c, arena.data + c.as.offset, &hint, &out, &e), 0);
        assert_int_equal(out.length, size + 4);
        assert_memory_equal(out.data, wire, out.length);
        bytes_free(&arena);
        bytes_free(&out);
    }
}

static void addresses_in_their_forms(void **state)
{
    static const char *const rows[][3] = {
        {"inet", "lower", "2001:db8::ff"},
        {"inet", "upper", "2001:DB8::FF"},
        {"inet", "whole", "2001:0db8:0000:0000:0000:0000:0000:00ff"},
        {"inet", "whole upper", "2001:0DB8:0000:0000:0000:0000:0000:00FF/64"},
        {"inet", "prefix lower", "2001:db8::ff/128"},
        {"inet", "prefix upper", "::FF/64"},
        {"inet", "lower", "10.0.0.1"},
        {"inet", "lower", "10.0.0.1/8"},
        {"inet", "prefix lower", "10.0.0.1/32"},
        {"cidr", "lower", "2001:db8::ff/128"},
        {"cidr", "upper", "2001:DB8::/32"},
        {"cidr", "bare lower", "2001:db8::ff"},
        {"cidr", "bare whole upper", "2001:0DB8:0000:0000:0000:0000:0000:00FF"},
        {"cidr", "bare lower", "10.0.0.0/8"},
        {"cidr", "bare lower", "10.0.0.1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_form(rows[i][0], rows[i][1], 0, text(rows[i][2]));
    }
}

static void mac_addresses_in_their_forms(void **state)
{
    static const char *const rows[][3] = {
        {"macaddr", "2:2", "08:00:2b:01:02:03"},
        {"macaddr", "2:2 upper", "08:00:2B:01:02:03"},
        {"macaddr", "2-2 upper", "08-00-2B-01-02-03"},
        {"macaddr", "6:6", "08002b:010203"},
        {"macaddr", "6-6", "08002b-010203"},
        {"macaddr", "4.4", "0800.2b01.0203"},
        {"macaddr", "4-4 upper", "0800-2B01-0203"},
        {"macaddr", "digits", "08002b010203"},
        {"macaddr", "digits upper", "08002B010203"},
        {"macaddr8", "2-2", "08-00-2b-01-02-03-04-05"},
        {"macaddr8", "6:6", "08002b:0102030405"},
        {"macaddr8", "4.4", "0800.2b01.0203.0405"},
        {"macaddr8", "8:8 upper", "08002B01:02030405"},
        {"macaddr8", "8-8", "08002b01-02030405"},
        {"macaddr8", "digits", "08002b0102030405"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_form(rows[i][0], rows[i][1], 0, text(rows[i][2]));
    }
    assert_form("macaddr", "blob", 0, blob("\x08\0\x2b\1\2\3", 6));
    assert_form("macaddr8", "blob", 0, blob("\x08\0\x2b\1\2\3\4\5", 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(addresses_come_back_as_the_server_shows_them),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(mac_addresses),
        cmocka_unit_test(malformed_wire_is_refused),
        cmocka_unit_test(what_comes_back_goes_in),
        cmocka_unit_test(addresses_in_their_forms),
        cmocka_unit_test(mac_addresses_in_their_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
