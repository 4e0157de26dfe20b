/* census_column.h: the parts of a census: a column's counts, from single values and from other counts. */
#ifndef WHERRY_CENSUS_COLUMN_H
#define WHERRY_CENSUS_COLUMN_H

#include "census.h"
#include "codec.h"

/* An empty column. */
void census_column_init(struct census_column *c);

/* Adds the value in column `index` of the row that the statement stands on. scratch: reused from call to call, owned by
 * the caller. 0, or -1 and e (ERR_MEMORY). */
int census_column_add(struct census_column *c, sqlite3_stmt *statement, int index, enum census_wanted wanted,
                      struct bytes *scratch, struct err *e);

/* Adds the counts of a later part of the same column. */
void census_column_merge(struct census_column *c, const struct census_column *later);

/* The codec of a candidate's type. Static storage. */
const struct codec *census_codec(enum census_candidate candidate);

/* Adds a text. 0, or -1 and e (ERR_MEMORY). */
int census_text_add(struct census_texts *t, const unsigned char *data, size_t length, enum census_wanted wanted,
                    struct bytes *scratch, struct err *e);

/* Adds the texts of a later part of the same column. */
void census_text_merge(struct census_texts *t, const struct census_texts *later);

/* Adds a value that is not NULL. 0, or -1 and e (ERR_MEMORY). */
int census_stored_add(struct census_stored *s, sqlite3_value *value, struct bytes *scratch, struct err *e);

/* Adds the counts of a later part of the same column. */
void census_stored_merge(struct census_stored *s, const struct census_stored *later);

#endif
