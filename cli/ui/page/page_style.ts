/** How the pages look, dark and light, from the width of a phone on. */
export const pageStyle = `
:root { --text: #1c2330; --soft: #647084; --line: #d9dee7; --page: #fff; --card: #f6f8fb; --accent: #1f6feb; --bad: #b42318; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6eaf2; --soft: #96a1b4; --line: #2c3442; --page: #12161d; --card: #1a2029; --accent: #5b9dff; --bad: #ff8a7a; }
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 0 auto; padding: 1rem; max-width: 72rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
h1 { font-size: 1.25rem; margin: 0; } h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
h2 label { font-weight: normal; color: var(--soft); margin-left: 1rem; }
#state { margin: 0; color: var(--soft); } #state.failed { color: var(--bad); }
#said { min-height: 1.5em; margin: .25rem 0; color: var(--soft); } #said.bad { color: var(--bad); }
progress { flex: 1 1 8rem; accent-color: var(--accent); height: 1rem; }
.buttons, #rate-form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .2rem .5rem; }
button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .9rem; cursor: pointer; }
button:hover { border-color: var(--accent); } button:disabled { opacity: .5; cursor: default; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .5rem; margin: .5rem 0; }
dl > div { background: var(--card); border-radius: 8px; padding: .5rem .75rem; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-variant-numeric: tabular-nums; font-size: 1.1rem; }
details { margin-top: 1rem; border-top: 1px solid var(--line); padding-top: .5rem; } summary { cursor: pointer; font-weight: 600; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .75rem; margin-top: .5rem; }
.card { background: var(--card); border-radius: 8px; padding: .5rem .75rem; font-size: .85rem; overflow-wrap: anywhere; }
.card svg { display: block; width: 100%; height: 3.5rem; }
canvas.filters { image-rendering: pixelated; max-width: 100%; }
#graph > div { overflow: auto; max-height: 80vh; background: #fff; border-radius: 8px; }
pre { overflow: auto; max-height: 24rem; background: var(--card); padding: .75rem; border-radius: 8px; font-size: .8rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .75rem .2rem 0; vertical-align: top; } th { color: var(--soft); font-weight: normal; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
td.mark { border-left: .35rem solid var(--mark); padding-left: .5rem; }
button.link { background: none; border: 0; padding: 0; color: var(--accent); font-weight: 600; }
#pictures img { display: block; max-width: 100%; background: #fff; border-radius: 8px; margin-top: .5rem; }
.thumbs { display: flex; flex-wrap: wrap; gap: .4rem; margin: .5rem 0; }
.thumbs button { padding: .25rem; font-size: .75rem; line-height: 1.2; color: var(--soft); } .thumbs button[aria-pressed=true] { outline: 2px solid var(--accent); }
.thumbs img, #maps img { display: block; margin: 0 auto .15rem; image-rendering: pixelated; background: #808080; }
#maps img { margin: .5rem 0; max-width: 100%; }
#times meter { width: 8rem; vertical-align: middle; }
table.cells td { padding: 0; border: 1px solid var(--line); text-align: center; }
table.cells button { border: 0; border-radius: 0; padding: .1rem; min-width: 2.2rem; width: 100%; background: none; }
table.cells th { padding: 0 .3rem; text-align: center; max-width: 8rem; overflow: hidden; text-overflow: ellipsis; }
select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .2rem .5rem; max-width: 60vw; }
pre.error { color: var(--bad); white-space: pre-wrap; }
pre.source { counter-reset: line; padding-left: 0; }
pre.source > span { display: block; padding-right: .75rem; min-width: max-content; }
pre.source > span::before { counter-increment: line; content: counter(line); display: inline-block; width: 3rem; margin-right: .75rem; text-align: right; color: var(--soft); }
pre.source > span.bad { background: color-mix(in srgb, var(--bad) 22%, transparent); }
.hint { color: var(--soft); font-size: .85rem; }
.u-legend { font-size: .85rem; }
`;
