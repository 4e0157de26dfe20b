-- drill/text.lua: tables that travel as text, because a column's type has no codec: their rows are compared as the
-- server says the values of such columns, on both sides.
local names = require "wherry.names"
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

-- A load table whose columns without codec are texts.
local function table_of(tbl)
    local made = shallow.copy(tbl, { binary = true, columns = {}, foreign = {} })
    for i, column in ipairs(tbl.columns) do
        made.columns[i] = column
        if not column.codec then
            made.columns[i] = shallow.copy(column, { type = TEXT, codec = true, on_null = on_null_of(column) })
            table.insert(made.foreign, { field = i, type = column.type.display })
        end
    end
    return made
end

-- The columns whose values the server says, by name.
local function foreign_columns(resolved, target)
    local found = {}
    for _, load in ipairs(target.loads) do
        for _, column in ipairs(not load.emit and resolved.tables[load.place].columns or {}) do
            found[column.target] = found[column.target] or not column.codec
        end
    end
    return found
end

local function target_of(resolved, target)
    local foreign = foreign_columns(resolved, target)
    local made = shallow.copy(target, { text = false, columns = {}, loads = {} })
    for i, column in ipairs(target.columns) do
        made.columns[i] = foreign[column.name] and shallow.copy(column, { oid = TEXT.oid,
            sql = ("CAST(t.%s AS pg_catalog.text)"):format(names.quote_pg(column.name)) }) or column
    end
    for i, load in ipairs(target.loads) do
        local columns = {}
        for k, column in ipairs(load.columns) do
            columns[k] = shallow.copy(column, { oid = made.columns[k].oid })
        end
        made.loads[i] = shallow.copy(load, { columns = columns })
    end
    return made
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
            made = target_of(context.resolved, target)
            list[i] = made
        end
    end
    return shallow.copy(context, { resolved = shallow.copy(context.resolved, { tables = tables }), list = list,
        can_sum = false }), made
end

return text
