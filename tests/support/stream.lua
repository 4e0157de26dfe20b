-- A stream in memory, in the place of stdout or stderr.
local stream = {}
stream.__index = stream

---@param fails string|nil  every write fails with this message
function stream.new(fails)
    return setmetatable({ parts = {}, fails = fails }, stream)
end

function stream:write(...)
    if self.fails then
        return nil, self.fails
    end
    for _, part in ipairs { ... } do
        self.parts[#self.parts + 1] = tostring(part)
    end
    return self
end

function stream:flush()
    return self
end

---What was written.
---@return string
function stream:text()
    return table.concat(self.parts)
end

return stream
