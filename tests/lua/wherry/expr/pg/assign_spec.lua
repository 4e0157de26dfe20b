-- Values as columns store them: what is translated as exact is what SQLite stores, in its class; what is an error where
-- SQLite goes on is either that error or the same.
local differential = require "tests.support.differential"
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"
local process = require "tests.support.process"
local scope = require "wherry.expr.pg.scope"
local translation = require "wherry.schema.translation"
local types = require "wherry.schema.types"

-- Declared type, affinity, created type, kind.
local COLUMNS = {
    { "INTEGER", "integer", "bigint", "integer" }, { "REAL", "real", "double", "real" },
    { "TEXT", "text", "text", "text" }, { "NUMERIC", "numeric", "numeric", "number" },
    { "DATETIME", "numeric", "text", "text" }, { "BOOLEAN", "numeric", "boolean", "boolean" },
    { "BLOB", "blob", "bytea", "blob" }, { "", "blob", "bigint", "integer" }, { "", "blob", "text", "text" },
    { "", "blob", "double", "real" }, { "NUMERIC", "numeric", "bigint", "integer" },
    { "NUMERIC", "numeric", "double", "number" },
}

local EXPRESSIONS = {
    "i", "r", "s", "b", "f", "n", "i + 1", "i * 2", "i / 2", "i % 3", "-i", "r * 2", "r / 2", "r + 1", "i || ''",
    "s || 'x'", "length(s)", "upper(s)", "substr(s, 1, 2)", "trim(s)", "i = 1", "f AND i", "NOT f", "r > 0.5",
    "s LIKE 'a%'", "s IS NULL", "coalesce(i, 0)", "coalesce(s, '')", "coalesce(s, i)", "coalesce(r, i)",
    "CASE WHEN i > 0 THEN 'p' ELSE 'n' END", "CASE WHEN i > 0 THEN 1 ELSE 'n' END", "abs(r)", "round(r)",
    "CAST(r AS INTEGER)", "CAST(s AS INTEGER)", "CAST(s AS REAL)", "CAST(i AS TEXT)", "CAST(r AS TEXT)", "max(i, 0)",
    "max(i, r)", "nullif(s, '')", "hex(s)", "hex(b)", "n + 1", "n || ''", "i & 255", "datetime(i, 'unixepoch')",
    "strftime('%Y', s)", "1", "'5'", "'5.0'", "'x'", "1.0", "1.5", "NULL", "x'35'", "1 = 1", "s + 0", "sign(i)",
    "json_extract(d, '$.a')", "d ->> '$.a'", "d -> '$.a'", "CAST(json_extract(d, '$.a') AS INTEGER)",
    "json_extract(d, '$.none')", "CAST(b AS TEXT)", "CAST(s AS BLOB)", "length(b)", "f + 1", "f || ''",
    "rtrim(s, '0')", "+i",
}

local DOCUMENTS = {}
for i, value in ipairs({ "1", "0", "2.5", '"5"', '"x"', "true", "false", "null", "[1]", "{}", "9007199254740993", "1e3",
    "-0.0", "12345678901234567890", '"1e3"', '"9007199254740993.0"', '""', '" 7 "', "0.1", '"2024-01-01"', "-7",
    "1e400", "0.30000000000000004", '"12345678901234567890"', '"0x10"', '"-1.5"' }) do
    DOCUMENTS[i] = ('{"a": %s}'):format(value)
end

local CLASSES = {
    integer = { integer = true }, real = { real = true, integer = true }, text = { text = true },
    blob = { blob = true }, boolean = { integer = true }, number = { integer = true, real = true },
}
-- Both sides show a value so that equal values give equal text. A double for an integer, in a column of doubles, is the
-- same number: the column has lost the class.
local NUMBER_HERE = "CASE WHEN v = CAST(v AS INTEGER) AND abs(CAST(v AS REAL)) < 9e18 THEN CAST(v AS INTEGER) "
    .. "ELSE hex(ieee754_to_blob(CAST(v AS REAL))) END"
local NUMBER_THERE = "CASE WHEN v = trunc(v) AND abs(v) < 9e18 THEN v::bigint::text "
    .. "ELSE upper(encode(float8send(v::float8), 'hex')) END"
local INTEGER_HERE = "iif(typeof(v) = 'integer', v, '')"
local HERE = {
    number = NUMBER_HERE, real = NUMBER_HERE, text = "hex(v)", blob = "hex(v)", integer = INTEGER_HERE,
    boolean = INTEGER_HERE,
}
local THERE = {
    number = NUMBER_THERE, real = NUMBER_THERE, text = "upper(encode(convert_to(v, 'UTF8'), 'hex'))",
    blob = "upper(encode(v, 'hex'))", integer = "v::text", boolean = "v::int::text",
}

