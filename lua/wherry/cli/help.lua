-- help: the help of the commands, and the topics that lie as files in lua/wherry/help.
local arguments = require "wherry.arguments"
local failure = require "wherry.failure"
local json = require "wherry.json"
local match = require "wherry.match"

local help = { name = "help", summary = "Help for a command or a topic" }

-- Named here, because a directory can't be listed without the core, and help must work without it.
help.topics = { "exit-codes", "json", "ledger", "private-server", "scripts", "urls" }

function help.define(command)
    local about = "A command, or one of: " .. table.concat(help.topics, ", ") .. "."
    command:argument("TOPIC", about):args "?":target "topic"
end

local function read_topic(topic)
    local home = assert(package.searchpath("wherry.cli.help", package.path)):gsub("cli/help%.lua$", "")
    local file = assert(io.open(home .. "help/" .. topic .. ".md", "r"))
    local text = file:read "a"
    file:close()
    return text
end

local function contains(list, wanted)
    for _, entry in ipairs(list) do
        if entry == wanted then
            return true
        end
    end
    return false
end

function help.run(values, context)
    local parser, by_name = arguments.parser(require "wherry.cli".commands)
    local topic, text = values.topic, nil
    if not topic then
        text = parser:get_help() .. "\n\nTopics: " .. table.concat(help.topics, ", ") .. " (wherry help TOPIC)\n"
    elseif by_name[topic] then
        text = by_name[topic].parser:get_help() .. "\n"
    elseif contains(help.topics, topic) then
        text = read_topic(topic)
    else
        local candidates = table.move(help.topics, 1, #help.topics, 1, {})
        for name in pairs(by_name) do
            candidates[#candidates + 1] = name
        end
        failure.raise("usage", ("there is no help for %q"):format(topic), match.suggestion(topic, candidates)
            or "topics: " .. table.concat(help.topics, ", "))
    end
    context.respond({ schema = 1, command = "help", topic = topic or json.null, text = text, error = json.null }, text)
    return 0
end

return help
