/* load_rejects.h: a table whose bad rows are rejected, for the tests of rejects and of their retry. */
#ifndef WHERRY_TESTS_LOAD_REJECTS_H
#define WHERRY_TESTS_LOAD_REJECTS_H

#include "load.h"

static struct table_load t;
static struct lane_options o;
static struct err e;

static inline int prepared(void **state)
{
    t = table_t();
    t.rejects = 1;
    o = lane_options();
    return fresh(state);
}

static inline void assert_value(const char *sql, const char *expected)
{
    assert_string_equal(target_value(&target, sql), expected);
}

static inline void assert_loads(void)
{
    if (load(&t, &o, &e) != 0)
        fail_msg("%s (%s) %s", e.message, e.sqlstate, e.key);
}

/* Rows in the target and in the journal, whether the ledger's sums fit, and that nothing is left to do. */
static inline void assert_rows_and_rejects(const char *rows, const char *rejects)
{
    assert_value("SELECT count(*) FROM public.t", rows);
    assert_value("SELECT count(*) FROM wherry.reject", rejects);
    assert_value("SELECT bool_and(s.state = 'done' AND s.read = s.passed + s.filtered + t.rejected"
                 " AND s.passed = t.passed AND t.passed = t.inserted + t.updated + t.skipped"
                 " AND t.rejected = (SELECT count(*) FROM wherry.reject r WHERE r.slice = s.id)"
                 " AND s.read = (SELECT max(value_count + nulled) FROM wherry.slice_column c WHERE c.slice = s.id"
                 " AND column_name = 'id') + t.rejected)"
                 " FROM wherry.slice s JOIN wherry.slice_target t ON t.slice = s.id WHERE s.read > 0",
                 "t");
    /* Every row is one that the journal knows by its transaction. */
    assert_value("SELECT count(*) FROM public.t WHERE xmin::text::bigint NOT IN (SELECT unnest(sub_xids || xid)"
                 " FROM wherry.slice WHERE xid IS NOT NULL)",
                 "0");
}

#endif
