-- history.lua: the lines that were typed into the shell, kept for the next time in a file that nobody else may read.
local make_state_directory = require "wherry.make_state_directory"
local url = require "wherry.url"

local history = {}
history.__index = history

local MOST = 1000 -- lines that are taken from the file

---@class wherry.History
---@field lines string[] the oldest first
---@field directory string|nil
---@field path string|nil nil: they are not kept
---@field core table wherry.core

local function read(path)
    local lines, file = {}, io.open(path, "rb")
    if not file then
        return lines
    end
    for line in file:lines() do
        lines[#lines + 1] = line
    end
    file:close()
    return table.move(lines, math.max(#lines - MOST, 0) + 1, #lines, 1, {})
end

---@param core table wherry.core
---@param directory string|nil where the file lies; it is made where it is missing
---@return wherry.History
function history.open(core, directory)
    local path = directory and directory .. "/shell_history"
    return setmetatable({ core = core, directory = directory, path = path, lines = path and read(path) or {} }, history)
end

-- A line that names a password is not written down.
local function is_secret(line)
    return line:lower():find("password", 1, true) ~= nil or url.mask(line) ~= line
end

---Remembers a line. A file that can't be written is no reason to stop: then it is for this time alone.
---@param line string
function history:add(line)
    if not line:find "%S" or line == self.lines[#self.lines] then
        return
    end
    self.lines[#self.lines + 1] = line
    if self.path and not is_secret(line) then
        pcall(function()
            make_state_directory(self.core.sys, self.directory)
            self.core.sys.append_private(self.path, line .. "\n")
        end)
    end
end

return history
