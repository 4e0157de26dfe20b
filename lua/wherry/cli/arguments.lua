-- arguments.lua: from the words of the command line to a command and its arguments. What argparse has no notion of is
-- settled before: help anywhere, --resume with and without a run, and what is not there yet (refused, never ignored).
local argparse = require "argparse"
local failure = require "wherry.failure"
local topics = require "wherry.cli.topics"

local arguments = {}

local later_commands = {
    undo = true,
}
local later_options = {
    ["--reverse"] = "the way back from PostgreSQL to SQLite",
}

--- The words before "--", which ends the options.
local function option_words(argv)
    local words = {}
    for index = 1, #argv do
        if argv[index] == "--" then
            break
        end
        words[index] = argv[index]
    end
    return words
end

---@param argv string[]
---@param ... string
---@return boolean
function arguments.has(argv, ...)
    for _, word in ipairs(option_words(argv)) do
        for _, wanted in ipairs { ... } do
            if word == wanted then
                return true
            end
        end
    end
    return false
end

--- The first word that is no option: the command's name, whether there is such a command or not.
---@param argv string[]
---@return string|nil
function arguments.command_word(argv)
    for _, word in ipairs(argv) do
        if word:sub(1, 1) ~= "-" then
            return word
        end
    end
    return nil
end

local function refuse_later(argv)
    local command = arguments.command_word(argv)
    if later_commands[command] then
        failure.raise("usage", ("%s is not there yet; nothing was done"):format(command),
            "what is there: wherry help")
    end
    for _, word in ipairs(option_words(argv)) do
        local name = word:match "^%-%-[^=]*"
        if later_options[name] then
            failure.raise("usage", ("%s is not there yet (%s); nothing was done"):format(name, later_options[name]),
                "what is there: wherry help " .. (command or "run"))
        end
    end
end

