/* copy_probe.h: rows and columns for the tests of COPY's formats. */
#ifndef WHERRY_TESTS_COPY_PROBE_H
#define WHERRY_TESTS_COPY_PROBE_H

#include "codec_probe.h"

#include "copyfmt.h"

/* A batch of one row, made of the cells of an array of probes. */
static inline void fill(struct batch *b, const struct probe *probes, size_t count)
{
    struct err e = {0};
    assert_int_equal(batch_init(b, count, &e), 0);
    struct cell *row = batch_row(b, &e);
    assert_non_null(row);
    for (size_t i = 0; i < count; i++) {
        enum cell_class class = (enum cell_class)probes[i].cell.class;
        if (class == CELL_TEXT || class == CELL_BLOB) {
            assert_int_equal(batch_bytes(b, &row[i], class, probes[i].data, probes[i].cell.length, &e), 0);
        } else {
            row[i] = probes[i].cell;
        }
    }
}

static inline struct probe null(void)
{
    return (struct probe){{.class = CELL_NULL}, NULL};
}

static inline struct copy_column column(size_t cell, const char *type)
{
    return (struct copy_column){.cell = cell,
                                .codec = type == NULL ? NULL : codec_find(0, type),
                                .hint = {.typmod = -1},
                                .source_name = "source_column",
                                .target_name = "target_column",
                                .type_name = type == NULL ? "inet" : type};
}

#endif
