-- style.lua: how the page looks: on a screen, light or dark as its reader has chosen, and on paper.
return [[
:root{color-scheme:light dark;
--ground:#f5f6f8;--panel:#fff;--ink:#1b2431;--soft:#556272;--line:#dde3ea;--faint:#eef1f5;--rows:#3f74a8;--time:#8a6fb0;
--good:#17693b;--good-bg:#e7f4ec;--warn:#7d5200;--warn-bg:#fdf3dc;--bad:#a8241c;--bad-bg:#fcebe9;--link:#24598c}
@media (prefers-color-scheme:dark){:root{
--ground:#10151b;--panel:#181f27;--ink:#e3e8ee;--soft:#9eabb9;--line:#2c3742;--faint:#202933;--rows:#6ba3d8;
--time:#b39ad6;--good:#7bd3a0;--good-bg:#13291d;--warn:#ecc06a;--warn-bg:#2e250f;--bad:#ff9a90;--bad-bg:#351a18;
--link:#8ebfee}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
main,header.top,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header.top{padding-top:2rem}
h1{font-size:1.5rem;line-height:1.3;margin:0;font-weight:650;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:0 0 .75rem;font-weight:650}
h3{font-size:1rem;margin:1.5rem 0 .5rem;font-weight:650;overflow-wrap:anywhere}
p{margin:.35rem 0}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.2em}
.soft,.kicker,caption,figcaption{color:var(--soft)}
.kicker{margin:0 0 .25rem;font-size:.875rem}
code,pre{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code,.name,.value{overflow-wrap:anywhere;unicode-bidi:isolate;white-space:pre-wrap}
pre{margin:.35rem 0 0;padding:.5rem .75rem;background:var(--faint);border-radius:6px;white-space:pre-wrap;
overflow-wrap:anywhere}
section,.verdict{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:1.25rem 1.5rem;
margin:1.25rem 0}
.verdict{display:flex;gap:1.1rem;align-items:flex-start;border-left-width:6px}
.verdict .sign{flex:none;width:2.75rem;height:2.75rem;margin-top:.1rem}
.verdict .word{font-size:1.75rem;line-height:1.2;font-weight:700;margin:0}
.verdict .sentence{font-size:1.1rem;margin:.25rem 0 0}
.verdict .scope{margin:.35rem 0 0}
.verdict>div{min-width:0;overflow-wrap:anywhere}
.verdict.good{background:var(--good-bg);border-color:var(--good)}.verdict.good .word{color:var(--good)}
.verdict.warn{background:var(--warn-bg);border-color:var(--warn)}.verdict.warn .word{color:var(--warn)}
.verdict.bad{background:var(--bad-bg);border-color:var(--bad)}.verdict.bad .word{color:var(--bad)}
.figures{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0;padding:0}
.figures div{flex:1 1 auto;min-width:6.5rem;max-width:17rem;
background:var(--panel);border:1px solid var(--line);border-radius:10px;
padding:.75rem 1rem}
.figures dt{color:var(--soft);font-size:.875rem;white-space:nowrap}
.figures dd{margin:0;font-size:1.3rem;font-weight:650;font-variant-numeric:tabular-nums;white-space:nowrap}
.figures .bad dd{color:var(--bad)}.figures .warn dd{color:var(--warn)}
.columns{display:grid;align-items:start;gap:1.25rem;margin:1.25rem 0;grid-template-columns:minmax(0,1fr)}
.columns section{margin:0}
@media (min-width:58rem){.columns{grid-template:"rests next" auto "back next" 1fr/minmax(0,1fr) minmax(0,1fr)}
#rests{grid-area:rests}#next{grid-area:next}#back{grid-area:back}}
ul.marks,ol.steps{list-style:none;margin:0;padding:0}
ul.marks li{display:flex;gap:.7rem;padding:.45rem 0;border-top:1px solid var(--line)}
ul.marks li:first-child{border-top:0}
ul.marks li>div{min-width:0}
ul.marks strong{font-weight:600}
ul.marks p{margin:0}
.mark{display:inline-block;flex:none;width:1.15rem;height:1.15rem;vertical-align:-.2rem}
.mark.good{color:var(--good)}.mark.warn{color:var(--warn)}.mark.bad{color:var(--bad)}
.mark.off{color:var(--soft)}
ol.steps li{padding:.4rem 0 .4rem 1.9rem;position:relative;counter-increment:step}
ol.steps{counter-reset:step}
ol.steps li::before{content:counter(step);position:absolute;left:0;top:.5rem;width:1.3rem;height:1.3rem;
border-radius:50%;background:var(--faint);color:var(--soft);font-size:.8rem;line-height:1.3rem;text-align:center}
h2+h3,h2+.scroll{margin-top:0}
nav{margin:1.75rem 0 -.25rem}
nav ul{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;list-style:none;margin:0;padding:0}
.next{margin-top:1.5rem}p+.scroll{margin-top:.9rem}
.scroll{overflow-x:auto;margin:0 -.5rem;padding:0 .5rem}
.scroll:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;padding:0 0 .5rem;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
thead th{color:var(--soft);font-weight:600;border-bottom-width:2px;white-space:nowrap}
tbody th{font-weight:500}
tfoot th,tfoot td{font-weight:650;border-bottom:0;border-top:2px solid var(--line)}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.zero{color:var(--soft)}
caption span{display:block;position:sticky;left:0;max-width:calc(100vw - 4.5rem)}
.name{min-width:13rem}.value{min-width:9rem}
.state{white-space:nowrap}td p{margin:0}
tr.bad td,tr.bad th{background:var(--bad-bg)}tr.warn td,tr.warn th{background:var(--warn-bg)}
.bar{width:33%;min-width:13rem}
.bar div{display:flex;align-items:center;gap:.6rem}
.bar b{flex:none;min-width:6rem;font-weight:400;text-align:right;font-variant-numeric:tabular-nums}
.track{flex:1;height:.7rem;border-radius:3px;background:var(--faint)}
.track i{display:block;height:100%;border-radius:3px;background:var(--rows);min-width:1px}
.track.time i{background:var(--time)}
figure{margin:0}
.plot{display:grid;grid-template-columns:auto 1fr;gap:.25rem .6rem}
.plot .scale{display:flex;flex-direction:column;justify-content:space-between;text-align:right;font-size:.8rem;
color:var(--soft);font-variant-numeric:tabular-nums;margin:-.6rem 0}
.plot svg{width:100%;height:11rem;display:block;overflow:visible}
.plot .axis{grid-column:2;display:flex;justify-content:space-between;font-size:.8rem;color:var(--soft)}
.plot .area{fill:var(--rows);fill-opacity:.22}.plot .line{fill:none;stroke:var(--rows);stroke-width:2}
.plot .grid{stroke:var(--line);stroke-width:1}.plot .pause{stroke:var(--warn);stroke-width:1.5;stroke-dasharray:4 3}
.names{columns:14rem;list-style:none;margin:.25rem 0;padding:0;font-size:.875rem}
.names li{overflow-wrap:anywhere;break-inside:avoid}
dl.facts{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.3rem 1.25rem;margin:0}
dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:.875rem;padding-top:.5rem;padding-bottom:2.5rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:34rem){body{font-size:15px}section,.verdict{padding:1rem}.verdict .sign{width:2rem;height:2rem}
dl.facts{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:.5rem}.verdict .word{font-size:1.4rem}}
@media print{
:root{--ground:#fff;--panel:#fff;--ink:#000;--soft:#444;--line:#bbb;--faint:#f0f0f0;--rows:#3f74a8;--time:#8a6fb0;
--good:#17693b;--good-bg:#f2f8f4;--warn:#7d5200;--warn-bg:#fdf8ec;--bad:#a8241c;--bad-bg:#fdf3f2;--link:#000}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
@page{margin:16mm 14mm}
html{font-size:12.5px}body{font-size:1rem}
main,header.top,footer{max-width:none;padding-left:0;padding-right:0}header.top{padding-top:0}
section{border:0;border-radius:0;padding:0;margin:1.4rem 0}.columns{display:block}.columns section{margin:1.4rem 0}
nav{display:none}.scroll{overflow:visible;margin:0;padding:0}
table{font-size:.88rem}th,td{padding:.2rem .35rem}
.name,.value,.bar b{min-width:5rem}.bar{min-width:0}.state{white-space:normal}
thead{display:table-header-group}tfoot{display:table-row-group}
tr,li,.verdict,.figures div,figure{break-inside:avoid}h2,h3,caption{break-after:avoid}a{text-decoration:none}}
]]
