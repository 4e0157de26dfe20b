/* census.h: what values a column really holds, in one pass over a table. */
#ifndef WHERRY_CENSUS_H
#define WHERRY_CENSUS_H

#include <sqlite3.h>

#include "batch.h"

struct census_column {
    int64_t count[5];    /* rows by storage class, indexed by enum cell_class */
    int64_t integer_min; /* only with count[CELL_INTEGER] > 0 */
    int64_t integer_max;
    int integers_inexact; /* an integer that no double holds exactly */
    int integers_bool;    /* every integer is 0 or 1 */
};

/* Runs `select` (a SELECT of the wanted columns over one table) to its end and fills one entry of `out` per column.
 * 0, or -1 and e. */
int census_run(sqlite3 *db, const char *table, const char *select, struct census_column *out, size_t columns,
               struct err *e);

#endif
