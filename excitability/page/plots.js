/* Plots of one or more traces over time, drawn by BokehJS, and the same as an SVG figure to take away.
 *
 * A panel is {name, label, unit, column (in a table), y: [low, high], ticks, tall, minor, lines: [{name, colour, dash, legend}],
 * clock, end, time (the axis' label, or null)}; colours are names of the style sheet's variables. Traces keep all samples;
 * what is drawn is the lowest and highest of each pixel column.
 */
"use strict";

const DASHES = { solid: [], dashed: [9, 6], dotted: [2, 4] };
const FONT = 'system-ui, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif'; // as the page's
const colourOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/* The outline of `n` even samples between two times: every column's first, lowest, highest and last in order. */
function outline(times, values, n, from, to, columns) {
  const x = [], y = [];
  if (n === 0) return { x, y };
  const step = n > 1 ? times[1] - times[0] : 1, begin = times[0];
  const first = Math.max(0, Math.floor((from - begin) / step)), last = Math.min(n - 1, Math.ceil((to - begin) / step));
  const width = Math.max(1, Math.floor((to - from) / step / columns));
  if (width <= 2) {
    for (let k = first; k <= last; k++) { x.push(times[k]); y.push(values[k]); }
    return { x, y };
  }
  for (let k = first - (first % width); k <= last; k += width) {
    let low = Math.max(k, first), high = low;
    for (let j = low; j < Math.min(k + width, last + 1); j++) {
      if (values[j] < values[low]) low = j;
      if (values[j] > values[high]) high = j;
    }
    for (const j of low < high ? [low, high] : [high, low]) { x.push(times[j]); y.push(values[j]); }
  }
  return { x, y };
}

const keptDash = (line) => (line.dash === "dashed" ? "dotted" : "dashed");
const titleOf = (about) => (about.unit ? `${about.label} (${about.unit})` : about.label);

/* BokehJS asks for every stroke whether the style sheet has something to say about it, which takes a quarter of the time of
 * a drawing. Here it never has: `look` sets all colours. */
function unstyled(view) {
  let visual = view.visuals.background_fill;
  while (visual && !Object.hasOwn(visual, "_get_css_value")) visual = Object.getPrototypeOf(visual);
  if (visual) visual._get_css_value = () => "";
}

class Panel {
  constructor(host, about) {
    this.about = about;
    this.element = host.appendChild(document.createElement("div"));
    this.element.className = ["plot", about.tall && "tall", about.minor && "minor", about.time && "timed"].filter(Boolean).join(" ");
    this.element.setAttribute("role", "img");
    this.element.setAttribute("aria-label", say(TEXT.page.figure, { what: about.label }));
    const inner = this.element.appendChild(document.createElement("div"));
    this.x = new Bokeh.Range1d({ start: 0, end: about.end });
    this.y = new Bokeh.Range1d({ start: about.y[0], end: about.y[1] });
    this.figure = Bokeh.Plotting.figure({
      sizing_mode: "stretch_both", toolbar_location: null, x_range: this.x, y_range: this.y, min_border_right: 14,
      tools: matchMedia("(pointer: coarse)").matches ? "" : "xbox_zoom", // a finger scrolls the page
    });
    this.traces = {}; this.kept = {};
    this.lines = about.lines.map((line) => {
      const source = new Bokeh.ColumnDataSource({ data: { x: [], y: [] } });
      const under = new Bokeh.ColumnDataSource({ data: { x: [], y: [] } });
      const old = this.figure.line({ field: "x" }, { field: "y" }, { source: under, line_dash: DASHES[keptDash(line)] });
      const options = { source, line_dash: DASHES[line.dash || "solid"], line_join: "round" };
      if (line.legend) options.legend_label = line.legend;
      return { ...line, source, under, old, glyph: this.figure.line({ field: "x" }, { field: "y" }, options) };
    });
    // all marks are there from the beginning, and shown when they mean something
    const box = new Bokeh.BoxAnnotation({ left: 0, right: 0, line_alpha: 0 });
    const time = new Bokeh.Span({ location: 0, dimension: "height", line_dash: DASHES.dashed });
    const level = new Bokeh.Span({ location: 0, dimension: "width", line_dash: DASHES.dotted });
    const label = (more) => new Bokeh.Label({ x: 0, y: about.y[1], text: "", x_offset: 4, text_baseline: "top", ...more });
    this.models = {
      stimulus: { model: box, label: label() }, time: { model: time, label: label() },
      level: { model: level, label: label({ text_baseline: "bottom", text_align: "right", x_offset: -4, background_fill_alpha: 0.8 }) },
    };
    for (const one of Object.values(this.models)) {
      one.model.level = "underlay";
      this.figure.add_layout(one.model);
      this.figure.add_layout(one.label);
    }
    this.remark([]);
    this.until = Infinity;
    this.look();
    Bokeh.Plotting.show(this.figure, inner).then(unstyled);
  }

