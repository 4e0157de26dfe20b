/* codec_tsvector.c: tsvector: the server's text form, 'a':1A,3 'b'.
 *
 * On the wire it is a count, then each lexeme with a zero byte, a count of positions, and the positions with their
 * weights in the two upper bits (A = 3 ... D = 0). Exact, get(put(v)) == v: what the server prints. Words without
 * quotes, in any order and more than once, are taken as the server takes them; what the server would cut down to its
 * limits (positions beyond 16383, more than 256 of a lexeme) is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec_common.h"
#include "utf8.h"

enum { LEXEME_BYTES = 2046, TOTAL_BYTES = 0xFFFFF, LAST_POSITION = 16383, POSITIONS = 256 };

/* A place of a word in the text, once for each of its positions and once without any. */
struct place {
    size_t word; /* offset of the bytes */
    size_t length;
    unsigned position; /* 0: none */
    unsigned weight;
    const unsigned char *text; /* in which `word` is an offset */
};

/* A text that is read from the front. */
struct vector {
    const unsigned char *text;
    size_t length;
    size_t at;
    struct bytes words;
    struct bytes places; /* struct place */
};

static int fault(const struct vector *v, struct err *e, const char *why)
{
    return codec_refuse(e,
                        "a tsvector is read as PostgreSQL writes it, 'word':1A,3 'other': correct the value in the "
                        "source, or give the target column the type text and index to_tsvector of it",
                        "%s (byte %zu)", why, v->at);
}

static int next_is(const struct vector *v, unsigned char byte)
{
    return v->at < v->length && v->text[v->at] == byte;
}

static int at_space(const struct vector *v)
{
    return next_is(v, ' ') || (v->at < v->length && v->text[v->at] >= '\t' && v->text[v->at] <= '\r');
}

/* Characters beyond ASCII that the server's locale may take for white space, so that a word would end there or not. */
static int is_wide_space(uint32_t point)
{
    return point == 0x85 || point == 0xA0 || point == 0x1680 || point == 0x180E ||
           (point >= 0x2000 && point <= 0x200B) || point == 0x2028 || point == 0x2029 || point == 0x202F ||
           point == 0x205F || point == 0x3000;
}

/* One character of a word. */
static int take_character(struct vector *v, int plain, struct err *e)
{
    uint32_t point = 0;
    size_t size = utf8_character(v->text + v->at, v->length - v->at, &point);

    if (size == 0 || point == 0) {
        return fault(v, e, "the text is not valid UTF-8, or has the character U+0000");
    }
    if (plain && is_wide_space(point)) {
        return fault(v, e, "a word without quotes has white space beyond ASCII");
    }
    if (bytes_append(&v->words, v->text + v->at, size, e) != 0) {
        return -1;
    }
    v->at += size;
    return 0;
}

/* A word in quotes or without, its escapes resolved, at the end of the words. A colon may begin one. */
static int read_word(struct vector *v, struct err *e)
{
    int quoted = next_is(v, '\'');
    size_t start = v->words.length;

    v->at += (size_t)quoted;
    for (;;) {
        int escaped = next_is(v, '\\');
        if (quoted && next_is(v, '\'')) {
            v->at++;
            if (!next_is(v, '\'')) {
                return 0;
            }
        } else if (!quoted && (v->at == v->length || at_space(v) || (next_is(v, ':') && v->words.length > start))) {
            return 0;
        } else if (v->at == v->length) {
            return fault(v, e, "a quoted word does not end");
        } else if (escaped) {
            v->at++;
            if (v->at == v->length) {
                return fault(v, e, "the text ends with a backslash");
            }
        }
        if (take_character(v, !quoted && !escaped, e) != 0) {
            return -1;
        }
    }
}

