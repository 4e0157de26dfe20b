/* border_codec.c: codecs and what types are made of: wherry.core.codec, has_codec and codec_forms. */
#include <string.h>

#include "../canonical.h"
#include "border.h"

static const char CODEC[] = "wherry.codec";

enum { DEEPEST = 32 }; /* arrays of composites of ranges of ...: types that are made of others, inside each other */

/* A zeroed block that the table at `owner` keeps alive. */
static void *owned(lua_State *L, int owner, size_t count, size_t size)
{
    size_t total = (count ? count : 1) * size;
    void *block = memset(lua_newuserdatauv(L, total, 0), 0, total);

    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    return block;
}

static int read_type(lua_State *L, int type, int owner, int depth, uint32_t *oid, const struct codec **codec,
                     struct codec_hint *hint);

/* The type in field `field` of the table at `type`. */
static int read_part(lua_State *L, int type, const char *field, int owner, int depth, uint32_t *oid,
                     const struct codec **codec, struct codec_hint *hint)
{
    int found = 0;

    if (lua_getfield(L, type, field) == LUA_TTABLE) {
        found = read_type(L, lua_gettop(L), owner, depth + 1, oid, codec, hint);
    }
    lua_pop(L, 1);
    return found;
}

/* fields = {{ name =, type = }, ...}; false when one of them has no codec. */
static int read_fields(lua_State *L, int list, int owner, int depth, struct codec_shape *shape)
{
    int complete = 1;
    struct codec_field *fields;

    shape->field_count = (size_t)lua_rawlen(L, list);
    fields = owned(L, owner, shape->field_count, sizeof *fields);
    shape->fields = fields;
    for (size_t i = 0; i < shape->field_count && complete; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        if (!lua_istable(L, -1)) {
            border_usage(L, "codec: field %d is no table", (int)i + 1);
        }
        int field = lua_gettop(L);
        fields[i].name = border_field_text(L, field, "name", NULL);
        if (fields[i].name == NULL) {
            border_usage(L, "codec: field %d has no name", (int)i + 1);
        }
        complete = read_part(L, field, "type", owner, depth, &fields[i].oid, &fields[i].codec, &fields[i].hint);
        lua_pop(L, 1);
    }
    return complete;
}

