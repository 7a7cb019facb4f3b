/* The classroom: settings to orders for the worker, what comes back to plots, a sentence and numbers.
 *
 * Settings (by level; excitability/page/controls.json has their limits):
 *   cell    cell, mg, ca, rate, current, train, watch, mg_given, given_at, noise, seed
 *   chain   mg, ca, mg_i, rate, train
 *   person  mg_mg, ca_mg, disease, months, treat_after, s_cord
 * Measures, which challenges ask for:
 *   cell    spikes, train_spikes, rate_hz (after the drive), self_sustained_s, extra_s (after magnesium was given),
 *           spontaneous (0 or 1), rest_mV, peak_mV, threshold_mV, threshold_ratio (of the current, to that in normal ions)
 *   chain   nerve_impulses, fibre_impulses, answered (share), force_peak (share of the greatest), force_after (share of the
 *           peak, 0.3 s after the last impulse), twitch_ratio, ca_peak_uM, emg_peak_uV
 *   person  ca_plasma_mM, mg_plasma_mM (ionised), ca_cord_mM, mg_cord_mM, pth_ratio; spikes, rate_hz, self_sustained_s of the
 *           motoneuron in the cord's ions of the last day
 * The state is in the address: #level=cell&mg=0.25; what is not there has its default. #lesson=name opens a lesson.
 */
"use strict";

const $ = (id) => document.getElementById(id);
const DATA = JSON.parse($("data").textContent), TEXT = DATA.texts;
const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const LEVEL_NAMES = Object.keys(DATA.controls);
const {
  start_s: START_S, // of the drive of a cell
  ions_at_s: IONS_AT_S, // an axon's ions change from normal then
  chain_start_s: CHAIN_START_S, chain_rest_s: CHAIN_REST_S, left_after_s: LEFT_AFTER_S,
  answer_s: ANSWER_S, // an impulse of the fibre so long after that of the nerve is its answer
  evoked_s: EVOKED_S, // and one of the axon is its answer to a stimulus
  late_s: LATE_S, // of the end, in which an axon that fires by itself does
  month_d: MONTH, axon_dt_s: AXON_DT_S, fibre_dt_s: FIBRE_DT_S,
  pulse_s: PULSE_S, latency_s: LATENCY_S, // of the current whose threshold is sought, and how late its answer may come
} = DATA.times;
const UNITS = { months: DATA.texts.words.months, "uA/cm**2": "µA/cm²", uM: "µM", uV: "µV" };
const unitOf = (unit) => UNITS[unit] || unit;

