-- The directory of wherry's own files: who may enter it.
local make_state_directory = require "wherry.make_state_directory"

describe("the state directory", function()
    it("is its user's alone; other users get through root's", function()
        for user, mode in pairs { [0] = "755", [1000] = "700" } do
            local made
            make_state_directory({ euid = function() return user end, mkdir = function(path, bits)
                made = ("%s %o"):format(path, bits)
            end }, "/x/wherry")
            assert.equal("/x/wherry " .. mode, made)
        end
    end)
end)
