/* stop.h: the process's wish to stop. Set by the signal handler, looked at by every wait and by SQLite's progress
 * handlers. The only global state of the core. */
#ifndef WHERRY_STOP_H
#define WHERRY_STOP_H

/* The signal that asked to stop (SIGINT, SIGTERM, SIGHUP), or 0. */
int stop_signal(void);

/* Called from a signal handler (async-signal-safe), or by tests; 0 takes it back. */
void stop_request(int signal);

/* Installs handlers for SIGINT, SIGTERM and SIGHUP that call stop_request. A second SIGINT wipes (see stop_wipe) and
 * falls to the default action. */
void stop_watch(void);

/* What a second SIGINT writes to the standard error before the process ends: what takes a half-drawn line from a
 * terminal. A text that stays; NULL: nothing. */
void stop_wipe(const char *text);

/* stop_watch; ignores SIGPIPE and no longer ignores SIGCHLD. */
void stop_install(void);

/* For a library inside of a program that treats SIGINT in a way of its own, as stock lua does: from the first call on
 * SIGINT asks to stop while the process is between stop_enter and stop_leave, and is the program's else. Without effect
 * where the program lets SIGINT end it or ignores it, and where stop_watch has it. */
void stop_share(void);

/* Around what may take long. told: it has ended with ERR_INTERRUPTED, so whoever asked has got an answer; else a
 * request that came in between is handed on to the program. */
void stop_enter(void);
void stop_leave(int told);

#endif
