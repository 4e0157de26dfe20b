/* census.h: what values columns really hold, in one pass over each table, several tables at a time.
 *
 * What a column is asked for decides what is read of it: SQLite fetches the overflow pages of each long value that a
 * SELECT gives, but not for typeof(x) and length(x), so the caller's SELECT gives those where the value is not needed.
 * Which types would take a column's texts is asked of the very codecs that the load uses, so that the two agree. */
#ifndef WHERRY_CENSUS_H
#define WHERRY_CENSUS_H

#include <sqlite3.h>

#include "batch.h"

enum census_wanted {
    CENSUS_TYPES,      /* storage classes; the SELECT gives unicode(typeof(x)) */
    CENSUS_CLASSES,    /* .. of values that the SELECT gives, and the ranges of numbers */
    CENSUS_TEXTS,      /* .. and the sizes of texts, and whether a PostgreSQL text holds them */
    CENSUS_CANDIDATES, /* .. and which other types would take them */
    CENSUS_STORED      /* as CENSUS_TEXTS, and what says how moments and UUIDs are stored */
};

/* Types that texts may be instead. A text with white space around a date or time is none here, though the codec takes
 * it: the white space would be lost. */
enum census_candidate {
    CENSUS_UUID,
    CENSUS_JSONB,       /* an object or an array only */
    CENSUS_DATE,        /* a date without a time */
    CENSUS_TIMESTAMP,   /* date and time without an offset from UTC */
    CENSUS_TIMESTAMPTZ, /* with one */
    CENSUS_CANDIDATE_COUNT
};

enum { CENSUS_SHOWN = 64 };

struct census_texts {
    int64_t characters_most; /* in valid UTF-8, U+0000 included */
    int64_t bytes_most;
    int64_t with_nul;
    int64_t invalid; /* texts that are not UTF-8 */

    /* With CENSUS_CANDIDATES only. */
    int64_t accepted[CENSUS_CANDIDATE_COUNT];
    int refused[CENSUS_CANDIDATE_COUNT];                /* some text was not accepted, */
    char against[CENSUS_CANDIDATE_COUNT][CENSUS_SHOWN]; /* this one first; escaped for display, cut */
    int64_t uuid_hyphens;                               /* forms of what is a UUID: 36 characters, */
    int64_t uuid_digits;                                /* 32 characters, */
    int64_t uuid_upper;                                 /* a letter A to F in it, */
    int64_t uuid_rfc;                                   /* RFC 9562's variant, and a version 1 to 8 */
    int64_t times_with_t;                               /* forms of times: T between date and time, */
    int64_t times_with_z;                               /* Z as offset, */
    int64_t times_plain;                                /* YYYY-MM-DD HH:MM:SS, as SQLite's CURRENT_TIMESTAMP */
    int fraction_most;                                  /* most digits behind the seconds */
};

/* Numbers of one size: 10^n and above, below 10^(n + 1), whatever their sign. Decimal texts are numbers, too. */
struct census_decade {
    int64_t integers;
    int64_t reals;
    int64_t texts; /* so many of them are texts */
    int64_t integer_min;
    int64_t integer_max;
    double real_min;
    double real_max;
};

enum { CENSUS_DECADES = 20 }; /* the last one is for all above, too */

/* What says how moments and UUIDs are stored; the rules by which it is read are not the census's. */
struct census_stored {
    struct census_decade decades[CENSUS_DECADES]; /* the first one is for all below, too */
    int64_t julian;                               /* numbers that are Julian days of the years 0 to 9999 */
    int64_t texts_iso;                            /* dates and times by the codec, in any of its ISO forms */
    int64_t texts_go;                             /* .. and as Go's Time.String() */
    int64_t texts_other;                          /* neither, and no decimal number */
    char iso_shown[CENSUS_SHOWN];                 /* the first of each; escaped for display, cut */
    char go_shown[CENSUS_SHOWN];
    char other_shown[CENSUS_SHOWN];
    int64_t uuid_rfc;           /* blobs of 16 bytes: with RFC 9562's variant and a version 1 to 8 as they are, */
    int64_t uuid_net;           /* in .NET's order, */
    int64_t uuid_even;          /* which is the same for these: they do not count for either */
    unsigned uuid_rfc_versions; /* bits by version, of those with the variant */
    unsigned uuid_net_versions;
};

struct census_column {
    int64_t count[5];    /* rows by storage class, indexed by enum cell_class */
    int64_t integer_min; /* only with count[CELL_INTEGER] > 0 */
    int64_t integer_max;
    int integers_inexact; /* an integer that no double holds exactly */
    int integers_bool;    /* every integer is 0 or 1 */
    double real_min;      /* only with count[CELL_REAL] > 0 */
    double real_max;
    int reals_fraction; /* a real that is no whole number; an infinite one is none */
    int64_t blob_bytes_most;
    int64_t blobs_of_16; /* blobs of 16 bytes, as a UUID has */
    struct census_texts texts;
    struct census_stored stored;
};

/* A pass over one table. All is owned by the caller. */
struct census_job {
    const char *table;  /* for errors */
    const char *select; /* the wanted columns; where `range` is set, it reads the rowids from ?1 to ?2 */
    const char *range;  /* a SELECT of the least and the greatest rowid, so that the pass can be split; or NULL */
    const unsigned char *wanted; /* enum census_wanted, one a column */
    size_t columns;
    struct census_column *out; /* filled, one a column */
};

/* Runs the jobs, over as many connections at a time as there are readers: the caller's thread uses the first, each
 * other one gets a thread. The result does not depend on how many they are. Ends early when a job fails, with the
 * error of the first of them: those without a range before those with one, in the order of jobs. 0, or -1 and e. */
int census_run(sqlite3 *const *readers, size_t reader_count, const struct census_job *jobs, size_t count,
               struct err *e);

/* The name of a candidate's type, e.g. "timestamptz". Static storage. */
const char *census_candidate_name(enum census_candidate candidate);

#endif
