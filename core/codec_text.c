/* codec_text.c: text, varchar, bpchar, name, citext, bytea and uuid: bytes that travel as they are, after a check. */
#include <string.h>

#include "codec_stored.h"
#include "hex.h"

/* The bytes of a cell as text. Numbers are written into `room`. */
static int text_of_cell(const struct cell *c, const unsigned char *data, char room[40], const unsigned char **text,
                        size_t *length, struct err *e)
{
    switch ((enum cell_class)c->class) {
    case CELL_TEXT:
        *text = data;
        *length = c->length;
        return 0;
    case CELL_INTEGER:
        *text = (const unsigned char *)room;
        *length = codec_integer_text(room, c->as.integer);
        return 0;
    case CELL_REAL:
        *text = (const unsigned char *)room;
        *length = real_to_text(room, 40, c->as.real);
        return 0;
    default:
        return codec_refuse_class(e, c, "a text");
    }
}

static int refuse_bytes(const unsigned char *text, size_t at, struct err *e)
{
    static const char help[] =
        "correct the value in the source, or give the target column the type bytea, which takes any bytes";
    if (text[at] == 0) {
        return codec_refuse(e, help, "the text has the character U+0000 at byte %zu, which PostgreSQL cannot store",
                            at);
    }
    return codec_refuse(e, help, "the text is not valid UTF-8 at byte %zu (0x%02X)", at, (unsigned)text[at]);
}

/* Text of at most `most` characters; *count (may be NULL) gets how many they are. */
static int put_characters(const struct cell *c, const unsigned char *data, size_t most, struct bytes *out,
                          size_t *count, struct err *e)
{
    char room[40];
    const unsigned char *text = NULL;
    size_t length = 0;
    size_t at = 0;
    size_t characters = 0;
    if (text_of_cell(c, data, room, &text, &length, e) != 0) {
        return -1;
    }
    if (utf8_check(text, length, &at, &characters) != 0) {
        return refuse_bytes(text, at, e);
    }
    if (characters > most) {
        return codec_refuse(e, "give the target column the type text or a longer limit; values are never cut",
                            "%zu characters are more than the %zu of the type", characters, most);
    }
    if (count != NULL) {
        *count = characters;
    }
    return bytes_append(out, text, length, e);
}

static int text_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    size_t at = 0;
    (void)hint;
    if (c->class != CELL_TEXT) {
        return put_characters(c, data, SIZE_MAX, out, NULL, e);
    }
    return utf8_check(data, c->length, &at, NULL) == 0 ? bytes_append(out, data, c->length, e)
                                                       : refuse_bytes(data, at, e);
}

static int varchar_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint,
                       struct bytes *out, struct err *e)
{
    return put_characters(c, data, hint->typmod >= 4 ? (size_t)hint->typmod - 4 : SIZE_MAX, out, NULL, e);
}

/* char(n). Filled up with spaces, as the server keeps and sends it. */
static int bpchar_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      struct err *e)
{
    size_t limit = hint->typmod >= 4 ? (size_t)hint->typmod - 4 : 0;
    size_t characters = 0;
    if (put_characters(c, data, limit > 0 ? limit : SIZE_MAX, out, &characters, e) != 0) {
        return -1;
    }
    if (characters < limit) {
        if (bytes_reserve(out, limit - characters, e) != 0) {
            return -1;
        }
        memset(out->data + out->length, ' ', limit - characters);
        out->length += limit - characters;
    }
    return 0;
}

static int name_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    enum { LONGEST = 63 };
    size_t start = out->length;
    (void)hint;
    if (put_characters(c, data, SIZE_MAX, out, NULL, e) != 0) {
        return -1;
    }
    size_t length = out->length - start;
    if (length > LONGEST) {
        out->length = start;
        return codec_refuse(e, "give the target column the type text", "%zu bytes are more than the %d of the type",
                            length, (int)LONGEST);
    }
    return 0;
}

/* "number": what looks as SQLite's own text of a number comes back as that number, as it stood in a column of numeric
 * affinity, and everything else as text. */
enum { TEXT_TEXT, TEXT_NUMBER };
static const char *const text_forms[] = {[TEXT_TEXT] = "text", [TEXT_NUMBER] = "number", NULL};

