-- predicate.lua: check.rows: a condition of the script over the rows of a statement.
local failure = require "wherry.failure"
local stream = require "wherry.verify.stream"
local value = require "wherry.verify.value"

local predicate = {}

local SHOWN = 5 -- rows that are named

---Asks the function about each row: true, or false and why.
---@param context wherry.VerifyContext
---@param name string
---@param sql string
---@param holds fun(row: table): boolean, any
---@param handle wherry.Handle|nil whose rows; nil: the target's
---@return wherry.CheckOutcome
function predicate.rows(context, name, sql, holds, handle)
    if type(name) ~= "string" or type(sql) ~= "string" or type(holds) ~= "function" then
        failure.raise("usage", "check.rows takes a name, a query and a function of a row",
            'check.rows("no blank titles", "select id, title from notes", function(row) return row.title ~= "" end)')
    elseif handle ~= nil and not (type(handle) == "table" and handle.cursor) then
        failure.raise("usage", "the fourth argument of check.rows is src or dst")
    end
    local rows <close> = stream.open(handle or context.target, sql)
    local count, bad = 0, {}
    for row in function() return rows:next() end do
        local ok, why = holds(row)
        if ok ~= true and ok ~= false and ok ~= nil then
            failure.raise("usage", ("the function of check.rows gives true or false, not a %s"):format(type(ok)))
        elseif not ok then
            count = count + 1
            if count <= SHOWN then
                bad[count] = ("row %d %s%s"):format(rows.rows, value.shown_row(rows.columns, row),
                    why ~= nil and ": " .. tostring(why) or "")
            end
        end
    end
    if count == 0 then
        return { name = name, passed = true, detail = ("%d row%s"):format(rows.rows, rows.rows == 1 and "" or "s") }
    end
    return { name = name, passed = false, detail = ("it does not hold for %d of %d rows"):format(count, rows.rows),
        differences = bad }
end

return predicate
