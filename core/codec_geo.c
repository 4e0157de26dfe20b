/* codec_geo.c: point, lseg, box, path, polygon, circle and line: the server's own literals.
 *
 * `get` prints what the server prints: '(1,2)' a point, '[(1,2),(3,4)]' an lseg and an open path, '((1,2),(3,4))' a
 * closed path and a polygon, '(3,4),(1,2)' a box with its upper right corner first, '<(1,2),3>' a circle, '{1,2,3}' a
 * line. Exact, get(put(v)) == v: these forms; of all others the doubles are. `put` also takes white space between the
 * parts, and the parentheses that the server takes and leaves out: '1,2', '1,2,3,4', '((1,2),(3,4))' for a box or an
 * lseg, '((1,2),3)' for a circle. A line through two points is refused: its coefficients would be rounded. NaN,
 * Infinity and -Infinity are written so, and only so. Corners of a box are ordered as the server does. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "codec_common.h"

static const char help[] = "points are (x,y), segments and open paths [(x,y),(x,y)], closed paths and polygons "
                           "((x,y),(x,y)), boxes (x,y),(x,y), circles <(x,y),r>, lines {A,B,C}";

/* ---- put ---- */

/* A literal that is read from the front. */
struct literal {
    const unsigned char *text;
    size_t length;
    size_t at;
};

static int is_space(unsigned char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The next byte that is no white space, '\0' at the end. Texts of PostgreSQL have no such byte. */
static unsigned char next(struct literal *l)
{
    while (l->at < l->length && is_space(l->text[l->at])) {
        l->at++;
    }
    return l->at < l->length ? l->text[l->at] : '\0';
}

/* True, and the byte is passed, when it comes next. */
static int take(struct literal *l, char byte)
{
    if (byte == '\0' || next(l) != (unsigned char)byte) {
        return 0;
    }
    l->at++;
    return 1;
}

static int expect(struct literal *l, char byte, struct err *e)
{
    if (!take(l, byte)) {
        return codec_refuse(e, help, "\"%c\" is missing at byte %zu", byte, l->at + 1);
    }
    return 0;
}

static int expect_end(struct literal *l, struct err *e)
{
    (void)next(l);
    if (l->at < l->length) {
        return codec_refuse(e, help, "the text goes on after its value at byte %zu", l->at + 1);
    }
    return 0;
}

static int read_number(struct literal *l, double *value, struct err *e)
{
    size_t start = l->at;
    while (l->at < l->length && memchr(",()[]<>{}", l->text[l->at], 9) == NULL) {
        l->at++;
    }
    return codec_read_double(l->text + start, l->at - start, value, e);
}

static int put_double(double value, struct bytes *out, struct err *e)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bytes_put_u64(out, bits, e);
}

struct point {
    double x;
    double y;
};

static int put_point(const struct point *p, struct bytes *out, struct err *e)
{
    return put_double(p->x, out, e) != 0 || put_double(p->y, out, e) != 0 ? -1 : 0;
}

/* (x,y) or x,y */
static int read_point(struct literal *l, struct point *p, struct err *e)
{
    int enclosed = take(l, '(');
    if (read_number(l, &p->x, e) != 0 || expect(l, ',', e) != 0 || read_number(l, &p->y, e) != 0) {
        return -1;
    }
    return enclosed ? expect(l, ')', e) : 0;
}

/* Whether the parenthesis that comes next is one around all points: another one follows it at once, or none at all. */
static int encloses_all(struct literal *l)
{
    struct literal rest = {l->text, l->length, l->at};
    if (!take(&rest, '(')) {
        return 0;
    }
    return next(&rest) == '(' || memchr(rest.text + rest.at, '(', rest.length - rest.at) == NULL;
}

/* What stands around points. */
enum enclosure { PARENTHESES, BRACKETS };

/* Points with commas between them, in parentheses, in brackets or in nothing; all of the text. Their wire is appended
 * to `out`, and *count says how many they are. */
static int read_points(struct literal *l, struct bytes *out, size_t *count, enum enclosure *around, struct err *e)
{
    struct point p;
    *around = take(l, '[') ? BRACKETS : PARENTHESES;
    int parenthesis = *around == PARENTHESES && encloses_all(l) && take(l, '(');
    *count = 0;
    do {
        if (read_point(l, &p, e) != 0 || put_point(&p, out, e) != 0) {
            return -1;
        }
        (*count)++;
    } while (take(l, ','));
    if ((*around == BRACKETS && expect(l, ']', e) != 0) || (parenthesis && expect(l, ')', e) != 0)) {
        return -1;
    }
    return expect_end(l, e);
}

