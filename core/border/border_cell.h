/* border_cell.h: Lua values as cells, and blobs: a string of Lua is a text, so bytes that are no text have a type of
 * their own. */
#ifndef WHERRY_BORDER_CELL_H
#define WHERRY_BORDER_CELL_H

#include "../batch.h"
#include "border.h"

/* Pushes a table whose fields land directly in wherry.core: blob. */
int border_open_cell(lua_State *L);

/* The bytes of the blob at `index`, which it owns; NULL where there is no blob. */
const char *border_blob(lua_State *L, int index, size_t *length);

/* Makes a blob of the string on top of the stack, in its place. */
void border_to_blob(lua_State *L);

/* The Lua value at `index` into a NULL cell of the batch: nil stays NULL, a boolean is 0 or 1, a string is a text.
 * 0, or -1 and e: ERR_VALUE for what is no value ("a table is no value"), ERR_MEMORY. Never raises. */
int border_cell(lua_State *L, int index, struct batch *b, struct cell *c, struct err *e);

#endif
