/* helper.c: what the bench of whole runs needs a program for: data, a clock, the floor of the way back, a comparison.
 *
 *   helper generate FILE DIRECTORY SEED <COLUMNS
 *       fills the tables of a SQLite file, and DIRECTORY/TABLE.copy with the same rows as PostgreSQL's binary COPY
 *
 *   helper measure FILE COMMAND...
 *       runs a command; FILE gets seconds, user, system, peak in kB, exit code
 *
 *   helper insert FILE NEW_FILE
 *       copies all tables by prepared inserts
 *
 *   helper compare FILE OTHER
 *       prints the columns of FILE that OTHER has not bytewise, by first column
 */
#include "helper.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum { MAX_TABLES = 32 };

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("helper: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

sqlite3 *open_file(const char *path, int flags)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
        die("%s: %s", path, db != NULL ? sqlite3_errmsg(db) : "no memory");
    }
    return db;
}

void run_sql(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        die("%s: %s", sql, sqlite3_errmsg(db));
    }
}

sqlite3_stmt *prepare(sqlite3 *db, int may_fail, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *sql = sqlite3_vmprintf(format, arguments);
    va_end(arguments);
    sqlite3_stmt *statement = NULL;
    if (sql == NULL || (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK && !may_fail)) {
        die("%s: %s", sql != NULL ? sql : "no memory", sqlite3_errmsg(db));
    }
    sqlite3_free(sql);
    return statement;
}

int step(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        die("%s: %s", sqlite3_sql(statement), sqlite3_errmsg(sqlite3_db_handle(statement)));
    }
    return code == SQLITE_ROW;
}

sqlite3_stmt *prepare_insert(sqlite3 *db, const char *table, int columns)
{
    char places[2 * MAX_COLUMNS] = "?";
    for (int i = 1; i < columns; i++) {
        strcat(places, ",?");
    }
    return prepare(db, 0, "INSERT INTO \"%w\" VALUES (%s)", table, places);
}

void begin_quick(sqlite3 *db)
{
    run_sql(db, "PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -200000; BEGIN");
}

/* --- measure --- */

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void measure(const char *path, char **command)
{
    /* Nothing goes on when the bench has been ended. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execvp(command[0], command);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        die("%s can't be run", command[0]);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        die("%s can't be written", path);
    }
    fprintf(file, "%.4f %.4f %.4f %ld %d\n",
            (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9,
            seconds_of(usage.ru_utime), seconds_of(usage.ru_stime), usage.ru_maxrss,
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    fclose(file);
}

/* --- insert and compare --- */

static int list_tables(sqlite3 *db, char names[][NAME_SIZE])
{
    sqlite3_stmt *list = prepare(db, 0,
                                 "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                                 "name NOT LIKE 'sqlite%%' ORDER BY rootpage");
    int count = 0;
    while (count < MAX_TABLES && step(list)) {
        snprintf(names[count++], NAME_SIZE, "%s", (const char *)sqlite3_column_text(list, 0));
    }
    sqlite3_finalize(list);
    return count;
}

static void insert_all(const char *from, const char *to)
{
    char names[MAX_TABLES][NAME_SIZE];
    sqlite3 *source = open_file(from, SQLITE_OPEN_READONLY);
    sqlite3 *target = open_file(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    begin_quick(target);
    int count = list_tables(source, names);
    for (int i = 0; i < count; i++) {
        sqlite3_stmt *ddl = prepare(source, 0, "SELECT sql FROM sqlite_schema WHERE name = %Q", names[i]);
        step(ddl);
        run_sql(target, (const char *)sqlite3_column_text(ddl, 0));
        sqlite3_finalize(ddl);
        sqlite3_stmt *rows = prepare(source, 0, "SELECT * FROM \"%w\"", names[i]);
        int columns = sqlite3_column_count(rows);
        sqlite3_stmt *insert = prepare_insert(target, names[i], columns);
        while (step(rows)) {
            for (int c = 0; c < columns; c++) {
                sqlite3_bind_value(insert, c + 1, sqlite3_column_value(rows, c));
            }
            step(insert);
            sqlite3_reset(insert);
        }
        sqlite3_finalize(insert);
        sqlite3_finalize(rows);
    }
    run_sql(target, "COMMIT");
    sqlite3_close(target);
    sqlite3_close(source);
}

static uint64_t hash_cell(sqlite3_stmt *rows, int column, uint64_t seed)
{
    int class = sqlite3_column_type(rows, column);
    int64_t integer = sqlite3_column_int64(rows, column);
    double real = sqlite3_column_double(rows, column);
    seed = seed * 5 + (uint64_t) class;
    if (class == SQLITE_INTEGER) {
        return XXH3_64bits_withSeed(&integer, sizeof integer, seed);
    } else if (class == SQLITE_FLOAT) {
        return XXH3_64bits_withSeed(&real, sizeof real, seed);
    }
    const void *bytes = sqlite3_column_blob(rows, column);
    return XXH3_64bits_withSeed(bytes != NULL ? bytes : "", (size_t)sqlite3_column_bytes(rows, column), seed);
}

/* Sums of hashes, by column, each cell with the first column of its row: in any order of the rows the same. */
static void digest(sqlite3_stmt *rows, uint64_t *sums)
{
    memset(sums, 0, MAX_COLUMNS * sizeof *sums);
    while (step(rows)) {
        uint64_t key = hash_cell(rows, 0, 0);
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            sums[i] += hash_cell(rows, i, key);
        }
    }
}

static void compare(const char *path, const char *other_path)
{
    char names[MAX_TABLES][NAME_SIZE];
    uint64_t sums[MAX_COLUMNS], other_sums[MAX_COLUMNS];
    sqlite3 *file = open_file(path, SQLITE_OPEN_READONLY);
    sqlite3 *other = open_file(other_path, SQLITE_OPEN_READONLY);
    int count = list_tables(file, names);
    for (int i = 0; i < count; i++) {
        sqlite3_stmt *rows = prepare(file, 0, "SELECT * FROM \"%w\"", names[i]);
        sqlite3_str *columns = sqlite3_str_new(file);
        for (int c = 0; c < sqlite3_column_count(rows); c++) {
            sqlite3_str_appendf(columns, c > 0 ? ", \"%w\"" : "\"%w\"", sqlite3_column_name(rows, c));
        }
        char *list = sqlite3_str_finish(columns);
        sqlite3_stmt *other_rows = prepare(other, 1, "SELECT %s FROM \"%w\"", list, names[i]);
        sqlite3_free(list);
        digest(rows, sums);
        if (other_rows != NULL) {
            digest(other_rows, other_sums);
        }
        for (int c = 0; c < sqlite3_column_count(rows); c++) {
            if (other_rows == NULL || sums[c] != other_sums[c]) {
                printf("%s.%s\n", names[i], sqlite3_column_name(rows, c));
            }
        }
        sqlite3_finalize(rows);
        sqlite3_finalize(other_rows);
    }
    sqlite3_close(other);
    sqlite3_close(file);
}

int main(int count, char **words)
{
    const char *command = count > 1 ? words[1] : "";
    if (strcmp(command, "generate") == 0 && count == 5) {
        generate(words[2], words[3], words[4]);
    } else if (strcmp(command, "measure") == 0 && count > 3) {
        measure(words[2], words + 3);
    } else if (strcmp(command, "insert") == 0 && count == 4) {
        insert_all(words[2], words[3]);
    } else if (strcmp(command, "compare") == 0 && count == 4) {
        compare(words[2], words[3]);
    } else {
        die("generate, measure, insert or compare; see the head of helper.c");
    }
    return 0;
}
