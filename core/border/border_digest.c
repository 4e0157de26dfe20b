/* border_digest.c: wherry.core.record_hash, and wherry.core.digest: sums of rows' hashes (core/digest.h).
 *
 * record_hash(bytes) -> integer, as the server's hash_record_extended(ROW(bytes), 0) gives it.
 * digest.new() -> a digest; digest.unpack(bytes) -> the one that was packed, digest.unpack_hex(digits) -> the same of
 * hexadecimal digits. A digest's methods: d:add(other) and
 * d:take(other) -> d; d:add_bucket(bucket, rows, sum) -> d: what a server answers for one bucket; d:bucket(bucket) and
 * d:total() -> rows, sum; d:compare(other) -> { the buckets that differ }; d:pack() -> bytes. Buckets are from 0 to
 * 1,023. A sum is a text of digits, below 2^64; add_bucket takes any whole number. digest.sum(text) brings one there,
 * digest.plus(a, b) and digest.minus(a, b) stay there. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../digest.h"
#include "../hex.h"
#include "../record_hash.h"
#include "border.h"
#include "border_digest.h"

static const char DIGEST[] = "wherry.digest";

static int record_hash_of(lua_State *L)
{
    size_t length = 0;
    const char *bytes = luaL_checklstring(L, 1, &length);
    lua_pushinteger(L, (lua_Integer)record_hash((const unsigned char *)bytes, length));
    return 1;
}

struct digest *border_push_digest(lua_State *L)
{
    struct digest *d = memset(lua_newuserdatauv(L, sizeof *d, 0), 0, sizeof *d);
    luaL_setmetatable(L, DIGEST);
    return d;
}

struct digest *border_check_digest(lua_State *L, int index)
{
    return luaL_checkudata(L, index, DIGEST);
}

/* A whole number in a text, modulo 2^64. */
static uint64_t check_sum(lua_State *L, int index)
{
    const char *text = luaL_checkstring(L, index);
    const char *at = text + (text[0] == '-');
    uint64_t sum = 0;
    if (*at == '\0')
        border_usage(L, "'%s' is no sum of hashes", text);
    for (; *at != '\0'; at++) {
        if (*at < '0' || *at > '9')
            border_usage(L, "'%s' is no sum of hashes", text);
        sum = sum * 10 + (uint64_t)(*at - '0');
    }
    return text[0] == '-' ? 0 - sum : sum;
}

static void push_sum(lua_State *L, uint64_t sum)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, sum);
    lua_pushstring(L, text);
}

static int push_bucket(lua_State *L, struct digest_bucket bucket)
{
    lua_pushinteger(L, (lua_Integer)bucket.rows);
    push_sum(L, bucket.sum);
    return 2;
}

static size_t check_bucket(lua_State *L, int index)
{
    lua_Integer bucket = luaL_checkinteger(L, index);
    if (bucket < 0 || bucket >= DIGEST_BUCKETS)
        border_usage(L, "a digest has no bucket %lld", (long long)bucket);
    return (size_t)bucket;
}

static int digest_new(lua_State *L)
{
    (void)border_push_digest(L);
    return 1;
}

static int digest_of_bytes(lua_State *L)
{
    size_t length = 0;
    const char *bytes = luaL_checklstring(L, 1, &length);
    struct digest *d = border_push_digest(L);
    struct err e;
    err_clear(&e);
    if (digest_unpack(d, (const unsigned char *)bytes, length, &e) != 0)
        return border_raise(L, &e);
    return 1;
}

static int digest_of_digits(lua_State *L)
{
    size_t length = 0;
    const char *digits = luaL_checklstring(L, 1, &length);
    unsigned char packed[DIGEST_PACKED_MOST];
    struct digest *d = border_push_digest(L);
    struct err e;
    err_clear(&e);
    if (length % 2 != 0 || length / 2 > sizeof packed)
        border_usage(L, "a digest is not written in so many hexadecimal digits");
    for (size_t i = 0; i < length / 2; i++) {
        int high = hex_value((unsigned char)digits[2 * i]), low = hex_value((unsigned char)digits[2 * i + 1]);
        if (high < 0 || low < 0)
            border_usage(L, "a digest is not written in hexadecimal digits");
        packed[i] = (unsigned char)(high << 4 | low);
    }
    if (digest_unpack(d, packed, length / 2, &e) != 0)
        return border_raise(L, &e);
    return 1;
}

static int digest_to_bytes(lua_State *L)
{
    const struct digest *d = border_check_digest(L, 1);
    unsigned char packed[DIGEST_PACKED_MOST];
    lua_pushlstring(L, (const char *)packed, digest_pack(d, packed));
    return 1;
}

static int digest_plus_other(lua_State *L)
{
    digest_add(border_check_digest(L, 1), border_check_digest(L, 2));
    lua_settop(L, 1);
    return 1;
}

static int digest_minus_other(lua_State *L)
{
    digest_take(border_check_digest(L, 1), border_check_digest(L, 2));
    lua_settop(L, 1);
    return 1;
}

static int digest_add_bucket(lua_State *L)
{
    struct digest *d = border_check_digest(L, 1);
    struct digest_bucket *bucket = &d->buckets[check_bucket(L, 2)];
    lua_Integer rows = luaL_checkinteger(L, 3);
    bucket->sum += check_sum(L, 4);
    bucket->rows += rows;
    lua_settop(L, 1);
    return 1;
}

static int digest_bucket(lua_State *L)
{
    const struct digest *d = border_check_digest(L, 1);
    return push_bucket(L, d->buckets[check_bucket(L, 2)]);
}

static int digest_all(lua_State *L)
{
    return push_bucket(L, digest_total(border_check_digest(L, 1)));
}

static int digest_differences(lua_State *L)
{
    size_t differ[DIGEST_BUCKETS];
    size_t count = digest_compare(border_check_digest(L, 1), border_check_digest(L, 2), differ);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushinteger(L, (lua_Integer)differ[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int digest_sum(lua_State *L)
{
    push_sum(L, check_sum(L, 1));
    return 1;
}

static int digest_plus(lua_State *L)
{
    push_sum(L, check_sum(L, 1) + check_sum(L, 2));
    return 1;
}

static int digest_minus(lua_State *L)
{
    push_sum(L, check_sum(L, 1) - check_sum(L, 2));
    return 1;
}

int border_open_digest(lua_State *L)
{
    static const luaL_Reg methods[] = {{"add", digest_plus_other},
                                       {"take", digest_minus_other},
                                       {"add_bucket", digest_add_bucket},
                                       {"bucket", digest_bucket},
                                       {"total", digest_all},
                                       {"compare", digest_differences},
                                       {"pack", digest_to_bytes},
                                       {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"new", digest_new}, {"unpack", digest_of_bytes}, {"unpack_hex", digest_of_digits},
        {"sum", digest_sum}, {"plus", digest_plus},       {"minus", digest_minus},
        {NULL, NULL}};
    if (luaL_newmetatable(L, DIGEST)) {
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    lua_createtable(L, 0, 2);
    luaL_newlib(L, functions);
    luaL_setfuncs(L, methods, 0); /* also as functions: digest.add(d, other) */
    lua_setfield(L, -2, "digest");
    lua_pushcfunction(L, record_hash_of);
    lua_setfield(L, -2, "record_hash");
    return 1;
}
