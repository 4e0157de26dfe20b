local e = require "wherry.report.html.element"

describe("an element of a page", function()
    it("escapes every text and every attribute", function()
        assert.equal('<p title="&quot;&gt;&#39;">a&lt;b&gt;&amp;amp;</p>', e.p({ title = "\">'" }, "a<b>&amp;").html)
        assert.equal("<td>\\x1b[31m\\u202e\\n</td>", e.td({}, "\27[31m\u{202e}\n").html)
        assert.equal("<b>5</b>", e.b({}, 5).html)
    end)

    it("takes texts, elements and lists of both; what is nil or false is not there", function()
        assert.equal("<ul><li>a</li><li>&lt;</li></ul>", e.ul({}, nil, { e.li({}, "a"), false, e.li({}, "<") },
            false).html)
        assert.equal("x<br>y", e.join("x", e.br {}, nil, "y").html:gsub("<br></br>", "<br>"))
        assert.equal('<a hidden href="#x"></a>', e.a({ hidden = true, href = "#x", class = false }).html)
    end)

    it("shows lines below each other", function()
        assert.equal("a&lt;<br>b", e.lines("a<\nb").html)
    end)
end)
