-- Expressions for the differential tests: columns of every kind with edge values, lists by outcome, and random ones.
local differential = require "tests.support.differential"

local expressions = {}

local extreme = { math.huge, -math.huge, 1e308, -1e308, 5e-324, 9.3e18, -9.3e18, 0.005, 1.005, 4503599627370497.0 }

local function joined(one, other)
    return table.move(other, 1, #other, #one + 1, { table.unpack(one) })
end

expressions.columns = {
    { name = "a", kind = "integer" },
    { name = "b", kind = "integer" },
    { name = "k", kind = "integer", values = { 0, 1, 2, 3, 5, -1, -2, -5, 12, 100, false } },
    { name = "r", kind = "real", values = joined(extreme, differential.values.real) },
    { name = "q", kind = "real" },
    { name = "s", kind = "text" },
    { name = "u", kind = "text" },
    { name = "x", kind = "blob" },
    { name = "y", kind = "blob" },
    { name = "f", kind = "boolean" },
    { name = "g", kind = "boolean" },
    { name = "n", kind = "number" },
    { name = "c", kind = "text", collation = "NOCASE" },
    { name = "d", kind = "text", collation = "RTRIM" },
    { name = "w", kind = "text", declared = "DATETIME", affinity = "numeric",
        values = { "2024-01-01", "x", "", "2023-05-05 10:00:00", "abc", false } },
}

-- Expressions divided by ;; and line ends.
local function list_of(text)
    local list = {}
    for one in text:gsub("\n", " ;; "):gmatch("%s*(.-)%s*;;") do
        if one ~= "" then
            list[#list + 1] = one
        end
    end
    return list
end

expressions.lists = {
    { name = "operators, comparisons, casts and patterns", exact = list_of [==[
a / 2 ;; 7 / -2 ;; a % k ;; r % 3 ;; a * 1.5 ;; k / 2.0 ;; a & 7 ;; a | b ;; ~a ;; k << 3 ;; a >> 70 ;; a << k
-r ;; +s ;; a || s ;; r || '' ;; s || u ;; n || '' ;; f || 'x' ;; a = 5 ;; a = '5' ;; '5' = a ;; a < 1.5
a < s ;; s < a ;; s = 5 ;; s < u ;; s <= 'abc' ;; s < 5 ;; r < 2 ;; r = 0.1 ;; f = 1 ;; f = 0 ;; f <> 1 ;; f = g
f = k ;; f < k ;; f >= 1 ;; f IN (0, 1) ;; f IN (0,1,2) ;; f = TRUE ;; f IS TRUE ;; f IS 1 ;; f IS NOT 1
k IS TRUE ;; s IS TRUE ;; s IS NOT FALSE ;; a IS NULL ;; a IS b ;; a IS NOT b ;; s IS 'abc' ;; s IS 5 ;; x < y
x = s ;; x < 'abc' ;; c = 'ABC' ;; c < s ;; s < c ;; c = d ;; d = 'abc' ;; d < s ;; s = 'abc' COLLATE NOCASE
s COLLATE NOCASE = c ;; w > '2023-06-01' ;; w = 5 ;; w = '5' ;; w < 10 ;; a BETWEEN 1 AND 10
a BETWEEN '1' AND 10.5 ;; a NOT BETWEEN k AND b ;; s BETWEEN 'a' AND 'b' ;; s BETWEEN 1 AND 5
f BETWEEN 0 AND 1 ;; a IN (1, 2, '3', 4.0, 4.5, 'x') ;; a NOT IN (1, NULL) ;; s IN ('a', 'b', 5)
c IN ('abc', 'x') ;; a IN () ;; s IN (1.5, 1e3) ;; r IN (1, 2.5, '0.1') ;; (a, b) = (1, 2) ;; (a, s) < (b, u)
(a, b) IS NOT (1, NULL) ;; NOT a ;; NOT a = b OR a AND f ;; a AND s
CASE WHEN a > 0 THEN 'p' WHEN a < 0 THEN 'n' ELSE 'z' END ;; CASE k WHEN 1 THEN 'one' WHEN '2' THEN 'two' END
CASE s WHEN 'abc' THEN 1 WHEN 'ABC' THEN 2 ELSE 3 END ;; CASE WHEN f THEN 1 ELSE 0 END
CASE WHEN f THEN 1.5 ELSE 0.5 END ;; CAST(s AS INTEGER) ;; CAST(s AS REAL) ;; CAST(s AS TEXT)
CAST(r AS INTEGER) ;; CAST(r AS TEXT) ;; CAST(a AS REAL) ;; CAST(a AS TEXT) ;; CAST(a AS BLOB)
CAST(x AS INTEGER) ;; CAST(x AS REAL) ;; CAST(n AS INTEGER) ;; CAST(n AS TEXT) ;; CAST(f AS TEXT)
CAST('12abc' AS INTEGER) ;; CAST('1e3' AS INTEGER) ;; CAST('1e3' AS REAL) ;; CAST('1e3' AS NUMERIC)
s LIKE 'a%' ;; s LIKE 'A_C' ;; s LIKE '%\%' ;; s LIKE 'a\%c' ESCAPE '\' ;; s LIKE 'ax%c' ESCAPE 'x' ;; s LIKE u
s NOT LIKE '5%' ;; a LIKE '1%' ;; s LIKE '%' ;; s LIKE 'a%x' ESCAPE 'x' ;; 'abc' LIKE s ;; s GLOB 'a*'
s GLOB '*[^0-9]*' ;; s GLOB '[a-c]*' ;; s GLOB 'abc' ;; s GLOB '*' ;; s GLOB '[]]' ;; s GLOB '[a' ;; s GLOB u
s NOT GLOB '[A-Z]*' ;; s GLOB '*.?\*' ;; s GLOB '[c-a]' ;; TRUE ;; x'4142' ;; NULL + 1
a = 5 AND s = 'abc' OR NOT f ;; a > 1 AND a < 10 AND s LIKE 'a%' ;; (a = 1) = (b = 1) ;; k << -2 ;; k >> 1
k >> -3 ;; 1 << 40 ;; a & b ;; k | 8 ;; ~f ;; -5 % 3 ;; 5 % -3 ;; a % 0 ;; a / 0 ;; 7 / 2 ;; -7 / 2 ;; 7.0 / 2
'7' / 2 ;; '3abc' + 4 ;; '1e2' * 2 ;; 'abc' || 1.5 ;; 'a' || NULL ;; 1 || 2 ;; '5' = 5 ;; 5 = '5' ;; 10 < '9'
s = 5 OR a = '5x' ;; s > 5 ;; a > 'abc' ;; a < 'abc' ;; r = '1.5' ;; n = 5 ;; n > 1.5 ;; n < a ;; n = '5'
f = '1' ;; f > 0 ;; f < 1 ;; f <= 0 ;; f IS g ;; f IS NOT FALSE ;; NOT f ;; s IS NOT NULL ;; s IS u
x = x'616263' ;; x IN (x'00', x'616263') ;; c IN ('ABC', s) ;; c BETWEEN 'B' AND 'c' ;; c LIKE 'a%'
d IN ('abc', ' ') ;; d <= 'abc  ' ;; s = 'abc ' COLLATE RTRIM ;; c = s COLLATE BINARY ;; lower(c) = 'abc'
c || 'x' = 'ABCx' ;; (c || 'x') COLLATE NOCASE = 'ABCX' ;; id = 5 ;; id IS 5 ;; id IN (SELECT 1)
(a, b) <> (1, 2) ;; (k, s) >= (1, 'abc') ;; (f, a) = (1, 5)
CASE k WHEN 1 THEN 'one' WHEN NULL THEN 'none' ELSE 'many' END ;; CASE c WHEN 'ABC' THEN 1 END
CASE WHEN s THEN 1 WHEN NULL THEN 2 END ;; CASE WHEN a IS NULL THEN NULL ELSE a END
CASE f WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END ;; CAST(NULL AS TEXT) ;; CAST(a AS INTEGER) = '5'
CAST(s AS INTEGER) = '5' ;; CAST(5 AS TEXT) = s ;; CAST(r AS INTEGER) % 3 ;; CAST(1e300 AS INTEGER)
CAST(-1e300 AS INTEGER) ;; CAST('9223372036854775808' AS INTEGER) ;; CAST(' 12 ' AS INTEGER)
CAST('0x10' AS INTEGER) ;; CAST('.5' AS REAL) ;; CAST('1e400' AS REAL) ;; CAST('-1e400' AS REAL)
CAST('1e-400' AS REAL) ;; CAST('5.' AS NUMERIC) ;; CAST('abc' AS BLOB) ;; CAST(f AS REAL)
CAST(x'616263' AS BLOB) ;; s LIKE '%BREAK' ;; s LIKE '____' ;; s LIKE 'É' ;; s LIKE '%'' %' ;; s LIKE ''
s LIKE '\' ESCAPE 'x' ;; s LIKE 'a\_c' ESCAPE '\' ;; s LIKE 'a%%c' ESCAPE 'c' ;; r LIKE '1%' ;; f LIKE 1
s LIKE 5 ;; s GLOB '[^a]*' ;; s GLOB '[a-cA-C]b?' ;; s GLOB '*[*]*' ;; s GLOB '[-a]*' ;; s GLOB '*é*'
s GLOB '[]a]*' ;; s GLOB '[^]]' ;; s GLOB '??' ;; a GLOB '[1-3]*' ;; r GLOB '*.5' ;; s GLOB '*%*' ;; s GLOB '_*'
s LIKE '%_@_%._%' ;; length(trim(s)) > 0 ;; (a IS NULL) <> (b IS NULL) ;; (a IS NULL) + (b IS NULL) = 1
(a IS NULL) + (b IS NULL) + f = 1 ;; s = 'x' OR (s = 'y' AND a IS NOT NULL)
s GLOB '[0-9]*' AND s NOT GLOB '*[^0-9]*' ;; length(s) = 3 AND s = upper(s) ;; s || ' ' || u
coalesce(s, u || ' ' || c) ;; substr(w, 1, 7) ;; k & 4 <> 0 ;; k & 4 ;; k % 10 = 0 ;; max(a, b) <= 100
CAST(s AS INTEGER) = s ;; instr(s, ' ') = 0 ;; replace(lower(trim(s)), ' ', '-') ;; s NOT GLOB '*[^a-z0-9_-]*'
length(x) = 16 ;; CASE WHEN f THEN 'yes' WHEN a THEN 'maybe' ELSE 'no' END = 'yes' ;; a = 1 OR 1 = 1
s COLLATE NOCASE IN ('ABC', 'x') ;; upper(substr(s, 1, 1)) || lower(substr(s, 2)) ;; substr(s, length(s) - 1)
substr(s, -3, 2) ;; s <> '' AND s IS NOT NULL ;; a + 0 = a ;; a * 1 = a ;; s = CAST(a AS TEXT)
a = CAST(s AS INTEGER) ;; a || '-' || b ;; f + g ;; CASE WHEN f THEN r END ;; 1.0 * k / 3 ;; k * 1.0 / b
CAST(k AS REAL) / 3 ;; 100.0 * k / 7 ;; k > b ;; r >= 0 AND r <= 1 ;; r BETWEEN 0 AND 1 ;; r > 0.5
s < '5' COLLATE NOCASE ;; length(s) BETWEEN 1 AND 10 ;; length(s) <= 10 AND length(s) > 0
lower(s) <> lower(u) ;; trim(s) <> '' ;; coalesce(s, '') <> '' ;; s IS NOT '' ;; a IS NOT 0 ;; f = (k > 0)
(k > 0) = f ;; f = 1 AND g = 1 ;; f AND NOT g ;; coalesce(f, 0) ;; coalesce(f, 0) = 1 ;; ifnull(f, 1)
CASE WHEN f = 1 THEN 'a' ELSE 'b' END ;; f IN (1) ;; f NOT IN (1) ;; f > k ;; f = 'true' ;; f IS NULL OR f
n > 0 ;; n BETWEEN 0 AND 10 ;; n IN (5, 0.1) ;; n = k ;; abs(n) ;; -n ;; coalesce(n, 0) ;; n IS NULL
n = 'abc' ;; n <> '' ;; 100.0 * k / 7 + 1.5 ;; (a * 1.5 - b * 0.1) / k ;; f NOT IN (0) ;; f IN (0) ;; a = s
s = a ;; a >= s ;; k <> s ;; s BETWEEN a AND b ;; a BETWEEN s AND u ;; n = s ;; n < s ;; s > n
CASE k WHEN s THEN 1 END ;; a + 0 ;; a * 1 ;; f = s ;; 9223372036854775807 = s ;; r = s ;; f IN (NULL) ;; r < s
s < q ;; r >= u ;; a & b | ~k << 2 ;; a IN (s, 5) ;; s IN (a) ;; a NOT IN (s, u, 5)
]==] },
    { name = "functions", exact = list_of [==[
length(s) ;; length(a) ;; length(r) ;; length(x) ;; length(f) ;; length('日本') ;; lower(s) ;; upper(s)
lower(a) ;; upper('é') ;; trim(s) ;; ltrim(s) ;; rtrim(s) ;; trim(s, 'a ') ;; ltrim(s, 'abc') ;; rtrim(s, u)
trim(a) ;; substr(s, 1, 2) ;; substr(s, 2) ;; substr(s, 0) ;; substr(s, 0, 2) ;; substr(s, -2)
substr(s, -2, 1) ;; substr(s, 2, -1) ;; substr(s, -1, -2) ;; substr(s, k) ;; substr(s, k, k) ;; substr(s, a, b)
substr(s, b, k) ;; substr(a, 1, 2) ;; substr(x, 1, 2) ;; substr(x, 2) ;; substr(s, instr(s, 'a') + 1)
substr(s, 1, instr(s, 'a') - 1) ;; substr(s, '2', 1.9) ;; instr(s, 'b') ;; instr(s, u) ;; instr(s, '')
instr(x, y) ;; instr(a, '1') ;; replace(s, 'a', 'xy') ;; replace(s, '', 'xy') ;; replace(s, u, '-')
replace(a, '1', '2') ;; hex(s) ;; hex(x) ;; hex(a) ;; hex(r) ;; hex(NULL) ;; char(65, 233) ;; unicode(s)
quote(s) ;; quote(a) ;; quote(x) ;; quote(NULL) ;; typeof(a) ;; typeof(r) ;; typeof(s) ;; typeof(f)
typeof(NULL) ;; typeof(a + 1.5) ;; typeof(a) = 'integer' ;; abs(r) ;; abs(k) ;; abs(f) ;; abs(s) ;; abs(n)
round(r) ;; round(a) ;; round(k) ;; round(s) ;; round(n) ;; round(2.5) ;; round(-2.5) ;; min(a, b) ;; max(a, b)
min(s, u) ;; max(s, 'abc') ;; min(r, q) ;; max(id, 5) ;; min(k, f) ;; sign(a) ;; sign(r) ;; ceil(r) ;; floor(r)
trunc(r) ;; ceil(a) ;; sqrt(r) ;; sqrt(a) ;; ln(r) ;; log10(a) ;; log(k) ;; atan(r) ;; asin(r) ;; pi()
coalesce(a, 0) ;; coalesce(a, b, 5) ;; coalesce(s, '') ;; coalesce(r, 0.5) ;; coalesce(NULL, a)
coalesce(id, a) ;; coalesce(f, 0) ;; coalesce(f, 0) = 1 ;; ifnull(s, 'x') || 'y' ;; nullif(a, 5)
nullif(s, '') ;; nullif(s, 5) ;; nullif(r, 0) ;; nullif(a, 5.0) ;; nullif(c, 'ABC') ;; iif(a > 1, 'x', 'y')
iif(f, a, b) ;; likely(a > 1) ;; like('a%', s) ;; glob('a*', s) ;; lower(s) = 'abc' ;; upper(c) = 'ABC'
length(s) * 1000000000 ;; upper('é' || a) ;; ('a' || a) < 'B' ;; max('a' || a, 'B')
length(s) + length(u) ;; f + f ;; f * 5 ;; 2147483647 + 1 ;; 1000000 * 1000000
length(s) - 1
]==] },
    { name = "conditions", form = "condition", exact = list_of [==[
s ;; r ;; a ;; f ;; x ;; n ;; s IN ('a','b') AND a >= 0
]==] },
}

expressions.changed = list_of [==[
a + 1 ;; a + b ;; k + k ;; a - b ;; a * k ;; a / k ;; r + 1 ;; r * 1.5 ;; r / k ;; -a ;; x || 's' ;; s + 1
s + 1.5 ;; s * r ;; a < r ;; w = s ;; k + 1 IN (2, '3') ;; CASE WHEN f THEN 1.5 ELSE 0 END ;; CAST(s AS NUMERIC)
-k * 0 ;; r > a IS NULL ;; round(r * k, 2) ;; r * k * (1 - q / 100.0) ;; k * 100 / 7 ;; abs(a - b) < 0.001
r = round(r, 2) ;; ifnull(a, 0) + ifnull(b, 0) ;; s + 0 > 5 ;; CASE WHEN k > 0 THEN r / k ELSE 0 END
CASE WHEN k > 0 THEN r / k ELSE 0.0 END ;; coalesce(r / NULLIF(k, 0), 0.0) ;; r <> k ;; f * k ;; n + 1
n * 2.5 ;; round(n, 2) ;; n > r ;; round(r, 2) ;; round(r, 1) ;; round(r, k) ;; max(a, r) ;; exp(k) ;; pow(k, 2)
sin(k) ;; coalesce(r, 0) ;; nullif(a, r) ;; f + g + k ;; k * 2 ;; 9223372036854775807 + 1
]==]

expressions.refused = list_of [==[
s IS a ;; CASE WHEN f THEN s ELSE 0 END ;; id IS u ;; substr(x, -1) ;; min(a, s) ;; min(c, s) ;; coalesce(a, s)
x LIKE 'a%' ;; s REGEXP 'a' ;; s / 2 ;; n / 2 ;; s % 2 ;; typeof(n) ;; char(k) ;; quote(r) ;; sum(k, 1)
abs() ;; nosuch(a) ;; ?1 ;; s COLLATE nosuch = 'a' ;; pow('a', 2) ;; unhex(s)
]==]

local LITERALS = list_of [==[
0 ;; 1 ;; -1 ;; 2 ;; 5 ;; NULL ;; 'abc' ;; '5' ;; '5x' ;; '' ;; ' ' ;; '1e3' ;; 1.5 ;; -2.5 ;; 0.0
2.0 ;; 1e3 ;; x'61' ;; TRUE ;; FALSE ;; 9223372036854775807 ;; -9223372036854775808 ;; 9223372036854775808
2147483647 ;; 'ABC' ;; 'a%' ;; 1e308 ;; 0x10 ;; 9007199254740993 ;; 9007199254740993.0 ;; '2024-01-01'
'9223372036854775808'
]==]
local COLUMNS = list_of [==[
a ;; b ;; r ;; q ;; s ;; u ;; x ;; y ;; f ;; g ;; n ;; c ;; d ;; w ;; k ;; id ;; k ;; s ;; a ;; f
]==]
local PATTERNS = list_of [==[
'a%' ;; '%B%' ;; '_' ;; '5%' ;; 'a\_c' ;; '%' ;; '' ;; 'a*' ;; '[a-c]*' ;; '*[^0-9]*' ;; '?' ;; '[^a]?' ;; '*[*]*'
'[-a]*' ;; '[a-]' ;; '[!a]' ;; '[]a]*' ;; '[^]]' ;; 'a]' ;; '*.*'
]==]
local CALLS = list_of [==[
length(#) ;; lower(#) ;; upper(#) ;; trim(#) ;; trim(#, #) ;; ltrim(#, #) ;; rtrim(#) ;; substr(#, #)
substr(#, #, #) ;; instr(#, #) ;; replace(#, #, #) ;; hex(#) ;; unicode(#) ;; quote(#) ;; typeof(#)
abs(k) ;; abs(r) ;; abs(s) ;; round(#) ;; min(#, #)
max(#, #) ;; max(#, #, #) ;; coalesce(#, #) ;; coalesce(#, #, #) ;; ifnull(#, #) ;; nullif(#, #) ;; iif(#, #, #)
sign(#) ;; ceil(#) ;; floor(#) ;; sqrt(#) ;; ln(#) ;; log10(#) ;; log2(#) ;; trunc(#) ;; atan(#) ;; likely(#)
]==]
local OPERATIONS = list_of [==[
(# + #) ;; (# - #) ;; (# * #) ;; (# / #) ;; (# % #) ;; (# || #) ;; (# & #) ;; (# | #) ;; (# << #) ;; (# >> #)
(# = #) ;; (# = #) ;; (# <> #) ;; (# < #) ;; (# < #) ;; (# <= #) ;; (# > #) ;; (# >= #) ;; (# IS #) ;; (# IS NOT #)
(# AND #) ;; (# OR #) ;; (- #) ;; (+ #) ;; (~ #) ;; (NOT #) ;; (# IS NULL) ;; (# NOT NULL) ;; (# COLLATE NOCASE)
(# COLLATE RTRIM) ;; (# BETWEEN # AND #) ;; (# NOT BETWEEN # AND #) ;; (# IN ()) ;; (# IN (@)) ;; (# NOT IN (@, @))
(# IN (@, @, @)) ;; CASE WHEN # THEN # ELSE # END ;; CASE # WHEN @ THEN # WHEN @ THEN # END ;; CAST(# AS INTEGER)
CAST(# AS REAL) ;; CAST(# AS TEXT) ;; CAST(# AS BLOB) ;; CAST(# AS NUMERIC) ;; (# LIKE #) ;; (# LIKE $)
(# NOT LIKE $) ;; (# GLOB $) ;; (# NOT GLOB $) ;; (# GLOB #)
]==]

---Expressions that a seed decides, the same every time.
---@param seed integer
---@param count integer
---@return string[]
function expressions.random(seed, count)
    local state = seed
    local function pick(list)
        state = (state * 6364136223846793005 + 1442695040888963407) & math.maxinteger
        return list[(state >> 33) % #list + 1]
    end
    local MOSTLY = { true, true, false }
    local function small()
        return pick(pick(MOSTLY) and COLUMNS or LITERALS)
    end
    -- # is an expression, @ a column or a literal, $ a pattern.
    local function expression(depth)
        if depth <= 0 then
            return small()
        end
        return (pick(pick(MOSTLY) and OPERATIONS or CALLS):gsub("[#@$]", function(mark)
            return mark == "$" and pick(PATTERNS) or mark == "@" and small() or expression(depth - pick { 1, 2 })
        end))
    end
    local list = {}
    for i = 1, count do
        list[i] = expression(pick { 1, 2, 3, 4 })
    end
    return list
end

return expressions
