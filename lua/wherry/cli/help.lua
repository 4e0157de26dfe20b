-- help: the help of the commands, and the topics.
local arguments = require "wherry.cli.arguments"
local failure = require "wherry.failure"
local json = require "wherry.json"
local match = require "wherry.match"
local topics = require "wherry.cli.topics"

local help = { name = "help", group = "help", summary = "Help for a command or a topic" }

function help.define(command)
    local about = "A command, or one of: " .. table.concat(topics.names(), ", ") .. "."
    command:argument("TOPIC", about):args "?":target "topic"
end

function help.run(values, context)
    local parser, by_name = arguments.parser(require "wherry.cli".commands)
    local topic, text = values.topic
    if not topic then
        text = parser:get_help() .. "\n"
    elseif by_name[topic] then
        local more = topics.text(topic) -- of a command that is a topic, too
        text = by_name[topic].parser:get_help() .. "\n" .. (more and "\n" .. more or "")
    else
        text = topics.text(topic)
    end
    if not text then
        local candidates = topics.names()
        for name in pairs(by_name) do
            candidates[#candidates + 1] = name
        end
        failure.raise("usage", ("there is no help for %q"):format(topic), match.suggestion(topic, candidates)
            or "topics: " .. table.concat(topics.names(), ", "))
    end
    context.respond({ schema = 1, command = "help", topic = topic or json.null, text = text, error = json.null }, text)
    return 0
end

return help
