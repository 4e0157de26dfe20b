-- reporting.lua: --report DIR of the commands: the folder is refused before anything is done, and filled whatever the
-- exit code.
local about = require "wherry.report.about"
local document = require "wherry.report.document"
local failure = require "wherry.failure"
local files = require "wherry.report.files"

local reporting = {}

---Defines the option.
---@param command table argparse command
---@param what string|nil what it says of itself
---@return table option
function reporting.define(command, what)
    return command:option("--report", what or "Write a report into the folder DIR: a page, a text, and report.json "
        .. "(wherry help report)."):argname "DIR"
end

---The words of this command, without passwords.
---@param context wherry.Context
---@return string
function reporting.command(context)
    local words = { "wherry" }
    for _, word in ipairs(context.argv) do
        words[#words + 1] = context.console:mask(word)
    end
    return table.concat(words, " ")
end

---@class wherry.Reporting
---@field context wherry.Context
---@field folder string
---@field facts wherry.ReportFacts of a result that brings none

---Makes the folder ready. To be called before anything is written; raises where it can't be written into.
---@param context wherry.Context
---@param folder string|nil nothing is done without one
---@param source string|nil as it was given
---@param target string|nil as it was given
---@return wherry.Reporting|nil
function reporting.begin(context, folder, source, target)
    if not folder then
        return nil
    end
    files.prepare(folder)
    local console = context.console
    return { context = context, folder = folder, facts = { command = reporting.command(context), started = about.now(),
        source = source and console:mask(source), target = target and console:mask(target) } }
end

local function logger(self)
    return function(level, text) self.context.console:log(level, text) end
end

---Writes the report of a result, whose exit code may be another one then: where it could not be written.
---@param self wherry.Reporting|nil from begin
---@param result wherry.Result
function reporting.write(self, result)
    if self then
        files.tell(self.folder, about.text(document.of(result), result, result.facts or self.facts,
            self.context.console.secrets), logger(self), result)
    end
end

---Writes a report that is made already, as the journal has it. Raises where it can't be written.
---@param self wherry.Reporting|nil from begin
---@param text string|nil JSON; nil: there is none
function reporting.copy(self, text)
    if self and text then
        files.show(files.write(self.folder, text), logger(self))
    end
end

---Does the work of a command; where it raises, the report says so, and it is raised again.
---@param self wherry.Reporting|nil from begin
---@param name string of the command
---@param work fun(): wherry.Result
---@return wherry.Result
function reporting.around(self, name, work)
    if not self then
        return work()
    end
    local ok, result = xpcall(work, function(raised)
        return failure.is(raised) and raised or failure.new("internal", debug.traceback(tostring(raised), 2))
    end)
    if ok then
        return result
    end
    local failed = { command = name, status = result.kind == "interrupted" and "interrupted" or "failed",
        exit = failure.exit_code(result), sources = {}, error = result }
    reporting.write(self, failed)
    error(result, 0)
end

return reporting
