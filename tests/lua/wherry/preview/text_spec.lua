-- The text of a preview: SQL that psql takes as it is, with everything else in comments.
local preview_text = require "wherry.preview.text"

local function preview(fields)
    local result = {
        status = "planned", exit = 0, findings = {}, sources = {}, objects = {
            { kind = "primary key", name = "t_pkey", table = "t", state = "todo", outcome = "exact",
                sql = "ALTER TABLE public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id)" },
            { kind = "view", name = "v", state = "receipt", outcome = "not_carried", note = "uses x" },
        },
    }
    result.resolved = {
        mode = "create", target_schema = "public", create = { "CREATE TABLE public.t (\n    id bigint NOT NULL\n)" },
        objects = result.objects, findings = {},
        tables = { { source = "t", target_sql = "public.t", binary = true, where = "id > 5", columns = {
            { source = "id", target = "id", type = { display = "bigint" } },
            { source = "name", target = "title", type = { display = "text" } } } } },
    }
    for key, value in pairs(fields or {}) do
        result[key] = value
    end
    return result
end

-- The lines that are no comment.
local function code(text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do
        lines[#lines + 1] = not line:find "^%-%-" and line or nil
    end
    return table.concat(lines, "\n")
end

describe("preview_text", function()
    it("prints statements as SQL, and rows and receipts as comments", function()
        local text = preview_text.full(preview(), "app.db")
        assert.matches("^%-%- app.db into an empty database, schema public, tables are created\n", text)
        assert.equal("CREATE TABLE public.t (\n    id bigint NOT NULL\n);\n"
            .. "ALTER TABLE public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);", code(text))
        assert.matches("\n%-%- t %-> public.t: 2 columns where id > 5\n", text)
        assert.matches("\n%-%-     title text <%- name\n", text)
        assert.is_nil(text:find("id bigint <- id", 1, true)) -- in a created table it goes without saying
        assert.matches("\n%-%- primary key t_pkey: exact\nALTER", text)
        assert.matches("\n%-%- view v: not carried: uses x\n", text)
    end)

    it("prints the statements alone", function()
        assert.equal(preview_text.sql(preview()):gsub("\n\n", "\n"),
            code(preview_text.full(preview(), "app.db")) .. "\n")
    end)

    it("lists every column of a table that is there, and what is put aside", function()
        local result = preview()
        result.resolved.mode = "existing"
        result.objects[1] = { kind = "foreign key", name = "f", state = "aside", outcome = "exact",
            aside_sql = "ALTER TABLE a DROP CONSTRAINT f", sql = "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (x)" }
        local text = preview_text.full(result, "app.db")
        assert.matches("into the tables that are there", text)
        assert.matches("%-%-     id bigint <%- id", text)
        assert.matches("%-%- put aside for the load: ALTER TABLE a DROP CONSTRAINT f\nALTER TABLE a ADD", text)
    end)

    it("keeps names that hold line breaks inside their comments", function()
        local result = preview()
        result.objects[2].name = "v\nDROP TABLE users"
        result.resolved.tables[1].source = "t\r\nDROP TABLE users"
        assert.is_nil(code(preview_text.full(result, "a\nDROP TABLE users.db")):find("DROP", 1, true))
    end)

    it("says what keeps a run from writing", function()
        local text = preview_text.full(preview { findings = { { code = "target_exists", table = "t",
            reason = "t is there already", hint = "use another schema" } } }, "app.db")
        assert.matches("%-%- Findings: a run would write nothing %(1%)\n", text)
        assert.matches("%-%- target_exists: table t: t is there already\n%-%-     use another schema", text)
    end)

    it("prints the tables that SQLite would get", function()
        local text = preview_text.full({ statements = { "CREATE TABLE \"t\"(\"id\" INTEGER PRIMARY KEY)" },
            objects = { { kind = "table", name = "t", outcome = "exact" } }, findings = {} }, "postgresql://x/y")
        assert.equal('CREATE TABLE "t"("id" INTEGER PRIMARY KEY);', code(text))
        assert.matches("%-%- table t: exact", text)
    end)
end)
