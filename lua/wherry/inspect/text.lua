-- inspect/text.lua: an inspection as text and as the document of --json.
local columns = require "wherry.inspect.columns"
local document = require "wherry.report.document"
local grouped = require "wherry.progress".grouped
local json = require "wherry.json"
local place = require "wherry.place"

local text = {}

local WIDEST_NAME, WIDEST_TYPE = 28, 16

local function padded(value, width)
    return value .. (" "):rep(width - (utf8.len(value) or #value))
end

local function width_of(list, field, most)
    local widest = 0
    for _, entry in ipairs(list) do
        local shown = place.printable(entry[field] or "")
        widest = math.max(widest, utf8.len(shown) or #shown)
    end
    return math.min(widest, most)
end

local function plural(count, one, many)
    return ("%s %s"):format(grouped(count), count == 1 and one or many or one .. "s")
end

local function heading(lines, inspection, source)
    local settings = inspection.settings
    lines[1] = ("%s: %s bytes, %s of %s, %s, journal mode %s, user_version %d, application_id %d"):format(
        place.printable(source.path), grouped(source.bytes), plural(settings.page_count, "page"),
        grouped(settings.page_size), settings.encoding, settings.journal_mode, settings.user_version,
        settings.application_id)
    local virtual = {}
    for i, one in ipairs(inspection.virtuals) do
        virtual[i] = place.printable(("%s (%s)"):format(one.name, one.module))
    end
    lines[2] = ("%s, %s, %s%s"):format(plural(#inspection.tables, "table"), plural(inspection.views, "view"),
        plural(inspection.triggers, "trigger"), virtual[1] and ("; virtual: " .. table.concat(virtual, ", ")) or "")
    lines[3] = "integrity_check: " .. place.printable(table.concat(inspection.integrity, "; "))
    for _, one in ipairs(inspection.heads) do
        lines[#lines + 1] = ("%s: %s"):format(place.printable(one.table), one.heads[1]
            and place.printable(table.concat(one.heads, ", ")) or "no migration")
    end
end

local function table_lines(lines, t)
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("%s: %s, key %s%s"):format(place.printable(t.name), plural(t.rows, "record"),
        place.printable(t.key), t.virtual and (", virtual (%s)"):format(place.printable(t.virtual)) or "")
    local name_width = width_of(t.columns, "name", WIDEST_NAME)
    local type_width = width_of(t.columns, "declared", WIDEST_TYPE)
    for _, column in ipairs(t.rows > 0 and t.columns or {}) do
        local notes = {}
        if column.mixed then
            notes[#notes + 1] = "not what the column declares"
        end
        if column.folded and column.folded > 0 then
            notes[#notes + 1] = ("%s the same under NOCASE"):format(plural(column.folded, "value is",
                "values are"))
        end
        lines[#lines + 1] = ("  %s  %s  %s%s"):format(padded(place.printable(column.name), name_width),
            padded(place.printable(column.declared or ""), type_width), place.printable(columns.text(column.stats)),
            notes[1] and "  -- " .. table.concat(notes, "; ") or "")
    end
end

---@param inspection wherry.Inspection
---@param source { path: string, bytes: integer }
---@return string
function text.full(inspection, source)
    local lines = {}
    heading(lines, inspection, source)
    for _, t in ipairs(inspection.tables) do
        table_lines(lines, t)
    end
    if inspection.findings[1] then
        lines[#lines + 1] = ""
        lines[#lines + 1] = ("Findings (%d)"):format(#inspection.findings)
        for _, finding in ipairs(inspection.findings) do
            local where = place.of { table = finding.table, column = finding.column }
            lines[#lines + 1] = ("  %s%s"):format(where ~= "" and where .. ": " or "", place.printable(finding.reason))
            lines[#lines + 1] = finding.hint and "      " .. finding.hint or nil
        end
    end
    return table.concat(lines, "\n") .. "\n"
end

---@param inspection wherry.Inspection
---@param source { path: string, bytes: integer, fingerprint: string, taken: integer? }
---@return table
function text.document(inspection, source)
    local settings = inspection.settings
    return {
        schema = 1, command = "inspect", status = inspection.findings[1] and "findings" or "clean",
        source = { path = json.utf8(source.path), bytes = source.bytes, fingerprint = source.fingerprint,
            as_of = document.as_of(source.taken), page_size = settings.page_size, page_count = settings.page_count,
            encoding = settings.encoding, journal_mode = settings.journal_mode,
            user_version = settings.user_version, application_id = settings.application_id },
        integrity = json.each(inspection.integrity, function(line) return line end),
        views = inspection.views, triggers = inspection.triggers,
        heads = json.each(inspection.heads, function(one)
            return { table = json.utf8(one.table), heads = json.each(one.heads, json.utf8) }
        end),
        tables = json.each(inspection.tables, function(t)
            return { name = json.utf8(t.name), rows = t.rows, key = json.utf8(t.key),
                columns = json.each(t.columns, function(column)
                    local out = columns.document(column)
                    out.same_under_nocase = column.folded or 0
                    return out
                end) }
        end),
        virtuals = json.each(inspection.virtuals, function(one)
            return { name = json.utf8(one.name), module = json.utf8(one.module) }
        end),
        findings = json.each(inspection.findings, function(finding)
            return { code = finding.code, table = finding.table and json.utf8(finding.table) or json.null,
                column = finding.column and json.utf8(finding.column) or json.null,
                key = finding.key and json.utf8(finding.key) or json.null, reason = json.utf8(finding.reason),
                hint = finding.hint or json.null }
        end),
        error = json.null,
    }
end

return text
