-- json_set(), json_insert(), json_replace(), json_remove(): one step a path, in their order; json_patch().
local constant = require "wherry.expr.pg.constant"
local path = require "wherry.expr.pg.json_path"

local edit = {}

-- SQLite looks all paths up before it changes anything: one that leads through another would find something else.
local function check_paths(p, paths)
    for i, one in ipairs(paths) do
        for j, other in ipairs(paths) do
            if i ~= j and (one == "$" or other:sub(1, #one) == one and other:find("^[%.%[]", #one + 1)) then
                p:refuse(("the path %s leads through %s"):format(other, one))
            end
        end
    end
end

local function handler(change, step)
    return function(p, node)
        local count = #node.arguments
        if count == 0 or (count - 1) % step ~= 0 then
            p:refuse(("wrong number of arguments to function %s()"):format(node.name))
        end
        local term = p:print(node.arguments[1])
        if term.kind == "null" then
            return constant.term(p, "null")
        end
        local document = path.document(p, term)
        local sql, paths = document.sql, {}
        for i = 2, count, step do
            local at, known = path.sql(p, p:print(node.arguments[i]))
            if not known then
                p:refuse(("%s() at a path that is not known when the expression is translated"):format(node.name))
            elseif known == "$" and step == 2 then -- gives the value itself, of whatever class
                p:refuse(("%s() of a whole document"):format(node.name))
            end
            paths[#paths + 1] = known
            local value = step == 2 and require("wherry.expr.pg.json_build").value(p, node.arguments[i + 1]) or nil
            sql = p:call("sqlite_json_edit", ("'%s'"):format(change), sql, at, value)
        end
        if count == 1 then
            sql = p:call("sqlite_json_minify", sql)
        elseif step == 2 or #paths > 1 then
            check_paths(p, paths)
        end
        return p:term { sql = sql, kind = "text", atomic = true, json = true,
            nullable = document.nullable or change == "remove" }
    end
end

edit.json_set, edit.json_insert = handler("set", 2), handler("insert", 2)
edit.json_replace, edit.json_remove = handler("replace", 2), handler("remove", 1)

-- Whether a patch that is known names nothing twice.
local function names_once(text)
    local seen = {}
    for name in text:gmatch '("[^"]*")%s*:' do
        if seen[name] or name:find("\\", 1, true) then
            return false
        end
        seen[name] = true
    end
    return true
end

function edit.json_patch(p, node)
    p:expect(node, 2)
    local terms = p:print_all(node.arguments)
    if terms[1].kind == "null" or terms[2].kind == "null" then
        return constant.term(p, "null")
    end
    local document, patch = path.document(p, terms[1]), path.document(p, terms[2])
    if not patch.constant or not names_once(patch.constant) then
        p:note "a patch that names something twice may put the names in another order"
    end
    return p:term { sql = p:call("sqlite_json_patch", document.sql, patch.sql), kind = "text", atomic = true,
        json = true, nullable = document.nullable or patch.nullable }
end

return edit
