/* stage.c: what stages have made of a batch, and the batch without the rows that they took out. */
#include "stage.h"

#include <string.h>

#include "utf8.h"

static void forget_rows(struct stage_result *r)
{
    for (size_t i = 0; i < r->row_count; i++)
        mem_free(r->rows[i].why);
    r->row_count = 0;
    r->emitted.length = 0;
}

/* A zeroed entry for each row of the batch. 0, or -1 and e. */
static int begin(struct stage_result *r, size_t rows, struct err *e)
{
    forget_rows(r);
    if (rows > r->row_capacity) {
        mem_free(r->rows);
        r->row_capacity = 0;
        r->rows = mem_alloc(rows * sizeof *r->rows, e);
        if (!r->rows)
            return -1;
        r->row_capacity = rows;
    }
    if (rows)
        memset(r->rows, 0, rows * sizeof *r->rows);
    r->row_count = rows;
    return 0;
}

/* The whole characters of the reason that fit. */
static size_t cut(const char *reason, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t size = utf8_character((const unsigned char *)reason + at, length - at, NULL);
        if (at + (size ? size : 1) > STAGE_REASON_LENGTH)
            break;
        at += size ? size : 1;
    }
    return at;
}

static struct stage_reason *find_reason(const struct stage_result *r, const char *reason, size_t length)
{
    for (size_t i = 0; i < r->reason_count; i++)
        if (strlen(r->reasons[i].text) == length && memcmp(r->reasons[i].text, reason, length) == 0)
            return &r->reasons[i];
    return NULL;
}

static int count_reason(struct stage_result *r, const char *reason, size_t length, int64_t rows, struct err *e)
{
    struct stage_reason *known = find_reason(r, reason, length);
    if (!known && r->reason_count >= STAGE_REASONS_MOST) {
        reason = STAGE_OTHER_REASONS;
        length = strlen(reason);
        known = find_reason(r, reason, length);
    }
    if (known) {
        known->rows += rows;
        return 0;
    }
    /* One more than reasons: what is counted together has its place in any case. */
    if (!r->reasons && !(r->reasons = mem_alloc((STAGE_REASONS_MOST + 1) * sizeof *r->reasons, e)))
        return -1;
    char *text = mem_alloc(length + 1, e);
    if (!text)
        return -1;
    memcpy(text, reason, length);
    text[length] = '\0';
    r->reasons[r->reason_count++] = (struct stage_reason){.text = text, .rows = rows};
    return 0;
}

int stage_drop(struct stage_result *r, size_t row, const char *reason, size_t length, struct err *e)
{
    if (count_reason(r, reason, cut(reason, length), 1, e) != 0)
        return -1;
    r->rows[row].gone = 1;
    r->filtered++;
    return 0;
}

void stage_merge(struct stage_result *r, size_t row)
{
    r->rows[row].gone = 1;
    r->merged++;
}

int stage_refuse(struct stage_result *r, size_t row, const struct err *why, int stops, struct err *e)
{
    struct err *copy = mem_alloc(sizeof *copy, e);
    if (!copy)
        return -1;
    *copy = *why;
    copy->by_stage = 1;
    mem_free(r->rows[row].why);
    r->rows[row].why = copy;
    r->rows[row].stops = stops != 0;
    return 0;
}

/* Closes the gaps of rows that are gone. */
static void close_gaps(struct batch *b, struct stage_result *r)
{
    size_t kept = 0;
    for (size_t row = 0; row < b->rows; row++) {
        if (r->rows[row].gone) {
            mem_free(r->rows[row].why);
            continue;
        }
        if (kept != row) {
            memcpy(b->cells + kept * b->columns, b->cells + row * b->columns, b->columns * sizeof *b->cells);
            r->rows[kept] = r->rows[row];
        }
        kept++;
    }
    b->rows = r->row_count = kept;
}

void stage_leave(struct batch *b, struct stage_result *r, size_t row)
{
    r->later = row;
    r->left = b->rows - row;
    b->rows = r->row_count = row;
}

int stages_go_on(struct batch *b, struct stage_result *r)
{
    if (r->left == 0) {
        r->before = 0;
        return 0;
    }
    memmove(b->cells, b->cells + r->later * b->columns, r->left * b->columns * sizeof *b->cells);
    b->rows = r->left;
    b->arena.length = r->own;
    r->before += r->later;
    r->left = 0;
    return 1;
}

int stages_apply(struct stage *const *stages, size_t count, struct batch *b, struct stage_result *r, struct err *e)
{
    if (count == 0) {
        forget_rows(r);
        return 0;
    }
    if (begin(r, b->rows, e) != 0)
        return -1;
    r->own = b->arena.length;
    r->left = 0;
    int64_t taken = r->filtered + r->merged;
    for (size_t i = 0; i < count; i++)
        if (stages[i]->apply(stages[i], b, r, e) != 0)
            return -1;
    if (r->filtered + r->merged != taken)
        close_gaps(b, r);
    return 0;
}

int stage_result_add(struct stage_result *to, const struct stage_result *from, struct err *e)
{
    for (size_t i = 0; i < from->reason_count; i++) {
        const struct stage_reason *reason = &from->reasons[i];
        if (count_reason(to, reason->text, strlen(reason->text), reason->rows, e) != 0)
            return -1;
    }
    to->filtered += from->filtered;
    to->merged += from->merged;
    return 0;
}

void stage_result_reset(struct stage_result *r)
{
    for (size_t i = 0; i < r->reason_count; i++)
        mem_free(r->reasons[i].text);
    r->reason_count = 0;
    r->filtered = r->merged = 0;
}

void stage_result_free(struct stage_result *r)
{
    forget_rows(r);
    stage_result_reset(r);
    mem_free(r->rows);
    mem_free(r->reasons);
    bytes_free(&r->emitted);
    memset(r, 0, sizeof *r);
}
