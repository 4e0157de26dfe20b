/* snapshot_judge.c: says whether a file that was looked at can be read where it lies, and if not, what it is. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "snapshot_probe.h"

/* Offsets in the SQLite header (fileformat2.html, 1.3). */
enum {
    HEADER_PAGE_SIZE = 16,
    HEADER_WRITE_VERSION = 18,
    HEADER_READ_VERSION = 19,
    HEADER_CHANGE_COUNTER = 24,
    HEADER_PAGE_COUNT = 28,
    HEADER_ENCODING = 56,
    HEADER_VALID_FOR = 92
};

/* SQLite takes a path of at most 512 bytes with "-journal" behind it. */
enum { PATH_MOST = 504 };

static const char MAGIC[16] = "SQLite format 3";

const char *probe_show_path(char *out, size_t size, const char *path)
{
    size_t used;

    out[0] = '"';
    err_escape(out + 1, size - 2, (const unsigned char *)path, strlen(path));
    used = strlen(out);
    out[used] = '"';
    out[used + 1] = '\0';
    return out;
}

uint32_t probe_header_u32(const struct probe *p, size_t offset)
{
    const unsigned char *b = p->sample + offset;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

int probe_is_wal(const struct probe *p)
{
    return p->sample[HEADER_WRITE_VERSION] == 2 || p->sample[HEADER_READ_VERSION] == 2 || p->wal.size > 0;
}

/* ---- what a file is that is no database ---- */

static const struct {
    const char *start;
    size_t length;
    const char *what;
    const char *hint;
} KNOWN_STARTS[] = {
    {"\x1f\x8b", 2, "it is compressed with gzip", "unpack it first: gunzip"},
    {"BZh", 3, "it is compressed with bzip2", "unpack it first: bunzip2"},
    {"\xfd\x37zXZ", 5, "it is compressed with xz", "unpack it first: unxz"},
    {"\x28\xb5\x2f\xfd", 4, "it is compressed with zstd", "unpack it first: unzstd"},
    {"PK\x03\x04", 4, "it is a ZIP archive", "unpack it first: unzip"},
    {"PGDMP", 5, "it is an archive of pg_dump", "load it with pg_restore"},
    {"** This file contains an SQLite 2", 33, "it is of SQLite 2",
     "convert it with the old program: sqlite old.db .dump | sqlite3 new.db"},
    {"\x37\x7f\x06\x82", 4, "it is a write-ahead log", "name the database itself, the file without -wal"},
    {"\x37\x7f\x06\x83", 4, "it is a write-ahead log", "name the database itself, the file without -wal"},
    {"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8, "it is a rollback journal",
     "name the database itself, the file without -journal"},
};

static int is_text(const struct probe *p)
{
    for (size_t i = 0; i < p->sample_length; i++) {
        unsigned char c = p->sample[i];

        if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f')) {
            return 0;
        }
    }
    return 1;
}

static int contains(const struct probe *p, const char *word)
{
    size_t length = strlen(word);

    for (size_t i = 0; i + length <= p->sample_length; i++) {
        size_t k = 0;

        while (k < length && toupper(p->sample[i + k]) == word[k]) {
            k++;
        }
        if (k == length) {
            return 1;
        }
    }
    return 0;
}

/* Encrypted and compressed bytes use nearly all values, none of them often. */
static int looks_random(const struct probe *p)
{
    size_t count[256] = {0};
    size_t distinct = 0;
    size_t most = 0;

    for (size_t i = 0; i < p->sample_length; i++) {
        size_t n = ++count[p->sample[i]];

        distinct += n == 1;
        most = n > most ? n : most;
    }
    return p->sample_length >= 512 && distinct >= 200 && most * 32 < p->sample_length;
}

