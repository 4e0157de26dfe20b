-- make_state_directory.lua: makes the directory of wherry's own files where it is not there. Root's private server runs
-- as another user, who has to get to his part of it.

---@param sys table core.sys
---@param path string from wherry.state_directory
return function(sys, path)
    sys.mkdir(path, tonumber(sys.euid() == 0 and "755" or "700", 8))
end