static int text_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    size_t at = 0;
    if (hint->form == TEXT_NUMBER && codec_number_cell(wire, length, out)) {
        return 0;
    }
    if (utf8_check(wire, length, &at, NULL) != 0) {
        return codec_refuse_wire(e, "text");
    }
    return codec_store(out, CELL_TEXT, wire, length, arena, e);
}

/* Texts are the same in both forms. */
static uint32_t text_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    struct cell number;
    return hint->form == TEXT_NUMBER && codec_number_cell(wire, length, &number);
}

/* A text that does not look like a number is the same in both forms. */
static int text_comes_back(const struct cell *c, const unsigned char *data, const unsigned char *wire,
                           const struct codec_hint *hint, const unsigned char *forms, size_t count)
{
    struct cell number;
    (void)wire;
    (void)hint;
    return count == 1 && forms[0] == TEXT_NUMBER && c->class == CELL_TEXT &&
           !codec_number_cell(data, c->length, &number);
}

static const char *const bpchar_forms[] = {"padded", "trimmed", NULL};

static int bpchar_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    static const struct codec_hint plain = {.typmod = -1};
    while (hint->form > 0 && length > 0 && wire[length - 1] == ' ') {
        length--;
    }
    return text_get(wire, length, &plain, out, arena, e);
}

static int bytea_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                     struct err *e)
{
    char room[40];
    const unsigned char *text = NULL;
    size_t length = 0;
    if (c->class == CELL_BLOB || c->class == CELL_TEXT) {
        return bytes_append(out, data, c->length, e);
    }
    if (!hint->any_class) {
        return codec_refuse_class(e, c, "a run of bytes");
    }
    return text_of_cell(c, data, room, &text, &length, e) != 0 ? -1 : bytes_append(out, text, length, e);
}

/* "utf8": what is valid text is text, as in a column of texts and binary blobs. */
enum { BYTEA_BLOB, BYTEA_TEXT, BYTEA_NUMBER, BYTEA_UTF8 };
static const char *const bytea_forms[] = {
    [BYTEA_BLOB] = "blob", [BYTEA_TEXT] = "text", [BYTEA_NUMBER] = "number", [BYTEA_UTF8] = "utf8", NULL};

static int is_bytea_text(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    size_t at = 0;
    return hint->form == BYTEA_TEXT || (hint->form == BYTEA_UTF8 && utf8_check(wire, length, &at, NULL) == 0);
}

static int bytea_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                     struct bytes *arena, struct err *e)
{
    if (hint->form == BYTEA_NUMBER && codec_number_cell(wire, length, out)) {
        return 0;
    }
    return codec_store(out, is_bytea_text(wire, length, hint) ? CELL_TEXT : CELL_BLOB, wire, length, arena, e);
}

static int has_bytea_form(const struct codec_hint *hint)
{
    return hint->form != BYTEA_NUMBER || hint->any_class;
}

static uint32_t bytea_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    struct cell number;
    if (is_bytea_text(wire, length, hint)) {
        return BYTEA_TEXT;
    }
    return hint->form == BYTEA_NUMBER && codec_number_cell(wire, length, &number) ? BYTEA_NUMBER : BYTEA_BLOB;
}

enum { UUID_BYTES = 16, UUID_TEXT = 36 };

/* Where .NET's Guid.ToByteArray() has the bytes: the first three groups are little-endian integers. */
static const unsigned char net_place[UUID_BYTES] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

/* A hyphen stands before these bytes in the usual form. */
static int is_group_start(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static int parse_uuid(const unsigned char *text, size_t length, unsigned char uuid[UUID_BYTES])
{
    if (length >= 2 && text[0] == '{' && text[length - 1] == '}') {
        text++;
        length -= 2;
    }
    if (length != UUID_TEXT && length != 2 * (size_t)UUID_BYTES) {
        return -1;
    }
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (length == UUID_TEXT && is_group_start(i) && *text++ != '-') {
            return -1;
        }
        int high = hex_value(text[0]);
        int low = hex_value(text[1]);
        if (high < 0 || low < 0) {
            return -1;
        }
        uuid[i] = (unsigned char)(high << 4 | low);
        text += 2;
    }
    return 0;
}

