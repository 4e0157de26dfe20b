-- inspect/init.lua: looks at a SQLite file as it is: what its columns hold, and what is wrong with it. Nothing is
-- written; the file is read under one snapshot.
local bookkeeping = require "wherry.resolve.bookkeeping"
local census_read = require "wherry.resolve.census_read"
local columns = require "wherry.inspect.columns"
local faults = require "wherry.inspect.faults"
local grouped = require "wherry.progress".grouped
local json = require "wherry.json"
local names = require "wherry.names"
local sqlite = require "wherry.schema.sqlite"

local inspect = {}

---@class wherry.Inspection
---@field settings table page_size, encoding, journal_mode, user_version, application_id, pages
---@field tables { name: string, rows: integer, key: string, virtual: string?, columns: wherry.InspectedColumn[] }[]
---@field virtuals { name: string, module: string }[] that are no tables of their own
---@field views integer
---@field triggers integer
---@field indexes integer
---@field heads { table: string, heads: string[] }[] migration tools' own tables and where they stand
---@field integrity string[] what integrity_check says: { "ok" }, or its first lines
---@field findings wherry.Finding[]

---@class wherry.InspectedColumn
---@field name string
---@field declared string?
---@field affinity string
---@field stats wherry.Stats
---@field mixed boolean
---@field folded integer? keys that several rows have under NOCASE, of a unique text column

local ORPHANS, PROBLEMS = 3, 10

local function settings_of(query)
    local found = {}
    for _, name in ipairs { "page_size", "page_count", "encoding", "journal_mode", "user_version", "application_id" } do
        local row = query("PRAGMA " .. name)[1]
        found[name] = row and row[name]
    end
    return found
end

local function key_of(t)
    if t.rowid_alias then
        return t.rowid_alias .. " (rowid)"
    end
    local primary = t.primary_key and table.concat(t.primary_key.columns, ", ")
    return primary and primary .. (t.without_rowid and " (WITHOUT ROWID)" or "") or "none (rowid only)"
end

-- Single columns whose values SQLite keeps apart byte by byte: under NOCASE some of them may be the same.
local function unique_columns(t)
    local set = {}
    local function add(key)
        if key and #key.columns == 1 then
            local column = key.columns[1]
            set[type(column) == "table" and column.name or column or ""] = true
        end
    end
    add(t.primary_key)
    for _, key in ipairs(t.uniques) do
        add(key)
    end
    for _, index in ipairs(t.indexes) do
        if index.unique and not index.partial then
            add(index)
        end
    end
    return set
end

local function folded(t, column, query)
    local name = names.quote_sqlite(column)
    return query(("SELECT count(*) AS n FROM (SELECT 1 FROM %s WHERE typeof(%s) = 'text' GROUP BY %s COLLATE NOCASE "
        .. "HAVING count(DISTINCT CAST(%s AS BLOB)) > 1)"):format(names.quote_sqlite(t.name), name, name, name))[1].n
end