  /* Marks, one of a kind: {kind: "stimulus", from, to, text}, {kind: "time", at, text}, {kind: "level", at, text}. */
  remark(marks) {
    this.marks = marks;
    for (const [kind, { model, label }] of Object.entries(this.models)) {
      const mark = this.marks.find((one) => one.kind === kind);
      model.visible = mark !== undefined;
      label.visible = Boolean(mark && mark.text);
      if (!mark) continue;
      if (kind === "stimulus") model.setv({ left: mark.from, right: mark.to });
      else model.location = mark.at;
      label.setv({ text: mark.text || "", ...(kind === "level" ? { y: mark.at } : { x: kind === "stimulus" ? mark.from : mark.at }) });
    }
  }

  /* Colours and sizes as the page has them now. */
  look() {
    const f = this.figure, size = parseFloat(getComputedStyle(document.documentElement).fontSize), big = size > 20;
    const text = `${Math.round(size * 0.88)}px`, ink = colourOf("ink"), soft = colourOf("soft");
    f.setv({ background_fill_color: null, border_fill_color: null, outline_line_color: null }); // the page shows through
    f.min_border_left = Math.round(size * 3.3);
    f.min_border_top = f.min_border_bottom = 2;
    f.title.setv({ text: titleOf(this.about), text_font: FONT, text_font_size: text, text_color: ink, text_font_style: "bold", standoff: 3 });
    const [below, left] = [f.below[0], f.left[0]];
    below.axis_label = this.about.time;
    below.visible = this.about.time !== null;
    left.ticker.desired_num_ticks = this.about.ticks || (this.about.tall && !big ? 5 : 3);
    for (const axis of [below, left]) {
      Object.assign(axis, {
        axis_label_text_font: FONT, major_label_text_font: FONT, axis_label_text_font_size: text, major_label_text_font_size: text, axis_label_text_font_style: "normal", axis_line_color: soft,
        axis_label_text_color: ink, major_label_text_color: ink, major_tick_line_color: soft, minor_tick_line_color: null, axis_label_standoff: 6,
      });
    }
    for (const grid of f.center) if (grid.grid_line_color !== undefined) { grid.grid_line_color = colourOf("line"); grid.grid_line_alpha = 0.5; }
    for (const line of this.lines) {
      line.glyph.glyph.line_color = colourOf(line.colour); line.glyph.glyph.line_width = big ? 3.4 : 2;
      line.old.glyph.line_color = colourOf("kept"); line.old.glyph.line_width = big ? 3 : 1.8;
    }
    const { stimulus, time, level } = this.models;
    stimulus.model.setv({ fill_color: colourOf("shade"), fill_alpha: document.documentElement.classList.contains("dark") ? 0.14 : 0.28 });
    Object.assign(time.model, { line_color: colourOf("given"), line_width: big ? 3.4 : 2 });
    Object.assign(level.model, { line_color: soft, line_width: big ? 2.5 : 1.5 });
    Object.assign(stimulus.label, { text_font: FONT, text_font_size: text, text_color: soft });
    Object.assign(level.label, { text_font: FONT, text_font_size: text, text_color: soft, background_fill_color: colourOf("ground") });
    Object.assign(time.label, { text_font: FONT, text_font_size: text, text_color: colourOf("given") });
    for (const legend of f.legends || f.center.filter((one) => one.items !== undefined)) {
      Object.assign(legend, {
        label_text_font: FONT, label_text_font_size: text, label_text_color: ink, background_fill_color: colourOf("ground"), background_fill_alpha: 0.8, border_line_color: null, location: "top_right",
        orientation: "horizontal", padding: 0, margin: 2,
      });
    }
  }

