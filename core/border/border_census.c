/* border_census.c: the census of a source, as a method of wherry.core.snapshot's handle. */
#include "border.h"

#include <sqlite3.h>

#include "../census.h"
#include "../snapshot.h"
#include "../sys.h"

enum { COLUMNS_MOST = 2000 };

static void push_texts(lua_State *L, const struct census_texts *t)
{
    border_set_integer(L, "text_characters", t->characters_most);
    border_set_integer(L, "text_bytes", t->bytes_most);
    border_set_integer(L, "texts_with_nul", t->with_nul);
    border_set_integer(L, "texts_invalid", t->invalid);
}

static void push_candidates(lua_State *L, const struct census_texts *t)
{
    lua_createtable(L, 0, CENSUS_CANDIDATE_COUNT);
    for (int i = 0; i < CENSUS_CANDIDATE_COUNT; i++) {
        border_set_integer(L, census_candidate_name((enum census_candidate)i), t->accepted[i]);
    }
    lua_setfield(L, -2, "accepted");
    lua_createtable(L, 0, CENSUS_CANDIDATE_COUNT);
    for (int i = 0; i < CENSUS_CANDIDATE_COUNT; i++) {
        if (t->refused[i]) {
            lua_pushstring(L, t->against[i]);
            lua_setfield(L, -2, census_candidate_name((enum census_candidate)i));
        }
    }
    lua_setfield(L, -2, "against");
    border_set_integer(L, "uuid_hyphens", t->uuid_hyphens);
    border_set_integer(L, "uuid_digits", t->uuid_digits);
    border_set_integer(L, "uuid_upper", t->uuid_upper);
    border_set_integer(L, "uuid_rfc", t->uuid_rfc);
    border_set_integer(L, "times_with_t", t->times_with_t);
    border_set_integer(L, "times_with_z", t->times_with_z);
    border_set_integer(L, "times_plain", t->times_plain);
    border_set_integer(L, "fraction_digits", t->fraction_most);
}

static void push_number(lua_State *L, const char *field, double value)
{
    lua_pushnumber(L, value);
    lua_setfield(L, -2, field);
}

static void push_shown(lua_State *L, const char *field, int64_t count, const char *shown)
{
    if (count > 0) {
        lua_pushstring(L, shown);
        lua_setfield(L, -2, field);
    }
}

/* decades = { [n] = { integers, reals, texts, integer_min?, integer_max?, real_min?, real_max? } } for those that are
 * not empty: numbers from 10^n on. */
static void push_decades(lua_State *L, const struct census_decade *decades)
{
    lua_createtable(L, CENSUS_DECADES, 1);
    for (int i = 0; i < CENSUS_DECADES; i++) {
        const struct census_decade *d = &decades[i];

        if (d->integers + d->reals == 0) {
            continue;
        }
        lua_createtable(L, 0, 8);
        border_set_integer(L, "integers", d->integers);
        border_set_integer(L, "reals", d->reals);
        border_set_integer(L, "texts", d->texts);
        if (d->integers > 0) {
            border_set_integer(L, "integer_min", d->integer_min);
            border_set_integer(L, "integer_max", d->integer_max);
        }
        if (d->reals > 0) {
            push_number(L, "real_min", d->real_min);
            push_number(L, "real_max", d->real_max);
        }
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "decades");
}

static void push_stored(lua_State *L, const struct census_stored *s)
{
    push_decades(L, s->decades);
    border_set_integer(L, "julian", s->julian);
    border_set_integer(L, "texts_iso", s->texts_iso);
    border_set_integer(L, "texts_go", s->texts_go);
    border_set_integer(L, "texts_other", s->texts_other);
    push_shown(L, "iso_shown", s->texts_iso, s->iso_shown);
    push_shown(L, "go_shown", s->texts_go, s->go_shown);
    push_shown(L, "other_shown", s->texts_other, s->other_shown);
    border_set_integer(L, "blobs_rfc", s->uuid_rfc);
    border_set_integer(L, "blobs_net", s->uuid_net);
    border_set_integer(L, "blobs_even", s->uuid_even);
    border_set_integer(L, "blobs_rfc_versions", s->uuid_rfc_versions);
    border_set_integer(L, "blobs_net_versions", s->uuid_net_versions);
}