/* An element with properties, attributes (by set) and children. */
function make(tag, properties = {}, ...children) {
  const { set, ...own } = properties, element = Object.assign(document.createElement(tag), own);
  for (const [name, value] of Object.entries(set || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const digits = (value, most = 2) => (Number.isFinite(value) ? String(Number(value.toFixed(most))) : "–");
const many = (n) => ({ n, times: n === 1 ? TEXT.says.once : TEXT.says.times, impulses: n === 1 ? TEXT.says.impulse : TEXT.says.impulses });

// -------------------------------------------------------------------------------------------------------------- settings

const state = { level: "cell", values: {}, lesson: "" };

/* What is known of a control, for the cell that is chosen. */
function about(level, name, cell = state.values[level] && state.values[level].cell) {
  const { motor_axon: axon, ...all } = DATA.controls[level][name];
  return cell === "motor_axon" ? { ...all, ...axon } : all;
}

function defaults(level, cell) {
  const values = {};
  for (const name of Object.keys(DATA.controls[level])) values[name] = about(level, name, cell).default;
  if (cell) values.cell = cell;
  return values;
}

const labelOf = (level, name) => {
  const words = TEXT.controls[name];
  if (name === "cell") return words.label;
  return words[level] || words[level === "cell" ? state.values.cell.cell : ""] || words.label;
};

/* A value as it may be, and what to tell if it is not the one given. */
function allowed(level, name, given, cell) {
  const control = about(level, name, cell), label = TEXT.controls[name].label;
  if (control.choices) {
    const found = control.choices.find((choice) => String(choice) === String(given));
    if (found !== undefined) return { value: found };
    return { value: control.default, told: say(TEXT.page.no_choice, { name: label, value: given, used: control.default }) };
  }
  const number = typeof given === "string" && given.trim() === "" ? NaN : Number(given);
  if (!Number.isFinite(number)) return { value: control.default, told: say(TEXT.page.no_number, { name: label, value: given, used: control.default }) };
  const value = Math.min(Math.max(number, control.low), control.high);
  if (value === number) return { value };
  return { value, told: say(TEXT.page.outside, { name: label, value: number, low: control.low, high: control.high, used: value }) };
}

/* Settings of a level from some of them; all others are defaults. */
function settings(level, given) {
  const told = [], cell = level === "cell" ? allowed("cell", "cell", given.cell || "motoneuron").value : undefined;
  const values = defaults(level, cell);
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(values, name)) { told.push(say(TEXT.page.no_name, { name })); continue; }
    const found = allowed(level, name, value, cell);
    values[name] = found.value;
    if (found.told) told.push(found.told);
  }
  return { values, told };
}

const addressOf = (level, values, lesson = "") => {
  if (lesson) return `#lesson=${encodeURIComponent(lesson)}`; // which says what is set
  const usual = defaults(level, values.cell === "motor_axon" ? "motor_axon" : undefined), parts = [`level=${level}`];
  if (values.cell === "motor_axon") parts.push("cell=motor_axon");
  for (const [name, value] of Object.entries(values)) if (value !== usual[name]) parts.push(`${name}=${encodeURIComponent(value)}`);
  return "#" + parts.join("&");
};

const addressNow = () => addressOf(state.level, state.values[state.level], lessons.ran ? "" : state.lesson);

/* Level, settings and lesson from the address. */
function readAddress(text) {
  const given = Object.fromEntries(new URLSearchParams(text.replace(/^#/, ""))), told = [];
  const level = LEVEL_NAMES.includes(given.level) ? given.level : "cell";
  if (given.level && level !== given.level) told.push(say(TEXT.page.no_name, { name: given.level }));
  const { level: _, lesson, ...rest } = given, found = settings(level, rest);
  return { level, lesson: lesson || "", values: found.values, told: [...told, ...found.told] };
}

// ---------------------------------------------------------------------------------------------------------------- orders

/* Volleys as the package's Train has them: on whole milliseconds. */
function volleys(rate, duration, start) {
  const times = [];
  if (rate <= 0) return times;
  for (let k = 0; k < Math.ceil(rate * duration - 1e-9); k++) times.push((Math.round(1000 * start) + Math.floor(1000 * k / rate + 0.5)) / 1000);
  return times;
}

/* Stages of a run: {name, clock, order, stimulus, marks}; a later one may need what an earlier one found. */
function motoneuronStage(v) {
  const end = START_S + v.train, given = v.mg_given > 0 ? end + v.given_at : null, changes = [];
  if (given !== null) changes.push({ at: given, values: { Mg: v.mg_given } });
  const duration = Number((end + v.watch).toFixed(3));
  return {
    name: "cell", model: "motoneuron", traces: ["V_soma"], first: Math.min(1, duration), end, given, duration,
    pulse: { ions: { Ca: v.ca, Mg: v.mg }, width: PULSE_S, latency: LATENCY_S },
    options: {
      ions: { Ca: v.ca, Mg: v.mg }, changes, volleys: volleys(v.rate, v.train, START_S), duration, sample: 2.5e-4,
      current: v.current > 0 ? [[START_S, end, v.current, v.current]] : [], seed: v.noise ? v.seed : undefined,
    },
  };
}

function axonStage(v) {
  const stage = motoneuronStage(v), changes = [{ at: IONS_AT_S, values: { Ca: v.ca, Mg: v.mg } }, ...stage.options.changes];
  const options = { ...stage.options, ions: Excitability.NORMAL, changes, dt: AXON_DT_S, sample: 1e-4, seed: undefined };
  return { ...stage, model: "motor_axon", traces: ["V"], first: Math.min(1, stage.duration), options };
}

function fibreStage(v) {
  const duration = Number((CHAIN_START_S + v.train + CHAIN_REST_S).toFixed(3)), times = volleys(v.rate, v.train, CHAIN_START_S);
  return {
    name: "fibre", model: "muscle_fibre", traces: ["V", "Ca_i", "force"], first: Math.min(1, duration), end: CHAIN_START_S + v.train, duration,
    options: { ions: { Ca: v.ca, Mg: v.mg }, parameters: { Mg_i: v.mg_i }, volleys: times, duration, dt: FIBRE_DT_S, sample: 2.5e-4 },
  };
}

function bodyStage(v) {
  const disease = DATA.diseases[v.disease] || {}, days = v.months * MONTH;
  const eaten = { Ca_eaten: v.ca_mg / DATA.molar_mass.ca, Mg_eaten: v.mg_mg / DATA.molar_mass.mg };
  const changes = [{ at: 0, values: { ...eaten, ...disease } }], given = v.treat_after > 0 && v.treat_after < v.months ? v.treat_after * MONTH : null;
  if (given !== null) changes.push({ at: given, values: { ...DATA.treatment, ...DATA.treatments[v.disease] } });
  return {
    name: "body", model: "body", traces: ["Ca_ionised", "Mg_ionised", "Mg_cord", "Ca_cord", "PTH"], first: days, end: 0, given, duration: days,
    options: { ions: {}, parameters: { s_cord: v.s_cord }, changes, duration: days },
  };
}

/* The motoneuron in the ions of the cord on the last day. */
function cordStage(body) {
  const last = (name) => body.data[name][body.n - 1];
  return motoneuronStage({ ...defaults("cell"), ca: last("Ca_cord"), mg: last("Mg_cord") });
}

const STAGES = {
  cell: (v) => [v.cell === "motor_axon" ? axonStage(v) : motoneuronStage(v)],
  chain: (v) => [fibreStage(v)],
  person: (v) => [bodyStage(v), cordStage],
};

// ---------------------------------------------------------------------------------------------------------------- worker

let send; // of an order
function startWorker(onPart) {
  let last = null;
  // a browser without workers here: the same code, between two frames of the page
  const here = () => { send = server(onPart); if (last) send(last); };
  try {
    const worker = new Worker(URL.createObjectURL(new Blob([$("engine").textContent], { type: "text/javascript" })));
    worker.onmessage = (event) => { worker.onerror = null; onPart(event.data); };
    worker.onerror = here;
    send = (order) => { last = order; worker.postMessage(order); };
  } catch (problem) {
    here();
  }
}

// ------------------------------------------------------------------------------------------------------------------ runs

const runs = { now: null, number: 0, frame: 0 };

function beginRun(asked = performance.now()) {
  const level = state.level, values = { ...state.values[level] };
  const run = { id: ++runs.number, level, values, asked, stages: [], waiting: STAGES[level](values), done: false, drawn: false };
  runs.now = run;
  document.documentElement.dataset.state = "running";
  player.stop();
  nextStage(run);
  $("sentence").setAttribute("aria-busy", "true");
  return run;
}

function nextStage(run) {
  const planned = run.waiting.shift(), stage = typeof planned === "function" ? planned(run.stages.at(-1)) : planned;
  Object.assign(stage, { n: 0, events: [], time: 0, done: false, resting: true, times: null, data: {} });
  run.stages.push(stage);
  send({ id: run.id, model: stage.model, options: stage.options, traces: stage.traces, first: stage.first, pulse: stage.pulse });
}

function takePart(part) {
  const run = runs.now;
  if (part.warm) { toWarm.shift(); if (run.done) warmUp(); return; }
  if (part.id !== run.id) return;
  if (part.error) { tell(say(TEXT.page.broken, { message: part.error })); return; }
  const stage = run.stages.at(-1), count = part.times.length;
  if (!stage.times) {
    const every = stage.options.sample || 1, size = Math.ceil(stage.duration / every) + 2;
    stage.times = new Float64Array(size);
    for (const name of stage.traces) stage.data[name] = new Float64Array(size);
  }
  stage.times.set(part.times, part.from);
  for (const name of stage.traces) stage.data[name].set(part.traces[name], part.from);
  stage.events.push(...part.events);
  Object.assign(stage, { n: part.from + count, time: part.time, done: part.done, resting: part.resting, threshold: part.threshold });
  if (stage.done && run.waiting.length) nextStage(run);
  else run.done = stage.done;
  // what comes first is shown at once; of what follows, as much as there is at the next frame
  if (!run.drawn) render();
  else if (!runs.frame) runs.frame = requestAnimationFrame(render);
}

/* Draws and tells what there is of the run. */
function render() {
  runs.frame = 0;
  const run = runs.now, first = !run.drawn, view = VIEWS[run.level];
  if (!run.stages[0].n) return;
  if (first) view.arrange(run);
  view.fill(run);
  plots.draw();
  run.drawn = true;
  run.result = RESULTS[run.level](run);
  showSentence(run.result, run.done);
  requestAnimationFrame(() => setTimeout(() => drawn(run, first), 0)); // after the frame in which the plots paint
}

function drawn(run, first) {
  if (run !== runs.now) return;
  if (first) {
    run.first = performance.now() - run.asked;
    document.documentElement.dataset.state = "begun";
  }
  if (run.done) {
    run.all = performance.now() - run.asked;
    keepHeight();
    finished(run);
  }
}

function finished(run) {
  if (run.told) return;
  run.told = true;
  lessons.finished(run);
  warmUp();
  document.documentElement.dataset.state = "done";
}

/* When nothing else is to do, every model runs a few times, so that the browser has compiled it before it is asked for. */
const cold = () => {
  const each = [fibreStage({ ...defaults("chain"), train: 0.1 }), axonStage(defaults("cell", "motor_axon")), bodyStage(defaults("person"))];
  return [...each, motoneuronStage({ ...defaults("cell"), watch: 1 })].flatMap((stage) => [stage, stage, stage]);
};
let toWarm = null;
function warmUp() {
  toWarm = toWarm || cold();
  if (!toWarm.length) document.documentElement.dataset.warm = "yes";
  else send({ id: 0, warm: true, model: toWarm[0].model, options: toWarm[0].options, traces: [], first: 0, pulse: toWarm[0].pulse });
}

// --------------------------------------------------------------------------------------------------------------- results

const judge = (ion, value) => TEXT.words[value < DATA.ranges[ion][0] ? "low" : value > DATA.ranges[ion][1] ? "high" : "normal"];
const ionsIn = ({ ca, mg, mg_given: then, given_at: after }) => {
  const given = then > 0 ? say(TEXT.says.then_given, { mg: digits(then, 3), t: digits(after, 1) }) : "";
  return say(TEXT.says.ions, { ca: digits(ca, 3), ca_word: judge("ca", ca), mg: digits(mg, 3), mg_word: judge("mg", mg), then: given });
};

function firing(stage) {
  const { events, end, time } = stage, driven = stage.options.volleys.length > 0 || stage.options.current.length > 0;
  const after = Excitability.selfSustained(events, driven ? end : 0, time);
  return { driven, after, spikes: events.length, during: events.filter((t) => t > START_S && t <= end).length, before: events.filter((t) => t <= START_S).length };
}

function extremes(stage, name) {
  let low = Infinity, high = -Infinity;
  for (let k = 0; k < stage.n; k++) { low = Math.min(low, stage.data[name][k]); high = Math.max(high, stage.data[name][k]); }
  return { low, high };
}

/* The threshold in a sentence and in numbers, once it is known. A cell that fires by itself needs none. */
function thresholdOf(stage, fires) {
  const { now, normal } = stage.threshold || {}, S = TEXT.says;
  if (!now) return { text: stage.threshold && !fires ? S.no_threshold : "", threshold_mV: NaN, threshold_ratio: NaN };
  const { current, potential, rest } = now, ratio = current / normal.current, said = { mv: digits(potential, 1).replace("-", "−"), up: digits(potential - rest, 1), p: digits(100 * ratio, 0) };
  return { text: say(S.threshold, said), threshold_mV: potential, threshold_ratio: ratio };
}

/* The stimulus in numbers. */
function drive(v) {
  const unit = unitOf(about("cell", "current", v.cell).unit);
  const parts = [v.rate > 0 ? `${digits(v.rate, 1)} Hz` : "", v.current > 0 ? `${digits(v.current, 4)} ${unit}` : ""];
  return `${parts.filter(Boolean).join(" + ")}, ${digits(v.train)} s`;
}

function motoneuronResult(run) {
  const [stage] = run.stages, v = run.values, f = firing(stage), S = TEXT.says, s = f.after.duration, parts = [];
  const given = stage.given !== null && stage.time > stage.given, extra = given ? Excitability.selfSustained(stage.events, stage.given, stage.time).duration : 0;
  parts.push(say(f.driven ? S.train : S.no_train, { ...many(f.driven ? f.during : f.spikes), drive: drive(v) }));
  if (!f.driven) parts[0] += ".";
  else if (stage.time > stage.end + LATE_S) {
    const numbers = { s: digits(s, 1), hz: digits(f.after.rate || 0, 0) };
    if (s >= DATA.cramp_s) {
      let how = stage.done ? (f.after.ended ? S.cramp_ends : S.cramp_goes_on) : ".";
      if (given && s > v.given_at) how = say(extra < 1.5 ? S.cramp_stopped : S.cramp_not_stopped, { d: digits(extra, 1) });
      parts.push(say(S.cramp, numbers) + how + (given && s > v.given_at ? "." : ""));
    } else parts.push(s > 0 ? say(S.afterdischarge, numbers) : say(S.silent_after, { watch: digits(stage.time - stage.end, 1) }));
  }
  const restless = f.before > 0 || !stage.resting;
  if (f.before > 0 && f.driven) parts.push(say(S.before, many(f.before)));
  const { text: threshold, ...thresholds } = thresholdOf(stage, restless);
  parts.push(threshold);
  const measures = {
    spikes: f.spikes, train_spikes: f.during, rate_hz: f.after.rate || 0, self_sustained_s: s, extra_s: extra, spontaneous: restless ? 1 : 0,
    rest_mV: stage.data.V_soma[0], peak_mV: extremes(stage, "V_soma").high, ...thresholds,
  };
  return { measures, lead: ionsIn(v), text: parts.join(" ").replace(/\.\./g, ".").trim(), aside: v.ca !== Excitability.NORMAL.Ca ? S.hinges : "" };
}

function axonResult(run) {
  const [stage] = run.stages, v = run.values, S = TEXT.says, { events, end, time } = stage, stimuli = stage.options.volleys;
  const driven = stimuli.length > 0 || stage.options.current.length > 0;
  const evoked = (t) => stimuli.some((s) => t > s && t <= s + EVOKED_S) || (stage.options.current.length > 0 && t > START_S && t <= end + EVOKED_S);
  const own = events.filter((t) => !evoked(t)), late = own.filter((t) => t > time - LATE_S), asked = events.length - own.length;
  const alone = own.length >= 2 && late.length >= 1, trace = stage.data.V, parts = [];
  let mv = 0;
  const from = Math.max(0, stage.n - Math.round(0.1 / stage.options.sample));
  for (let k = from; k < stage.n; k++) mv += trace[k] / (stage.n - from);
  const rate = late.length > 1 ? (late.length - 1) / (late.at(-1) - late[0]) : own.length > 1 ? 1 / (own.at(-1) - own.at(-2)) : 0;
  const blocked = stage.done && !alone && mv > -40;
  if (alone) {
    parts.push(say(S.axon_alone, { ...many(own.length), hz: digits(rate, 0) }));
    if (asked) parts.push(say(S.axon_asked, { ...many(asked), drive: drive(v) }) + ".");
  } else {
    parts.push(!driven ? say(S.axon_silent, { s: digits(time - IONS_AT_S, 1) }) : asked ? say(S.axon_asked, { ...many(asked), drive: drive(v) }) : say(S.axon_weak, { drive: drive(v) }));
    if (blocked) parts.push(say(S.axon_blocked, { mv: digits(mv, 0) }));
    else if (own.length) parts.push(say(S.axon_few, many(own.length)));
    else if (driven && asked) parts.push(say(S.axon_quiet, { watch: digits(Math.max(0, time - end), 1) }));
    else parts[0] += ".";
  }
  const after = Excitability.selfSustained(events, driven ? end : IONS_AT_S, time), { text: threshold, ...thresholds } = thresholdOf(stage, alone);
  parts.push(threshold);
  const measures = {
    spikes: events.length, train_spikes: events.filter((t) => t > START_S && t <= end).length, rate_hz: rate, self_sustained_s: after.duration, spontaneous: alone ? 1 : 0,
    extra_s: stage.given !== null && time > stage.given ? Excitability.selfSustained(events, stage.given, time).duration : 0,
    rest_mV: trace[0], peak_mV: extremes(stage, "V").high, ...thresholds,
  };
  return { measures, lead: ionsIn(v), text: parts.join(" ").trim(), aside: "" };
}

function chainResult(run) {
  const [stage] = run.stages, v = run.values, S = TEXT.says, given = stage.options.volleys.filter((t) => t < stage.time - ANSWER_S);
  const passed = given.filter((t) => stage.events.some((e) => e > t && e <= t + ANSWER_S)).length, n = given.length, share = n ? passed / n : 1;
  const force = stage.data.force, peak = extremes(stage, "force").high, last = stage.options.volleys.at(-1) + LEFT_AFTER_S;
  const k = Math.round(last / stage.options.sample), left = k < stage.n && peak > 1e-3 ? force[k] / peak : 0, emg = emgOf(stage);
  const parts = [];
  if (n === 1 && passed === 1) parts.push(S.pass_one);
  else parts.push(say(share > 0.95 ? S.pass_all : share < 0.05 ? S.pass_none : S.pass_part, { ...many(n), m: passed }));
  const twitches = peak / DATA.emg.twitch_force;
  let line = say(S.force, { p: digits(100 * peak, 1), r: digits(twitches, 1) });
  if (k < stage.n && peak > 1e-3) line += "; " + (left < 0.02 ? S.relaxed : say(S.held, { q: digits(100 * left, 0) }));
  else line += ".";
  parts.push(line);
  let high = 0;
  for (let j = 0; j < emg.n; j++) high = Math.max(high, Math.abs(emg.values[j]));
  const measures = {
    nerve_impulses: n, fibre_impulses: stage.events.length, answered: share, force_peak: peak, force_after: left, twitch_ratio: twitches,
    ca_peak_uM: extremes(stage, "Ca_i").high, emg_peak_uV: high,
  };
  return { measures, lead: ionsIn(v), text: parts.join(" "), aside: v.mg_i !== DATA.controls.chain.mg_i.default ? say(S.inside, v) : "" };
}

/* The electromyogram: the unit's potential at every impulse of the fibre. */
function emgOf(stage) {
  const { rate, begin, uV } = DATA.emg, n = Math.max(1, Math.floor(stage.time * rate)), values = new Float64Array(n), times = new Float64Array(n);
  for (let k = 0; k < n; k++) times[k] = k / rate;
  for (const event of stage.events) {
    const at = (event - begin) * rate, first = Math.floor(at), part = at - first;
    for (let k = 0; k <= uV.length; k++) {
      const j = first + k;
      if (j >= 0 && j < n) values[j] += (1 - part) * (uV[k] || 0) + part * (uV[k - 1] || 0);
    }
  }
  return { times, values, n };
}

function personResult(run) {
  const [body, cell] = run.stages, S = TEXT.says, v = run.values, at = body.n - 1, of = (name) => body.data[name][at];
  const ca = of("Ca_ionised"), mg = of("Mg_ionised"), parts = [];
  const treated = body.given === null ? "" : say(S.treated, { n: v.treat_after });
  const ill = v.disease === "none" ? "" : say(S.ill, { illness: TEXT.controls.disease[v.disease] });
  parts.push(say(S.person, { ...v, ill, treated, ca: digits(ca), ca_word: judge("ca", ca), mg: digits(mg), mg_word: judge("mg", mg), cord: digits(of("Mg_cord")) }));
  parts.push(say(S.pth, { p: digits(of("PTH"), 2) }));
  const measures = { ca_plasma_mM: ca, mg_plasma_mM: mg, ca_cord_mM: of("Ca_cord"), mg_cord_mM: of("Mg_cord"), pth_ratio: of("PTH"), spikes: 0, rate_hz: 0, self_sustained_s: 0 };
  if (cell && cell.n && cell.time > cell.end + LATE_S) {
    const f = firing(cell), s = f.after.duration;
    Object.assign(measures, { spikes: f.spikes, rate_hz: f.after.rate || 0, self_sustained_s: s });
    parts.push(say(s >= DATA.cramp_s ? S.then_cramp : s > 0 ? S.then_more : S.then_silent, { s: digits(s, 1), hz: digits(f.after.rate || 0, 0) }));
  }
  return { measures, lead: "", text: parts.join(" "), aside: "" };
}

const RESULTS = {
  cell: (run) => (run.values.cell === "motor_axon" ? axonResult(run) : motoneuronResult(run)), chain: chainResult, person: personResult,
};

function showSentence(result, done) {
  const sentence = $("sentence"), text = `${result.lead} ${result.text}`.trim();
  sentence.setAttribute("aria-busy", String(!done)); // read out when it is complete
  if (sentence.dataset.text === text + result.aside) return;
  sentence.dataset.text = text + result.aside;
  sentence.replaceChildren(text, ...(result.aside ? [" ", make("span", { className: "aside", textContent: result.aside })] : []));
}

const keepHeight = () => { $("sentence").style.minHeight = `${$("sentence").offsetHeight}px`; }; // plots stay where they are
const forgetHeight = () => { $("sentence").style.minHeight = ""; };

// ----------------------------------------------------------------------------------------------------------------- views

const W = TEXT.words;
const potential = (more) => ({ unit: "mV", tall: true, time: W.time_s, clock: "s", ...more });
const trace = (stage, name, factor = 1) => {
  if (factor === 1) return { times: stage.times, values: stage.data[name], n: stage.n };
  return { times: stage.times, values: stage.data[name].map((value) => value * factor), n: stage.n };
};
const driveMark = (stage) => (stage.options.volleys.length || (stage.options.current || []).length ? [{ kind: "stimulus", from: START_S, to: stage.end, text: W.drive }] : []);
/* What was there stays until the new threshold is known. */
const thresholdMark = (stage, panel) => {
  if (!stage || stage.threshold === undefined) return panel.marks.filter((mark) => mark.kind === "level");
  return stage.threshold.now ? [{ kind: "level", at: stage.threshold.now.potential, text: W.threshold }] : [];
};
const givenMark = (stage, text) => (stage.given === null ? [] : [{ kind: "time", at: stage.given, text }]);

const VIEWS = {
  cell: {
    arrange(run) {
      const [stage] = run.stages, axon = stage.model === "motor_axon", name = stage.traces[0];
      plots.arrange(`cell ${stage.model}`, [potential({
        name, label: W[name], y: axon ? [-100, 50] : [-85, 50], end: stage.duration, lines: [{ name, colour: "trace" }],
      })]);
    },
    fill(run) {
      const [stage] = run.stages, [panel] = plots.panels;
      panel.traces = { [stage.traces[0]]: trace(stage, stage.traces[0]) };
      panel.remark([...driveMark(stage), ...givenMark(stage, W.given), ...thresholdMark(stage, panel)]);
    },
  },
  chain: {
    arrange(run) {
      const end = run.stages[0].duration, small = { clock: "s", time: null, end, tall: false };
      plots.arrange("chain", [
        potential({ ...small, name: "V", label: W.V_fibre, ticks: 3, tall: false, y: [-95, 50], lines: [{ name: "V", colour: "trace" }] }),
        { ...small, name: "Ca_i", label: W.Ca_i, unit: "µM", y: [0, 12], ticks: 2, minor: true, lines: [{ name: "Ca_i", colour: "calcium" }] },
        { ...small, name: "emg", label: W.emg, unit: "µV", y: [-9, 9], ticks: 2, lines: [{ name: "emg", colour: "emg" }] },
        { ...small, name: "force", label: W.force, unit: `% ${W.share}`, y: [0, 100], tall: true, time: W.time_s, lines: [{ name: "force", colour: "force" }] },
      ]);
      const marks = [{ kind: "stimulus", from: CHAIN_START_S, to: run.stages[0].end }];
      for (const panel of plots.panels) panel.remark(marks);
    },
    fill(run) {
      const [stage] = run.stages;
      plots.get("V").traces = { V: trace(stage, "V") };
      plots.get("Ca_i").traces = { Ca_i: trace(stage, "Ca_i") };
      plots.get("force").traces = { force: trace(stage, "force", 100) };
      plots.get("emg").traces = { emg: emgOf(stage) };
    },
  },
  person: {
    arrange(run) {
      const [body] = run.stages, days = { clock: "day", end: body.duration, time: null };
      const cell = defaults("cell"), seconds = START_S + cell.train + cell.watch;
      plots.arrange("person", [
        { ...days, name: "Ca_ionised", label: W.Ca_ionised, unit: "mM", y: [0.8, 1.5], ticks: 2, lines: [{ name: "Ca_ionised", colour: "calcium" }] },
        { ...days, name: "PTH", label: W.PTH, unit: `× ${W.normal}`, y: [0, 3.5], ticks: 2, minor: true, lines: [{ name: "PTH", colour: "hormone" }] },
        {
          ...days, name: "Mg_ionised", label: W.Mg_ionised, unit: "mM", y: [0, 0.8], ticks: 2, time: W.time_day, tall: true,
          lines: [{ name: "Mg_ionised", colour: "trace", legend: W.plasma }, { name: "Mg_cord", colour: "second", dash: "dashed", legend: W.cord }],
        },
        potential({ name: "V_soma", label: W.V_cord, ticks: 3, y: [-85, 50], end: seconds, lines: [{ name: "V_soma", colour: "trace" }] }),
      ]);
      for (const panel of plots.panels.slice(0, 3)) panel.remark(givenMark(body, panel.about.name === "Ca_ionised" ? W.treated : ""));
    },
    fill(run) {
      const [body, cell] = run.stages;
      plots.get("Ca_ionised").traces = { Ca_ionised: trace(body, "Ca_ionised") };
      plots.get("Mg_ionised").traces = { Mg_ionised: trace(body, "Mg_ionised"), Mg_cord: trace(body, "Mg_cord") };
      plots.get("PTH").traces = { PTH: trace(body, "PTH") };
      const panel = plots.get("V_soma"), drive = { kind: "stimulus", from: START_S, to: START_S + defaults("cell").train };
      panel.remark([drive, ...thresholdMark(cell, panel)]);
      if (cell && cell.n) panel.traces = { V_soma: trace(cell, "V_soma") };
    },
  },
};

// -------------------------------------------------------------------------------------------------------------- controls

const inputs = {}; // by name: {range, number, radios, select}

function tell(text) { $("message").textContent = text; $("message").hidden = !text; }

/* A setting was moved. */
function change(name, value, asked = performance.now()) {
  const level = state.level;
  if (name === "cell") {
    const { ca, mg } = state.values.cell;
    state.values.cell = { ...defaults("cell", value), ca, mg };
    forget();
    showControls();
  } else state.values[level][name] = value;
  showValue(name);
  showPresets();
  lessons.lock();
  showFlow(name);
  writeAddress();
  beginRun(asked);
}

/* Many settings at once: from a case, a lesson or the address. */
function apply(level, values, moved = "") {
  const another = level !== state.level || values.cell !== (state.values[level] || {}).cell;
  state.level = level;
  state.values[level] = values;
  if (another) { forget(); forgetHeight(); }
  showLevel();
  showControls();
  showFlow(moved);
  writeAddress();
  beginRun();
}

function showLevel() {
  for (const tab of $("levels").children) {
    const on = tab.dataset.level === state.level;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
  $("stage").setAttribute("aria-labelledby", `level-${state.level}`);
}

function makeLevels() {
  LEVEL_NAMES.forEach((level, k) => {
    const tab = make("button", { type: "button", id: `level-${level}`, textContent: TEXT.levels[level], set: { role: "tab", "data-level": level, "aria-controls": "stage" } });
    tab.onclick = () => { lessons.leave(); apply(level, state.values[level] || defaults(level)); };
    tab.onkeydown = (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const other = $("levels").children[(k + by + LEVEL_NAMES.length) % LEVEL_NAMES.length];
      other.focus(); other.click();
    };
    $("levels").append(tab);
  });
}

/* The controls of the level, anew. */
function showControls() {
  const level = state.level, more = make("details", { className: "more" }, make("summary", { textContent: TEXT.page.more }));
  const open = $("sliders").querySelector("details.more[open]") !== null;
  for (const name of Object.keys(inputs)) delete inputs[name];
  $("sliders").replaceChildren();
  for (const name of Object.keys(DATA.controls[level])) {
    const control = about(level, name);
    if (level === "cell" && state.values.cell.cell === "motor_axon" && (name === "noise" || name === "seed")) continue;
    (control.more ? more : $("sliders")).append(control.choices ? choiceControl(level, name, control) : sliderControl(level, name, control));
    showValue(name);
  }
  if (more.children.length > 1) { more.open = open; $("sliders").append(more); }
  showPresets(true);
  lessons.lock();
}

function choiceControl(level, name, control) {
  const label = labelOf(level, name), words = TEXT.controls[name];
  if (control.choices.length > 3) {
    const select = make("select", { id: `c-${name}` }, ...control.choices.map((one) => make("option", { value: one, textContent: words[one] })));
    select.onchange = () => change(name, allowed(level, name, select.value).value);
    inputs[name] = { select };
    return make("div", { className: "control", set: { "data-control": name } }, make("div", { className: "head" }, make("label", { htmlFor: select.id, textContent: label })), select);
  }
  const radios = control.choices.map((one) => make("input", { type: "radio", name: `c-${name}`, value: one }));
  radios.forEach((radio) => { radio.onchange = () => change(name, allowed(level, name, radio.value).value); });
  inputs[name] = { radios };
  const choices = radios.map((radio, k) => make("label", {}, radio, words[control.choices[k]]));
  return make("div", { className: "control", set: { role: "radiogroup", "aria-label": label, "data-control": name } },
    make("div", { className: "head" }, make("strong", { textContent: label })), make("div", { className: "choices" }, ...choices));
}

function sliderControl(level, name, control) {
  const label = labelOf(level, name), unit = unitOf(control.unit), usual = control.ion ? DATA.ranges[control.ion] : null;
  const range = make("input", { type: "range", id: `c-${name}`, min: control.low, max: control.high, step: control.step });
  const number = make("input", {
    type: "number", min: control.low, max: control.high, step: "any", inputMode: "decimal",
    set: { "aria-label": say(unit ? TEXT.page.exactly : TEXT.page.exactly_plain, { name: label, unit }) },
  });
  const reset = make("button", { type: "button", className: "reset", textContent: "↺", title: say(TEXT.page.reset, { name: label }), set: { "aria-label": say(TEXT.page.reset, { name: label }) } });
  range.oninput = () => { tell(""); change(name, Number(range.value)); };
  number.onchange = () => {
    const found = allowed(level, name, number.value);
    tell(found.told || "");
    change(name, found.value);
  };
  reset.onclick = () => change(name, about(level, name).default);
  inputs[name] = { range, number };
  const box = make("div", { className: "control", set: { "data-control": name } },
    make("div", { className: "head" }, make("label", { htmlFor: range.id, textContent: label }), make("span", { className: "unit", textContent: unit })),
    make("div", { className: "value" }, range, number, reset));
  if (usual && name !== "mg_given") {
    const at = (value) => `calc(.6rem + (100% - 1.2rem) * ${Math.min(1, Math.max(0, (value - control.low) / (control.high - control.low)))})`;
    range.style.setProperty("--track", `linear-gradient(to right, var(--rail) ${at(usual[0])}, var(--usual) ${at(usual[0])} ${at(usual[1])}, var(--rail) ${at(usual[1])})`);
    const note = make("div", { className: "usual", id: `u-${name}`, textContent: say(TEXT.page.normal_range, { low: usual[0], high: usual[1] }) });
    range.setAttribute("aria-describedby", note.id);
    box.append(note);
  }
  const note = TEXT.controls[name].note;
  if (note) {
    range.setAttribute("aria-describedby", `u-${name}`);
    box.append(make("div", { className: "usual", id: `u-${name}`, textContent: note }));
  }
  return box;
}

/* Whether a setting means nothing beside the others. */
const idle = (level, name, values) => level === "cell" && ((name === "given_at" && values.mg_given === 0) || (name === "seed" && !values.noise));

function showValue(name) {
  const input = inputs[name], value = state.values[state.level][name];
  if (!input) return;
  if (input.select) input.select.value = value;
  else if (input.radios) for (const radio of input.radios) radio.checked = radio.value === String(value);
  else {
    const control = about(state.level, name);
    input.range.value = value;
    if (document.activeElement !== input.number || Number(input.number.value) !== value) input.number.value = value;
    const word = control.ion && name !== "mg_given" ? `, ${judge(control.ion, value)}` : "";
    input.range.setAttribute("aria-valuetext", `${value} ${unitOf(control.unit)}${word}`);
  }
}

/* Cases of the level; the one that the settings are now is pressed. */
function showPresets(anew = false) {
  const level = state.level, box = $("presets");
  if (anew) {
    const select = $("case"), option = (value, text) => make("option", { value, textContent: text });
    select.replaceChildren(option("", TEXT.page.own_case), ...Object.keys(DATA.presets[level]).map((name) => option(name, TEXT.presets[name])));
    select.onchange = () => { if (select.value) { tell(""); apply(level, settings(level, DATA.presets[level][select.value]).values); } };
    box.replaceChildren(...Object.entries(DATA.presets[level]).map(([name, values]) => {
      const button = make("button", { type: "button", textContent: TEXT.presets[name], set: { "data-preset": name } });
      button.onclick = () => { tell(""); apply(level, settings(level, values).values); };
      return button;
    }));
  }
  const now = addressOf(level, state.values[level]);
  $("case").value = "";
  for (const button of box.children) {
    const same = addressOf(level, settings(level, DATA.presets[level][button.dataset.preset]).values) === now;
    button.setAttribute("aria-pressed", String(same));
    if (same) $("case").value = button.dataset.preset;
  }
}

let writing = 0;
function writeAddress() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const address = addressNow();
    if (location.hash !== address) history.replaceState(null, "", address);
    showCommands();
  }, 150);
}

// ------------------------------------------------------------------------------------------------------------------ flow

const FLOW = ["plate", "gut", "plasma", "cord", "motoneuron", "axon", "junction", "fibre", "force"];
const SHOWN = { cell: ["cord", "motoneuron"], axon: ["plasma", "axon"], chain: ["axon", "junction", "fibre", "force"], person: ["plate", "gut", "plasma", "cord", "motoneuron"] };
/* Onto which station of the way a setting acts. */
const ACTS = {
  cell: { mg: "motoneuron", ca: "motoneuron", rate: "motoneuron", current: "motoneuron", mg_given: "motoneuron", noise: "motoneuron" },
  axon: { mg: "axon", ca: "axon", rate: "axon", current: "axon", mg_given: "axon" },
  chain: { mg: "junction", ca: "junction", rate: "junction", train: "junction", mg_i: "force" },
  person: { mg_mg: "gut", ca_mg: "gut", disease: "plasma", treat_after: "gut", s_cord: "cord", months: "plasma" },
};

function showFlow(moved) {
  const key = state.level === "cell" && state.values.cell.cell === "motor_axon" ? "axon" : state.level, list = make("ol");
  FLOW.forEach((name, k) => {
    const item = make("li", { className: [SHOWN[key].includes(name) ? "on" : "", ACTS[key][moved] === name ? "acts" : ""].join(" ").trim() });
    if (k) item.innerHTML = '<svg viewBox="0 0 38 22" aria-hidden="true"><path d="M4 11H32M24 4l8 7-8 7"/></svg>';
    item.append(make("span", { textContent: TEXT.flow[name] }));
    if (ACTS[key][moved] === name) item.setAttribute("aria-current", "step");
    list.append(item);
  });
  list.setAttribute("aria-label", TEXT.page.flow);
  $("flow").replaceChildren(list);
}

// -------------------------------------------------------------------------------------------------------- kept trace, play

function keep() {
  if (!runs.now.result) return;
  plots.keep();
  $("kept").textContent = say(TEXT.page.kept, { what: describe(state.level, runs.now.values) });
  $("kept").hidden = false;
  $("keep").textContent = TEXT.page.forget;
  plots.hasKept = true;
}

function forget() {
  plots.forget();
  $("kept").hidden = true;
  $("keep").textContent = TEXT.page.keep;
  plots.hasKept = false;
}

/* The settings that are not the usual ones, in words. */
function describe(level, values) {
  const usual = defaults(level, values.cell), parts = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === usual[name] || name === "cell") continue;
    const control = about(level, name, values.cell);
    parts.push(`${TEXT.controls[name].label} ${control.choices ? TEXT.controls[name][value] : `${value} ${unitOf(control.unit)}`}`.trim());
  }
  return parts.join(", ") || TEXT.presets.normal;
}

