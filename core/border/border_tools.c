/* border_tools.c: wherry.core.tools: texts by their characters, hexadecimal digits, base64, digests, random bytes. */
#include "border_tools.h"

#include <openssl/sha.h>
#include <string.h>
#include <sys/random.h>

#include "../base64.h"
#include "../hex.h"
#include "../unicode.h"
#include "border_cell.h"

static const char BUFFER[] = "wherry.tool buffer";

enum { KEPT_BYTES = 1024 * 1024 }; /* of a buffer, from one call to the next */

/* ---- what the tools share ---- */

static int buffer_collect(lua_State *L)
{
    bytes_free(luaL_checkudata(L, 1, BUFFER));
    return 0;
}

void border_tool_push_buffer(lua_State *L)
{
    if (luaL_newmetatable(L, BUFFER)) {
        lua_pushcfunction(L, buffer_collect);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
    memset(lua_newuserdatauv(L, sizeof(struct bytes), 0), 0, sizeof(struct bytes));
    luaL_setmetatable(L, BUFFER);
}

void border_tool_library(lua_State *L, const luaL_Reg *functions)
{
    lua_newtable(L);
    border_tool_push_buffer(L);
    luaL_setfuncs(L, functions, 1);
}

struct bytes *border_tool_buffer(lua_State *L)
{
    struct bytes *buffer = lua_touserdata(L, lua_upvalueindex(1));

    buffer->length = 0;
    return buffer;
}

void border_tool_done(lua_State *L)
{
    struct bytes *buffer = lua_touserdata(L, lua_upvalueindex(1));

    if (buffer->capacity > KEPT_BYTES) {
        bytes_free(buffer);
    }
}

int border_tool_result(lua_State *L)
{
    const struct bytes *buffer = lua_touserdata(L, lua_upvalueindex(1));

    lua_pushlstring(L, (const char *)buffer->data, buffer->length);
    border_tool_done(L);
    return 1;
}

int border_tool_nil(lua_State *L)
{
    lua_pushnil(L);
    return 1;
}

int border_tool_raise(lua_State *L, const char *tool, const struct err *e, const unsigned char *text, size_t length)
{
    struct err named;

    err_set(&named, e->kind, "%s: %s", tool, e->message);
    if (e->hint[0] != '\0') {
        err_hint(&named, "%s", e->hint);
    }
    if (text != NULL) {
        err_escape(named.value, sizeof named.value, text, length);
        memcpy(named.value_class, "text", sizeof "text");
    }
    border_raise(L, &named);
}

const unsigned char *border_tool_text(lua_State *L, int index, const char *tool, size_t *length)
{
    struct err e;
    int type = lua_type(L, index);

    if (type == LUA_TNIL) {
        return NULL;
    }
    if (type != LUA_TSTRING) {
        err_set(&e, ERR_VALUE, "a string is wanted, not %s",
                type == LUA_TNONE                       ? "nothing at all"
                : border_blob(L, index, length) != NULL ? "a blob"
                                                        : lua_pushfstring(L, "a %s", luaL_typename(L, index)));
        border_tool_raise(L, tool, &e, NULL, 0);
    }
    return (const unsigned char *)lua_tolstring(L, index, length);
}

const unsigned char *border_tool_bytes(lua_State *L, int index, const char *tool, size_t *length)
{
    const char *blob = border_blob(L, index, length);

    return blob != NULL ? (const unsigned char *)blob : border_tool_text(L, index, tool, length);
}

/* As border_tool_text, of a text that has to be UTF-8. */
static const unsigned char *checked_text(lua_State *L, const char *tool, size_t *length, size_t *characters)
{
    const unsigned char *text = border_tool_text(L, 1, tool, length);
    struct err e;

    if (text != NULL && unicode_check(text, *length, characters, &e) != 0) {
        border_tool_raise(L, tool, &e, text, *length);
    }
    return text;
}

/* ---- texts ---- */

static int tool_trim(lua_State *L)
{
    size_t length = 0;
    const unsigned char *text = checked_text(L, "w.trim", &length, NULL);

    if (text == NULL) {
        return border_tool_nil(L);
    }
    unicode_trim(&text, &length);
    lua_pushlstring(L, (const char *)text, length);
    return 1;
}

/* A text that is made of the first argument. */
static int made_text(lua_State *L, const char *tool,
                     int (*make)(const unsigned char *, size_t, struct bytes *, struct err *))
{
    size_t length = 0;
    const unsigned char *text = checked_text(L, tool, &length, NULL);
    struct err e;

    if (text == NULL) {
        return border_tool_nil(L);
    }
    if (make(text, length, border_tool_buffer(L), &e) != 0) {
        return border_tool_raise(L, tool, &e, text, length);
    }
    return border_tool_result(L);
}

static int tool_lower(lua_State *L)
{
    return made_text(L, "w.lower", unicode_lower);
}

static int tool_upper(lua_State *L)
{
    return made_text(L, "w.upper", unicode_upper);
}

static int tool_length(lua_State *L)
{
    size_t length = 0;
    size_t characters = 0;

    if (checked_text(L, "w.length", &length, &characters) == NULL) {
        return border_tool_nil(L);
    }
    lua_pushinteger(L, (lua_Integer)characters);
    return 1;
}

/* The place of a character, counted from 1, or from the end where it is below 0; `otherwise` where none is given. */
static lua_Integer place_argument(lua_State *L, int index, size_t characters, lua_Integer otherwise)
{
    int exact = 0;
    lua_Integer place = lua_tointegerx(L, index, &exact);
    struct err e;

    if (lua_isnoneornil(L, index)) {
        place = otherwise;
    } else if (!exact || lua_type(L, index) != LUA_TNUMBER) {
        err_set(&e, ERR_VALUE, "an integer is wanted as argument %d, not a %s", index,
                lua_type(L, index) == LUA_TNUMBER ? "number with a fraction" : luaL_typename(L, index));
        border_tool_raise(L, "w.sub", &e, NULL, 0);
    }
    return place < 0 ? (lua_Integer)characters + place + 1 : place;
}

/* sub(text, first, last?): as string.sub, by characters. */
static int tool_sub(lua_State *L)
{
    size_t length = 0;
    size_t characters = 0;
    const unsigned char *text = checked_text(L, "w.sub", &length, &characters);

    if (text == NULL) {
        return border_tool_nil(L);
    }
    lua_Integer first = place_argument(L, 2, characters, 1);
    lua_Integer last = place_argument(L, 3, characters, -1);
    first = first < 1 ? 1 : first;
    if (first > last) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t start = unicode_offset(text, length, (size_t)first - 1);
    size_t size = unicode_offset(text + start, length - start, (size_t)(last - first) + 1);
    lua_pushlstring(L, (const char *)text + start, size);
    return 1;
}

/* normalize(text, form?): NFC without a form. */
static int tool_normalize(lua_State *L)
{
    static const char *const forms[] = {
        [UNICODE_NFC] = "NFC", [UNICODE_NFD] = "NFD", [UNICODE_NFKC] = "NFKC", [UNICODE_NFKD] = "NFKD"};
    const char *wanted = lua_isnoneornil(L, 2) ? "NFC" : lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    size_t length = 0;
    size_t form = 0;
    struct err e;

    while (form < sizeof forms / sizeof forms[0] && strcmp(forms[form], wanted) != 0) {
        form++;
    }
    if (form == sizeof forms / sizeof forms[0]) {
        return border_usage(L, "w.normalize: the forms are \"NFC\", \"NFD\", \"NFKC\" and \"NFKD\"");
    }
    const unsigned char *text = checked_text(L, "w.normalize", &length, NULL);
    if (text == NULL) {
        return border_tool_nil(L);
    }
    if (unicode_normalize(text, length, (enum unicode_form)form, border_tool_buffer(L), &e) != 0) {
        return border_tool_raise(L, "w.normalize", &e, text, length);
    }
    return border_tool_result(L);
}

/* ---- bytes ---- */

static int tool_hex_encode(lua_State *L)
{
    size_t length = 0;
    const unsigned char *bytes = border_tool_bytes(L, 1, "w.hex.encode", &length);
    luaL_Buffer digits;

    if (bytes == NULL) {
        return border_tool_nil(L);
    }
    hex_encode(luaL_buffinitsize(L, &digits, 2 * length), bytes, length);
    luaL_pushresultsize(&digits, 2 * length);
    return 1;
}

static int tool_hex_decode(lua_State *L)
{
    static const char tool[] = "w.hex.decode";
    size_t length = 0;
    const unsigned char *text = border_tool_text(L, 1, tool, &length);
    luaL_Buffer bytes;
    struct err e;

    if (text == NULL) {
        return border_tool_nil(L);
    }
    for (size_t at = 0; at < length; at++) {
        if (hex_value(text[at]) < 0) {
            err_set(&e, ERR_VALUE, "byte %zu (0x%02X) is no hexadecimal digit", at + 1, text[at]);
            border_tool_raise(L, tool, &e, text, length);
        }
    }
    if (length % 2 != 0) {
        err_set(&e, ERR_VALUE, "%zu digits are no whole number of bytes", length);
        border_tool_raise(L, tool, &e, text, length);
    }
    char *to = luaL_buffinitsize(L, &bytes, length / 2);
    for (size_t at = 0; at < length; at += 2) {
        to[at / 2] = (char)(hex_value(text[at]) << 4 | hex_value(text[at + 1]));
    }
    luaL_pushresultsize(&bytes, length / 2);
    return 1;
}

/* base64_encode(bytes, "url"?) */
static int tool_base64_encode(lua_State *L)
{
    static const char tool[] = "w.base64.encode";
    size_t length = 0;
    const unsigned char *bytes = border_tool_bytes(L, 1, tool, &length);
    int url = lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "url") == 0;
    struct err e;

    if (!url && !lua_isnoneornil(L, 2)) {
        return border_usage(L, "w.base64.encode: the second argument is \"url\", or left out");
    }
    if (bytes == NULL) {
        return border_tool_nil(L);
    }
    if (base64_encode(bytes, length, url, border_tool_buffer(L), &e) != 0) {
        return border_tool_raise(L, tool, &e, NULL, 0);
    }
    return border_tool_result(L);
}

