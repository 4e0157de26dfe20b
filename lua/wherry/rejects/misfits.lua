-- misfits.lua: rows that are loaded, and that a key or foreign key built behind the load does not allow. Where the plan
-- rejects rows, duplicates (the lowest source key wins) and orphans move to the rejects; the rows that referred
-- to them are orphans then, and go with them.
local cjson = require "cjson"
local failure = require "wherry.failure"
local foreign_keys = require "wherry.rejects.foreign_keys"
local journal_rows = require "wherry.rejects.record"
local json = require "wherry.json"
local names = require "wherry.names"
local on_bad = require "wherry.plan.on_bad"
local removal = require "wherry.rejects.removal"
local shallow = require "wherry.shallow"
local sharing = require "wherry.rejects.sharing"
local source_rows = require "wherry.rejects.source_rows"
local source_set = require "wherry.engine.source_set"

local misfits = {}

local HINT = "mend it in the script, then wherry rejects retry"

---@class wherry.Misfits what is needed to move rows
---@field journal wherry.Journal
---@field run integer
---@field resolved wherry.Resolved
---@field source wherry.SourceSet|table core.snapshot, or a set
---@field state? table of who runs the plan: plan, script_hash, source, session; nil: it has no functions, no lookups
---@field max_bad? string how many rows may be rejected, as the plan has it

-- Whether rows of the table may go: only where all of its rows came with this run, and without what was emitted.
local function may_go(tbl)
    return not tbl.whole and tbl.misfits == "reject" and tbl.on_conflict ~= "keep" and tbl.on_conflict ~= "update"
end

-- What is asked of each row: its place, whether it is this run's, its key, its fields.
local function shown(work, tbl, columns)
    local id = source_rows.integer_key(tbl)
    local list = { "t.tableoid::oid::text AS oid", "t.ctid::text AS tid", "t.xmin::text AS x",
        ("(%s) AS own"):format(sharing.own_rows(work, tbl)),
        id and ("t.%s::text AS id"):format(names.quote_pg(id.target)) or nil }
    for i, column in ipairs(columns) do
        list[#list + 1] = ("%s AS f%d"):format(column.sql, i)
    end
    return table.concat(list, ", ")
end

-- Keys of source rows that are no rows of the target: they were rejected before.
local function taken(work, tbl)
    local keys = {}
    for _, row in ipairs(work.journal:query([[SELECT encode(key, 'hex') AS key FROM %s.reject
        WHERE run = $1 AND source_table = $2 AND state = 'open' AND key IS NOT NULL]],
        { work.run, tbl.read.table })) do
        keys[(row.key:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end))] = true
    end
    return keys
end

local function columns_of(work, tbl)
    return source_rows.columns(work.journal.session, tbl, function(name) return "t." .. names.quote_pg(name) end)
end

local function find(work, tbl, columns, rows)
    for _, row in ipairs(rows) do
        if row.own ~= "t" then
            return false
        end
    end
    return source_rows.find(source_set.of(work.source, tbl), source_set.from(tbl), tbl, columns, rows,
        taken(work, tbl), work.state and work)
end

