/* border.h: what the files of the border share. Only this folder includes lua.h.
 *
 * The rule of the border: a function checks its arguments, calls the core, releases everything that is C, and raises
 * last. Whatever must outlive a Lua call that can raise (pushing a string is enough) sits in a userdata with __gc. */
#ifndef WHERRY_BORDER_H
#define WHERRY_BORDER_H

#include <lauxlib.h>
#include <lua.h>

#include "../codec.h"
#include "../err.h"

/* The entry point of `require "wherry.core"`. */
int luaopen_wherry_core(lua_State *L);

/* Each pushes the table of its part, e.g. wherry.core.sys. */
int border_open_sys(lua_State *L);
int border_open_snapshot(lua_State *L);
int border_open_pg(lua_State *L);
int border_open_private(lua_State *L);
int border_open_database(lua_State *L);
int border_open_pg_rows(lua_State *L);
int border_open_tools(lua_State *L);
int border_open_json(lua_State *L);
int border_open_terminal(lua_State *L);
int border_open_stage(lua_State *L);
int border_open_lookup(lua_State *L);
int border_open_verify(lua_State *L);
/* Each pushes a table whose fields land directly in wherry.core: load; check and equality; codec and has_codec; ... */
int border_open_load(lua_State *L);
int border_open_check(lua_State *L);
int border_open_codec(lua_State *L);
int border_open_back(lua_State *L);
int border_open_rows(lua_State *L);
int border_open_writer(lua_State *L);
int border_open_digest(lua_State *L);

/* The connection of the wherry.pg at `index`; raises when it is closed, or kept alive by a thread of its own. */
struct pgwire *border_pg_wire(lua_State *L, int index);

/* The database of the wherry.database at `index`; raises when it is closed. */
struct database *border_database(lua_State *L, int index);

/* The method `census` of a snapshot (border_census.c). */
int border_census(lua_State *L);

/* Pushes e as an error object: a table with kind, message and the fields that are not empty; tostring gives message. */
void border_push_error(lua_State *L, const struct err *e);

/* Raises e as an error object. Call it when no C resource of the caller is left. Never returns. */
int border_raise(lua_State *L, const struct err *e) __attribute__((noreturn));

/* Raises an error object of kind "usage". Never returns. */
int border_usage(lua_State *L, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* Handles: a full userdata that holds one pointer, NULL while it is closed.
 *
 * border_handle_type makes the metatable `name` once: `methods` become its methods, `close` its method close, its __gc
 * and its __close. `close` must be idempotent: release *handle and set it to NULL. */
void border_handle_type(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close);
/* Pushes a closed handle. Open the resource afterwards and store it in the slot that is returned. */
void **border_handle_new(lua_State *L, const char *name);
/* The slot of the handle at `index` (raises when it is something else); for close. */
void **border_handle_slot(lua_State *L, int index, const char *name);
/* The pointer of the handle at `index`; raises kind "usage" when it is closed. */
void *border_handle(lua_State *L, int index, const char *name);

/* The string argument at `index`; raises kind "usage" when it holds a NUL byte, since C would take it for its end. */
const char *border_text(lua_State *L, int index);

/* Options: fields of the table at `index`. The texts stay valid while that table holds them; they hold no NUL byte. */
const char *border_field_text(lua_State *L, int index, const char *field, const char *otherwise);
lua_Integer border_field_integer(lua_State *L, int index, const char *field, lua_Integer otherwise);
int border_field_boolean(lua_State *L, int index, const char *field);

/* Sets a text field of the table on top of the stack; an empty or NULL text leaves it absent. */
void border_set_text(lua_State *L, const char *field, const char *text);
void border_set_integer(lua_State *L, const char *field, lua_Integer value);
void border_set_boolean(lua_State *L, const char *field, int value);

/* The codec of the type table at `type` and its hint, or NULL where it or a part of it has none. The table at `owner`
 * keeps alive what the hint points to; texts in it belong to the type table. Raises for what is no type. */
const struct codec *border_type(lua_State *L, int type, int owner, struct codec_hint *hint);

/* The array of texts at `index` as a C array of `count` pointers with a NULL behind them. The block is a userdata that
 * is left on the stack and owns the array; the texts belong to Lua strings that a table beside it keeps alive: two
 * values are pushed. Numbers become text, booleans "true"/"false", nil NULL. count < 0: the field n, else the length.
 */
const char **border_texts(lua_State *L, int index, int *count);

#endif
