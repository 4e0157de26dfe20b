/* border_tools.h: what the tools for scripts share: texts as arguments, a buffer that is collected, errors that name
 * the tool. */
#ifndef WHERRY_BORDER_TOOLS_H
#define WHERRY_BORDER_TOOLS_H

#include "../mem.h"
#include "border.h"

/* A library of functions whose first upvalue is a buffer of their own, on top of the stack. None of them calls Lua
 * while it uses it, so that one is enough. */
void border_tool_library(lua_State *L, const luaL_Reg *functions);

/* Pushes such a buffer. */
void border_tool_push_buffer(lua_State *L);

/* That buffer, empty. Inside such functions only. */
struct bytes *border_tool_buffer(lua_State *L);

/* Gives a large buffer back, when all that was wanted of it has been pushed. */
void border_tool_done(lua_State *L);

/* Pushes what stands in the buffer as a string, and gives a large buffer back. Returns 1. */
int border_tool_result(lua_State *L);

/* The answer to nil: nil itself, not no value at all, which another tool around this one would refuse. Returns 1. */
int border_tool_nil(lua_State *L);

/* The string at `index`; NULL for nil, which is SQL's NULL and goes through all tools as it is. Raises kind "value"
 * for anything else: numbers would become text by Lua's rules, with 14 digits. */
const unsigned char *border_tool_text(lua_State *L, int index, const char *tool, size_t *length);

/* The same of a string or a blob. */
const unsigned char *border_tool_bytes(lua_State *L, int index, const char *tool, size_t *length);

/* Raises e with the tool's name before its message and the text as its value. */
int border_tool_raise(lua_State *L, const char *tool, const struct err *e, const unsigned char *text, size_t length)
    __attribute__((noreturn));

#endif
