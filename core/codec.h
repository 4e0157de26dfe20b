/* codec.h: the only place where a value changes form between a cell (SQLite's classes) and wire (the bytes of a field
 * of PostgreSQL's binary COPY, big-endian, as the type's *_recv and *_send functions define them). One codec per
 * PostgreSQL type; `put` and `get` side by side. Refusals of values come from here alone.
 *
 * The wire of a field is its payload; the length word before it belongs to copyfmt. NULL never reaches a codec. */
#ifndef WHERRY_CODEC_H
#define WHERRY_CODEC_H

#include "batch.h"
#include "utf8.h"

struct codec_shape;

/* How a column's values are stored on SQLite's side, as the plan declares it: decided per column, never per cell. */
enum codec_stored {
    STORED_BY_FORM, /* nothing is declared: dates and times are ISO text */
    STORED_ISO,
    STORED_UNIX,      /* seconds since 1970-01-01 */
    STORED_UNIX_MS,   /* milliseconds */
    STORED_UNIX_US,   /* microseconds */
    STORED_UNIX_NS,   /* nanoseconds */
    STORED_JULIAN,    /* Julian days, as SQLite's julianday() */
    STORED_TICKS,     /* .NET: 100 nanoseconds since 0001-01-01; interval: 100 nanoseconds */
    STORED_CORE_DATA, /* Apple: seconds since 2001-01-01 */
    STORED_WEBKIT,    /* microseconds since 1601-01-01 */
    STORED_GO,        /* the text of Go's Time.String() */
    STORED_UUID_NET,  /* uuid: 16 bytes, the first three groups little-endian */
    STORED_UUID,      /* uuid: as RFC 9562 has it, which is also read where nothing is declared */
    STORED_S,         /* interval: seconds, like all that follow a number without days and months */
    STORED_MS,
    STORED_US,
    STORED_NS,
    STORED_COUNT
};

/* What a column adds to its type. */
struct codec_hint {
    int32_t typmod; /* pg_attribute.atttypmod; -1: none. varchar(n)/char(n): n + 4; numeric(p,s): ((p << 16) | s) + 4;
                       time types: fraction digits 0..6 */
    int any_class;  /* bytea: the column was created for values of all classes, so that a number goes in as its text */
    const struct codec_shape *shape; /* what a type is made of that is made of others; else NULL */
    enum codec_stored stored;        /* date, timestamp, timestamptz, uuid and interval */
    int32_t zone_seconds; /* timestamp and timestamptz: ISO texts without offset are so far east of UTC, and texts that
                             get writes are, but for those with Z; 0: UTC */
    int form;             /* which of the codec's forms get writes: an index into codec.forms; put takes all of them */
    unsigned note;        /* for is_kept: what put_noting has noted of this very value; 0: nothing */
};

struct codec {
    const char *type; /* pg_type.typname */
    uint32_t oid;     /* pg_type.oid; 0: found by name only (extensions) */

    /* Appends the wire of a cell that is not NULL to `out`. `data`: the bytes of a text or blob cell, else NULL.
     * Returns 0, or -1 and e: ERR_VALUE with a message that says why the value does not fit and a hint that says what
     * to do, or ERR_MEMORY. The caller restores out->length on failure and adds place and value to e. */
    int (*put)(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
               struct err *e);

    /* As put, and *note gets what is_kept would have to look for once more. NULL: there is no such thing. */
    int (*put_noting)(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      unsigned *note, struct err *e);

    /* The cell of a wire payload. Texts and blobs are appended to `arena`, and the cell's offset counts from its start.
     * Returns 0, or -1 and e (ERR_VALUE for wire that is malformed or has no cell, ERR_MEMORY). */
    int (*get)(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
               struct bytes *arena, struct err *e);

    /* get's text is JSON, which the server's input function does not read: text COPY takes codec_literal. */
    int foreign;

    /* The names of the forms in which get can write a value, ended by NULL, at most CODEC_FORMS; hint.form is an index
     * into it. NULL: there is one form. A name is for the journal and says what it means: "integer", "upper". */
    const char *const *forms;

    /* Whether form hint.form is one of a column that the hint describes: NULL: it always is. Which forms there are may
     * depend on how values are stored. */
    int (*has_form)(const struct codec_hint *hint);

    /* How form hint.form writes this value, as a number: forms with the same number write the same cell, so that one of
     * them needs to be tried. NULL: each is tried. */
    uint32_t (*form_key)(const unsigned char *wire, size_t length, const struct codec_hint *hint);