static int refuse_foreign(const struct probe *p, const char *shown, struct err *e)
{
    for (size_t i = 0; i < sizeof KNOWN_STARTS / sizeof KNOWN_STARTS[0]; i++) {
        if (p->sample_length >= KNOWN_STARTS[i].length &&
            memcmp(p->sample, KNOWN_STARTS[i].start, KNOWN_STARTS[i].length) == 0) {
            (void)err_set(e, ERR_ENVIRONMENT, "%s is not a SQLite database: %s", shown, KNOWN_STARTS[i].what);
            return err_hint(e, "%s", KNOWN_STARTS[i].hint);
        }
    }
    if (is_text(p)) {
        if (contains(p, "CREATE TABLE") || contains(p, "INSERT INTO") || contains(p, "BEGIN TRANSACTION")) {
            (void)err_set(e, ERR_ENVIRONMENT, "%s is not a SQLite database: it is text, an SQL dump", shown);
            return err_hint(e, "make a database of it first: sqlite3 new.db < dump.sql");
        }
        (void)err_set(e, ERR_ENVIRONMENT, "%s is not a SQLite database: it is text", shown);
        return err_hint(e, "check the path");
    }
    if (looks_random(p)) {
        (void)err_set(e, ERR_ENVIRONMENT, "%s is not a SQLite database, or it is encrypted (SQLCipher)", shown);
        return err_hint(e, "an encrypted database has to be exported to a plain one first: sqlcipher_export()");
    }
    (void)err_set(e, ERR_ENVIRONMENT, "%s is not a SQLite database", shown);
    return err_hint(e, "check the path; a damaged file may be saved with: sqlite3 old.db .recover | sqlite3 new.db");
}

/* ---- the database itself ---- */

static int refuse_missing(const char *shown, struct err *e)
{
    (void)err_set(e, ERR_ENVIRONMENT, "the source %s does not exist", shown);
    return err_hint(e, "check the path; the source has to be a SQLite file that is there");
}

int probe_resolve(char out[PROBE_PATH], const char *path, struct err *e)
{
    char shown[600];
    struct stat st;
    char *real = realpath(path, NULL);
    int error = errno;
    int fits = real != NULL && strlen(real) < PROBE_PATH;

    if (fits) {
        memcpy(out, real, strlen(real) + 1);
    }
    free(real);
    if (fits) {
        return 0;
    }
    (void)probe_show_path(shown, sizeof shown, path);
    if (real == NULL && error == ENOENT && lstat(path, &st) == 0) {
        (void)err_set(e, ERR_ENVIRONMENT, "the source %s is a symbolic link to a file that does not exist", shown);
        return err_hint(e, "check where the link points to");
    }
    if (real == NULL && error == ENOENT) {
        return refuse_missing(shown, e);
    }
    (void)err_set(e, ERR_ENVIRONMENT, "the source %s cannot be reached: %s", shown,
                  strerror(real == NULL ? error : ENAMETOOLONG));
    return err_hint(e, "check the path and the permissions of its directories");
}

static int judge_file(const struct probe *p, const char *shown, struct err *e)
{
    mode_t mode = p->database.mode;

    if (!p->database.exists) {
        return refuse_missing(shown, e);
    }
    if (S_ISDIR(mode)) {
        (void)err_set(e, ERR_ENVIRONMENT, "the source %s is a directory", shown);
        return err_hint(e, "name the database file in it");
    }
    if (!S_ISREG(mode)) {
        (void)err_set(e, ERR_ENVIRONMENT, "the source %s is a %s, not a regular file", shown,
                      S_ISFIFO(mode)   ? "named pipe"
                      : S_ISSOCK(mode) ? "socket"
                                       : "device");
        return err_hint(e, "write the database to a file first");
    }
    if (p->open_error != 0) {
        (void)err_set(e, ERR_ENVIRONMENT, "the source %s cannot be read: %s", shown, strerror(p->open_error));
        return err_hint(e, "run as a user who may read it, or change its permissions");
    }
    if (p->database.size == 0) {
        (void)err_set(e, ERR_ENVIRONMENT, "the source %s is empty (0 bytes)", shown);
        return err_hint(e, "check the path: SQLite makes such a file when a program opens a name that was not there");
    }
    return 0;
}

static int judge_header(const struct probe *p, const char *shown, struct err *e)
{
    uint32_t page_size = (uint32_t)p->sample[HEADER_PAGE_SIZE] << 8 | p->sample[HEADER_PAGE_SIZE + 1];
    uint32_t pages = probe_header_u32(p, HEADER_PAGE_COUNT);
    int counted = pages > 0 && probe_header_u32(p, HEADER_CHANGE_COUNTER) == probe_header_u32(p, HEADER_VALID_FOR);
    int64_t wanted;

    if (page_size == 1) {
        page_size = 65536;
    }
    if (p->sample_length >= PROBE_SQLITE_HEADER && (page_size < 512 || (page_size & (page_size - 1)) != 0)) {
        (void)err_set(e, ERR_ENVIRONMENT, "%s is damaged: its header gives a page size of %u bytes", shown, page_size);
        return err_hint(e, "restore a backup, or save what is left: sqlite3 old.db .recover | sqlite3 new.db");
    }
    /* A -wal with content may hold the pages that the file lacks. */
    wanted = counted && p->wal.size == 0 ? (int64_t)pages * page_size : (int64_t)page_size;
    if (p->sample_length < PROBE_SQLITE_HEADER || p->database.size < wanted) {
        (void)err_set(e, ERR_ENVIRONMENT, "%s is truncated: it has %lld bytes, and its header speaks of %lld", shown,
                      (long long)p->database.size, (long long)wanted);
        return err_hint(e, "copy it again from where it came, restore a backup, or save what is left: "
                           "sqlite3 old.db .recover | sqlite3 new.db");
    }
    return 0;
}

