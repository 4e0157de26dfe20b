-- digest/spec.lua: what of each target table is hashed, on both sides alike: columns in the order of their names, each
-- with the type under which record_send gives it. A function of the resolved plan and of the target's catalog alone, so
-- that a resumed run, and a verification later, make the same of it.
local digest_column = require "wherry.digest.column"
local emits = require "wherry.resolve.emits"
local names = require "wherry.names"
local shallow = require "wherry.shallow"

local spec = {}

---@class wherry.DigestCatalog
---@field columns fun(tables: string[]): table<string, table<string, wherry.DigestType>>
---@field constants fun(wires: string[]): (string|false)[]

---@class wherry.DigestColumn
---@field name string
---@field oid integer in the record
---@field sql string of the value, over the alias t
---@field not_null boolean

---@class wherry.DigestLoad how the rows of one load, or those that a function emits, fill the columns
---@field place integer of the load table in the resolved plan
---@field emit integer|nil place in hooks.emits
---@field columns { field: integer|nil, constant: string|nil, oid: integer }[] in the order of the target's; field: of
---the row that is written, 1-based; constant: a field of binary COPY, where a row lacks it;
---without it that is NULL
---@field key integer[] places in columns

---@class wherry.DigestTarget
---@field target_sql string
---@field rows_sql string
---@field table string schema.name, in messages
---@field columns wherry.DigestColumn[]
---@field key string[] columns of the key by which rows are told apart; empty: the whole row is its key
---@field row_sql string the hash of a row, over the alias t
---@field key_sql string the hash of its key
---@field text boolean a column has no codec: rows are not hashed while they are loaded, and compared by the server's
---words for its values (drill/text.lua)
---@field conflict "keep"|"update"|nil rows meet those that the target held
---@field left_out { column: string, why: string }[] columns that no digest can tell of
---@field loads wherry.DigestLoad[]

local function new_target(tbl)
    return { target_sql = tbl.target_sql, rows_sql = tbl.rows_sql or tbl.target_sql,
        table = tbl.target.schema .. "." .. tbl.target.name, columns = {}, key = {}, text = false, left_out = {},
        loads = {}, filled = {}, row_keys = tbl.row_keys }
end

-- What fills a column in each load, by the target column's name; and what a row need not give.
local function fields_of(columns)
    local fields, optional = {}, {}
    for i, column in ipairs(columns) do
        fields[column.target] = i
        optional[column.target] = column.optional
    end
    return fields, optional
end