-- argparse would take the word behind a bare --resume for its value, and `wherry run --resume app.db` means the file.
local function prepare(argv)
    local words = table.move(argv, 1, #argv, 1, {})
    for index in ipairs(option_words(argv)) do
        if words[index] == "--resume" then
            words[index] = "--resume="
        end
    end
    return words
end

local common_options = {
    { "-h --help", "Show this help." },
    { "--json", "One JSON document on stdout, for every exit code." },
    { "-q --quiet", "No progress and no log but warnings." },
    { "-v --verbose", "Say more, list everything." },
}

local function add_common(parser)
    parser:add_help(false)
    parser:help_max_width(100)
    parser:help_description_margin(28)
    local flags = {}
    for index, option in ipairs(common_options) do
        flags[index] = parser:flag(option[1], option[2])
    end
    parser:group("Of every command", table.unpack(flags))
end

-- The help of wherry itself: commands in groups, then what holds for all. argparse would begin with the options.
local function overview(commands)
    local lines = { "Usage: wherry COMMAND [ARGUMENTS]", "",
        "Moves data between SQLite and PostgreSQL: every row is accounted for." }
    local function section(title, entries)
        lines[#lines + 1] = "\n" .. title .. ":"
        for _, entry in ipairs(entries) do
            lines[#lines + 1] = ("   %-27s %s"):format(entry[1], entry[2])
        end
    end
    for _, group in ipairs { { "look", "Commands that look" }, { "do", "Commands that move data" },
        { "write", "Commands that write scripts" }, { "help", "Commands that help" } } do
        local entries = {}
        for _, command in ipairs(commands) do
            if command.group == group[1] then
                entries[#entries + 1] = { command.name, command.summary }
            end
        end
        section(group[2], entries)
    end
    section("Options", { { "-h, --help", common_options[1][2] }, { "--json", common_options[2][2] },
        { "-q, --quiet", common_options[3][2] }, { "-v, --verbose", common_options[4][2] },
        { "--version", "The same as wherry version." } })
    section("Topics (wherry help TOPIC)", topics.list)
    section("Examples", {
        { "wherry plan app.db", "what a run would do, as SQL with comments" },
        { "wherry check app.db", "a dry run: every row is read and converted, nothing is written" },
        { "wherry run app.db", "into a new database of the private server" },
        { "wherry run app.db URL", "into a database of yours" },
        { "wherry run migrate.lua", "as a script says" },
        { "wherry run app.db out.sql", "as a dump, for a server that can't be reached from here" },
        { "wherry run URL out.db", "back, into a new SQLite file" },
        { "wherry help run", "all options of run" },
    })
    return table.concat(lines, "\n")
end

--- The parser of a table of commands.
---@param commands table[]
function arguments.parser(commands)
    local parser = argparse "wherry"
    parser:command_target "command"
    parser:require_command(false)
    add_common(parser)
    parser:flag("--version")
    parser:help(overview(commands))
    local by_name = {}
    for _, command in ipairs(commands) do
        local sub = parser:command(command.name):summary(command.summary):description(command.description
            or command.summary)
        command.define(sub)
        add_common(sub)
        by_name[command.name] = { command = command, parser = sub }
    end
    return parser, by_name
end

-- What argparse refused. A run's number behind a bare --resume is a word too many to it.
local function refuse(message, word, found, argv)
    local number = message == "too many arguments" and table.concat(argv, " "):match "%-%-resume (%d+)"
    local help = found and ("wherry help %s"):format(word) or "wherry help"
    failure.raise("usage", (message:gsub("\n", ". ")),
        number and ("a run's number goes with an equals sign: --resume=%s"):format(number) or help)
end

---@class wherry.Arguments
---@field command table? the command of the table
---@field help string? text to print instead of running anything
---@field values table what argparse found

--- Reads the words. Raises kind "usage".
---@param commands table[]
---@param argv string[]
---@return wherry.Arguments
function arguments.read(commands, argv)
    local parser, by_name = arguments.parser(commands)
    local word = arguments.command_word(argv)
    if arguments.has(argv, "-h", "--help") then
        local found = by_name[word]
        if found or not word then
            return { help = (found and found.parser or parser):get_help() .. "\n", command = found and found.command }
        end
    end
    if not word and arguments.has(argv, "--version") then
        return { command = by_name.version.command, values = {} }
    end
    refuse_later(argv)
    local ok, values = parser:pparse(prepare(argv))
    if not ok then
        refuse(values, word, by_name[word], argv)
    end
    if not values.command then
        return { help = parser:get_help() .. "\n" }
    end
    return { command = by_name[values.command].command, values = values }
end

--- A duration: "60s", "2m", "1h" or seconds.
---@param text string
---@return number|nil seconds
---@return string|nil message
function arguments.duration(text)
    local number, unit = text:match "^(%d+%.?%d*)([smh]?)$"
    if not number then
        return nil, ("%q is not a duration such as 60s or 2m"):format(text)
    end
    return tonumber(number) * (({ m = 60, h = 3600 })[unit] or 1)
end

--- A conversion whose message names the option.
---@param option string
---@param convert fun(text: string): any, string|nil
---@return fun(text: string): any, string|nil
function arguments.named(option, convert)
    return function(text)
        local value, message = convert(text)
        return value, message and ("%s: %s"):format(option, message)
    end
end

--- A whole number in a range.
---@param least integer
---@param most integer
---@return fun(text: string): integer|nil, string|nil
function arguments.whole(least, most)
    return function(text)
        local number = text:match "^%d+$" and math.tointeger(tonumber(text))
        if not number or number < least or number > most then
            return nil, ("%q is not a whole number from %d to %d"):format(text, least, most)
        end
        return number
    end
end

--- Splits comma lists and joins what was repeated.
---@param lists string[]?
---@return string[]
function arguments.list(lists)
    local out = {}
    for _, list in ipairs(lists or {}) do
        for entry in list:gmatch "[^,]+" do
            local name = entry:match "^%s*(.-)%s*$"
            out[#out + 1] = name ~= "" and name or nil
        end
    end
    return out
end

return arguments
