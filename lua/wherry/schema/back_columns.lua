-- Columns on the way back from PostgreSQL: declared type, default, generated expression, and the conditions of their
-- types and domains.
local back = require "wherry.expr.back"
local back_refused = require "wherry.schema.back_refused"
local literal = require "wherry.expr.sqlite.name"
local pg_parse = require "wherry.expr.pg_parse"
local receipts = require "wherry.schema.back_receipts"
local sqlite_types = require "wherry.schema.sqlite_types"

local back_columns = {}

---The surroundings of an expression of a table.
---@param work wherry.BackTranslation
---@param entry wherry.BackTable
---@param use "check"|"default"|"generated"|"index"
---@param value wherry.BackColumn? what VALUE means
---@return wherry.BackOptions
function back_columns.options(work, entry, use, value)
    return {
        use = use, settings = work.settings, enums = work.enums, value = value, runtime = work.runtime,
        column = function(name)
            local found = entry.column[name]
            return found and { name = found.target.name, kind = found.type.kind } or nil
        end,
    }
end

---Parses an expression of the catalog and translates it.
---@param sql string
---@param make fun(node: table): wherry.BackPrinted?, string?
---@return wherry.BackPrinted?
---@return string? reason
function back_columns.translate_text(sql, make)
    local node, message = pg_parse.expression(sql)
    if not node then
        return nil, "not understood: " .. message
    end
    return make(node)
end

---Whether a default asks a sequence for its next value.
---@param column wherry.Column
---@return boolean
function back_columns.is_numbered(column)
    if column.identity then
        return true
    end
    local node = column.default and not column.generated and pg_parse.expression(column.default)
    return node ~= nil and node ~= false and node.t == "function" and node.name == "nextval"
end

local function name_of(entry, column)
    return entry.source.name .. "." .. column.name
end

local function column_receipt(work, entry, column, kind, printed, note)
    receipts.add(work, { kind = kind, name = name_of(entry, column), table = entry.source.name, column = column.name,
        outcome = printed and printed.outcome or "not_carried",
        note = note or (printed and receipts.notes(printed.notes)) or nil })
end

-- The default of a column, as SQL; nil for none.
local function default_of(work, entry, column, type)
    local sql = column.default or column.type.domain_default
    if column.generated or entry.numbered == column.name then
        return nil
    elseif back_columns.is_numbered(column) then
        column_receipt(work, entry, column, "default", nil,
            "SQLite numbers rows by a single INTEGER PRIMARY KEY only: the application has to give the value")
        return nil
    elseif not sql then
        return nil
    end
    local printed, reason = back_columns.translate_text(sql, function(node)
        return back.assign(node, back_columns.options(work, entry, "default"), type.kind)
    end)
    column_receipt(work, entry, column, "default", printed,
        reason and ("DEFAULT %s: %s"):format(receipts.one_line(sql), reason))
    return printed and not printed.null and printed.sql or nil
end

local function domain_checks(work, entry, column, target, type)
    for _, check in ipairs(column.type.domain_checks or {}) do
        local value = { name = target.name, kind = type.kind }
        local printed, reason = back_columns.translate_text(check.expression, function(node)
            return back.condition(node, back_columns.options(work, entry, "check", value))
        end)
        local refused = printed and back_refused.reason(work, entry, printed.sql)
        if refused then
            printed, reason = nil, refused
        elseif printed then
            table.insert(target.checks, printed.sql)
        end
        receipts.add(work, { kind = "check", name = ("%s of %s"):format(check.name, name_of(entry, column)),
            table = entry.source.name, column = column.name, outcome = printed and printed.outcome or "not_carried",
            note = reason and ("CHECK %s: %s"):format(receipts.one_line(check.expression), reason)
                or receipts.notes(printed.notes, ("of the domain %s"):format(column.type.domain)) })
    end
end

-- The conditions that a column's type stands for.
local function type_checks(work, entry, column, list)
    local kept = {}
    for _, sql in ipairs(list) do
        local refused = back_refused.reason(work, entry, sql)
        kept[#kept + 1] = not refused and sql or nil
        if refused then
            receipts.add(work, { kind = "check", name = name_of(entry, column), table = entry.source.name,
                column = column.name, outcome = "not_carried",
                note = ("CHECK (%s): %s"):format(receipts.one_line(sql), refused) })
        end
    end
    return kept
end

---Makes a column of a table, without what needs the other columns.
---@param work wherry.BackTranslation
---@param entry wherry.BackTable
---@param column wherry.Column
---@param name string in SQLite
---@param name_note string?
---@param known wherry.KnownColumn?
function back_columns.add(work, entry, column, name, name_note, known)
    local type = sqlite_types.choose(column, literal.column { t = "column", name = name }, work.settings)
    if known and known.declared then
        sqlite_types.as_known(type, known)
    end
    local target = { name = name, declared = type.declared, not_null = column.not_null, collation = type.collation,
        checks = type_checks(work, entry, column, type.checks), comment = column.comment }
    local notes = { name_note }
    notes[#notes + 1] = type.note and ("%s: %s"):format(column.type.display, type.note)
    if column.identity == "a" then
        notes[#notes + 1] = "GENERATED ALWAYS is not carried: a given value is taken"
    end
    if #notes > 0 then
        receipts.add(work, { kind = "column", name = name_of(entry, column), table = entry.source.name,
            column = column.name, outcome = "changed", note = receipts.notes(notes) })
    end
    if type.range or type.form then
        table.insert(type.range and entry.ranges or entry.forms, type.range or type.form)
    end
    table.insert(entry.target.columns, target)
    entry.column[column.name] = { source = column, target = target, type = type }
end

local function generated(work, entry, column, target, type)
    local printed, reason = back_columns.translate_text(column.expression, function(node)
        return back.assign(node, back_columns.options(work, entry, "generated"), type.kind)
    end)
    if printed and printed.may_differ then
        printed, reason = nil, "SQLite's values would not be these: " .. table.concat(printed.notes, "; ")
    end
    local key = entry.source.primary_key
    for _, name in ipairs(key and key.columns or {}) do
        if name == column.name then
            printed, reason = nil, "SQLite has no generated column in a primary key"
        end
    end
    if printed then
        target.generated, target.expression = "stored", printed.sql
    end
    column_receipt(work, entry, column, "generated column", printed,
        reason and ("a plain column with its values; GENERATED ALWAYS AS %s: %s"):format(
            receipts.one_line(column.expression), reason))
end

---Completes the columns of a table, all of which are there: defaults, generated expressions, conditions of domains.
---@param work wherry.BackTranslation
---@param entry wherry.BackTable
function back_columns.complete(work, entry)
    for _, column in ipairs(entry.source.columns) do
        local found = entry.column[column.name]
        if column.generated and column.expression then
            generated(work, entry, column, found.target, found.type)
        end
        found.target.default = default_of(work, entry, column, found.type)
        domain_checks(work, entry, column, found.target, found.type)
        if column.comment then
            local lines = column.comment:find("[\r\n]")
            receipts.add(work, { kind = "comment", name = name_of(entry, column), table = entry.source.name,
                column = column.name, outcome = lines and "changed" or "exact",
                note = lines and "in one line" or nil })
        end
    end
end

return back_columns
