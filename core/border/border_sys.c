/* border_sys.c: wherry.core.sys: signals, files, clocks and programs for Lua. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "../stop.h"
#include "../sys.h"
#include "border.h"

static int sys_signals(lua_State *L)
{
    (void)L;
    stop_install();
    return 0;
}

/* watch([signal]): only so that no wish to stop gets lost, that signal's among them; a pipe that nobody reads still
 * ends the process. */
static int sys_watch(lua_State *L)
{
    stop_watch();
    if (!lua_isnoneornil(L, 1)) {
        stop_request((int)luaL_checkinteger(L, 1));
    }
    return 0;
}

/* drawn(boolean): whether a line on the terminal is drawn, which has to go when a second Ctrl-C ends the process. */
static int sys_drawn(lua_State *L)
{
    stop_wipe(lua_toboolean(L, 1) ? "\r\033[K" : NULL);
    return 0;
}

static int sys_stopped(lua_State *L)
{
    if (stop_signal() == 0) {
        return 0;
    }
    lua_pushinteger(L, stop_signal());
    return 1;
}

/* Takes the wish to stop back and gives the signal, so that what is still to be said can be asked for. */
static int sys_acknowledge_stop(lua_State *L)
{
    int signal_number = stop_signal();

    if (signal_number == 0) {
        return 0;
    }
    stop_request(0);
    lua_pushinteger(L, signal_number);
    return 1;
}

static int sys_pid(lua_State *L)
{
    lua_pushinteger(L, getpid());
    return 1;
}

static int sys_euid(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)geteuid());
    return 1;
}

static int sys_user(lua_State *L)
{
    const struct passwd *entry = getpwuid(geteuid());

    if (entry != NULL) {
        lua_pushstring(L, entry->pw_name);
    } else {
        lua_pushfstring(L, "%d", (int)geteuid());
    }
    return 1;
}

static int sys_host(lua_State *L)
{
    char name[256] = "";

    if (gethostname(name, sizeof name - 1) != 0) {
        snprintf(name, sizeof name, "localhost");
    }
    lua_pushstring(L, name);
    return 1;
}

static int sys_isatty(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

/* How wide the terminal is, in columns; nothing where it is none or does not say. */
static int sys_columns(lua_State *L)
{
    struct winsize size = {0};

    if (ioctl((int)luaL_checkinteger(L, 1), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 0;
    }
    lua_pushinteger(L, size.ws_col);
    return 1;
}

static int sys_realpath(lua_State *L)
{
    char path[PATH_MAX];

    if (realpath(border_text(L, 1), path) == NULL) {
        return 0;
    }
    lua_pushstring(L, path);
    return 1;
}

static int sys_stat(lua_State *L)
{
    const char *path = border_text(L, 1);
    struct stat found;
    const char *type;

    if (stat(path, &found) != 0) {
        return 0;
    }
    type = S_ISREG(found.st_mode) ? "file" : S_ISDIR(found.st_mode) ? "directory" : "other";
    lua_createtable(L, 0, 7);
    border_set_text(L, "type", type);
    border_set_integer(L, "size", (lua_Integer)found.st_size);
    border_set_integer(L, "mtime_ns", (lua_Integer)found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec);
    border_set_integer(L, "device", (lua_Integer)found.st_dev);
    border_set_integer(L, "inode", (lua_Integer)found.st_ino);
    border_set_integer(L, "mode", (lua_Integer)(found.st_mode & 07777));
    border_set_boolean(L, "writable", access(path, W_OK) == 0);
    return 1;
}

static int sys_mkdir(lua_State *L)
{
    const char *path = border_text(L, 1);
    lua_Integer mode = luaL_optinteger(L, 2, 0755);
    struct err e;

    return sys_make_directories(path, (mode_t)mode, &e) == 0 ? 0 : border_raise(L, &e);
}

static int sys_remove_tree_lua(lua_State *L)
{
    const char *path = border_text(L, 1);
    struct err e;

    return sys_remove_tree(path, &e) == 0 ? 0 : border_raise(L, &e);
}

static int sys_temp(lua_State *L)
{
    const char *prefix = luaL_opt(L, border_text, 1, "wherry-");
    char path[PATH_MAX];
    struct err e;

    if (sys_make_temporary(prefix, path, sizeof path, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_pushstring(L, path);
    return 1;
}

#define LISTING "wherry.directory"

static int listing_close(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, LISTING);

    if (*slot != NULL) {
        closedir(*slot);
        *slot = NULL;
    }
    return 0;
}

/* allow_files(): as many files may be open at a time as the system allows this process to ask for */
static int sys_allow_files_lua(lua_State *L)
{
    (void)L;
    sys_allow_files();
    return 0;
}

/* The names in a directory, without "." and "..", in no order. */
static int sys_listdir(lua_State *L)
{
    const char *path = border_text(L, 1);
    void **slot = border_handle_new(L, LISTING);
    lua_Integer count = 0;
    struct dirent *entry;
    struct err e;

    *slot = opendir(path);
    if (*slot == NULL) {
        err_set(&e, ERR_ENVIRONMENT, "cannot read directory %s: %s", path, strerror(errno));
        return border_raise(L, &e);
    }
    lua_newtable(L);
    while ((entry = readdir(*slot)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            lua_pushstring(L, entry->d_name);
            lua_seti(L, -2, ++count);
        }
    }
    closedir(*slot);
    *slot = NULL;
    return 1;
}

static int sys_fsync_lua(lua_State *L)
{
    const char *path = border_text(L, 1);
    struct err e;

    return sys_fsync(path, &e) == 0 ? 0 : border_raise(L, &e);
}

/* append_private(path, text): to a file that nobody else may read */
static int sys_append_private_lua(lua_State *L)
{
    const char *path = border_text(L, 1);
    size_t length = 0;
    const char *text = luaL_checklstring(L, 2, &length);
    struct err e;

    return sys_append_private(path, text, length, &e) == 0 ? 0 : border_raise(L, &e);
}

/* shared(function, ...) -> what it gives: for a library inside of a program that treats SIGINT in a way of its own,
 * around what may take long. */
static int sys_shared(lua_State *L)
{
    int failed;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    stop_share();
    stop_enter();
    failed = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0) != LUA_OK;
    stop_leave(0);
    return failed ? lua_error(L) : lua_gettop(L);
}

static int sys_now_lua(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)sys_now());
    return 1;
}

