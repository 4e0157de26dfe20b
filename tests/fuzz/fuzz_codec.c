/* fuzz_codec.c: every codec with any text, number, blob and wire. What must hold whatever comes in:
 *   put takes a cell, or refuses it with a message and a hint;
 *   what put takes, get gives back in form 0, and put makes the same wire of that again;
 *   get of any wire gives a cell for which this holds, too, or refuses it;
 *   what put makes has a canonical form, which is its own, and which get takes; any other wire has one, or is refused.
 *
 * Input: one byte for the class ('t' text, 'i' integer, 'r' real, 'b' blob, 'w' wire), one for the form in which get
 * writes besides form 0, then the bytes of the value. The column is WHERRY_FUZZ_TARGET (its name below; "list" prints
 * all names), or where that is not set the first byte of the input chooses it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canonical.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size);

struct column {
    const char *name;
    const char *type;
    int32_t typmod;
    const char *stored;
    int32_t zone_seconds;
    const char *element; /* type is a kind: the type that it is made of; a composite is made of the types `fields` */
};

#define NUMERIC_TYPMOD(precision, scale) (((precision) << 16 | (scale)) + 4)
#define STORED(type, word)                     \
    {                                          \
        type ":" word, type, -1, word, 0, NULL \
    }
#define STORED_MOMENTS(type)                                                                               \
    STORED(type, "iso"), STORED(type, "unix"), STORED(type, "unix_ms"), STORED(type, "unix_us"),           \
        STORED(type, "unix_ns"), STORED(type, "julian"), STORED(type, "ticks"), STORED(type, "core_data"), \
        STORED(type, "webkit"), STORED(type, "go")
#define PLAIN(type)                   \
    {                                 \
        type, type, -1, NULL, 0, NULL \
    }
#define KIND(kind, element)                          \
    {                                                \
        kind ":" element, kind, -1, NULL, 0, element \
    }

static const struct column columns[] = {
    PLAIN("bool"),
    PLAIN("int2"),
    PLAIN("int4"),
    PLAIN("int8"),
    PLAIN("oid"),
    PLAIN("float4"),
    PLAIN("float8"),
    PLAIN("numeric"),
    {"numeric:10,2", "numeric", NUMERIC_TYPMOD(10, 2), NULL, 0, NULL},
    PLAIN("text"),
    {"varchar:5", "varchar", 9, NULL, 0, NULL},
    {"bpchar:5", "bpchar", 9, NULL, 0, NULL},
    PLAIN("name"),
    PLAIN("citext"),
    PLAIN("bytea"),
    PLAIN("uuid"),
    STORED("uuid", "uuid_net"),
    PLAIN("date"),
    STORED_MOMENTS("date"),
    PLAIN("time"),
    PLAIN("timetz"),
    PLAIN("timestamp"),
    STORED_MOMENTS("timestamp"),
    {"timestamp:3", "timestamp", 3, NULL, 0, NULL},
    PLAIN("timestamptz"),
    STORED_MOMENTS("timestamptz"),
    {"timestamptz:+05:30", "timestamptz", -1, NULL, 19800, NULL},
    PLAIN("interval"),
    PLAIN("json"),
    PLAIN("jsonb"),
    PLAIN("xml"),
    PLAIN("hstore"),
    PLAIN("tsvector"),
    PLAIN("inet"),
    PLAIN("cidr"),
    PLAIN("macaddr"),
    PLAIN("macaddr8"),
    {"bit:5", "bit", 5, NULL, 0, NULL},
    PLAIN("varbit"),
    PLAIN("money"),
    PLAIN("pg_lsn"),
    PLAIN("char"),
    PLAIN("point"),
    PLAIN("lseg"),
    PLAIN("path"),
    PLAIN("box"),
    PLAIN("polygon"),
    PLAIN("line"),
    PLAIN("circle"),
    PLAIN("vector"),
    {"vector:3", "vector", 3, NULL, 0, NULL},
    {"enum", "enum", -1, NULL, 0, NULL},
    {"composite", "composite", -1, NULL, 0, NULL},
    KIND("array", "int4"),
    KIND("array", "text"),
    KIND("array", "numeric"),
    KIND("array", "bytea"),
    KIND("array", "timestamptz"),
    KIND("array", "jsonb"),
    KIND("range", "int4"),
    KIND("range", "numeric"),
    KIND("range", "date"),
    KIND("range", "timestamptz"),
    KIND("multirange", "int8"),
    KIND("multirange", "timestamptz"),
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

static const char *const labels[] = {"sad", "ok", "happy", "it's \"odd\"", ""};

/* What the types above are made of. */
static struct {
    const struct codec *codec;
    struct codec_hint hint;
    struct codec_shape shape;
    struct codec_shape inner; /* of a multirange's ranges, and of the composite's array */
} made[COLUMNS];
static struct codec_field fields[4];
static int chosen = -1;

static void give_up(const char *what, const char *name)
{
    (void)fprintf(stderr, "%s: %s\n", what, name);
    abort();
}

static const struct codec *codec_named(const char *type)
{
    const struct codec *codec = codec_find(0, type);
    if (codec == NULL) {
        codec = codec_of_kind(type);
    }
    if (codec == NULL) {
        give_up("no codec", type);
    }
    return codec;
}

static struct codec_shape shape_over(const struct codec *codec, const struct codec_shape *inner)
{
    struct codec_hint hint = {.typmod = -1, .shape = inner};
    return (struct codec_shape){.element_oid = codec->oid, .element = codec, .element_hint = hint};
}

static void make(size_t i)
{
    const struct column *column = &columns[i];
    struct codec_hint hint = {.typmod = column->typmod, .zone_seconds = column->zone_seconds};
    made[i].codec = codec_named(column->type);
    if (column->stored != NULL && codec_stored_find(column->stored, &hint.stored) != 0) {
        give_up("no such stored form", column->stored);
    }
    if (strcmp(column->type, "enum") == 0) {
        made[i].shape = (struct codec_shape){.labels = labels, .label_count = sizeof labels / sizeof labels[0]};
    } else if (strcmp(column->type, "composite") == 0) {
        made[i].inner = shape_over(codec_named("int8"), NULL);
        fields[0] = (struct codec_field){"id", 23, codec_named("int4"), {.typmod = -1}};
        fields[1] = (struct codec_field){"na\"me", 25, codec_named("text"), {.typmod = -1}};
        fields[2] = (struct codec_field){"n", 1016, codec_named("array"), {.typmod = -1, .shape = &made[i].inner}};
        fields[3] = (struct codec_field){"more", 3802, codec_named("jsonb"), {.typmod = -1}};
        made[i].shape = (struct codec_shape){.fields = fields, .field_count = 4};
    } else if (strcmp(column->type, "multirange") == 0) {
        made[i].inner = shape_over(codec_named(column->element), NULL);
        made[i].shape = shape_over(codec_named("range"), &made[i].inner);
    } else if (column->element != NULL) {
        made[i].shape = shape_over(codec_named(column->element), NULL);
    }
    /* As the server has it of ranges of whole numbers. */
    made[i].shape.is_discrete = column->element != NULL && strcmp(column->element, "int4") == 0;
    made[i].inner.is_discrete = column->element != NULL && strcmp(column->element, "int8") == 0;
    hint.shape = &made[i].shape;
    made[i].hint = hint;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *wanted = getenv("WHERRY_FUZZ_TARGET");
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < COLUMNS; i++) {
        make(i);
        if (wanted != NULL && strcmp(wanted, "list") == 0) {
            (void)puts(columns[i].name);
        } else if (wanted != NULL && strcmp(wanted, columns[i].name) == 0) {
            chosen = (int)i;
        }
    }
    if (wanted != NULL && strcmp(wanted, "list") == 0) {
        exit(0);
    }
    if (wanted != NULL && chosen < 0) {
        give_up("no such column", wanted);
    }
    return 0;
}

