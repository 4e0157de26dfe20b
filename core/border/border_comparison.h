/* border_comparison.h: comparisons of rows, as Lua holds them. */
#ifndef WHERRY_BORDER_COMPARISON_H
#define WHERRY_BORDER_COMPARISON_H

#include "../verify_compare.h"
#include "border.h"

/* The comparison at `index`; raises when it is closed, or something else. */
struct comparison *border_check_comparison(lua_State *L, int index);

/* Adds the function `comparison` to the table on top of the stack. */
void border_add_comparison(lua_State *L);

#endif
