-- What a run says of columns, held against what comes back: of each column as many values differ, bytewise or by their
-- class, as the steps counted as inexact. Columns of every type, in forms of sources, in no form, and mixed.
local core = require "wherry.core"
local h = require "tests.support.harness"
local there_and_back = require "tests.support.there_and_back"

local ROWS = 120

-- A literal of SQLite for a value as a codec gives it.
local function literal(value, class)
    if class == "integer" then
        return ("%d"):format(value)
    elseif class == "real" then
        return value == math.huge and "9e999" or value == -math.huge and "-9e999" or ("%.17e"):format(value)
    end
    local hex = value:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
    return class == "blob" and ("x'%s'"):format(hex) or ("CAST(x'%s' AS TEXT)"):format(hex)
end

local function text(value)
    return literal(value, "text")
end

local function digits()
    local unit = 10 ^ math.random(0, 6) // 1
    return math.random(0, 999999) // unit * unit
end

local function moment()
    return ("20%02d-%02d-%02d %02d:%02d:%02d.%06d+00"):format(math.random(0, 40), math.random(12), math.random(28),
        math.random(0, 23), math.random(0, 59), math.random(0, 1) * math.random(0, 59), digits())
end

local function hex(count)
    local list = {}
    for i = 1, count do
        list[i] = ("%x"):format(math.random(0, 15))
    end
    return table.concat(list)
end

