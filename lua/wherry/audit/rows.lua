-- audit/rows.lua: what the rows of the target have to keep whatever its catalog says: every foreign key finds its row,
-- sequences stand behind the data, documents are documents.
local core = require "wherry.core"
local failure = require "wherry.failure"
local keys_of = require "wherry.verify.catalog"
local load_table = require "wherry.resolve.load_table"
local names = require "wherry.names"
local progress = require "wherry.progress"
local reasons = require "wherry.witness.reasons"
local sequences = require "wherry.engine.sequences"

local rows = {}

local grouped = progress.grouped

local function integer(value)
    return math.tointeger(tonumber(value)) or 0
end

-- What an act gives; what the role may not look at is a note. `seen`: whether it could be.
local function permitted(context, entry, act, ...)
    local ok, found = pcall(act, ...)
    if not ok and failure.is(found) and found.sqlstate == "42501" then
        entry.passed, entry.note, entry.detail = true, true, "not looked at: " .. found.message
        context.add(entry)
        return nil, false
    elseif not ok then
        error(found, 0)
    end
    return found, true
end

-- Each foreign key, also one that is NOT VALID or disabled, is tried by its rows.
local function check_foreign_keys(context, tables)
    local keys = context.query(keys_of.KEYS, { names.array_pg(tables) })
    local broken, looked = 0, 0
    for _, key in ipairs(keys) do
        local sql, columns = keys_of.orphans_sql(key)
        local found, seen = permitted(context, { kind = "orphans", table = key.child, name = key.name },
            context.query, sql, {})
        local row = found and found[1]
        looked = looked + (seen and 1 or 0)
        if row and integer(row.n) > 0 then
            broken = broken + 1
            context.add { kind = "orphans", table = key.child, name = key.name, passed = false,
                detail = ("(%s) to %s: %s"):format(table.concat(columns, ", "), key.parent,
                    keys_of.orphans_text(integer(row.n), row.first)),
                hint = "load what they refer to, or take the rows away" }
        end
    end
    if broken == 0 and looked > 0 then
        context.add { kind = "orphans", name = "foreign keys", passed = true,
            detail = ("%d foreign key%s, no row that refers to nothing"):format(looked, looked == 1 and "" or "s") }
    end
end

local function check_sequences(context, found)
    local session, count, bad = { query = function(_, sql, parameters)
        return context.query(sql, parameters)
    end }, 0, 0
    for _, tbl in ipairs(context.tables) do
        local there = found[tbl.target_sql]
        for _, entry in ipairs(there and tbl.sequences or {}) do
            local problem, seen = nil, true
            if there.columns[entry.column] then
                problem, seen = permitted(context, { kind = "sequence", table = tbl.target_sql, name = entry.column },
                    sequences.problem, session, tbl, entry)
            end
            count = count + (seen and 1 or 0)
            if problem then
                bad = bad + 1
                context.add { kind = "sequence", table = tbl.target_sql, name = entry.column, passed = false,
                    detail = problem, hint = "the next row that is inserted would be refused: set the sequence behind "
                        .. "the data (setval)" }
            end
        end
    end
    if bad == 0 and count > 0 then
        context.add { kind = "sequence", name = "sequences", passed = true,
            detail = ("%d sequence%s, the next values are free"):format(count, count == 1 and "" or "s") }
    end
end

-- --- documents ---

local TYPEOF = { json = "json_typeof", jsonb = "jsonb_typeof" }