/* A position and its weight, the text standing on its first digit. */
static int read_position(struct vector *v, struct place *place, struct err *e)
{
    static const char weights[] = "dcbaDCBA";
    const char *weight = NULL;

    place->position = 0;
    place->weight = 0;
    if (v->at == v->length || v->text[v->at] < '0' || v->text[v->at] > '9') {
        return fault(v, e, "a position is expected here");
    }
    while (v->at < v->length && v->text[v->at] >= '0' && v->text[v->at] <= '9') {
        place->position = place->position * 10 + (unsigned)(v->text[v->at] - '0');
        if (place->position > LAST_POSITION) {
            return fault(v, e, "positions go to 16383, and the server would make it that");
        }
        v->at++;
    }
    if (place->position == 0) {
        return fault(v, e, "positions begin with 1");
    }
    if (next_is(v, '*')) {
        place->weight = 3;
        v->at++;
    } else if (v->at < v->length && v->text[v->at] != 0 && (weight = strchr(weights, v->text[v->at])) != NULL) {
        place->weight = (unsigned)(weight - weights) % 4;
        v->at++;
    }
    return 0;
}

/* A word and its positions. */
static int read_entry(struct vector *v, struct err *e)
{
    struct place place = {.word = v->words.length};

    if (read_word(v, e) != 0) {
        return -1;
    }
    place.length = v->words.length - place.word;
    if (place.length == 0) {
        return fault(v, e, "a word has no characters");
    }
    if (place.length > LEXEME_BYTES) {
        return fault(v, e, "a word has more than 2046 bytes");
    }
    if (bytes_append(&v->places, &place, sizeof place, e) != 0) {
        return -1;
    }
    int more = next_is(v, ':');
    if (!more) {
        return 0;
    }
    while (more) {
        v->at++;
        if (read_position(v, &place, e) != 0 || bytes_append(&v->places, &place, sizeof place, e) != 0) {
            return -1;
        }
        more = next_is(v, ',');
    }
    return v->at == v->length || at_space(v) ? 0 : fault(v, e, "a comma or a space is expected after a position");
}

static int compare_words(const struct place *a, const struct place *b)
{
    int order = memcmp(a->text + a->word, b->text + b->word, a->length < b->length ? a->length : b->length);

    return order != 0 ? order : a->length < b->length ? -1 : a->length > b->length;
}

/* Words by their bytes; of one word the place without position first, of one position the highest weight. */
static int compare_places(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    int order = compare_words(a, b);

    if (order != 0 || a->position != b->position) {
        return order != 0 ? order : a->position < b->position ? -1 : 1;
    }
    return a->weight > b->weight ? -1 : a->weight < b->weight;
}

/* One lexeme of `count` places; *total counts the bytes that it takes in the server's own form. */
static int put_lexeme(const struct place *places, size_t count, size_t *total, struct bytes *out, struct err *e)
{
    size_t positions = 0;

    if (bytes_append(out, places->text + places->word, places->length, e) != 0 || bytes_append(out, "", 1, e) != 0) {
        return -1;
    }
    size_t start = out->length;
    if (bytes_put_u16(out, 0, e) != 0) {
        return -1;
    }
    for (size_t i = 1; i < count; i++) {
        if (places[i].position == places[i - 1].position) {
            continue;
        }
        positions++;
        if (bytes_put_u16(out, places[i].weight << 14 | places[i].position, e) != 0) {
            return -1;
        }
    }
    if (positions > POSITIONS) {
        return codec_refuse(e, "give the target column the type text and index to_tsvector of it",
                            "a word has %zu positions: the server keeps %d of them", positions, (int)POSITIONS);
    }
    out->data[start] = (unsigned char)(positions >> 8);
    out->data[start + 1] = (unsigned char)positions;
    *total += places->length;
    if (positions > 0) {
        *total += *total % 2 + 2 + 2 * positions;
    }
    return 0;
}

