/** The page that `--serve` answers GET / with: drop an image on it, and see bars of the scores. */
export const classifierPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Classify</title>
<link rel="icon" href="data:,">
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #222; }
  label { display: block; border: 2px dashed #999; border-radius: 8px; padding: 2rem; text-align: center; cursor: pointer; }
  label.over { border-color: #246; background: #eef3fa; }
  input { display: none; }
  img { display: block; max-width: 100%; max-height: 16rem; margin: 1rem auto; image-rendering: pixelated; min-width: 8rem; }
  table { width: 100%; border-spacing: 0 .25rem; }
  td:first-child { width: 10rem; } td:last-child { width: 5rem; text-align: right; font-variant-numeric: tabular-nums; }
  meter { width: 100%; height: 1.25rem; }
  .error { color: #a00; }
</style>
<h1>Classify</h1>
<label id="drop">Drop an image here, or click to choose one<input id="file" type="file"></label>
<img id="shown" alt="" hidden>
<div id="answer" aria-live="polite"></div>
<p>Programs send the bytes: <code>curl --data-binary @digit.png <span id="here"></span></code></p>
<script>
  const drop = document.getElementById("drop"), file = document.getElementById("file");
  const shown = document.getElementById("shown"), answer = document.getElementById("answer");
  document.getElementById("here").textContent = location.href;
  async function ask(chosen) {
    if (chosen === undefined) return;
    shown.src = URL.createObjectURL(chosen);
    shown.hidden = !chosen.type.startsWith("image/");
    answer.textContent = "…";
    const found = await (await fetch("/", { method: "POST", body: chosen })).json();
    answer.textContent = "";
    if (found.error !== undefined) {
      const line = answer.appendChild(document.createElement("p"));
      line.className = "error";
      line.textContent = found.error;
      return;
    }
    for (const top of found) {
      const table = answer.appendChild(document.createElement("table"));
      for (const { label, score } of top) {
        const row = table.insertRow();
        row.insertCell().textContent = label;
        const meter = row.insertCell().appendChild(document.createElement("meter"));
        meter.value = score;
        row.insertCell().textContent = score.toFixed(4);
      }
    }
  }
  file.onchange = () => ask(file.files[0]);
  drop.ondragover = (event) => { event.preventDefault(); drop.className = "over"; };
  drop.ondragleave = () => { drop.className = ""; };
  drop.ondrop = (event) => { event.preventDefault(); drop.className = ""; ask(event.dataTransfer.files[0]); };
</script>
</html>
`;
