-- browser.lua: pages as a real browser shows them: headless Chromium reads them inside a page of the test, whose script
-- tells what it sees. Nothing of the page under test runs or is changed.
local cjson = require "cjson"
local process = require "tests.support.process"

local browser = {}

local SWITCHES = { "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--allow-file-access-from-files", "--window-size=1400,1000" }

-- What is told of each page. Contrast is that of WCAG 2: of every element with text of its own against what is behind
-- it. For print, what the page says of paper is made to count on the screen, at the width of A4.
local SCRIPT = [=[
const say = {};
function parse(colour) {
  const m = colour.match(/[\d.]+/g).map(Number);
  return m.length < 4 ? [...m, 1] : m;
}
function luminance(c) {
  const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function behind(view, element) {
  for (let e = element; e; e = e.parentElement) {
    const c = parse(view.getComputedStyle(e).backgroundColor);
    if (c[3] === 1) return c;
  }
  return [255, 255, 255, 1];
}
function contrast(view, element) {
  const a = luminance(parse(view.getComputedStyle(element).color).slice(0, 3));
  const b = luminance(behind(view, element).slice(0, 3));
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
function least(frame) {
  let found = { contrast: 21, text: "" };
  for (const element of frame.contentDocument.body.querySelectorAll("*")) {
    const own = [...element.childNodes].filter(n => n.nodeType === 3 && n.data.trim() !== "");
    if (own.length > 0 && element.getClientRects().length > 0) {
      const c = contrast(frame.contentWindow, element);
      if (c < found.contrast) found = { contrast: c, text: own[0].data.slice(0, 60) };
    }
  }
  return found;
}
function overflow(frame, width) {
  frame.style.width = width + "px";
  const root = frame.contentDocument.documentElement;
  return root.scrollWidth - root.clientWidth;
}
function rows(section) {
  return [...section.querySelectorAll("tr")].map(tr => [...tr.children].map(c => c.innerText.trim()));
}
function tell(frame) {
  const doc = frame.contentDocument, view = frame.contentWindow, told = { sections: {}, rows: {}, figures: {} };
  told.wide = overflow(frame, 1280);
  told.title = doc.title;
  told.text = doc.body.innerText;
  told.word = doc.querySelector(".verdict .word").innerText;
  told.sentence = doc.querySelector(".verdict .sentence").innerText;
  for (const section of doc.querySelectorAll("section")) {
    told.sections[section.id] = section.innerText;
    told.rows[section.id] = rows(section);
  }
  for (const box of doc.querySelectorAll(".figures div"))
    told.figures[box.querySelector("dt").innerText] = box.querySelector("dd").innerText;
  told.background = view.getComputedStyle(doc.body).backgroundColor;
  told.least = least(frame);
  told.scripts = doc.scripts.length;
  told.loaded = view.performance.getEntriesByType("resource").length;
  told.links = [...doc.querySelectorAll("[href],[src]")].map(e => e.getAttribute("href") || e.getAttribute("src"));
  told.dead = told.links.filter(l => !doc.getElementById(l.slice(1)));
  told.headings = [...doc.querySelectorAll("h1,h2,h3")].map(h => Number(h.tagName[1]));
  told.captions = doc.querySelectorAll("table").length - doc.querySelectorAll("table > caption").length;
  told.first_screen = doc.querySelector("#rests").getBoundingClientRect().top;
  told.bars = [...doc.querySelectorAll("#tables .track i")].map(i =>
    [i.parentElement.className, i.getBoundingClientRect().width / i.parentElement.getBoundingClientRect().width]);
  told.narrow = overflow(frame, 400);
  for (const sheet of doc.styleSheets)
    for (const rule of sheet.cssRules)
      if (rule.media && rule.media.mediaText === "print") rule.media.mediaText = "all";
  told.paper = overflow(frame, 690);
  told.paper_background = view.getComputedStyle(doc.body).backgroundColor;
  told.paper_least = least(frame);
  return told;
}
addEventListener("load", () => {
  const told = [...document.querySelectorAll("iframe")].map(frame => {
    try { return tell(frame); } catch (error) { return { failed: String(error) }; }
  });
  document.body.textContent = "told:" + encodeURIComponent(JSON.stringify(told)) + ":end";
});
]=]

local function escaped(path)
    return (path:gsub("[^%w/._-]", function(c) return ("%%%02X"):format(c:byte()) end))
end

---What pages say, in their order.
---@param place string a directory of the test's own
---@param paths string[] absolute paths of pages
---@param scheme "light"|"dark" what the reader prefers
---@return table[]
function browser.read(place, paths, scheme)
    local frames = {}
    for index, path in ipairs(paths) do
        frames[index] = ('<iframe style="width:1280px;height:900px;border:0" src="file://%s"></iframe>'):format(
            escaped(path))
    end
    process.shell("mkdir -p " .. process.quote(place))
    local wrapper = place .. "/wrapper.html"
    process.write(wrapper, ('<!DOCTYPE html><meta charset="utf-8"><body>%s<script>%s</script></body>'):format(
        table.concat(frames), SCRIPT))
    local argv = { "chromium", table.unpack(SWITCHES) }
    argv[#argv + 1] = "--user-data-dir=" .. process.directory "browser"
    argv[#argv + 1] = "--blink-settings=preferredColorScheme=" .. (scheme == "dark" and "0" or "1")
    argv[#argv + 1] = "--dump-dom"
    argv[#argv + 1] = "file://" .. escaped(wrapper)
    -- Neither the sanitizers' libraries nor anything of the user's.
    local result = process.run(argv, { directory = place, timeout = 120,
        env = { PATH = "/usr/bin:/bin", HOME = place, LANG = "C.UTF-8" } })
    os.execute("rm -rf " .. process.quote(argv[#SWITCHES + 2]:match "=(.*)$"))
    local told = result.stdout:match "told:(.-):end"
    assert(told, ("the browser said nothing (exit %d):\n%s\n%s"):format(result.code, result.stdout:sub(1, 2000),
        result.stderr:sub(-2000)))
    local pages = cjson.decode((told:gsub("%%(%x%x)", function(x) return string.char(tonumber(x, 16)) end)))
    for index, page in ipairs(pages) do
        assert(not page.failed, ("%s: %s"):format(paths[index], page.failed))
    end
    return pages
end

return browser
