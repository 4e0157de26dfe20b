/* batch.c: rows in flight, and cells as text for messages. */
#include "batch.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"

int batch_init(struct batch *b, size_t columns, struct err *e)
{
    memset(b, 0, sizeof *b);
    if (columns == 0) {
        return err_set(e, ERR_INTERNAL, "a batch needs at least one column");
    }
    if (columns > SIZE_MAX / sizeof(struct cell) / (2 * BATCH_ROWS)) {
        return err_set(e, ERR_INTERNAL, "a batch cannot have %zu columns", columns);
    }
    b->columns = columns;
    return 0;
}

void batch_free(struct batch *b)
{
    mem_free(b->cells);
    bytes_free(&b->arena);
    memset(b, 0, sizeof *b);
}

void batch_clear(struct batch *b)
{
    b->rows = 0;
    b->arena.length = 0;
    if (b->arena.capacity > 4 * (size_t)BATCH_BYTES) {
        bytes_free(&b->arena);
    }
}

struct cell *batch_row(struct batch *b, struct err *e)
{
    enum { FIRST_ROWS = 16 };
    if (b->rows == b->row_capacity) {
        size_t capacity = b->row_capacity == 0 ? FIRST_ROWS : b->row_capacity * 2;
        if (capacity > SIZE_MAX / sizeof(struct cell) / b->columns) {
            (void)err_set(e, ERR_MEMORY, "out of memory: a batch cannot hold %zu rows", capacity);
            return NULL;
        }
        struct cell *cells = mem_resize(b->cells, capacity * b->columns * sizeof *cells, e);
        if (cells == NULL) {
            return NULL;
        }
        b->cells = cells;
        b->row_capacity = capacity;
    }
    struct cell *row = b->cells + b->rows * b->columns;
    memset(row, 0, b->columns * sizeof *row); /* zero is CELL_NULL */
    b->rows++;
    return row;
}

int batch_bytes(struct batch *b, struct cell *c, enum cell_class class, const void *data, size_t length, struct err *e)
{
    struct bytes *arena = &b->arena;
    if (length > UINT32_MAX) {
        return err_set(e, ERR_MEMORY, "out of memory: a cell of %zu bytes is beyond what a batch holds", length);
    }
    /* At least one byte, so that batch_data of an empty text never offsets a null pointer. */
    if (bytes_reserve(arena, length + (length == 0), e) != 0) {
        return -1;
    }
    c->as.offset = arena->length;
    c->length = (uint32_t)length;
    c->class = (uint8_t) class;
    c->marks = 0;
    if (length > 0) {
        memcpy(arena->data + arena->length, data, length);
        arena->length += length;
    }
    return 0;
}

int batch_full(const struct batch *b)
{
    size_t limit = b->row_limit && b->row_limit < BATCH_ROWS ? b->row_limit : BATCH_ROWS;
    return b->rows >= limit || b->arena.length + b->rows * b->columns * sizeof(struct cell) >= BATCH_BYTES;
}

const char *cell_class_name(enum cell_class class)
{
    static const char *const names[] = {"null", "integer", "real", "text", "blob"};
    return class <= CELL_BLOB ? names[class] : "unknown";
}

static void describe_blob(char *out, size_t size, const unsigned char *bytes, size_t length)
{
    static const char mark[] = "\xE2\x80\xA6";
    size_t fits = (size - 1) / 2;
    int cut = length > fits;
    if (cut) {
        length = size > sizeof mark ? (size - sizeof mark) / 2 : 0;
    }
    hex_encode(out, bytes, length);
    out[2 * length] = '\0';
    if (cut && 2 * length + sizeof mark <= size) {
        memcpy(out + 2 * length, mark, sizeof mark);
    }
}

void cell_describe(char *out, size_t size, const struct cell *c, const unsigned char *bytes)
{
    char number[40];
    if (size == 0) {
        return;
    }
    out[0] = '\0';
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        break;
    case CELL_INTEGER:
        (void)snprintf(out, size, "%" PRId64, c->as.integer);
        break;
    case CELL_REAL:
        (void)real_to_text(number, sizeof number, c->as.real);
        (void)snprintf(out, size, "%s", number);
        break;
    case CELL_TEXT:
        err_escape(out, size, bytes, c->length);
        break;
    case CELL_BLOB:
        describe_blob(out, size, bytes, c->length);
        break;
    }
}

/* Decimals of at most 15 digits identify their double, and a quotient of two exact doubles is the correctly rounded
 * one: when m / 10^k gives the value back, the digits of m are its shortest decimal. Covers nearly all stored values
 * without a call of printf. Returns the length, or 0 when the value is not of that kind. */
static size_t short_decimal(char *out, double value)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
    double size = fabs(value);
    if (!(size >= 1e-4 && size < 1e15)) {
        return 0;
    }
    for (size_t k = 0; k < sizeof tens / sizeof tens[0]; k++) {
        double product = size * tens[k];
        if (product >= 1e15) {
            return 0;
        }
        double scaled = (double)(uint64_t)(product + 0.5);
        if (scaled / tens[k] != size) {
            continue;
        }
        char digits[32];
        uint64_t rest = (uint64_t)scaled;
        size_t count = 0;
        while (rest > 0 || count <= k) {
            digits[count++] = (char)('0' + rest % 10);
            rest /= 10;
        }
        size_t used = 0;
        if (value < 0) {
            out[used++] = '-';
        }
        while (count > 0) {
            if (count == k) {
                out[used++] = '.';
            }
            out[used++] = digits[--count];
        }
        if (k == 0) {
            out[used++] = '.';
            out[used++] = '0';
        }
        out[used] = '\0';
        return used;
    }
    return 0;
}

size_t real_to_text(char *out, size_t size, double value)
{
    if (isnan(value)) {
        return (size_t)snprintf(out, size, "NaN");
    }
    if (isinf(value)) {
        return (size_t)snprintf(out, size, value < 0 ? "-Infinity" : "Infinity");
    }
    size_t length = short_decimal(out, value);
    if (length > 0) {
        return length;
    }
    /* 15 digits are exact both ways for normal numbers; subnormal ones have fewer digits to spend. */
    for (int digits = fabs(value) < DBL_MIN ? 1 : DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        length = (size_t)snprintf(out, size, "%.*g", digits, value);
        if (strtod(out, NULL) == value) {
            break;
        }
    }
    if (strpbrk(out, ".e") == NULL) {
        out[length++] = '.';
        out[length++] = '0';
        out[length] = '\0';
    }
    return length;
}
