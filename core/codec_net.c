/* codec_net.c: inet, cidr, macaddr and macaddr8. Addresses are taken apart here: the server's own reader also takes
 * shortened addresses ('10.1', which is 10.1.0.0/16) and numbers with leading zeros, which other programs read as octal
 * ones. */
#include <stdio.h>
#include <string.h>

#include "codec_common.h"
#include "hex.h"

/* ---- inet and cidr: family, prefix length, whether it is a cidr, count of bytes, bytes ---- */

enum { IPV4 = 2, IPV6 = 3, IPV4_BYTES = 4, IPV6_BYTES = 16, IPV6_GROUPS = 8, ADDRESS_HEADER = 4 };

/* The longest form: six groups of four digits, colons, a dotted tail and a prefix. */
enum { ADDRESS_TEXT = 64 };

struct address {
    unsigned family;
    unsigned prefix;
    size_t size; /* bytes in use */
    unsigned char bytes[IPV6_BYTES];
};

static const char address_help[] =
    "addresses are read as a.b.c.d or as IPv6 groups, with an optional /prefix: correct the value in the source, or "
    "give the target column the type text";

/* Decimal digits without a leading zero, at most `most`. Moves on behind them. */
static int parse_count(const unsigned char **at, const unsigned char *end, unsigned most, unsigned *value)
{
    const unsigned char *start = *at;
    *value = 0;
    while (*at < end && **at >= '0' && **at <= '9') {
        *value = *value * 10 + (unsigned)(**at - '0');
        if (*value > most) {
            return -1;
        }
        (*at)++;
    }
    return *at == start || (*start == '0' && *at - start > 1) ? -1 : 0;
}

/* Four counts with dots between, up to `end`. */
static int parse_dotted(const unsigned char *at, const unsigned char *end, unsigned char *bytes)
{
    for (size_t i = 0; i < IPV4_BYTES; i++) {
        unsigned value = 0;
        if ((i > 0 && (at == end || *at++ != '.')) || parse_count(&at, end, 255, &value) != 0) {
            return -1;
        }
        bytes[i] = (unsigned char)value;
    }
    return at == end ? 0 : -1;
}

/* One to four hexadecimal digits. Moves on behind them. */
static int parse_group(const unsigned char **at, const unsigned char *end, unsigned char *bytes)
{
    unsigned value = 0;
    size_t digits = 0;
    for (; *at < end && hex_value(**at) >= 0; (*at)++) {
        if (++digits > 4) {
            return -1;
        }
        value = value << 4 | (unsigned)hex_value(**at);
    }
    bytes[0] = (unsigned char)(value >> 8);
    bytes[1] = (unsigned char)value;
    return digits > 0 ? 0 : -1;
}

/* Groups up to `end`; "::" once, for one group of zeros or more; the last two groups may be a dotted IPv4 address. */
static int parse_groups(const unsigned char *at, const unsigned char *end, unsigned char bytes[IPV6_BYTES])
{
    size_t used = 0;
    size_t gap = SIZE_MAX;
    if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
        gap = 0;
        at += 2;
    }
    while (at < end) {
        const unsigned char *group = at;
        if (used == IPV6_BYTES) {
            return -1;
        }
        if (parse_group(&at, end, bytes + used) != 0) {
            return -1;
        }
        if (at < end && *at == '.') {
            if (used > IPV6_BYTES - IPV4_BYTES || parse_dotted(group, end, bytes + used) != 0) {
                return -1;
            }
            used += IPV4_BYTES;
            break;
        }
        used += 2;
        if (at == end) {
            break;
        }
        if (*at++ != ':' || at == end) {
            return -1;
        }
        if (*at == ':') {
            if (gap != SIZE_MAX) {
                return -1;
            }
            gap = used;
            at++;
        }
    }
    if (gap == SIZE_MAX) {
        return used == IPV6_BYTES ? 0 : -1;
    }
    if (used == IPV6_BYTES) {
        return -1;
    }
    memmove(bytes + IPV6_BYTES - (used - gap), bytes + gap, used - gap);
    memset(bytes + gap, 0, IPV6_BYTES - used);
    return 0;
}

static int parse_address(const unsigned char *text, size_t length, struct address *address)
{
    const unsigned char *slash = memchr(text, '/', length);
    const unsigned char *end = slash != NULL ? slash : text + length;
    memset(address, 0, sizeof *address);
    if (memchr(text, ':', (size_t)(end - text)) != NULL) {
        address->family = IPV6;
        address->size = IPV6_BYTES;
        if (parse_groups(text, end, address->bytes) != 0) {
            return -1;
        }
    } else {
        address->family = IPV4;
        address->size = IPV4_BYTES;
        if (parse_dotted(text, end, address->bytes) != 0) {
            return -1;
        }
    }
    address->prefix = (unsigned)address->size * 8;
    if (slash != NULL) {
        const unsigned char *at = slash + 1;
        if (parse_count(&at, text + length, address->prefix, &address->prefix) != 0 || at != text + length) {
            return -1;
        }
    }
    return 0;
}