/* The literal of a cell. */
static int open_literal(const struct cell *c, const unsigned char *data, const char *what, struct literal *l,
                        struct err *e)
{
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, what);
    }
    *l = (struct literal){data, c->length, 0};
    return 0;
}

static int refuse_brackets(struct err *e)
{
    return codec_refuse(e, help, "only line segments and open paths stand in brackets");
}

static int refuse_count(struct err *e, size_t count)
{
    return codec_refuse(e, help, "it has 2 points, not %zu", count);
}

static int point_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                     struct err *e)
{
    struct literal l = {0};
    struct point p;
    (void)hint;
    if (open_literal(c, data, "a point", &l, e) != 0 || read_point(&l, &p, e) != 0 || expect_end(&l, e) != 0) {
        return -1;
    }
    return put_point(&p, out, e);
}

static int lseg_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    struct literal l = {0};
    enum enclosure around;
    size_t count;
    (void)hint;
    if (open_literal(c, data, "a line segment", &l, e) != 0 || read_points(&l, out, &count, &around, e) != 0) {
        return -1;
    }
    return count == 2 ? 0 : refuse_count(e, count);
}

/* The order of the server, where NaN is above all numbers. */
static int is_below(double a, double b)
{
    return isnan(b) ? !isnan(a) : a < b;
}

static void order(double *high, double *low)
{
    if (is_below(*high, *low)) {
        double kept = *high;
        *high = *low;
        *low = kept;
    }
}

static double read_wire(const unsigned char *wire)
{
    uint64_t bits = codec_u64(wire);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int box_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                   struct err *e)
{
    struct literal l = {0};
    enum enclosure around;
    size_t start = out->length;
    size_t count;
    (void)hint;
    if (open_literal(c, data, "a box", &l, e) != 0 || read_points(&l, out, &count, &around, e) != 0) {
        return -1;
    }
    if (around == BRACKETS) {
        return refuse_brackets(e);
    }
    if (count != 2) {
        return refuse_count(e, count);
    }
    const unsigned char *wire = out->data + start;
    struct point high = {read_wire(wire), read_wire(wire + 8)};
    struct point low = {read_wire(wire + 16), read_wire(wire + 24)};
    order(&high.x, &low.x);
    order(&high.y, &low.y);
    out->length = start;
    return put_point(&high, out, e) != 0 || put_point(&low, out, e) != 0 ? -1 : 0;
}

static int path_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    struct literal l = {0};
    enum enclosure around;
    size_t start = out->length;
    size_t count;
    (void)hint;
    if (open_literal(c, data, "a path", &l, e) != 0 || bytes_append(out, "\1\0\0\0\0", 5, e) != 0 ||
        read_points(&l, out, &count, &around, e) != 0) {
        return -1;
    }
    out->data[start] = around == PARENTHESES;
    codec_fill_u32(out, start + 1, count);
    return 0;
}

static int polygon_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint,
                       struct bytes *out, struct err *e)
{
    struct literal l = {0};
    enum enclosure around;
    size_t start = out->length;
    size_t count;
    (void)hint;
    if (open_literal(c, data, "a polygon", &l, e) != 0 || bytes_append(out, "\0\0\0\0", 4, e) != 0 ||
        read_points(&l, out, &count, &around, e) != 0) {
        return -1;
    }
    if (around == BRACKETS) {
        return refuse_brackets(e);
    }
    codec_fill_u32(out, start, count);
    return 0;
}

/* <(x,y),r>, ((x,y),r), (x,y),r or x,y,r */
static int circle_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      struct err *e)
{
    struct literal l = {0};
    struct point center;
    double radius;
    char closing = '\0';
    (void)hint;
    if (open_literal(c, data, "a circle", &l, e) != 0) {
        return -1;
    }
    if (take(&l, '<')) {
        closing = '>';
    } else {
        struct literal rest = l;
        if (take(&rest, '(') && next(&rest) == '(') {
            l = rest;
            closing = ')';
        }
    }
    if (read_point(&l, &center, e) != 0 || expect(&l, ',', e) != 0 || read_number(&l, &radius, e) != 0 ||
        (closing != '\0' && expect(&l, closing, e) != 0) || expect_end(&l, e) != 0) {
        return -1;
    }
    if (radius < 0) {
        return codec_refuse(e, NULL, "the radius of a circle is not below 0");
    }
    return put_point(&center, out, e) != 0 || put_double(radius, out, e) != 0 ? -1 : 0;
}

