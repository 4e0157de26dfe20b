/* border_lookup.h: the lookups that tables of a resolved plan and hooks find by their names. */
#ifndef WHERRY_BORDER_LOOKUP_H
#define WHERRY_BORDER_LOOKUP_H

#include "../lane.h"
#include "../lookup.h"
#include "border.h"

/* The field `lookups` of the options at `index`: { name = lookup }, or nil. From now on they are those of this state.
 */
void border_lookups_take(lua_State *L, int index);

/* Gives the lookups of a state to another one, which may be of another thread then: each is shared, nothing of `from`
 * is. Raises in `to`. */
void border_lookups_share(lua_State *from, lua_State *to);

/* What replaces the keys of the column at `column`: { remap = { lookups = { names }?, offset = integer }?, lookup = {
 * name =, missing = }? }, or NULL. Kept alive by the table at `owner`. */
const struct remap *border_read_remap(lua_State *L, int column, int owner);

/* The stage of the table of the resolved plan at `table`, whose `read` stands in t: its `merge` = { lookup = name } and
 * the `lookup` of its columns; NULL where it has neither. Its blocks stay on the stack. */
struct stage *border_read_keys(lua_State *L, int table, const struct table_load *t);

#endif
