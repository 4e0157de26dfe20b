/* form_watch.c: which forms of a codec give a column's values back. */
#include "form_watch.h"

#include <string.h>

/* After so many values that no form gives back, only the first is left: a column may be in none, and trying all of them
 * with every value would cost more than all else. */
enum { MISFITS = 100 };

/* Sets what follows from the candidates. */
static void settle(struct form_watch *w, const struct codec *codec)
{
    w->first = w->left > 0 ? w->candidates[0] : 0;
    w->alone = w->left <= 1;
    w->certain = w->alone && w->first == 0 && !w->each ? codec->identity : CELL_NULL;
}

static void begin(struct form_watch *w, const struct codec *codec, const struct codec_hint *hint)
{
    w->begun = 1;
    w->hint = *hint;
    w->count = 1;
    while (codec->forms != NULL && w->count < CODEC_FORMS && codec->forms[w->count] != NULL) {
        w->count++;
    }
    w->left = 0;
    for (size_t i = 0; i < w->count; i++) {
        w->hint.form = (int)i;
        w->fits[i] = codec->has_form == NULL || codec->has_form(&w->hint);
        if (w->fits[i]) {
            w->candidates[w->left++] = (unsigned char)i;
        }
    }
    settle(w, codec);
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

/* A value, and what is known of it. */
struct seen {
    const struct codec *codec;
    const struct cell *c;
    const unsigned char *data;
    const unsigned char *wire;
    size_t length;
    size_t tried; /* the forms that were tried by their keys */
    struct {
        uint32_t key;
        int fits;
    } by_key[CODEC_FORMS];
};

/* Whether the cell comes back in each of these forms as can be seen without writing it. */
static int is_certain(const struct form_watch *w, const struct seen *s, const unsigned char *forms, size_t count)
{
    const struct codec *codec = s->codec;

    /* In form 0 it may be written as it is whatever its value. */
    if (count > 0 && forms[0] == 0 && codec->identity != CELL_NULL && s->c->class == codec->identity) {
        forms++;
        count--;
    }
    return count == 0 ||
           (codec->comes_back != NULL && codec->comes_back(s->c, s->data, s->wire, &w->hint, forms, count));
}

/* Sets *fits. 0, or -1 and e (ERR_MEMORY). */
static int try_form(struct form_watch *w, const struct seen *s, int *fits, struct err *e)
{
    struct cell back;
    struct err why;

    const unsigned char form = (unsigned char)w->hint.form;
    if (is_certain(w, s, &form, 1)) {
        *fits = 1;
        return 0;
    }
    w->arena.length = 0;
    why.kind = ERR_NONE;
    *fits = 0;
    int kept = s->codec->is_kept == NULL ? CODEC_KEPT : s->codec->is_kept(s->wire, s->length, &w->hint);
    if (!kept) {
        return 0;
    }
    if (kept == CODEC_KEPT_TEXT && s->c->class == CELL_TEXT) {
        *fits = 1;
        return 0;
    }
    if (s->codec->get(s->wire, s->length, &w->hint, &back, &w->arena, &why) != 0) {
        if (why.kind == ERR_MEMORY) {
            *e = why;
            return -1;
        }
        return 0;
    }
    int has_bytes = back.class == CELL_TEXT || back.class == CELL_BLOB;
    *fits = same(s->c, s->data, &back, has_bytes ? w->arena.data + back.as.offset : NULL);
    return 0;
}

/* As try_form, but once for all forms that write the value in the same way. */
static int try_key(struct form_watch *w, struct seen *s, int *fits, struct err *e)
{
    uint32_t key =
        s->codec->form_key != NULL ? s->codec->form_key(s->wire, s->length, &w->hint) : (uint32_t)w->hint.form;

    for (size_t i = 0; i < s->tried; i++) {
        if (s->by_key[i].key == key) {
            *fits = s->by_key[i].fits;
            return 0;
        }
    }
    if (try_form(w, s, fits, e) != 0) {
        return -1;
    }
    s->by_key[s->tried].key = key;
    s->by_key[s->tried++].fits = *fits;
    return 0;
}

/* From now on these forms are left. */
static void keep(struct form_watch *w, const struct codec *codec, const unsigned char *forms, size_t count)
{
    memmove(w->candidates, forms, count);
    memset(w->fits, 0, w->count);
    for (size_t i = 0; i < count; i++) {
        w->fits[forms[i]] = 1;
    }
    w->left = count;
    settle(w, codec);
}

/* No form that is left gives the value back, so that it counts whichever of them it will be. */
static void count_misfit(struct form_watch *w, const struct codec *codec)
{
    w->inexact++;
    if (!w->alone && ++w->misfits >= MISFITS) {
        keep(w, codec, w->candidates, 1);
    }
}

/* Tries what is left. 0, or -1 and e (ERR_MEMORY). */
static int narrow(struct form_watch *w, struct seen *s, struct err *e)
{
    unsigned char still[CODEC_FORMS];
    size_t left = 0;
    int fits = 0;

    for (size_t i = 0; i < w->left; i++) {
        w->hint.form = w->candidates[i];
        if (try_key(w, s, &fits, e) != 0) {
            return -1;
        }
        if (fits) {
            still[left++] = w->candidates[i];
        }
    }
    if (left == 0) {
        count_misfit(w, s->codec);
    } else if (left < w->left) {
        keep(w, s->codec, still, left);
    }
    return 0;
}

/* Tries every form. 0, or -1 and e (ERR_MEMORY). */
static int try_each(struct form_watch *w, struct seen *s, struct err *e)
{
    int fits = 0;

    for (size_t i = 0; i < w->left; i++) {
        w->hint.form = w->candidates[i];
        if (try_key(w, s, &fits, e) != 0) {
            return -1;
        }
        w->missed[w->candidates[i]] += !fits;
    }
    return 0;
}

/* Whether all forms that are left write the value in the same way. */
static int is_written_alike(struct form_watch *w, const struct seen *s)
{
    if (w->alone) {
        return 1;
    }
    if (s->codec->form_key == NULL) {
        return 0;
    }
    w->hint.form = (int)w->first;
    uint32_t key = s->codec->form_key(s->wire, s->length, &w->hint);
    for (size_t i = 1; i < w->left; i++) {
        w->hint.form = w->candidates[i];
        if (s->codec->form_key(s->wire, s->length, &w->hint) != key) {
            return 0;
        }
    }
    return 1;
}

/* Tries the first form, for all of those that write the value in the same way. 0, or -1 and e (ERR_MEMORY). */
static int try_first(struct form_watch *w, const struct seen *s, struct err *e)
{
    int fits = 0;

    w->hint.form = (int)w->first;
    if (try_form(w, s, &fits, e) != 0) {
        return -1;
    }
    if (!fits) {
        count_misfit(w, s->codec);
    }
    return 0;
}

int form_watch_look(struct form_watch *w, const struct codec *codec, const struct codec_hint *hint,
                    const struct cell *c, const unsigned char *data, const unsigned char *wire, size_t length,
                    struct err *e)
{
    struct seen s;
    int result = 0;

    if (!w->begun) {
        begin(w, codec, hint);
    }
    w->hint.note = hint->note;
    s.codec = codec;
    s.c = c;
    s.data = data;
    s.wire = wire;
    s.length = length;
    s.tried = 0;
    if (w->each) {
        result = try_each(w, &s, e);
    } else if (w->left > 0 && is_certain(w, &s, w->candidates, w->left)) {
        result = 0;
    } else if (is_written_alike(w, &s)) {
        result = try_first(w, &s, e);
    } else {
        result = narrow(w, &s, e);
    }
    w->values += result == 0;
    return result;
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