local function add_load(target, place, emit, columns)
    local fields, optional = fields_of(columns)
    target.loads[#target.loads + 1] = { place = place, emit = emit, fields = fields, optional = optional }
    for _, column in ipairs(columns) do
        target.filled[column.target] = target.filled[column.target] or column
    end
end

-- The tables of the plan, in its order, with all that fills them.
local function gather(resolved)
    local list, by_target = {}, {}
    for _, tbl in ipairs(emits.all(resolved)) do
        if not by_target[tbl.target_sql] then
            list[#list + 1] = new_target(tbl)
            by_target[tbl.target_sql] = list[#list]
        end
    end
    for place, tbl in ipairs(resolved.tables) do
        local target = by_target[tbl.target_sql]
        add_load(target, place, nil, tbl.columns)
        target.text = target.text or not tbl.binary
        target.conflict = tbl.merge_sql and tbl.on_conflict or target.conflict
        target.row_keys = target.row_keys or tbl.row_keys or tbl.key_target and { tbl.key_target }
        for k, emit in ipairs(tbl.hooks and tbl.hooks.emits or {}) do
            add_load(by_target[emit.target_sql], place, k, emit.columns)
        end
    end
    return list
end

-- Whether every load gives the column in every row.
local function always_given(target, name)
    for _, load in ipairs(target.loads) do
        if not load.fields[name] or load.optional[name] then
            return false
        end
    end
    return true
end

-- The columns in the order of their names, and what is still to be asked of the server.
local function add_columns(target, types, wanted)
    local sorted = {}
    for name in pairs(target.filled) do
        sorted[#sorted + 1] = name
    end
    table.sort(sorted)
    for _, name in ipairs(sorted) do
        local info, given = types[name], always_given(target, name)
        local why = digest_column.problem(info, given, target.filled[name])
        if why then
            target.left_out[#target.left_out + 1] = { column = name, why = why }
        else
            local sql, oid = digest_column.value(info, target.filled[name])
            local column = { name = name, oid = oid, sql = sql:format("t." .. names.quote_pg(name)),
                not_null = target.filled[name].not_null == true, given = given }
            target.columns[#target.columns + 1] = column
            if not given and info.default then
                wanted[#wanted + 1] = { column = column, wire = digest_column.wire(info, info.default,
                    target.filled[name]) }
            end
        end
    end
end

-- What stands in rows that do not have a column.
local function ask_constants(wanted, constants)
    local wires = {}
    for i, one in ipairs(wanted) do
        wires[i] = one.wire
    end
    for i, bytes in ipairs(wires[1] and constants(wires) or {}) do
        wanted[i].column.constant = bytes and (">s4"):pack(bytes) or nil
    end
end

local function places_of(target)
    local places = {}
    for i, column in ipairs(target.columns) do
        places[column.name] = i
    end
    return places
end

-- The first of the target's keys all of whose columns are hashed.
local function choose_key(target)
    local places = places_of(target)
    for _, key in ipairs(target.row_keys or {}) do
        local found = {}
        for i, name in ipairs(key) do
            found[i] = places[name]
        end
        if #found == #key and key[1] then
            return key, found
        end
    end
    return {}, {}
end

local function record_sql(columns)
    local cells = {}
    for i, column in ipairs(columns) do
        cells[i] = column.sql
    end
    return ("pg_catalog.hash_record_extended(ROW(pg_catalog.record_send(ROW(%s))), 0)"):format(
        table.concat(cells, ", "))
end

local function finish(target)
    local key, places = choose_key(target)
    local key_columns = {}
    for i, place in ipairs(places) do
        key_columns[i] = target.columns[place]
    end
    target.key, target.row_sql = key, record_sql(target.columns)
    target.key_sql = key[1] and record_sql(key_columns) or target.row_sql
    for _, load in ipairs(target.loads) do
        load.columns, load.key = {}, places
        for i, column in ipairs(target.columns) do
            load.columns[i] = { field = load.fields[column.name], oid = column.oid,
                constant = (not load.fields[column.name] or load.optional[column.name]) and column.constant or nil }
        end
        load.fields, load.optional = nil, nil
    end
    for _, column in ipairs(target.columns) do
        column.given, column.constant = nil, nil
    end
    target.filled, target.row_keys = nil, nil
end

--- What is hashed of each table that a run writes into.
---@param resolved wherry.Resolved
---@param describe wherry.DigestCatalog
---@return wherry.DigestTarget[]
function spec.of(resolved, describe)
    local list, tables, wanted = gather(resolved), {}, {}
    for i, target in ipairs(list) do
        tables[i] = target.target_sql
    end
    local types = list[1] and describe.columns(tables) or {}
    for _, target in ipairs(list) do
        add_columns(target, types[target.target_sql], wanted)
    end
    ask_constants(wanted, describe.constants)
    for _, target in ipairs(list) do
        finish(target)
    end
    return list
end

--- Whether rows of a table can be hashed at all.
---@param target wherry.DigestTarget
---@return boolean
function spec.has_digest(target)
    return not target.text and target.columns[1] ~= nil
end

local function copy_of(tbl)
    local copies = {}
    for k, emit in ipairs(tbl.hooks and tbl.hooks.emits or {}) do
        copies[k] = shallow.copy(emit)
    end
    return shallow.copy(tbl, tbl.hooks and { hooks = shallow.copy(tbl.hooks, { emits = tbl.hooks.emits and copies }) })
end

--- The load tables of a plan as the core takes them, each with `digest` where its rows are hashed while they are read,
--- and each table that it emits to, too: { target = place in the list, columns, key }.
---@param resolved wherry.Resolved
---@param list wherry.DigestTarget[] from spec.of
---@param hashed table<string, boolean>|nil these alone, by target_sql; nil: all that have a digest
---@return wherry.LoadTable[] copies
function spec.tables(resolved, list, hashed)
    local tables = {}
    for place, tbl in ipairs(resolved.tables) do
        tables[place] = copy_of(tbl)
    end
    for number, target in ipairs(list) do
        local is_hashed = spec.has_digest(target) and (not hashed or hashed[target.target_sql])
        for _, load in ipairs(is_hashed and target.loads or {}) do
            local tbl = tables[load.place]
            local into = load.emit and tbl.hooks.emits[load.emit] or tbl
            into.digest = { target = number, name = target.target_sql, columns = load.columns, key = load.key }
        end
    end
    return tables
end

return spec
