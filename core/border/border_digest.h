/* border_digest.h: digests of tables, and how rows of a load go into them. */
#ifndef WHERRY_BORDER_DIGEST_H
#define WHERRY_BORDER_DIGEST_H

#include "../copyfmt.h"
#include "../digest.h"
#include "border.h"

/* Pushes an empty digest that Lua owns. */
struct digest *border_push_digest(lua_State *L);

/* The digest at `index`; raises when it is something else. */
struct digest *border_check_digest(lua_State *L, int index);

/* The field `digest` of the table at `table`, whose rows have these columns: { target = which of the digests, columns =
 * { { oid =, field = the column's place in the row, or nil, constant = what rows without it have: a whole field of
 * the binary format, or nil: NULL }, .. by name }, key = { places in columns } }. NULL where there is none. One value
 * that keeps what is given is left on the stack. */
const struct digest_spec *border_read_digest(lua_State *L, int table, const struct copy_column *columns, size_t count,
                                             int binary);

#endif
