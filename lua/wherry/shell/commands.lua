-- commands.lua: the commands of the shell, which begin with a dot.
local catalog = require "wherry.shell.catalog"
local failure = require "wherry.failure"
local grid = require "wherry.shell.grid"
local match = require "wherry.match"

local commands = {}

local function use(shell, name)
    if name == "" then
        failure.raise("usage", ".use takes the name of a database", table.concat(shell.databases.names, ", "))
    end
    shell.databases:open(name)
    shell.current = name
    shell:say(("SQL goes to %s: %s"):format(name, shell.databases.known[name].label))
end

local function switch(name)
    return function(shell, rest)
        if rest ~= "" then
            shell:sql(rest:gsub(";%s*$", ""), name)
        else
            use(shell, name)
        end
    end
end

---@type { name: string, arguments: string, text: string, run: fun(shell: wherry.Shell, rest: string) }[]
commands.list = {
    { name = "src", arguments = "[SQL]", text = "run SQL in the source; alone: SQL goes to the source from now on",
        run = switch "src" },
    { name = "dst", arguments = "[SQL]", text = "the same for the target", run = switch "dst" },
    { name = "use", arguments = "NAME", text = "SQL goes to src, dst or, of several sources, src.NAME from now on",
        run = use },
    { name = "tables", arguments = "", text = "list tables and views", run = function(shell)
        local list, at = catalog.tables(shell.databases:open(shell.current)), 0
        local schemas = shell.databases.known[shell.current].kind == "pg"
        grid.write(shell:screen(), schemas and { "schema", "table", "kind" } or { "table", "kind" }, function()
            at = at + 1
            local one = list[at]
            return one and (schemas and { one.schema, one.name, one.kind } or { one.name, one.kind })
        end)
    end },
    { name = "schema", arguments = "TABLE", text = "show the statements that make a table", run = function(shell, rest)
        if rest == "" then
            failure.raise("usage", ".schema takes the name of a table", ".tables lists them")
        end
        for _, sql in ipairs(catalog.statements(shell.databases:open(shell.current), rest)) do
            shell:say(sql .. ";")
        end
    end },
    { name = "help", arguments = "", text = "this list", run = function(shell)
        local lines = {}
        for i, one in ipairs(commands.list) do
            lines[i] = ("  %-16s %s"):format("." .. one.name .. " " .. one.arguments, one.text)
        end
        shell:say("Lua is run, and the value of an expression is printed: src:value \"select 1\", w.lower \"ABC\"\n"
            .. "SQL is run up to its semicolon, in the database that the prompt names.\n"
            .. table.concat(lines, "\n") .. "\nMore: wherry help shell")
    end },
    { name = "quit", arguments = "", text = "leave, as Ctrl-D does", run = function(shell) shell.left = true end },
}

commands.names = {}
for i, one in ipairs(commands.list) do
    commands.names[i] = one.name
end

---Runs a command.
---@param shell wherry.Shell
---@param text string ".tables", with what stands behind it
function commands.run(shell, text)
    local word, rest = text:match "^%s*%.(%S*)%s*(.-)%s*$"
    for _, one in ipairs(commands.list) do
        if one.name == word then
            if one.arguments == "" and rest ~= "" then
                failure.raise("usage", (".%s takes nothing behind it"):format(word), ".help")
            end
            one.run(shell, rest)
            return
        end
    end
    local suggestion = match.suggestion(word, commands.names)
    failure.raise("usage", ("there is no command .%s"):format(word), suggestion or ".help lists the commands")
end

return commands
