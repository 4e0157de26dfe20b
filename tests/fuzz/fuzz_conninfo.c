/* fuzz_conninfo.c: connection strings of any kind: parsed or refused without harm, and no password in what is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgwire.h"

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size);

/* The whole input is masked as a text of its own, and the first line of it is a connection string. */
int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
    char text[1000];
    char small[20];
    struct err e = {0};
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, input, length);
    text[length] = '\0';
    char *conninfo = strdup(text);
    if (conninfo == NULL) {
        abort();
    }
    conninfo[strcspn(conninfo, "\n")] = '\0';
    PQconninfoOption *options = pgwire_parse(conninfo, &e);
    for (const PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++) {
        if (strcmp(option->keyword, "password") == 0 && option->val != NULL && strlen(option->val) > 4) {
            char said[1200];
            (void)snprintf(said, sizeof said, "before %s after", option->val);
            pgwire_mask(conninfo, said, sizeof said);
            if (strstr(said, option->val) != NULL && strspn(option->val, "*") != strlen(option->val)) {
                (void)fprintf(stderr, "the password is told: %s\n", said);
                abort();
            }
        }
    }
    if (options == NULL && (e.kind != ERR_USAGE && e.kind != ERR_MEMORY)) {
        (void)fprintf(stderr, "refused in another way: %s\n", e.message);
        abort();
    }
    (void)snprintf(small, sizeof small, "%s", text);
    pgwire_mask(conninfo, text, sizeof text);
    pgwire_mask(conninfo, small, sizeof small);
    pgwire_mask(NULL, text, sizeof text);
    if (strlen(small) >= sizeof small || strlen(text) >= sizeof text) {
        abort();
    }
    PQconninfoFree(options);
    free(conninfo);
    return 0;
}
