/* proxy.h: a proxy on TCP before the test server's Unix socket, which alters, delays, swallows or cuts what passes.
 * Include it behind cmocka.h, or what stands for its assertions. */
#ifndef WHERRY_TESTS_PROXY_H
#define WHERRY_TESTS_PROXY_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pgwire.h"

#ifndef PROXY_CONNECTIONS
enum { PROXY_CONNECTIONS = 8 };
#endif

/* What becomes of the piece (one read from either side) at which the connection is cut, and of the connection. */
enum proxy_cut {
    PROXY_CUT_BEFORE, /* lost */
    PROXY_CUT_AFTER,  /* passed on, and nothing after it */
    PROXY_CUT_HALF,   /* as BEFORE, but the server does not notice until proxy_stop */
    PROXY_CUT_MUTE,   /* as HALF, and the client does not notice either */
    PROXY_CUT_SHUT    /* passed on, and then that side hears the end, while it may go on to send */
};

struct proxy {
    int listener, port;
    int make_up_pid;     /* like a pooler, that makes up the process number of each session */
    atomic_int swallow;  /* the connection (from 1) whose client is no longer heard; 0: none */
    atomic_int silence;  /* the connection (from 1) whose server is no longer heard; 0: none */
    atomic_int accepted; /* connections so far */
    enum proxy_cut cut;
    atomic_int cut_at;               /* the piece, counted over all connections from 1; 0: none */
    atomic_int pieces;               /* that came so far */
    atomic_long cut_byte;            /* the byte, counted as the pieces are: what is before it is passed; 0: none */
    atomic_long bytes;               /* that came so far */
    int delay_us;                    /* that each piece is held back */
    atomic_int stopped;              /* by proxy_stop */
    struct sockaddr_storage address; /* of the server */
    socklen_t address_length;
    pthread_t acceptor, pumps[PROXY_CONNECTIONS];
    char conninfo[200];
};

struct proxy_connection {
    struct proxy *proxy;
    int number, client, behind;
    int mute; /* what comes is taken and forgotten */
};

/* Passes on what comes from one side. 0 at its end. */
static inline int proxy_pass(struct proxy_connection *c, int from, int to)
{
    static const unsigned char made_up[] = {0, 0, 0x12, 0x67};
    struct proxy *proxy = c->proxy;
    char buffer[8192];
    ssize_t got = read(from, buffer, sizeof buffer);

    if (got <= 0)
        return 0;
    if (c->mute || c->number == (from == c->client ? proxy->swallow : proxy->silence))
        return 1;
    if (proxy->delay_us > 0)
        usleep((useconds_t)proxy->delay_us);
    int cut = ++proxy->pieces == proxy->cut_at;
    long before = atomic_fetch_add(&proxy->bytes, got);
    if (proxy->cut_byte > before && proxy->cut_byte <= before + got) {
        got = proxy->cut_byte - before - 1;
        (void)send(to, buffer, (size_t)got, MSG_NOSIGNAL);
        cut = 1;
        got = 0;
    }
    if (cut && proxy->cut == PROXY_CUT_MUTE)
        return c->mute = 1;
    if (cut && (proxy->cut == PROXY_CUT_BEFORE || proxy->cut == PROXY_CUT_HALF))
        return 0;
    for (ssize_t i = 0; from == c->behind && proxy->make_up_pid && i + 9 <= got; i++) {
        if (memcmp(buffer + i, "K\0\0\0\14", 5) == 0) /* BackendKeyData */
            memcpy(buffer + i + 5, made_up, sizeof made_up);
    }
    if (send(to, buffer, (size_t)got, MSG_NOSIGNAL) != got)
        return 0;
    if (cut && proxy->cut == PROXY_CUT_SHUT)
        return shutdown(to, SHUT_WR) == 0;
    return !cut;
}

static inline void *proxy_pump(void *argument)
{
    struct proxy_connection *c = argument;
    struct pollfd ready[2] = {{.fd = c->client, .events = POLLIN}, {.fd = c->behind, .events = POLLIN}};
    int open = 1;

    while (open && poll(ready, 2, -1) > 0) {
        if (ready[0].revents != 0)
            open = proxy_pass(c, c->client, c->behind);
        if (open && ready[1].revents != 0)
            open = proxy_pass(c, c->behind, c->client);
    }
    close(c->client);
    while ((c->proxy->cut == PROXY_CUT_HALF || c->mute) && !c->proxy->stopped)
        usleep(10000);
    close(c->behind);
    free(c);
    return NULL;
}

static inline void *proxy_accept(void *argument)
{
    struct proxy *proxy = argument;
    int client;

    while (proxy->accepted < PROXY_CONNECTIONS && (client = accept(proxy->listener, NULL, NULL)) >= 0) {
        struct proxy_connection *c = malloc(sizeof *c);
        int behind = socket(AF_UNIX, SOCK_STREAM, 0);

        if (c == NULL || behind < 0 || connect(behind, (struct sockaddr *)&proxy->address, proxy->address_length) != 0)
            abort();
        *c = (struct proxy_connection){proxy, proxy->accepted + 1, client, behind, 0};
        if (pthread_create(&proxy->pumps[proxy->accepted], NULL, proxy_pump, c) != 0)
            abort();
        proxy->accepted++;
    }
    return NULL;
}

/* A port of the loop-back that somebody listens at. */
static inline int listen_somewhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 5), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

/* Starts it before the server at an address. */
static inline void proxy_before(struct proxy *proxy, const struct sockaddr_storage *address, socklen_t length)
{
    memset(proxy, 0, sizeof *proxy);
    proxy->address = *address;
    proxy->address_length = length;
    proxy->listener = listen_somewhere(&proxy->port);
    snprintf(proxy->conninfo, sizeof proxy->conninfo,
             "host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=disable gssencmode=disable", proxy->port);
    assert_int_equal(pthread_create(&proxy->acceptor, NULL, proxy_accept, proxy), 0);
}

/* Starts it before the server of a connection by Unix socket. */
static inline void proxy_start(struct proxy *proxy, const struct pgwire *server)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;

    assert_int_equal(getpeername(PQsocket(server->conn), (struct sockaddr *)&address, &length), 0);
    proxy_before(proxy, &address, length);
}

/* Close all connections first. */
static inline void proxy_stop(struct proxy *proxy)
{
    proxy->stopped = 1;
    shutdown(proxy->listener, SHUT_RDWR);
    pthread_join(proxy->acceptor, NULL);
    for (int i = 0; i < proxy->accepted; i++)
        pthread_join(proxy->pumps[i], NULL);
    close(proxy->listener);
}

#endif
