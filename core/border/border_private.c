/* border_private.c: wherry.core.private: the private server for Lua. */
#include <limits.h>
#include <string.h>

#include "../private_pg.h"
#include "border.h"

static enum private_pg_kind check_kind(lua_State *L, const char *kind)
{
    if (kind != NULL && strcmp(kind, "test") == 0) {
        return PRIVATE_PG_TEST;
    }
    if (kind != NULL && strcmp(kind, "kept") == 0) {
        return PRIVATE_PG_KEPT;
    }
    border_usage(L, "the kind of a private server is \"test\" or \"kept\"");
}

static int push_server(lua_State *L, const struct private_pg *p)
{
    lua_createtable(L, 0, 6);
    border_set_text(L, "directory", p->directory);
    border_set_text(L, "user", p->user);
    border_set_text(L, "conninfo", p->conninfo);
    border_set_text(L, "version", p->version);
    if (p->pid != 0) {
        border_set_integer(L, "pid", p->pid);
    }
    border_set_boolean(L, "running", p->running);
    return 1;
}

static int private_bindir(lua_State *L)
{
    char path[PATH_MAX];
    struct err e;

    if (private_pg_bindir(path, sizeof path, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_pushstring(L, path);
    return 1;
}

static int private_start(lua_State *L)
{
    const char *const *settings = NULL;
    enum private_pg_kind kind;
    const char *directory;
    struct private_pg p;
    struct err e;
    int count;

    luaL_checktype(L, 1, LUA_TTABLE);
    kind = check_kind(L, border_field_text(L, 1, "kind", NULL));
    directory = border_field_text(L, 1, "directory", NULL);
    if (directory == NULL) {
        border_usage(L, "a private server needs a directory");
    }
    if (lua_getfield(L, 1, "settings") != LUA_TNIL) {
        settings = border_texts(L, lua_gettop(L), &count);
    }
    if (private_pg_start(&p, kind, directory, settings, &e) != 0) {
        return border_raise(L, &e);
    }
    return push_server(L, &p);
}

static int private_find(lua_State *L)
{
    const char *directory = border_text(L, 1);
    struct private_pg p;
    struct err e;

    if (private_pg_find(&p, directory, &e) != 0) {
        return border_raise(L, &e);
    }
    return p.running ? push_server(L, &p) : 0;
}

static int private_stop(lua_State *L)
{
    enum private_pg_kind kind = check_kind(L, luaL_checkstring(L, 2));
    const char *directory;
    struct private_pg p;
    struct err e;

    luaL_checktype(L, 1, LUA_TTABLE);
    directory = border_field_text(L, 1, "directory", NULL);
    if (directory == NULL) {
        border_usage(L, "this is no private server");
    }
    if (private_pg_find(&p, directory, &e) != 0 || private_pg_stop(&p, kind, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, 1, "running");
    return 0;
}

int border_open_private(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"bindir", private_bindir},
        {"start", private_start},
        {"find", private_find},
        {"stop", private_stop},
        {NULL, NULL},
    };

    luaL_newlib(L, functions);
    return 1;
}
