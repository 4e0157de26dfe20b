/* fuzz_copyfmt_read.c: any bytes as a message of COPY TO STDOUT: read or refused without harm; fields lie inside the
 * message, and all of them together are the message.
 *
 * Input: 'h' (the signature stands before the rest, which begins with the header's flags) or anything else (the header
 * was in a message before), then the message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "copyfmt_read.h"

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size);

enum { COLUMNS = 3 };

static const char SIGNATURE[] = "PGCOPY\n\377\r\n"; /* and its NUL */

static void fail(const char *why)
{
    (void)fprintf(stderr, "%s\n", why);
    abort();
}

/* Appends the row as the server would have sent it. */
static void append_row(struct bytes *out, const struct copy_field *fields, const unsigned char *message, size_t length)
{
    struct err e;

    if (bytes_put_u16(out, COLUMNS, &e) != 0) {
        abort();
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t bytes = fields[i].length < 0 ? 0 : (size_t)fields[i].length;

        if (fields[i].data < message || fields[i].data + bytes > message + length) {
            fail("a field lies outside of its message");
        }
        if (bytes_put_u32(out, (unsigned)fields[i].length, &e) != 0 ||
            bytes_append(out, fields[i].data, bytes, &e) != 0) {
            abort();
        }
    }
}

static void read_all(unsigned char *message, size_t length, int begun)
{
    struct read_column columns[COLUMNS] = {{.codec = codec_find(0, "int8"), .name = "a", .type_name = "bigint"},
                                           {.codec = codec_find(0, "text"), .name = "b", .type_name = "text"},
                                           {.codec = codec_find(0, "numeric"), .name = "c", .type_name = "numeric"}};
    struct copy_reader reader = {.begun = begun};
    struct copy_field fields[COLUMNS];
    struct bytes again = {0};
    struct batch batch;
    struct err e = {0};
    size_t at = 0, first = 0;
    int got;

    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i].hint.typmod = -1;
    }
    if (batch_init(&batch, COLUMNS, &e) != 0) {
        abort();
    }
    while ((got = copy_read_row(&reader, message, length, &at, fields, COLUMNS, &e)) == 1) {
        size_t rows = batch.rows, bytes = batch.arena.length;

        append_row(&again, fields, message, length);
        first = at - again.length; /* behind the header */
        if (copy_read_cells(columns, COLUMNS, fields, &batch, NULL, &e) != 0 &&
            (batch.rows != rows || batch.arena.length != bytes || e.kind != ERR_VALUE || e.message[0] == '\0')) {
            fail("a refused row leaves something, or is not told");
        }
    }
    if (got < 0 ? e.message[0] == '\0' : at != length) {
        fail("a message is neither read nor refused");
    }
    if (again.length > 0 && memcmp(again.data, message + first, again.length) != 0) {
        fail("the fields are not the message");
    }
    bytes_free(&again);
    batch_free(&batch);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
    int headed = size > 0 && input[0] == 'h';
    size_t before = headed ? sizeof SIGNATURE : 0;
    size_t rest = size > 0 ? size - 1 : 0;
    unsigned char *message = malloc(before + rest + (before + rest == 0)); /* of its very size: a read beyond is seen */

    if (message == NULL) {
        abort();
    }
    memcpy(message, SIGNATURE, before);
    if (rest > 0) {
        memcpy(message + before, input + 1, rest);
    }
    read_all(message, before + rest, !headed);
    free(message);
    return 0;
}
