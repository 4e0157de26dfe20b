-- An expression of SQLite as PostgreSQL's SQL text, with what is not the same about it.
local attempt = require "wherry.expr.attempt"
local Printer = require "wherry.expr.pg.printer"

local pg = {}

---@class wherry.Printed
---@field sql string
---@field kind string integer, real, text, blob, boolean, number, mixed, json, uuid, time, null
---@field outcome "exact"|"changed" exact: the same result for every value that the columns can hold
---@field notes string[] what differs; empty when it is exact
---@field functions table<string, boolean> runtime functions that it calls
---@field volatility "immutable"|"stable"|"volatile"
---@field collated boolean? of pg.value: a text under COLLATE "C" already
---@field not_null boolean? of pg.value: never NULL

---@class wherry.PrintOptions
---@field scope wherry.Scope where columns are found
---@field use "check"|"default"|"generated"|"index"|"view"|"trigger" what the expression is for
---@field schema string of the runtime functions
---@field catalog table? of the tables and views that a subquery may name

local function run(options, print)
    return attempt(print, Printer.new(options))
end

local function finished(printer, sql, kind)
    printer:check_volatility()
    return {
        sql = sql, kind = kind, outcome = #printer.notes > 0 and "changed" or "exact", notes = printer.notes,
        functions = printer.functions, volatility = printer:current_volatility(),
    }
end

---A condition: true exactly when SQLite takes the value as true; NULL stays NULL.
---@param node wherry.Node
---@param options wherry.PrintOptions
---@return wherry.Printed? printed
---@return string? reason why it is not carried
function pg.condition(node, options)
    return run(options, function(p)
        return finished(p, p:condition(p:print(node)).sql, "boolean")
    end)
end

---A value of any kind; a truth value is PostgreSQL's boolean.
---@param node wherry.Node
---@param options wherry.PrintOptions
---@return wherry.Printed? printed
---@return string? reason
function pg.value(node, options)
    return run(options, function(p)
        local term = p:plain(p:print(node))
        local printed = finished(p, p:shown(term), term.kind)
        printed.collated, printed.not_null = term.collated == true, term.nullable == false
        return printed
    end)
end

---The value as it is stored in a column: by SQLite's affinity, then in the created type.
---@param node wherry.Node
---@param options wherry.PrintOptions
---@param column wherry.CreatedColumn
---@return wherry.Printed? printed
---@return string? reason
function pg.assign(node, options, column)
    return run(options, function(p)
        local term = p:assign(p:print(node), column)
        return finished(p, term.sql, term.kind)
    end)
end

---A SELECT.
---@param select wherry.Select
---@param options wherry.PrintOptions
---@return wherry.Printed? printed with `columns`
---@return string? reason
function pg.select(select, options)
    return run(options, function(p)
        local printed = p:select(select)
        local result = finished(p, printed.sql, nil)
        result.columns = printed.columns
        return result
    end)
end

return pg
