-- Keys whose values are longer than a B-tree of PostgreSQL takes. The rows are asked before the load: such a key is
-- then unique by the digest of its long values, and a plain index of one column a hash index.
local scope = require "wherry.expr.pg.scope"

local long_keys = {}

-- A B-tree takes 2704 bytes a row; some are left for headers, numbers and the digests.
local MOST_BYTES = 2600
-- What is shorter is compared as it is, beside longer values of the same key.
local LONG = 500

local HAS_LENGTH = { text = true, blob = true, mixed = true, json = true }
-- Of columns whose type the plan declares.
local LONG_TYPES = { text = true, varchar = true, bytea = true, bpchar = true, citext = true, jsonb = true,
    hstore = true, tsvector = true, numeric = true }
local WITH_DIGEST = { text = true, varchar = true, bytea = true }

local function has_length(column)
    local kind = column.kind or scope.kind_of(column.type)
    return HAS_LENGTH[kind] == true or kind == "declared" and (LONG_TYPES[column.type.name] or column.type.kind) ~= nil
end

-- The columns of a list whose values have a length, each once.
local function measured(entry, columns)
    local list, seen = {}, {}
    for _, name in ipairs(columns) do
        if not seen[name] and has_length(entry.column[name]) then
            seen[name] = true
            list[#list + 1] = name
        end
    end
    return list
end

-- The longest value of each column that stands in a key, asked once a table.
local function longest_of(work, entry)
    if not entry.longest then
        entry.longest = {}
        local all, t = {}, entry.source
        local function add(columns)
            table.move(columns, 1, #columns, #all + 1, all)
        end
        add(t.primary_key and t.primary_key.columns or {})
        for _, key in ipairs(t.uniques) do
            add(key.columns)
        end
        for _, index in ipairs(t.indexes) do
            for _, part in ipairs(index.columns) do
                all[#all + 1] = part.name
            end
        end
        local lists = {}
        all = measured(entry, all)
        for i, name in ipairs(all) do
            lists[i] = { name }
        end
        local lengths = lists[1] and work.options.longest and work.options.longest(t, lists) or {}
        for i, name in ipairs(all) do
            entry.longest[name] = lengths[i] or 0
        end
    end
    return entry.longest
end

---How long the values of a key are, where that is too long.
---@param work wherry.Translation
---@param entry wherry.Translated
---@param columns string[] source columns
---@param expressions {sql: string}[]? SQLite's text of expressions beside them
---@return integer? bytes of the longest key; nil: an index takes it
function long_keys.bytes(work, entry, columns, expressions)
    local list, longest, sum = measured(entry, columns), longest_of(work, entry), 0
    for _, name in ipairs(list) do
        sum = sum + longest[name]
    end
    local count = expressions and #expressions or 0
    if not work.options.longest or (sum <= MOST_BYTES and count == 0) then
        return nil
    end
    table.move(expressions or {}, 1, count, #list + 1, list)
    local bytes = (#list > 1 or count > 0) and work.options.longest(entry.source, { list })[1] or sum
    return bytes > MOST_BYTES and bytes or nil
end

---The term of a column in such a key: the digest of a long value.
---@param entry wherry.Translated
---@param name string source column
---@param sql string the term
---@return string
function long_keys.term(entry, name, sql)
    return (entry.longest[name] or 0) > LONG and ("md5(%s)"):format(sql) or sql
end

---Whether a digest compares as the column does: not where the column itself takes different bytes for equal.
---@param entry wherry.Translated
---@param columns string[]
---@return boolean
function long_keys.digests(entry, columns)
    for _, name in ipairs(columns) do
        local column = entry.column[name]
        local folds = column.native_nocase or column.type.name == "jsonb"
            or column.kind == "declared" and not WITH_DIGEST[column.type.name]
        if folds and (entry.longest[name] or 0) > LONG then
            return false
        end
    end
    return true
end

---What is told about it.
---@param bytes integer
---@return string
function long_keys.note(bytes)
    return ("its longest key has %d bytes, an index of PostgreSQL takes 2704"):format(bytes)
end

return long_keys
