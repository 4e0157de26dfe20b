-- Builds and installs through CMake, so that the sources are listed once. From a checkout: luarocks make rocks/*.rockspec
rockspec_format = "3.0"
package = "wherry"
version = "0.1.0-1"
source = {
    url = "git+file://.",
    tag = "v0.1.0",
}
description = {
    summary = "Rows data both ways between SQLite and PostgreSQL",
    detailed = [[
A C core reads in batches, converts natively and writes with binary COPY; Lua scripts decide what is moved, in which order,
how rows change and what counts as correct.]],
    license = "MIT",
}
dependencies = {
    "lua ~> 5.4",
    "argparse ~> 0.7",
    "lua-cjson ~> 2.1",
}
external_dependencies = {
    SQLITE3 = { header = "sqlite3.h" },
    LIBPQ = { library = "pq" },
    XXHASH = { header = "xxhash.h" },
    UTF8PROC = { header = "utf8proc.h" },
    CRYPTO = { header = "openssl/sha.h" },
}
build = {
    type = "cmake",
    variables = {
        CMAKE_BUILD_TYPE = "RelWithDebInfo",
        CMAKE_INSTALL_PREFIX = "$(PREFIX)",
        WHERRY_LUA_DIR = "$(LUADIR)",
        WHERRY_MODULE_DIR = "$(LIBDIR)",
        lua_INCLUDE_DIR = "$(LUA_INCDIR)",
    },
}
