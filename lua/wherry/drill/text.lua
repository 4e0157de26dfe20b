-- drill/text.lua: tables that travel as text, because a column's type has no codec: their rows are compared as the
-- server says the values of such columns, on both sides.
local shallow = require "wherry.shallow"

local text = {}

local TEXT = { oid = 25, name = "text", typmod = -1, display = "text" }

-- What stands for NULL, as the server writes it, in the form in which a text travels.
local function on_null_of(column)
    local given = column.on_null
    return given and shallow.copy(given, { wire = given.text:gsub(".", function(byte)
        return ("%02x"):format(byte:byte())
    end) }) or nil
end

---A load table whose columns without codec are texts, as they stand in the source. It can be read, for what its
---functions emit; its own rows are not the target's.
---@param tbl wherry.LoadTable
---@return wherry.LoadTable
function text.readable(tbl)
    if tbl.binary then
        return tbl
    end
    local made = shallow.copy(tbl, { binary = true, columns = {} })
    for i, column in ipairs(tbl.columns) do
        made.columns[i] = column.codec and column
            or shallow.copy(column, { type = TEXT, codec = true, on_null = on_null_of(column) })
    end
    return made
end

-- The same, the server being asked what it makes of these texts.
local function table_of(tbl)
    local foreign = {}
    for i, column in ipairs(tbl.columns) do
        if not column.codec then
            table.insert(foreign, { field = i, type = column.type.display })
        end
    end
    return shallow.copy(text.readable(tbl), { foreign = foreign })
end

---What a comparison of the table is made with: its plan and its target, the columns without codec being texts.
---@param context wherry.DrillContext
---@param target wherry.DigestTarget with text
---@return wherry.DrillContext
---@return wherry.DigestTarget of the list in it
function text.of(context, target)
    local tables, list, made = table.move(context.resolved.tables, 1, #context.resolved.tables, 1, {}), {}, nil
    for _, load in ipairs(target.loads) do
        if not load.emit and not tables[load.place].binary then
            tables[load.place] = table_of(tables[load.place])
        end
    end
    for i, one in ipairs(context.list) do
        list[i] = one
        if one == target then
            made = shallow.copy(target, { text = false })
            list[i] = made
        end
    end
    return shallow.copy(context, { resolved = shallow.copy(context.resolved, { tables = tables }),
        list = list }), made
end

return text
