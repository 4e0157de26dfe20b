/* border_json_decode.c: w.json.decode: a text that json_check has found good, as values of Lua. */
#include <string.h>

#include "../codec_document.h"
#include "../json_number.h"
#include "border_json.h"

static const char TOOL[] = "w.json.decode";

enum { LEVEL_SLOTS = 8 }; /* of Lua's stack, for a level and for what is pushed inside of it for a moment */

struct decoder {
    lua_State *L;
    const unsigned char *text;
    size_t length;
    size_t at;
    struct bytes *buffer; /* of the tool */
};

static void push_value(struct decoder *d);

static unsigned char next_byte(struct decoder *d)
{
    while (d->text[d->at] == ' ' || d->text[d->at] == '\t' || d->text[d->at] == '\n' || d->text[d->at] == '\r') {
        d->at++;
    }
    return d->text[d->at];
}

static void push_string(struct decoder *d)
{
    size_t start = d->at++;
    int has_escapes = 0;
    struct err e;

    for (; d->text[d->at] != '"'; d->at++) {
        if (d->text[d->at] == '\\') {
            has_escapes = 1;
            d->at++;
        }
    }
    d->at++;
    if (!has_escapes) {
        lua_pushlstring(d->L, (const char *)d->text + start + 1, d->at - start - 2);
        return;
    }
    d->buffer->length = 0;
    if (document_unquote(d->text + start, d->at - start, d->buffer, &e) != 0) {
        border_tool_raise(d->L, TOOL, &e, d->text + start, d->at - start);
    }
    lua_pushlstring(d->L, (const char *)d->buffer->data, d->buffer->length);
}

static void push_number(struct decoder *d)
{
    struct cell cell = {.class = CELL_NULL};
    size_t start = d->at;

    while (d->at < d->length && strchr("+-.0123456789eE", d->text[d->at]) != NULL && d->text[d->at] != '\0') {
        d->at++;
    }
    if (json_number_read(d->text + start, d->at - start, &cell) != 0) {
        lua_createtable(d->L, 0, 1);
        lua_pushlstring(d->L, (const char *)d->text + start, d->at - start);
        lua_setfield(d->L, -2, "text");
        luaL_setmetatable(d->L, border_json_number);
    } else if (cell.class == CELL_INTEGER) {
        lua_pushinteger(d->L, cell.as.integer);
    } else {
        lua_pushnumber(d->L, cell.as.real);
    }
}

static void push_array(struct decoder *d)
{
    lua_Integer count = 0;

    lua_newtable(d->L);
    luaL_setmetatable(d->L, border_json_array);
    d->at++;
    while (next_byte(d) != ']') {
        d->at += d->text[d->at] == ',';
        push_value(d);
        lua_rawseti(d->L, -2, ++count);
    }
    d->at++;
}

/* Of members with the same name the last one stays, as in jsonb. */
static void push_object(struct decoder *d)
{
    lua_newtable(d->L);
    d->at++;
    while (next_byte(d) != '}') {
        d->at += d->text[d->at] == ',';
        (void)next_byte(d);
        push_string(d);
        (void)next_byte(d);
        d->at++; /* the colon */
        push_value(d);
        lua_rawset(d->L, -3);
    }
    d->at++;
}

static void push_value(struct decoder *d)
{
    luaL_checkstack(d->L, LEVEL_SLOTS, "JSON is nested too deeply");
    switch (next_byte(d)) {
    case '"':
        push_string(d);
        break;
    case '{':
        push_object(d);
        break;
    case '[':
        push_array(d);
        break;
    case 't':
        lua_pushboolean(d->L, 1);
        d->at += 4;
        break;
    case 'f':
        lua_pushboolean(d->L, 0);
        d->at += 5;
        break;
    case 'n':
        border_json_push_null(d->L);
        d->at += 4;
        break;
    default:
        push_number(d);
        break;
    }
}

int border_json_decode(lua_State *L)
{
    struct decoder d = {.L = L};
    const char *why = NULL;
    struct err e;

    d.text = border_tool_bytes(L, 1, TOOL, &d.length);
    if (d.text == NULL) {
        return border_tool_nil(L);
    }
    if (json_check(d.text, d.length, 0, &d.at, &why) != 0) {
        err_set(&e, ERR_VALUE, "the text is not JSON: %s (byte %zu)", why, d.at + 1);
        return border_tool_raise(L, TOOL, &e, d.text, d.length);
    }
    d.at = 0;
    d.buffer = border_tool_buffer(L);
    push_value(&d);
    border_tool_done(L);
    return 1;
}
