-- wherry check --on-bad=reject says how many rows a run rejects: of each table, exactly, whatever refers to whatever.
local h = require "tests.support.harness"

describe("what check says of rejects", function()
    after_each(h.cleanup)

    -- Rejected rows by table: as check says, and as a run does.
    local function compare(source, target)
        local file, database = h.source(source), h.database()
        if target then
            h.sql(database, target)
        end
        local arguments = { file, h.url(database), "--on-bad=reject" }
        local checked = h.wherry { "check", "--json", table.unpack(arguments) }
        local ran = h.wherry { "run", "--json", table.unpack(arguments) }
        local said, done = {}, {}
        for _, tbl in ipairs(checked.json.tables) do
            said[tbl.table] = tbl.rejected
        end
        for _, tbl in ipairs(ran.json.sources[1].tables) do
            done[tbl.table] = tbl.rejected
        end
        assert.same(done, said, checked.said .. ran.said)
        assert.equal(checked.code, ran.code, checked.said .. ran.said)
        return said
    end

    local TABLES = [[CREATE TABLE p(id INTEGER PRIMARY KEY, a, b, up INTEGER%s);
        CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER%s, n);]]

    it("is what a run does with values, duplicates, and orphans of what was rejected", function()
        local rejected = compare(TABLES:format("", "") .. [[
            INSERT INTO p VALUES (1, 1, 1, NULL), (2, 1, 2, 1), (3, 2, 2, 2), (4, 'x', 5, NULL), (5, '2', 6, 4),
                (6, 7, 7, 4), (7, 8, 8, 6);
            INSERT INTO c VALUES (1, 1, 1), (2, 2, 1), (3, 7, 1), (4, 3, 'bad'), (5, 99, 1), (6, NULL, 1)]],
            [[CREATE TABLE p(id int PRIMARY KEY, a int UNIQUE, b int UNIQUE, up int REFERENCES p(id));
            CREATE TABLE c(id int PRIMARY KEY, p int REFERENCES p(id), n smallint)]])
        -- p: 2 loses a, so 3 keeps b; 4 is no integer; 5 loses a to 3. Then 3 refers to 2, 6 to 4, 7 to 6.
        assert.same({ p = 6, c = 4 }, rejected)
    end)

    it("is what a run does into tables that it makes", function()
        local rejected = compare(TABLES:format(" REFERENCES p", " REFERENCES p") .. [[
            INSERT INTO p VALUES (1, 1, 1, NULL), (2, 1, 2, 9), (3, 1, 2, 2), (4, 1, 2, 3);
            INSERT INTO c VALUES (1, 1, 1), (2, 4, 1), (3, NULL, 1), (4, 4, 1)]])
        assert.same({ p = 3, c = 2 }, rejected)
    end)

    -- The same numbers each time.
    local function generator(seed)
        return function(most)
            seed = (seed * 1103515245 + 12345) % 2147483648
            return seed // 65536 % most
        end
    end

    it("is what a run does with tables at random", function()
        for seed = 1, 4 do
            local next_number, rows = generator(seed), {}
            local function add(name, row)
                rows[#rows + 1] = ("INSERT INTO %s VALUES (%s);"):format(name, table.concat(row, ", "))
            end
            local function some(most)
                local number = next_number(most + 3)
                return number == most and "NULL" or number == most + 1 and "'" .. next_number(most) .. "'"
                    or number == most + 2 and "'bad'" or tostring(number)
            end
            for id = 1, 60 do
                add("p", { id, some(90), some(90), some(60) })
                add("c", { id, some(70), some(30) })
            end
            local rejected = compare(TABLES:format("", "") .. table.concat(rows),
                [[CREATE TABLE p(id int PRIMARY KEY, a int UNIQUE, b int UNIQUE, up int REFERENCES p(id));
                CREATE TABLE c(id int PRIMARY KEY, p int REFERENCES p(id), n smallint)]])
            assert.is_true(rejected.p > 5 and rejected.c > 5)
        end
    end)
end)
