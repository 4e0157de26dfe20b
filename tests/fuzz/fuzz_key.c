/* fuzz_key.c: keys as they stand in a journal: decoded or refused without harm; what is decoded is encoded to the same
 * bytes again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
    static const char *const names[KEY_MAX_CELLS] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                                     "i", "j", "k", "l", "m", "n", "o", "p"};
    struct cell cells[KEY_MAX_CELLS];
    size_t columns[KEY_MAX_CELLS];
    struct batch batch;
    struct bytes out = {0};
    struct err e = {0};
    char said[60];
    unsigned char *data = malloc(size == 0 ? 1 : size); /* of its very size: a read beyond its end is seen */
    if (data == NULL) {
        abort();
    }
    memcpy(data, input, size);
    int count = key_decode(cells, data, size, &e);
    key_describe(said, sizeof said, data, size, names, KEY_MAX_CELLS);
    if (strlen(said) >= sizeof said) {
        abort();
    }
    if (count > 0) {
        struct cell *row;
        if (batch_init(&batch, (size_t)count, &e) != 0 || (row = batch_row(&batch, &e)) == NULL) {
            abort();
        }
        for (size_t i = 0; i < (size_t)count; i++) {
            columns[i] = i;
            row[i] = cells[i];
            if ((cells[i].class == CELL_TEXT || cells[i].class == CELL_BLOB) &&
                batch_bytes(&batch, &row[i], (enum cell_class)cells[i].class, data + cells[i].as.offset,
                            cells[i].length, &e) != 0) {
                abort();
            }
        }
        if (key_encode(&out, &batch, 0, columns, (size_t)count, &e) != 0 || out.length != size ||
            memcmp(out.data, data, size) != 0) {
            (void)fprintf(stderr, "another key comes back\n");
            abort();
        }
        batch_free(&batch);
        bytes_free(&out);
    }
    free(data);
    return 0;
}