static int tool_base64_decode(lua_State *L)
{
    static const char tool[] = "w.base64.decode";
    size_t length = 0;
    const unsigned char *text = border_tool_text(L, 1, tool, &length);
    struct err e;

    if (text == NULL) {
        return border_tool_nil(L);
    }
    if (base64_decode(text, length, border_tool_buffer(L), &e) != 0) {
        return border_tool_raise(L, tool, &e, text, length);
    }
    return border_tool_result(L);
}

/* sha256(bytes) -> 64 hexadecimal digits */
static int tool_sha256(lua_State *L)
{
    size_t length = 0;
    const unsigned char *bytes = border_tool_bytes(L, 1, "w.sha256", &length);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char digits[2 * SHA256_DIGEST_LENGTH];

    if (bytes == NULL) {
        return border_tool_nil(L);
    }
    if (SHA256(bytes, length, digest) == NULL) {
        return luaL_error(L, "w.sha256: libcrypto gave no digest");
    }
    hex_encode(digits, digest, sizeof digest);
    lua_pushlstring(L, digits, sizeof digits);
    return 1;
}

/* sha1(bytes) -> 20 bytes: for UUIDs of version 5, which are made of them */
static int tool_sha1(lua_State *L)
{
    size_t length = 0;
    const char *bytes = luaL_checklstring(L, 1, &length);
    unsigned char digest[SHA_DIGEST_LENGTH];

    if (SHA1((const unsigned char *)bytes, length, digest) == NULL) {
        return luaL_error(L, "libcrypto gave no SHA-1, of which UUIDs of version 5 are made");
    }
    lua_pushlstring(L, (const char *)digest, sizeof digest);
    return 1;
}

/* random() -> 16 bytes from the system */
static int tool_random(lua_State *L)
{
    char bytes[16];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return luaL_error(L, "the system gave no random bytes");
    }
    lua_pushlstring(L, bytes, sizeof bytes);
    return 1;
}

int border_open_tools(lua_State *L)
{
    static const luaL_Reg functions[] = {{"trim", tool_trim},
                                         {"lower", tool_lower},
                                         {"upper", tool_upper},
                                         {"sub", tool_sub},
                                         {"length", tool_length},
                                         {"normalize", tool_normalize},
                                         {"hex_encode", tool_hex_encode},
                                         {"hex_decode", tool_hex_decode},
                                         {"base64_encode", tool_base64_encode},
                                         {"base64_decode", tool_base64_decode},
                                         {"sha256", tool_sha256},
                                         {"sha1", tool_sha1},
                                         {"random", tool_random},
                                         {NULL, NULL}};

    border_tool_library(L, functions);
    return 1;
}
