-- Reads a SQLite file's schema into the neutral model. Views, triggers and virtual tables are never touched, only their
-- statements are read: a view may not compile, a module may be missing, and the file may be hostile.
local ddl = require "wherry.schema.ddl"
local fts = require "wherry.schema.fts"
local model = require "wherry.schema.model"
local names = require "wherry.names"
local parents = require "wherry.schema.parents"
local types = require "wherry.schema.types"

local sqlite = {}

local CATALOG = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid"
local COLUMNS = "SELECT name, type, [notnull] AS not_null, dflt_value, pk, hidden "
    .. "FROM pragma_table_xinfo(?, 'main') ORDER BY cid"
local INDEXES = "SELECT name, [unique] AS is_unique, origin, partial FROM pragma_index_list(?, 'main')"
local INDEX_COLUMNS = "SELECT cid, name, [desc] AS descending, coll, [key] AS is_key "
    .. "FROM pragma_index_xinfo(?, 'main') ORDER BY seqno"
local FOREIGN_KEYS = "SELECT id, [table] AS parent, [from] AS child_column, [to] AS parent_column, on_update, "
    .. "on_delete FROM pragma_foreign_key_list(?, 'main') ORDER BY id DESC, seq"

local function same_name(a, b)
    return model.fold(a) == model.fold(b)
end

local function same_columns(a, b)
    if #a ~= #b then
        return false
    end
    for i = 1, #a do
        if not same_name(a[i], b[i]) then
            return false
        end
    end
    return true
end

-- A default as an expression that stands by itself: DEFAULT word means the text, and only there.
local function default_text(text, parsed)
    local default = parsed and parsed.default
    if text and default and default.kind == "name" then
        local upper = default.value:upper()
        local keyword = upper == "NULL" or upper == "TRUE" or upper == "FALSE" or upper == "CURRENT_TIMESTAMP"
            or upper == "CURRENT_DATE" or upper == "CURRENT_TIME"
        if default.quoted or not keyword then
            return names.literal_sqlite(default.value)
        end
    end
    return text
end

