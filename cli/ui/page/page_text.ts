import { pageHead } from "./page_head.ts";

/** The page of a training. It has a token with which its buttons may change something. */
export function pageText(token: string): string {
  return `${pageHead("Crema", `<meta name="token" content="${token}">\n`)}<header>
  <h1 id="net">…</h1>
  <p id="state" aria-live="polite">connecting</p>
  <progress id="progress" value="0" max="1"></progress>
  <div class="buttons">
    <form id="rate-form"><label>Learning rate <input id="new-rate" inputmode="decimal" size="7" autocomplete="off"></label>
      <button type="submit">Set</button> <button id="undo" type="button">Undo</button></form>
    <button id="snapshot" type="button">Snapshot</button>
    <button id="stop" type="button">Stop</button>
  </div>
</header>
<p id="said" role="status"></p>
<dl>
  <div><dt>iteration</dt><dd id="iteration">0</dd></div>
  <div><dt>loss</dt><dd id="loss">–</dd></div>
  <div><dt>learning rate</dt><dd id="rate">–</dd></div>
  <div><dt>iterations/s</dt><dd id="speed">–</dd></div>
  <div><dt>time left</dt><dd id="left">–</dd></div>
  <div><dt>memory</dt><dd id="memory">–</dd></div>
</dl>
<section><h2>Loss <label><input id="log" type="checkbox"> logarithmic</label></h2><div id="losses"></div></section>
<section id="tests"></section>
<section><h2>Learning rate</h2><div id="rates"></div></section>
<details id="parameters"><summary>Parameters and gradients</summary><div class="grid"></div></details>
<details id="filters"><summary>Filters of the first convolution</summary><div></div></details>
<details id="times"><summary>Time of each layer</summary><p class="hint"></p><div class="wide"></div></details>
<details id="graph"><summary>Net</summary>
  <label>Coloured by <select id="colour"><option value="norm">norm of gradients against that of parameters</option><option value="time">share of the time</option></select></label>
  <div></div></details>
<details id="confusion"><summary>Confusion of the last test</summary>
  <div class="wide"></div><p class="hint"></p><div id="cell" class="thumbs"></div></details>
<details id="activations"><summary>Activations</summary>
  <p class="hint">Choose an image here, or from a cell of the confusion matrix, and a blob.</p>
  <div id="batch" class="thumbs"></div>
  <div class="buttons"><label>Blob <select id="blob"></select></label> <button id="compute" type="button">Compute</button>
    <button id="other-images" type="button">Other images</button></div>
  <div id="maps"></div></details>
<details id="scripts" hidden><summary>Script layers</summary><div></div></details>
<details id="log-lines"><summary>Log</summary><pre></pre></details>
<p class="hint">Drag over a curve to zoom, double-click to see all of it.</p>
</html>
`;
}
