-- What replaces keys in columns stays when a run goes on by another plan.
local kept_keys = require "wherry.engine.kept_keys"

describe("kept_keys.carry", function()
    it("gives columns what the new plan does not find while foreign keys are aside", function()
        local merged, moved = { lookups = { "topic.id" } }, { offset = "100" }
        local function tbl(own, emitted)
            return { columns = { { target = "id" }, { target = "topic", remap = own } }, hooks = { emits = {
                { target_sql = "public.tag", columns = { { target = "topic", remap = emitted } } } } } }
        end
        local now = tbl(nil, nil)
        kept_keys.carry(tbl(moved, merged), now)
        assert.same({ moved, merged }, { now.columns[2].remap, now.hooks.emits[1].columns[1].remap })
        assert.is_nil(now.columns[1].remap)
        now = tbl(merged, moved)
        kept_keys.carry(tbl(moved, merged), now)
        assert.same({ merged, moved }, { now.columns[2].remap, now.hooks.emits[1].columns[1].remap })
        now = { columns = { { target = "topic" } } }
        kept_keys.carry({ columns = {} }, now)
        assert.is_nil(now.columns[1].remap)
    end)
end)
