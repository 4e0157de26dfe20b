-- The same expression over the same rows in SQLite and in PostgreSQL: what is translated as exact has to give the same
-- class and the same value in every row.
local core = require "wherry.core"
local names = require "wherry.names"
local Target = require "tests.support.target"

local differential = {}
differential.__index = differential

local ROWS = 120

-- How a kind of column is declared on both sides, and SQLite's affinity of it.
local KINDS = {
    integer = { "INTEGER", "bigint", "integer", { oid = 20, name = "int8" } },
    real = { "REAL", "double precision", "real", { oid = 701, name = "float8" } },
    text = { "TEXT", 'text COLLATE "C"', "text", { oid = 25, name = "text" } },
    blob = { "BLOB", "bytea", "blob", { oid = 17, name = "bytea" } },
    boolean = { "BOOLEAN", "boolean", "numeric", { oid = 16, name = "bool" } },
    number = { "NUMERIC", "numeric", "numeric", { oid = 1700, name = "numeric" } },
}

--- Values that tell translations apart, by kind; NULL (false) among them. Texts are bytes, blobs too.
differential.values = {
    integer = { 0, 1, -1, 2, 3, 7, -7, 10, 63, 64, -64, 100, 255, 2147483647, -2147483648, 4294967296,
        9007199254740993, math.maxinteger, math.mininteger, false },
    real = { 0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 2.675, 1e10, 123456.789, 1e15, 1e16, 1e-7, 1e100, -1e300,
        9007199254740993.0, 1 / 3, false },
    text = { "", " ", "a", "A", "abc", "ABC", "abc ", " abc", "a_c", "a%c", "5", "5.0", " 5", "5x", "-7", "1e3", "0x10",
        "é", "É", "ß", "İstanbul", "K", "日本語", "a\\b", "it's", "line\nbreak", "tab\t", "*", "[a-c]*", "?", "true",
        "2024-02-29 12:34:56", "9223372036854775808", "9999999999999999999", false },
    blob = { "", "abc", "ABC", "\x00", "\xff\xfe", "5", "a\0b", false },
    boolean = { 0, 1, false },
    number = { 0, 1, -1, 5, 5.5, -2.25, 1e20, 9007199254740993, 0.1, false },
}

local function sqlite_literal(value, kind)
    if value == false or value == nil then
        return "NULL"
    elseif type(value) == "string" then
        if kind == "blob" then
            return "x'" .. value:gsub(".", function(c) return ("%02x"):format(c:byte()) end) .. "'"
        end
        return names.literal_sqlite(value)
    elseif value == math.mininteger then
        return "(-9223372036854775807 - 1)"
    elseif value == math.huge or value == -math.huge then
        return value > 0 and "9e999" or "-9e999"
    end
    return math.type(value) == "integer" and ("%d"):format(value) or ("%.17g"):format(value):gsub("^(-?%d+)$", "%1.0")
end

local function pg_literal(value, kind)
    if value == false or value == nil then
        return "NULL"
    elseif kind == "blob" then
        return "'\\x" .. value:gsub(".", function(c) return ("%02x"):format(c:byte()) end) .. "'"
    elseif kind == "boolean" then
        return value == 1 and "true" or "false"
    elseif type(value) == "string" then
        return names.literal_pg(value)
    elseif value == math.huge or value == -math.huge then
        return value > 0 and "'Infinity'" or "'-Infinity'"
    end
    -- As the load writes it: by the fewest digits that give the same double.
    local shortest = math.type(value) == "integer" and ("%d"):format(value) or ("%.17g"):format(value)
    for precision = 15, math.type(value) == "float" and 16 or 0 do
        local text = ("%." .. precision .. "g"):format(value)
        shortest = tonumber(text) == value and #text < #shortest and text or shortest
    end
    return "'" .. shortest .. "'"
end

-- Rows in which each value of each column stands at least once, beside ever other neighbours. The same every time.
local function rows_of(columns, count)
    local state = 20240229
    local function random(n)
        state = (state * 6364136223846793005 + 1442695040888963407) & math.maxinteger
        return (state >> 33) % n + 1
    end
    local rows = {}
    for i = 1, count do
        rows[i] = {}
        for c, column in ipairs(columns) do
            local values = column.values
            rows[i][c] = i <= #values and values[i] or values[random(#values)]
        end
    end
    return rows
end

