-- The path of the file that the way back makes.
local file = require "wherry.back.file"

describe("back.file", function()
    local function refused(...)
        local ok, fault = pcall(...)
        assert.is_false(ok)
        return fault
    end

    it("takes paths and URLs of SQLite files, whatever their ending", function()
        assert.equal("out.db", file.path "out.db")
        assert.equal("dir/out", file.path "dir/out")
        assert.equal("/tmp/a b.db", file.path "sqlite:////tmp/a%20b.db")
        assert.equal("rel.db", file.path "sqlite:///rel.db")
    end)

    it("refuses what is none, without a password", function()
        for _, given in ipairs { "postgresql://u:Secret88@h/d", "dbname=x", "out.sql", "x.dump", "-", "mysql://h/d",
            "sqlite:///:memory:", "" } do
            local fault = refused(file.path, given)
            assert.equal("usage", fault.kind)
            assert.is_nil(fault.message:find("Secret88", 1, true))
        end
        assert.matches("has to be named", refused(file.path, nil).message)
    end)

    local function core_with(files)
        return { sys = { stat = function(path) return files[path] end } }
    end

    it("refuses a path at which something is, even an empty file", function()
        local folder = { type = "directory", writable = true }
        for _, case in ipairs {
            { ["./"] = folder, ["."] = folder, ["a.db"] = { type = "file", size = 0 } },
            { ["."] = folder, ["a.db"] = folder },
            { ["."] = folder, ["a.db-wal"] = { type = "file", size = 0 } },
            { ["."] = folder, ["a.db-journal"] = { type = "file", size = 9 } },
        } do
            assert.equal("usage", refused(file.check, core_with(case), "a.db").kind)
        end
        file.check(core_with { ["."] = folder }, "a.db")
        file.check(core_with { ["/x/"] = folder }, "/x/a.db")
    end)

    it("refuses a directory in which nothing can be made", function()
        assert.equal("environment", refused(file.check, core_with {}, "/x/a.db").kind)
        assert.equal("environment",
            refused(file.check, core_with { ["/x/"] = { type = "directory", writable = false } }, "/x/a.db").kind)
        assert.equal("environment", refused(file.check, core_with { ["x/"] = { type = "file" } }, "x/a.db").kind)
    end)
end)