static int put_lexemes(struct vector *v, struct bytes *out, struct err *e)
{
    struct place *places = (struct place *)(void *)v->places.data;
    size_t count = v->places.length / sizeof *places;
    size_t start = out->length;
    size_t lexemes = 0;
    size_t total = 0;

    for (size_t i = 0; i < count; i++) {
        places[i].text = v->words.data;
    }
    if (count > 1) {
        qsort(places, count, sizeof *places, compare_places);
    }
    if (bytes_put_u32(out, 0, e) != 0) {
        return -1;
    }
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && compare_words(&places[i], &places[end]) == 0; end++) {
        }
        if (put_lexeme(&places[i], end - i, &total, out, e) != 0) {
            return -1;
        }
        lexemes++;
    }
    if (total > TOTAL_BYTES) {
        return codec_refuse(e, "give the target column the type text and index to_tsvector of it",
                            "the words and positions take %zu bytes, more than the %d of the type", total,
                            (int)TOTAL_BYTES);
    }
    codec_fill_u32(out, start, lexemes);
    return 0;
}

int tsvector_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                 struct err *e)
{
    struct vector v = {.text = data, .length = c->length};
    int result = 0;

    (void)hint;
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a tsvector");
    }
    while (result == 0) {
        while (at_space(&v)) {
            v.at++;
        }
        if (v.at == v.length) {
            break;
        }
        result = read_entry(&v, e);
    }
    if (result == 0) {
        result = put_lexemes(&v, out, e);
    }
    bytes_free(&v.words);
    bytes_free(&v.places);
    return result;
}

static int write_word(const unsigned char *text, size_t length, struct bytes *arena, struct err *e)
{
    if (bytes_reserve(arena, 2 * length + 2, e) != 0) {
        return -1;
    }
    unsigned char *at = arena->data + arena->length;
    *at++ = '\'';
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'' || text[i] == '\\') {
            *at++ = text[i];
        }
        *at++ = text[i];
    }
    *at++ = '\'';
    arena->length = (size_t)(at - arena->data);
    return 0;
}

/* Positions strictly rise. */
static int write_positions(const unsigned char *wire, size_t count, struct bytes *arena, struct err *e)
{
    static const char *const weights[] = {"", "C", "B", "A"};
    unsigned before = 0;
    char text[24];

    for (size_t i = 0; i < count; i++) {
        unsigned word = codec_u16(wire + 2 * i);
        if ((word & LAST_POSITION) <= before) {
            return codec_refuse_wire(e, "tsvector");
        }
        before = word & LAST_POSITION;
        int length = snprintf(text, sizeof text, "%c%u%s", i == 0 ? ':' : ',', before, weights[word >> 14]);
        if (bytes_append(arena, text, (size_t)length, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int get_lexemes(const unsigned char *wire, size_t length, struct bytes *arena, struct err *e)
{
    const unsigned char *end = wire + length;
    size_t at = 0;

    if (length < 4) {
        return codec_refuse_wire(e, "tsvector");
    }
    uint32_t count = codec_u32(wire);
    wire += 4;
    for (uint32_t i = 0; i < count; i++) {
        const unsigned char *zero = wire == end ? NULL : memchr(wire, 0, (size_t)(end - wire));
        if (zero == NULL || end - zero < 3 || utf8_check(wire, (size_t)(zero - wire), &at, NULL) != 0) {
            return codec_refuse_wire(e, "tsvector");
        }
        size_t positions = codec_u16(zero + 1);
        if (positions > POSITIONS || (size_t)(end - zero - 3) < 2 * positions) {
            return codec_refuse_wire(e, "tsvector");
        }
        if ((i > 0 && bytes_append(arena, " ", 1, e) != 0) || write_word(wire, (size_t)(zero - wire), arena, e) != 0 ||
            write_positions(zero + 3, positions, arena, e) != 0) {
            return -1;
        }
        wire = zero + 3 + 2 * positions;
    }
    return wire == end ? 0 : codec_refuse_wire(e, "tsvector");
}

int tsvector_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                 struct bytes *arena, struct err *e)
{
    size_t start = arena->length;

    (void)hint;
    if (get_lexemes(wire, length, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return codec_text_from(out, start, arena, e);
}