local function create(columns, rows, side, literal, head, first)
    local definitions, lines = { first }, {}
    for i, column in ipairs(columns) do
        definitions[i + 1] = names.quote_sqlite(column.name) .. " " .. (side == 1 and column.declared
            or KINDS[column.kind][2]) .. (side == 1 and column.collation and " COLLATE " .. column.collation or "")
    end
    for i, row in ipairs(rows) do
        local values = { ("%d"):format(i) }
        for c, column in ipairs(columns) do
            values[c + 1] = literal(row[c], column.kind)
        end
        lines[i] = "(" .. table.concat(values, ", ") .. ")"
    end
    return ("CREATE TABLE %s(%s)"):format(head, table.concat(definitions, ", ")),
        ("INSERT INTO %s VALUES %s"):format(head, table.concat(lines, ",\n"))
end

---Opens both sides: a table t(id, columns...) in each.
---@param columns table[] { name, kind, declared?, collation?, affinity?, values? }
---@param options { rows?: integer }|nil
---@return table
function differential.open(columns, options)
    local self = setmetatable({ columns = columns, created = {} }, differential)
    for _, column in ipairs(columns) do
        column.values = column.values or differential.values[column.kind]
        column.declared = column.declared or KINDS[column.kind][1]
    end
    self.rows = rows_of(columns, options and options.rows or ROWS)
    self.target = Target.start()
    -- A database whose own collation is not the bytes' order, so that an expression has to say which one it means.
    self.session = self.target:session { conninfo = self.target:database(
        "LOCALE_PROVIDER icu ICU_LOCALE 'en' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'") }
    local ddl, dml = create(columns, self.rows, 2, pg_literal, "public.t", "id bigint PRIMARY KEY")
    self.session.connection:query(ddl)
    self.session.connection:query(dml)
    self.directory = core.sys.temp "wherry-differential-"
    ddl, dml = create(columns, self.rows, 1, sqlite_literal, "t", "id INTEGER PRIMARY KEY")
    local file <close> = assert(io.open(self.directory .. "/script.sql", "wb"))
    file:write(ddl, ";\n", dml, ";\n")
    file:close()
    local path = self.directory .. "/t.db"
    assert(os.execute(("sqlite3 -batch -bail %s < %s/script.sql"):format(path, self.directory)))
    self.source = core.snapshot.open(path)
    return self
end

function differential:close()
    self.source:close()
    self.target:stop()
    core.sys.remove_tree(self.directory)
end

---The table as the translation knows it, for scope.of_table.
---@return wherry.Translated
function differential:entry()
    local entry = { source = { name = "t", rowid_alias = "id", columns = {} }, column = {},
        target = { schema = "public", name = "t" } }
    local function add(name, kind, declared, collation, affinity, not_null)
        entry.source.columns[#entry.source.columns + 1] = { name = name, declared = declared, affinity = affinity,
            collation = collation, not_null = not_null }
        local pg_type = KINDS[kind][4]
        entry.column[name] = { source = name, name = name, kind = kind, affinity = affinity, collation = collation,
            not_null = not_null, identity = name == "id",
            type = { oid = pg_type.oid, name = pg_type.name, typmod = -1,
                display = (KINDS[kind][2]:gsub(" COLLATE.*", "")) } }
    end
    add("id", "integer", "INTEGER", nil, "integer", true)
    for _, column in ipairs(self.columns) do
        add(column.name, column.kind, column.declared, column.collation,
            column.affinity or KINDS[column.kind][3], false)
    end
    return entry
end

-- Makes the runtime functions that a translation calls, each once.
function differential:install(functions)
    local runtime = require "wherry.expr.pg.runtime"
    for _, one in ipairs(runtime.statements(functions or {}, "public")) do
        if not self.created[one.sql] then
            self.created[one.sql] = true
            self.session.connection:query(one.sql)
        end
    end
end

-- SQLite's answers: by id "class:text"; texts and blobs as hex, reals so that nothing is lost.
function differential:ask_sqlite(expression)
    local rows = self.source:query(([[SELECT id, typeof(x) AS class, CASE WHEN typeof(x) IN ('text', 'blob') THEN hex(x)
        ELSE x END AS value FROM (SELECT id, (%s) AS x FROM t) ORDER BY id]]):format(expression))
    local answers = {}
    for _, row in ipairs(rows) do
        answers[row.id] = { class = row.class, value = row.value }
    end
    return answers
end

local SHOWN = {
    text = "pg_catalog.upper(pg_catalog.encode(pg_catalog.convert_to(x, 'UTF8'), 'hex'))",
    blob = "pg_catalog.upper(pg_catalog.encode(x, 'hex'))",
}

