/* helper.h: SQLite for the benches' helper, where a failure ends the program. */
#ifndef WHERRY_BENCH_HELPER_H
#define WHERRY_BENCH_HELPER_H

#include <sqlite3.h>

enum { MAX_COLUMNS = 64, NAME_SIZE = 64 };

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

sqlite3 *open_file(const char *path, int flags);
void run_sql(sqlite3 *db, const char *sql);

/* A prepared statement of a printf format of SQLite's; NULL when `may_fail` and SQLite refuses it. */
sqlite3_stmt *prepare(sqlite3 *db, int may_fail, const char *format, ...);

/* 1 when there is a row, 0 at the end. */
int step(sqlite3_stmt *statement);

sqlite3_stmt *prepare_insert(sqlite3 *db, const char *table, int columns);

/* Begins a transaction without anything that only a crash would need: the files are made anew, in one go. */
void begin_quick(sqlite3 *db);

/* Fills the tables of a file, and directory/TABLE.copy, by the lines of stdin. */
void generate(const char *path, const char *directory, const char *seed);

#endif
