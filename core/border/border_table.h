/* border_table.h: tables of a resolved plan as the core takes them. */
#ifndef WHERRY_BORDER_TABLE_H
#define WHERRY_BORDER_TABLE_H

#include "../copyfmt_read.h"
#include "../lane.h"
#include "../snapshot.h"
#include "border.h"

/* A zeroed block that the Lua stack owns; texts in it belong to the options table, which outlives the call. */
void *border_block(lua_State *L, size_t count, size_t size);

/* A text field that has to be there. */
const char *border_required_text(lua_State *L, int index, const char *field);

/* An integer field that has to be from `least` to `most`. */
lua_Integer border_integer_between(lua_State *L, int index, const char *field, lua_Integer otherwise, lua_Integer least,
                                   lua_Integer most);

/* Pushes field `field` of the table at `index`, which must be a table, and returns its length. */
size_t border_push_list(lua_State *L, int index, const char *field);

/* Pushes the i-th element (from 0) of the list at `index`, which must be of a type. */
void border_push_element(lua_State *L, int index, size_t i, int type, const char *list);

/* The field `columns` of the table at `table`: { { source, target, not_null, type = { oid, name, typmod, display },
 * on_bad? }, ... }, each filled from the cell at its place; `cells` is how many there are at most. Two values that keep
 * what is given are left on the stack. Texts belong to the table. */
struct copy_column *border_read_columns(lua_State *L, int table, size_t cells, int binary, size_t *count);

/* on_null of the column at `column`: { wire =, text = }, what stands for NULL: in hexadecimal digits in the binary
 * format, in the text one as the server writes it. Kept alive by the table at `owner`. */
void border_read_on_null(lua_State *L, int column, int owner, int binary, struct copy_column *c);

/* The column { name, type } on top of the stack, as the way back reads it from PostgreSQL; what its type is made of is
 * kept alive by the table at `owner`. */
void border_read_back_column(lua_State *L, int owner, struct read_column *in);

/* The sources of a call, under their names in the plan. */
struct border_sources {
    const char **names;
    struct snapshot **snapshots;
    size_t count; /* at least 1 */
};

/* Of the options at 1: `snapshot` and `source`, its name, or `snapshots`, a list of { name =, snapshot = }. What keeps
 * them is left on the stack. */
struct border_sources border_read_sources(lua_State *L);

/* The table of the resolved plan at `table`, whose field `from` names one of the sources; without it the first one is
 * meant. Its blocks stay on the stack: a few values a table, so the stack is asked for room first. */
void border_read_table(lua_State *L, int table, const struct border_sources *sources, struct table_load *t);

#endif
