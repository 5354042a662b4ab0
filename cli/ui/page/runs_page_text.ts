import { pageHead } from "./page_head.ts";

/** The page of all runs. */
export const runsPageText = `${pageHead("Runs")}<header><h1 id="folder">Runs</h1></header>
<p id="said" role="status"></p>
<div class="wide"><table id="runs">
  <thead><tr><th><th>name<th>net<th>iterations<th>best<th>state<th>time<th>began</tr></thead>
  <tbody></tbody>
</table></div>
<section><h2>Train loss <label><input id="log" type="checkbox"> logarithmic</label></h2><div id="losses"></div></section>
<section id="tests"></section>
<section><h2>Learning rate</h2><div id="rates"></div></section>
<section id="differences"><h2>Settings in which they differ</h2><div class="wide"></div></section>
<section id="one" hidden>
  <h2 id="one-name"></h2>
  <div id="tables"></div>
  <div id="pictures"></div>
  <div id="texts"></div>
</section>
<p class="hint">Drag over a curve to zoom, double-click to see all of it. A run's name shows its scores, pictures and settings.</p>
</html>
`;
