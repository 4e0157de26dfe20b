-- back/comparison.lua: the way back, compared: the file is read as if it were to be loaded into the tables that it was
-- made of, and every value of every row has to be there as PostgreSQL has it.
local catalog = require "wherry.digest.catalog"
local compared = require "wherry.engine.compared"
local core = require "wherry.core"
local drill = require "wherry.drill"
local drill_source = require "wherry.drill.source"
local expectation = require "wherry.digest.expectation"
local load_table = require "wherry.resolve.load_table"
local model = require "wherry.schema.model"
local Outcome = require "wherry.resolve.outcome"
local server = require "wherry.digest.server"
local spec = require "wherry.digest.spec"
local sqlite = require "wherry.schema.sqlite"
local target_rows = require "wherry.drill.target"
local unread = require "wherry.back.unread"

local comparison = {}

local TABLES = 20 -- that differ and are read again

local function has_codec() return true end

-- Forms of decimal numbers that keep no zeros at the end of a fraction.
local SHORT = { number = "trimmed", real = "trimmed", ["short text"] = "trimmed",
    ["integer or short text"] = "trimmed", ["short text .0"] = "one digit" }

-- A table of the file as a load would read it.
local function load_of(t, schema, m)
    local of_file, columns = model.table(m, t.target), {}
    for i, column in ipairs(t.columns) do
        columns[i] = { source = column.name, target = column.source, type = column.type, not_null = false }
    end
    local made = load_table.new(of_file, { schema = schema, name = t.source }, columns, nil, has_codec, Outcome.new())
    for i, column in ipairs(t.columns) do
        made.columns[i].as_text = column.as_text
        made.columns[i].in_file = true
        made.columns[i].unsigned_zero = column.affinity ~= "text" and column.affinity ~= "blob" or nil
        made.columns[i].fraction = column.type.typmod < 0 and SHORT[column.type.form] or nil
    end
    made.rows_sql, made.row_keys = t.rows_sql, t.row_keys
    return made
end

---What both sides are read by.
---@param tables wherry.BackLoadTable[]
---@param ends { schema: string, file: table, session: wherry.Session, counts: table?, log: function,
---progress: function } file: core.snapshot; session: within the transaction of which the file was made; counts: as a
---context has them
---@return wherry.DrillContext with made_of: what core.back was given, at the places of resolved.tables
function comparison.context(tables, ends)
    local m = sqlite.read(function(sql, ...) return ends.file:query(sql, ...) end)
    local resolved, made_of = { tables = {} }, {}
    for _, t in ipairs(tables) do
        if t.columns[1] then
            table.insert(resolved.tables, load_of(t, ends.schema, m))
            table.insert(made_of, t)
        end
    end
    local function query(sql, parameters) return ends.session:query(sql, parameters) end
    return { back = true, made_of = made_of, resolved = resolved, list = spec.of(resolved, catalog.of(query)),
        plan = {}, source = ends.file, session = ends.session, can_sum = server.can_sum(query),
        counts = ends.counts, log = ends.log, progress = ends.progress }
end

-- What PostgreSQL holds.
local function held(context, target, index)
    context.progress { phase = "comparing", table = target.table, index = index, tables = #context.list, done = false }
    if context.can_sum then
        return server.total(function(sql) return context.session:query(sql) end, target)
    end
    return expectation.total(target_rows.sum(context, target))
end

-- The rows that differ of a table.
local function look_at_rows(context, target, line, digest, reading)
    local place, buckets = target.loads[1].place, nil
    local rows = unread.compare(context, target, context.made_of[place], context.resolved.tables[place], reading)
    if context.can_sum then
        buckets = (digest or core.digest.new()):compare(server.digest(function(sql)
            return context.session:query(sql)
        end, target))
        line.buckets = #buckets
    end
    local found = drill.table(context, target, { back = true,
        unfit_more = rows and not rows.is_same and rows.sums or nil,
        buckets = buckets and { [target.target_sql] = buckets } })
    if rows then
        unread.judge(line, rows, found, reading)
        return
    end
    for _, name in ipairs { "missing", "extra", "different", "differences", "more" } do
        line[name] = found[name]
    end
end

-- What the sums of a table say; of: the table in the file.
local function judge(target, of, total, digest, reading)
    local counted = expectation.total(digest)
    local line = { table = "main." .. of, source = { target.table }, rows_source = total.rows,
        rows_target = counted.rows + (reading and reading.unfit or 0), state = "same" }
    if not expectation.met(total, counted) then
        line.state = "differs"
    end
    return line
end

---Compares the file with what it was made of.
---@param context wherry.DrillContext
---@return wherry.Compared
function comparison.run(context)
    local begun, lines, read = core.sys.clock(), {}, 0
    server.prepare(function(sql) context.session:query(sql) end)
    local digests, readings = drill_source.digests(context)
    for i, target in ipairs(context.list) do
        local digest = digests[target.target_sql]
        local of = context.resolved.tables[target.loads[1].place].source
        local reading = readings[of]
        lines[i] = judge(target, of, held(context, target, i), digest, reading)
        -- The sums do not have rows that can't be read: these have to be looked at.
        if lines[i].state == "differs" and (read < TABLES or reading.unfit > 0) then
            look_at_rows(context, target, lines[i], digest, reading)
            read = read + (lines[i].state == "differs" and 1 or 0)
        end
    end
    return { basis = "run", state = compared.whole(lines), tables = lines,
        left_out = compared.left_out(context.list), seconds = core.sys.clock() - begun }
end

return comparison
