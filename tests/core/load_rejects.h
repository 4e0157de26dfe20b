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

#endif
