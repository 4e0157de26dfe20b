/* border_terminal.c: wherry.core.terminal: keys that are typed. */
#include "../terminal.h"
#include "border.h"

#define TERMINAL_TYPE "wherry.terminal"

enum { MOST_BYTES = 4096 };

static int close_terminal(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, TERMINAL_TYPE);

    terminal_close(*slot);
    *slot = NULL;
    return 0;
}

/* open(fd) -> terminal; closed, it is again as it was */
static int open_terminal(lua_State *L)
{
    int fd = (int)luaL_checkinteger(L, 1);
    void **slot = border_handle_new(L, TERMINAL_TYPE);
    struct terminal *t = NULL;
    struct err e;

    if (terminal_open(&t, fd, &e) != 0) {
        return border_raise(L, &e);
    }
    *slot = t;
    return 1;
}

/* terminal:read() -> bytes that were typed; nil: the end of the input, or a wish to stop */
static int read_terminal(lua_State *L)
{
    struct terminal *t = border_handle(L, 1, TERMINAL_TYPE);
    char bytes[MOST_BYTES];
    struct err e;
    int got = terminal_read(t, bytes, sizeof bytes, &e);

    if (got < 0) {
        return border_raise(L, &e);
    }
    if (got == 0) {
        return 0;
    }
    lua_pushlstring(L, bytes, (size_t)got);
    return 1;
}

int border_open_terminal(lua_State *L)
{
    static const luaL_Reg methods[] = {{"read", read_terminal}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"open", open_terminal}, {NULL, NULL}};

    border_handle_type(L, TERMINAL_TYPE, methods, close_terminal);
    luaL_newlib(L, functions);
    return 1;
}
