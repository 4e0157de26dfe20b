/* terminal.c: the terminal that somebody types on, key by key. */
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "mem.h"
#include "stop.h"

enum { LOOK_MS = 100 }; /* how often a wait looks whether the process was asked to stop */

struct terminal {
    int fd; /* not owned */
    struct termios before;
};

int terminal_open(struct terminal **out, int fd, struct err *e)
{
    struct terminal *t = mem_alloc(sizeof *t, e);
    struct termios keys;

    if (t == NULL) {
        return -1;
    }
    t->fd = fd;
    if (tcgetattr(fd, &t->before) != 0) {
        mem_free(t);
        return err_set(e, ERR_ENVIRONMENT, "the terminal cannot be read key by key: %s", strerror(errno));
    }
    keys = t->before;
    keys.c_iflag &= (tcflag_t) ~(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    keys.c_lflag &= (tcflag_t) ~(ECHO | ICANON | IEXTEN | ISIG);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSADRAIN, &keys) != 0) {
        mem_free(t);
        return err_set(e, ERR_ENVIRONMENT, "the terminal cannot be read key by key: %s", strerror(errno));
    }
    *out = t;
    return 0;
}

void terminal_close(struct terminal *t)
{
    if (t == NULL) {
        return;
    }
    (void)tcsetattr(t->fd, TCSADRAIN, &t->before);
    mem_free(t);
}

int terminal_read(struct terminal *t, char *out, size_t size, struct err *e)
{
    struct pollfd wait = {.fd = t->fd, .events = POLLIN};
    ssize_t got;

    while (stop_signal() == 0) {
        int ready = poll(&wait, 1, LOOK_MS);

        if (ready == 0 || (ready < 0 && errno == EINTR)) {
            continue;
        }
        got = read(t->fd, out, size);
        if (got >= 0) {
            return (int)got;
        }
        if (errno == EIO) { /* the terminal was closed */
            return 0;
        }
        if (errno != EINTR && errno != EAGAIN) {
            return err_set(e, ERR_ENVIRONMENT, "the terminal cannot be read: %s", strerror(errno));
        }
    }
    return 0;
}
