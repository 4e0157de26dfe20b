-- The same inserts into a SQLite file and into the PostgreSQL database that wherry made of it: each is tried by itself,
-- and what one side takes, the other has to take.
local harness = require "tests.support.harness"
local names = require "wherry.names"
local process = require "tests.support.process"

local parity = {}

local FAULTS_SHOWN = 5

-- SQLSTATE classes of what SQLite refuses: a constraint, a document that is none, a function's own error.
local REFUSALS = { ["23"] = true, ["22"] = true, P0 = true }

--- Values that keys tell apart, or not, by kind. false is NULL.
parity.values = {
    text = { false, "", " ", "a", "A", "a ", "A  ", " a", "abc", "ABC", "aBc", "abc ", "Abc  ", "abc\t", "ab", "abcd",
        "é", "É", "e", "E", "ß", "ẞ", "ss", "SS", "i", "I", "ı", "İ", "k", "K", "\u{212A}", "s", "S", "ſ", "z", "Z",
        "_", "[", "^", "@", "`", "{", "~", "a\u{A0}", "日本", "日本 ", "ﬀ", "ff", "FF", "0", "1", "01", "1.0", "a%", "a_",
        "it's", "back\\slash", "x\ny", "\u{1F600}" },
    short = { false, "", "a", "A", "a ", "b", "B", "b  ", "É", "é" },
    integer = { false, 0, 1, -1, 2, 3, 4, 5, 6, 7, 10, 11, -2, -3, 100, 2147483648, -2147483649, 9007199254740993,
        9007199254740992, math.maxinteger, math.mininteger },
    small = { false, 0, 1, 2, 3, -1 },
    real = { false, 0.0, -0.0, 0.5, 1.0, 1.5, -1.5, 2.0, 0.1, 0.30000000000000004, 0.3, 1e300, -1e300, 1e-300,
        math.huge, -math.huge },
    number = { false, 0, 1, 1.0, -1, 0.5, 1.5, 2, 2.0, 0.1, 0.30000000000000004, 0.3, 1e300, -0.0, 9007199254740993,
        9007199254740992.0, math.maxinteger },
    blob = { false, "", "\0", "a", "A", "a ", "\xff", "\xff\xfe", "a\0b", "a\0c" },
    boolean = { false, 0, 1 },
}

-- Numbers that are the same in every run.
local function generator(seed)
    local state = seed
    return function(n)
        state = (state * 6364136223846793005 + 1442695040888963407) & math.maxinteger
        return (state >> 33) % n + 1
    end
end

local function hex(value)
    return (value:gsub(".", function(c)
        return ("%02x"):format(c:byte())
    end))
end

local function literal(value, kind, side)
    if value == false then
        return "NULL"
    elseif kind == "blob" then
        return side == "sqlite" and "x'" .. hex(value) .. "'" or "'\\x" .. hex(value) .. "'"
    elseif kind == "boolean" then
        return side == "sqlite" and tostring(value) or value == 1 and "true" or "false"
    elseif type(value) == "string" then
        return side == "sqlite" and names.literal_sqlite(value) or names.literal_pg(value)
    elseif value == math.huge or value == -math.huge then
        return (value < 0 and "-" or "") .. (side == "sqlite" and "9e999" or "'Infinity'::double precision")
    elseif value == math.mininteger then
        return side == "sqlite" and "(-9223372036854775807 - 1)" or "(-9223372036854775807 - 1)"
    end
    return math.type(value) == "integer" and ("%d"):format(value) or ("%.17g"):format(value)
end

---@class parity.Shape
---@field sql string statements of SQLite; $ stands for the table's name, unless it begins a JSON path
---@field columns table<integer, string[]> { name, kind, values? } of what is inserted, beside the id
---@field rows integer? how many inserts
---@field id boolean? false: the table has no column id that numbers the inserts
---@field order table? { sqlite =, pg =, index = } ORDER BY through an index, for both sides