static int line_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    static const double least = 1e-6; /* the server's EPSILON: what is not above it is 0 to geometric types */
    struct literal l = {0};
    double a;
    double b;
    double constant;
    (void)hint;
    if (open_literal(c, data, "a line", &l, e) != 0) {
        return -1;
    }
    if (!take(&l, '{')) {
        return codec_refuse(e, "write {A,B,C}, the coefficients of Ax + By + C = 0",
                            "a line is written by its coefficients: of two points they would be rounded");
    }
    if (read_number(&l, &a, e) != 0 || expect(&l, ',', e) != 0 || read_number(&l, &b, e) != 0 ||
        expect(&l, ',', e) != 0 || read_number(&l, &constant, e) != 0 || expect(&l, '}', e) != 0 ||
        expect_end(&l, e) != 0) {
        return -1;
    }
    if (fabs(a) <= least && fabs(b) <= least) {
        return codec_refuse(e, NULL, "A and B of a line are not both 0, nor both within 1e-06 of it");
    }
    return put_double(a, out, e) != 0 || put_double(b, out, e) != 0 || put_double(constant, out, e) != 0 ? -1 : 0;
}

/* ---- get ---- */

/* Numbers of a wire in a pattern: '#' stands for the next one, all else for itself. */
static int print(const char *pattern, const unsigned char *wire, struct bytes *arena, struct err *e)
{
    char number[CODEC_REAL_TEXT];
    for (; *pattern != '\0'; pattern++) {
        const char *part = pattern;
        size_t length = 1;
        if (*pattern == '#') {
            part = number;
            length = codec_real_text(number, read_wire(wire), DBL_DIG);
            wire += 8;
        }
        if (bytes_append(arena, part, length, e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A type of a fixed number of doubles. */
static int get_fixed(const char *type, const char *pattern, size_t numbers, const unsigned char *wire, size_t length,
                     struct cell *out, struct bytes *arena, struct err *e)
{
    size_t start = arena->length;
    if (length != 8 * numbers) {
        return codec_refuse_wire(e, type);
    }
    if (print(pattern, wire, arena, e) != 0 || codec_text_from(out, start, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return 0;
}

static int print_points(const char *enclosure, const unsigned char *wire, size_t count, struct bytes *arena,
                        struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_append(arena, i == 0 ? enclosure : ",", 1, e) != 0 || print("(#,#)", wire + 16 * i, arena, e) != 0) {
            return -1;
        }
    }
    return bytes_append(arena, enclosure + 1, 1, e);
}

/* A count, then so many points. */
static int get_points(const char *type, const char *enclosure, const unsigned char *wire, size_t length,
                      struct cell *out, struct bytes *arena, struct err *e)
{
    size_t start = arena->length;
    size_t count = length >= 4 ? codec_u32(wire) : 0;
    if (count == 0 || length % 16 != 4 || length / 16 != count) {
        return codec_refuse_wire(e, type);
    }
    if (print_points(enclosure, wire + 4, count, arena, e) != 0 || codec_text_from(out, start, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return 0;
}

static int point_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                     struct bytes *arena, struct err *e)
{
    (void)hint;
    return get_fixed("point", "(#,#)", 2, wire, length, out, arena, e);
}

static int lseg_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    (void)hint;
    return get_fixed("lseg", "[(#,#),(#,#)]", 4, wire, length, out, arena, e);
}

static int box_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e)
{
    (void)hint;
    return get_fixed("box", "(#,#),(#,#)", 4, wire, length, out, arena, e);
}

static int path_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    (void)hint;
    if (length == 0) {
        return codec_refuse_wire(e, "path");
    }
    return get_points("path", wire[0] != 0 ? "()" : "[]", wire + 1, length - 1, out, arena, e);
}

static int polygon_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                       struct bytes *arena, struct err *e)
{
    (void)hint;
    return get_points("polygon", "()", wire, length, out, arena, e);
}

static int circle_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    (void)hint;
    return get_fixed("circle", "<(#,#),#>", 3, wire, length, out, arena, e);
}

static int line_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    (void)hint;
    return get_fixed("line", "{#,#,#}", 3, wire, length, out, arena, e);
}

const struct codec codecs_geo[] = {
    {.type = "point", .oid = 600, .put = point_put, .get = point_get},
    {.type = "lseg", .oid = 601, .put = lseg_put, .get = lseg_get},
    {.type = "path", .oid = 602, .put = path_put, .get = path_get},
    {.type = "box", .oid = 603, .put = box_put, .get = box_get},
    {.type = "polygon", .oid = 604, .put = polygon_put, .get = polygon_get},
    {.type = "line", .oid = 628, .put = line_put, .get = line_get},
    {.type = "circle", .oid = 718, .put = circle_put, .get = circle_get},
    {.type = NULL},
};