static int sys_clock(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)sys_clock_us() / 1e6);
    return 1;
}

static int sys_sleep(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 1);

    sys_sleep_ms(seconds > 0 && seconds < 1e9 ? (int64_t)(seconds * 1000) : 0);
    return 0;
}

static int sys_hash(lua_State *L)
{
    size_t length = 0;
    const char *text = luaL_checklstring(L, 1, &length);
    char digits[17];

    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)XXH3_64bits(text, length));
    lua_pushstring(L, digits);
    return 1;
}

static int sys_setenv(lua_State *L)
{
    const char *name = border_text(L, 1);
    const char *value = luaL_opt(L, border_text, 2, NULL);
    struct err e;

    if ((value != NULL ? setenv(name, value, 1) : unsetenv(name)) != 0) {
        err_set(&e, ERR_USAGE, "cannot set the variable %s: %s", name, strerror(errno));
        return border_raise(L, &e);
    }
    return 0;
}

/* --- spawn --- */

#define OUTPUT "wherry.output"

/* The child's output in a userdata, since pushing it to Lua may raise. */
static int output_close(lua_State *L)
{
    struct bytes *output = luaL_checkudata(L, 1, OUTPUT);

    bytes_free(output);
    return 0;
}

static struct bytes *output_new(lua_State *L)
{
    struct bytes *output = lua_newuserdatauv(L, sizeof *output, 0);

    memset(output, 0, sizeof *output);
    luaL_setmetatable(L, OUTPUT);
    return output;
}

/* Replaces the table of variables at `index` by an array { "NAME=value", ... } on the stack (false takes one away). */
static void push_settings(lua_State *L, int index)
{
    lua_Integer count = 0;

    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            border_usage(L, "spawn: the names of variables are strings");
        }
        lua_pushvalue(L, -2);
        if (lua_toboolean(L, -2)) {
            lua_pushliteral(L, "=");
            luaL_tolstring(L, -3, NULL);
            lua_concat(L, 3);
        }
        lua_seti(L, -4, ++count);
        lua_pop(L, 1);
    }
}

/* spawn(argv, opts) -> status, stdout, stderr */
static int sys_spawn(lua_State *L)
{
    struct sys_program program = {0};
    struct bytes *out, *error;
    int status = 0;
    struct err e;
    int count;

    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_isnoneornil(L, 2)) {
        lua_settop(L, 1);
        lua_newtable(L);
    }
    lua_settop(L, 2);
    luaL_checktype(L, 2, LUA_TTABLE);
    program.argv = border_texts(L, 1, &count);
    for (int i = 0; i < count; i++) {
        if (program.argv[i] == NULL) {
            border_usage(L, "spawn: argument %d is nil", i + 1);
        }
    }
    if (count == 0) {
        border_usage(L, "spawn: no program is named");
    }
    program.output = border_field_text(L, 2, "stdout", NULL);
    program.inherit = border_field_boolean(L, 2, "inherit");
    if (lua_getfield(L, 2, "env") == LUA_TTABLE) {
        push_settings(L, lua_gettop(L));
        program.set = border_texts(L, lua_gettop(L), &count);
    } else if (!lua_isnil(L, -1)) {
        border_usage(L, "spawn: env is a table of variables, not a %s", luaL_typename(L, -1));
    }
    out = output_new(L);
    error = output_new(L);
    if (sys_run(&program, &status, out, error, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_pushinteger(L, status);
    lua_pushlstring(L, out->data != NULL ? (const char *)out->data : "", out->length);
    lua_pushlstring(L, error->data != NULL ? (const char *)error->data : "", error->length);
    bytes_free(out);
    bytes_free(error);
    return 3;
}

/* processors() -> n */
static int sys_processors_lua(lua_State *L)
{
    lua_pushinteger(L, sys_processors());
    return 1;
}

int border_open_sys(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"signals", sys_signals},
        {"drawn", sys_drawn},
        {"watch", sys_watch},
        {"stopped", sys_stopped},
        {"acknowledge_stop", sys_acknowledge_stop},
        {"pid", sys_pid},
        {"euid", sys_euid},
        {"user", sys_user},
        {"host", sys_host},
        {"isatty", sys_isatty},
        {"columns", sys_columns},
        {"realpath", sys_realpath},
        {"stat", sys_stat},
        {"mkdir", sys_mkdir},
        {"remove_tree", sys_remove_tree_lua},
        {"temp", sys_temp},
        {"listdir", sys_listdir},
        {"allow_files", sys_allow_files_lua},
        {"fsync", sys_fsync_lua},
        {"append_private", sys_append_private_lua},
        {"shared", sys_shared},
        {"now", sys_now_lua},
        {"clock", sys_clock},
        {"sleep", sys_sleep},
        {"hash", sys_hash},
        {"setenv", sys_setenv},
        {"spawn", sys_spawn},
        {"processors", sys_processors_lua},
        {NULL, NULL},
    };
    static const luaL_Reg none[] = {{NULL, NULL}};

    border_handle_type(L, LISTING, none, listing_close);
    border_handle_type(L, OUTPUT, none, output_close);
    luaL_newlib(L, functions);
    return 1;
}
