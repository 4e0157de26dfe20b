/* border_json.h: JSON for scripts: what reading and writing share. */
#ifndef WHERRY_BORDER_JSON_H
#define WHERRY_BORDER_JSON_H

#include "border_tools.h"

/* The metatables of arrays and of numbers that no Lua number holds ({ text = digits }), and of JSON's null, of which
 * there is one. */
extern const char border_json_array[];
extern const char border_json_number[];
extern const char border_json_null[];

/* Pushes JSON's null. */
void border_json_push_null(lua_State *L);

/* Whether the table or userdata at `index` has this metatable. */
int border_json_is(lua_State *L, int index, const char *kind);

/* decode(text or blob) and encode(value), with a tool's buffer as their upvalue. */
int border_json_decode(lua_State *L);
int border_json_encode(lua_State *L);

#endif