  /* Draws what there is of the traces, up to a time; what is drawn already stays. */
  draw() {
    const columns = Math.max(200, this.element.clientWidth - 90), from = this.x.start, to = this.x.end;
    const show = (source, trace, until) => {
      const drawn = [trace && trace.times, trace && trace.n, from, until, columns];
      if (source.drawn && source.drawn.every((part, k) => part === drawn[k])) return;
      source.drawn = drawn;
      source.data = trace ? outline(trace.times, trace.values, trace.n, from, until, columns) : { x: [], y: [] };
    };
    let [low, high] = this.about.y;
    for (const line of this.lines) {
      show(line.source, this.traces[line.name], Math.min(to, this.until));
      show(line.under, this.kept[line.name], to);
      line.old.visible = line.under.data.x.length > 0;
      for (const y of [line.source.data.y, line.under.data.y]) for (const value of y) { if (value < low) low = value * (value < 0 ? 1.08 : 0.92); if (value > high) high = value * (value < 0 ? 0.92 : 1.08); }
    }
    if (this.models.level.label.x !== to) this.models.level.label.x = to; // in sight
    if (this.y.start !== low) this.y.start = low;
    if (this.y.end !== high) this.y.end = high;
  }
}

class Plots {
  constructor(host) { this.host = host; this.panels = []; this.key = ""; this.moving = false; }

  /* Panels of a view; those that are there already stay. `end` is how far time goes. */
  arrange(key, abouts) {
    if (key !== this.key) {
      this.host.replaceChildren();
      this.panels = abouts.map((about) => new Panel(this.host, about));
      this.key = key;
      for (const panel of this.panels) {
        for (const end of [panel.x.properties.start, panel.x.properties.end]) end.change.connect(() => this.follow(panel));
      }
      this.whole();
      return;
    }
    const same = this.panels.every((panel, k) => panel.about.end === abouts[k].end);
    this.panels.forEach((panel, k) => { panel.about.end = abouts[k].end; });
    if (!same) this.whole(); // otherwise one looks on at what one has zoomed into
  }

  get(name) { return this.panels.find((panel) => panel.about.name === name); }

  whole() {
    this.moving = true;
    for (const panel of this.panels) if (panel.x.start !== 0 || panel.x.end !== panel.about.end) panel.x.setv({ start: 0, end: panel.about.end });
    this.moving = false;
    this.draw();
  }

  /* Panels of the same clock show the same stretch of time. */
  follow(moved) {
    if (this.moving) return;
    this.moving = true;
    for (const panel of this.panels) if (panel.about.clock === moved.about.clock) panel.x.setv({ start: moved.x.start, end: moved.x.end });
    this.moving = false;
    this.draw();
  }

  draw() { for (const panel of this.panels) panel.draw(); }

  look() { for (const panel of this.panels) panel.look(); }

  until(clock, time) {
    for (const panel of this.panels) if (panel.about.clock === clock) panel.until = time;
    this.draw();
  }

  keep() { for (const panel of this.panels) panel.kept = Object.fromEntries(Object.entries(panel.traces).map(([name, trace]) => [name, { ...trace }])); this.draw(); }

  forget() { for (const panel of this.panels) panel.kept = {}; this.draw(); }
}

// ---------------------------------------------------------------------------------------------------- a figure to take away

const FIGURE = { width: 1600, height: 900, left: 110, right: 40, bottom: 130, gap: 44, text: 24 };
const PAPER = { trace: "#0072B2", second: "#CC79A7", calcium: "#D55E00", force: "#009E73", emg: "#000000", hormone: "#E69F00" };
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

