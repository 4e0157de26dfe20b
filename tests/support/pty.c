/* pty.c: runs a program on a terminal of its own and types what a file says: pty STEPS COLUMNS PROGRAM ARGUMENT...
 *
 * Steps, one a line: `wait TEXT` until the program has written TEXT (behind what earlier steps have waited for), `send
 * TEXT` types it, `resize COLUMNS` makes the terminal wider or narrower, `run COMMAND` has a shell do something; \r \n
 * \t \\ and \xNN are characters. All that the program has written comes out on the standard output. The exit code is the
 * program's; 128 + n after signal n; 99 when a wait took longer than 20 s. */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE /* TIOCSWINSZ, TIOCSCTTY */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_WAIT = 20, TIMED_OUT = 99, MOST = 1 << 20 };

static char seen[MOST + 1]; /* all that the program has written */
static size_t length;
static size_t looked; /* what earlier waits have passed */

static size_t unescape(char *text)
{
    char *out = text;

    for (const char *in = text; *in != '\0'; in++) {
        unsigned code = 0;

        if (*in != '\\') {
            *out++ = *in;
        } else if (*++in == 'x' && sscanf(in + 1, "%2x", &code) == 1) {
            *out++ = (char)code;
            in += 2;
        } else {
            *out++ = *in == 'r' ? '\r' : *in == 'n' ? '\n' : *in == 't' ? '\t' : *in;
        }
    }
    *out = '\0';
    return (size_t)(out - text);
}

/* Takes what the program has written meanwhile: 1, or 0 when it has ended. */
static int take(int terminal, int milliseconds)
{
    struct pollfd wait = {.fd = terminal, .events = POLLIN};
    ssize_t got;

    if (poll(&wait, 1, milliseconds) <= 0) {
        return 1;
    }
    got = read(terminal, seen + length, MOST - length);
    if (got <= 0) {
        return 0;
    }
    (void)!write(STDOUT_FILENO, seen + length, (size_t)got);
    length += (size_t)got;
    return 1;
}

/* 1 when the text has come, 0 when it will not. */
static int wait_for(int terminal, const char *text, size_t size)
{
    time_t limit = time(NULL) + LONGEST_WAIT;

    for (;;) {
        int more = 1;

        for (size_t at = looked; at + size <= length; at++) {
            if (memcmp(seen + at, text, size) == 0) {
                looked = at + size;
                return 1;
            }
        }
        if (time(NULL) > limit || length == MOST) {
            return 0;
        }
        more = take(terminal, 50);
        if (!more) {
            return 0;
        }
    }
}

static void resize(int terminal, const char *columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)atoi(columns)};

    (void)ioctl(terminal, TIOCSWINSZ, &size);
}

static int start(char **argv, const char *columns, pid_t *child)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    int own; /* the program's side, open before it runs: without one the other side is at its end */

    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) {
        return -1;
    }
    own = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    resize(terminal, columns);
    *child = fork();
    if (*child == 0) {
        (void)setsid();
        (void)ioctl(own, TIOCSCTTY, 0);
        close(terminal);
        for (int fd = 0; fd < 3; fd++) {
            (void)dup2(own, fd);
        }
        if (own > 2) {
            close(own);
        }
        execvp(argv[0], argv);
        _exit(127);
    }
    close(own);
    return *child < 0 ? -1 : terminal;
}

static int play(FILE *steps, int terminal)
{
    char line[8192];

    while (fgets(line, sizeof line, steps) != NULL) {
        char *text = strchr(line, ' ');
        size_t size;

        line[strcspn(line, "\n")] = '\0';
        if (text == NULL) {
            continue;
        }
        text++;
        size = unescape(text);
        if (strncmp(line, "send ", 5) == 0) {
            (void)!write(terminal, text, size);
        } else if (strncmp(line, "resize ", 7) == 0) {
            resize(terminal, text);
        } else if (strncmp(line, "run ", 4) == 0) {
            (void)!system(text);
        } else if (!wait_for(terminal, text, size)) {
            fprintf(stderr, "pty: \"%s\" did not come\n", text);
            return TIMED_OUT;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    FILE *steps = argc > 3 ? fopen(argv[1], "r") : NULL;
    time_t limit;
    pid_t child = 0;
    int terminal;
    int status = 0;
    int failed;

    if (steps == NULL) {
        fprintf(stderr, "usage: pty STEPS COLUMNS PROGRAM ARGUMENT...\n");
        return 2;
    }
    (void)signal(SIGHUP, SIG_IGN);
    terminal = start(argv + 3, argv[2], &child);
    if (terminal < 0) {
        perror("pty");
        return 2;
    }
    failed = play(steps, terminal);
    fclose(steps);
    limit = time(NULL) + LONGEST_WAIT;
    while (failed == 0 && take(terminal, 50)) {
        failed = time(NULL) > limit ? TIMED_OUT : 0;
    }
    if (failed != 0) {
        (void)kill(child, SIGKILL);
    }
    (void)waitpid(child, &status, 0);
    close(terminal);
    return failed != 0 ? failed : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
