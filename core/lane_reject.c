/* lane_reject.c: lines for the journal: rows that were rejected, and notes of what happened to columns. */
#include "lane_reject.h"

#include <stdio.h>
#include <string.h>

#include "cell_json.h"
#include "hex.h"
#include "key.h"
#include "lane_read.h"
#include "utf8.h"

static int is_type(const struct copy_column *column, const char *const *types)
{
    for (; column->codec && *types; types++)
        if (strcmp(column->codec->type, *types) == 0)
            return 1;
    return 0;
}

/* The SQLSTATE that the server would most likely have given for a value that the codec refused. What a stage refuses
 * has none. */
static const char *sqlstate_of(const struct copy_column *column, const struct cell *c, const unsigned char *data)
{
    static const char *const limited[] = {"varchar", "bpchar", NULL};
    static const char *const numbers[] = {"int2", "int4", "int8", "oid", "float4", "float8", "numeric", "money", NULL};
    size_t at = 0, characters = 0;
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        return "23502";
    case CELL_TEXT:
        if (utf8_check(data, c->length, &at, &characters) != 0)
            return "22021";
        if (is_type(column, limited))
            return "22001";
        return "22P02";
    case CELL_INTEGER:
    case CELL_REAL:
        return is_type(column, numbers) ? "22003" : "22023";
    case CELL_BLOB:
        break;
    }
    return "22023";
}

/* The column that an error names: by its source name where the codec speaks, by its target name where the server does.
 * What a trigger does elsewhere names columns of other tables. */
static const struct copy_column *column_of(const struct table_load *t, const struct err *why)
{
    if (why->by_function)
        return NULL;
    for (size_t i = 0; why->column[0] != '\0' && i < t->write.count; i++) {
        const struct copy_column *column = &t->write.columns[i];
        if (strcmp(why->kind == ERR_VALUE ? column->source_name : column->target_name, why->column) == 0)
            return column;
    }
    return NULL;
}

/* The cell that does not fit into a document of several, or, where all do, the document. 0, or -1 and e. */
static int value_of_fold(const struct fold *fold, const struct batch *b, size_t row, struct bytes *folded,
                         struct cell *made, const struct cell **c, const unsigned char **data, struct err *e)
{
    const struct cell *cells = b->cells + row * b->columns;
    struct err refusal;
    size_t bad = 0;
    err_clear(&refusal);
    if (fold_row(fold, b, cells, folded, made, &bad, &refusal) == 0) {
        *c = made;
        *data = folded->data;
    } else if (refusal.kind == ERR_VALUE) {
        *c = &cells[bad];
        *data = (*c)->class == CELL_TEXT || (*c)->class == CELL_BLOB ? batch_data(b, *c) : NULL;
    } else {
        *e = refusal;
        return -1;
    }
    return 0;
}

int reject_facts_of(struct reject_facts *f, const struct table_load *t, const struct batch *b, size_t row,
                    const struct err *why, struct err *e)
{
    const struct copy_column *column = column_of(t, why);
    struct bytes folded = {0};
    struct cell made;
    memset(f, 0, sizeof *f);
    memcpy(f->sqlstate, why->sqlstate, sizeof f->sqlstate);
    if (column) {
        const struct cell *c = &b->cells[row * b->columns + column->cell];
        const unsigned char *data = c->class == CELL_TEXT || c->class == CELL_BLOB ? batch_data(b, c) : NULL;
        if (column->fold && !fold_is_replaced(c) &&
            value_of_fold(column->fold, b, row, &folded, &made, &c, &data, e) != 0)
            goto fail;
        f->column = column->source_name;
        if (f->sqlstate[0] == '\0' && !why->by_stage)
            (void)snprintf(f->sqlstate, sizeof f->sqlstate, "%s", sqlstate_of(column, c, data));
        if (cell_json(&f->value, c, data, e) != 0)
            goto fail;
    }
    bytes_free(&folded);
    if (row_json(&f->row, b, row, t->cell_names, t->read.columns, e) == 0)
        return 0;
fail:
    bytes_free(&folded);
    reject_facts_free(f);
    return -1;
}

void reject_facts_free(struct reject_facts *f)
{
    bytes_free(&f->value);
    bytes_free(&f->row);
}

int clean_text(struct bytes *out, const char *text, struct err *e)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t left = strlen(text);
    while (left > 0) {
        size_t size = utf8_character(at, left, NULL);
        if (bytes_append(out, size ? at : (const unsigned char *)"\xEF\xBF\xBD", size ? size : 3, e) != 0)
            return -1;
        at += size ? size : 1;
        left -= size ? size : 1;
    }
    return 0;
}

static int put_text(struct bytes *out, const char *text, struct err *e)
{
    struct bytes clean = {0};
    int rc = clean_text(&clean, text, e) != 0 ? -1 : copy_escape(out, clean.data, clean.length, e);
    bytes_free(&clean);
    return rc;
}

/* A field, or NULL, and what ends it. */
static int put_field(struct bytes *out, const char *text, const char *end, struct err *e)
{
    if ((text ? put_text(out, text, e) : bytes_append(out, "\\N", 2, e)) != 0)
        return -1;
    return bytes_append(out, end, 1, e);
}

/* A field of bytes that are UTF-8, or NULL where there are none. */
static int put_json(struct bytes *out, const struct bytes *json, const char *end, struct err *e)
{
    if ((json->length ? copy_escape(out, json->data, json->length, e) : bytes_append(out, "\\N", 2, e)) != 0)
        return -1;
    return bytes_append(out, end, 1, e);
}