function differential:ask_pg(sql, kind)
    local rows = self.session.connection:query(("SELECT id, %s AS value FROM (SELECT id, (%s) AS x FROM public.t) AS s "
        .. "ORDER BY id"):format(SHOWN[kind] or "x::pg_catalog.text", sql))
    local answers = {}
    for _, row in ipairs(rows) do
        answers[tonumber(row.id)] = row.value or false
    end
    return answers
end

local function same_real(one, text)
    local other = tonumber((text:gsub("Infinity", "1e999")))
    return other ~= nil and one == other + 0.0
end

-- Whether PostgreSQL's answer is SQLite's.
local function agree(sqlite, pg, kind)
    if sqlite.class == "null" or pg == false then
        return sqlite.class == "null" and pg == false
    elseif kind == "boolean" then
        return sqlite.class == "integer" and (sqlite.value == 1 and pg == "true" or sqlite.value == 0 and pg == "false")
    elseif kind == "integer" then
        return sqlite.class == "integer" and ("%d"):format(sqlite.value) == pg
    elseif kind == "real" then
        return sqlite.class == "real" and same_real(sqlite.value, pg)
    elseif kind == "number" then
        return (sqlite.class == "integer" and ("%d"):format(sqlite.value) == pg)
            or (sqlite.class == "real" and same_real(sqlite.value, pg))
    end
    return sqlite.class == kind and sqlite.value == pg
end

function differential:describe_row(id)
    local parts = {}
    for c, column in ipairs(self.columns) do
        parts[c] = column.name .. "=" .. sqlite_literal(self.rows[id][c], column.kind)
    end
    return table.concat(parts, " ")
end

---Compares one expression on both sides.
---@param expression string SQLite's text
---@param form "value"|"condition"|nil
---@return { outcome: "exact"|"changed"|"refused"|"unparsed", wrong: string[], reason?: string, sql?: string } result
function differential:compare(expression, form)
    local parse, pg, scope = require "wherry.expr.parse", require "wherry.expr.pg", require "wherry.expr.pg.scope"
    local node, message = parse.expression(expression)
    if not node then
        return { outcome = "unparsed", reason = message, wrong = {} }
    end
    local printed, reason = pg[form or "value"](node, { scope = scope.of_table(self:entry()), use = "view",
        schema = "public" })
    if not printed then
        return { outcome = "refused", reason = reason, wrong = {} }
    end
    local result = { outcome = printed.outcome, sql = printed.sql, kind = printed.kind, notes = printed.notes,
        wrong = {} }
    self:install(printed.functions)
    local asked = form == "condition" and ("(%s) IS TRUE OR CASE WHEN (%s) IS NULL THEN NULL ELSE 0 END"):format(
        expression, expression) or expression
    local sqlite = self:ask_sqlite(asked)
    local ok, pg_answers = pcall(self.ask_pg, self, printed.sql, form == "condition" and "boolean" or printed.kind)
    if not ok then
        result.wrong[1] = ("%s => %s: %s"):format(expression, printed.sql, tostring(pg_answers))
        return result
    end
    for id = 1, #self.rows do
        if not agree(sqlite[id], pg_answers[id], form == "condition" and "boolean" or printed.kind) then
            result.wrong[#result.wrong + 1] = ("%s => %s [%s]: SQLite %s %s, PostgreSQL %s (%s)"):format(expression,
                printed.sql, self:describe_row(id), sqlite[id].class, tostring(sqlite[id].value),
                tostring(pg_answers[id]), printed.kind)
        end
    end
    return result
end

---Compares many; what is translated as exact must be equal in every row, and everything listed must be translated.
---@param expressions string[]
---@param expected "exact"|"changed"|"refused"|"any" the outcome that all of them must have
---@param form "value"|"condition"|nil
---@return string[] problems empty when all is well
---@return table<string, integer> counts by outcome
function differential:problems(expressions, expected, form)
    local problems, counts = {}, { exact = 0, changed = 0, refused = 0, unparsed = 0 }
    for _, expression in ipairs(expressions) do
        local result = self:compare(expression, form)
        counts[result.outcome] = counts[result.outcome] + 1
        if expected ~= "any" and result.outcome ~= expected then
            problems[#problems + 1] = ("%s is %s, not %s: %s"):format(expression, result.outcome, expected,
                result.reason or table.concat(result.notes or {}, "; "))
        end
        if (result.reason or ""):find("a mistake in wherry", 1, true) then
            problems[#problems + 1] = ("%s: %s"):format(expression, result.reason)
        elseif result.outcome == "exact" and result.wrong[1] then
            problems[#problems + 1] = ("%s (%d rows differ)"):format(result.wrong[1], #result.wrong)
        end
    end
    return problems, counts
end

return differential