-- The inserts of a shape for both sides: first every value of the first column, then any.
local function inserts(shape, table_name)
    local random, list = generator(#shape.sql * 7919 + (shape.rows or 0)), {}
    for i = 1, shape.rows or 150 do
        local columns, sides = {}, { sqlite = {}, pg = {} }
        if shape.id ~= false then
            columns[1], sides.sqlite[1], sides.pg[1] = "id", tostring(i), tostring(i)
        end
        for c, column in ipairs(shape.columns) do
            local values = column[3] or parity.values[column[2]]
            local value = values[c == 1 and i <= #values and i or random(#values)]
            columns[#columns + 1] = column[1]
            for side, given in pairs(sides) do
                given[#given + 1] = literal(value, column[2] == "short" and "text" or column[2], side)
            end
        end
        list[i] = {}
        for side, given in pairs(sides) do
            list[i][side] = ("INSERT INTO %s(%s) VALUES (%s)"):format(table_name, table.concat(columns, ", "),
                table.concat(given, ", "))
        end
    end
    return list
end

-- Tries the inserts in SQLite; true where a row came in.
local function try_sqlite(file, list, table_name)
    local count = ("SELECT 'rows=' || count(*) FROM %s;\n"):format(table_name)
    local lines = { "PRAGMA synchronous = OFF;\nPRAGMA foreign_keys = ON;\n" .. count }
    for _, one in ipairs(list) do
        lines[#lines + 1] = one.sqlite .. ";\n" .. count
    end
    local result = process.run({ "sqlite3", "-batch", file }, { directory = harness.subdirectory "parity",
        env = { PATH = os.getenv "PATH", HOME = harness.subdirectory "parity" }, stdin = table.concat(lines),
        timeout = 120 })
    local taken, before = {}, nil
    for rows in result.stdout:gmatch "rows=(%d+)" do
        taken[#taken + 1] = before and tonumber(rows) > before
        before = tonumber(rows)
    end
    assert(#taken == #list, ("%d answers for %d inserts: %s"):format(#taken, #list, result.stderr:sub(1, 500)))
    return taken
end

local TRY = [[
CREATE FUNCTION pg_temp.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $try$
BEGIN
    EXECUTE statement;
    RETURN 'taken';
EXCEPTION WHEN others THEN
    RETURN sqlstate || ' ' || sqlerrm;
END $try$;
]]

-- Tries them in PostgreSQL; "taken", or the error.
local function try_pg(database, list)
    local lines, taken = { TRY }, {}
    for i, one in ipairs(list) do
        lines[i + 1] = ("SELECT replace(pg_temp.attempt($wherry$%s$wherry$), E'\\n', ' ');"):format(one.pg)
    end
    for line in (harness.sql(database, table.concat(lines, "\n")) .. "\n"):gmatch "([^\n]*)\n" do
        taken[#taken + 1] = line
    end
    assert(#taken == #list, ("%d answers for %d inserts"):format(#taken, #list))
    return taken
end

local function compare_order(shape, table_name, file, database, faults)
    local order = shape.order
    local sqlite = harness.sqlite(file, ("SELECT id FROM %s ORDER BY %s;"):format(table_name, order.sqlite))
    local statement = ("SELECT id FROM %s ORDER BY %s"):format(table_name, order.pg)
    local forced = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;"
    local pg = harness.sql(database, forced .. statement .. ";")
    local plan = harness.sql(database, forced .. "EXPLAIN " .. statement .. ";")
    if sqlite ~= pg then
        faults[#faults + 1] = ("another order of %s: %s, in PostgreSQL %s"):format(table_name, sqlite:gsub("\n", " "),
            pg:gsub("\n", " "))
    end
    if not plan:find(order.index:gsub("%$", table_name), 1, true) then
        faults[#faults + 1] = ("the index %s is not used: %s"):format(order.index, plan)
    end
end

---The name of the table that a shape stands for.
---@param number integer
---@return string
function parity.table_name(number)
    return ("shape%d"):format(number)
end

---The statements of shapes as one script.
---@param shapes parity.Shape[]
---@return string
function parity.script(shapes)
    local list = {}
    for number, shape in ipairs(shapes) do
        list[number] = shape.sql:gsub("%$([^.])", parity.table_name(number) .. "%1") .. ";"
    end
    return table.concat(list, "\n")
end

---Tries a shape's inserts on both sides. The file is written to: it is a copy of the source.
---@param shape parity.Shape
---@param number integer its place among the shapes of the file
---@param file string
---@param database string
---@return string[] faults what one side took and the other did not
---@return { taken: integer, refused: integer } counts
function parity.try(shape, number, file, database)
    local table_name = parity.table_name(number)
    local list = inserts(shape, table_name)
    local sqlite, pg = try_sqlite(file, list, table_name), try_pg(database, list)
    local faults, counts = {}, { taken = 0, refused = 0 }
    for i, one in ipairs(list) do
        local which = sqlite[i] and "taken" or "refused"
        counts[which] = counts[which] + 1
        if sqlite[i] ~= (pg[i] == "taken") then
            faults[#faults + 1] = ("SQLite: %s, PostgreSQL: %s: %s"):format(which, pg[i], one.sqlite)
        elseif not sqlite[i] and not REFUSALS[pg[i]:sub(1, 2)] then
            faults[#faults + 1] = ("refused for another reason: %s: %s"):format(pg[i], one.pg)
        end
    end
    if shape.order then
        compare_order(shape, table_name, file, database, faults)
    end
    local shown = table.move(faults, 1, math.min(#faults, FAULTS_SHOWN), 1, {})
    shown[#shown + 1] = #faults > #shown and ("and %d more"):format(#faults - #shown) or nil
    return shown, counts
end

return parity
