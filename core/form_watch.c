/* form_watch.c: which forms of a codec give a column's values back. */
#include "form_watch.h"

#include <string.h>

/* After so many values that no form gives back, only the first of them is tried: a column may be in none, and trying
 * all of them with every value would cost more than all else. */
enum { MISFITS = 100 };

static void begin(struct form_watch *w, const struct codec *codec, const struct codec_hint *hint)
{
    struct codec_hint in_form = *hint;
    size_t left = 0;

    w->begun = 1;
    w->count = 1;
    while (codec->forms != NULL && w->count < CODEC_FORMS && codec->forms[w->count] != NULL) {
        w->count++;
    }
    for (size_t i = w->count; i-- > 0;) {
        in_form.form = (int)i;
        w->fits[i] = codec->has_form == NULL || codec->has_form(&in_form);
        w->first = w->fits[i] ? i : w->first;
        left += w->fits[i];
    }
    w->alone = left <= 1;
}

/* Bytewise and with its class; a double by its bits, so that -0.0 is another value than 0.0. */
static int same(const struct cell *a, const unsigned char *a_data, const struct cell *b, const unsigned char *b_data)
{
    if (a->class != b->class) {
        return 0;
    }
    switch ((enum cell_class)a->class) {
    case CELL_NULL:
        return 1;
    case CELL_INTEGER:
        return a->as.integer == b->as.integer;
    case CELL_REAL:
        return memcmp(&a->as.real, &b->as.real, sizeof a->as.real) == 0;
    case CELL_TEXT:
    case CELL_BLOB:
        return a->length == b->length && (a->length == 0 || memcmp(a_data, b_data, a->length) == 0);
    }
    return 0;
}

/* Sets *fits. 0, or -1 and e (ERR_MEMORY). */
static int try_form(struct form_watch *w, size_t form, const struct codec *codec, const struct codec_hint *hint,
                    const struct cell *c, const unsigned char *data, const unsigned char *wire, size_t length,
                    int *fits, struct err *e)
{
    struct codec_hint in_form = *hint;
    struct cell back;
    struct err why;

    in_form.form = (int)form;
    w->arena.length = 0;
    err_clear(&why);
    *fits = 0;
    if (codec->get(wire, length, &in_form, &back, &w->arena, &why) != 0) {
        if (why.kind == ERR_MEMORY) {
            *e = why;
            return -1;
        }
        return 0;
    }
    int has_bytes = back.class == CELL_TEXT || back.class == CELL_BLOB;
    *fits = same(c, data, &back, has_bytes ? w->arena.data + back.as.offset : NULL);
    return 0;
}

/* Forms that were tried with a value, by their keys. */
struct tried {
    size_t count;
    struct {
        uint32_t key;
        unsigned char fits;
    } by_key[CODEC_FORMS];
};

/* As try_form, but once for all forms that write the value in the same way. */
static int try_key(struct form_watch *w, struct tried *tried, size_t form, const struct codec *codec,
                   const struct codec_hint *hint, const struct cell *c, const unsigned char *data,
                   const unsigned char *wire, size_t length, int *fits, struct err *e)
{
    struct codec_hint in_form = *hint;

    in_form.form = (int)form;
    uint32_t key = codec->form_key != NULL ? codec->form_key(wire, length, &in_form) : (uint32_t)form;
    for (size_t i = 0; i < tried->count; i++) {
        if (tried->by_key[i].key == key) {
            *fits = tried->by_key[i].fits;
            return 0;
        }
    }
    if (form == 0 && codec->identity != CELL_NULL && c->class == codec->identity) {
        *fits = 1;
    } else if (try_form(w, form, codec, hint, c, data, wire, length, fits, e) != 0) {
        return -1;
    }
    tried->by_key[tried->count].key = key;
    tried->by_key[tried->count++].fits = (unsigned char)*fits;
    return 0;
}

int form_watch_see(struct form_watch *w, const struct codec *codec, const struct codec_hint *hint, const struct cell *c,
                   const unsigned char *data, const unsigned char *wire, size_t length, struct err *e)
{
    unsigned char still[CODEC_FORMS];
    struct tried tried;
    size_t left = 0, first = w->count;
    int fits = 0;

    if (!w->begun) {
        begin(w, codec, hint);
        first = w->count;
    }
    tried.count = 0;
    w->values++;
    if (w->alone) {
        if (w->first == 0 && codec->identity != CELL_NULL && c->class == codec->identity) {
            return 0;
        }
        if (try_form(w, w->first, codec, hint, c, data, wire, length, &fits, e) != 0) {
            return -1;
        }
        w->inexact += !fits;
        return 0;
    }
    memset(still, 0, w->count);
    for (size_t i = w->first; i < w->count; i++) {
        if (!w->fits[i]) {
            continue;
        }
        if (try_key(w, &tried, i, codec, hint, c, data, wire, length, &fits, e) != 0) {
            return -1;
        }
        if (fits) {
            still[i] = 1;
            first = i < first ? i : first;
            left++;
        }
    }
    if (left == 0) {
        /* No form that is left gives this one back, so that it counts whichever of them it will be. */
        w->inexact++;
        w->alone = ++w->misfits >= MISFITS;
        return 0;
    }
    memcpy(w->fits, still, w->count);
    w->first = first;
    w->alone = left == 1;
    return 0;
}

void form_watch_reset(struct form_watch *w)
{
    w->values = w->inexact = 0;
}

void form_watch_free(struct form_watch *w)
{
    bytes_free(&w->arena);
    memset(w, 0, sizeof *w);
}