/* Whether there is a bit behind the prefix. */
static int has_host_bits(const struct address *address)
{
    for (size_t bit = address->prefix; bit < address->size * 8; bit++) {
        if ((address->bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return 1;
        }
    }
    return 0;
}

static int put_address(const struct cell *c, const unsigned char *data, int is_cidr, struct bytes *out, struct err *e)
{
    struct address address;
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, is_cidr ? "a network" : "an address");
    }
    if (c->length > 0 && memchr(data, '%', c->length) != NULL) {
        return codec_refuse(e, address_help, "an address with a zone (%%) is not one that PostgreSQL can store");
    }
    if (c->length == 0 || parse_address(data, c->length, &address) != 0) {
        return codec_refuse(e, address_help, "the text is not an IP %s", is_cidr ? "network" : "address");
    }
    if (is_cidr && has_host_bits(&address)) {
        return codec_refuse(
            e, "correct the value in the source, or give the target column the type inet, which keeps both",
            "the network has bits to the right of its prefix /%u", address.prefix);
    }
    const unsigned char header[ADDRESS_HEADER] = {(unsigned char)address.family, (unsigned char)address.prefix,
                                                  (unsigned char)is_cidr, (unsigned char)address.size};
    return bytes_append(out, header, sizeof header, e) != 0 ? -1 : bytes_append(out, address.bytes, address.size, e);
}

/* The longest run of two groups of zeros or more, the first of equals: its first group and its length (0: none). */
static size_t longest_gap(const unsigned char *bytes, size_t *first)
{
    size_t best = 1;
    size_t run = 0;
    for (size_t i = 0; i < IPV6_GROUPS; i++) {
        run = codec_u16(bytes + 2 * i) == 0 ? run + 1 : 0;
        if (run > best) {
            best = run;
            *first = i + 1 - run;
        }
    }
    return best > 1 ? best : 0;
}

/* How an address is written: "upper": letters of IPv6; "whole": all groups with four digits; "prefix": always with
 * one, and "bare": without the one that covers the whole address. The first forms are the server's own. */
enum { UPPER = 1, WHOLE = 2, PREFIX = 4 };
static const char *const inet_forms[] = {
    "lower", "upper", "whole", "whole upper", "prefix lower", "prefix upper", "prefix whole", "prefix whole upper",
    NULL};
static const char *const cidr_forms[] = {
    "lower", "upper", "whole", "whole upper", "bare lower", "bare upper", "bare whole", "bare whole upper", NULL};

static size_t dotted_text(char *out, const unsigned char *bytes)
{
    return (size_t)snprintf(out, 16, "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
}

static size_t groups_text(char *out, const unsigned char *bytes, int form)
{
    const char *group = (form & WHOLE) != 0 ? (form & UPPER) != 0 ? "%04X" : "%04x" : (form & UPPER) != 0 ? "%X" : "%x";
    size_t first = IPV6_GROUPS;
    size_t gap = (form & WHOLE) != 0 ? 0 : longest_gap(bytes, &first);
    size_t used = 0;
    /* PostgreSQL shows an IPv4 address behind six groups of zeros, and behind five of zeros and one of ffff. */
    int dotted = first == 0 && (gap == 6 || (gap == 5 && codec_u16(bytes + 10) == 0xFFFF));
    for (size_t i = 0; i < IPV6_GROUPS; i++) {
        if (i >= first && i < first + gap) {
            out[used] = ':';
            used += i == first;
            continue;
        }
        if (i > 0) {
            out[used++] = ':';
        }
        if (i == 6 && dotted) {
            return used + dotted_text(out + used, bytes + 12);
        }
        used += (size_t)snprintf(out + used, 5, group, (unsigned)codec_u16(bytes + 2 * i));
    }
    if (gap > 0 && first + gap == IPV6_GROUPS) {
        out[used++] = ':';
    }
    return used;
}

static int get_address(const unsigned char *wire, size_t length, int is_cidr, int form, struct cell *out,
                       struct bytes *arena, struct err *e)
{
    struct address address = {0};
    const char *type = is_cidr ? "cidr" : "inet";
    char text[ADDRESS_TEXT];
    if (length >= ADDRESS_HEADER) {
        address.family = wire[0];
        address.prefix = wire[1];
        address.size = address.family == IPV4 ? IPV4_BYTES : IPV6_BYTES;
    }
    if ((address.family != IPV4 && address.family != IPV6) || address.prefix > address.size * 8 || wire[2] != is_cidr ||
        wire[3] != address.size || length != ADDRESS_HEADER + address.size) {
        return codec_refuse_wire(e, type);
    }
    memcpy(address.bytes, wire + ADDRESS_HEADER, address.size);
    if (is_cidr && has_host_bits(&address)) {
        return codec_refuse_wire(e, type);
    }
    size_t used = address.family == IPV4 ? dotted_text(text, address.bytes) : groups_text(text, address.bytes, form);
    /* A network has its prefix unless the form leaves it out, an address has none unless the form adds it. */
    int is_usual = (form & PREFIX) == 0;
    if (is_cidr == is_usual || address.prefix != address.size * 8) {
        used += (size_t)snprintf(text + used, sizeof text - used, "/%u", address.prefix);
    }
    return codec_store(out, CELL_TEXT, text, used, arena, e);
}

/* Of an IPv4 address only the prefix has forms. */
static uint32_t address_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    return length > 0 && wire[0] == IPV4 ? (uint32_t)(hint->form & PREFIX) : (uint32_t)hint->form;
}

