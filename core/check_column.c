/* check_column.c: refusals of a column's values, put together by reason. */
#include "check_column.h"

#include <stdio.h>
#include <string.h>

#include "mem.h"

/* The message of a codec, without the column and the type that copyfmt puts before it. */
static const char *own_message(const struct err *e, const struct copy_column *column)
{
    char before[sizeof e->message];

    if (column == NULL) {
        return e->message;
    }
    int length =
        snprintf(before, sizeof before, "value does not fit \"%s\" %s: ", column->target_name, column->type_name);

    return length > 0 && strncmp(e->message, before, (size_t)length) == 0 ? e->message + length : e->message;
}

static int is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

/* A number that stands by itself: the 8 of UTF-8 is none. */
static int is_number(const char *message, const char *at)
{
    if (!is_digit(*at)) {
        return 0;
    }
    if (at > message && at[-1] == '-') {
        at--;
    }
    return at == message || at[-1] == ' ' || at[-1] == '(';
}

/* What is the same in all messages of one reason: N for numbers, "..." for what is quoted. */
static void make_stable(char *out, size_t size, const char *message)
{
    size_t length = 0;

    for (const char *at = message; *at != '\0' && length + 6 < size;) {
        const char *quote = *at == '"' ? strchr(at + 1, '"') : NULL;

        if (quote != NULL) {
            memcpy(out + length, "\"...\"", 5);
            length += 5;
            at = quote + 1;
        } else if (is_number(message, at)) {
            out[length++] = 'N';
            at += at[0] == '0' && at[1] == 'x' ? 2 + strspn(at + 2, "0123456789ABCDEF") : strspn(at, "0123456789");
        } else {
            out[length++] = *at++;
        }
    }
    out[length] = '\0';
}

/* Room for one more reason. 0, or -1 and e. */
static int make_room(struct check_column *c, struct err *e)
{
    struct check_reason *reasons;

    if ((c->count & (c->count - 1)) != 0) {
        return 0;
    }
    reasons = mem_resize(c->reasons, (c->count == 0 ? 1 : 2 * c->count) * sizeof *reasons, e);
    if (reasons == NULL) {
        return -1;
    }
    c->reasons = reasons;
    return 0;
}

/* The reason of a refusal, a new one where it was not met before; NULL when there are too many, or with *failed set. */
static struct check_reason *find(struct check_column *c, const char *message, const struct err *e,
                                 enum check_outcome outcome, int *failed, struct err *memory)
{
    char stable[sizeof c->reasons->stable];
    struct check_reason *reason;

    make_stable(stable, sizeof stable, message);
    for (size_t i = 0; i < c->count; i++) {
        reason = &c->reasons[i];
        if (reason->outcome == outcome && strcmp(reason->value_class, e->value_class) == 0 &&
            strcmp(reason->stable, stable) == 0) {
            return reason;
        }
    }
    if (c->count == CHECK_REASONS) {
        return NULL;
    }
    if (make_room(c, memory) != 0) {
        *failed = 1;
        return NULL;
    }
    reason = &c->reasons[c->count++];
    memset(reason, 0, sizeof *reason);
    (void)snprintf(reason->message, sizeof reason->message, "%s", message);
    memcpy(reason->stable, stable, sizeof stable);
    memcpy(reason->value_class, e->value_class, sizeof reason->value_class);
    memcpy(reason->hint, e->hint, sizeof reason->hint);
    reason->outcome = outcome;
    return reason;
}

int check_column_add(struct check_column *c, const struct copy_column *column, const struct err *e,
                     enum check_outcome outcome, struct check_example **example, struct err *memory)
{
    const char *message = own_message(e, column);
    int failed = 0;
    struct check_reason *reason = find(c, message, e, outcome, &failed, memory);

    *example = NULL;
    if (reason == NULL) {
        c->others += !failed;
        return failed ? -1 : 0;
    }
    if (strcmp(reason->message, message) != 0) {
        memcpy(reason->message, reason->stable, sizeof reason->message);
    }
    reason->count++;
    if (reason->example_count < CHECK_EXAMPLES) {
        *example = &reason->examples[reason->example_count++];
        memcpy((*example)->value, e->value, sizeof(*example)->value);
        (void)snprintf((*example)->message, sizeof(*example)->message, "%s", message);
    }
    return 0;
}

/* The reason of `c` that is the same as another one's; NULL where there is none. */
static struct check_reason *same_reason(const struct check_column *c, const struct check_reason *other)
{
    for (size_t i = 0; i < c->count; i++) {
        struct check_reason *reason = &c->reasons[i];

        if (reason->outcome == other->outcome && strcmp(reason->value_class, other->value_class) == 0 &&
            strcmp(reason->stable, other->stable) == 0) {
            return reason;
        }
    }
    return NULL;
}

static void merge_reason(struct check_reason *reason, const struct check_reason *later)
{
    reason->count += later->count;
    if (strcmp(reason->message, later->message) != 0) {
        memcpy(reason->message, reason->stable, sizeof reason->message);
    }
    for (size_t i = 0; i < later->example_count && reason->example_count < CHECK_EXAMPLES; i++) {
        reason->examples[reason->example_count++] = later->examples[i];
    }
}

/* Of the forms that a part left, those that the other one left, too. Where there is none, the values of the part with
 * fewer of them do not come back. */
static void merge_watch(struct form_watch *w, struct form_watch *later)
{
    size_t first = w->count;

    if (!later->begun || !w->begun) {
        if (later->begun) {
            struct form_watch swapped = *w;
            *w = *later;
            *later = swapped;
        }
        return;
    }
    for (size_t i = w->count; i-- > 0;) {
        if (w->fits[i] && later->fits[i]) {
            first = i;
        }
    }
    if (first == w->count) {
        int64_t one = w->values - w->inexact;
        int64_t other = later->values - later->inexact;

        w->inexact += one < other ? one : other;
    } else {
        for (size_t i = 0; i < w->count; i++) {
            w->fits[i] = (unsigned char)(w->fits[i] && later->fits[i]);
        }
        w->first = first;
    }
    w->values += later->values;
    w->inexact += later->inexact;
}

int check_column_merge(struct check_column *c, struct check_column *later, struct err *e)
{
    for (size_t i = 0; i < later->count; i++) {
        struct check_reason *reason = same_reason(c, &later->reasons[i]);

        if (reason != NULL) {
            merge_reason(reason, &later->reasons[i]);
        } else if (c->count == CHECK_REASONS) {
            c->others += later->reasons[i].count;
        } else if (make_room(c, e) != 0) {
            return -1;
        } else {
            c->reasons[c->count++] = later->reasons[i];
        }
    }
    c->others += later->others;
    c->bytes += later->bytes;
    c->defaulted += later->defaulted;
    c->missed += later->missed;
    c->mapped += later->mapped;
    merge_watch(&c->watch, &later->watch);
    check_column_free(later);
    return 0;
}

void check_column_free(struct check_column *c)
{
    mem_free(c->reasons);
    form_watch_free(&c->watch);
    memset(c, 0, sizeof *c);
}