-- The source's column and its stored value, where one target column is at fault.
local function note_value(tbl, row, targets)
    for _, column in ipairs(#targets == 1 and tbl.columns or {}) do
        if column.target == targets[1] then
            row.column = column.source
            local value = cjson.decode(row.source.row)[column.source]
            row.value = value and json.encode(value) or nil
        end
    end
end

-- Open rejects by table, and of all.
local function count_open(work)
    local open, sum = journal_rows.open(work.journal, work.run), 0
    for _, count in pairs(open) do
        sum = sum + count
    end
    return open, sum
end

local function rows_read(work, tbl)
    return math.tointeger(tonumber(work.journal:query([[SELECT coalesce(sum(read), 0) AS n FROM %s.slice
        WHERE run = $1 AND source_table = $2]], { work.run, tbl.read.table })[1].n))
end

-- Nothing moves where that were more rejects than the plan allows.
local function refuse_too_many(work, lists)
    local most, percent = on_bad.limit(work.max_bad)
    local open, sum = count_open(work)
    for _, list in ipairs(lists) do
        local name, read = list.tbl.read.table, percent and rows_read(work, list.tbl)
        local rejected = (open[name] or 0) + #list.rows
        sum = sum + #list.rows
        if most and sum > most or percent and rejected > read * percent / 100 then
            failure.raise("value", ("more than %s would be rejected: the last one: %s"):format(most
                and ("%d rows"):format(most) or ("%s of the rows of %s"):format(work.max_bad, name),
                list.rows[#list.rows].reason),
                "correct the rows or the plan and go on with --resume, or allow more with --max-bad",
                { table = name, key = list.rows[#list.rows].source.key_text })
        end
    end
end

local function move(work, lists)
    local _, before = count_open(work)
    refuse_too_many(work, lists)
    removal.move(work.journal, work.run, lists, work.resolved)
    local _, after = count_open(work)
    return after - before
end

-- The rows of all groups that share a key, with the group's name.
local function duplicates(work, tbl, key, columns)
    local filled = {}
    for i, term in ipairs(key.terms) do
        filled[i] = key.nulls_equal and "true" or ("(%s) IS NOT NULL"):format(term)
    end
    local sql = ([[SELECT * FROM (SELECT %s, count(*) OVER w AS many,
            first_value(t.tableoid::oid::text || t.ctid::text) OVER w AS sharing FROM %s t WHERE %s%s
        WINDOW w AS (PARTITION BY %s)) AS g WHERE many > 1]]):format(shown(work, tbl, columns), tbl.target_sql,
        table.concat(filled, " AND "), key.where and " AND (" .. key.where .. ")" or "", table.concat(key.terms, ", "))
    return work.journal.session:query(sql)
end

-- The rows are in the order of their tables, in which those of the first one stay.
local function losers(object, rows)
    local first, lists = {}, {}
    for _, row in ipairs(rows) do
        if not first[row.sharing] or row.place == first[row.sharing].place
            and row.order < first[row.sharing].order then
            first[row.sharing] = row
        end
    end
    for _, row in ipairs(rows) do
        local winner = first[row.sharing]
        if row ~= winner then
            row.sqlstate, row.hint = "23505", HINT
            row.reason = ("it has the same %s as the row %s, which is kept (%s %s)"):format(
                table.concat(object.key.terms, ", "), winner.source.key_text, object.kind, object.name)
            note_value(row.tbl, row, object.key.columns)
            lists[row.place] = lists[row.place] or { tbl = row.tbl, rows = {} }
            table.insert(lists[row.place].rows, row)
        end
    end
    local dense = {}
    for _, place in ipairs(shallow.keys(lists)) do
        dense[#dense + 1] = lists[place]
    end
    return dense
end

-- The rows of all groups that share a key, each with the table that it came from; nil where that is not known of all.
local function duplicates_found(work, tables, key)
    local all = {}
    for place, tbl in ipairs(tables) do
        local columns, own = columns_of(work, tbl), {}
        local rows = duplicates(work, tbl, key, columns)
        for _, row in ipairs(rows) do
            row.tbl, row.place = tbl, place
            own[#own + 1] = (row.own == "t" or not tables[2]) and row or nil
        end
        if own[1] and not find(work, tbl, columns, own) then
            return nil
        end
        table.move(own, 1, #own, #all + 1, all)
        if place == #tables and #all < #rows then
            return nil
        end
    end
    return all
end

-- Moves all rows but the first of each group that shares a key; gives how many.
local function clear_duplicates(work, object)
    local tables = sharing.tables(work.resolved, object.target)
    for _, tbl in ipairs(tables) do
        if not may_go(tbl) then
            return 0
        end
    end
    local rows = tables[1] and object.key and object.key.terms and duplicates_found(work, tables, object.key)
    return rows and rows[1] and move(work, losers(object, rows)) or 0
end

local function place_of(row)
    return row.oid .. row.tid
end

local function array(set)
    local list = {}
    for place in pairs(set or {}) do
        list[#list + 1] = '"' .. place .. '"'
    end
    return "{" .. table.concat(list, ",") .. "}"
end

-- The child's rows whose parent is missing or among those that go, and that do not go yet. By a key that is NOT VALID
-- only the latter are in the way. Of a table that several fill, those that came from this one.
local function orphans(work, key, columns, going)
    local match, filled = {}, {}
    for i, column in ipairs(key.columns) do
        match[i] = ("p.%s = t.%s"):format(names.quote_pg(key.parent_columns[i]), names.quote_pg(column))
        filled[i] = ("t.%s IS NOT NULL"):format(names.quote_pg(column))
    end
    local parent = ("EXISTS (SELECT FROM %s p WHERE %s"):format(key.parent_sql, table.concat(match, " AND "))
    return work.journal.session:query(([[SELECT %s FROM %s t WHERE %s
        AND NOT %s AND p.tableoid::oid::text || p.ctid::text <> ALL ($1::text[]))
        AND t.tableoid::oid::text || t.ctid::text <> ALL ($2::text[])%s%s]]):format(shown(work, key.child, columns),
        key.child.target_sql, table.concat(filled, " AND "), parent, key.not_valid and " AND " .. parent .. ")" or "",
        sharing.among(work, key.child)),
        { array(going[key.parent_sql]), array(going[key.child.target_sql]) })
end

-- Everything that has to go for the foreign keys to hold, by table, parents first; nil where a row of it may not.
local function closure(work, keys)
    local going, by_table = {}, {}
    repeat
        local found = false
        for _, key in ipairs(keys) do
            local list = by_table[key.child] or { tbl = key.child, rows = {}, columns = columns_of(work, key.child) }
            local rows = orphans(work, key, list.columns, going)
            if rows[1] and not may_go(key.child) then
                return nil
            end
            for _, row in ipairs(rows) do
                going[key.child.target_sql] = going[key.child.target_sql] or {}
                going[key.child.target_sql][place_of(row)] = true
                row.broken, found, by_table[key.child] = key, true, list
                list.rows[#list.rows + 1] = row
            end
        end
    until not found
    return by_table
end

-- Moves the orphans of all foreign keys of the run, and the rows that refer to them; gives how many.
local function clear_orphans(work)
    local by_table = closure(work, foreign_keys.of(work.journal, work.run, work.resolved))
    local lists = {}
    for _, tbl in ipairs(work.resolved.tables) do
        local list = by_table and by_table[tbl]
        if list then
            if not find(work, tbl, list.columns, list.rows) then
                return 0
            end
            for _, row in ipairs(list.rows) do
                row.sqlstate, row.hint = "23503", HINT
                row.reason = ("no row of %s has its %s (foreign key %s)"):format(row.broken.parent_sql,
                    table.concat(row.broken.columns, ", "), row.broken.name)
                note_value(tbl, row, row.broken.columns)
            end
            lists[#lists + 1] = list
        end
    end
    return lists[1] and move(work, lists) or 0
end

---What the plan says of an object of the journal.
---@param resolved wherry.Resolved
---@param object { kind: string, name: string, target: string }
---@return wherry.Object|nil
function misfits.planned(resolved, object)
    for _, planned in ipairs(resolved.objects) do
        if planned.kind == object.kind and planned.name == object.name and planned.target == object.target then
            return planned
        end
    end
    return nil
end

---Moves the rows that an object does not allow to the rejects.
---@param work wherry.Misfits
---@param object { kind: string, name: string, target: string }
---@param fault wherry.Failure why it could not be put in place
---@return integer moved 0: nothing changed
function misfits.clear(work, object, fault)
    if fault.sqlstate == "23503" then
        return clear_orphans(work)
    elseif fault.sqlstate == "23505" then
        local planned = misfits.planned(work.resolved, object)
        return planned and clear_duplicates(work, planned) or 0
    end
    return 0
end

return misfits
