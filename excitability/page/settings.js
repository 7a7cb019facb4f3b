/* What the page is told, its words, and its settings: their limits, their defaults, and how they stand in the address.
 *
 * Settings (by level; excitability/page/controls.json has their limits):
 *   cell    cell, mg, ca, rate, current, train, watch, mg_given, given_at, noise, seed
 *   chain   mg, ca, mg_i, rate, train
 *   person  mg_mg, ca_mg, disease, months, treat_after, s_cord
 * The address is #level=cell&mg=0.25; what is not there has its default. #lesson=name opens a lesson.
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
  month_d: MONTH, axon_dt_s: AXON_DT_S, axon_sample_s: AXON_SAMPLE_S, fibre_dt_s: FIBRE_DT_S,
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
const minus = (number) => String(number).replace("-", "−"); // a sign as wide as a figure
const months = (n) => `${n} ${n === 1 ? TEXT.words.month : TEXT.words.months}`;
const many = (n) => ({ n, times: n === 1 ? TEXT.says.once : TEXT.says.times, impulses: n === 1 ? TEXT.says.impulse : TEXT.says.impulses });

const state = { level: "cell", values: {}, lesson: "" };

/* What is known of a control, for the cell that is chosen. */
function about(level, name, cell = state.values[level] && state.values[level].cell) {
  const { motor_axon: axon, ...all } = DATA.controls[level][name];
  return cell === "motor_axon" ? { ...all, ...axon } : all;
}

/* An axon has no synapse that could be noisy. */
const applies = (level, name, cell = state.values[level].cell) => cell !== "motor_axon" || (name !== "noise" && name !== "seed");

/* Of a level, and of a motoneuron unless another cell is meant, whatever the page shows now. */
function defaults(level, cell) {
  const values = {};
  for (const name of Object.keys(DATA.controls[level])) values[name] = about(level, name, cell || "motoneuron").default;
  if (cell) values.cell = cell;
  return values;
}

const labelOf = (level, name, cell = level === "cell" ? state.values.cell.cell : "") => {
  const words = TEXT.controls[name];
  return name === "cell" ? words.label : words[level] || words[cell] || words.label;
};

/* A value as it may be, and what to tell if it is not the one given. */
function allowed(level, name, given, cell) {
  const control = about(level, name, cell), label = labelOf(level, name, cell), unit = unitOf(control.unit || "");
  if (control.choices) {
    const found = control.choices.find((choice) => String(choice) === String(given));
    if (found !== undefined) return { value: found };
    return { value: control.default, told: say(TEXT.page.no_choice, { name: label, value: given, used: control.default }) };
  }
  const number = typeof given === "string" && given.trim() === "" ? NaN : Number(given);
  if (!Number.isFinite(number)) return { value: control.default, told: say(TEXT.page.no_number, { name: label, value: given, used: control.default }) };
  const within = Math.min(Math.max(number, control.low), control.high), value = control.whole ? Math.round(within) : within;
  if (within === number) return { value };
  return { value, told: say(TEXT.page.outside, { name: label, value: number, low: control.low, high: control.high, used: value, unit: unit && ` ${unit}` }) };
}

/* Settings of a level from some of them; all others are defaults. */
function settings(level, given) {
  const told = [], cell = level === "cell" ? allowed("cell", "cell", given.cell || "motoneuron").value : undefined;
  const values = defaults(level, cell);
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(values, name) || !applies(level, name, cell)) { told.push(say(TEXT.page.no_name, { name })); continue; }
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

const addressNow = () => addressOf(state.level, state.values[state.level], state.lesson);

/* Level, settings and lesson from the address. */
function readAddress(text) {
  const given = Object.fromEntries(new URLSearchParams(text.replace(/^#/, ""))), told = [];
  const level = LEVEL_NAMES.includes(given.level) ? given.level : "cell";
  if (given.level && level !== given.level) told.push(say(TEXT.page.no_name, { name: given.level }));
  const { level: _, lesson, ...rest } = given, found = settings(level, rest);
  return { level, lesson: lesson || "", values: found.values, told: [...told, ...found.told] };
}