-- Values of types that have forms, as any text that their codec takes.
local TYPES = {
    timestamptz = moment, timestamp = function() return moment():sub(1, -4) end,
    date = function() return moment():sub(1, 10) end, time = function() return moment():sub(12, -4) end,
    timetz = function() return moment():sub(12) end,
    interval = function()
        return ("P%dM%dDT%dH%dM%d.%06dS"):format(math.random(0, 1) * math.random(0, 30), math.random(0, 9),
            math.random(0, 23), math.random(0, 59), math.random(0, 59), digits())
    end,
    bool = function() return math.random(2) == 1 and "t" or "f" end,
    int4 = function() return tostring(math.random(-100000, 100000)) end,
    int8 = function() return tostring(math.random(-(1 << 60), 1 << 60) // (1 << math.random(0, 60))) end,
    float4 = function() return ("%.1f"):format(math.random(-1000, 1000) / 4) end,
    float8 = function() return ("%.17g"):format(math.random(-1000000, 1000000) / 2 ^ math.random(0, 30)) end,
    numeric = function() return ("%d.%0" .. math.random(6) .. "d"):format(math.random(-99, 99), math.random(0, 9)) end,
    uuid = function() return hex(32) end,
    inet = function() return ("2001:db8::%x/%d"):format(math.random(1, 65535), math.random(120, 128)) end,
    macaddr = function() return hex(12) end,
}

-- Columns that no single form writes: the type, and the values by turns.
local OTHERS = {
    { "jsonb", { text '{"a": 1, "bb": [true, null]}', text '{"bb": 1, "a": 2}', text '{"a": 1, "a": 2}', text "[1, 2]",
        text '"ä"', text '{"a":1}', text "1e2", text "-0.0", text '"\\u0041"', text " [] ", text '{"b": 1.50}', "5",
        text "5", text '{"é": 1, "ab": 2}', text '{"ab": 2, "é": 1}', text '"a/b"', text '"\\u001f\\t"' } },
    { "jsonb", { text '{"a":1,"bb":[true,null]}', text "[1,2]", text '{"bb":1,"a":2}', text "7", text '"ä"' } },
    { "jsonb", { text '{"a": "\\u00e4\\ud83d\\udea2"}', text '["\\u007f", "x"]', text '"\\u00E4"', "1.5", "7" } },
    { "json", { text '{"b":1, "a":2}', text "5", "7", "1.5", text " [ ] " } },
    { "char(5)", { text "a", text "ab", text "abc", text "", text "ä", text "abcde", text "a " } },
    { "varchar(9)", { text "a", text "007", "7", "-1.5", text "1e5", text " x " } },
    { "numeric(10,2)", { "5", "5.5", text "5.50", text "5.5", "-0.25" } },
    { "numeric", { "5", "1.5", text "1.5", text "1.50", "1e300", text "5" } },
    { "text", { text "", text "x", text "12", "12", "0.5" } },
    { "bytea", { "x'00ff'", "x''", text "as it is", text "" } },
    { "xml", { text "<a/>", text '<?xml version="1.0"?><a/>', text "<b>ä</b>", text "\n<c/>" } },
    { "jsonb[]", { text '[{"a": 1},null]', text '[{"b": 1, "a": 2}]', text "[]", text '[1, 2]', text "[[1]]" } },
    { "text[]", { text '["a",null]', text '[["a"],["b"]]', text '["a", "b"]', text '["\\u00e4"]', text "{x,y}" } },
    { "timestamptz", { text "2024-01-01T10:00:00Z", text "2024-01-01 10:00:00+02", text "2024-01-01T10:00:00.5Z" } },
    { "uuid", { text(("0"):rep(32)), text "00000000-0000-0000-0000-00000000000A", "x'" .. ("0"):rep(32) .. "'" } },
    { "double precision", { "0.5", "2", "2.0", text "0.5", "-0.0" } },
    { "boolean", { "1", "0", text "t", text "TRUE" } },
    { "money", { text "12.50", text "12.5", text "-0.01", text "7" } },
    { "int4range", { text "[1,5)", text "[1,4]", text "empty", text "(0,5)" } },
    { "int4multirange", { text "{[1,2),[5,6)}", text "{[1,2),[2,3)}", text "{}", text "{[5,6),[1,2)}", text "{[1,1)}",
        text "{(0,3]}", text "{(,3)}" } },
    { "numrange", { text "[1.0,1.00)", text "[1.0,2)", text "(,3]", text "(1,2)", text "[1,1]" } },
    { "nummultirange", { text "{(1,2),(2,3)}", text "{(1,2],(2,3)}", text "{[1,2.0],[3,4]}" } },
    { "daterange", { text "[2024-01-01,2024-02-01)", text "[2024-01-01,infinity]", text "(2024-01-01,)" } },
    { "tstzrange", { text '["2024-01-01 10:00:00+00","2024-01-01 10:00:00.5+00")', text '["2024-01-01 10:00:00Z",)' } },
    { "int4[]", { text "[1,2]", text "[1, 2]", text "{1,2}", text "[[1],[2]]", text "[]" } },
    { "point", { text "(1,2)", text "(1.50,2)", text "1,2" } },
    { "box", { text "(3,4),(1,2)", text "(1,2),(3,4)" } },
    { "path", { text "((0,0),(1,1))", text "[(0,0),(1,1)]" } },
    { "varbit", { text "", text "10101" } },
    { "pg_lsn", { text "16/B374D848", text "16/b374d848" } },
    { "macaddr8", { text "08:00:2b:01:02:03:04:05", text "08-00-2B-01-02-03-04-05" } },
    { "interval day to second(3)", { text "P1DT2H", text "PT0.5S", text "1 day", text "PT36H" } },
    { "timestamp(3)", { text "2024-01-01 10:00:00.500", text "2024-01-01 10:00:00.5", text "2024-01-01" } },
    { "tsvector", { text "'a':1 'b':2", text "b:2 a:1", text "a" } },
    { "bit(3)", { text "101", text "000" } },
    { "bytea[]", { text [=[["\\x00ff",null]]=], text "[]" } }, { "box[]", { text '["(3,4),(1,2)","(1,1),(0,0)"]' } },
    { "numeric[]", { text '[1.10,"NaN"]', text "[[1e2],[-5]]" } }, { "date[]", { text '["2024-01-01"]' } },
    { "boolean[]", { text "[true,false,null]", text "[1,0]" } }, { "float8[]", { text "[0.1,1e300,5]" } },
    { "text[][]", { text [=[["\"","\\",",","{}"," ","NULL",""]]=] } }, { "uuid[]", { text "[]" } },
    { "pair", { text [=[{"a":1,"b":"(\"x\\,\"\"","c":[1,null]}]=], text '{"a":null,"b":"","c":null}' } },
    { "pair[]", { text '[{"a":1,"b":null,"c":[]},null]', text '[{"b":"x", "a":1,"c":[2]}]' } },
}

local function names_of(list)
    local names = {}
    for name in pairs(list) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

-- Columns with their type and literals: of each type in three forms, and one that changes its form.
local function columns()
    local list = {}
    for _, name in ipairs(names_of(TYPES)) do
        local forms = core.codec_forms { oid = 0, name = name }
        for turn = 1, 4 do
            local column = { type = name, values = {} }
            local form = forms[turn == 1 and 1 or math.random(#forms)]
            for row = 1, ROWS do
                local codec = core.codec { oid = 0, name = name, form = turn == 4 and row % 10 == 0
                    and forms[math.random(#forms)] or form }
                column.values[row] = literal(codec:get(codec:put(TYPES[name]())))
            end
            list[#list + 1] = column
        end
    end
    for _, other in ipairs(OTHERS) do
        local column = { type = other[1], values = {} }
        for row = 1, ROWS do
            column.values[row] = row <= #other[2] and other[2][row] or row % 7 == 0 and "NULL"
                or other[2][math.random(#other[2])]
        end
        list[#list + 1] = column
    end
    return list
end

-- By column and id: class and bytes.
local function cells(file)
    local found = {}
    for _, line in ipairs(there_and_back.rows(file, "t")) do
        local id = line:match "id=integer (%d+)"
        for name, value in line:gmatch "(c%d+)=([^;]*)" do
            found[name .. "/" .. id] = value
        end
    end
    return found
end

describe("there and back", function()
    after_each(h.cleanup)

    -- With a column whose type has no codec, all columns travel as text.
    local function compare(without_codec)
        math.randomseed(20261121)
        local database, list = h.database(), columns()
        local source, target = { "id INTEGER PRIMARY KEY" }, { "id bigint PRIMARY KEY" }
        if without_codec then
            target[1] = "id bigint PRIMARY KEY, foreign_one int2vector"
            source[1] = "id INTEGER PRIMARY KEY, foreign_one"
        end
        local statements, declared = {}, {}
        for i, column in ipairs(list) do
            declared[#declared + 1] = column.type == "uuid" and ('c%d = { stored = "uuid" }'):format(i) or nil
            source[#source + 1] = "c" .. i -- without a type: every value keeps its class
            target[#target + 1] = ("c%d %s"):format(i, column.type)
        end
        for row = 1, ROWS do
            local values = { without_codec and row .. ", '1 2'" or tostring(row) }
            for i, column in ipairs(list) do
                values[i + 1] = column.values[row]
            end
            statements[row] = ("INSERT INTO t VALUES (%s);"):format(table.concat(values, ", "))
        end
        h.sql(database, ("CREATE TYPE pair AS (a int, b text, c int[]); CREATE TABLE t (%s)"):format(
            table.concat(target, ", ")))
        local file = h.source(("CREATE TABLE t (%s);\nBEGIN;\n%s\nCOMMIT;"):format(table.concat(source, ", "),
            table.concat(statements, "\n")))
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { t = { columns = { %s } } } }]]):format(
            file, table.concat(declared, ", ")))
        h.run(0, { script, h.url(database) })
        local path = h.subdirectory "back" .. "/out.db"
        h.run(0, { h.url(database), path })

        local before, after = cells(file), cells(path)
        local exact, inexact = 0, 0
        for line in h.sql(database, [[SELECT column_name, sum(inexact), max(forms) FROM wherry.slice_column
                WHERE column_name LIKE 'c%' GROUP BY column_name]]):gmatch "[^\n]+" do
            local name, said, forms = line:match "^(.-)|(%d+)|(.*)$"
            local changed, example = 0, nil
            for row = 1, ROWS do
                local place = name .. "/" .. row
                assert.is_string(before[place])
                if before[place] ~= after[place] then
                    changed = changed + 1
                    example = example or ("row %d: %s became %s"):format(row, before[place], after[place])
                end
            end
            local type = list[math.tointeger(tonumber(name:sub(2)))].type
            assert.equal(("%s %s: %s"):format(name, type, said),
                ("%s %s: %d"):format(name, type, changed), ("forms %s; %s"):format(forms, tostring(example)))
            exact, inexact = exact + (changed == 0 and 1 or 0), inexact + (changed > 0 and 1 or 0)
        end
        assert.equal(#list, exact + inexact)
        assert.is_true(exact > 40 and inexact > 15, ("%d exact, %d inexact"):format(exact, inexact))
    end

    it("as many values change as the run said", function()
        compare(false)
    end)

    it("as many values change as the run said where rows travel as text", function()
        compare(true)
    end)

    it("rows that the server refuses do not count", function()
        local database = h.database()
        h.sql(database, "CREATE TABLE t (id int PRIMARY KEY CHECK (id NOT IN (2, 3, 4)), a timestamptz, b timestamptz)")
        local file = h.source [[CREATE TABLE t (id INTEGER PRIMARY KEY, a, b);
            INSERT INTO t VALUES (1, '2024-01-01', '2024-01-01T10:00:00Z'), (2, '2024-01-01T10:00:00Z', '2024-01-01'),
                (3, '2024-01-02', '2024-01-02'), (4, '2024-01-03', '2024-01-03'),
                (5, '2024-01-01T10:00:00+02', '2024-01-01T11:00:00Z');]]
        h.run(1, { file, h.url(database), "--on-bad=reject" })
        assert.equal("a|2|1\nb|2|0", h.sql(database, [[SELECT column_name, value_count, inexact
            FROM wherry.slice_column WHERE column_name <> 'id' ORDER BY column_name]]))
    end)
end)