static int uuid_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    unsigned char uuid[UUID_BYTES];
    if (hint->stored == STORED_UUID_NET && c->class != CELL_BLOB) {
        return stored_refuse(hint->stored, c->class == CELL_TEXT ? "a text" : "a number", e);
    }
    if (c->class == CELL_BLOB) {
        if (c->length != UUID_BYTES) {
            return codec_refuse(e, "give the target column the type bytea, or correct the value in the source",
                                "a blob of %u bytes is not a UUID, which has 16", (unsigned)c->length);
        }
        for (size_t i = 0; i < UUID_BYTES; i++) {
            uuid[i] = data[hint->stored == STORED_UUID_NET ? net_place[i] : i];
        }
        return bytes_append(out, uuid, UUID_BYTES, e);
    }
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a UUID");
    }
    if (parse_uuid(data, c->length, uuid) != 0) {
        return codec_refuse(
            e,
            "32 hexadecimal digits, in groups of 8-4-4-4-12 or without hyphens, are a UUID: correct the "
            "value in the source, or give the target column a text type",
            "the text is not a UUID");
    }
    return bytes_append(out, uuid, UUID_BYTES, e);
}

enum { UUID_BLOB = 6 };
static const char *const uuid_forms[] = {"lower",        "upper",        "32 lower",           "32 upper",
                                         "braces lower", "braces upper", [UUID_BLOB] = "blob", NULL};

static int has_uuid_form(const struct codec_hint *hint)
{
    return hint->stored != STORED_UUID_NET || hint->form == UUID_BLOB;
}

static int uuid_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    static const char digits[2][16] = {
        {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'},
        {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'}};
    const char *digit = digits[hint->form % 2];
    int braces = hint->form == 4 || hint->form == 5;
    int hyphens = hint->form != 2 && hint->form != 3;
    char text[UUID_TEXT + 2];
    size_t used = 0;
    if (length != UUID_BYTES) {
        return codec_refuse_wire(e, "uuid");
    }
    if (hint->stored == STORED_UUID_NET) {
        unsigned char bytes[UUID_BYTES];
        for (size_t i = 0; i < UUID_BYTES; i++) {
            bytes[net_place[i]] = wire[i];
        }
        return codec_store(out, CELL_BLOB, bytes, UUID_BYTES, arena, e);
    }
    if (hint->form == UUID_BLOB) {
        return codec_store(out, CELL_BLOB, wire, UUID_BYTES, arena, e);
    }
    if (braces) {
        text[used++] = '{';
    }
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (hyphens && is_group_start(i)) {
            text[used++] = '-';
        }
        text[used++] = digit[wire[i] >> 4];
        text[used++] = digit[wire[i] & 15];
    }
    if (braces) {
        text[used++] = '}';
    }
    return codec_store(out, CELL_TEXT, text, used, arena, e);
}

const struct codec codecs_text[] = {
    {.type = "text",
     .oid = 25,
     .put = text_put,
     .get = text_get,
     .forms = text_forms,
     .form_key = text_key,
     .comes_back = text_comes_back,
     .identity = CELL_TEXT},
    {.type = "varchar",
     .oid = 1043,
     .put = varchar_put,
     .get = text_get,
     .forms = text_forms,
     .form_key = text_key,
     .comes_back = text_comes_back,
     .identity = CELL_TEXT},
    {.type = "bpchar", .oid = 1042, .put = bpchar_put, .get = bpchar_get, .forms = bpchar_forms},
    {.type = "name", .oid = 19, .put = name_put, .get = text_get, .identity = CELL_TEXT},
    {.type = "citext",
     .put = text_put,
     .get = text_get,
     .forms = text_forms,
     .form_key = text_key,
     .comes_back = text_comes_back,
     .identity = CELL_TEXT},
    {.type = "bytea",
     .oid = 17,
     .put = bytea_put,
     .get = bytea_get,
     .forms = bytea_forms,
     .has_form = has_bytea_form,
     .form_key = bytea_key,
     .identity = CELL_BLOB},
    {.type = "uuid", .oid = 2950, .put = uuid_put, .get = uuid_get, .forms = uuid_forms, .has_form = has_uuid_form},
    {.type = NULL},
};