describe("assign", function()
    local both
    setup(function()
        both = differential.open({
            { name = "i", kind = "integer" }, { name = "r", kind = "real" }, { name = "s", kind = "text" },
            { name = "b", kind = "blob" }, { name = "f", kind = "boolean" }, { name = "n", kind = "number" },
            { name = "d", kind = "text", values = DOCUMENTS },
        }, { rows = 60 })
    end)
    teardown(function()
        both:close()
    end)

    local function jobs_of(counts)
        local jobs = {}
        for _, column in ipairs(COLUMNS) do
            for _, expression in ipairs(EXPRESSIONS) do
                local created = { name = "v", type = types[column[3]], kind = column[4], affinity = column[2] }
                local printed = pg.assign(assert(parse.expression(expression)),
                    { scope = scope.of_table(both:entry()), use = "generated", schema = "public" }, created)
                local outcome = not printed and "refused" or printed.outcome == "exact" and "exact"
                    or translation.only_errors(printed) and "errors" or "changed"
                counts[outcome] = counts[outcome] + 1
                if outcome == "exact" or outcome == "errors" then
                    both:install(printed.functions)
                    jobs[#jobs + 1] = { expression = expression, declared = column[1], kind = column[4],
                        type = created.type.display, sql = printed.sql, outcome = outcome, rows = {} }
                end
            end
        end
        return jobs
    end

    -- What SQLite stores, by job and row: { class, text }.
    local function stored_by_sqlite(jobs)
        local script = { ("ATTACH '%s/t.db' AS src;"):format(both.directory) }
        for j, job in ipairs(jobs) do
            script[#script + 1] = ("CREATE TABLE s%d(id INTEGER PRIMARY KEY, v %s); INSERT INTO s%d SELECT id, %s "
                .. "FROM src.t; SELECT %d, id, typeof(v), %s FROM s%d ORDER BY id;"):format(j, job.declared, j,
                job.expression, j, HERE[job.kind], j)
        end
        process.write(both.directory .. "/stored.sql", table.concat(script, "\n"))
        local output <close> = io.popen(("sqlite3 -batch -bail :memory: < %s/stored.sql"):format(both.directory))
        for line in output:lines() do
            local j, id, class, text = line:match "^(%d+)|(%d+)|(%a+)|(.*)$"
            jobs[tonumber(j)].rows[tonumber(id)] = { class = class, text = text }
        end
    end

    local function ask(job, where)
        local found = {}
        for _, row in ipairs(both.session.connection:query(
            ("SELECT id, %s AS text FROM (SELECT id, (%s)::%s AS v FROM public.t %s) AS stored"):format(
                THERE[job.kind], job.sql, job.type, where))) do
            found[tonumber(row.id)] = row.text or false
        end
        return found
    end

    -- What PostgreSQL stores, by row: a text, false for NULL, nil for an error.
    local function stored_by_pg(job)
        local fine, found = pcall(ask, job, "")
        if fine or job.outcome == "exact" then
            return assert(fine and found, tostring(found) .. ": " .. job.sql)
        end
        local rows = {}
        for id in ipairs(job.rows) do
            local ok, row = pcall(ask, job, "WHERE id = " .. id)
            rows[id] = ok and row[id]
            if not ok then
                rows[id] = nil
            end
        end
        return rows
    end

    local function agrees(job, here, there)
        if there == nil then
            return job.outcome == "errors"
        elseif here.class == "null" or there == false then
            return here.class == "null" and there == false
        end
        return CLASSES[job.kind][here.class] and here.text == there
    end

    it("gives columns of every affinity and type what SQLite stores in them", function()
        local counts = { exact = 0, errors = 0, changed = 0, refused = 0 }
        local jobs = jobs_of(counts)
        stored_by_sqlite(jobs)
        for _, job in ipairs(jobs) do
            local there = stored_by_pg(job)
            assert.equal(60, #job.rows, job.expression)
            for id, here in ipairs(job.rows) do
                assert(agrees(job, here, there[id]), ("%s in %s, %s: SQLite %s %s, PostgreSQL %s (%s: %s)"):format(
                    job.expression, job.declared, job.type, here.class, here.text, tostring(there[id]), job.outcome,
                    job.sql))
            end
        end
        assert.is_true(counts.exact > 250 and counts.refused > 80, ("%d exact, %d refused"):format(counts.exact,
            counts.refused))
    end)
end)
