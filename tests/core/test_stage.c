/* test_stage.c: what stages say of rows, the batch without those that they took out, and what they leave for later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "stage.h"

/* A stage that does with each row what its letter says: k(eep), d(rop), m(erge), r(efuse), s(top), e(mit its number),
 * l(eave for later). */
struct plan_stage {
    struct stage base;
    const char *plan;
    size_t grows_by; /* bytes of the arena with each row that is kept */
    int fails;
};

static int follow(struct stage *s, struct batch *b, struct stage_result *r, struct err *e)
{
    struct plan_stage *self = (struct plan_stage *)s;
    static const char bytes[STAGE_BYTES];
    struct err why;
    err_set(&why, ERR_VALUE, "no good");
    for (size_t row = 0; row < b->rows; row++) {
        char step = self->plan[(size_t)b->cells[row * b->columns].as.integer];
        if (stage_is_out(r, row))
            continue;
        if (step == 'l' && row > 0) {
            stage_leave(b, r, row);
            break;
        }
        if (step == 'd' && stage_drop(r, row, "too old", 7, e) != 0)
            return -1;
        if (step == 'm')
            stage_merge(r, row);
        if ((step == 'r' || step == 's') && stage_refuse(r, row, &why, step == 's', e) != 0)
            return -1;
        if (step == 'e') {
            r->rows[row].emitted = r->emitted.length;
            r->rows[row].emitted_length = 1;
            unsigned char number = (unsigned char)('0' + b->cells[row * b->columns].as.integer);
            assert_int_equal(bytes_append(&r->emitted, &number, 1, e), 0);
        }
        if (self->grows_by) {
            assert_int_equal(bytes_append(&b->arena, bytes, self->grows_by, e), 0);
            if (stage_is_full(b, r, row + 1)) {
                stage_leave(b, r, row + 1);
                break;
            }
        }
    }
    if (self->fails)
        err_set(e, ERR_MEMORY, "no memory");
    return self->fails ? -1 : 0;
}

static struct plan_stage stage_of(const char *plan)
{
    return (struct plan_stage){.base.apply = follow, .plan = plan};
}

/* Rows of two cells: 0, 1, 2 .. and a text. */
static void fill(struct batch *b, size_t rows)
{
    struct err e;
    assert_int_equal(batch_init(b, 2, &e), 0);
    for (size_t i = 0; i < rows; i++) {
        struct cell *cells = batch_row(b, &e);
        cells[0] = (struct cell){.class = CELL_INTEGER, .as.integer = (int64_t)i};
        assert_int_equal(batch_bytes(b, &cells[1], CELL_TEXT, "ab", 2, &e), 0);
    }
}

/* The rows of the batch: the number of each, '!' behind one that is refused ('#': it stops), and what was emitted. */
static const char *rows_of(const struct batch *b, const struct stage_result *r)
{
    static char text[200];
    size_t at = 0;
    for (size_t row = 0; row < b->rows; row++) {
        const struct stage_row *refused = stage_refusal(r, row);
        struct bytes emitted = stage_emitted(r, row);
        assert_memory_equal(batch_data(b, &b->cells[row * 2 + 1]), "ab", 2);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%d%s%.*s", row ? " " : "",
                               (int)b->cells[row * 2].as.integer,
                               !refused         ? ""
                               : refused->stops ? "#"
                                                : "!",
                               (int)emitted.length, emitted.length ? (const char *)emitted.data : "");
    }
    text[at] = '\0';
    return text;
}

