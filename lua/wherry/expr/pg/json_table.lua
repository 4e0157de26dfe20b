-- json_each() and json_tree() in FROM, as functions that give the same rows; without their columns id and parent.
local path = require "wherry.expr.pg.json_path"

local table_valued = {}

local COLUMNS = {
    { name = "key", kind = "dynamic", json = "key_json" }, { name = "value", kind = "dynamic", json = "json" },
    { name = "type", kind = "text", not_null = true }, { name = "atom", kind = "dynamic", json = "json", atom = true },
    { name = "fullkey", kind = "text", not_null = true }, { name = "path", kind = "text", not_null = true },
}

local function columns()
    local list = {}
    for i, column in ipairs(COLUMNS) do
        list[i] = { name = column.name, target = column.name, kind = column.kind, collation = "BINARY",
            not_null = column.not_null or false, json = column.json, atom = column.atom }
    end
    return list
end

local function relation(name, most)
    return function(p, node)
        local count = #node.arguments
        if count < 1 or count > most then
            p:refuse(("%s() with %d arguments"):format(node.name, count))
        end
        local text, at = path.of_call(p, { name = node.name, arguments = node.arguments })
        if not text then
            text = p:term { sql = "NULL::text", kind = "text", atomic = true }
        end
        return { sql = p:call(name, text.sql, at), columns = columns() }
    end
end

table_valued.relations = {
    json_each = relation("sqlite_json_each", 2), json_tree = relation("sqlite_json_tree", 1),
}

return table_valued
