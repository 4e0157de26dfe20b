/* border_json_encode.c: w.json.encode: values of Lua as one JSON text without spaces, keys in the order of their bytes.
 * Tables are read raw: no code of the script runs meanwhile. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../codec_document.h"
#include "../json_number.h"
#include "../unicode.h"
#include "border_cell.h"
#include "border_json.h"

static const char TOOL[] = "w.json.encode";

enum { LEVEL_SLOTS = 10 }; /* of Lua's stack, for a level and for what is pushed inside of it for a moment */

/* A table that is being written, and which of its members. */
struct frame {
    const void *table;
    const char *key; /* NULL: an array's element */
    size_t length;
    lua_Integer index;
};

struct encoder {
    lua_State *L;
    struct bytes *out; /* of the tool */
    size_t depth;
    struct frame frames[JSON_DEPTH]; /* set as far as it is used */
};

static void write_value(struct encoder *w);

/* ---- errors ---- */

/* Where the value stands that is being written: " of .tags[2]". */
static void place_of(const struct encoder *w, char *place, size_t size)
{
    size_t used = 0;

    place[0] = '\0';
    for (size_t i = 0; i < w->depth && used + 1 < size; i++) {
        const struct frame *frame = &w->frames[i];
        int length;
        if (frame->key != NULL) {
            char key[64];
            err_escape(key, sizeof key, (const unsigned char *)frame->key, frame->length);
            length = snprintf(place + used, size - used, ".%s", key);
        } else if (frame->index > 0) {
            length = snprintf(place + used, size - used, "[%lld]", (long long)frame->index);
        } else {
            break; /* the table itself, none of its members */
        }
        used += (size_t)length;
    }
}

static void refuse(struct encoder *w, const char *hint, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

static void refuse(struct encoder *w, const char *hint, const char *format, ...)
{
    char what[256];
    char place[256];
    va_list arguments;
    struct err e;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    place_of(w, place, sizeof place);
    err_set(&e, ERR_VALUE, "%s%s%s", place, place[0] != '\0' ? ": " : "", what);
    if (hint != NULL) {
        err_hint(&e, "%s", hint);
    }
    border_tool_raise(w->L, TOOL, &e, NULL, 0);
}

static void write_bytes(struct encoder *w, const void *bytes, size_t length)
{
    struct err e;

    if (bytes_append(w->out, bytes, length, &e) != 0) {
        border_raise(w->L, &e);
    }
}

/* ---- what has no members ---- */

static void write_text(struct encoder *w, const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    struct err e;

    if (unicode_check(bytes, length, NULL, &e) != 0) {
        refuse(w, "w.hex.encode or w.base64.encode makes a text of bytes", "%s", e.message);
    }
    if (document_quote(w->out, bytes, length, &e) != 0) {
        border_raise(w->L, &e);
    }
}

static void write_number(struct encoder *w)
{
    char text[JSON_REAL_TEXT];
    char digits[24];

    if (lua_isinteger(w->L, -1)) {
        write_bytes(w, digits, codec_integer_text(digits, lua_tointeger(w->L, -1)));
        return;
    }
    double value = lua_tonumber(w->L, -1);
    if (!isfinite(value)) {
        refuse(w, NULL, "JSON has no number for %s", isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
    }
    write_bytes(w, text, json_real_write(text, value));
}

/* A number of w.json.number, whose text a script may have changed since. */
static void write_large_number(struct encoder *w)
{
    const char *why = NULL;
    size_t length = 0;
    size_t at = 0;

    lua_pushliteral(w->L, "text");
    lua_rawget(w->L, -2);
    const char *text = lua_type(w->L, -1) == LUA_TSTRING ? lua_tolstring(w->L, -1, &length) : "";
    int is_begun = text[0] == '-' || (text[0] >= '0' && text[0] <= '9');
    if (!is_begun || json_check((const unsigned char *)text, length, 0, &at, &why) != 0) {
        refuse(w, NULL, "the text of a w.json.number is not a number as JSON writes one");
    }
    write_bytes(w, text, length);
    lua_pop(w->L, 1);
}

/* ---- tables ---- */

static struct frame *open_table(struct encoder *w)
{
    const void *table = lua_topointer(w->L, -1);

    for (size_t i = 0; i < w->depth; i++) {
        if (w->frames[i].table == table) {
            refuse(w, NULL, "the table stands inside of itself");
        }
    }
    if (w->depth == JSON_DEPTH) {
        refuse(w, NULL, "the nesting is deeper than %d levels", JSON_DEPTH);
    }
    luaL_checkstack(w->L, LEVEL_SLOTS, "a value is nested too deeply");
    struct frame *frame = &w->frames[w->depth++];
    *frame = (struct frame){.table = table};
    return frame;
}

/* What the keys of a table are. */
struct keys {
    lua_Integer count;
    lua_Integer places; /* how many of them are integers from 1 on */
    lua_Integer last;   /* the largest of these */
    lua_Integer texts;
};

static struct keys count_keys(lua_State *L)
{
    struct keys keys = {0, 0, 0, 0};

    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        lua_pop(L, 1);
        keys.count++;
        if (lua_type(L, -1) == LUA_TSTRING) {
            keys.texts++;
        } else if (lua_isinteger(L, -1) && lua_tointeger(L, -1) > 0) {
            keys.places++;
            keys.last = lua_tointeger(L, -1) > keys.last ? lua_tointeger(L, -1) : keys.last;
        }
    }
    return keys;
}

static void write_array(struct encoder *w, lua_Integer count)
{
    struct frame *frame = &w->frames[w->depth - 1];

    write_bytes(w, "[", 1);
    for (lua_Integer i = 1; i <= count; i++) {
        frame->index = i;
        if (i > 1) {
            write_bytes(w, ",", 1);
        }
        lua_rawgeti(w->L, -1, i);
        write_value(w);
        lua_pop(w->L, 1);
    }
    write_bytes(w, "]", 1);
}

struct key {
    const char *text; /* of a string that the table holds */
    size_t length;
};

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left;
    const struct key *b = right;
    int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);

    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static void write_object(struct encoder *w, lua_Integer count)
{
    struct frame *frame = &w->frames[w->depth - 1];
    struct key *keys = lua_newuserdatauv(w->L, (size_t)count * sizeof *keys, 0);
    size_t used = 0;

    lua_pushnil(w->L);
    while (lua_next(w->L, -3) != 0) {
        lua_pop(w->L, 1);
        keys[used].text = lua_tolstring(w->L, -1, &keys[used].length);
        used++;
    }
    qsort(keys, used, sizeof *keys, compare_keys);
    write_bytes(w, "{", 1);
    for (size_t i = 0; i < used; i++) {
        frame->key = keys[i].text;
        frame->length = keys[i].length;
        if (i > 0) {
            write_bytes(w, ",", 1);
        }
        write_text(w, keys[i].text, keys[i].length);
        write_bytes(w, ":", 1);
        lua_pushlstring(w->L, keys[i].text, keys[i].length);
        lua_rawget(w->L, -3);
        write_value(w);
        lua_pop(w->L, 1);
    }
    write_bytes(w, "}", 1);
    lua_pop(w->L, 1);
}