    /* Whether the server, once it has stored this wire, sends one that get gives the same cell of in form hint.form;
     * NULL: always, for it sends the very same bytes. CODEC_KEPT_TEXT says more: get gives the text that put took,
     * where it took one. */
    int (*is_kept)(const unsigned char *wire, size_t length, const struct codec_hint *hint);

    /* Whether get gives this very cell of the wire that put made of it, in each of these forms, where that is seen
     * without writing it; they are forms that the column has, at least one, in their order. 0: not seen. NULL: it never
     * is. Form 0 need not be known where `identity` tells of it. */
    int (*comes_back)(const struct cell *c, const unsigned char *data, const unsigned char *wire,
                      const struct codec_hint *hint, const unsigned char *forms, size_t count);

    int own_form; /* the form that is the server's own text, if any is */

    /* A cell of this class comes back as it is whatever its value, in form 0; CELL_NULL: that depends on the value. */
    enum cell_class identity;
};

enum { CODEC_FORMS = 128 };
enum { CODEC_KEPT = 1, CODEC_KEPT_TEXT = 2 };

/* One attribute of a composite type. */
struct codec_field {
    const char *name;
    uint32_t oid;
    const struct codec *codec;
    struct codec_hint hint;
};

/* What a type is made of. Everything belongs to whoever built it, and outlives its codec's use. */
struct codec_shape {
    uint32_t element_oid;        /* array: of an element; range: of a bound; multirange: of a range; else 0 */
    const struct codec *element; /* the codec of that type */
    struct codec_hint element_hint;
    int is_discrete;                  /* range: one that the server's own functions bring into the form [a,b) */
    int has_own_canonical;            /* range: another function does, into a form that only it knows */
    const struct codec_field *fields; /* composite: in the order of the attributes */
    size_t field_count;
    const char *const *labels; /* enum: all labels */
    size_t label_count;
};

/* The codec of a base type by oid, or by name for types without a fixed oid ("citext"); NULL where there is none yet. A
 * domain has its base type's codec. Static storage. */
const struct codec *codec_find(uint32_t oid, const char *type);

/* The stored form of a word ("unix_ms"): 0, or -1 when there is none. */
int codec_stored_find(const char *word, enum codec_stored *stored);

/* The index of a codec's form by its name, or -1 when it has none of this name. */
int codec_form_find(const struct codec *codec, const char *name);

/* Whether the codec of this type has a use for a stored form. */
int codec_stored_fits(enum codec_stored stored, const char *type);

/* Appends the text in which the server's input function reads a value of this wire: the literal of an array, a
 * composite or an hstore. Returns 0, or -1 and e. */
int codec_literal(const struct codec *codec, const struct codec_hint *hint, const unsigned char *wire, size_t length,
                  struct bytes *out, struct err *e);

/* The codec of types of a kind that every database makes its own of: "array", "enum", "composite", "range",
 * "multirange". Its hint needs a shape. NULL where there is none. Static storage. */
const struct codec *codec_of_kind(const char *kind);

/* The tables of the codec files, each ended by an entry with type NULL; only codec.c reads them. */
extern const struct codec codecs_number[]; /* bool int2 int4 int8 oid float4 float8 numeric */
extern const struct codec codecs_time[];   /* date timestamp timestamptz */
extern const struct codec codecs_clock[];  /* time timetz interval */
extern const struct codec codecs_text[];   /* text varchar bpchar name citext bytea uuid */
extern const struct codec codecs_json[];   /* json jsonb */
extern const struct codec codecs_store[];  /* hstore tsvector */
extern const struct codec codecs_net[];    /* inet cidr macaddr macaddr8 */
extern const struct codec codecs_bits[];   /* bit varbit money pg_lsn xml "char" */
extern const struct codec codecs_geo[];    /* point lseg path box polygon line circle */
extern const struct codec codecs_vector[]; /* vector (pgvector) */
extern const struct codec codecs_kind[];   /* by kind instead of type: enum */

/* Checks shared by codecs, and by others that must agree with them. */

/* 0 when `data` is JSON by RFC 8259 in valid UTF-8, with nesting of at most JSON_DEPTH; with `strict` also by jsonb's
 * rules (no \u0000, no lone surrogates in escapes, no number that numeric cannot hold). Else -1, the byte offset in *at
 * and a reason (static storage) in *why. */
enum { JSON_DEPTH = 1000 };
int json_check(const unsigned char *data, size_t length, int strict, size_t *at, const char **why);

#endif
