-- parts.lua: what several sections are made of: marks, tables of values, sections.
local e = require "wherry.report.html.element"
local place = require "wherry.place"
local words = require "wherry.report.html.words"

local parts = {}

-- A circle or triangle, and what stands in it.
local SIGNS = {
    good = { "M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18", "M5.8 10.4l2.9 2.9l5.5-6.2" },
    bad = { "M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18", "M6.8 6.8l6.4 6.4M13.2 6.8l-6.4 6.4" },
    warn = { "M10 1.8L19 18H1z", "M10 7.6v5M10 15.1v.4" },
    off = { "M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18", "M6.2 10h7.6" },
}
local SPOKEN = { good = "passed", bad = "failed", warn = "attention", off = "not done" }

---The sign of a tone, with a word for those who hear the page.
---@param tone "good"|"warn"|"bad"|"off"
---@param class string?
---@return wherry.Html
function parts.mark(tone, class)
    local sign = SIGNS[tone]
    return e.svg({ class = (class or "mark") .. " " .. tone, viewBox = "0 0 20 20", role = "img",
        ["aria-label"] = SPOKEN[tone], fill = "none", stroke = "currentColor", ["stroke-width"] = "2",
        ["stroke-linecap"] = "round", ["stroke-linejoin"] = "round" },
        e.path { d = sign[1], ["stroke-width"] = "1.6" }, e.path { d = sign[2] })
end

---A section with its heading.
---@param id string
---@param title string
---@param ... any
---@return wherry.Html
function parts.section(id, title, ...)
    return e.section({ id = id, ["aria-labelledby"] = id .. "-title" }, e.h2({ id = id .. "-title" }, title), ...)
end

---A cell with a number; a zero steps back.
---@param number number|nil
---@param tag string?
---@return wherry.Html
function parts.number(number, tag)
    return e[tag or "td"]({ class = number == 0 and "number zero" or "number" },
        number and words.count(number) or "")
end

---@param text string|nil
---@return wherry.Html
function parts.name(text)
    return e.td({ class = "name" }, text or "")
end

---A stored value as a document has it.
---@param value table|nil { class, text or hex }
---@return wherry.Html
function parts.value(value)
    local shown = value and place.value { value = value }
    return e.td({ class = "value" }, shown and e.code({}, shown))
end

---@class wherry.HtmlColumn
---@field [1] string heading
---@field number boolean? its cells are numbers

---A table in a frame that scrolls by itself where the page is narrow.
---@param caption any
---@param columns wherry.HtmlColumn[]
---@param rows wherry.Html[]
---@param foot wherry.Html?
---@return wherry.Html
function parts.table(caption, columns, rows, foot)
    local heads = {}
    for index, column in ipairs(columns) do
        heads[index] = e.th({ scope = "col", class = column.number and "number" }, column[1])
    end
    local label = type(caption) == "string" and caption:match "^[^.:;]*" or "table"
    return e.div({ class = "scroll", tabindex = "0", role = "region", ["aria-label"] = label },
        e.table({}, e.caption({}, e.span({}, caption)), e.thead({}, e.tr({}, heads)), e.tbody({}, rows),
            foot and e.tfoot({}, foot)))
end

---One entry of a list with marks.
---@param tone string
---@param title any
---@param detail any
---@param section string|nil its id
---@return wherry.Html
function parts.item(tone, title, detail, section)
    local name = section and e.a({ href = "#" .. section }, title) or title
    return e.li({}, parts.mark(tone), e.div({}, e.strong({}, name),
        detail and e.p({ class = "soft" }, detail)))
end

return parts
