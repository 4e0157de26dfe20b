-- Names: exact before anything else, then without case when that is unique; suggestions only where they are near.
local match = require "wherry.match"

describe("match.find", function()
    it("takes the exact name before all others", function()
        local found, how = match.find("users", { "Users", "users" })
        assert.same({ "users", "exact" }, { found, how })
    end)

    it("takes a unique match without case", function()
        local found, how = match.find("users", { "topics", "Users" })
        assert.same({ "Users", "case" }, { found, how })
    end)

    it("takes none of several", function()
        local found, how, equal = match.find("uSERS", { "users", "Users" })
        assert.is_nil(found)
        assert.equal("ambiguous", how)
        assert.same({ "Users", "users" }, equal)
    end)

    it("says when there is nothing", function()
        local found, how = match.find("users", { "user" })
        assert.is_nil(found)
        assert.equal("none", how)
    end)
end)

describe("match.suggestion", function()
    it("names a slip of the finger, an exchange of neighbours, a missing underscore, a longer name", function()
        assert.equal('did you mean "columns"?', match.suggestion("colums", { "into", "columns", "skip" }))
        assert.equal('did you mean "where"?', match.suggestion("wehre", { "where", "order" }))
        assert.equal('did you mean "created_at"?', match.suggestion("createdat", { "updated_at", "created_at" }))
        assert.equal('did you mean "artifact_scores"?', match.suggestion("scores", { "topics", "artifact_scores" }))
    end)

    it("is silent where nothing is near", function()
        assert.is_nil(match.suggestion("zebra", { "columns", "skip" }))
        assert.is_nil(match.suggestion("x", {}))
    end)

    it("does not depend on the order of the candidates", function()
        assert.equal(match.nearest("tabl", { "table", "tab1" }), match.nearest("tabl", { "tab1", "table" }))
    end)
end)
