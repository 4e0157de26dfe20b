-- Prints trees back as SQLite's SQL, so that parsing the text gives the same tree.
local expression = require "wherry.expr.sqlite.expression"
local name = require "wherry.expr.sqlite.name"
local select = require "wherry.expr.sqlite.select"
local statement = require "wherry.expr.sqlite.statement"

local sqlite = {
    ---@type fun(node: table): string
    expression = expression.print,
    ---@type fun(node: table): string
    select = select.print,
    ---A SELECT, INSERT, UPDATE, DELETE, or a CREATE statement.
    ---@type fun(node: table): string
    statement = statement.print,
    ---A name, quoted where it must be.
    ---@type fun(name: string): string
    name = name.quote,
}

return sqlite
