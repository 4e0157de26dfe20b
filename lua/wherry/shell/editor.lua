-- editor.lua: a line that is typed on a terminal: keys move in it and change it, earlier lines come back.
local width = require "wherry.shell.width"

local editor = {}
editor.__index = editor

---@class wherry.Editor
---@field write fun(text: string)
---@field columns fun(): integer of the terminal
---@field history string[]
---@field complete (fun(before: string): string[], integer)|nil what may stand at the end of a text, and where it begins
---@field ahead string bytes that were typed and not yet read
---@field characters string[]
---@field place integer characters before the cursor

---@param options { write: fun(text: string), columns: fun(): integer, history: string[], complete: function? }
---@return wherry.Editor
function editor.new(options)
    return setmetatable({ write = options.write, columns = options.columns, history = options.history,
        complete = options.complete, ahead = "", characters = {}, place = 0 }, editor)
end

local function split(text)
    local list = {}
    if utf8.len(text) then
        for one in text:gmatch(utf8.charpattern) do
            list[#list + 1] = one
        end
    else
        text:gsub(".", function(one) list[#list + 1] = one end)
    end
    return list
end

local function shown_width(self, from, to)
    return from > to and 0 or width.of(table.concat(self.characters, "", from, to))
end

-- The line anew. Where it is longer than the terminal, the part around the cursor is seen.
local function draw(self)
    local room = math.max(self.columns() - width.of(self.prompt) - 1, 10)
    local first = 1
    while shown_width(self, first, self.place) > room do
        first = first + 1
    end
    local last = #self.characters
    while shown_width(self, first, last) > room do
        last = last - 1
    end
    local cursor = width.of(self.prompt) + shown_width(self, first, self.place)
    self.write(("\r%s%s\27[K\r%s"):format(self.prompt, table.concat(self.characters, "", first, last),
        cursor > 0 and ("\27[%dC"):format(cursor) or ""))
end

local function set(self, text)
    self.characters = split(text)
    self.place = #self.characters
end

local function insert(self, text)
    for _, one in ipairs(split(text)) do
        self.place = self.place + 1
        table.insert(self.characters, self.place, one)
    end
end

local function remove(self, from, to)
    for _ = from, to do
        table.remove(self.characters, from)
    end
    self.place = from <= self.place and from - 1 or self.place
end

-- An earlier line (-1) or a later one (1). The line that is being typed is the last one.
local function recall(self, step)
    local at = self.at + step
    if at < 1 or at > #self.history + 1 then
        return
    end
    if self.at == #self.history + 1 then
        self.typed = table.concat(self.characters)
    end
    self.at = at
    set(self, self.history[at] or self.typed)
end

local function is_word(character)
    return character ~= nil and character:find "[%w_\x80-\xff]" ~= nil
end

local function word_left(self)
    local at = self.place
    while at > 0 and not is_word(self.characters[at]) do
        at = at - 1
    end
    while at > 0 and is_word(self.characters[at]) do
        at = at - 1
    end
    return at
end

local function word_right(self)
    local at = self.place
    while at < #self.characters and not is_word(self.characters[at + 1]) do
        at = at + 1
    end
    while at < #self.characters and is_word(self.characters[at + 1]) do
        at = at + 1
    end
    return at
end

-- What all of some texts begin with.
local function common_start(list)
    local start = list[1]
    for _, one in ipairs(list) do
        while one:sub(1, #start) ~= start do
            start = start:sub(1, -2)
        end
    end
    return start
end

local function complete(self)
    local before = table.concat(self.characters, "", 1, self.place)
    if not self.complete then
        return
    end
    local found, first = self.complete(before)
    local typed = before:sub(first)
    local start = found[1] and common_start(found) or typed
    if #start > #typed then
        insert(self, start:sub(#typed + 1))
    elseif found[2] then
        self.write("\n" .. table.concat(found, "  ") .. "\n")
    end
end

local keys = {
    ["\1"] = function(self) self.place = 0 end,
    ["\2"] = function(self) self.place = math.max(self.place - 1, 0) end,
    ["\5"] = function(self) self.place = #self.characters end,
    ["\6"] = function(self) self.place = math.min(self.place + 1, #self.characters) end,
    ["\8"] = function(self)
        if self.place > 0 then
            remove(self, self.place, self.place)
        end
    end,
    ["\t"] = complete,
    ["\11"] = function(self) remove(self, self.place + 1, #self.characters) end,
    ["\12"] = function(self) self.write "\27[H\27[2J" end,
    ["\14"] = function(self) recall(self, 1) end,
    ["\16"] = function(self) recall(self, -1) end,
    ["\21"] = function(self) remove(self, 1, self.place) end,
    ["\23"] = function(self) remove(self, word_left(self) + 1, self.place) end,
    left_word = function(self) self.place = word_left(self) end,
    right_word = function(self) self.place = word_right(self) end,
    delete = function(self)
        if self.place < #self.characters then
            table.remove(self.characters, self.place + 1)
        end
    end,
}
keys["\127"] = keys["\8"]

-- What terminals send for keys without a character.
local SEQUENCES = {
    ["[A"] = "\16", ["[B"] = "\14", ["[C"] = "\6", ["[D"] = "\2", ["[H"] = "\1", ["[F"] = "\5", ["OA"] = "\16",
    ["OB"] = "\14", ["OC"] = "\6", ["OD"] = "\2", ["OH"] = "\1", ["OF"] = "\5", ["[1~"] = "\1", ["[4~"] = "\5",
    ["[7~"] = "\1", ["[8~"] = "\5", ["[3~"] = "delete", ["[1;5C"] = "right_word", ["[1;5D"] = "left_word",
    ["[1;3C"] = "right_word", ["[1;3D"] = "left_word", b = "left_word", f = "right_word",
}

-- The next key as it came: a character, or a sequence; nil: more bytes have to be read for it.
local function next_key(ahead)
    local first = ahead:byte()
    if first == 27 then
        local sequence = ahead:match "^\27%[[%d;]*[%a~]" or ahead:match "^\27O%a" or ahead:match "^\27[^%[O]"
        return sequence
    elseif first < 0x80 then
        return ahead:sub(1, 1)
    end
    local length = first >= 0xf0 and 4 or first >= 0xe0 and 3 or first >= 0xc0 and 2 or 1
    return #ahead >= length and ahead:sub(1, length) or nil
end

-- Does what a key says. Gives true when the line is at its end, and how.
local function press(self, key)
    if key == "\r" or key == "\n" then
        return "line"
    elseif key == "\3" then
        return "cancelled"
    elseif key == "\4" then
        if not self.characters[1] then
            return "end"
        end
        keys.delete(self)
    elseif key:byte() == 27 then
        local action = keys[SEQUENCES[key:sub(2)]]
        if action then
            action(self)
        end
    elseif keys[key] then
        keys[key](self)
    elseif key:byte() >= 32 then
        insert(self, key)
    end
end

---Reads a line.
---@param prompt string
---@param read fun(): string|nil bytes that were typed; nil: there will be no more
---@return string|nil line
---@return "line"|"cancelled"|"end" how Ctrl-C cancels it, Ctrl-D on an empty line is the end
function editor:read(prompt, read)
    self.prompt, self.characters, self.place = prompt, {}, 0
    self.at, self.typed = #self.history + 1, ""
    draw(self)
    while true do
        local key = self.ahead ~= "" and next_key(self.ahead)
        if key then
            self.ahead = self.ahead:sub(#key + 1)
            local how = press(self, key)
            if how or self.ahead == "" then
                draw(self)
            end
            if how then
                self.write(how == "cancelled" and "^C\n" or "\n")
                return how == "line" and table.concat(self.characters) or nil, how
            end
        else
            local bytes = read()
            if not bytes then
                self.write "\n"
                return nil, "end"
            end
            self.ahead = self.ahead .. bytes
        end
    end
end

return editor
