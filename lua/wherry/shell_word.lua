-- shell_word.lua: a text as one word of a command that somebody may type into a shell.

---@param text string
---@return string
return function(text)
    return text:find "^[%w_./:@%%+=,-]+$" and text or "'" .. text:gsub("'", "'\\''") .. "'"
end