static void rows_are_taken_out(void **state)
{
    struct plan_stage one = stage_of("kdkmrskedk"), two = stage_of("ddkkddkedd");
    struct stage *const stages[] = {&one.base, &two.base};
    struct stage_result r = {0};
    struct batch b;
    struct err e;
    (void)state;
    fill(&b, 10);
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    assert_string_equal(rows_of(&b, &r), "0 2 4! 5# 6 77 9");
    assert_int_equal(r.row_count, 7);
    assert_int_equal(r.filtered, 2);
    assert_int_equal(r.merged, 1);
    assert_string_equal(stage_refusal(&r, 2)->why->message, "no good");
    assert_int_equal(stage_refusal(&r, 2)->why->kind, ERR_VALUE);
    assert_null(stage_refusal(&r, 7));
    assert_int_equal(stage_emitted(&r, 7).length, 0);
    batch_free(&b);
    stage_result_reset(&r);
    assert_int_equal(r.filtered + r.merged + (int64_t)r.reason_count, 0);
    /* The second stage does not see what the first took out or refused. */
    fill(&b, 10);
    assert_int_equal(stages_apply(stages, 2, &b, &r, &e), 0);
    assert_string_equal(rows_of(&b, &r), "2 4! 5# 6 77");
    assert_int_equal(r.filtered, 4);
    assert_int_equal(r.reason_count, 1);
    assert_string_equal(r.reasons[0].text, "too old");
    assert_int_equal(r.reasons[0].rows, 4);
    /* Nothing is left of a batch in the next one, and counts go on. */
    batch_free(&b);
    fill(&b, 2);
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    assert_string_equal(rows_of(&b, &r), "0");
    assert_int_equal(r.filtered, 5);
    assert_int_equal(stages_apply(stages, 0, &b, &r, &e), 0);
    assert_int_equal(r.row_count, 0);
    assert_null(stage_refusal(&r, 0));
    one.fails = 1;
    assert_int_equal(stages_apply(stages, 2, &b, &r, &e), -1);
    batch_free(&b);
    stage_result_free(&r);
}

static void rows_are_left_for_later(void **state)
{
    struct plan_stage one = stage_of("kdkeldkelk");
    struct stage *const stages[] = {&one.base};
    struct stage_result r = {0};
    struct batch b;
    struct err e;
    (void)state;
    fill(&b, 10);
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    assert_string_equal(rows_of(&b, &r), "0 2 33");
    assert_int_equal(r.before, 0);
    assert_int_equal(stages_go_on(&b, &r), 1);
    assert_int_equal(r.before, 4);
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    assert_string_equal(rows_of(&b, &r), "4 6 77");
    assert_int_equal(stages_go_on(&b, &r), 1);
    assert_int_equal(r.before, 8);
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    assert_string_equal(rows_of(&b, &r), "8 9");
    assert_int_equal(stages_go_on(&b, &r), 0);
    assert_int_equal(r.before, 0);
    assert_int_equal(r.filtered, 2);
    batch_free(&b);
    stage_result_free(&r);
}

static void rows_that_grow_are_left_for_later(void **state)
{
    struct plan_stage one = stage_of("kkkkk");
    struct stage *const stages[] = {&one.base};
    struct stage_result r = {0};
    struct batch b;
    struct err e;
    (void)state;
    fill(&b, 5);
    one.grows_by = STAGE_BYTES / 2;
    size_t own = b.arena.length;
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    assert_string_equal(rows_of(&b, &r), "0 1");
    assert_int_equal(b.arena.length, own + STAGE_BYTES);
    assert_int_equal(stages_go_on(&b, &r), 1);
    assert_int_equal(b.arena.length, own);
    one.grows_by = STAGE_BYTES;
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    assert_string_equal(rows_of(&b, &r), "2");
    assert_int_equal(stages_go_on(&b, &r), 1);
    one.grows_by = STAGE_BYTES / 2 - 1;
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    assert_string_equal(rows_of(&b, &r), "3 4");
    assert_int_equal(stages_go_on(&b, &r), 0);
    /* What was emitted counts, too; the first row and none are never left. */
    b.arena.length = r.own;
    assert_false(stage_is_full(&b, &r, 1));
    static const char emitted[STAGE_BYTES];
    assert_int_equal(bytes_append(&r.emitted, emitted, sizeof emitted, &e), 0);
    assert_true(stage_is_full(&b, &r, 1));
    assert_false(stage_is_full(&b, &r, 0));
    assert_false(stage_is_full(&b, &r, 2));
    batch_free(&b);
    stage_result_free(&r);
}

/* The last refusal of a row counts. */
static void a_row_is_refused_anew(void **state)
{
    struct plan_stage one = stage_of("r");
    struct stage *const stages[] = {&one.base};
    struct stage_result r = {0};
    struct batch b;
    struct err e, why;
    (void)state;
    fill(&b, 1);
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    err_set(&why, ERR_VALUE, "worse");
    assert_int_equal(stage_refuse(&r, 0, &why, 4, &e), 0);
    assert_string_equal(stage_refusal(&r, 0)->why->message, "worse");
    assert_int_equal(stage_refusal(&r, 0)->why->by_stage, 1);
    assert_int_equal(stage_refusal(&r, 0)->stops, 1);
    stage_merge(&r, 0);
    batch_free(&b);
    stage_result_free(&r);
}

