/* border_stage_row.h: what the files of the stage of functions share. Each lane calls a table's functions in a
 * lua_State of its own; what it has for the table lives in that state. */
#ifndef WHERRY_BORDER_STAGE_ROW_H
#define WHERRY_BORDER_STAGE_ROW_H

#include <pthread.h>
#include <stdatomic.h>

#include "../lane.h"
#include "border.h"

struct hook_lane;

/* A table's functions, for all lanes. Owned by the call that loads. */
struct hook_table {
    struct stage base; /* first: the two share their address */
    const struct table_load *load;
    const char *const *old_names; /* columns of the source, old_count of them .. */
    const size_t *old_cells;      /* .. and where a row has them */
    size_t old_count;
    const size_t *maps; /* columns that are written and have a function, map_count of them */
    size_t map_count;
    int has_row;
    const char *const *emit_names; /* of load->emits, as the script has them */
    int rejects;                   /* a row at which `row` fails is rejected */
    struct hook_lane **lanes;      /* lane_count of them */
    size_t lane_count;

    /* The first batch goes through the functions twice, and both times they have to give the same. */
    atomic_int is_tried;
    int differs; /* they gave something else; set by the lane of that batch, read when the lanes have ended .. */
    size_t differs_column; /* .. for the map of that column; SIZE_MAX: by row .. */
    char differs_key[512]; /* .. for this row */
};

/* Columns by their names. A state of Lua has a short string only once, so its address tells which it is. */
struct name_index {
    struct name_entry {
        const void *text; /* NULL: free */
        size_t place;
    } * entries;
    size_t mask;
};

/* What a lane has of a table: a userdata of the lane's state, as all that it points to, but what is of a call. Its user
 * value is the table `functions`: row, maps (a list), drop (the metatable of what row returns to leave a row out),
 * unknown (who words the error for a column that there is none of), and, made here, emit, old and new: { names = places
 * from 1, by name; entries; views, a list }. */
struct hook_lane {
    lua_State *L;
    pthread_mutex_t *gate;         /* held during a call; NULL: the state is of this lane alone */
    const atomic_int *interrupted; /* border_hooks_interrupt was called */
    int self;                      /* reference of the userdata */
    int explain;                   /* reference of the function that words errors */
    struct name_index old_index, new_index;
    struct cell *overlay; /* one a column that is written: what functions have assigned .. */
    unsigned char *is_assigned;
    size_t *assigned; /* .. in this order */
    size_t assigned_count;
    struct bytes folded;     /* a document that a function reads */
    unsigned char *is_unfit; /* a byte a map: it has failed for the row under way, which has NULL instead */
    int any_unfit;

    /* Of a call; not valid beside it. */
    struct hook_table *table;
    struct batch *batch;
    struct stage_result *result;
    struct err *e;
    size_t row;                               /* under way */
    struct cell *cells;                       /* its cells */
    uint64_t generation;                      /* a number a row: views of another one are not valid */
    size_t column;                            /* whose map is called; SIZE_MAX: row is .. */
    size_t map;                               /* .. and which of the maps that is */
    int active;                               /* a function is called */
    struct batch emitting[EMIT_TARGETS_MOST]; /* one row each; freed with the userdata */
    size_t emit_start;                        /* of the row under way in result->emitted */
    uint64_t *digests; /* what functions gave in a rehearsal, a number for each map, and row, of each row; NULL: none */
    int rehearses;     /* .. it is being filled; else it is held against */
    int failed;        /* e is set: the load stops, whatever the plan says of bad rows */
};

enum {
    VIEWS = 64
}; /* of each side: a view that a function kept is told from that of the row under way, and of the next
      ones */

/* Lua C function (functions, light userdata of a hook_table) -> hook_lane, which the state keeps. Runs in a lane's
 * state. */
int border_make_hook_lane(lua_State *L);

/* The apply of a hook_table. */
int border_apply_hooks(struct stage *s, struct batch *b, struct stage_result *r, struct err *e);

/* --- border_stage_view.c: what functions see of a row --- */

/* Adds old and new to the table of functions at the index; the lane's userdata is at `lane`. */
void border_add_views(lua_State *L, int functions, int lane, const struct hook_table *table);

/* Pushes the view of the row under way, from the list of views at the index. */
void border_push_view(lua_State *L, int views, const struct hook_lane *lane);

/* Pushes what a column that is written has: what was assigned, else what was read. Raises where that can't be made. */
void border_push_new(lua_State *L, struct hook_lane *lane, size_t column);

/* Assigns the value on top of the stack to a column that is written, and pops it. Raises for what is no value. */
void border_assign(lua_State *L, struct hook_lane *lane, size_t column);

/* --- border_stage_emit.c --- */

/* Reads what `row` emits to: emits of the hooks at the index. Its blocks stay on the stack. */
void border_read_emits(lua_State *L, int hooks, struct hook_table *t, struct table_load *load);

/* Adds emit to the table of functions at the index; the lane's userdata is at `lane`. */
void border_add_emit(lua_State *L, int functions, int lane, const struct hook_table *table);

/* is_blob(view, name) */
int border_is_blob(lua_State *L);

#endif
