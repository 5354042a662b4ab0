/** What the scripts of all pages share: texts of numbers, and plots. A classic script, so that they see its names. */
export const commonScript = String.raw`
const at = (id) => document.getElementById(id);
const MOST = 8192;

const element = (name, text, properties = {}) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return Object.assign(made, properties);
};
const number = (x, digits = 5) => Number.isFinite(x) ? String(Number(x.toPrecision(digits))) : String(x);
const duration = (seconds) => {
  if (seconds === undefined || seconds === null || !Number.isFinite(seconds)) return "–";
  const s = Math.round(seconds), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
  return h > 0 ? h + " h " + m + " min" : m > 0 ? m + " min " + (s % 60) + " s" : s + " s";
};
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const COLOURS = ["#1f6feb", "#d1570f", "#178a4c", "#8e44ad", "#b8860b", "#c0392b", "#16808c", "#7f5539"];

/** A plot of lines over iterations, which keeps what the user has zoomed to. */
class Curves {
  constructor(place, series, { logarithmic = false } = {}) {
    this.place = place;
    this.series = series;
    this.logarithmic = logarithmic;
    this.data = [[], ...series.map(() => [])];
    this.zoomed = false;
    this.make();
    new ResizeObserver(() => this.plot.setSize(this.size())).observe(place);
  }
  size() {
    return { width: Math.max(240, this.place.clientWidth), height: 260 };
  }
  make() {
    this.plot?.destroy();
    const axis = { stroke: css("--soft"), grid: { stroke: css("--line") }, ticks: { stroke: css("--line") } };
    this.plot = new uPlot({
      ...this.size(),
      scales: { x: { time: false }, y: this.logarithmic ? { distr: 3 } : {} },
      axes: [axis, { ...axis, size: 64, values: (_, ticks) => ticks.map((t) => t === null ? "" : number(t, 4)) }],
      series: [{ label: "iteration" }, ...this.series.map(({ label, width = 1.5, faint = false, colour }, i) => ({
        label,
        width,
        stroke: (colour ?? COLOURS[i % COLOURS.length]) + (faint ? "55" : ""),
        spanGaps: true,
        value: (_, v) => v === null || v === undefined ? "–" : number(v),
      }))],
      hooks: {
        setSelect: [(plot) => this.zoomed = plot.select.width > 0],
        ready: [(plot) => plot.over.addEventListener("dblclick", () => this.zoomed = false)],
      },
    }, this.drawn(), this.place);
  }
  // A logarithm has no zero.
  drawn() {
    return this.logarithmic
      ? this.data.map((values, i) => i === 0 ? values : values.map((v) => v > 0 ? v : null))
      : this.data;
  }
  add(rows) {
    for (const row of rows) row.forEach((value, i) => this.data[i].push(value));
    if (this.data[0].length > MOST) this.data = this.data.map((values) => values.filter((_, i) => i % 2 === 0));
  }
  draw() {
    this.plot.setData(this.drawn(), !this.zoomed);
    if (this.zoomed) this.plot.redraw();
  }
}

const json = async (path) => {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return await answer.json();
};
const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
`;