/* Sweeps the trace from left to right, with a click at every impulse if sound is on. */
const player = {
  at: Infinity, playing: false, last: 0,

  stage() { return runs.now.stages.at(-1); },

  speed() { return Number($("speed").value); },

  toggle() {
    if (this.playing) { this.pause(); return; }
    if (!(this.at < this.stage().duration)) this.at = 0;
    this.playing = true;
    this.last = performance.now();
    $("play").textContent = TEXT.page.pause;
    this.tick();
  },

  pause() {
    this.playing = false;
    clearTimeout(this.timer);
    $("play").textContent = TEXT.page.play;
  },

  stop() {
    this.pause();
    if (this.at !== Infinity) { this.at = Infinity; plots.until("s", Infinity); }
  },

  tick() {
    if (!this.playing) return;
    const now = performance.now(), before = this.at, stage = this.stage();
    this.at = Math.min(before + (now - this.last) / 1000 / this.speed(), stage.time);
    this.last = now;
    for (const event of stage.events) if (event > before && event <= this.at) sound.click((event - before) * this.speed());
    plots.until("s", this.at);
    if (this.at >= stage.duration - 1e-9) { this.stop(); return; }
    // who wants less motion sees the trace grow in steps
    const wait = matchMedia("(prefers-reduced-motion: reduce)").matches ? 500 : 33;
    this.timer = setTimeout(() => this.tick(), wait);
  },

  step(by) {
    this.pause();
    const end = this.stage().duration, from = this.at === Infinity ? (by < 0 ? end : 0) : this.at;
    this.at = Math.min(Math.max(from + by, 0), end);
    plots.until("s", this.at);
  },
};

