/* samples.h: what the bench of codecs measures: types, and values as applications store them. */
#ifndef WHERRY_BENCH_SAMPLES_H
#define WHERRY_BENCH_SAMPLES_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

struct sample {
    struct cell cell;
    unsigned char *data; /* owned */
};

static uint64_t random_state = 88172645463325252U;

static unsigned number(unsigned below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % below;
}

static void set_bytes(struct sample *s, enum cell_class class, const void *data, size_t length)
{
    s->cell.class = (uint8_t) class;
    s->cell.length = (uint32_t)length;
    s->data = malloc(length + 1);
    if (s->data == NULL) {
        abort();
    }
    memcpy(s->data, data, length);
}

/* printf into a text. */
static void set_text(struct sample *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void set_text(struct sample *s, const char *format, ...)
{
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    set_bytes(s, CELL_TEXT, text, (size_t)length);
}

static void set_words(struct sample *s, size_t length)
{
    static const char *const words[] = {"the ", "moment ", "of ", "every ", "record ", "is ", "kept ", "h\xC3\xA9re "};
    char text[300] = "";
    const char *word = words[0];
    while (strlen(text) + strlen(word) <= length) {
        strcat(text, word);
        word = words[number(8)];
    }
    memset(text + strlen(text), '.', length - strlen(text));
    set_bytes(s, CELL_TEXT, text, length);
}

static void a_boolean(struct sample *s)
{
    s->cell = (struct cell){.as.integer = number(2), .class = CELL_INTEGER};
}
static void an_integer(struct sample *s)
{
    s->cell = (struct cell){.as.integer = number(2000000000), .class = CELL_INTEGER};
}
static void a_small_integer(struct sample *s)
{
    s->cell = (struct cell){.as.integer = number(30000), .class = CELL_INTEGER};
}
static void a_real(struct sample *s)
{
    s->cell = (struct cell){.as.real = number(1000000) / 997.0, .class = CELL_REAL};
}
static void a_half(struct sample *s)
{
    s->cell = (struct cell){.as.real = number(100000) / 8.0, .class = CELL_REAL};
}
static void a_price(struct sample *s)
{
    set_text(s, "%u.%02u", number(100000), number(100));
}
static void a_long_number(struct sample *s)
{
    set_text(s, "%u%09u%09u.%06u", number(1000), number(999999999), number(999999999), number(999999));
}
static void text_20(struct sample *s)
{
    set_words(s, 20);
}
static void text_200(struct sample *s)
{
    set_words(s, 200);
}
static void a_day(struct sample *s)
{
    set_text(s, "20%02u-%02u-%02u", number(30), 1 + number(12), 1 + number(28));
}
static void a_clock(struct sample *s)
{
    set_text(s, "%02u:%02u:%02u.%06u", number(24), number(60), number(60), number(1000000));
}

static void a_blob(struct sample *s)
{
    unsigned char data[200];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)number(256);
    }
    set_bytes(s, CELL_BLOB, data, sizeof data);
}

static void moment_text(struct sample *s, const char *offset)
{
    set_text(s, "20%02u-%02u-%02u%c%02u:%02u:%02u.%06u%s", number(30), 1 + number(12), 1 + number(28),
             offset[0] == '\0' ? ' ' : 'T', number(24), number(60), number(60), number(1000000), offset);
}

static void a_moment(struct sample *s)
{
    moment_text(s, "");
}
static void a_zoned_moment(struct sample *s)
{
    moment_text(s, "+02:00");
}

static void milliseconds(struct sample *s)
{
    s->cell = (struct cell){.as.integer = INT64_C(1700000000000) + number(2000000000), .class = CELL_INTEGER};
}

static void an_interval(struct sample *s)
{
    set_text(s, "%u days %02u:%02u:%02u.%03u", number(400), number(24), number(60), number(60), number(1000));
}

static void a_uuid(struct sample *s)
{
    set_text(s, "%08x-%04x-4%03x-a%03x-%06x%06x", number(2000000000), number(65536), number(4096), number(4096),
             number(16777216), number(16777216));
}

static void uuid_bytes(struct sample *s)
{
    unsigned char data[16];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)number(256);
    }
    set_bytes(s, CELL_BLOB, data, sizeof data);
}

static void an_object(struct sample *s)
{
    set_text(s,
             "{\"id\": %u, \"name\": \"debate number %u\", \"score\": %u.%03u, \"tags\": [\"a\", \"long\", \"list\"], "
             "\"active\": true, \"parent\": null, \"settings\": {\"theme\": \"dark\", \"rounds\": [1, 2, %u], "
             "\"note\": \"caf\\u00e9 \\\"quoted\\\" text\"}, \"created_at\": \"2024-02-29T12:34:56Z\", "
             "\"url\": \"https://example.org/debates/%u?page=2\"}",
             number(100000), number(1000), number(10), number(1000), number(9), number(100000));
}

