-- counts.lua: the tables of a run with their counts as text: a line for each, and whether it closes.
local grouped = require "wherry.progress".grouped
local place = require "wherry.place"

local report_counts = {}

local printable = place.printable

local function pad(text, width, right)
    local gap = (" "):rep(width - (utf8.len(text) or #text))
    return right and gap .. text or text .. gap
end

local function filtered_of(entry)
    if type(entry.filtered) ~= "table" then
        return entry.filtered or 0
    end
    local sum = 0
    for _, count in pairs(entry.filtered) do
        sum = sum + count
    end
    return sum
end

---The target's line for a source table. With one source the engine gives both lists in the same order.
---@param result table
---@param entry table of a source's tables
---@param index integer of it
---@return table line empty where there is none
function report_counts.target_for(result, entry, index)
    local targets = result.targets or {}
    if entry.target then
        return entry.target
    elseif #result.sources == 1 and #result.sources[1].tables <= #targets then
        return targets[index]
    end
    for _, candidate in ipairs(targets) do
        local name = candidate.table:match "^[^.]*%.(.*)$" or candidate.table
        if name:lower() == entry.table:lower() then
            return candidate
        end
    end
    return {}
end

-- A source table as it is called where there are several sources.
local function labelled(entry, source, several)
    local prefix = several and source.name .. "." or ""
    return entry.table:sub(1, #prefix) == prefix and entry.table or prefix .. entry.table
end

local columns = {
    { name = "total", always = true }, { name = "excluded", always = true }, { name = "filtered" },
    { name = "rejected" }, { name = "merged" }, { name = "passed", always = true }, { name = "emitted" },
    { name = "inserted", always = true }, { name = "updated" }, { name = "skipped" }, { name = "in target" },
}

-- Whether the targets lie in more than one schema: then a table's name alone does not say which one is meant.
local function has_schemas(result)
    local first
    for _, target in ipairs(result.targets or {}) do
        local schema = target.table:match "^([^.]*)%."
        first = first or schema
        if schema ~= first then
            return true
        end
    end
    return false
end

-- A target table as the summary names it.
local function target_name(name, with_schema)
    return with_schema and name or name:match "^[^.]*%.(.*)$" or name
end

-- What was found of the target tables, by their names.
local function compared_tables(result)
    local found, comparison = {}, result.comparison
    for _, tbl in ipairs(comparison and comparison.tables or {}) do
        found[tbl.table] = tbl
    end
    return found
end

-- Adds what the comparison says of the row's target table.
local function add_compared(row, compared)
    row.state = compared and compared.state
    row["in target"] = compared and compared.rows_target or 0
    row.closes = row.closes and row.state ~= "differs"
    return row
end

local function row_of(result, source, index, with_schema)
    local entry = source.tables[index]
    local to, several = report_counts.target_for(result, entry, index), #result.sources > 1
    local row = { total = entry.total or 0, excluded = entry.excluded or 0, filtered = filtered_of(entry),
        rejected = entry.rejected or 0, merged = entry.merged or 0, passed = entry.passed or 0,
        emitted = to.emitted or 0, inserted = to.inserted or 0, updated = to.updated or 0, skipped = to.skipped or 0,
        seconds = to.seconds or 0 }
    row.closes = row.total == row.excluded + row.filtered + row.rejected + row.merged + row.passed
        and row.passed + row.emitted == row.inserted + row.updated + row.skipped + (to.rejected or 0)
    row.name = printable(labelled(entry, source, several))
    local into = to.table and target_name(to.table, with_schema)
    if into and into ~= entry.table then
        row.name = row.name .. " -> " .. printable(into)
    end
    return row
end

-- A table that got emitted rows alone.
local function emitted_row(target, with_schema)
    local row = { total = 0, excluded = 0, filtered = 0, rejected = 0, merged = 0, passed = 0, updated = 0,
        emitted = target.emitted, inserted = target.inserted, skipped = target.skipped, seconds = 0 }
    row.closes = row.emitted == row.inserted + row.skipped
    row.name = "-> " .. printable(target_name(target.table, with_schema))
    return row
end

local function collect_rows(result)
    local rows, sum = {}, { closes = true, seconds = 0 }
    local with_schema, compared, seen = has_schemas(result), compared_tables(result), {}
    local function add(row, into)
        rows[#rows + 1] = add_compared(row, compared[into])
        sum.closes = sum.closes and row.closes
        sum.seconds = sum.seconds + row.seconds
        for _, column in ipairs(columns) do
            local again = column.name == "in target" and seen[into] -- several sources fill it
            sum[column.name] = (sum[column.name] or 0) + (again and 0 or row[column.name])
        end
        seen[into or row] = true
    end
    for _, source in ipairs(result.sources or {}) do
        for index in ipairs(source.tables or {}) do
            add(row_of(result, source, index, with_schema),
                report_counts.target_for(result, source.tables[index], index).table)
        end
    end
    for _, target in ipairs(rows[1] and result.targets or {}) do
        if target.is_emitted then
            add(emitted_row(target, with_schema), target.table)
        end
    end
    sum.name = ("%d table%s"):format(#rows, #rows == 1 and "" or "s")
    return rows, sum
end

--- Adds the table of counts; columns in which nothing happened are left out. A check mark: every value was compared.
---@param result table
---@param console wherry.Console
---@param lines string[]
function report_counts.add(result, console, lines)
    local rows, sum = collect_rows(result)
    if #rows == 0 then
        lines[#lines + 1] = result.run and result.exit == 0 and "No table is carried: nothing was loaded." or nil
        return
    end
    local shown, widths, name_width = {}, {}, utf8.len(sum.name)
    for _, column in ipairs(columns) do
        if column.always or sum[column.name] > 0 then
            shown[#shown + 1] = column.name
            widths[column.name] = math.max(#column.name, #grouped(sum[column.name]))
        end
    end
    for _, row in ipairs(rows) do
        name_width = math.max(name_width, utf8.len(row.name) or #row.name)
    end
    local function line(mark, name, cell, seconds)
        local parts = { pad(mark, 7), pad(name, name_width) }
        for _, column in ipairs(shown) do
            parts[#parts + 1] = pad(cell(column), widths[column], true)
        end
        parts[#parts + 1] = pad(seconds, 8, true)
        return table.concat(parts, "  ")
    end
    local function counted(row)
        return function(column) return grouped(row[column]) end, ("%.2f"):format(row.seconds)
    end
    lines[#lines + 1] = console:paint("head", line("", "table", function(column) return column end, "seconds"))
    -- A run that stopped has tables that are not complete yet: that is no difference.
    local open = (result.status == "failed" or result.status == "interrupted") and "partial" or "DIFFERS"
    local all_same = true
    for _, row in ipairs(rows) do
        local same = row.state == "same" or row.state == "changed_by_after_load"
        all_same = all_same and same
        local text = line(row.closes and (same and console:mark(true) or "ok") or open, row.name, counted(row))
        lines[#lines + 1] = row.closes and text or console:paint("bad", text)
    end
    lines[#lines + 1] = line(sum.closes and (all_same and console:mark(true) or "ok") or open, sum.name, counted(sum))
end

---Why functions of the script have dropped rows: by tables in their order, the commonest reason first.
---@param result table
---@return { table: string, reason: string, rows: integer }[] list its field rows is their sum
function report_counts.filtered(result)
    local list = { rows = 0 }
    for _, source in ipairs(result.sources or {}) do
        for _, entry in ipairs(source.tables or {}) do
            local own = {}
            for reason, count in pairs(type(entry.filtered) == "table" and entry.filtered or {}) do
                own[#own + 1] = { table = labelled(entry, source, #result.sources > 1), reason = reason, rows = count }
            end
            table.sort(own, function(a, b)
                return a.rows > b.rows or a.rows == b.rows and a.reason < b.reason
            end)
            table.move(own, 1, #own, #list + 1, list)
            list.rows = list.rows + filtered_of(entry)
        end
    end
    return list
end

return report_counts