/* Clicks: of a cell's impulses, or the unit's electromyogram. */
const sound = {
  context: null, on: false, played: 0,

  toggle() {
    this.on = !this.on;
    $("sound").setAttribute("aria-pressed", String(this.on));
    $("volume-choice").hidden = !this.on;
    if (!this.on) return;
    if (!this.context) {
      this.context = new AudioContext();
      this.gain = this.context.createGain();
      this.gain.connect(this.context.destination);
      this.cell = this.buffer(Array.from({ length: 220 }, (_, k) => Math.exp(-k / 40) * Math.sin(k / 3)), 22050);
      this.unit = this.buffer(DATA.emg.uV, DATA.emg.rate);
    }
    this.context.resume();
    this.volume();
    if (!player.playing) player.toggle();
  },

  buffer(samples, rate) {
    const fine = Math.max(rate, 8000), times = fine / rate, most = Math.max(...samples.map(Math.abs));
    const made = this.context.createBuffer(1, Math.ceil(samples.length * times), fine), data = made.getChannelData(0);
    for (let k = 0; k < data.length; k++) data[k] = (samples[Math.min(samples.length - 1, Math.floor(k / times))] || 0) / most;
    return made;
  },

  volume() { if (this.gain) this.gain.gain.value = (Number($("volume").value) / 100) ** 2; },

  click(later) {
    if (!this.on) return;
    const source = this.context.createBufferSource();
    source.buffer = state.level === "chain" ? this.unit : this.cell;
    source.connect(this.gain);
    source.start(this.context.currentTime + Math.max(0, later));
    this.played++;
  },
};