static void an_address(struct sample *s)
{
    set_text(s, "10.%u.%u.%u/24", number(256), number(256), number(256));
}
static void an_address_6(struct sample *s)
{
    set_text(s, "2001:db8:%x::%x:%x", number(65536), number(65536), 1 + number(65535));
}
static void a_mac(struct sample *s)
{
    set_text(s, "08:00:2b:%02x:%02x:%02x", number(256), number(256), number(256));
}
static void bits(struct sample *s)
{
    set_text(s, "%s1011001%s", number(2) ? "10" : "01", number(2) ? "110" : "001");
}
static void money(struct sample *s)
{
    set_text(s, "%u.%02u", number(100000), number(100));
}
static void a_point(struct sample *s)
{
    set_text(s, "(%u.25,%u.5)", number(1000), number(1000));
}
static void a_label(struct sample *s)
{
    set_text(s, "%s", number(2) ? "happy" : "sad");
}
static void a_range(struct sample *s)
{
    unsigned low = number(1000000);
    set_text(s, "[%u,%u)", low, low + 1 + number(100));
}
static void pairs(struct sample *s)
{
    set_text(s, "{\"colour\":\"c%u\",\"size\":\"%u\",\"note\":null}", number(100), number(50));
}
static void words(struct sample *s)
{
    set_text(s, "'debat':%u 'record':%u 'vote':%u,%u", 1 + number(9), 11 + number(9), 21 + number(9), 31 + number(9));
}
static void markup(struct sample *s)
{
    set_text(s, "<record id=\"%u\"><name>debate %u</name></record>", number(100000), number(1000));
}

static void integers(struct sample *s)
{
    set_text(s, "[%u,%u,%u,%u,%u,%u,%u,null]", number(1000), number(1000), number(1000), number(1000), number(1000),
             number(1000), number(1000));
}

static void labels(struct sample *s)
{
    set_text(s, "[\"tag %u\",\"another\",\"a third one\"]", number(1000));
}
static void a_row(struct sample *s)
{
    set_text(s, "{\"id\":%u,\"name\":\"debate %u\"}", number(100000), number(1000));
}

static void components(struct sample *s)
{
    char text[1500];
    size_t used = 0;
    for (int i = 0; i < 64; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s-0.%06u", i == 0 ? "[" : ",", number(1000000));
    }
    set_text(s, "%s]", text);
}

static const char *const enum_labels[] = {"sad", "ok", "happy"};
static struct codec_field row_fields[2];
static struct codec_shape enum_shape = {.labels = enum_labels, .label_count = 3};
static struct codec_shape integers_shape = {.element_oid = 23, .element_hint = {.typmod = -1}};
static struct codec_shape texts_shape = {.element_oid = 25, .element_hint = {.typmod = -1}};
static struct codec_shape range_shape = {.element_oid = 23, .element_hint = {.typmod = -1}};
static struct codec_shape row_shape = {.fields = row_fields, .field_count = 2};

static const struct bench {
    const char *what; /* as printed */
    const char *type; /* the codec's, or a kind */
    const char *sql;  /* the column's type on the server; NULL: a plain server has none */
    void (*make)(struct sample *s);
    const char *stored;
    struct codec_shape *shape;
} benches[] = {
    {"bool", "bool", "bool", a_boolean, NULL, NULL},
    {"int2", "int2", "int2", a_small_integer, NULL, NULL},
    {"int4", "int4", "int4", an_integer, NULL, NULL},
    {"int8", "int8", "int8", an_integer, NULL, NULL},
    {"float4", "float4", "float4", a_half, NULL, NULL},
    {"float8", "float8", "float8", a_real, NULL, NULL},
    {"numeric of a price", "numeric", "numeric", a_price, NULL, NULL},
    {"numeric of a real", "numeric", "numeric", a_half, NULL, NULL},
    {"numeric of 27 digits", "numeric", "numeric", a_long_number, NULL, NULL},
    {"text of 20 bytes", "text", "text", text_20, NULL, NULL},
    {"text of 200 bytes", "text", "text", text_200, NULL, NULL},
    {"bytea of 200 bytes", "bytea", "bytea", a_blob, NULL, NULL},
    {"uuid of text", "uuid", "uuid", a_uuid, NULL, NULL},
    {"uuid of 16 bytes", "uuid", "uuid", uuid_bytes, "uuid_net", NULL},
    {"date", "date", "date", a_day, NULL, NULL},
    {"time", "time", "time", a_clock, NULL, NULL},
    {"timestamp", "timestamp", "timestamp", a_moment, NULL, NULL},
    {"timestamptz of ISO text", "timestamptz", "timestamptz", a_zoned_moment, NULL, NULL},
    {"timestamptz of unix_ms", "timestamptz", "timestamptz", milliseconds, "unix_ms", NULL},
    {"interval", "interval", "interval", an_interval, NULL, NULL},
    {"json of 300 bytes", "json", "json", an_object, NULL, NULL},
    {"jsonb of 300 bytes", "jsonb", "jsonb", an_object, NULL, NULL},
    {"xml", "xml", "xml", markup, NULL, NULL},
    {"hstore", "hstore", "hstore", pairs, NULL, NULL},
    {"tsvector", "tsvector", "tsvector", words, NULL, NULL},
    {"inet", "inet", "inet", an_address, NULL, NULL},
    {"inet, version 6", "inet", "inet", an_address_6, NULL, NULL},
    {"macaddr", "macaddr", "macaddr", a_mac, NULL, NULL},
    {"varbit", "varbit", "varbit", bits, NULL, NULL},
    {"money", "money", "money", money, NULL, NULL},
    {"point", "point", "point", a_point, NULL, NULL},
    {"enum", "enum", "mood", a_label, NULL, &enum_shape},
    {"int4[] of 8", "array", "int4[]", integers, NULL, &integers_shape},
    {"text[] of 3", "array", "text[]", labels, NULL, &texts_shape},
    {"composite of 2", "composite", "pair", a_row, NULL, &row_shape},
    {"int4range", "range", "int4range", a_range, NULL, &range_shape},
    {"vector of 64", "vector", NULL, components, NULL, NULL},
};

#endif
