/* border_null.c: what the plan has put in the place of NULL, made ready for the encoder once. */
#include <string.h>

#include "../copyfmt.h"
#include "../hex.h"
#include "border_table.h"

/* A block of `size` bytes that the table at `owner` keeps alive. */
static unsigned char *keep(lua_State *L, int owner, size_t size)
{
    unsigned char *block = border_block(L, size, 1);

    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    return block;
}

/* A field of the binary format: its length, then the bytes. */
static void read_wire(lua_State *L, const char *digits, int owner, struct copy_column *c)
{
    size_t length = strlen(digits) / 2;
    unsigned char *field = keep(L, owner, 4 + length);

    for (size_t i = 0; i < 4; i++) {
        field[i] = (unsigned char)(length >> (24 - 8 * i));
    }
    for (size_t i = 0; i < length; i++) {
        int high = hex_value((unsigned char)digits[2 * i]);
        int low = hex_value((unsigned char)digits[2 * i + 1]);

        if (high < 0 || low < 0) {
            border_usage(L, "column '%s': what stands for NULL is not written in hexadecimal digits", c->target_name);
        }
        field[4 + i] = (unsigned char)(high << 4 | low);
    }
    c->null_field = field;
    c->null_length = 4 + length;
}

static void read_text(lua_State *L, const char *text, int owner, struct copy_column *c)
{
    size_t length = strlen(text);
    unsigned char *field = keep(L, owner, 2 * length + 1);
    struct bytes escaped = {0};
    struct err e;

    if (copy_escape(&escaped, (const unsigned char *)text, length, &e) != 0) {
        bytes_free(&escaped);
        border_raise(L, &e);
    }
    if (escaped.length > 0) {
        memcpy(field, escaped.data, escaped.length);
    }
    c->null_field = field;
    c->null_length = escaped.length;
    bytes_free(&escaped);
}

void border_read_on_null(lua_State *L, int column, int owner, int binary, struct copy_column *c)
{
    if (lua_getfield(L, column, "on_null") == LUA_TTABLE) {
        int given = lua_gettop(L);

        if (binary) {
            read_wire(L, border_required_text(L, given, "wire"), owner, c);
        } else {
            read_text(L, border_required_text(L, given, "text"), owner, c);
        }
    }
    lua_pop(L, 1);
}
