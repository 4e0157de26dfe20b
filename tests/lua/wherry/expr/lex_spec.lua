-- SQLite's tokens.
local lex = require "wherry.expr.lex"

local function shown(sql)
    local list = {}
    for i, token in ipairs(assert(lex.tokens(sql))) do
        list[i] = token.kind .. " " .. (token.value or token.text)
    end
    return list
end

describe("lex.tokens", function()
    it("reads words, numbers, strings, blobs and variables", function()
        assert.same({ "word select", "number 1", "word _a$1", "string it's", "blob 0aFF", "variable ?12",
            "variable :name",
            "variable @x", "variable $y" }, shown [[select 1 _a$1 'it''s' x'0aFF' ?12 :name @x $y]])
    end)

    it("reads names in double quotes, backticks and brackets", function()
        assert.same({ 'quoted a"b', "quoted c`d", "quoted e[f", "quoted ", "quoted \n" },
            shown("\"a\"\"b\" `c``d` [e[f] \"\" \"\n\""))
    end)

    it("reads numbers of every form", function()
        assert.same({ "number 1.", "number .5", "number 1.5e-3", "number 0x1F", "number 7E+2" },
            shown "1. .5 1.5e-3 0x1F 7E+2")
    end)

    it("reads the longest operator", function()
        assert.same({ "operator ->>", "operator ->", "operator ||", "operator |", "operator <<", "operator <>",
            "operator <=", "operator <", "operator !=", "operator ==", "operator -", "operator ~" },
            shown "->> -> || | << <> <= < != == - ~")
    end)

    it("leaves out white space and comments", function()
        assert.same({ "word a", "word b", "operator -", "word c", "operator /", "word d" },
            shown "\239\187\191a -- x 'y\n\t/* ' \" */ b - c /d /* not closed")
    end)

    it("does not take quotes inside comments or comments inside quotes for what they are not", function()
        assert.same({ "string --", "quoted /*", "word a" }, shown "'--' \"/*\" -- '\na")
    end)

    it("gives bytes beyond ASCII to names", function()
        assert.same({ "word größe", "word \xff" }, shown "größe \xff")
    end)

    it("tells where a token stands", function()
        local tokens = lex.tokens("ab  'c'")
        assert.same({ 1, 2, 5, 7 }, { tokens[1].first, tokens[1].last, tokens[2].first, tokens[2].last })
        assert.equal("AB", tokens[1].upper)
    end)

    it("refuses what SQLite refuses", function()
        for _, sql in ipairs({ "'a", '"a', "[a", "`a", "x'0'", "x'0g'", "1a", "0x", "^", "\\", "\0", "!" }) do
            local tokens, message, position = lex.tokens("a " .. sql)
            assert.is_nil(tokens, sql)
            assert.is_string(message)
            assert.equal(3, position)
        end
    end)
end)

describe("lex.comments", function()
    it("returns the comments with their places", function()
        local sql = "a -- one\n/* two\n */ 'no -- comment' /*/ three */ \"/* no */\" --\n/* open"
        local found = {}
        for i, comment in ipairs(lex.comments(sql)) do
            found[i] = { comment.text, comment.block, sql:sub(comment.first, comment.last) }
        end
        assert.same({
            { " one", false, "-- one" }, { " two\n ", true, "/* two\n */" }, { "/ three ", true, "/*/ three */" },
            { "", false, "--" }, { " open", true, "/* open" },
        }, found)
        assert.same({}, lex.comments "a - - b / * c")
    end)

    it("says where the text is not SQLite's", function()
        assert.same({ nil, "a quote is not closed", 10 }, { lex.comments "-- one\na 'b" })
    end)
end)
