/* proxy.c: the proxy of the C tests (tests/core/proxy.h) as a program, for the end-to-end tests:
 *   proxy SOCKET CUT BYTE DELAY_US
 * stands before the server's Unix socket SOCKET, prints its port, and passes on what comes until its input ends. At
 * BYTE (counted over all connections, 0: never) the connection is cut: half (its other half is lost), end, mute or
 * shut. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define PROXY_CONNECTIONS 200
#define assert_true(condition) ((condition) ? (void)0 : abort())
#define assert_int_equal(a, b) assert_true((a) == (b))
#include "../core/proxy.h"

/* What the word says. */
static enum proxy_cut cut_of(const char *word)
{
    return strcmp(word, "half") == 0   ? PROXY_CUT_HALF
           : strcmp(word, "mute") == 0 ? PROXY_CUT_MUTE
           : strcmp(word, "shut") == 0 ? PROXY_CUT_SHUT
                                       : PROXY_CUT_BEFORE;
}

int main(int count, char **words)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_un server = {.sun_family = AF_UNIX};
    struct proxy proxy;

    if (count != 5 || strlen(words[1]) >= sizeof server.sun_path) {
        fprintf(stderr, "usage: proxy SOCKET half|end|mute|shut BYTE DELAY_US\n");
        return 2;
    }
    strcpy(server.sun_path, words[1]);
    memcpy(&address, &server, sizeof server);
    proxy_before(&proxy, &address, sizeof server);
    proxy.cut = cut_of(words[2]);
    proxy.cut_byte = atol(words[3]);
    proxy.delay_us = atoi(words[4]);
    printf("%d\n", proxy.port);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    _exit(0); /* connections may still be open */
}
