-- The data of the bench of whole runs: a SQLite file, and the same rows as files of binary COPY. Made once a directory.
local process = require "tests.support.process"
local schema = require "tests.bench.schema"

local source = {}

local SEED = 20240301

---@class BenchSource
---@field file string                the SQLite file
---@field tables BenchTable[]
---@field scale number
---@field rows integer
---@field bytes integer              size of the SQLite file
---@field copy fun(name: string): string  the COPY file of a table

local function sqlite(file, statements)
    process.write(file .. ".sql", table.concat(statements, ";\n") .. ";\n")
    process.shell(("sqlite3 -bail %s <%s.sql && rm %s.sql"):format(file, file, file))
end

---@param directory string  where the data lies, or is put
---@param scale number
---@param helper string     build/bench/helper
---@return BenchSource
function source.get(directory, scale, helper)
    local place = ("%s/scale-%g"):format(directory, scale)
    local tables = schema.tables(scale)
    local self = { file = place .. "/source.db", tables = tables, scale = scale, rows = 0 }
    function self.copy(name)
        return ("%s/%s.copy"):format(place, name)
    end
    local create, columns = schema.sqlite_tables(tables), schema.generator(tables)
    local indexes = schema.indexes()
    local made_of = table.concat(create, "\n") .. table.concat(indexes, "\n") .. columns .. SEED
    if process.read(place .. "/made-of") ~= made_of then
        process.shell(("rm -rf %s && mkdir -p %s && chmod 755 %s"):format(place, place, place))
        sqlite(self.file, create)
        process.write(place .. "/columns", columns)
        process.shell(("%s generate %s %s %d <%s/columns"):format(helper, self.file, place, SEED, place))
        sqlite(self.file, indexes)
        process.shell(("chmod 644 %s/*"):format(place))
        process.write(place .. "/made-of", made_of)
    end
    for _, t in ipairs(tables) do
        self.rows = self.rows + t.rows
    end
    self.bytes = tonumber(process.shell("stat -c %s " .. self.file))
    -- Every run finds its input in memory.
    process.shell(("cat %s/* >/dev/null"):format(place))
    return self
end

return source
