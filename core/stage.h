/* stage.h: what stands between source and codec where the plan has a hook for a table. A table without a hook has no
 * stage and pays nothing. A stage sees cells only: SQLite's classes before any conversion. */
#ifndef WHERRY_STAGE_H
#define WHERRY_STAGE_H

#include "batch.h"

struct stage {
    /* Changes the batch in place: cells may be rewritten, rows may be taken out. *filtered is increased by the rows
     * taken out on purpose. Called in the reading thread, once per batch. 0, or -1 and e. */
    int (*apply)(struct stage *s, struct batch *b, int64_t *filtered, struct err *e);
};

#endif
