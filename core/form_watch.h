/* form_watch.h: whether the values of a column come back as they were. A codec is exact for a column when get(put(v))
 * is v, bytewise and with its storage class, for every value in it; which of the codec's forms does that is found by
 * looking at the values as they are put: all forms are candidates, and a value that a form does not give back rules it
 * out. */
#ifndef WHERRY_FORM_WATCH_H
#define WHERRY_FORM_WATCH_H

#include "codec.h"

/* Zero-initialise. All fields are for reading by others. */
struct form_watch {
    enum cell_class certain; /* cells of this class come back as they are in all forms that are left; CELL_NULL: none is
                                known to */
    int begun;
    int64_t values;         /* since form_watch_reset: put, NULLs not among them */
    int64_t inexact;        /* of these: do not come back as they were in form `first` */
    size_t misfits;         /* values since the start that came back in no form that was left */
    size_t count;           /* forms of the codec */
    size_t left;            /* how many of them are candidates */
    size_t first;           /* the first of these */
    int alone;              /* there are no others */
    struct codec_hint hint; /* the column's, in the form that is tried, with the note of the value */
    int each;               /* set by the owner: every form is tried with every value, and none is ruled out */
    unsigned char candidates[CODEC_FORMS]; /* in their order */
    unsigned char fits[CODEC_FORMS];       /* by form: all values since the start come back in it, but for the inexact
                                              ones, which do so in none of them. At least one is set */
    int64_t missed[CODEC_FORMS];           /* with `each`, by form: values that do not come back in it */
    struct bytes arena;
};

/* form_watch_see where a value has to be looked at. */
int form_watch_look(struct form_watch *w, const struct codec *codec, const struct codec_hint *hint,
                    const struct cell *c, const unsigned char *data, const unsigned char *wire, size_t length,
                    struct err *e);

/* Looks at a value: the cell that was put, which is not NULL, and the wire that it has become. 0, or -1 and e
 * (ERR_MEMORY). */
static inline int form_watch_see(struct form_watch *w, const struct codec *codec, const struct codec_hint *hint,
                                 const struct cell *c, const unsigned char *data, const unsigned char *wire,
                                 size_t length, struct err *e)
{
    if (c->class == w->certain) {
        w->values++;
        return 0;
    }
    return form_watch_look(w, codec, hint, c, data, wire, length, e);
}

/* Counts from 0 again; which forms fit is kept. */
void form_watch_reset(struct form_watch *w);

void form_watch_free(struct form_watch *w);

#endif
