-- back/unread.lua: rows of a file that no codec reads back, as those with dates before Christ: their cells have to be
-- those that PostgreSQL's rows of the same kind become.
local drill = require "wherry.drill"
local target_rows = require "wherry.drill.target"

local unread = {}

---@class wherry.UnreadRows
---@field file integer rows of the file that can't be read back
---@field held integer rows of PostgreSQL that could not be read back from a file
---@field sums userdata[] core.digest of the cells of both
---@field is_same boolean

---Compares both sides' rows that can't be read back. PostgreSQL's are read only where the file has such rows.
---@param context wherry.DrillContext
---@param target wherry.DigestTarget
---@param made_of wherry.BackLoadTable
---@param tbl wherry.LoadTable of the file
---@param reading wherry.SourceReading with unfit_sum
---@return wherry.UnreadRows|nil nil: the file has none
function unread.compare(context, target, made_of, tbl, reading)
    if reading.unfit == 0 then
        return nil
    end
    local held = target_rows.unread(context, target, made_of, tbl)
    return { file = reading.unfit, held = (held:total()), sums = { reading.unfit_sum, held },
        is_same = #reading.unfit_sum:compare(held) == 0 }
end

local function rows_of(count)
    return ("%d row%s"):format(count, count == 1 and "" or "s")
end

-- The file has a row of its own among those.
local function add_first(line, rows, found)
    line.note = ("%s of the file can't be read back, and %s of PostgreSQL; they are not the same"):format(
        rows_of(rows.file), rows_of(rows.held))
    if not found.unfit_why then
        return
    end
    local value = found.unfit_value and (", the value is '%s'"):format(found.unfit_value) or ""
    line.extra = line.extra + math.max(rows.file - rows.held, 1)
    line.note = ("%s; one of the file is %s: %s%s"):format(line.note, found.unfit_key, found.unfit_why, value)
    table.insert(line.differences, 1, { kind = "extra", row = found.unfit_key, note = found.unfit_why .. value,
        columns = {} })
end

---What the rows of a table say, those that can't be read back among them: PostgreSQL's are nowhere in what was read of
---the file, and so are not missing as long as the file has as many.
---@param line wherry.ComparedTable is completed
---@param rows wherry.UnreadRows
---@param found wherry.DrillTable
---@param reading wherry.SourceReading
function unread.judge(line, rows, found, reading)
    local missing = math.max(found.missing - math.min(rows.file, rows.held), 0)
    if rows.is_same then
        line.unread = rows.file
        line.note = ("%s can't be read back, compared as stored: %s"):format(rows_of(rows.file),
            reading.unfit_why)
        if missing + found.extra + found.different == 0 then
            line.state = "same"
            return
        end
    end
    line.missing, line.extra, line.different, line.differences = missing, found.extra, found.different, {}
    for _, one in ipairs(found.differences) do
        -- Nobody knows of a missing row whether it is one of those that can't be read.
        line.differences[#line.differences + 1] = one.kind ~= "missing" and one or nil
    end
    if not rows.is_same then
        add_first(line, rows, found)
    end
    line.more = drill.more(line)
end

return unread