/* Takes a.b.c.d or IPv6 groups (with "::", with a dotted tail), with or without /prefix. The first form is the server's
 * own: the longest run of zero groups as "::", lower case, no prefix where it covers the whole address. */
static int inet_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    (void)hint;
    return put_address(c, data, 0, out, e);
}

static int inet_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    return get_address(wire, length, 0, hint->form, out, arena, e);
}

/* As inet, without bits behind the prefix. The first form is the server's own, always with its prefix: a whole address
 * without one is a network of one address. */
static int cidr_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    (void)hint;
    return put_address(c, data, 1, out, e);
}

static int cidr_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    return get_address(wire, length, 1, hint->form, out, arena, e);
}

/* ---- macaddr and macaddr8: their bytes ---- */

enum { MAC_BYTES = 6, MAC8_BYTES = 8 };

/* A spelling: the separators it may have, and the number of bytes before each. Of 3 there is but one: a maker's three
 * bytes, then what the maker counts. In the table of forms it is one separator, with the letters that it has. */
struct spelling {
    const char *separators;
    size_t group;
    int upper;
};

static const struct spelling mac_spellings[] = {
    {":-", 1, 0}, {":-", 3, 0}, {".-", 2, 0}, {"", MAC_BYTES, 0}, {NULL, 0, 0}};
static const struct spelling mac8_spellings[] = {{":-", 1, 0}, {":-", 3, 0},        {".-", 2, 0},
                                                 {":-", 4, 0}, {"", MAC8_BYTES, 0}, {NULL, 0, 0}};

/* A form for each spelling in both cases, named after the digits between separators; the last one is the bytes. */
#define MAC_FORMS(X)               \
    X("2:2", ":", 1, 0)            \
    X("2:2 upper", ":", 1, 1)      \
    X("2-2", "-", 1, 0)            \
    X("2-2 upper", "-", 1, 1)      \
    X("6:6", ":", 3, 0)            \
    X("6:6 upper", ":", 3, 1)      \
    X("6-6", "-", 3, 0)            \
    X("6-6 upper", "-", 3, 1)      \
    X("4.4", ".", 2, 0)            \
    X("4.4 upper", ".", 2, 1)      \
    X("4-4", "-", 2, 0)            \
    X("4-4 upper", "-", 2, 1)      \
    X("digits", "", MAC8_BYTES, 0) \
    X("digits upper", "", MAC8_BYTES, 1)
#define MAC8_FORMS(X)         \
    MAC_FORMS(X)              \
    X("8:8", ":", 4, 0)       \
    X("8:8 upper", ":", 4, 1) \
    X("8-8", "-", 4, 0)       \
    X("8-8 upper", "-", 4, 1)
#define NAME(name, separator, group, upper) name,
#define FORM(name, separator, group, upper) {separator, group, upper},

static const char *const mac_forms[] = {MAC_FORMS(NAME) "blob", NULL};
static const char *const mac8_forms[] = {MAC8_FORMS(NAME) "blob", NULL};
static const struct spelling spellings_written[] = {MAC8_FORMS(FORM)};
enum {
    MAC_BLOB = sizeof mac_forms / sizeof mac_forms[0] - 2,
    MAC8_BLOB = sizeof mac8_forms / sizeof mac8_forms[0] - 2
};

