/* verify_stream.c: COPY TO STDOUT in the binary format, a row at a time, into hashes. */
#include "verify_stream.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "codec_common.h"
#include "copyfmt_read.h"
#include "worker.h"

enum { HASHES = 2, HASH_BYTES = 8, ROW_WORD = 2, LENGTH_WORD = 4 };

struct streaming {
    struct pgwire *pg;
    const struct verify_stream_options *options;
    struct copy_reader reader;
    struct copy_field *fields; /* owned */
    size_t count;              /* of them */
    struct digest_scratch scratch;
    struct unread_reader unread;
    atomic_llong rows;
};

/* The two hashes that the server has made. */
static int read_hashes(const struct streaming *s, struct verify_row *row, struct err *e)
{
    if (s->fields[0].length != HASH_BYTES || s->fields[1].length != HASH_BYTES) {
        return err_set(e, ERR_SERVER, "the server gives no hashes of 8 bytes");
    }
    row->key_hash = codec_u64(s->fields[0].data);
    row->row_hash = codec_u64(s->fields[1].data);
    return 0;
}

/* A row of which s->fields are the fields. */
static int give_row(struct streaming *s, struct err *e)
{
    const struct verify_taker *taker = &s->options->taker;
    const struct digest_spec *spec = s->options->spec;
    struct verify_row row = {.target = s->options->target, .spec = spec, .record = &s->scratch.record};
    int result;

    if (s->options->unread != NULL) {
        result = unread_row(&s->unread, s->fields, &row.row_hash, e);
        if (result == 0) {
            return 0;
        }
        row.key_hash = row.row_hash;
        result = result < 0 ? -1 : 0;
    } else if (spec == NULL) {
        result = read_hashes(s, &row, e);
    } else {
        static const unsigned char nothing[ROW_WORD] = {0};
        /* The number of the fields stands before the first one's length. */
        const unsigned char *wire = s->count > 0 ? s->fields[0].data - LENGTH_WORD - ROW_WORD : nothing;

        result = digest_row(spec, wire, &s->scratch, &row.key_hash, &row.row_hash, e);
    }
    return result != 0 ? -1 : taker->row(taker->context, 0, &row, e);
}

static int read_message(struct streaming *s, const unsigned char *message, size_t length, struct err *e)
{
    size_t at = 0;
    int got;

    while ((got = copy_read_row(&s->reader, message, length, &at, s->fields, s->count, e)) > 0) {
        if (give_row(s, e) != 0) {
            return -1;
        }
        (void)atomic_fetch_add_explicit(&s->rows, 1, memory_order_relaxed);
    }
    return got;
}

/* In a thread of its own. */
static int work(void *context, struct err *e)
{
    struct streaming *s = context;
    const struct verify_taker *taker = &s->options->taker;
    const char *data;
    size_t length;
    int64_t counted = 0;
    int got;

    while ((got = pgwire_copy_get(s->pg, &data, &length, &counted, e)) > 0) {
        if (read_message(s, (const unsigned char *)data, length, e) != 0) {
            return -1;
        }
    }
    if (got == 0 && (!s->reader.ended || counted != atomic_load(&s->rows))) {
        return err_set(e, ERR_INTERNAL, "the server counts %" PRId64 " rows, and %lld came", counted,
                       atomic_load(&s->rows));
    }
    return got != 0 || taker->part == NULL ? got : taker->part(taker->context, 0, e);
}

static void tell(void *context)
{
    const struct streaming *s = context;

    s->options->tick(s->options->context, atomic_load(&s->rows));
}

static int begin(struct streaming *s, struct err *e)
{
    static const char start[] = "COPY (";
    static const char end[] = "\n) TO STDOUT (FORMAT binary)"; /* a comment may end the SELECT */
    struct bytes sql = {0};
    int result = -1;

    if (bytes_append(&sql, start, sizeof start - 1, e) == 0 &&
        bytes_append(&sql, s->options->select_sql, strlen(s->options->select_sql), e) == 0 &&
        bytes_append(&sql, end, sizeof end, e) == 0) {
        result = pgwire_copy_out_begin(s->pg, (const char *)sql.data, e);
    }
    bytes_free(&sql);
    return result;
}

int verify_stream(struct pgwire *p, const struct verify_stream_options *options, struct err *e)
{
    struct streaming s = {.pg = p,
                          .options = options,
                          .count = options->spec == NULL ? HASHES : options->spec->count,
                          .unread = {.spec = options->unread}};
    int result = -1;

    if (options->unread != NULL) {
        s.count = options->unread->count;
    }
    s.fields = mem_alloc((s.count + 1) * sizeof *s.fields, e);
    if (s.fields != NULL && begin(&s, e) == 0) {
        result = worker_run(work, options->tick == NULL ? NULL : tell, &s, e);
        if (result != 0) {
            pgwire_copy_abort(p);
        }
    }
    mem_free(s.fields);
    digest_scratch_free(&s.scratch);
    unread_free(&s.unread);
    return result;
}
