-- console.lua: the two streams that a user sees. stdout carries the result and nothing else, stderr progress and log;
-- whatever leaves through here has its passwords taken out.
local progress = require "wherry.progress"
local url = require "wherry.url"

local console = {}
console.__index = console

---@class wherry.Console
---@field stdout file*
---@field stderr file*
---@field getenv fun(name: string): string|nil
---@field secrets string[]
---@field quiet boolean?
---@field verbose boolean?
---@field terminal boolean stderr is one that can be redrawn
---@field terminal_out boolean stdout is one that can be redrawn
---@field unicode boolean the locale has all signs
---@field failed string? why stdout could not be written

-- Levels of the log, and what --quiet and --verbose make of them.
local shown = {
    verbose = function(self) return self.verbose end,
    info = function(self) return not self.quiet end,
    warning = function() return true end,
    error = function() return true end,
    plain = function() return true end,
}
local prefixes = { warning = "warning: ", error = "error: " }
local colours = { warning = "\27[33m", error = "\27[31m", bad = "\27[31m", good = "\27[32m", head = "\27[1m" }

---@param options { stdout: file*?, stderr: file*?, getenv: function?, isatty: (fun(fd: integer): boolean)? }?
---@return wherry.Console
function console.new(options)
    options = options or {}
    local getenv = options.getenv or os.getenv
    local plain = (getenv "NO_COLOR" or "") ~= "" or getenv "TERM" == "dumb"
    local isatty = options.isatty or function() return false end
    local locale = getenv "LC_ALL" or ""
    locale = locale ~= "" and locale or getenv "LC_CTYPE" or ""
    locale = (locale ~= "" and locale or getenv "LANG" or ""):lower()
    return setmetatable({
        unicode = locale:find "utf%-?8" ~= nil,
        stdout = options.stdout or io.stdout, stderr = options.stderr or io.stderr, getenv = getenv, secrets = {},
        terminal = isatty(2) and getenv "TERM" ~= "dumb", terminal_out = isatty(1) and getenv "TERM" ~= "dumb",
        colour_out = isatty(1) and not plain, colour_err = isatty(2) and not plain,
    }, console)
end

--- Remembers what must never be shown.
---@param secrets string[]
function console:hide(secrets)
    for _, secret in ipairs(secrets) do
        if secret ~= "" then
            table.insert(self.secrets, secret)
        end
    end
end

---@param text string
---@return string
function console:mask(text)
    return url.mask(text, self.secrets)
end

--- Text in a colour, when stdout shows colours.
---@param style string
---@param text string
---@return string
function console:paint(style, text)
    return self.colour_out and colours[style] .. text .. "\27[0m" or text
end

--- A check mark or a cross, in words where the locale has no such signs.
---@param is_good boolean
---@return string
function console:mark(is_good)
    if self.unicode then
        return is_good and "\u{2713}" or "\u{2717}"
    end
    return is_good and "ok" or "FAIL"
end

--- Writes the result to stdout, passwords taken out.
---@param text string
function console:out(text)
    self:raw(self:mask(text))
end

--- Writes to stdout as it is. A full disk or a closed pipe is remembered and becomes the exit code.
---@param text string
function console:raw(text)
    local ok, message = self.stdout:write(text)
    if ok then
        ok, message = self.stdout:flush()
    end
    if not ok then
        self.failed = message
    end
end

--- Begins to show how far a command is.
---@param core table wherry.core
function console:begin_progress(core)
    self.progress = progress.new { stderr = self.stderr, terminal = self.terminal, clock = core.sys.clock,
        drawn = core.sys.drawn, quiet = self.quiet,
        width = function() return tonumber(self.getenv "COLUMNS") or core.sys.columns(2) end }
end

--- A line of the log, on stderr. The progress bar, where there is one, makes room for it.
---@param level string "verbose", "info", "warning", "error" or "plain" (always shown, without a prefix)
---@param text string
function console:log(level, text)
    level = level == "warn" and "warning" or level
    local show = shown[level] or shown.info
    if not show(self) then
        return
    end
    if self.progress then
        self.progress:clear()
    end
    local prefix = prefixes[level] or ""
    if self.colour_err and colours[level] then
        prefix = colours[level] .. prefix .. "\27[0m"
    end
    self.stderr:write(prefix, self:mask(text), "\n")
    self.stderr:flush()
end

return console
