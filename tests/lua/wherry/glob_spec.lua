-- Globs of table names.
local glob = require "wherry.glob"

describe("glob", function()
    it("matches whole names without regard to case", function()
        assert.is_true(glob.matches("Artifacts", "artifacts"))
        assert.is_false(glob.matches("artifacts_fts", "artifacts"))
        assert.is_true(glob.matches("artifacts_fts", "*_FTS"))
        assert.is_true(glob.matches("artifacts_fts_data", "*_fts*"))
    end)

    it("takes ? as one character, also one of several bytes", function()
        assert.is_true(glob.matches("t1", "t?"))
        assert.is_true(glob.matches("tü", "t?"))
        assert.is_false(glob.matches("t", "t?"))
        assert.is_false(glob.matches("t12", "t?"))
    end)

    it("knows sets and their opposite", function()
        assert.is_true(glob.matches("log_3", "log_[0-9]"))
        assert.is_false(glob.matches("log_x", "log_[0-9]"))
        assert.is_true(glob.matches("log_x", "log_[!0-9]"))
        assert.is_false(glob.matches("log_3", "log_[!0-9]"))
    end)

    it("takes everything else as it is", function()
        assert.is_true(glob.matches("a.b-c(1)%d", "a.b-c(1)%d"))
        assert.is_false(glob.matches("axb", "a.b"))
        assert.is_true(glob.matches("a*b", "a\\*b"))
        assert.is_false(glob.matches("axb", "a\\*b"))
        assert.is_true(glob.matches("a[b", "a[b"))
        assert.is_true(glob.matches('x"; DROP TABLE y;--', 'x"; drop*'))
    end)

    it("names the first glob that matches", function()
        assert.equal("b*", glob.any("beta", { "a*", "b*", "*" }))
        assert.is_nil(glob.any("beta", { "a*" }))
    end)
end)
