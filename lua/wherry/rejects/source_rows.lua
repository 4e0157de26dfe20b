-- source_rows.lua: finds the source rows that rows of the target came from: by an integer key that is carried, else by
-- what all their columns have become on the way, in one pass over the table.
local core = require "wherry.core"
local lookups = require "wherry.engine.lookups"
local stage = require "wherry.stage"

local source_rows = {}

local INTEGERS = { int2 = true, int4 = true, int8 = true }

-- Types whose values the server sends in another form than it gets them.
local REWRITTEN = { jsonb = true, bpchar = true, hstore = true, tsvector = true, xml = true }

local INTEGER_CLASS = 1 -- core/batch.h, as keys have it (core/key.h)

local function is_sent_alike(type_of)
    if type_of.kind == "array" then
        return is_sent_alike(type_of.element)
    end
    return (not type_of.kind or type_of.kind == "enum") and not REWRITTEN[type_of.name]
end

---The columns by which rows are compared, as expressions over the target: the bytes that the server sends, in hex.
---@param session wherry.Session
---@param tbl wherry.LoadTable
---@param quote fun(name: string): string
---@return { place: integer, sql: string }[]
function source_rows.columns(session, tbl, quote)
    local send = {}
    for _, row in ipairs(session:query([[SELECT a.attname AS name, t.typsend::oid::regproc::text AS send
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = $1::regclass AND a.attnum > 0
        AND NOT a.attisdropped]], { tbl.target_sql })) do
        send[row.name] = row.send
    end
    local columns = {}
    for place, column in ipairs(tbl.columns) do
        if column.codec and send[column.target] and is_sent_alike(column.type) then
            columns[#columns + 1] = { place = place,
                sql = ("encode(%s(%s), 'hex')"):format(send[column.target], quote(column.target)) }
        end
    end
    return columns
end

-- Whether the key that stands in the target may be another one than the source's.
local function is_changed(tbl, column)
    if column.remap or column.lookup then
        return true
    end
    for _, target in ipairs(tbl.hooks and tbl.hooks.maps or {}) do
        if target == column.target then
            return true
        end
    end
    return tbl.hooks ~= nil and tbl.hooks.row == true
end

---The column that carries the only, integer key cell as it is, or nil.
---@param tbl wherry.LoadTable
---@return wherry.LoadColumn|nil
function source_rows.integer_key(tbl)
    local column = #tbl.read.key_columns == 1 and tbl.columns[tbl.read.key_columns[1]]
    local plain = column and not is_changed(tbl, column)
        and INTEGERS[column.type.name] and not column.type.kind and not column.type.stored
    return plain and tbl.read.sql_after and column or nil
end

local function rows(source, name, tbl, options)
    core.rows { snapshot = source, source = name, table = tbl, after = options.after, limit = options.limit,
        each = options.each, hooks = options.through.hooks, lookups = options.through.lookups }
end

local function integer_key(value)
    return string.pack(">I1i8", INTEGER_CLASS, value)
end

-- Each row by its key; false where one is not found so.
local function by_key(source, name, tbl, wanted, through)
    for _, row in ipairs(wanted) do
        local id = math.tointeger(tonumber(row.id))
        if not id then
            return false
        end
        rows(source, name, tbl, { limit = 1, through = through,
            after = id > math.mininteger and integer_key(id - 1) or nil,
            each = function(found)
                row.source, row.order = found[1], id
                return false
            end })
        if not row.source or row.source.key ~= integer_key(id) then
            return false
        end
    end
    return true
end

local function hex(bytes)
    return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local NULL_FIELD = "\xff\xff\xff\xff"

-- What a source row is compared by; nil where a value of it has no field.
local function signature_of(found, columns)
    local parts = {}
    for i, column in ipairs(columns) do
        local field = found.fields[column.place]
        if not field then
            return nil
        end
        parts[i] = field == NULL_FIELD and "-" or hex(field:sub(5))
    end
    return table.concat(parts, " ")
end

local function target_signature(row, columns)
    local parts = {}
    for i in ipairs(columns) do
        parts[i] = row["f" .. i] or "-"
    end
    return table.concat(parts, " ")
end

-- Rows that look alike in all these columns are the same to everybody; of more source rows than are wanted, the last
-- ones are taken: the lowest key stays.
local function by_content(source, name, tbl, columns, wanted, taken, through)
    local groups, order = {}, 0
    for _, row in ipairs(wanted) do
        local signature = target_signature(row, columns)
        groups[signature] = groups[signature] or { wanted = {}, found = {} }
        table.insert(groups[signature].wanted, row)
    end
    rows(source, name, tbl, { through = through, each = function(list)
        for _, found in ipairs(list) do
            order = order + 1
            local signature = signature_of(found, columns)
            local group = signature and groups[signature]
            if group and not (found.key and taken[found.key]) then
                table.insert(group.found, { source = found, order = order })
            end
        end
        return true
    end })
    for _, group in pairs(groups) do
        local surplus = #group.found - #group.wanted
        if surplus < 0 then
            return false
        end
        for i, row in ipairs(group.wanted) do
            row.source, row.order = group.found[surplus + i].source, group.found[surplus + i].order
        end
    end
    return true
end

---Finds the source row of each target row: sets row.source = { key, key_text, row = JSON } and row.order, by which
---source keys are compared.
---@param source table core.snapshot
---@param name string the source's name in the plan
---@param tbl wherry.LoadTable
---@param columns { place: integer, sql: string }[] from source_rows.columns
---@param wanted table[] target rows with id (the integer key's text, if there is one) and f1, f2 ... (of `columns`)
---@param taken table<string, true> keys of source rows that are no rows of the target
---@param ends? { resolved: wherry.Resolved, state: table } what rows go through on the way, functions and lookups of
---the plan, in the state of who runs it: plan, script_hash, source, session
---@return boolean found all of them
function source_rows.find(source, name, tbl, columns, wanted, taken, ends)
    local hooks <close> = ends and stage.open(ends.state.plan, ends.state.script_hash, { tbl }, 1) or nil
    local through = { hooks = hooks, lookups = ends and lookups.of(ends.resolved, ends.state) }
    if source_rows.integer_key(tbl) and by_key(source, name, tbl, wanted, through) then
        return true
    end
    return columns[1] ~= nil and by_content(source, name, tbl, columns, wanted, taken, through)
end

return source_rows