/* Round numbers between two others. */
function ticks(low, high, about) {
  const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/* Lines of words; a number stays with its unit. */
function wrapped(text, most) {
  const lines = [""];
  for (const word of text.replace(/(\d) (?=(?:s|ms|Hz|mM|mV|mg|%)\b|%)/g, "$1\u00a0").split(/[ \n]+/)) {
    if ((lines.at(-1) + word).length > most) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
  }
  return lines;
}

/* All panels as one SVG text, with what the page says of them. */
function figureText(panels, sentence, kept, limits) {
  const { width, height, left, right, bottom, gap, text } = FIGURE, parts = [], told = wrapped(sentence, 110), top = 60 + 30 * told.length;
  const put = (x, y, words, more = "") => parts.push(`<text x="${x}" y="${y}" ${more}>${escaped(words)}</text>`);
  told.forEach((line, k) => put(40, 42 + 30 * k, line, 'font-weight="bold"'));
  const shares = panels.map((panel) => (panel.about.tall ? 2.2 : 1)), all = shares.reduce((a, b) => a + b, 0);
  // a new clock needs room for its own axis
  const axes = panels.map((panel, k) => k === panels.length - 1 || panels[k + 1].about.clock !== panel.about.clock);
  const room = height - top - bottom - gap * (panels.length - 1) - 60 * (axes.filter(Boolean).length - 1);
  let y = top;
  panels.forEach((panel, k) => {
    const high = room * shares[k] / all, { x: span, y: range, about } = panel, w = width - left - right, base = y;
    const px = (t) => left + w * (t - span.start) / (span.end - span.start);
    const py = (v) => base + high * (1 - (v - range.start) / (range.end - range.start));
    const path = (data) => data.x.map((t, i) => `${px(t).toFixed(1)},${py(data.y[i]).toFixed(1)}`).join(" ");
    parts.push(`<clipPath id="clip${k}"><rect x="${left}" y="${base}" width="${w}" height="${high}"/></clipPath><g clip-path="url(#clip${k})">`);
    for (const mark of panel.marks) {
      if (mark.kind === "stimulus") parts.push(`<rect x="${px(mark.from)}" y="${base}" width="${px(mark.to) - px(mark.from)}" height="${high}" fill="#F0E442" opacity="0.4"/>`);
      else if (mark.kind === "time") parts.push(`<path d="M${px(mark.at)} ${base}v${high}" stroke="#009E73" stroke-width="3" stroke-dasharray="9 6"/>`);
      else parts.push(`<path d="M${left} ${py(mark.at)}h${w}" stroke="#595959" stroke-width="2" stroke-dasharray="2 5"/>`);
      if (mark.kind === "level") put(left + w - 6, py(mark.at) - 6, mark.text, 'text-anchor="end" fill="#595959" font-size="20"');
      else if (mark.text) put(px(mark.kind === "stimulus" ? mark.from : mark.at) + 6, base + text, mark.text, 'fill="#595959" font-size="20"');
    }
    for (const line of panel.lines) {
      if (line.under.data.x.length) parts.push(`<polyline points="${path(line.under.data)}" fill="none" stroke="#595959" stroke-width="2.5" stroke-dasharray="${DASHES[keptDash(line)].join(" ")}"/>`);
    }
    for (const line of panel.lines) {
      parts.push(`<polyline points="${path(line.source.data)}" fill="none" stroke="${PAPER[line.colour]}" stroke-width="2.5" stroke-linejoin="round" stroke-dasharray="${DASHES[line.dash || "solid"].join(" ")}"/>`);
    }
    parts.push("</g>");
    panel.lines.filter((line) => line.legend).forEach((line, j) => put(left + 20 + 150 * j, base + high - 10, line.legend, `fill="${PAPER[line.colour]}" font-weight="bold"`));
    parts.push(`<path d="M${left} ${base}v${high}h${w}" fill="none" stroke="#000"/>`);
    for (const v of ticks(range.start, range.end, about.tall ? 5 : 2)) {
      parts.push(`<path d="M${left} ${py(v)}h-8" stroke="#000"/>`);
      put(left - 14, py(v) + 8, minus(v), 'text-anchor="end"');
    }
    put(left, base - 10, titleOf(about), 'font-weight="bold" font-size="22"');
    if (axes[k]) {
      for (const t of ticks(span.start, span.end, 8)) {
        parts.push(`<path d="M${px(t)} ${base + high}v8" stroke="#000"/>`);
        put(px(t), base + high + 34, t, 'text-anchor="middle"');
      }
      put(left + w, base + high + 62, about.time, 'text-anchor="end"');
    }
    y += high + gap + (axes[k] ? 60 : 0);
  });
  if (kept) put(left, height - 46, kept, 'fill="#595959" font-size="20"');
  put(left, height - 16, limits, 'fill="#595959" font-size="20"');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Arial, Liberation Sans, sans-serif" font-size="${text}"><rect width="100%" height="100%" fill="#fff"/>${parts.join("")}</svg>`;
}

/* The same as a picture. */
function pictureOf(svg) {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: FIGURE.width, height: FIGURE.height });
      canvas.getContext("2d").drawImage(image, 0, 0);
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png");
    };
    image.onerror = () => failed(new Error("no picture"));
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  });
}
