/* fuzz_json_scan.c: the checks of UTF-8 and JSON, which read many bytes at a time, find in any text what those byte by
 * byte find. */
#include <stdlib.h>
#include <string.h>

#include "../core/json_plain.h"

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size);

static void must(int holds)
{
    if (!holds) {
        abort();
    }
}

static void compare_utf8(const unsigned char *data, size_t size)
{
    size_t expected = 0;
    size_t expected_count = 0;
    size_t length = 1;
    size_t at = size;
    size_t count = 0;
    while (expected < size && length > 0) {
        length = data[expected] == 0 ? 0 : utf8_character(data + expected, size - expected, NULL);
        expected += length;
        expected_count += length > 0;
    }
    must((utf8_check(data, size, &at, &count) == 0) == (expected == size));
    must(at == expected);
    must(expected < size || count == expected_count);
}

static void compare_json(const unsigned char *data, size_t size, int strict)
{
    size_t expected_at = 0;
    const char *expected_why = NULL;
    size_t at = 0;
    const char *why = NULL;
    unsigned styles = 0;
    int expected = json_check_plainly(data, size, strict, &expected_at, &expected_why);
    must(json_scan(data, size, strict, &styles, &at, &why) == expected);
    must(at == expected_at);
    must(expected == 0 ? why == NULL : strcmp(why, expected_why) == 0);
    for (int style = 0; strict && expected == 0 && style < JSON_STYLES; style++) {
        must((int)(styles >> style & 1) == json_is_canonical_plainly(data, size, style));
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
    unsigned char *data = malloc(size == 0 ? 1 : size); /* of its very size: a read beyond its end is seen */
    must(data != NULL);
    memcpy(data, input, size);
    compare_utf8(data, size);
    compare_json(data, size, 0);
    compare_json(data, size, 1);
    free(data);
    return 0;
}
