local state_directory = require "wherry.state_directory"

describe("the state directory", function()
    local function of(euid, variables)
        return state_directory({ sys = { euid = function() return euid end } },
            function(name) return variables[name] end, "the thing", "what to do")
    end

    it("follows XDG_STATE_HOME where that is absolute, else lies in the home directory", function()
        assert.equal("/s/wherry", of(1000, { HOME = "/home/ann", XDG_STATE_HOME = "/s" }))
        assert.equal("/home/ann/.local/state/wherry", of(1000, { HOME = "/home/ann", XDG_STATE_HOME = "s" }))
        assert.equal("/home/ann/.local/state/wherry", of(1000, { HOME = "/home/ann", XDG_STATE_HOME = "" }))
    end)

    it("of root is not below /root", function()
        assert.equal("/var/lib/wherry", of(0, { HOME = "/root" }))
        assert.equal("/var/lib/wherry", of(0, { XDG_STATE_HOME = "/root/state" }))
        assert.equal("/rooted/wherry", of(0, { XDG_STATE_HOME = "/rooted" }))
    end)

    it("says what has no place where there is none", function()
        local ok, fault = pcall(of, 1000, { HOME = "" })
        assert.is_false(ok)
        assert.same({ "environment", "what to do" }, { fault.kind, fault.hint })
        assert.matches("the thing has no place", fault.message, 1, true)
    end)
end)