static int64_t counted(const struct stage_result *r, const char *reason)
{
    for (size_t i = 0; i < r->reason_count; i++)
        if (strcmp(r->reasons[i].text, reason) == 0)
            return r->reasons[i].rows;
    return 0;
}

static void reasons_are_few_and_short(void **state)
{
    struct plan_stage none = stage_of("k");
    struct stage *const stages[] = {&none.base};
    struct stage_result r = {0};
    char name[300];
    struct batch b;
    struct err e;
    (void)state;
    fill(&b, 1);
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    memset(name, 'a', sizeof name);
    memcpy(name + 198, "\xe2\x82\xac", 3); /* the euro sign: from 198 to 200 */
    assert_int_equal(stage_drop(&r, 0, name, sizeof name, &e), 0);
    assert_int_equal(strlen(r.reasons[0].text), 198);
    memcpy(name + 197,
           "\xe2\x82\xac"
           "b",
           4);
    assert_int_equal(stage_drop(&r, 0, name, sizeof name, &e), 0);
    assert_int_equal(strlen(r.reasons[1].text), 200);
    assert_int_equal(stage_drop(&r, 0, "\xff", 1, &e), 0);
    assert_int_equal(counted(&r, "\xff"), 1);
    for (int i = 0; i < 150; i++) {
        int length = snprintf(name, sizeof name, "r%d", i);
        for (int k = 0; k < 2; k++)
            assert_int_equal(stage_drop(&r, 0, name, (size_t)length, &e), 0);
    }
    assert_int_equal(r.reason_count, STAGE_REASONS_MOST + 1);
    assert_int_equal(counted(&r, "r96"), 2);
    assert_int_equal(counted(&r, "r97"), 0);
    assert_int_equal(counted(&r, STAGE_OTHER_REASONS), 106);
    assert_int_equal(r.filtered, 303);
    batch_free(&b);
    stage_result_free(&r);
}

static void counts_are_added(void **state)
{
    struct plan_stage one = stage_of("dmdk");
    struct stage *const stages[] = {&one.base};
    struct stage_result r = {0}, sum = {0};
    struct batch b;
    struct err e;
    (void)state;
    fill(&b, 4);
    assert_int_equal(stages_apply(stages, 1, &b, &r, &e), 0);
    assert_int_equal(stage_drop(&r, 0, "too", 3, &e), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(stage_result_add(&sum, &r, &e), 0);
    assert_int_equal(sum.filtered, 6);
    assert_int_equal(sum.merged, 2);
    assert_int_equal(sum.reason_count, 2);
    assert_int_equal(counted(&sum, "too old"), 4);
    assert_int_equal(counted(&sum, "too"), 2);
    batch_free(&b);
    stage_result_free(&r);
    stage_result_free(&sum);
}

static void memory_that_is_refused_is_told(void **state)
{
    struct plan_stage one = stage_of("drk");
    struct stage *const stages[] = {&one.base};
    int rc = -1;
    long n = 0;
    (void)state;
    for (; rc != 0 && n < 20; n++) {
        struct stage_result r = {0}, sum = {0};
        struct batch b;
        struct err e;
        fill(&b, 3);
        err_clear(&e);
        mem_fail_at(n);
        rc = stages_apply(stages, 1, &b, &r, &e);
        if (rc == 0)
            rc = stage_result_add(&sum, &r, &e);
        mem_fail_at(-1);
        assert_true(rc == 0 || e.kind == ERR_MEMORY);
        batch_free(&b);
        stage_result_free(&r);
        stage_result_free(&sum);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_taken_out),
        cmocka_unit_test(rows_are_left_for_later),
        cmocka_unit_test(rows_that_grow_are_left_for_later),
        cmocka_unit_test(a_row_is_refused_anew),
        cmocka_unit_test(reasons_are_few_and_short),
        cmocka_unit_test(counts_are_added),
        cmocka_unit_test(memory_that_is_refused_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