/* What is wrong with a refusal of a value; NULL when nothing is. */
static void check_refusal(const struct err *e, const char *name)
{
    if (e->kind != ERR_VALUE) {
        give_up("a refusal of another kind", name);
    }
    if (e->message[0] == '\0' || e->hint[0] == '\0') {
        give_up("a refusal without a message or a hint", name);
    }
}

static const unsigned char *bytes_of(const struct cell *c, const struct bytes *arena)
{
    return c->class == CELL_TEXT || c->class == CELL_BLOB ? arena->data + c->as.offset : NULL;
}

/* 1 when put took the cell. */
static int try_put(size_t i, const struct cell *c, const unsigned char *data, struct bytes *wire)
{
    struct err e = {0};
    if (made[i].codec->put(c, data, &made[i].hint, wire, &e) != 0) {
        check_refusal(&e, columns[i].name);
        return 0;
    }
    /* The codecs give at least one byte's room, so that an empty wire has an address. */
    return bytes_reserve(wire, 1, NULL) == 0;
}

/* 1 when get took the wire. */
static int try_get(size_t i, int form, const struct bytes *wire, struct cell *c, struct bytes *arena)
{
    struct codec_hint hint = made[i].hint;
    struct err e = {0};
    size_t at = 0;
    hint.form = form;
    /* A copy of its very size, so that a read beyond its end is seen. */
    unsigned char *copy = malloc(wire->length == 0 ? 1 : wire->length);
    if (copy == NULL) {
        give_up("out of memory", columns[i].name);
    }
    memcpy(copy, wire->data, wire->length);
    int result = made[i].codec->get(copy, wire->length, &hint, c, arena, &e);
    free(copy);
    if (result != 0) {
        if (e.kind != ERR_VALUE || e.message[0] == '\0') {
            give_up("wire refused in another way", columns[i].name);
        }
        return 0;
    }
    /* bytea has a form for columns of texts that are none. */
    if (form == 0 && c->class == CELL_TEXT && utf8_check(bytes_of(c, arena), c->length, &at, NULL) != 0) {
        give_up("get gave a text that is none", columns[i].name);
    }
    return 1;
}