/* The hint names the file itself where a shell takes the name as it stands. */
static int hint_live(const char *path, struct err *e)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%";
    const char *name = strlen(path) < 300 && path[strspn(path, plain)] == '\0' ? path : "FILE";

    return err_hint(e, "stop it, or take a copy first and use that: wherry snapshot %s COPY", name);
}

const char *probe_show_user(const struct probe *p, char *out, size_t size)
{
    const char *what = p->user == PROBE_LOCK ? "holds a lock on it" : "has it open";
    char command[sizeof p->user_command * 4];

    if (p->user_pid > 0) {
        err_escape(command, sizeof command, (const unsigned char *)p->user_command, strlen(p->user_command));
        (void)snprintf(out, size, "process %ld (%s) %s", (long)p->user_pid, command, what);
    } else {
        (void)snprintf(out, size, "another process %s", what);
    }
    return out;
}

int probe_refuse_live(const struct probe *p, const char *path, struct err *e)
{
    char shown[600];
    char user[400];

    (void)err_set(e, ERR_ENVIRONMENT, "%s is in use: %s", probe_show_path(shown, sizeof shown, path),
                  probe_show_user(p, user, sizeof user));
    return hint_live(path, e);
}

int probe_refuse_utf16(const char *path, struct err *e)
{
    char shown[600];

    (void)err_set(e, ERR_ENVIRONMENT, "%s stores its texts as UTF-16, which is not supported",
                  probe_show_path(shown, sizeof shown, path));
    return err_hint(e, "convert it to UTF-8 and use the new file: sqlite3 old.db .dump | sqlite3 new.db");
}

int probe_refuse_hot_journal(const struct probe *p, const char *path, struct err *e)
{
    static const unsigned char magic[PROBE_JOURNAL_START] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    char shown[600];

    (void)probe_show_path(shown, sizeof shown, path);
    if (memcmp(p->journal_start, magic, sizeof magic) == 0) {
        (void)err_set(e, ERR_ENVIRONMENT,
                      "%s has a hot journal: a program ended in the middle of a transaction, and the "
                      "file holds a part of it",
                      shown);
        return err_hint(e, "copy the file together with its -journal (same names) and let sqlite3 roll it back in the "
                           "copy: sqlite3 copy.db 'select count(*) from sqlite_schema'");
    }
    (void)err_set(e, ERR_ENVIRONMENT,
                  "%s has a file with the name of its rollback journal beside it that is none, and "
                  "SQLite would delete it",
                  shown);
    return err_hint(e, "move the file with the ending -journal away");
}

int probe_judge(const struct probe *p, const char *path, int allow_live, int allow_utf16, struct err *e)
{
    char shown[600];
    int encoding = p->sample[HEADER_ENCODING + 3] & 3;

    (void)probe_show_path(shown, sizeof shown, path);
    if (strlen(path) > PATH_MOST) {
        (void)err_set(e, ERR_ENVIRONMENT, "the path %s is longer than the %d bytes that SQLite can open", shown,
                      PATH_MOST);
        return err_hint(e, "copy the file to a place with a shorter path");
    }
    if (judge_file(p, shown, e) != 0) {
        return -1;
    }
    if (p->sample_length < sizeof MAGIC || memcmp(p->sample, MAGIC, sizeof MAGIC) != 0) {
        return refuse_foreign(p, shown, e);
    }
    if (!allow_live && p->user != PROBE_NOBODY) {
        return probe_refuse_live(p, path, e);
    }
    if (judge_header(p, shown, e) != 0) {
        return -1;
    }
    if (!allow_utf16 && encoding >= 2) {
        return probe_refuse_utf16(path, e);
    }
    /* SQLite's own rule: a journal that does not start with a zero byte, and nobody at work. A journal in use by a live
     * process is its own affair. */
    if (p->journal.size > 0 && p->journal_start[0] != 0 && p->user == PROBE_NOBODY) {
        return probe_refuse_hot_journal(p, path, e);
    }
    return 0;
}