static void push_census(lua_State *L, const struct census_column *c, enum census_wanted wanted)
{
    lua_createtable(L, 0, 32);
    for (int class = CELL_NULL; class <= CELL_BLOB; class ++) {
        border_set_integer(L, cell_class_name((enum cell_class) class), c->count[class]);
    }
    if (c->count[CELL_INTEGER] > 0) {
        border_set_integer(L, "integer_min", c->integer_min);
        border_set_integer(L, "integer_max", c->integer_max);
    }
    if (c->count[CELL_REAL] > 0) {
        push_number(L, "real_min", c->real_min);
        push_number(L, "real_max", c->real_max);
    }
    border_set_boolean(L, "integers_inexact", c->integers_inexact);
    border_set_boolean(L, "integers_bool", c->integers_bool);
    border_set_boolean(L, "reals_fraction", c->reals_fraction);
    border_set_integer(L, "blob_bytes", c->blob_bytes_most);
    border_set_integer(L, "blobs_of_16", c->blobs_of_16);
    if (wanted >= CENSUS_TEXTS) {
        push_texts(L, &c->texts);
    }
    if (wanted == CENSUS_CANDIDATES) {
        push_candidates(L, &c->texts);
    }
    if (wanted == CENSUS_STORED) {
        push_stored(L, &c->stored);
    }
}

/* The length of the list `field` of the job at `index`; the list is left on the stack. */
static size_t push_wanted(lua_State *L, int index)
{
    lua_Unsigned length;

    if (lua_type(L, index) != LUA_TTABLE || lua_getfield(L, index, "wanted") != LUA_TTABLE) {
        border_usage(L, "census: a job is a table with the list `wanted`");
    }
    length = lua_rawlen(L, -1);
    if (length < 1 || length > COLUMNS_MOST) {
        border_usage(L, "a census of %d columns", (int)length);
    }
    return (size_t)length;
}

/* What is wanted of each column: the list on top of the stack into `wanted`. */
static void read_wanted(lua_State *L, unsigned char *wanted, size_t count)
{
    static const char *const words[] = {"types", "classes", "texts", "candidates", "stored", NULL};

    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        wanted[i] = (unsigned char)luaL_checkoption(L, -1, NULL, words);
        lua_pop(L, 1);
    }
}

static const char *required_text(lua_State *L, int index, const char *field)
{
    const char *text = border_field_text(L, index, field, NULL);

    if (text == NULL) {
        border_usage(L, "census: a job needs the text `%s`", field);
    }
    return text;
}

/* The jobs in the list at `index`, in a userdata that is left on the stack; the texts belong to the list. */
static struct census_job *read_jobs(lua_State *L, int index, size_t count)
{
    struct census_job *jobs = lua_newuserdatauv(L, (count + 1) * sizeof *jobs, 0);
    size_t columns = 0;
    struct census_column *out;
    unsigned char *wanted;

    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        columns += push_wanted(L, lua_gettop(L));
        lua_pop(L, 2);
    }
    out = lua_newuserdatauv(L, (columns + 1) * sizeof *out, 0);
    wanted = lua_newuserdatauv(L, columns + 1, 0);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        jobs[i].columns = push_wanted(L, lua_gettop(L));
        read_wanted(L, wanted, jobs[i].columns);
        lua_pop(L, 1);
        jobs[i].table = required_text(L, lua_gettop(L), "table");
        jobs[i].select = required_text(L, lua_gettop(L), "select");
        jobs[i].range = border_field_text(L, lua_gettop(L), "range", NULL);
        jobs[i].wanted = wanted;
        jobs[i].out = out;
        wanted += jobs[i].columns;
        out += jobs[i].columns;
        lua_pop(L, 1);
    }
    return jobs;
}

/* s:census(jobs, threads) -> array of arrays of column statistics, one a job and one a column. threads: at most so
 * many; absent: as many as there are processors and readers. */
int border_census(lua_State *L)
{
    struct snapshot *snapshot = border_handle(L, 1, "wherry.snapshot");
    lua_Integer threads = luaL_optinteger(L, 3, sys_processors());
    sqlite3 *readers[SNAPSHOT_CENSUS_MOST];
    const struct census_job *jobs;
    size_t count;
    struct err e;

    luaL_checktype(L, 2, LUA_TTABLE);
    count = lua_rawlen(L, 2);
    jobs = read_jobs(L, 2, count);
    err_clear(&e);
    if (census_run(readers, snapshot_census_readers(snapshot, readers, threads < 1 ? 1 : (size_t)threads), jobs, count,
                   &e) != 0) {
        return border_raise(L, &e);
    }
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_createtable(L, (int)jobs[i].columns, 0);
        for (size_t k = 0; k < jobs[i].columns; k++) {
            push_census(L, &jobs[i].out[k], (enum census_wanted)jobs[i].wanted[k]);
            lua_rawseti(L, -2, (lua_Integer)k + 1);
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}
