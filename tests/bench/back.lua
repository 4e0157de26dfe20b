-- The ways back, from PostgreSQL into a SQLite file, that the bench compares: entries as those of forward.lua.
local process = require "tests.support.process"
local schema = require "tests.bench.schema"

local function inserts(bench)
    return ("%s insert %s out.db"):format(bench.helper, bench.source.file)
end

---@type BenchRun[]
return {
    { name = "back-floor", what = "R: prepared inserts from another SQLite file, no index, nothing flushed",
        command = inserts },
    { name = "back-floor-all", what = "the same, then indexes, integrity_check and a flush", command = function(bench)
        local rest = table.concat(schema.indexes(), "; ") .. "; PRAGMA integrity_check"
        return ("%s\nsqlite3 -bail out.db %s >checked\ngrep -qx ok checked\nsync out.db"):format(inserts(bench),
            process.quote(rest))
    end },
    { name = "back-stream", what = "binary COPY of all tables to nowhere", command = function(bench)
        local lines = {}
        for i, t in ipairs(bench.source.tables) do
            lines[i] = ("%s -c 'COPY %s TO STDOUT (FORMAT binary)' >/dev/null"):format(bench.server:psql "loaded",
                t.name)
        end
        return table.concat(lines, "\n")
    end },
    { name = "back-wherry", what = "wherry run postgresql://... out.db (keys, indexes, integrity_check, flush)",
        command = function(bench)
            return ("%s run %s out.db --quiet"):format(process.quote(bench.wherry),
                process.quote(bench.server:url "loaded"))
        end },
    { name = "back-csv", what = "CSV pipe from psql to sqlite3's .import", command = function(bench)
        local create = table.concat(schema.sqlite_tables(bench.source.tables), "; ")
        local lines = { ("sqlite3 -bail out.db %s"):format(process.quote(create)) }
        for _, t in ipairs(bench.source.tables) do
            lines[#lines + 1] = ("%s -c 'COPY %s TO STDOUT (FORMAT csv)' | sqlite3 -bail "
                .. "-cmd 'PRAGMA journal_mode = off; PRAGMA synchronous = off' out.db '.import --csv /dev/stdin %s' "
                .. ">/dev/null"):format(bench.server:psql "loaded", t.name, t.name)
        end
        return table.concat(lines, "\n")
    end },
    { name = "back-ogr2ogr", what = "ogr2ogr into a SQLite file", needs = "ogr2ogr", command = function(bench)
        return ("ogr2ogr -q -f SQLite out.db 'PG:host=%s dbname=loaded user=postgres schemas=public'"):format(
            bench.server.socket)
    end },
}
