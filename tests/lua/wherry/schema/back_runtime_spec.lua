-- Recognising the runtime functions of the way there.
local back_runtime = require "wherry.schema.back_runtime"
local runtime = require "wherry.expr.pg.runtime"

describe("back_runtime.recognise", function()
    it("takes a function for ours by its source only", function()
        local sql = runtime.statements({ sqlite_json_valid = true }, "app")
        local source = sql[#sql].sql:match "%$wherry%$(.*)%$wherry%$"
        local function found(routines)
            return back_runtime.recognise({ functions = routines }, "app")
        end
        assert.same({ sqlite_json_valid = "app" }, found { { name = "sqlite_json_valid", source = source } })
        assert.same({}, found { { name = "sqlite_json_valid", source = "SELECT true" } })
        assert.same({}, found { { name = "sqlite_json_valid", source = source },
            { name = "sqlite_json_valid", source = "SELECT 1" } })
        assert.same({}, found { { name = "sqlite_nothing", source = "" }, { name = "../x", source = "" },
            { name = "lower", source = "" } })
        assert.same({}, found {})
    end)
end)
