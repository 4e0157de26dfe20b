-- comparison_document.lua: what a comparison of both sides has found, for the document of --json.
local json = require "wherry.json"

local comparison_document = {}

local each, or_null = json.each, json.or_null

-- A value of a row as it is shown: cut and escaped already.
local function side_of(side)
    return side and json.displayed(side.text or side[2], side.class or side[1]) or json.null
end

local function column_of(column)
    return { column = column.column, source = side_of(column.source), target = side_of(column.target) }
end

local function difference_of(one)
    return { kind = one.kind, key = or_null(one.key), columns = each(one.columns, column_of) }
end

local function table_of(tbl)
    return { table = tbl.table, sources = each(tbl.source, function(name) return name end), state = tbl.state,
        note = or_null(tbl.note), rows_source = or_null(tbl.rows_source), rows_target = or_null(tbl.rows_target),
        missing = or_null(tbl.missing), extra = or_null(tbl.extra), different = or_null(tbl.different),
        buckets = or_null(tbl.buckets), differences = each(tbl.differences, difference_of), more = tbl.more or 0 }
end

local function witness_of(one)
    return { table = one.table, column = or_null(one.column), what = one.what, source = or_null(one.source),
        target = or_null(one.target), passed = one.passed, note = or_null(one.note) }
end

local function audit_of(one)
    return { kind = one.kind, table = or_null(one.table), name = or_null(one.name), passed = one.passed,
        detail = or_null(one.detail), hint = or_null(one.hint) }
end

---@param comparison table|nil
---@return any null where nothing was to be compared
function comparison_document.of(comparison)
    return comparison and { basis = comparison.basis, state = comparison.state, note = or_null(comparison.note),
        sample = or_null(comparison.sample), tables = each(comparison.tables, table_of),
        witness = each(comparison.witness, witness_of), audit = each(comparison.audit, audit_of),
        seconds = math.floor((comparison.seconds or 0) * 1000 + 0.5) / 1000 } or json.null
end

return comparison_document