static int parse_spelling(const unsigned char *text, size_t length, const struct spelling *spelling, size_t size,
                          unsigned char *bytes)
{
    size_t separators = spelling->group == 3 ? 1 : (size - 1) / spelling->group;
    unsigned char separator = 0;
    if (length != 2 * size + separators) {
        return -1;
    }
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && i % spelling->group == 0 && i / spelling->group <= separators) {
            separator = separator == 0 ? *text : separator;
            if (*text != separator || separator == 0 || strchr(spelling->separators, separator) == NULL) {
                return -1;
            }
            text++;
        }
        int high = hex_value(text[0]);
        int low = hex_value(text[1]);
        if (high < 0 || low < 0) {
            return -1;
        }
        bytes[i] = (unsigned char)(high << 4 | low);
        text += 2;
    }
    return 0;
}

static int put_mac(const struct cell *c, const unsigned char *data, const struct spelling *spellings, size_t size,
                   struct bytes *out, struct err *e)
{
    unsigned char bytes[MAC8_BYTES];
    if (c->class == CELL_BLOB && c->length == size) {
        return bytes_append(out, data, size, e);
    }
    if (c->class == CELL_BLOB) {
        return codec_refuse(e, "give the target column the type bytea, or correct the value in the source",
                            "a blob of %u bytes is not a MAC address of %zu", (unsigned)c->length, size);
    }
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a MAC address");
    }
    for (; spellings->separators != NULL; spellings++) {
        if (parse_spelling(data, c->length, spellings, size, bytes) == 0) {
            return bytes_append(out, bytes, size, e);
        }
    }
    return codec_refuse(e,
                        "two hexadecimal digits a byte, with : or - between, are a MAC address, of 6 bytes for macaddr "
                        "and 8 for macaddr8: correct the value in the source, or choose the other type",
                        "the text is not a MAC address of %zu bytes", size);
}

static int get_mac(const unsigned char *wire, size_t length, const char *type, size_t size,
                   const struct spelling *spelling, struct cell *out, struct bytes *arena, struct err *e)
{
    char text[3 * MAC8_BYTES];
    size_t used = 0;
    if (length != size) {
        return codec_refuse_wire(e, type);
    }
    if (spelling == NULL) {
        return codec_store(out, CELL_BLOB, wire, size, arena, e);
    }
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && i % spelling->group == 0 && (spelling->group != 3 || i == 3)) {
            text[used++] = spelling->separators[0];
        }
        hex_encode(text + used, wire + i, 1);
        for (size_t end = used + 2; used < end; used++) {
            if (spelling->upper && text[used] >= 'a') {
                text[used] = (char)(text[used] - 'a' + 'A');
            }
        }
    }
    return codec_store(out, CELL_TEXT, text, used, arena, e);
}

/* Takes the spellings 08:00:2b:01:02:03, 08-00-2b-01-02-03, 08002b:010203, 08002b-010203, 0800.2b01.0203,
 * 0800-2b01-0203, 08002b010203, and a blob of the bytes. */
static int macaddr_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint,
                       struct bytes *out, struct err *e)
{
    (void)hint;
    return put_mac(c, data, mac_spellings, MAC_BYTES, out, e);
}

static int macaddr_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                       struct bytes *arena, struct err *e)
{
    const struct spelling *spelling = hint->form == MAC_BLOB ? NULL : &spellings_written[hint->form];
    return get_mac(wire, length, "macaddr", MAC_BYTES, spelling, out, arena, e);
}

/* The same spellings with eight bytes (08002b:0102030405), and 08002b01:02030405. Six bytes are refused, where the
 * server would put ff:fe in their middle: that is another value. */
static int macaddr8_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint,
                        struct bytes *out, struct err *e)
{
    (void)hint;
    return put_mac(c, data, mac8_spellings, MAC8_BYTES, out, e);
}

static int macaddr8_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                        struct bytes *arena, struct err *e)
{
    const struct spelling *spelling = hint->form == MAC8_BLOB ? NULL : &spellings_written[hint->form];
    return get_mac(wire, length, "macaddr8", MAC8_BYTES, spelling, out, arena, e);
}

const struct codec codecs_net[] = {
    {.type = "inet", .oid = 869, .put = inet_put, .get = inet_get, .forms = inet_forms, .form_key = address_key},
    {.type = "cidr", .oid = 650, .put = cidr_put, .get = cidr_get, .forms = cidr_forms, .form_key = address_key},
    {.type = "macaddr", .oid = 829, .put = macaddr_put, .get = macaddr_get, .forms = mac_forms},
    {.type = "macaddr8", .oid = 774, .put = macaddr8_put, .get = macaddr8_get, .forms = mac8_forms},
    {.type = NULL},
};
