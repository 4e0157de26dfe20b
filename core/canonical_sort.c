/* canonical_sort.c: the server's own sort, step by step (pg_qsort, after Bentley and McIlroy): where things are equal
 * by their order and yet are other bytes, as 1.0 and 1.00, it decides which of them comes first. */
#include "canonical_internal.h"

typedef int compare_function(const void *a, const void *b);

enum { FEW = 7, MANY = 40 };

static void swap(const void **a, const void **b)
{
    const void *kept = *a;
    *a = *b;
    *b = kept;
}

static void swap_runs(const void **a, const void **b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        swap(a + i, b + i);
    }
}

static const void **middle(const void **a, const void **b, const void **c, compare_function *compare)
{
    if (compare(*a, *b) < 0) {
        return compare(*b, *c) < 0 ? b : compare(*a, *c) < 0 ? c : a;
    }
    return compare(*b, *c) > 0 ? b : compare(*a, *c) < 0 ? a : c;
}

static const void **pivot(const void **list, size_t count, compare_function *compare)
{
    const void **low = list;
    const void **half = list + count / 2;
    const void **high = list + count - 1;

    if (count == FEW) {
        return half;
    }
    if (count > MANY) {
        size_t part = count / 8;
        low = middle(low, low + part, low + 2 * part, compare);
        half = middle(half - part, half, half + part, compare);
        high = middle(high - 2 * part, high - part, high, compare);
    }
    return middle(low, half, high, compare);
}

static void insert_all(const void **list, size_t count, compare_function *compare)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = i; k > 0 && compare(list[k - 1], list[k]) > 0; k--) {
            swap(&list[k], &list[k - 1]);
        }
    }
}

static int is_sorted(const void **list, size_t count, compare_function *compare)
{
    size_t i = 1;

    while (i < count && compare(list[i - 1], list[i]) <= 0) {
        i++;
    }
    return i >= count;
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Brings what is less than the pivot to the front and what is more to the end: *less and *more of them. */
static void part(const void **list, size_t count, compare_function *compare, size_t *less, size_t *more)
{
    /* Equal ones gather before `left_equal` and behind `right_equal`; right and right_equal are one more than a place.
     */
    size_t left_equal = 1;
    size_t left = 1;
    size_t right = count;
    size_t right_equal = count;

    swap(list, pivot(list, count, compare));
    for (;;) {
        int order = 0;
        for (; left < right && (order = compare(list[left], list[0])) <= 0; left++) {
            if (order == 0) {
                swap(&list[left_equal++], &list[left]);
            }
        }
        for (; left < right && (order = compare(list[right - 1], list[0])) >= 0; right--) {
            if (order == 0) {
                swap(&list[right - 1], &list[--right_equal]);
            }
        }
        if (left >= right) {
            break;
        }
        swap(&list[left++], &list[--right]);
    }
    *less = left - left_equal;
    *more = right_equal - right;
    size_t moved = lesser(left_equal, *less);
    swap_runs(list, list + left - moved, moved);
    moved = lesser(*more, count - right_equal);
    swap_runs(list + left, list + count - moved, moved);
}

void canonical_sort(const void **list, size_t count, int (*compare)(const void *a, const void *b))
{
    size_t less = 0;
    size_t more = 0;

    while (count >= FEW && !is_sorted(list, count, compare)) {
        part(list, count, compare, &less, &more);
        /* The smaller part first: so calls are no deeper than the logarithm of the count. */
        if (less <= more) {
            canonical_sort(list, less, compare);
            list += count - more;
            count = more;
        } else {
            canonical_sort(list + count - more, more, compare);
            count = less;
        }
    }
    if (count < FEW) {
        insert_all(list, count, compare);
    }
}