// ------------------------------------------------------------------------------------------------------------- take away

function download(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const fileName = (kind) => `${state.level}.${kind}`;
const limits = () => say(TEXT.page.limits, { no_benefit: DATA.no_benefit });
const svgNow = () => figureText(plots.panels, $("sentence").textContent, plots.hasKept ? `- - -  ${$("kept").textContent}` : "", limits());

/* All traces that are shown as a table; panels with clocks of their own stand side by side. */
function table() {
  const columns = [];
  for (const panel of plots.panels) {
    for (const line of panel.lines) {
      const shown = panel.traces[line.name], unit = panel.about.unit;
      if (!shown) continue;
      const clock = `time (${panel.about.clock})`, title = `${line.name}${unit ? ` (${unit.replace("×", "x")})` : ""}`;
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
    return `from excitability import Regimen, body, simulate\nregimen = Regimen().then(0, ${body.join(", ")}${disease})${treated}\n` +
      `recording = simulate("body", protocol=regimen, duration=${v.months * MONTH}, parameters={"s_cord": ${v.s_cord}})`;
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

// ------------------------------------------------------------------------------------------------------------------ page

const plots = new Plots($("plots"));

function look(name, on) {
  document.documentElement.classList.toggle(name, on);
  $(name).setAttribute("aria-pressed", String(on));
  forgetHeight();
  plots.look();
  plots.draw();
}

function readOn() {
  const found = readAddress(location.hash), known = DATA.lessons.some((one) => one.name === found.lesson);
  if (known) { lessons.open(found.lesson); return; }
  if (found.lesson) found.told.push(say(TEXT.page.no_name, { name: found.lesson }));
  tell(found.told.join(" "));
  lessons.leave();
  apply(found.level, found.values);
}

function startPage() {
  for (const level of LEVEL_NAMES) state.values[level] = defaults(level);
  if (matchMedia("(prefers-color-scheme: dark)").matches) look("dark", true);
  startWorker(takePart);
  makeLevels();
  lessons.list();
  $("reset-all").onclick = () => { tell(""); apply(state.level, defaults(state.level)); };
  for (const name of ["projector", "dark"]) $(name).onclick = () => look(name, !document.documentElement.classList.contains(name));
  $("keep").onclick = () => (plots.hasKept ? forget() : keep());
  $("play").onclick = () => player.toggle();
  $("back").onclick = () => player.step(-0.1);
  $("forward").onclick = () => player.step(0.1);
  $("whole").onclick = () => { player.stop(); plots.whole(); };
  $("whole").title = TEXT.page.zoom;
  $("sound").onclick = () => sound.toggle();
  $("volume").oninput = () => sound.volume();
  $("svg").onclick = () => download(fileName("svg"), new Blob([svgNow()], { type: "image/svg+xml" }));
  $("png").onclick = async () => download(fileName("png"), await pictureOf(svgNow()));
  $("csv").onclick = () => download(fileName("csv"), new Blob([table()], { type: "text/csv" }));
  $("link").onclick = () => copy(location.href.split("#")[0] + addressNow());
  for (const button of document.querySelectorAll("[data-copy]")) button.onclick = () => copy($(button.dataset.copy).textContent);
  window.addEventListener("hashchange", () => { if (location.hash !== addressNow()) readOn(); });
  let resizing = 0;
  window.addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(() => { forgetHeight(); plots.draw(); }, 150); });
  if (!location.hash && DATA.lesson) lessons.open(DATA.lesson);
  else readOn();
}

/* For scripts that drive the page: what is set, what came out, and how long it took. */
window.Classroom = {
  state, runs, plots, sound, player, lessons,
  get measures() { return runs.now.done ? runs.now.result.measures : null; },
};

startPage();