local function read_columns(query, t, found)
    local key = {}
    for _, row in ipairs(query(COLUMNS, t.name)) do
        local parsed = found and found.columns[#t.columns + 1]
        if found and not (parsed and parsed.name == row.name) then
            t.problem = "its statement and SQLite's own reading of it differ"
            parsed, found = nil, nil
        end
        local declared = row.type or ""
        t.columns[#t.columns + 1] = {
            name = row.name, declared = declared, affinity = types.affinity(declared, t.strict),
            not_null = row.not_null ~= 0, default = default_text(row.dflt_value, parsed),
            generated = row.hidden == 2 and "virtual" or row.hidden == 3 and "stored" or nil,
            expression = parsed and parsed.expression or nil,
            collation = parsed and parsed.collation ~= "BINARY" and parsed.collation or nil,
            conflict = parsed and parsed.not_null and parsed.not_null.conflict or nil,
            comment = parsed and parsed.comment or nil,
        }
        if row.pk > 0 then
            key[row.pk] = row.name
        end
    end
    if found and #found.columns ~= #t.columns then
        t.problem = "its statement and SQLite's own reading of it differ"
    end
    return key
end

-- The parts of an index, and whether it ends in the rowid, which indexes of WITHOUT ROWID tables do not.
local function index_columns(query, name)
    local columns, expression, has_rowid = {}, false, false
    for _, row in ipairs(query(INDEX_COLUMNS, name)) do
        if row.is_key ~= 0 then
            columns[#columns + 1] = { name = row.name, desc = row.descending ~= 0,
                collation = row.coll and row.coll:upper() }
            expression = expression or row.cid < 0
        else
            has_rowid = has_rowid or row.cid == -1
        end
    end
    return columns, expression, has_rowid
end

local function key_of(columns, parsed)
    local key = { columns = {}, desc = {}, collations = {} }
    for i, column in ipairs(columns) do
        key.columns[i], key.desc[i] = column.name, column.desc
        key.collations[i] = column.collation or "BINARY"
    end
    if parsed then
        key.name, key.conflict = parsed.name, parsed.conflict
        key.desc = parsed.desc
    end
    return key
end

-- Finds the UNIQUE clause that an automatic index was made for, each only once.
local function take_unique(found, key)
    for i, parsed in ipairs(found and found.uniques or {}) do
        if same_columns(parsed.columns, key.columns) then
            return table.remove(found.uniques, i)
        end
    end
    return nil
end

-- A UNIQUE clause of a key's columns has no index of its own: what it says of conflicts counts for the key.
local function merge_conflicts(t, found)
    local keys = table.move(t.uniques, 1, #t.uniques, 1, {})
    keys[#keys + 1] = t.primary_key
    for _, parsed in ipairs(found and found.uniques or {}) do
        for _, key in ipairs(keys) do
            if parsed.conflict and same_columns(parsed.columns, key.columns) then
                key.conflict = key.conflict or parsed.conflict
            end
        end
    end
end

local function read_indexes(query, t, found, catalog)
    local listed, has_key_index = {}, false
    for _, row in ipairs(query(INDEXES, t.name)) do
        row.position = catalog.position[row.name] or 0
        listed[#listed + 1] = row
    end
    table.sort(listed, function(a, b)
        if a.position ~= b.position then
            return a.position < b.position
        end
        return a.name < b.name
    end)
    for _, row in ipairs(listed) do
        local columns, expression, has_rowid = index_columns(query, row.name)
        if row.origin == "pk" then
            has_key_index = true
            t.without_rowid = not has_rowid
            t.primary_key = key_of(columns, found and found.primary_key)
        elseif row.origin == "u" then
            local key = key_of(columns)
            local parsed = take_unique(found, key)
            t.uniques[#t.uniques + 1] = parsed and key_of(columns, parsed) or key
        else
            t.indexes[#t.indexes + 1] = {
                name = row.name, unique = row.is_unique ~= 0, columns = columns, partial = row.partial ~= 0,
                expression = expression, sql = catalog.sql[row.name],
            }
        end
    end
    merge_conflicts(t, found)
    return has_key_index
end

local function read_foreign_keys(query, t, found)
    local parsed, key, id = found and found.foreign_keys or {}, nil, nil
    for _, row in ipairs(query(FOREIGN_KEYS, t.name)) do
        if row.id ~= id then
            id = row.id
            key = {
                columns = {}, parent = row.parent, parent_columns = {}, parent_missing = false,
                on_delete = row.on_delete, on_update = row.on_update, deferrable = false, initially_deferred = false,
            }
            t.foreign_keys[#t.foreign_keys + 1] = key
        end
        key.columns[#key.columns + 1] = row.child_column
        key.parent_columns[#key.columns] = row.parent_column
    end
    if #parsed == #t.foreign_keys then
        for i, foreign_key in ipairs(t.foreign_keys) do
            foreign_key.name, foreign_key.match = parsed[i].name, parsed[i].match and parsed[i].match:upper()
            foreign_key.deferrable = parsed[i].deferrable
            foreign_key.initially_deferred = parsed[i].initially_deferred
        end
    end
end

local function rowid_name(t)
    if t.without_rowid then
        return nil
    end
    for _, spelling in ipairs({ "rowid", "_rowid_", "oid" }) do
        if not model.folded(t.columns, spelling) then
            return spelling
        end
    end
    return nil
end

local function read_table(query, row, catalog)
    local found, message = ddl.table(row.sql)
    local t = model.new_table { name = row.name, sql = row.sql, problem = message }
    t.strict = found ~= nil and found.strict
    t.autoincrement = found ~= nil and found.autoincrement
    local key = read_columns(query, t, found)
    if t.problem then
        found = nil
    end
    local has_key_index = read_indexes(query, t, found, catalog)
    if #key == 1 and not has_key_index then
        local parsed = found and found.primary_key
        t.rowid_alias = key[1]
        t.primary_key = {
            name = parsed and parsed.name, columns = key, desc = { false }, collations = { "BINARY" },
            conflict = parsed and parsed.conflict,
        }
    end
    t.rowid_name = rowid_name(t)
    t.checks = found and found.checks or {}
    t.comment = found and found.comment or nil
    read_foreign_keys(query, t, found)
    return t
end

local function read_sequences(query, m)
    for _, row in ipairs(query("SELECT name, seq FROM sqlite_sequence")) do
        local t = type(row.name) == "string" and model.folded(m.tables, row.name)
        if t and math.type(row.seq) == "integer" then
            m.sequences[t.name] = row.seq
        end
    end
end

-- The catalog's rows by kind; what SQLite keeps for itself (sqlite_*) is left out.
local function read_catalog(query)
    local catalog = { tables = {}, virtuals = {}, views = {}, triggers = {}, position = {}, sql = {}, spelling = {} }
    for position, row in ipairs(query(CATALOG)) do
        local internal = model.fold(row.name):find("^sqlite_") ~= nil
        if row.type == "index" then
            catalog.position[row.name], catalog.sql[row.name] = position, row.sql
        elseif row.type == "view" then
            table.insert(catalog.views, { name = row.name, sql = row.sql })
        elseif row.type == "trigger" then
            table.insert(catalog.triggers, { name = row.name, table = row.tbl_name, sql = row.sql })
        elseif internal then
            catalog.has_sequences = catalog.has_sequences or row.name == "sqlite_sequence"
        elseif fts.is_virtual(row.sql) then
            table.insert(catalog.virtuals, row)
        else
            table.insert(catalog.tables, row)
            catalog.spelling[model.fold(row.name)] = row.name
        end
    end
    return catalog
end

---Reads the schema.
---@param query fun(sql: string, ...): table[] rows keyed by column name
---@return wherry.Model
function sqlite.read(query)
    local m, catalog, shadow = model.new("sqlite"), read_catalog(query), {}
    m.views, m.triggers = catalog.views, catalog.triggers
    for _, row in ipairs(catalog.virtuals) do
        local virtual = fts.recognise(row.name, row.sql, catalog.spelling)
        m.virtuals[#m.virtuals + 1] = virtual
        for _, name in ipairs(virtual.shadows) do
            shadow[name] = true
        end
    end
    for _, row in ipairs(catalog.tables) do
        if not shadow[row.name] then
            m.tables[#m.tables + 1] = read_table(query, row, catalog)
        end
    end
    for _, virtual in ipairs(m.virtuals) do
        if virtual.carried_as_table then
            m.tables[#m.tables + 1] = fts.rtree_table(virtual)
        end
    end
    for _, t in ipairs(m.tables) do
        for _, key in ipairs(t.foreign_keys) do
            key.parent_reason = parents.resolve(m, key)
            key.parent_missing = key.parent_reason ~= nil
        end
    end
    if catalog.has_sequences then
        read_sequences(query, m)
    end
    return m
end

return sqlite
