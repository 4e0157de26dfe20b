-- batch.lua: some rows of a statement at a time, as a list.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"

local batch = {}

local ROWS = 1000 -- of a batch, where the script says nothing
local BYTES = 16 * 1024 * 1024 -- a batch that has so many is closed, however few its rows are

---@class wherry.Batch a list of rows
local Batch = { __name = "wherry.batch" }
Batch.__index = Batch

---Its rows, one after the other.
---@return fun(): table|nil
function Batch:rows()
    local i = 0
    return function()
        i = i + 1
        return self[i]
    end
end

---The number of rows that the options of batches() ask for.
---@param options { size: integer? }?
---@return integer
function batch.size(options)
    if options ~= nil and type(options) ~= "table" then
        failure.raise("usage", "batches takes a table of options, and parameters behind it, not "
            .. ends.describe(options), "batches(sql, { size = 5000 }, ...)")
    end
    for name in pairs(options or {}) do
        if name ~= "size" then
            failure.raise("usage", ("batches has no option %q"):format(tostring(name)), "its option: size")
        end
    end
    local size = options and options.size or ROWS
    if math.type(size) ~= "integer" or size < 1 then
        failure.raise("usage", "option size of batches is a number of rows, at least 1, not " .. ends.describe(size))
    end
    return size
end

---The next rows of a cursor; nil at the end.
---@param cursor table
---@param row_metatable table
---@param size integer
---@return wherry.Batch|nil
function batch.read(cursor, row_metatable, size)
    local rows, count, bytes = {}, 0, 0
    while count < size and bytes < BYTES do
        local row, length = cursor:next(row_metatable)
        if not row then
            break
        end
        count, bytes = count + 1, bytes + length
        rows[count] = row
    end
    return count > 0 and setmetatable(rows, Batch) or nil
end

return batch
