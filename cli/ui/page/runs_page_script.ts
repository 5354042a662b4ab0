/** What the page of all runs runs. */
export const runsPageScript = String.raw`
let runs = [], chosen = new Set(), shown, known = new Map();
const say = (text, bad = false) => {
  at("said").textContent = text;
  at("said").className = bad ? "bad" : "";
};
const colourOf = (name) => COLOURS[runs.findIndex((run) => run.name === name) % COLOURS.length];
const canBeDrawn = ({ state }) => state !== "damaged" && state !== "prepared";

/** Lines of several runs over the iterations that any of them has. */
function overlay(place, lines, logarithmic = false) {
  const key = JSON.stringify(lines.map(({ name }) => name));
  let curves = place.curves;
  if (curves === undefined || place.key !== key) {
    place.textContent = "";
    curves = new Curves(place, lines.map(({ name }) => ({ label: name, colour: colourOf(name) })), { logarithmic });
    place.curves = curves;
    place.key = key;
  }
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const places = new Map(xs.map((x, i) => [x, i]));
  curves.data = [xs, ...lines.map(({ points }) => {
    const values = new Array(xs.length).fill(null);
    for (const [x, y] of points) values[places.get(x)] = y;
    return values;
  })];
  curves.draw();
}

async function drawChosen() {
  const names = runs.filter((run) => chosen.has(run.name) && canBeDrawn(run)).map(({ name }) => name);
  if (names.length === 0) {
    for (const id of ["losses", "rates"]) overlay(at(id), []);
    at("tests").textContent = "";
    at("differences").hidden = true;
    return;
  }
  const compared = await json("/compare?" + new URLSearchParams(names.map((name) => ["run", name])));
  const curve = (key) => compared.map(({ name, curve }) => ({ name, points: curve.map((p) => [p.iteration, p[key]]) }));
  overlay(at("losses"), curve("loss"), at("log").checked);
  overlay(at("rates"), curve("learningRate"));
  const outputs = new Map();
  for (const { name, rows } of compared) {
    for (const { net, iteration, outputs: values } of rows) {
      if (net === "train") continue;
      for (const [output, value] of Object.entries(values)) {
        const title = (net === "test" ? "Test " : "Test net #" + net.slice(4) + " ") + output;
        if (!outputs.has(title)) outputs.set(title, new Map());
        const lines = outputs.get(title);
        if (!lines.has(name)) lines.set(name, []);
        lines.get(name).push([iteration, value]);
      }
    }
  }
  for (const place of [...at("tests").children]) if (!outputs.has(place.dataset.title)) place.remove();
  for (const [title, lines] of outputs) {
    let place = [...at("tests").children].find((each) => each.dataset.title === title);
    if (place === undefined) {
      place = element("div");
      place.dataset.title = title;
      place.append(element("h2", title), element("div"));
      at("tests").append(place);
    }
    overlay(place.lastChild, [...lines].map(([name, points]) => ({ name, points })));
  }
  const fields = [...new Set(compared.flatMap(({ settings }) => Object.keys(settings)))];
  at("differences").hidden = fields.length === 0;
  const rows = [["", ...names], ...fields.map((field) => [field, ...compared.map(({ settings }) => settings[field])])];
  at("differences").querySelector("div").replaceChildren(table(rows));
}

function table([titles, ...rows]) {
  const made = element("table"), head = made.createTHead().insertRow(), body = made.createTBody();
  for (const title of titles) head.append(element("th", title));
  for (const row of rows) {
    const line = body.insertRow();
    for (const field of row) line.append(element("td", field));
  }
  return made;
}

const brief = (text) => text !== "" && !Number.isInteger(Number(text)) && Number.isFinite(Number(text)) ? number(Number(text), 4) : text;
async function showOne() {
  at("one").hidden = shown === undefined;
  if (shown === undefined) return;
  const name = shown, view = await json("/run?" + new URLSearchParams({ run: name }));
  if (name !== shown) return;
  at("one-name").textContent = name;
  at("tables").replaceChildren(...Object.entries(view.tables).map(([file, [titles, ...rows]]) => {
    const place = element("details", undefined, { open: isOpen(file, true) }), wide = element("div", undefined, { className: "wide" });
    place.dataset.file = file;
    wide.append(table([titles, ...rows.map((row) => row.map(brief))]));
    place.append(element("summary", file), wide);
    return place;
  }));
  const version = runs.find((run) => run.name === name)?.version ?? "";
  at("pictures").replaceChildren(...view.pictures.map((file) => {
    const place = element("details", undefined, { open: isOpen(file, /^(confusion|worst)/.test(file)) });
    place.dataset.file = file;
    place.append(
      element("summary", file),
      element("img", undefined, { alt: file, src: "/picture?" + new URLSearchParams({ run: name, file, version }) }),
    );
    return place;
  }));
  at("texts").replaceChildren(...Object.entries(view.texts).map(([file, text]) => {
    const place = element("details", undefined, { open: isOpen(file, false) });
    place.dataset.file = file;
    place.append(element("summary", file), element("pre", text));
    return place;
  }));
}
function isOpen(file, usual) {
  const before = [...document.querySelectorAll("#one details")].find((each) => each.dataset.file === file);
  return before?.open ?? usual;
}

function list() {
  at("runs").tBodies[0].replaceChildren(...runs.map(({ name, state, fault, record }) => {
    const row = element("tr"), mark = element("td"), title = element("td");
    const box = element("input", undefined, { type: "checkbox", checked: chosen.has(name), disabled: !canBeDrawn({ state }), ariaLabel: "draw " + name });
    box.onchange = () => {
      if (box.checked) chosen.add(name);
      else chosen.delete(name);
      attempt(drawChosen);
    };
    mark.style.setProperty("--mark", colourOf(name));
    mark.className = "mark";
    mark.append(box);
    const open = element("button", name, { className: "link" });
    open.onclick = () => {
      shown = shown === name ? undefined : name;
      list();
      attempt(showOne);
    };
    open.setAttribute("aria-expanded", String(shown === name));
    title.append(open);
    row.append(mark, title);
    const best = record?.best;
    for (const field of [
      record?.net ?? "",
      record === undefined ? "" : record.iteration + "/" + record.maxIteration,
      best === undefined ? "" : best.output + " " + number(best.value, 4) + " at " + best.iteration,
      state,
      record === undefined ? "" : duration(record.seconds),
      record === undefined ? "" : new Date(record.started).toLocaleString(),
    ]) row.append(element("td", field));
    const why = fault ?? record?.error?.split("\n")[0];
    if (why !== undefined) row.children[5].append(element("div", why, { className: "hint" }));
    return row;
  }));
}

async function attempt(what) {
  try {
    await what();
    say(runs.length === 0 ? "No runs yet. Make one: crema train --run NAME" : "");
  } catch (error) {
    say("Expected to show this but found: " + error.message, true);
  }
}

let first = true;
async function take({ folder, runs: news }) {
  at("folder").textContent = "Runs in " + folder;
  document.title = "Runs in " + folder;
  const before = known;
  known = new Map(news.map(({ name, version, state }) => [name, version + state]));
  runs = news;
  // The newest are drawn at first, and those that come later.
  for (const run of first ? news.filter(canBeDrawn).slice(-COLOURS.length) : news) {
    if (!before.has(run.name)) chosen.add(run.name);
  }
  first = false;
  if (shown !== undefined && !known.has(shown)) shown = undefined;
  list();
  await attempt(async () => {
    const changed = ({ name }) => before.get(name) !== known.get(name);
    if (runs.length !== before.size || runs.some((run) => chosen.has(run.name) && changed(run))) await drawChosen();
    if (shown !== undefined && runs.some((run) => run.name === shown && changed(run))) await showOne();
  });
}
at("log").onchange = () => {
  at("losses").curves.logarithmic = at("log").checked;
  at("losses").curves.make();
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const place of [at("losses"), at("rates"), ...[...at("tests").children].map((each) => each.lastChild)]) place.curves?.make();
});

// One at a time: a slow answer must not come after a newer one.
let waiting = Promise.resolve();
const events = new EventSource("/events");
events.addEventListener("runs", ({ data }) => waiting = waiting.then(() => take(JSON.parse(data))));
events.onerror = () => say("crema ui does not answer.", true);
`;
