-- comparison_document.lua: what a comparison of both sides has found, for the document of --json.
local json = require "wherry.json"

local comparison_document = {}

local each, or_null = json.each, json.or_null

-- A value of a row: a text as it is, cut where it is long.
local function side_of(side)
    if side and side.hex then
        return { class = side.class, hex = side.hex }
    end
    return side and json.displayed(side.text or side[2], side.class or side[1]) or json.null
end

local function column_of(column)
    return { column = column.column, source = side_of(column.source), target = side_of(column.target),
        byte = or_null(column.byte) }
end

local function difference_of(one)
    return { kind = one.kind, key = or_null(one.key), row = or_null(one.row), copies = one.copies or 1,
        note = or_null(one.note), columns = each(one.columns, column_of) }
end

local function table_of(tbl)
    return { table = tbl.table, sources = each(tbl.source, function(name) return name end), state = tbl.state,
        note = or_null(tbl.note), rows_source = or_null(tbl.rows_source), rows_target = or_null(tbl.rows_target),
        missing = or_null(tbl.missing), extra = or_null(tbl.extra), different = or_null(tbl.different),
        buckets = or_null(tbl.buckets), differences = each(tbl.differences, difference_of), more = tbl.more or 0 }
end

local function left_out_of(one)
    return { table = one.table, column = or_null(one.column), why = one.why }
end

local function entry_of(one)
    return { table = one.table, column = or_null(one.column), what = one.what, of = or_null(one.of),
        sqlite = one.sqlite, pg = one.pg, same = one.same }
end

local function witness_of(found)
    return found and { state = found.state, tables = found.tables, columns = found.columns,
        differences = each(found.differences, entry_of), list = each(found.list, entry_of),
        left_out = each(found.left_out, left_out_of) } or json.null
end

local function audit_of(one)
    return { kind = one.kind, table = or_null(one.table), name = or_null(one.name), passed = one.passed,
        note = one.note == true, detail = or_null(one.detail), hint = or_null(one.hint) }
end

---@param comparison table|nil
---@return any null where nothing was to be compared
function comparison_document.of(comparison)
    return comparison and { basis = comparison.basis, state = comparison.state, note = or_null(comparison.note),
        sample = or_null(comparison.sample), tables = each(comparison.tables, table_of),
        left_out = each(comparison.left_out, left_out_of), witness = witness_of(comparison.witness),
        audit = each(comparison.audit, audit_of),
        seconds = math.floor((comparison.seconds or 0) * 1000 + 0.5) / 1000 } or json.null
end

return comparison_document