local function shown_faults(list, count)
    local parts = {}
    for i, fault in ipairs(list) do
        parts[i] = ("%s at byte %d"):format(fault.key, fault.at)
    end
    return table.concat(parts, "; ") .. (count > #list and ("; and %s more"):format(grouped(count - #list)) or "")
end

local FAULTS = {
    { field = "texts_with_nul", kind = "nul", code = "text_with_nul", text = "%s U+0000, which PostgreSQL can't "
        .. "store (%s)", verbs = { "holds", "hold" } },
    { field = "texts_invalid", kind = "invalid", code = "text_not_utf8", text = "%s not valid UTF-8 (%s)",
        verbs = { "is", "are" } },
}

local function find_faults(t, column, stats, query, findings)
    if stats.texts_with_nul == 0 and stats.texts_invalid == 0 then
        return
    end
    local found = faults.find(t, column.name, query, { nul = stats.texts_with_nul > 0,
        invalid = stats.texts_invalid > 0 })
    for _, fault in ipairs(FAULTS) do
        local count = stats[fault.field]
        if count > 0 then
            findings[#findings + 1] = { code = fault.code, table = t.name, column = column.name,
                key = found[fault.kind][1] and found[fault.kind][1].key,
                reason = fault.text:format(("%s %s %s"):format(grouped(count), count == 1 and "text" or "texts",
                    fault.verbs[count == 1 and 1 or 2]), shown_faults(found[fault.kind], count)),
                hint = 'columns = { ... = { on_bad = "reject" } }, or "replace", "strip", "escape"' }
        end
    end
end

-- Rows whose parent is missing, for each foreign key; one that can't be checked (its parent has no such key) is told.
local function find_orphans(t, query, findings)
    local from = ("FROM pragma_foreign_key_check(%s)"):format(names.literal_sqlite(t.name))
    local fine, groups = pcall(query, "SELECT fkid, parent, count(*) AS n " .. from .. " GROUP BY fkid, parent")
    if not fine then
        findings[#findings + 1] = { code = "foreign_key", table = t.name,
            reason = "its foreign keys can't be checked: "
            .. tostring(groups):gsub("^cannot read the source: ", "") }
        return
    end
    for _, group in ipairs(groups) do
        local key = t.foreign_keys[#t.foreign_keys - group.fkid] or t.foreign_keys[1]
        local rowids = {}
        for i, row in ipairs(query(("SELECT \"rowid\" AS id %s WHERE fkid = %d LIMIT %d"):format(from, group.fkid,
            ORPHANS))) do
            rowids[i] = row.id and ("%s=%d"):format(t.rowid_alias or "rowid", row.id) or nil
        end
        findings[#findings + 1] = { code = "orphan", table = t.name, column = key and table.concat(key.columns, ", "),
            key = rowids[1], reason = ("%s %s to rows of %s that are not there%s"):format(grouped(group.n),
                group.n == 1 and "row refers" or "rows refer", group.parent,
                rowids[1] and " (" .. table.concat(rowids, "; ") .. (group.n > #rowids and "; ..." or "") .. ")" or ""),
            hint = 'the foreign key would stand as NOT VALID; on_bad = "reject" keeps these rows out' }
    end
end

local function table_of(t, stats, query, findings)
    local unique, list = unique_columns(t), {}
    for i, column in ipairs(t.columns) do
        local found = stats[i]
        list[i] = { name = column.name, declared = column.declared, affinity = column.affinity, stats = found,
            mixed = columns.is_mixed(column, found),
            folded = unique[column.name] and found.text > 0 and folded(t, column.name, query) or nil }
        find_faults(t, column, found, query, findings)
    end
    if t.foreign_keys[1] then
        find_orphans(t, query, findings)
    end
    local first = stats[1]
    local rows = first and first.null + first.integer + first.real + first.text + first.blob
    return { name = t.name, rows = rows or 0, key = key_of(t), virtual = t.module, columns = list }
end

local function heads_of(t, query, findings)
    local compared = bookkeeping.columns(t)
    local list = {}
    for i, row in ipairs(compared[1] and query(("SELECT %s AS head FROM %s LIMIT 20"):format(
        names.quote_sqlite(compared[1]), names.quote_sqlite(t.name))) or {}) do
        list[i] = tostring(row.head)
    end
    if t.name:lower() == "alembic_version" and #list ~= 1 then
        findings[#findings + 1] = { code = "alembic_heads", table = t.name,
            reason = list[1] and ("%d heads: %s"):format(#list, table.concat(list, ", "))
                or "it is empty: no migration was applied, or the stamp is lost",
            hint = list[1] and "alembic merge joins them" or "alembic stamp sets it" }
    end
    return { table = t.name, heads = list }
end

local function integrity(query, findings)
    local lines = {}
    for i, row in ipairs(query(("PRAGMA integrity_check(%d)"):format(PROBLEMS))) do
        lines[i] = json.utf8(tostring(row.integrity_check))
    end
    if lines[1] ~= "ok" then
        findings[#findings + 1] = { code = "integrity", reason = "integrity_check: " .. table.concat(lines, "; "),
            hint = "restore a backup, or recover what can be read with sqlite3's .recover" }
    end
    return lines
end

---Looks at everything. Raises what the source raises.
---@param source table core.snapshot
---@return wherry.Inspection
function inspect.look(source)
    local function query(sql, ...)
        return source:query(sql, ...)
    end
    local model, findings, jobs = sqlite.read(query), {}, {}
    for i, t in ipairs(model.tables) do
        local wanted = {}
        for k, column in ipairs(t.columns) do
            wanted[k] = { name = column.name, wanted = "candidates" }
        end
        jobs[i] = census_read.job(t, wanted)
    end
    local result = { settings = settings_of(query), tables = {}, virtuals = {}, views = #model.views,
        triggers = #model.triggers, heads = {}, findings = findings, integrity = integrity(query, findings) }
    for i, stats in ipairs(source:census(jobs)) do
        local t = model.tables[i]
        result.tables[i] = table_of(t, stats, query, findings)
        if bookkeeping.is(t.name) then
            result.heads[#result.heads + 1] = heads_of(t, query, findings)
        end
    end
    for _, virtual in ipairs(model.virtuals) do
        if not virtual.carried_as_table then
            result.virtuals[#result.virtuals + 1] = { name = virtual.name, module = virtual.module }
        end
    end
    return result
end

return inspect