static int put_key(struct bytes *out, const struct bytes *key, struct err *e)
{
    if (key->length == 0)
        return bytes_append(out, "\\N\t", 3, e);
    if (bytes_append(out, "\\\\x", 3, e) != 0 || bytes_reserve(out, 2 * key->length, e) != 0)
        return -1;
    hex_encode((char *)out->data + out->length, key->data, key->length);
    out->length += 2 * key->length;
    return bytes_append(out, "\t", 1, e);
}

int reject_line(struct bytes *out, const struct table_load *t, const struct batch *b, size_t row, const struct err *why,
                struct err *e)
{
    const struct read_spec *read = &t->read;
    struct reject_facts f;
    struct bytes key = {0};
    char text[sizeof why->key];
    size_t start = out->length;
    int rc = -1;
    row_describe(text, sizeof text, b, row, read);
    if (reject_facts_of(&f, t, b, row, why, e) != 0)
        return -1;
    if (read->key_count && key_encode(&key, b, row, read->key_columns, read->key_count, e) != 0)
        goto done;
    if (put_field(out, t->source, "\t", e) == 0 && put_field(out, read->table, "\t", e) == 0 &&
        put_field(out, t->write.target, "\t", e) == 0 && put_key(out, &key, e) == 0 &&
        put_field(out, text[0] != '\0' ? text : NULL, "\t", e) == 0 && put_field(out, f.column, "\t", e) == 0 &&
        put_json(out, &f.value, "\t", e) == 0 &&
        put_field(out, f.sqlstate[0] != '\0' ? f.sqlstate : NULL, "\t", e) == 0 &&
        put_field(out, why->message, "\t", e) == 0 &&
        put_field(out, why->hint[0] != '\0' ? why->hint : NULL, "\t", e) == 0)
        rc = put_json(out, &f.row, "\n", e);
done:
    if (rc != 0)
        out->length = start;
    bytes_free(&key);
    reject_facts_free(&f);
    return rc;
}

int notes_take(struct bytes *out, const struct table_load *t, struct form_watch *watches, struct copy_counts *counts,
               struct err *e)
{
    for (size_t i = 0; i < t->write.count; i++) {
        struct column_note note;
        memset(&note, 0, sizeof note);
        note.values = counts[i].values;
        note.nulled = counts[i].nulled;
        note.converted = counts[i].converted;
        note.defaulted = counts[i].defaulted;
        note.missed = counts[i].missed;
        note.mapped = counts[i].mapped;
        note.inexact = watches[i].inexact;
        /* Where there was no value yet, every form fits. */
        if (watches[i].begun)
            memcpy(note.fits, watches[i].fits, sizeof note.fits);
        else
            memset(note.fits, 1, sizeof note.fits);
        if (bytes_append(out, &note, sizeof note, e) != 0)
            return -1;
        memset(&counts[i], 0, sizeof counts[i]);
        form_watch_reset(&watches[i]);
    }
    return 0;
}

int reasons_take(struct bytes *out, struct stage_result *r, struct err *e)
{
    for (size_t i = 0; i < r->reason_count; i++) {
        char rows[32];
        (void)snprintf(rows, sizeof rows, "%lld", (long long)r->reasons[i].rows);
        if (put_field(out, r->reasons[i].text, "\t", e) != 0 || put_field(out, rows, "\n", e) != 0)
            return -1;
    }
    stage_result_reset(r);
    return 0;
}

/* The names of the forms that fit, joined by commas. */
static int put_forms(struct bytes *out, const struct codec *codec, const struct column_note *note, struct err *e)
{
    int first = 1;
    for (size_t i = 0; codec && codec->forms && i < CODEC_FORMS && codec->forms[i]; i++) {
        if (!note->fits[i])
            continue;
        if ((!first && bytes_append(out, ",", 1, e) != 0) || put_text(out, codec->forms[i], e) != 0)
            return -1;
        first = 0;
    }
    return bytes_append(out, "\n", 1, e);
}

/* The form that a note's counts are about: all values but the inexact ones come back in it. */
static size_t first_form(const struct column_note *note)
{
    size_t i = 0;
    while (i + 1 < CODEC_FORMS && !note->fits[i])
        i++;
    return i;
}

int notes_lines(struct bytes *out, const struct table_load *t, const struct bytes *notes,
                const struct copy_counts *refused, const struct form_watch *watches, struct err *e)
{
    for (size_t i = 0; i < t->write.count && (i + 1) * sizeof(struct column_note) <= notes->length; i++) {
        struct column_note note;
        char numbers[160];
        memcpy(&note, notes->data + i * sizeof note, sizeof note);
        if (refused) {
            note.values -= refused[i].values;
            note.nulled -= refused[i].nulled;
            note.converted -= refused[i].converted;
            note.defaulted -= refused[i].defaulted;
            note.missed -= refused[i].missed;
            note.mapped -= refused[i].mapped;
            note.inexact -= watches[i].missed[first_form(&note)];
        }
        if (note.values == 0 && note.nulled == 0 && note.missed == 0 && note.mapped == 0)
            continue;
        (void)snprintf(numbers, sizeof numbers, "%lld\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\t", (long long)note.values,
                       (long long)note.nulled, (long long)note.converted, (long long)note.defaulted,
                       (long long)note.missed, (long long)note.mapped, (long long)note.inexact);
        if (put_field(out, t->write.columns[i].target_name, "\t", e) != 0 ||
            bytes_append(out, numbers, strlen(numbers), e) != 0 ||
            put_forms(out, t->write.columns[i].codec, &note, e) != 0)
            return -1;
    }
    return 0;
}