static void read_labels(lua_State *L, int list, int owner, struct codec_shape *shape)
{
    const char **labels;

    shape->label_count = (size_t)lua_rawlen(L, list);
    labels = owned(L, owner, shape->label_count, sizeof *labels);
    shape->labels = labels;
    for (size_t i = 0; i < shape->label_count; i++) {
        if (lua_rawgeti(L, list, (lua_Integer)i + 1) != LUA_TSTRING) {
            border_usage(L, "codec: label %d is no text", (int)i + 1);
        }
        labels[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
}

/* False when a part of it has no codec. `oid`: of the type. */
static int read_shape(lua_State *L, int type, lua_Integer oid, int owner, int depth, struct codec_hint *hint)
{
    enum { OID_INT4RANGE = 3904, OID_DATERANGE = 3912, OID_INT8RANGE = 3926 };
    struct codec_shape *shape = owned(L, owner, 1, sizeof *shape);
    int complete = 1;

    hint->shape = shape;
    shape->is_discrete = oid == OID_INT4RANGE || oid == OID_INT8RANGE || oid == OID_DATERANGE;
    shape->has_own_canonical = !shape->is_discrete && border_field_boolean(L, type, "own_canonical");
    if (lua_getfield(L, type, "fields") == LUA_TTABLE) {
        complete = read_fields(L, lua_gettop(L), owner, depth, shape);
    }
    if (lua_getfield(L, type, "labels") == LUA_TTABLE) {
        read_labels(L, lua_gettop(L), owner, shape);
    }
    int has_element = lua_getfield(L, type, "element") == LUA_TTABLE;
    lua_pop(L, 3);
    if (complete && has_element) {
        complete =
            read_part(L, type, "element", owner, depth, &shape->element_oid, &shape->element, &shape->element_hint);
    }
    return complete;
}

/* stored = a word, zone = seconds east of UTC. */
static void read_stored(lua_State *L, int type, const char *name, struct codec_hint *hint)
{
    const char *word = border_field_text(L, type, "stored", NULL);
    lua_Integer zone = border_field_integer(L, type, "zone", 0);

    if (word != NULL && (codec_stored_find(word, &hint->stored) != 0 || !codec_stored_fits(hint->stored, name))) {
        border_usage(L, "codec: a value of type %s is not stored as '%s'", name, word);
    }
    if (zone <= -16 * 3600 || zone >= 16 * 3600) {
        border_usage(L, "codec: a zone is less than 16 hours away from UTC");
    }
    hint->zone_seconds = (int32_t)zone;
}

static int read_type(lua_State *L, int type, int owner, int depth, uint32_t *oid, const struct codec **codec,
                     struct codec_hint *hint)
{
    const char *name = border_field_text(L, type, "name", NULL);
    const char *kind = border_field_text(L, type, "kind", NULL);
    lua_Integer number = border_field_integer(L, type, "oid", 0);
    lua_Integer typmod = border_field_integer(L, type, "typmod", -1);

    if (name == NULL || number < 0 || number > UINT32_MAX || typmod < INT32_MIN || typmod > INT32_MAX) {
        border_usage(L, "codec: a type has a name, an oid and a typmod of 32 bits");
    }
    luaL_checkstack(L, 8, "a type is nested too deeply");
    /* Inside arrays and composites a domain keeps its oid on the wire; the form is that of its base. */
    *oid = (uint32_t)border_field_integer(L, type, "domain_oid", number);
    memset(hint, 0, sizeof *hint);
    hint->typmod = (int32_t)typmod;
    hint->any_class = border_field_boolean(L, type, "any_class");
    read_stored(L, type, name, hint);
    *codec = kind != NULL ? codec_of_kind(kind) : codec_find((uint32_t)number, name);
    if (*codec == NULL || depth > DEEPEST) {
        return 0;
    }
    if (kind != NULL && !read_shape(L, type, number, owner, depth, hint)) {
        return 0;
    }
    const char *form = border_field_text(L, type, "form", NULL);
    if (form != NULL && ((hint->form = codec_form_find(*codec, form)) < 0 ||
                         ((*codec)->has_form != NULL && !(*codec)->has_form(hint)))) {
        border_usage(L, "codec: values of type %s have no form '%s'", name, form);
    }
    return 1;
}

const struct codec *border_type(lua_State *L, int type, int owner, struct codec_hint *hint)
{
    const struct codec *codec;
    uint32_t oid;

    return read_type(L, lua_absindex(L, type), lua_absindex(L, owner), 0, &oid, &codec, hint) ? codec : NULL;
}

/* ---- core.codec: one codec by itself, for specs and for scripts ---- */

/* The buffer belongs to the userdata: pushing what is in it may raise. */
struct codec_handle {
    const struct codec *codec;
    struct codec_hint hint;
    struct bytes buffer;
};

static int codec_collect(lua_State *L)
{
    struct codec_handle *handle = luaL_checkudata(L, 1, CODEC);

    bytes_free(&handle->buffer);
    return 0;
}

/* The cell of the Lua value at `index`; a string is a text unless `blob`. */
static struct cell cell_of(lua_State *L, int index, int blob, const unsigned char **data)
{
    struct cell cell = {.class = CELL_NULL};
    size_t length = 0;

    *data = NULL;
    if (lua_isinteger(L, index)) {
        cell.class = CELL_INTEGER;
        cell.as.integer = lua_tointeger(L, index);
    } else if (lua_type(L, index) == LUA_TNUMBER) {
        cell.class = CELL_REAL;
        cell.as.real = lua_tonumber(L, index);
    } else if (lua_type(L, index) == LUA_TSTRING) {
        *data = (const unsigned char *)lua_tolstring(L, index, &length);
        cell.class = blob ? CELL_BLOB : CELL_TEXT;
        cell.length = (uint32_t)length;
    } else {
        border_usage(L, "codec: a %s is no value", luaL_typename(L, index));
    }
    return cell;
}

/* c:put(value, "blob"?) -> wire */
static int codec_put(lua_State *L)
{
    struct codec_handle *handle = luaL_checkudata(L, 1, CODEC);
    const unsigned char *data;
    struct cell cell = cell_of(L, 2, lua_toboolean(L, 3), &data);
    struct err e;

    err_clear(&e);
    handle->buffer.length = 0;
    if (handle->codec->put(&cell, data, &handle->hint, &handle->buffer, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_pushlstring(L, (const char *)handle->buffer.data, handle->buffer.length);
    return 1;
}

/* c:get(wire) -> value, class */
static int codec_get(lua_State *L)
{
    struct codec_handle *handle = luaL_checkudata(L, 1, CODEC);
    size_t length = 0;
    const char *wire = luaL_checklstring(L, 2, &length);
    struct cell cell = {.class = CELL_NULL};
    struct err e;

    err_clear(&e);
    handle->buffer.length = 0;
    if (handle->codec->get((const unsigned char *)wire, length, &handle->hint, &cell, &handle->buffer, &e) != 0) {
        return border_raise(L, &e);
    }
    if (cell.class == CELL_INTEGER) {
        lua_pushinteger(L, cell.as.integer);
    } else if (cell.class == CELL_REAL) {
        lua_pushnumber(L, cell.as.real);
    } else if (cell.class == CELL_NULL) {
        lua_pushnil(L);
    } else {
        lua_pushlstring(L, (const char *)handle->buffer.data + cell.as.offset, cell.length);
    }
    lua_pushstring(L, cell_class_name((enum cell_class)cell.class));
    return 2;
}

/* c:canonical(wire) -> the wire that the server sends of the value, having stored it */
static int codec_canonical(lua_State *L)
{
    struct codec_handle *handle = luaL_checkudata(L, 1, CODEC);
    size_t length = 0;
    const char *wire = luaL_checklstring(L, 2, &length);
    struct err e;

    err_clear(&e);
    handle->buffer.length = 0;
    if (canonical_put(handle->codec, &handle->hint, (const unsigned char *)wire, length, &handle->buffer, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_pushlstring(L, (const char *)handle->buffer.data, handle->buffer.length);
    return 1;
}

/* c:unknown() -> nil, or why canonical() may give another wire than the server for some values */
static int codec_unknown(lua_State *L)
{
    struct codec_handle *handle = luaL_checkudata(L, 1, CODEC);

    lua_pushstring(L, canonical_unknown(handle->codec, &handle->hint));
    return 1;
}

/* codec(type) -> a codec, or nil: a type, or one that it is made of, travels in no binary form. type = { oid, name,
 * typmod?, stored?, zone?, form?, kind?, domain_oid?, own_canonical?, element? = type, fields? = {{ name, type }},
 * labels? = { text } }
 */
static int core_codec(lua_State *L)
{
    struct codec_handle *handle;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    handle = memset(lua_newuserdatauv(L, sizeof *handle, 2), 0, sizeof *handle);
    luaL_setmetatable(L, CODEC);
    lua_newtable(L);
    handle->codec = border_type(L, 1, 3, &handle->hint);
    if (handle->codec == NULL) {
        return 0;
    }
    lua_setiuservalue(L, 2, 1);
    /* Names and labels are texts of the type's table. */
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, 2, 2);
    return 1;
}

/* has_codec(type) -> boolean: whether values of this type travel in binary COPY. */
static int core_has_codec(lua_State *L)
{
    struct codec_hint hint;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);
    lua_pushboolean(L, border_type(L, 1, 2, &hint) != NULL);
    return 1;
}

/* codec_forms(type) -> the names of those that a column of this type has, the usual one first; empty where there is one
 * form only, or no codec. */
static int core_codec_forms(lua_State *L)
{
    const struct codec *codec;
    struct codec_hint hint;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);
    codec = border_type(L, 1, 2, &hint);
    lua_newtable(L);
    int count = 0;
    for (int i = 0; codec != NULL && codec->forms != NULL && codec->forms[i] != NULL; i++) {
        hint.form = i;
        if (codec->has_form == NULL || codec->has_form(&hint)) {
            lua_pushstring(L, codec->forms[i]);
            lua_seti(L, -2, ++count);
        }
    }
    return 1;
}

int border_open_codec(lua_State *L)
{
    static const luaL_Reg methods[] = {{"put", codec_put},
                                       {"get", codec_get},
                                       {"canonical", codec_canonical},
                                       {"unknown", codec_unknown},
                                       {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"codec", core_codec}, {"has_codec", core_has_codec}, {"codec_forms", core_codec_forms}, {NULL, NULL}};

    if (luaL_newmetatable(L, CODEC)) {
        lua_pushcfunction(L, codec_collect);
        lua_setfield(L, -2, "__gc");
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
