/* generate.c: seeded data for the bench of whole runs, each value as an application stores it in SQLite, and as binary
 * COPY has it in PostgreSQL. */
#include "helper.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

enum { MAX_VALUE = 8192 };

enum kind { SERIAL, INTEGER, REAL, FLAG, DECIMAL, UUID, TIME, WORDS, EMAIL, CHOICE, HEX, JSON, BYTES, KINDS };

static const char *const kind_names[KINDS] = {"serial", "integer", "real",   "flag", "decimal", "uuid", "time",
                                              "words",  "email",   "choice", "hex",  "json",    "bytes"};

struct column {
    enum kind kind;
    char first[NAME_SIZE]; /* a number, or the choices, by | */
    long low, high;
    unsigned nulls; /* percent */
};

struct value {
    unsigned char bytes[MAX_VALUE]; /* as COPY has it, behind its length */
    int length;                     /* -1: NULL */
};

static uint64_t random_state;

static uint64_t random_bits(void)
{
    uint64_t z = random_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static long between(long low, long high)
{
    return low + (long)(random_bits() % (uint64_t)(high - low + 1));
}

static void add_number(struct value *v, uint64_t number, int size)
{
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
        v->bytes[v->length++] = (unsigned char)(number >> shift);
    }
}

static void add_text(struct value *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_text(struct value *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    v->length += vsnprintf((char *)v->bytes + v->length, (size_t)(MAX_VALUE - v->length), format, arguments);
    va_end(arguments);
    if (v->length >= MAX_VALUE) {
        die("a value is longer than %d bytes", MAX_VALUE);
    }
}

static void add_words(struct value *v, long length)
{
    static const char *const words[] = {
        "the",    "of",      "a",           "record",   "moment", "keeps", "every",   "reason",
        "answer", "between", "caf\xC3\xA9", "question", "it's",   "and",   "certain", "\xE4\xB8\x96\xE7\x95\x8C"};
    long end = v->length + length;
    while (v->length < end) {
        add_text(v, "%s ", words[random_bits() % (sizeof words / sizeof words[0])]);
    }
    v->bytes[v->length - 1] = '.';
}

/* Written as jsonb prints it: shorter keys first, so that a way back may be compared by bytes. */
static void add_json(struct value *v, long members)
{
    static const char *const keys[] = {"path", "score", "limits", "retries", "questions", "model_name"};
    add_text(v, "{\"ver\": %ld", between(1, 9));
    for (long i = 0; i < members && i < (long)(sizeof keys / sizeof keys[0]); i++) {
        add_text(v, ", \"%s\": ", keys[i]);
        switch (i % 4) {
        case 0:
            add_text(v, "\"");
            add_words(v, between(10, 40));
            add_text(v, "\"");
            break;
        case 1:
            add_text(v, "%ld.%03ld", between(0, 99), between(0, 999));
            break;
        case 2:
            add_text(v, "[%ld, %ld, null]", between(0, 99), between(0, 9999));
            break;
        default:
            add_text(v, "{\"n\": %ld, \"on\": true}", between(0, 99999));
            break;
        }
    }
    add_text(v, "}");
}

/* A numeric of two digits behind the point: digits of base 10000, their count, weight, sign and scale before them. */
static void add_decimal(struct value *v, int64_t cents)
{
    uint64_t digits[3] = {(uint64_t)cents / 1000000, (uint64_t)cents / 100 % 10000, (uint64_t)cents % 100 * 100};
    add_number(v, 3, 2);
    add_number(v, 1, 2);
    add_number(v, 0, 2);
    add_number(v, 2, 2);
    for (int i = 0; i < 3; i++) {
        add_number(v, digits[i], 2);
    }
}

static void add_choice(struct value *v, const char *choices)
{
    long count = 1;
    for (const char *p = choices; *p != 0; p++) {
        count += *p == '|';
    }
    long chosen = between(1, count);
    for (const char *p = choices; *p != 0; p++) {
        if (*p == '|') {
            chosen--;
        } else if (chosen == 1) {
            v->bytes[v->length++] = (unsigned char)*p;
        }
    }
}

static void bind_text(sqlite3_stmt *insert, int place, const void *text, int length)
{
    sqlite3_bind_text(insert, place, text, length, SQLITE_TRANSIENT);
}

static void make_uuid(struct value *v, sqlite3_stmt *insert, int place)
{
    add_number(v, (random_bits() & ~UINT64_C(0xF000)) | 0x4000, 8);
    add_number(v, random_bits() >> 2 | UINT64_C(1) << 63, 8);
    char text[37];
    char *end = text;
    for (int i = 0; i < 16; i++) {
        end += sprintf(end, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", v->bytes[i]);
    }
    bind_text(insert, place, text, 36);
}

/* Two years from 2023 on, in the order of the rows, to the microsecond. */
static void make_time(struct value *v, sqlite3_stmt *insert, int place, long row, long rows)
{
    const int64_t span = INT64_C(63072000) * 1000000;
    int64_t moment = (int64_t)((double)span / (double)rows * (double)row) + between(0, 999999);
    time_t second = 1672531200 + (time_t)(moment / 1000000);
    struct tm tm;
    char text[64];
    gmtime_r(&second, &tm);
    size_t length = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    length += (size_t)sprintf(text + length, ".%06d+00:00", (int)(moment % 1000000));
    bind_text(insert, place, text, (int)length);
    add_number(v, (uint64_t)(moment + (1672531200 - INT64_C(946684800)) * 1000000), 8);
}

static void make_number(struct value *v, const struct column *c, sqlite3_stmt *insert, int place, long row)
{
    int64_t integer = c->kind == SERIAL ? row : c->kind == FLAG ? between(0, 1) : between(c->low, c->high);
    double real = (double)(random_bits() >> 11) * 0x1p-53;
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    switch (c->kind) {
    case REAL:
        sqlite3_bind_double(insert, place, real);
        add_number(v, bits, 8);
        break;
    case DECIMAL:
        sqlite3_bind_double(insert, place, (double)integer / 100);
        add_decimal(v, integer);
        break;
    default:
        sqlite3_bind_int64(insert, place, integer);
        add_number(v, (uint64_t)integer, c->kind == FLAG ? 1 : 8);
    }
}

static void make_value(struct value *v, const struct column *c, sqlite3_stmt *insert, int place, long row, long rows)
{
    v->length = 0;
    if (random_bits() % 100 < c->nulls) {
        v->length = -1;
        sqlite3_bind_null(insert, place);
        return;
    }
    int skipped = 0; /* jsonb has a version before the text */
    switch (c->kind) {
    case UUID:
        make_uuid(v, insert, place);
        return;
    case TIME:
        make_time(v, insert, place, row, rows);
        return;
    case WORDS:
        add_words(v, between(c->low, c->high));
        break;
    case EMAIL:
        add_text(v, "someone.%ld@example.org", row);
        break;
    case CHOICE:
        add_choice(v, c->first);
        break;
    case HEX:
        for (long i = 0; i < c->low; i += 16) {
            add_text(v, "%016" PRIx64, random_bits());
        }
        break;
    case JSON:
        add_number(v, 1, 1);
        add_json(v, between(c->low, c->high));
        skipped = 1;
        break;
    case BYTES:
        for (long i = 0; i < c->low; i += 8) {
            add_number(v, random_bits(), 8);
        }
        sqlite3_bind_blob(insert, place, v->bytes, v->length, SQLITE_TRANSIENT);
        return;
    default:
        make_number(v, c, insert, place, row);
        return;
    }
    bind_text(insert, place, v->bytes + skipped, v->length - skipped);
}

static void write_number(FILE *file, uint64_t number, int size)
{
    struct value v;
    v.length = 0;
    add_number(&v, number, size);
    fwrite(v.bytes, 1, (size_t)size, file);
}

static void fill_table(sqlite3 *db, const char *directory, const char *table, const struct column *columns, int count,
                       long rows)
{
    static struct value v;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.copy", directory, table);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        die("%s can't be written", path);
    }
    sqlite3_stmt *insert = prepare_insert(db, table, count);
    fwrite("PGCOPY\n\377\r\n\0", 1, 11, file);
    write_number(file, 0, 8);
    for (long row = 1; row <= rows; row++) {
        write_number(file, (uint64_t)count, 2);
        for (int i = 0; i < count; i++) {
            make_value(&v, &columns[i], insert, i + 1, row, rows);
            write_number(file, (uint64_t)v.length, 4);
            fwrite(v.bytes, 1, v.length > 0 ? (size_t)v.length : 0, file);
        }
        step(insert);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    write_number(file, UINT64_MAX, 2);
    if (fclose(file) != 0) {
        die("%s could not be written", path);
    }
}

static enum kind kind_of(const char *name)
{
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            return (enum kind)i;
        }
    }
    die("no kind of value is called %s", name);
}

/* Reads "table NAME ROWS" and, for each column, "column KIND FIRST SECOND NULLS"; "end" closes a table. */
void generate(const char *path, const char *directory, const char *seed)
{
    sqlite3 *db = open_file(path, SQLITE_OPEN_READWRITE);
    begin_quick(db);
    struct column columns[MAX_COLUMNS];
    char line[512], table[NAME_SIZE] = "", kind[NAME_SIZE];
    int count = 0;
    long rows = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct column *c = &columns[count < MAX_COLUMNS ? count : 0];
        if (sscanf(line, "table %63s %ld", table, &rows) == 2) {
            count = 0;
            random_state = XXH3_64bits_withSeed(table, strlen(table), strtoull(seed, NULL, 10));
        } else if (sscanf(line, "column %63s %63s %ld %u", kind, c->first, &c->high, &c->nulls) == 4) {
            c->kind = kind_of(kind);
            c->low = strtol(c->first, NULL, 10);
            count++;
        } else if (strcmp(line, "end\n") == 0) {
            fill_table(db, directory, table, columns, count, rows);
        } else {
            die("not a line about tables: %s", line);
        }
    }
    run_sql(db, "COMMIT");
    sqlite3_close(db);
}
