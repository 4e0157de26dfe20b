/* border_column.h: values of SQLite's statements as Lua has them. */
#ifndef WHERRY_BORDER_COLUMN_H
#define WHERRY_BORDER_COLUMN_H

#include <sqlite3.h>

#include "border.h"

/* Binds the Lua value at `index` to a parameter: nil, boolean (0 or 1), integer, float, string (text), a blob, or
 * a table { blob = bytes }. Returns SQLite's result code; raises kind "usage" for anything else. */
int border_bind(lua_State *L, int index, sqlite3_stmt *statement, int parameter);

/* Pushes a column of the present row. 0, or -1: SQLite has no memory for it, and nil is pushed. */
int border_push_column(lua_State *L, sqlite3_stmt *statement, int column);

/* What the value at `index` takes, roughly: a text its bytes, everything else those of a number. */
lua_Integer border_value_bytes(lua_State *L, int index);

#endif
