-- meta.lua: the functions of `check` for the Lua language server, as wherry.meta has all other public names. Never
-- loaded.
---@meta wherry.verify
-- luacheck: ignore 212 241

---What verify is given first. Each function adds a line to the report, and gives whether the check has passed; nothing
---of them raises for what differs. See wherry help verification.
---@class wherry.Checks
local check = {}

---Passes when the condition is neither nil nor false.
---@param name string
---@param condition any
---@param detail? any told on the line
---@return boolean passed
function check.ok(name, condition, detail) end

---Passes when both are the same number, the same text, or both nil. Where one is a number, a decimal text counts
---by its value: numeric of PostgreSQL comes as a text.
---@param name string
---@param a nil|boolean|number|string
---@param b nil|boolean|number|string
---@return boolean passed
function check.equal(name, a, b) end

---@class wherry.Within either of the two is enough
---@field absolute? number
---@field relative? number a share of the larger one

---Passes when both are numbers that are near each other.
---@param name string
---@param a number|string
---@param b number|string
---@param within wherry.Within
---@return boolean passed
function check.within(name, a, b, within) end

---Counts the source's rows under the plan, and the target's.
---@param table_name? string all tables of the plan without it
---@return boolean passed
function check.counts(table_name) end

---@class wherry.Query
---@field [1] string the check's name
---@field sqlite string
---@field pg string
---@field same? "rows"|"value"|"set" "rows" without it: all rows in their order; "set": in any order; "value": the first
---value
---@field within? wherry.Within how far numbers may be apart
---@field p95? number milliseconds that PostgreSQL may take for 95 of 100 runs; sqlite may be left out with it
---@field runs? integer how often it is timed: 20 with p95, else once
---@field secret? boolean true: no value is told, only where one differs
---@field from? string the source, where there are several

---Runs a query on both sides, compares what they give, and times it.
---@param query wherry.Query
---@return boolean passed
function check.query(query) end

---Asks a function about each row of a query.
---@param name string
---@param sql string
---@param holds fun(row: table): boolean, any true, or false and why
---@param handle? wherry.Handle src or dst; dst without it
---@return boolean passed
function check.rows(name, sql, holds, handle) end

---No row of the loaded tables refers to nothing, and none of their foreign keys is NOT VALID.
---@return boolean passed
function check.foreign_keys() end

---The next value of each sequence of the loaded tables is free.
---@return boolean passed
function check.sequences() end

---The column holds JSON alone, no NULL has become JSON's null, and nothing is encoded twice.
---@param table_name? string all columns json and jsonb of the loaded tables without it
---@param column? string the target's
---@return boolean passed
function check.json(table_name, column) end

---The column holds no NULL.
---@param table_name string
---@param column string the target's
---@return boolean passed
function check.not_null(table_name, column) end

---alembic_version of the target holds this head, and no other.
---@param head string|string[] several, where the project has branches
---@return boolean passed
function check.alembic(head) end

return check
