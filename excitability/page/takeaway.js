/* What can be taken along: figure, table, link, and the command and the Python that do the same. */
"use strict";

function download(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/* Named by what is set, so that before and after lie beside each other. */
const fileName = (kind) => `${addressOf(state.level, state.values[state.level]).slice(1).replace("level=", "").replace(/[^\w.-]+/g, "_")}.${kind}`;
const COLUMN_UNITS = { "mV": "mV", "µV": "uV", "mM": "mM", "µM": "uM" }; // others are no units
const limits = () => say(TEXT.page.limits, { no_benefit: DATA.no_benefit });
const svgNow = () => figureText(plots.panels, $("sentence").textContent, plots.hasKept ? `- - -  ${$("kept").textContent}` : "", limits());

/* All traces that are shown as a table; panels with clocks of their own stand side by side. */
function table() {
  const columns = [];
  for (const panel of plots.panels) {
    for (const line of panel.lines) {
      const shown = panel.traces[line.name], unit = COLUMN_UNITS[panel.about.unit];
      if (!shown) continue;
      const clock = `time_${panel.about.clock}`, title = panel.about.column || (unit ? `${line.name}_${unit}` : line.name);
      const like = columns.find((column) => column.clock === panel.about.clock && column.n === shown.n && column.step === shown.times[1]);
      if (!like) columns.push({ title: clock, values: shown.times, n: shown.n, clock: panel.about.clock, step: shown.times[1] });
      columns.push({ title, values: shown.values, n: shown.n });
    }
  }
  const rows = [columns.map((column) => column.title).join(",")], longest = Math.max(...columns.map((column) => column.n));
  for (let k = 0; k < longest; k++) rows.push(columns.map((column) => (k < column.n ? Number(column.values[k].toPrecision(9)) : "")).join(","));
  return rows.join("\r\n") + "\r\n";
}

async function copy(text) {
  let done = false;
  try { await navigator.clipboard.writeText(text); done = true; } catch (problem) {
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  $("told").textContent = done ? TEXT.page.copied : TEXT.page.not_copied;
}

/* The command and the Python that do what is shown. */
function commands(level, v) {
  const name = { chain: "one_fibre", person: "one_person" }[level] || (v.cell === "motor_axon" ? "one_axon" : "one_motoneuron");
  const usual = defaults(level, v.cell), set = [];
  for (const [key, value] of Object.entries(v)) if (value !== usual[key] && key !== "cell" && key !== "seed") set.push(`${key}=${value}`);
  const seed = v.noise && v.seed !== usual.seed ? ` --seed ${v.seed}` : "";
  return { command: `excitability run ${name}${set.length ? ` --set ${set.join(" ")}` : ""}${seed}`, python: python(level, v) };
}

function python(level, v) {
  if (level === "person") {
    const body = [`Mg_eaten=${v.mg_mg} / ${DATA.molar_mass.mg}`, `Ca_eaten=${v.ca_mg} / ${DATA.molar_mass.ca}`];
    const disease = v.disease === "none" ? "" : `, **body.disease("${v.disease}")`, stage = bodyStage(v);
    const treated = stage.given === null ? "" : `.then(${stage.given}, ${Object.entries(stage.options.changes[1].values).map(([n, x]) => `${n}=${x}`).join(", ")})`;
    const usual = defaults("cell"), { duration } = motoneuronStage(usual);
    const last = ["ca", "mg"].map((ion) => `${ion}=recording.trace("${ion === "ca" ? "Ca" : "Mg"}_cord_mM", 0)[-1]`).join(", ");
    return `from excitability import Ions, Regimen, Train, body, simulate\nregimen = Regimen().then(0, ${body.join(", ")}${disease})${treated}\n` +
      `recording = simulate("body", protocol=regimen, duration=${v.months * MONTH}, parameters={"s_cord": ${v.s_cord}})\n` +
      `cell = simulate("motoneuron", ions=Ions(${last}), noise=False,\n` +
      `    protocol=Train(rate=${usual.rate}, duration=${usual.train}, start=${START_S}), duration=${duration})`;
  }
  if (level === "chain") {
    return `from excitability import Ions, Train, simulate\nrecording = simulate("muscle_fibre", ions=Ions(ca=${v.ca}, mg=${v.mg}), noise=False, dt=${1e3 * FIBRE_DT_S},\n` +
      `    protocol=Train(rate=${v.rate}, duration=${v.train}, start=${CHAIN_START_S}), duration=${fibreStage(v).duration}, parameters={"Mg_i": ${v.mg_i}})`;
  }
  const axon = v.cell === "motor_axon", stage = STAGES.cell(v)[0];
  const train = v.rate > 0 ? `Train(rate=${v.rate}, duration=${v.train})` : "", step = v.current > 0 ? `Step(${v.current}, ${v.train}, ${START_S})` : "";
  const drive = train && step ? `Together([${train}, ${step}])` : train || step || "None";
  const given = stage.given === null ? "" : `.then(at=${digits(stage.given, 3)}, mg=${v.mg_given})`;
  const ions = axon ? `Ions().then(at=${IONS_AT_S}, ca=${v.ca}, mg=${v.mg})` : `Ions(ca=${v.ca}, mg=${v.mg})`;
  const noise = v.noise && !axon ? `seed=${v.seed}` : "noise=False";
  return `from excitability import Ions, Step, Together, Train, simulate\nrecording = simulate("${v.cell}", ions=${ions}${given},\n` +
    `    protocol=${drive}, duration=${stage.duration}, ${noise}${axon ? `, dt=${1e3 * AXON_DT_S}` : ""})`;
}

function showCommands() {
  const made = commands(state.level, state.values[state.level]);
  $("command").textContent = made.command;
  $("python").textContent = made.python;
}
