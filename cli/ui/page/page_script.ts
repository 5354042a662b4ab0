/** What the page of a training runs. It talks to nobody but the server that it comes from. */
export const pageScript = String.raw`
const token = document.querySelector("meta[name=token]").content;
let losses, rates, tests = new Map();
function start() {
  for (const id of ["losses", "rates", "tests"]) at(id).textContent = "";
  losses = new Curves(at("losses"), [{ label: "loss", faint: true }, { label: "mean loss" }], {
    logarithmic: at("log").checked,
  });
  rates = new Curves(at("rates"), [{ label: "learning rate" }]);
  tests = new Map();
  at("log-lines").querySelector("pre").textContent = "";
}
at("log").onchange = () => {
  losses.logarithmic = at("log").checked;
  losses.make();
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const curves of [losses, rates, ...tests.values()]) curves?.make();
});

function testCurves(net, outputs) {
  const names = Object.keys(outputs), key = net + " " + names.join(" ");
  let curves = tests.get(key);
  if (curves === undefined) {
    const heading = document.createElement("h2"), place = document.createElement("div");
    heading.textContent = "Test net #" + net;
    at("tests").append(heading, place);
    curves = new Curves(place, names.map((label) => ({ label, width: 2 })));
    tests.set(key, curves);
  }
  return curves;
}

function showScripts(modules) {
  at("scripts").hidden = modules.length === 0;
  const open = new Set([...at("scripts").querySelectorAll("details[open]")].map((each) => each.dataset.module));
  at("scripts").querySelector("div").replaceChildren(...modules.map(({ module, layers, source, state, error }) => {
    const place = element("details", undefined, { open: open.has(module) || error !== undefined });
    place.dataset.module = module;
    place.append(
      element("summary", module.slice(module.lastIndexOf("/") + 1) + ": " + layers.join(", ")),
      element("p", module + (state === undefined ? "" : " – " + state), { className: "hint" }),
    );
    if (error !== undefined) place.append(element("pre", error.text, { className: "error" }));
    if (source === undefined) place.append(element("p", "Its source can't be read any more."));
    else {
      const lines = element("pre", undefined, { className: "source" });
      lines.append(...source.trimEnd().split("\n").map((line, i) =>
        element("span", line || " ", { className: i + 1 === error?.line ? "bad" : "" })
      ));
      place.append(lines);
    }
    return place;
  }));
  for (const bad of at("scripts").querySelectorAll("span.bad")) bad.parentElement.scrollTop = bad.offsetTop - bad.parentElement.offsetTop - 120;
}

function take({ status, steps, tests: news, lines, scripts }) {
  if (scripts !== undefined) showScripts(scripts);
  losses.add(steps.map(([iteration, loss, smoothed]) => [iteration, loss, smoothed]));
  rates.add(steps.map(([iteration, , , rate]) => [iteration, rate]));
  if (steps.length > 0) {
    losses.draw();
    rates.draw();
    const [, , smoothed, rate] = steps.at(-1);
    at("loss").textContent = number(smoothed);
    at("rate").textContent = number(rate, 4);
  }
  for (const { iteration, net, outputs } of news) {
    const curves = testCurves(net, outputs);
    curves.add([[iteration, ...Object.values(outputs)]]);
    curves.draw();
  }
  if (lines.length > 0) {
    const log = at("log-lines").querySelector("pre");
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
    log.append(lines.join("\n") + "\n");
    if (log.textContent.length > 200000) log.textContent = log.textContent.slice(-100000);
    if (atEnd) log.scrollTop = log.scrollHeight;
  }
  show(status);
}

let ended = false;
function show(status) {
  document.title = Math.floor(100 * status.iteration / Math.max(1, status.maxIteration)) + " % " + status.net;
  at("net").textContent = status.net || "(a net without a name)";
  at("state").textContent = status.error === undefined ? status.state : "failed: " + status.error;
  at("state").className = status.state;
  at("progress").max = Math.max(1, status.maxIteration);
  at("progress").value = status.iteration;
  at("iteration").textContent = status.iteration + " of " + status.maxIteration;
  at("speed").textContent = status.rate > 0 ? number(status.rate, 3) : "–";
  at("memory").textContent = (status.memory / 2 ** 20).toFixed(0) + " MB";
  ended = ["done", "stopped", "failed"].includes(status.state);
  at("left").textContent = ended ? "–" : duration(status.secondsLeft);
  at("stop").disabled = ended || status.state === "stopping";
  for (const button of document.querySelectorAll("#snapshot, #rate-form button")) button.disabled = ended;
}

const say = (text, bad = false) => {
  at("said").textContent = text;
  at("said").className = bad ? "bad" : "";
};
const ask = async (action, body) => {
  try {
    const answer = await fetch("/" + action, { method: "POST", headers: { "x-crema-token": token }, body });
    say((await answer.text()).trim(), !answer.ok);
  } catch (error) {
    say("Expected the training to answer but found: " + error.message, true);
  }
};
for (const action of ["snapshot", "stop", "undo"]) at(action).onclick = () => ask(action);
at("rate-form").onsubmit = (event) => {
  event.preventDefault();
  ask("learning-rate", at("new-rate").value);
};

function bars({ counts }, colour) {
  const most = Math.max(1, ...counts);
  const picture = svg("svg", { viewBox: "0 0 " + counts.length + " 20", preserveAspectRatio: "none" });
  counts.forEach((count, i) => {
    const height = 20 * count / most;
    picture.append(svg("rect", { x: i, y: 20 - height, width: .9, height, fill: colour }));
  });
  return picture;
}
function described(what, { low, high, norm, notFinite }) {
  const text = document.createElement("div");
  text.textContent = what + " " + number(low, 3) + " to " + number(high, 3) + ", norm " + number(norm, 3) +
    (notFinite > 0 ? ", not finite: " + notFinite : "");
  return text;
}
async function showParameters() {
  const cards = (await json("/parameters")).map(({ layer, index, shape, values, gradients }) => {
    const card = document.createElement("div"), name = document.createElement("strong");
    card.className = "card";
    name.textContent = layer + " " + index + " (" + shape.join(", ") + ")";
    card.append(name, described("values", values), bars(values, COLOURS[0]),
      described("gradients", gradients), bars(gradients, COLOURS[1]));
    return card;
  });
  at("parameters").querySelector(".grid").replaceChildren(...cards);
}
async function showFilters() {
  const place = at("filters").querySelector("div"), view = await json("/filters");
  if (view === null) {
    place.textContent = "The net has no convolution of two axes.";
    return;
  }
  const { count, height, width, pixels } = view;
  const columns = Math.ceil(Math.sqrt(count)), rows = Math.ceil(count / columns);
  const canvas = document.createElement("canvas");
  canvas.className = "filters";
  canvas.width = columns * (width + 1);
  canvas.height = rows * (height + 1);
  canvas.style.width = Math.min(place.clientWidth || 320, Math.max(320, canvas.width * 4)) + "px";
  const context = canvas.getContext("2d");
  for (let f = 0; f < count; f++) {
    const image = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[(f * width * height + i) * 3 + c];
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, (f % columns) * (width + 1), Math.floor(f / columns) * (height + 1));
  }
  place.replaceChildren(canvas);
}
async function showGraph() {
  const place = at("graph").querySelector("div");
  if (place.firstElementChild === null) {
    const parsed = new DOMParser().parseFromString(await (await fetch("/net.svg")).text(), "image/svg+xml");
    place.append(document.importNode(parsed.documentElement, true));
  }
  const colours = at("colour").value === "time" ? await shares() : await norms();
  for (const node of place.querySelectorAll("g.node")) {
    const title = node.querySelector("title"), name = node.dataset.layer ??= /^layer \d+ (.*)$/.exec(title.textContent)?.[1] ?? "";
    if (name === "") continue;
    const found = colours.get(name);
    // What has no parameters gives way to what has.
    const fill = found === undefined ? "#f2f2f5" : "hsl(" + (220 - 220 * Math.min(1, Math.max(0, found.heat))) + " 80% 75%)";
    for (const shape of node.querySelectorAll("polygon, ellipse")) shape.setAttribute("fill", fill);
    title.textContent = found === undefined ? name : name + ": " + found.text;
  }
}
async function norms() {
  const sums = new Map();
  for (const { layer, values, gradients } of await json("/parameters")) {
    const before = sums.get(layer) ?? [0, 0];
    sums.set(layer, [before[0] + gradients.norm ** 2, before[1] + values.norm ** 2]);
  }
  return new Map([...sums].map(([name, [gradients, values]]) => {
    const ratio = Math.sqrt(gradients / (values || 1));
    // 1e-5 is blue, 1 is red.
    return [name, { heat: (Math.log10(ratio || 1e-9) + 5) / 5, text: "norm of gradients / norm of parameters = " + number(ratio, 3) }];
  }));
}
async function shares() {
  const { layers } = await json("/times"), most = Math.max(...layers.map(({ share }) => share), 1e-9);
  return new Map(layers.flatMap(({ layers, forward, backward, share }) => {
    const text = percent(share) + ", " + number(forward + backward, 3) + " ms" + (layers.length > 1 ? " with " + layers.join(", ") : "");
    // The greatest share is red.
    return layers.map((name) => [name, { heat: share / most, text }]);
  }));
}
at("colour").onchange = () => tried(showGraph);

const percent = (share) => (100 * share).toFixed(1) + " %";
async function showTimes() {
  const { iterations, layers } = await json("/times"), hint = at("times").querySelector("p");
  hint.textContent = iterations === 0
    ? "No iteration has ended yet."
    : "Milliseconds of an iteration, the mean of the last " + iterations + ". Layers that are computed together have one time.";
  const made = element("table"), head = made.createTHead().insertRow(), body = made.createTBody();
  for (const title of ["layer", "forward", "backward", "share", ""]) head.append(element("th", title));
  for (const { layers: names, fusion, forward, backward, share } of layers) {
    const line = body.insertRow();
    for (const field of [names.join(" + "), number(forward, 3), number(backward, 3), percent(share)]) line.append(element("td", field));
    line.title = fusion ?? "";
    const bar = line.insertCell();
    bar.append(element("meter", undefined, { value: share, ariaLabel: percent(share) }));
  }
  at("times").querySelector("div").replaceChildren(made);
}

// The image and the blob of which activations are shown.
let chosen;
function thumbs(place, samples) {
  const most = Math.max(1, ...samples.map(({ width, height }) => Math.max(width, height)));
  const scale = Math.max(1, Math.floor(72 / most)) * Math.min(1, 96 / most);
  place.replaceChildren(...samples.map(({ key, label, guess, png, width, height }) => {
    const button = element("button", undefined, { type: "button" });
    button.dataset.key = key;
    button.append(element("img", undefined, { alt: "", src: "data:image/png;base64," + png, width: width * scale, height: height * scale }));
    if (label !== undefined) button.append(label + (guess === undefined || guess === label ? "" : " → " + guess));
    button.ariaLabel = "image " + key + " " + button.textContent;
    button.ariaPressed = String(key === chosen);
    button.onclick = () => choose(key);
    return button;
  }));
}
async function choose(key) {
  chosen = key;
  at("activations").open = true;
  for (const button of document.querySelectorAll(".thumbs button")) button.ariaPressed = String(button.dataset.key === key);
  await tried(compute);
}
async function tried(what) {
  try {
    await what();
  } catch (error) {
    say("Expected to show this but found: " + error.message, true);
  }
}
async function compute() {
  if (chosen === undefined || at("blob").value === "") return;
  at("compute").disabled = true;
  try {
    const query = new URLSearchParams({ sample: chosen, blob: at("blob").value });
    const { blob, shape, low, high, notFinite, png, values } = await json("/activations?" + query);
    const text = blob + " (" + shape.join(", ") + "): " + number(low, 4) + " (black) to " + number(high, 4) + " (white)" +
      (notFinite > 0 ? ", not finite: " + notFinite : "");
    const picture = element("img", undefined, { alt: "maps of " + blob, src: "data:image/png;base64," + png });
    await picture.decode();
    picture.style.width = Math.max(1, Math.floor(Math.min(640, at("maps").clientWidth || 640) / picture.naturalWidth)) * picture.naturalWidth + "px";
    at("maps").replaceChildren(element("p", text, { className: "hint" }), picture);
    if (values) at("maps").append(element("p", values.map((value) => number(value, 4)).join("  ")));
    say("");
  } finally {
    at("compute").disabled = ended;
  }
}
async function listBatch() {
  const { blobs, samples } = await json("/samples");
  const before = at("blob").value;
  at("blob").replaceChildren(...blobs.map((name) => element("option", name)));
  if (blobs.includes(before)) at("blob").value = before;
  at("batch").textContent = samples.length === 0 ? "There is no batch of images yet." : "";
  thumbs(at("batch"), samples);
  if (samples.length > 0) await choose(samples[0].key);
}
at("compute").onclick = () => tried(compute);
at("blob").onchange = () => tried(compute);
at("other-images").onclick = () => tried(listBatch);
at("activations").addEventListener("toggle", () => {
  if (at("activations").open && at("batch").childElementCount === 0) tried(listBatch);
});

let confusionOf;
async function showConfusion() {
  const view = await json("/confusion"), place = at("confusion").querySelector("div"), hint = at("confusion").querySelector("p");
  if (view === null) {
    hint.textContent = "There is no test of a net that classifies images yet.";
    return;
  }
  const { iteration, names, counts, mistakes } = view;
  if (confusionOf === iteration) return;
  confusionOf = iteration;
  hint.textContent = "At iteration " + iteration + ": a row for each label, a column for each guess. A cell shows its images.";
  const cell = (label, guess, text) => {
    const button = element("button", text, { type: "button", title: names[label] + " taken for " + names[guess] });
    button.onclick = () => tried(async () => {
      const samples = await json("/cell?" + new URLSearchParams({ label, guess }));
      thumbs(at("cell"), samples);
      if (samples.length === 0) at("cell").textContent = "None of these images was kept.";
    });
    return button;
  };
  if (counts === undefined) {
    place.replaceChildren(...mistakes.map(([label, guess, count]) => cell(label, guess, names[label] + " → " + names[guess] + ": " + count)));
    return;
  }
  const table = element("table", undefined, { className: "cells" }), head = table.createTHead().insertRow();
  head.append(element("th"), ...names.map((name) => element("th", name)));
  const body = table.createTBody();
  counts.forEach((row, label) => {
    const line = body.insertRow(), sum = row.reduce((a, b) => a + b, 0) || 1;
    line.append(element("th", names[label]));
    row.forEach((count, guess) => {
      const field = line.insertCell();
      if (count === 0) return;
      const colour = label === guess ? "31 111 235" : "209 57 15";
      field.style.background = "rgb(" + colour + " / " + (.12 + .6 * count / sum) + ")";
      field.append(cell(label, guess, String(count)));
    });
  });
  place.replaceChildren(table);
}
for (const [id, open] of [["confusion", showConfusion], ["times", showTimes], ["parameters", showParameters], ["filters", showFilters], ["graph", showGraph]]) {
  let timer;
  const again = async () => {
    if (!at(id).open || document.hidden) return;
    await open().catch((error) => say("Expected to show this but found: " + error.message, true));
    clearTimeout(timer);
    if (!ended) timer = setTimeout(again, 3000);
  };
  at(id).addEventListener("toggle", again);
  document.addEventListener("visibilitychange", again);
}

start();
const events = new EventSource("/events");
events.addEventListener("all", ({ data }) => {
  start();
  take(JSON.parse(data));
});
events.addEventListener("changes", ({ data }) => take(JSON.parse(data)));
events.onerror = () => {
  if (ended) {
    events.close();
    say("The training has ended.");
  } else say("The training does not answer.", true);
};
`;
