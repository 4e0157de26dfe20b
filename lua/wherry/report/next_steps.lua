-- next_steps.lua: what is to be done after a run, as a report says it: at once, for the switch, for the way back, at
-- the end. Made from the document of the run and from how it was called.
local report_comparison = require "wherry.report.comparison"
local shell_word = require "wherry.shell_word"

local next_steps = {}

---@class wherry.NextStep
---@field group "now"|"switch"|"back"|"afterwards"
---@field text string
---@field command string|nil to type

-- A URL that is typed again: the password comes from where passwords belong.
local function typed(url)
    return (url:gsub("^([^@]*):%*%*%*%*@", "%1@"))
end

---@class wherry.NextStepsCall how the run was called
---@field source string|nil the file or script as it was given
---@field target string|nil as it was given, without its password; nil: found as the run found it

-- The words of another command about the same ends; nil where they can't be known (a plan of the library).
local function ends(call)
    return call.source and shell_word(call.source) .. (call.target and " " .. shell_word(typed(call.target)) or "")
end

local function database_of(doc)
    return doc.target and doc.target.url and shell_word(typed(doc.target.url))
end

local function count_outcomes(doc)
    local changed, lost = 0, 0
    for _, object in ipairs(doc.objects or {}) do
        changed = changed + (object.outcome == "changed" and 1 or 0)
        lost = lost + (object.outcome == "not_carried" and 1 or 0)
    end
    return changed, lost
end

local function paths(doc)
    local sources = doc.sources or {}
    if #sources == 1 then
        return sources[1].path
    end
    return ("the %d source files"):format(#sources)
end

local function differing(doc, call, add)
    local advice = doc.comparison and report_comparison.advice(doc.comparison)
    add("now", "Do not switch yet: read what differs or failed, and decide on each line.")
    if advice then
        add("now", advice:gsub("^%l", string.upper) .. ".")
    end
    if #(doc.rejects or {}) > 0 then
        add("now", "Look at the rejected rows, mend the script, and load them.",
            ends(call) and ("wherry rejects retry %s"):format(ends(call)))
    end
    if not (doc.target and doc.target.file) then
        add("back", ("The application goes on with %s, which was never written."):format(paths(doc)))
    end
end

local function switch(doc, call, add)
    local changed, lost = count_outcomes(doc)
    add("switch", ("Stop every program that writes to %s: what is written there from the begin of this %s on is not in "
        .. "the target."):format(paths(doc), doc.command == "verify" and "verification" or "run"))
    add("switch", doc.status == "verified" and "Verify once more, right before the switch; nothing is written."
        or "Verify: this run has not compared the contents of both sides. Nothing is written.",
        ends(call) and "wherry verify " .. ends(call))
    if changed + lost > 0 then
        add("switch", ("Read what became of the schema: %d changed, %d not carried. Decide whether the application "
            .. "minds."):format(changed, lost))
    end
    add("switch", "Back up the new database before its first write.", database_of(doc)
        and ("pg_dump --format=custom --file=before-switch.dump --dbname=%s"):format(database_of(doc)))
    add("switch", "Grant the application's role its rights, and point the application at the new database.")
    add("switch", ("Keep %s as it is, read-only, until nobody wants to go back."):format(paths(doc)))
end

local function way_back(doc, add)
    add("back", ("Before the first write to the new database: point the application at %s again; it was never written.")
        :format(paths(doc)))
    add("back", "Later: bring the tables back into a new SQLite file, with all that was written meanwhile.",
        database_of(doc) and ("wherry run %s back.db"):format(database_of(doc)))
end

local function after_file(doc, call, add)
    local name = doc.target.file
    local is_dump = name:find "%.sql$" or name:find "%.dump$" or name == "-"
    if name:find "%.sql$" then
        add("switch", "Load the dump where it is meant to be, into an empty database.",
            ("psql -X -v ON_ERROR_STOP=1 -f %s -d DATABASE"):format(shell_word(name)))
    elseif name:find "%.dump$" then
        add("switch", "Load the dump where it is meant to be, into an empty database.",
            ("pg_restore --no-owner --exit-on-error -d DATABASE %s"):format(shell_word(name)))
    elseif name ~= "-" then
        add("switch", ("Stop the programs that write to the database, and make %s anew if they wrote meanwhile.")
            :format(name))
        add("switch", "Put the file where the application looks for it, with the rights of the application's user.")
        add("back", "The database was only read: the application can go on with it.")
    end
    if is_dump then
        add("switch", "Compare it there with the source; nothing is written.", call.source
            and ("wherry verify %s URL"):format(shell_word(call.source)))
        add("back", ("The application goes on with %s, which was never written."):format(paths(doc)))
    end
end

local function forgetting(doc, call, add)
    if doc.run and doc.target then
        local words = call.target and shell_word(typed(call.target)) or call.source and shell_word(call.source)
        add("afterwards", "When nobody asks for this run any more: remove it from the journal. Keys and values of "
            .. "rejected rows may be personal data; this report holds what is shown here of them.",
            words and ("wherry forget %s %d"):format(words, doc.run))
    end
end

local function stopped(doc, hints, add)
    for _, hint in ipairs(hints) do
        local command, why = hint:match "^(.-)%s+# (.*)$"
        add("now", command and why:gsub("^%l", string.upper) .. "." or "Go on.", command or hint)
    end
    if not hints[1] then
        add("now", doc.status == "interrupted" and "Nothing was written. Begin again when there is time for it."
            or "Nothing was written. Mend what is told above, and run again.")
    end
    if doc.command == "run" then
        add("back", ("The application goes on with %s, which was never written."):format(#(doc.sources or {}) > 0
            and paths(doc) or "its SQLite file"))
    end
end

---@param doc table a document without nulls
---@param call wherry.NextStepsCall
---@param hints string[] what the result says to type next
---@return wherry.NextStep[]
function next_steps.of(doc, call, hints)
    local list = {}
    local function add(group, text, command)
        list[#list + 1] = { group = group, text = text, command = command or nil }
    end
    local status = doc.status
    if status == "refused" or status == "failed" or status == "interrupted" then
        stopped(doc, hints, add)
        return list
    elseif status == "differs" then
        differing(doc, call, add)
    elseif doc.target and doc.target.file then
        after_file(doc, call, add)
        return list
    else
        switch(doc, call, add)
        way_back(doc, add)
    end
    for _, hint in ipairs(hints) do
        local command, why = hint:match "^(.-)%s+# (.*)$"
        add("now", why and why:gsub("^%l", string.upper) .. "." or "Next.", command or hint)
    end
    forgetting(doc, call, add)
    return list
end

return next_steps