/* 1 when the wire has a canonical form, which is appended to `out`. */
static int try_canonical(size_t i, const struct bytes *wire, struct bytes *out)
{
    struct err e = {0};
    /* A copy of its very size, so that a read beyond its end is seen. */
    unsigned char *copy = malloc(wire->length == 0 ? 1 : wire->length);
    if (copy == NULL) {
        give_up("out of memory", columns[i].name);
    }
    memcpy(copy, wire->data, wire->length);
    int result = canonical_put(made[i].codec, &made[i].hint, copy, wire->length, out, &e);
    free(copy);
    if (result != 0 && (e.kind != ERR_VALUE || e.message[0] == '\0')) {
        give_up("no canonical form, for another reason", columns[i].name);
    }
    return result == 0 && bytes_reserve(out, 1, NULL) == 0;
}

/* Of wire that put has made. */
static void canonical(size_t i, const struct bytes *wire)
{
    struct bytes once = {0};
    struct bytes twice = {0};
    struct bytes arena = {0};
    struct cell c = {0};
    if (!try_canonical(i, wire, &once) || !try_canonical(i, &once, &twice)) {
        give_up("what put makes has no canonical form", columns[i].name);
    }
    if (once.length != twice.length || memcmp(once.data, twice.data, once.length) != 0) {
        give_up("a canonical form has another one", columns[i].name);
    }
    if (!canonical_is_needed(made[i].codec, &made[i].hint) &&
        (once.length != wire->length || memcmp(once.data, wire->data, once.length) != 0)) {
        give_up("a canonical form that need not be asked for is another one", columns[i].name);
    }
    if (!try_get(i, 0, &once, &c, &arena)) {
        give_up("get refuses a canonical form", columns[i].name);
    }
    bytes_free(&once);
    bytes_free(&twice);
    bytes_free(&arena);
}

static int form_of(size_t i, unsigned char byte)
{
    struct codec_hint hint = made[i].hint;
    int count = 0;
    while (made[i].codec->forms != NULL && made[i].codec->forms[count] != NULL) {
        count++;
    }
    hint.form = count == 0 ? 0 : byte % count;
    return made[i].codec->has_form == NULL || made[i].codec->has_form(&hint) ? hint.form : 0;
}

static void value(size_t i, const struct cell *c, const unsigned char *data, int form)
{
    struct bytes wire = {0};
    struct bytes again = {0};
    struct bytes arena = {0};
    struct bytes other = {0};
    struct cell back = {0};
    struct cell shown = {0};
    if (try_put(i, c, data, &wire)) {
        if (!try_get(i, 0, &wire, &back, &arena)) {
            give_up("get refuses what put made", columns[i].name);
        }
        if (!try_put(i, &back, bytes_of(&back, &arena), &again)) {
            give_up("put refuses what get made", columns[i].name);
        }
        if (again.length != wire.length || memcmp(again.data, wire.data, wire.length) != 0) {
            give_up("another wire comes back", columns[i].name);
        }
        canonical(i, &wire);
        if (form != 0 && try_get(i, form, &wire, &shown, &other)) {
            again.length = 0;
            (void)try_put(i, &shown, bytes_of(&shown, &other), &again);
        }
    }
    bytes_free(&wire);
    bytes_free(&again);
    bytes_free(&arena);
    bytes_free(&other);
}

static void wire(size_t i, const unsigned char *data, size_t length, int form)
{
    struct bytes sent = {0};
    struct bytes arena = {0};
    struct cell c = {0};
    if (bytes_reserve(&sent, 1, NULL) != 0 || bytes_append(&sent, data, length, NULL) != 0) {
        give_up("out of memory", columns[i].name);
    }
    if (try_get(i, 0, &sent, &c, &arena)) {
        value(i, &c, bytes_of(&c, &arena), form);
    }
    arena.length = 0;
    (void)try_canonical(i, &sent, &arena);
    arena.length = 0;
    if (form != 0) {
        (void)try_get(i, form, &sent, &c, &arena);
    }
    bytes_free(&sent);
    bytes_free(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
    size_t i = chosen >= 0 ? (size_t)chosen : 0;
    struct cell c = {0};
    if (chosen < 0 && size > 0) {
        i = input[0] % COLUMNS;
        input++;
        size--;
    }
    if (size < 2) {
        return 0;
    }
    int form = form_of(i, input[1]);
    const unsigned char *data = input + 2;
    size_t length = size - 2;
    switch (input[0]) {
    case 'w':
        wire(i, data, length, form);
        return 0;
    case 'i':
    case 'r':
        if (length < sizeof c.as) {
            return 0;
        }
        memcpy(&c.as, data, sizeof c.as);
        c.class = input[0] == 'i' ? CELL_INTEGER : CELL_REAL;
        /* SQLite has no NaN. */
        if (c.class == CELL_INTEGER || c.as.real == c.as.real) {
            value(i, &c, NULL, form);
        }
        return 0;
    default:
        c.class = input[0] == 'b' ? CELL_BLOB : CELL_TEXT;
        c.length = (uint32_t)length;
        value(i, &c, data, form);
        return 0;
    }
}
