/* fuzz_mend.c: conversions of values that do not fit, and stored values as JSON, with any text, blob and number.
 *   A conversion gives a cell whose second conversion changes nothing more, and a text that is one where it mends
 * texts. The JSON of a cell and of a row is JSON that jsonb takes. Input: a byte for the conversion, a byte for the
 * column, a byte for the class, then the value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell_json.h"
#include "mend.h"

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size);

static const struct {
    const char *type; /* NULL: a column without a codec */
    int32_t typmod;
} columns[] = {{"text", -1},    {"varchar", 7}, {"bpchar", 7},  {"name", -1},
               {"int4", -1},    {"int8", -1},   {"bool", -1},   {"numeric", (5 << 16 | 2) + 4},
               {"numeric", -1}, {"float4", -1}, {"float8", -1}, {"money", -1},
               {NULL, -1}};

static void check_json(const struct bytes *json, const char *what)
{
    const char *why = "";
    size_t at = 0;
    if (json_check(json->data, json->length, 1, &at, &why) != 0) {
        (void)fprintf(stderr, "%s: no JSON at byte %zu: %s\n", what, at, why);
        abort();
    }
}

/* The JSON of the cell alone, and of a row with it under a name that needs care. */
static void json_of(const struct cell *c, const unsigned char *data, const unsigned char *name, size_t length)
{
    const char *names[1];
    struct batch batch;
    struct bytes json = {0};
    struct err e = {0};
    struct cell *row;
    char *copy = strndup((const char *)name, length);
    if (copy == NULL || cell_json(&json, c, data, &e) != 0) {
        abort();
    }
    check_json(&json, "a cell");
    json.length = 0;
    if (batch_init(&batch, 1, &e) != 0 || (row = batch_row(&batch, &e)) == NULL) {
        abort();
    }
    *row = *c;
    if (data != NULL && batch_bytes(&batch, row, (enum cell_class)c->class, data, c->length, &e) != 0) {
        abort();
    }
    names[0] = copy;
    if (row_json(&json, &batch, 0, names, 1, &e) != 0) {
        abort();
    }
    check_json(&json, "a row");
    batch_free(&batch);
    bytes_free(&json);
    free(copy);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
    struct cell c = {0};
    struct cell mended = {0};
    struct cell again = {0};
    struct bytes arena = {0};
    struct bytes more = {0};
    struct err e = {0};
    size_t at = 0;
    if (size < 3) {
        return 0;
    }
    enum mend mend = (enum mend)(input[0] % MEND_COUNT);
    size_t column = input[1] % (sizeof columns / sizeof columns[0]);
    struct codec_hint hint = {.typmod = columns[column].typmod};
    const struct codec *codec = columns[column].type == NULL ? NULL : codec_find(0, columns[column].type);
    const unsigned char *data = input + 3;
    c.class = (uint8_t)(CELL_INTEGER + input[2] % CELL_BLOB);
    if (c.class == CELL_INTEGER || c.class == CELL_REAL) {
        if (size - 3 < sizeof c.as) {
            return 0;
        }
        memcpy(&c.as, data, sizeof c.as);
        if (c.class == CELL_REAL && c.as.real != c.as.real) {
            return 0; /* SQLite has no NaN */
        }
        data = NULL;
    } else {
        c.length = (uint32_t)(size - 3);
    }
    json_of(&c, data, input, size);
    int changed = mend_cell(mend, codec, &hint, &c, data, &mended, &arena, &e);
    if (changed < 0) {
        abort();
    }
    if (changed && mended.class != CELL_NULL) {
        const unsigned char *bytes =
            mended.class == CELL_TEXT || mended.class == CELL_BLOB ? arena.data + mended.as.offset : NULL;
        if (mend <= MEND_ESCAPE && utf8_check(bytes, mended.length, &at, NULL) != 0) {
            (void)fprintf(stderr, "the mended text is none, byte %zu\n", at);
            abort();
        }
        if (mend_cell(mend, codec, &hint, &mended, bytes, &again, &more, &e) > 0 &&
            (again.class != mended.class || again.length != mended.length)) {
            (void)fprintf(stderr, "a second conversion changes the value again\n");
            abort();
        }
    }
    bytes_free(&arena);
    bytes_free(&more);
    return 0;
}
