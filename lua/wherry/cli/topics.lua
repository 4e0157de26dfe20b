-- topics.lua: the topics that wherry help prints; each is a file in lua/wherry/help.
local reference = require "wherry.plan.reference"

local topics = {}

--- Named here, because a directory can't be listed without the core, and help must work without it.
topics.list = {
    { "copies", "sources that are in use: --source-mode, the copy that a run reads" },
    { "dry-run", "what wherry check looks at, what it can't tell, what it says of a run" },
    { "exit-codes", "what the exit code says" },
    { "indexes", "keys and indexes that are put aside during a load, and come back" },
    { "journal", "steps; what a run leaves in the target" },
    { "json", "the document of --json" },
    { "ledger", "how every row is accounted for" },
    { "library", "both databases from a Lua script: rows, batches, exec, transactions, writers; whole runs (w.run)" },
    { "private-server", "the PostgreSQL server that wherry starts by itself" },
    { "rejects", "values and rows that do not fit: on_bad, and loading them later" },
    { "report", "--report DIR: a page, a text and JSON for people, of a run or of a verification" },
    { "resume", "going on with a run: what may have changed, who else is at work, --restart" },
    { "schema", "how tables are created: types, keys, expressions, receipts" },
    { "scripts", "plans in Lua: rename, leave out, filter, order, compute, functions for rows, lookups, merges" },
    { "shell", "trying Lua and SQL over both databases, line by line" },
    { "sources", "several files into one target: names, patterns, tags; files that are left out" },
    { "status", "runs at work and past ones, from another terminal; forgetting one" },
    { "tools", "what w has for scripts: texts, bytes, digests, UUIDs, JSON, times" },
    { "urls", "how sources, targets and passwords are written" },
    { "verification", "verify: every value compared on both sides, by wherry, by both databases, by a script" },
    { "way-back", "from PostgreSQL into a new SQLite file" },
}

---@return string[]
function topics.names()
    local names = {}
    for index, topic in ipairs(topics.list) do
        names[index] = topic[1]
    end
    return names
end

--- The text of a topic, or nil.
---@param name string
---@return string|nil
function topics.text(name)
    for _, topic in ipairs(topics.list) do
        if topic[1] == name then
            local home = assert(package.searchpath("wherry.cli.topics", package.path)):gsub("cli/topics%.lua$", "help/")
            local file <close> = assert(io.open(home .. name .. ".md", "r"))
            return reference.expand(file:read "a")
        end
    end
    return nil
end

return topics