static void write_table(struct encoder *w)
{
    if (border_json_is(w->L, -1, border_json_number)) {
        write_large_number(w);
        return;
    }
    int is_array = border_json_is(w->L, -1, border_json_array);
    (void)open_table(w);
    struct keys keys = count_keys(w->L);
    if (keys.places == keys.count && (is_array || keys.count > 0)) {
        if (keys.last != keys.count) {
            refuse(w, "w.json.null stands for an element that is null",
                   "a list of %lld elements, of which one is number %lld, has holes", (long long)keys.count,
                   (long long)keys.last);
        }
        write_array(w, keys.count);
    } else if (is_array) {
        refuse(w, NULL, "an array has other keys than the integers from 1 on");
    } else if (keys.texts == keys.count) {
        write_object(w, keys.count);
    } else {
        refuse(w, "an object's keys are strings, an array's the integers from 1 on",
               "the table's keys are neither an object's nor an array's");
    }
    w->depth--;
}

/* The value on top of the stack. */
static void write_value(struct encoder *w)
{
    size_t length = 0;
    const char *text;

    switch (lua_type(w->L, -1)) {
    case LUA_TBOOLEAN:
        text = lua_toboolean(w->L, -1) ? "true" : "false";
        write_bytes(w, text, strlen(text));
        break;
    case LUA_TNUMBER:
        write_number(w);
        break;
    case LUA_TSTRING:
        text = lua_tolstring(w->L, -1, &length);
        write_text(w, text, length);
        break;
    case LUA_TTABLE:
        write_table(w);
        break;
    default:
        if (lua_isuserdata(w->L, -1) && border_json_is(w->L, -1, border_json_null)) {
            write_bytes(w, "null", 4);
        } else if (border_blob(w->L, lua_gettop(w->L), &length) != NULL) {
            refuse(w, "w.hex.encode or w.base64.encode makes a text of bytes", "JSON has no form for a blob");
        } else {
            refuse(w, NULL, "JSON has no form for a %s", luaL_typename(w->L, -1));
        }
    }
}

int border_json_encode(lua_State *L)
{
    struct encoder w; /* not all of it is set: see frames */

    w.L = L;
    w.depth = 0;
    luaL_checkany(L, 1);
    if (lua_isnil(L, 1)) {
        return border_tool_nil(L);
    }
    lua_settop(L, 1);
    w.out = border_tool_buffer(L);
    write_value(&w);
    return border_tool_result(L);
}
