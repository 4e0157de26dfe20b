/* canonical_xml.c: what xml_send makes of an XML text: it leaves out a declaration that says nothing (version 1.0, no
 * standalone), and then a line break at the head; another declaration it writes anew, without the encoding. */
#include <string.h>

#include "canonical_internal.h"

/* What a declaration says. */
struct declaration {
    const unsigned char *version;
    size_t version_length;
    const char *standalone; /* NULL: nothing */
};

/* A text that is read from the front. */
struct reader {
    const unsigned char *at;
    const unsigned char *end;
};

static int skip_spaces(struct reader *r)
{
    const unsigned char *start = r->at;

    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r' || *r->at == '\n')) {
        r->at++;
    }
    return r->at > start;
}

static int take(struct reader *r, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0) {
        return 0;
    }
    r->at += length;
    return 1;
}

/* What stands in quotes behind an equals sign. */
static int read_quoted(struct reader *r, const unsigned char **text, size_t *length)
{
    (void)skip_spaces(r);
    if (!take(r, "=")) {
        return 0;
    }
    (void)skip_spaces(r);
    if (r->at == r->end || (*r->at != '"' && *r->at != '\'')) {
        return 0;
    }
    *text = r->at + 1;
    const unsigned char *quote = memchr(*text, *r->at, (size_t)(r->end - *text));
    if (quote == NULL) {
        return 0;
    }
    *length = (size_t)(quote - *text);
    r->at = quote + 1;
    return 1;
}

/* name="value" behind a space: 1; 0: another name, and the reader stays where it is; -1: not as XML has it. */
static int read_attribute(struct reader *r, const char *name, const unsigned char **text, size_t *length)
{
    struct reader start = *r;
    int spaced = skip_spaces(r);

    if (!take(r, name)) {
        *r = start;
        return 0;
    }
    return spaced && read_quoted(r, text, length) ? 1 : -1;
}

/* Whether a byte behind "<?xml" makes a longer name of it: that of another instruction. */
static int continues_name(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == ':' || byte > 0x7F;
}

/* The declaration at the head: 1; 0: there is none; -1: it is not as XML has it, and the server leaves it as it is. */
static int read_declaration(struct reader *r, struct declaration *d)
{
    const unsigned char *text = NULL;
    size_t length = 0;

    if (!take(r, "<?xml")) {
        return 0;
    }
    if (r->at < r->end && continues_name(*r->at)) {
        r->at -= 5;
        return 0;
    }
    if (read_attribute(r, "version", &d->version, &d->version_length) != 1 ||
        read_attribute(r, "encoding", &text, &length) < 0) {
        return -1;
    }
    int found = read_attribute(r, "standalone", &text, &length);
    if (found == 1) {
        d->standalone = codec_is_word(text, length, "yes")  ? " standalone=\"yes\""
                        : codec_is_word(text, length, "no") ? " standalone=\"no\""
                                                            : NULL;
        found = d->standalone != NULL ? found : -1;
    }
    if (found < 0) {
        return -1;
    }
    (void)skip_spaces(r);
    return take(r, "?>") ? 1 : -1;
}

static int put_declaration(const struct declaration *d, struct bytes *out, struct err *e)
{
    static const char head[] = "<?xml version=\"";

    if (bytes_append(out, head, sizeof head - 1, e) != 0 || bytes_append(out, d->version, d->version_length, e) != 0 ||
        bytes_append(out, "\"", 1, e) != 0 ||
        (d->standalone != NULL && bytes_append(out, d->standalone, strlen(d->standalone), e) != 0)) {
        return -1;
    }
    return bytes_append(out, "?>", 2, e);
}

int canonical_xml(const unsigned char *text, size_t length, struct bytes *out, struct err *e)
{
    struct reader r = {text, text + length};
    struct declaration d = {0};
    int found = read_declaration(&r, &d);

    if (found < 0) {
        return bytes_append(out, text, length, e);
    }
    if (found == 1 && (d.standalone != NULL || !codec_is_word(d.version, d.version_length, "1.0"))) {
        if (put_declaration(&d, out, e) != 0) {
            return -1;
        }
    } else {
        (void)take(&r, "\n");
    }
    return bytes_append(out, r.at, (size_t)(r.end - r.at), e);
}