-- Documents that a careless conversion makes, by the SQL that finds them.
local FAULTS = {
    { of = "null", text = "%s row%s a JSON null, where the source has %s", sql = "%s(%s) = 'null'" },
    { of = "string", text = "%s row%s JSON that is encoded twice, where the source has %s",
        sql = [[CASE %s(%s) WHEN 'string' THEN (%s #>> '{}') ~ '^\s*[\[{"].*[\]}"]\s*$' END]] },
}

-- How many documents of the source are a null, or a string that is itself a document: those arrive as they are.
local function of_source(context, tbl, column)
    local counts, cell = { null = 0, string = 0 }, names.quote_sqlite(column.source)
    for _, row in ipairs(context.source_query(([[SELECT %s AS cell FROM %s WHERE typeof(%s) = 'text'
            AND ltrim(%s, char(9, 10, 13, 32)) GLOB '["n]*']]):format(cell, tbl.count_sql:match "FROM%s+(.*)$", cell,
        cell), tbl.from or "main")) do
        local ok, document = pcall(core.json.decode, row.cell)
        local kind = ok and (document == core.json.null and "null" or type(document) == "string"
            and document:find '^%s*[%[{"].*[%]}"]%s*$' and "string") or nil
        if kind then
            counts[kind] = counts[kind] + 1
        end
    end
    return counts
end

local function check_document(context, tbl, column, type_name)
    local own, count_of, allowed = names.quote_pg(column.target), TYPEOF[type_name], nil
    local cells = {}
    for i, fault in ipairs(FAULTS) do
        cells[i] = ("count(*) FILTER (WHERE " .. fault.sql .. ") AS %s"):format(count_of, own, i == 1 and fault.of
            or own, i > 1 and fault.of or nil)
    end
    local row = context.query(("SELECT %s FROM %s"):format(table.concat(cells, ", "), tbl.rows_sql
        or tbl.target_sql), {})[1]
    local fine = true
    for _, fault in ipairs(FAULTS) do
        local count = integer(row[fault.of])
        if count > 0 then
            allowed = allowed or of_source(context, tbl, column)
            if count > allowed[fault.of] then
                fine = false
                context.add { kind = "json", table = tbl.target_sql, name = column.target, passed = false,
                    detail = fault.text:format(grouped(count), count == 1 and " has" or "s have",
                        grouped(allowed[fault.of])) }
            end
        end
    end
    return fine
end

local MOST_SHOWN = 60 -- bytes of a text that is no document

-- A text that the source declares JSON is JSON. Read by pages: nothing grows with the table.
local function check_text(context, tbl, column)
    local bad, first, count = 0, nil, 0
    context.each(("SELECT %s::text AS cell FROM %s WHERE %s IS NOT NULL"):format(names.quote_pg(column.target),
        tbl.rows_sql or tbl.target_sql, names.quote_pg(column.target)), function(row)
        count = count + 1
        local ok = pcall(core.json.decode, row.cell)
        if not ok then
            bad, first = bad + 1, first or row.cell
        end
    end)
    if bad > 0 then
        context.add { kind = "json", table = tbl.target_sql, name = column.target, passed = true, note = true,
            detail = ("declared %s in the source, and %s of %s texts are no JSON, the first %q: they are as the "
                .. "source has them"):format(column.declared, grouped(bad), grouped(count), #first > MOST_SHOWN
                and first:sub(1, MOST_SHOWN) .. "..." or first) }
    end
end

-- Documents that stand for a value of the source each: of others the source says nothing.
local function is_plain(context, tbl, column)
    return not column.sql and not column.on_null and load_table.comes_back(column)
        and not reasons.of_column(tbl, column, context.witnessed)
end

local function check_documents(context, found)
    local loads, emitted, count = {}, reasons.emitted(context.resolved), 0
    for _, tbl in ipairs(context.tables) do
        loads[tbl.target_sql] = (loads[tbl.target_sql] or 0) + 1
    end
    for _, tbl in ipairs(context.tables) do
        local there = found[tbl.target_sql]
        local skip = not there or loads[tbl.target_sql] > 1 or not tbl.count_sql
            or reasons.of_table(tbl.target_sql, { tbl }, emitted, context.witnessed)
        for _, column in ipairs(skip and {} or tbl.columns) do
            local now = there.columns[column.target]
            if now and TYPEOF[now.type_name] and is_plain(context, tbl, column) then
                count = check_document(context, tbl, column, now.type_name) and count + 1 or count
            elseif now and (now.type_name == "text" or now.type_name == "varchar") and column.declared
                and column.declared:upper():find "JSON" and is_plain(context, tbl, column) and context.each then
                check_text(context, tbl, column)
            end
        end
    end
    if count > 0 then
        context.add { kind = "json", name = "documents", passed = true, detail = ("%d column%s of JSON: no NULL became "
            .. "a JSON null, nothing is encoded twice"):format(count, count == 1 and "" or "s") }
    end
end

---Entries for the rows of the tables that are there.
---@param context wherry.AuditContext
---@param found table<string, wherry.AuditTable>
function rows.check(context, found)
    local tables, seen = {}, {}
    for _, tbl in ipairs(context.tables) do
        tables[#tables + 1] = found[tbl.target_sql] and not seen[tbl.target_sql] and tbl.target_sql or nil
        seen[tbl.target_sql] = true
    end
    check_foreign_keys(context, tables)
    check_sequences(context, found)
    if context.source_query then
        check_documents(context, found)
    end
end

return rows
