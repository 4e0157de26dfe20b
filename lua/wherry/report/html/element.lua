-- element.lua: HTML as values: element.td({ class = "number" }, "a<b"). What is a text is escaped, always; nothing that
-- a database or a file holds can become markup, or turn the direction of what stands around it.
local place = require "wherry.place"

local element = {}

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

---A text as HTML. What steers a terminal or a reader is shown, not done; so are spaces at the ends.
---@param text any
---@return string
function element.escape(text)
    return (place.printable(text):gsub("[&<>\"']", escapes))
end

---@class wherry.Html
---@field html string

---@param html string made by this module alone
---@return wherry.Html
local function made(html)
    return { html = html }
end

local function append(parts, child)
    if type(child) == "table" and not child.html then
        for _, inner in ipairs(child) do
            append(parts, inner)
        end
    elseif child then
        parts[#parts + 1] = type(child) == "table" and child.html or element.escape(child)
    end
end

---Several children as one; nil and false are left out.
---@param ... any texts, elements, lists of these
---@return wherry.Html
function element.join(...)
    local parts = {}
    for index = 1, select("#", ...) do
        append(parts, (select(index, ...)))
    end
    return made(table.concat(parts))
end

---A text of several lines.
---@param text string
---@return wherry.Html
function element.lines(text)
    local parts = {}
    for line in (text .. "\n"):gmatch "(.-)\n" do
        parts[#parts + 1] = element.escape(line)
    end
    return made(table.concat(parts, "<br>"))
end

local VOID = { meta = true, br = true }

local function attributes_of(attributes)
    local names, parts = {}, {}
    for name, value in pairs(attributes) do
        names[#names + 1] = value and name or nil
    end
    table.sort(names)
    for index, name in ipairs(names) do
        local value = attributes[name]
        parts[index] = value == true and " " .. name or (' %s="%s"'):format(name, element.escape(value))
    end
    return table.concat(parts)
end

-- element.NAME(attributes, children...) for every name.
return setmetatable(element, { __index = function(self, name)
    local function build(attributes, ...)
        local inner = VOID[name] and "" or element.join(...).html .. "</" .. name .. ">"
        return made(("<%s%s>"):format(name, attributes_of(attributes)) .. inner)
    end
    rawset(self, name, build)
    return build
end })
