-- The ways into PostgreSQL that the bench compares, as data: adding one is adding an entry.
local process = require "tests.support.process"
local schema = require "tests.bench.schema"

---@class BenchRun
---@field name string              what --only takes
---@field what string              one line for people
---@field template string|nil      what the database is made of: "keyed" (keys in place), "bare", "empty" or "loaded"
---@field needs string|nil         a program that has to be installed
---@field option string|nil        an option that wherry has to know
---@field limit number|nil         the largest scale at which it is run: it is slow
---@field own_tables boolean|nil   it makes tables of its own, of whatever types
---@field added_to string|nil      the run that it does more than: what that costs is told below the table
---@field command fun(bench: Bench): string  for the shell

local function statements_file(bench, name, ...)
    local lines = {}
    for _, statements in ipairs { ... } do
        for _, statement in ipairs(statements) do
            lines[#lines + 1] = statement .. ";\n"
        end
    end
    process.write(bench.place .. "/" .. name, table.concat(lines))
    return name
end

local function copies(bench)
    local statements = {}
    for i, t in ipairs(bench.source.tables) do
        statements[i] = ("COPY %s FROM '%s' (FORMAT binary)"):format(t.name, bench.source.copy(t.name))
    end
    return statements
end

local function analyses(bench)
    local statements = {}
    for i, t in ipairs(bench.source.tables) do
        statements[i] = "ANALYZE " .. t.name
    end
    return statements
end

-- A shell command that runs statements over two connections, in any order.
local function over_two(bench, name, statements)
    process.write(bench.place .. "/" .. name, table.concat(statements, "\n") .. "\n")
    return ("xargs -P 2 -d '\\n' -n 1 %s -c <%s"):format(bench.server:psql "bench", name)
end

-- Primary keys first: foreign keys need them.
local function rebuild_over_two(bench)
    local first = schema.primary_keys(bench.source.tables)
    return over_two(bench, "keys", table.move(schema.indexes(), 1, 100, #first + 1, first)) .. "\n"
        .. over_two(bench, "foreign-keys", schema.foreign_keys())
end

-- The largest first, so that the last ones fill up what is left.
local function copies_by_size(bench)
    local sizes, statements = {}, {}
    for _, t in ipairs(bench.source.tables) do
        local statement = ("COPY %s FROM '%s' (FORMAT binary)"):format(t.name, bench.source.copy(t.name))
        sizes[statement] = tonumber(process.shell("stat -c %s " .. bench.source.copy(t.name)))
        statements[#statements + 1] = statement
    end
    table.sort(statements, function(a, b)
        return sizes[a] > sizes[b]
    end)
    return statements
end

local function csv_pipes(bench)
    local lines = {}
    for i, t in ipairs(bench.source.tables) do
        local columns = {}
        for k, c in ipairs(t.columns) do
            columns[k] = c.type == "bytea" and ("'\\x' || hex(%s)"):format(c.name) or c.name
        end
        lines[i] = ("sqlite3 -csv %s %s | %s -c 'COPY %s FROM STDIN (FORMAT csv)'"):format(bench.source.file,
            process.quote(("SELECT %s FROM %s"):format(table.concat(columns, ", "), t.name)),
            bench.server:psql "bench", t.name)
    end
    return table.concat(lines, "\n")
end

local function run(bench, what, options)
    return ("%s run %s %s --schema=existing --quiet%s"):format(process.quote(bench.wherry), what,
        process.quote(bench.server:url "bench"), options)
end

local function wherry(options)
    return function(bench)
        return run(bench, bench.source.file, options)
    end
end

-- A function over the rows of the table with 26 columns: it reads two columns and writes two, as they are.
local HOOK = [[tables = { artifacts = { row = function(old, new)
    new.title = old.title
    new.size = old.size
end } },]]

-- By a script that says how times and UUIDs are stored, so that no census looks for it.
local function declared(options, keys)
    return function(bench)
        process.write(bench.place .. "/plan.lua", ([[
local w = require "wherry"
return w.plan { from = w.sqlite %q, columns = {
    ["*_at"] = { stored = "iso" }, uid = { stored = "uuid" },
}, %s }
]]):format(bench.source.file, keys or ""))
        return run(bench, "plan.lua", options)
    end
end

local function verify(options)
    return function(bench)
        return ("%s verify %s %s --quiet%s"):format(process.quote(bench.wherry), bench.source.file,
            process.quote(bench.server:url "bench"), options)
    end
end

local function pgloader(options)
    return function(bench)
        process.write(bench.place .. "/load", ([[
LOAD DATABASE FROM sqlite://%s INTO postgresql://postgres@unix:%s:5432/bench
    WITH include no drop, create no tables, reset no sequences, workers = 2, concurrency = 1, batch rows = 25000,
        prefetch rows = 25000%s
    SET timezone TO 'UTC'
    CAST type boolean to boolean using integer-to-string;
]]):format(bench.source.file, bench.server.socket, options))
        -- Rows are prefetched by fewer than its 100,000: with those its heap is too small at scale 1.
        return "pgloader --on-error-stop load"
    end
end

local function python(way)
    return function(bench)
        return ("%s %s/tests/bench/loader.py %s %s %s"):format(bench.python, bench.top, way, bench.source.file,
            process.quote(bench.server:url "bench"))
    end
end

---@type BenchRun[]
return {
    { name = "floor", what = "F: server-side COPY of binary files, then keys and indexes, 1 connection",
        template = "bare", command = function(bench)
            return bench.server:psql "bench" .. " -f " .. statements_file(bench, "floor.sql", copies(bench),
                schema.primary_keys(bench.source.tables), schema.indexes(), schema.foreign_keys())
        end },
    { name = "floor-analyzed", what = "the same, and then ANALYZE of the tables, which wherry takes too",
        template = "bare", command = function(bench)
            return bench.server:psql "bench" .. " -f " .. statements_file(bench, "floor-analyzed.sql", copies(bench),
                schema.primary_keys(bench.source.tables), schema.indexes(), schema.foreign_keys(), analyses(bench))
        end },
    { name = "floor-2", what = "floor over 2 connections", template = "bare", command = function(bench)
        return over_two(bench, "copies", copies_by_size(bench)) .. "\n" .. rebuild_over_two(bench)
    end },
    { name = "floor-in-place", what = "server-side COPY with keys and indexes in place", template = "keyed",
        command = function(bench)
            return bench.server:psql "bench" .. " -f " .. statements_file(bench, "in-place.sql", copies(bench))
        end },
    { name = "wherry", what = "wherry run", template = "keyed", command = wherry "" },
    { name = "wherry-1", what = "wherry run, 1 lane", template = "keyed", option = "--jobs",
        command = wherry " --jobs=1" },
    { name = "wherry-2", what = "wherry run, 2 lanes", template = "keyed", option = "--jobs",
        command = wherry " --jobs=2" },
    { name = "wherry-1-declared", what = "wherry run of a script, 1 lane, no census", template = "keyed",
        option = "--jobs", command = declared " --jobs=1" },
    { name = "wherry-2-declared", what = "wherry run of a script, 2 lanes, no census", template = "keyed",
        option = "--jobs", command = declared " --jobs=2" },
    { name = "wherry-1-hook", what = "the same, 1 lane, with a function over the rows of artifacts",
        template = "keyed", option = "--jobs", command = declared(" --jobs=1", HOOK) },
    { name = "wherry-2-hook", what = "the same, 2 lanes", template = "keyed", option = "--jobs",
        command = declared(" --jobs=2", HOOK) },
    { name = "wherry-1-bare", what = "the same, 1 lane, no census, no ANALYZE: what the floor does", template = "keyed",
        option = "--no-analyze", command = declared " --jobs=1 --no-analyze" },
    { name = "wherry-2-bare", what = "the same, 2 lanes, no census, no ANALYZE", template = "keyed",
        option = "--no-analyze", command = declared " --jobs=2 --no-analyze" },
    { name = "wherry-1-least", what = "wherry run of a script, 1 lane, no census, no quick_check",
        template = "keyed", option = "--jobs", command = declared " --jobs=1 --no-check" },
    { name = "wherry-2-least", what = "the same, 2 lanes", template = "keyed",
        option = "--jobs", command = declared " --jobs=2 --no-check" },
    { name = "wherry-2-no-check", what = "wherry run, 2 lanes, without quick_check", template = "keyed",
        option = "--jobs", command = wherry " --jobs=2 --no-check" },
    { name = "wherry-no-check", what = "wherry run, without quick_check", template = "keyed",
        command = wherry " --no-check" },
    { name = "wherry-1-none", what = "the same, 1 lane, no census, --verify=none", template = "keyed",
        option = "--verify", command = declared " --jobs=1 --verify=none" },
    { name = "wherry-1-count", what = "the same, --verify=count", template = "keyed", option = "--verify",
        added_to = "wherry-1-none", command = declared " --jobs=1 --verify=count" },
    { name = "wherry-1-digest", what = "the same, --verify=digest", template = "keyed", option = "--verify",
        added_to = "wherry-1-count", command = declared " --jobs=1 --verify=digest" },
    { name = "wherry-2-none", what = "the same, 2 lanes, no census, --verify=none", template = "keyed",
        option = "--verify", command = declared " --jobs=2 --verify=none" },
    { name = "wherry-2-count", what = "the same, --verify=count", template = "keyed", option = "--verify",
        added_to = "wherry-2-none", command = declared " --jobs=2 --verify=count" },
    { name = "wherry-2-digest", what = "the same, --verify=digest", template = "keyed", option = "--verify",
        added_to = "wherry-2-count", command = declared " --jobs=2 --verify=digest" },
    { name = "verify", what = "wherry verify of a loaded database: the source is read again", template = "loaded",
        option = "--verify-only", command = verify "" },
    { name = "verify-journal", what = "the same against the journal's digests", template = "loaded",
        option = "--verify-only", command = verify " --against=journal" },
    { name = "wherry-keep", what = "wherry run --indexes=keep", template = "keyed", option = "--indexes",
        command = wherry " --indexes=keep" },
    { name = "csv", what = "CSV pipe from sqlite3 to psql, keys and indexes in place", template = "keyed",
        command = csv_pipes },
    { name = "csv-rebuild", what = "CSV pipe, bare tables, then keys and indexes, 2 connections", template = "bare",
        command = function(bench)
            return csv_pipes(bench) .. "\n" .. rebuild_over_two(bench)
        end },
    { name = "pgloader", what = "pgloader into the tables that are there", template = "keyed", needs = "pgloader",
        command = pgloader "" },
    { name = "pgloader-drop", what = "pgloader with 'drop indexes'", template = "keyed", needs = "pgloader",
        command = pgloader ", drop indexes" },
    { name = "ogr2ogr", what = "ogr2ogr with PG_USE_COPY, into tables of its own", template = "empty",
        own_tables = true, needs = "ogr2ogr", command = function(bench)
            return ("ogr2ogr -q --config PG_USE_COPY YES -f PostgreSQL 'PG:host=%s dbname=bench user=postgres' %s")
                :format(bench.server.socket, bench.source.file)
        end },
    { name = "python", what = "Python, psycopg2's execute_values, 1,000 rows a batch", template = "keyed",
        needs = "psycopg2", command = python "batches" },
    { name = "python-rows", what = "Python, an INSERT a row", template = "keyed", needs = "psycopg2", limit = 0.1,
        command = python "rows" },
}
