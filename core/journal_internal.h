/* journal_internal.h: what the files of the journal share. */
#ifndef WHERRY_JOURNAL_INTERNAL_H
#define WHERRY_JOURNAL_INTERNAL_H

#include "journal.h"

/* Runs `format` with the journal's schema put in for every %s. As pgwire_exec. */
int journal_exec(struct pgwire *p, const struct journal *j, const char *format, int count, const char *const *values,
                 PGresult **result, struct err *e);

/* A bytea parameter in hex form, "\x..."; NULL and e on failure. The caller frees it with mem_free. */
char *journal_hex(const unsigned char *bytes, size_t length, struct err *e);

/* BEGIN and COMMIT of a step. 0, or -1 and e. */
int journal_begin(struct pgwire *p, struct err *e);
void journal_begin_ahead(struct pgwire *p); /* with the next statement, as pgwire_ahead */
int journal_commit(struct pgwire *p, struct err *e);

#endif
