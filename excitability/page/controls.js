/* Levels, cases and settings as things to press and move, and the way from food to force on which they act. */
"use strict";

const inputs = {}; // by name: {range, number, radios, select}

function tell(text) { $("message").textContent = text; $("message").hidden = !text; }

/* A setting was moved. */
function change(name, value, asked = performance.now()) {
  const level = state.level;
  tell("");
  if (name === "cell") {
    const { ca, mg } = state.values.cell;
    state.values.cell = { ...defaults("cell", value), ca, mg };
    forget();
    showControls();
    inputs.cell.radios.find((radio) => radio.checked).focus(); // they were made anew
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
  const another = level !== state.level || values.cell !== (state.values[level] || {}).cell || !Object.keys(inputs).length;
  state.level = level;
  state.values[level] = values;
  if (another) { forget(); forgetHeight(); }
  showLevel();
  if (another) showControls();
  else {
    for (const name of Object.keys(inputs)) showValue(name);
    showPresets();
    lessons.lock();
  }
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
    tab.onclick = () => { lessons.leave(); tell(""); apply(level, state.values[level]); };
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
    if (!applies(level, name)) continue;
    (control.more ? more : $("sliders")).append(control.choices ? choiceControl(level, name, control) : sliderControl(level, name, control));
    showValue(name);
  }
  if (more.children.length > 1) { more.open = open; $("sliders").append(more); }
  showPresets();
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
    type: "number", min: control.low, max: control.high, step: control.step, inputMode: "decimal",
    set: { "aria-label": say(unit ? TEXT.page.exactly : TEXT.page.exactly_plain, { name: label, unit }) },
  });
  const reset = make("button", { type: "button", className: "reset", textContent: "↺", title: say(TEXT.page.reset, { name: label }), set: { "aria-label": say(TEXT.page.reset, { name: label }) } });
  range.oninput = () => change(name, Number(range.value));
  number.onchange = () => {
    const now = state.values[level][name], typed = number.value.trim() !== ""; // a browser hands out nothing that is no number
    const found = typed ? allowed(level, name, number.value) : { value: now, told: say(TEXT.page.no_number_typed, { name: label, used: now }) };
    change(name, found.value);
    tell(found.told || "");
  };
  reset.onclick = () => change(name, about(level, name).default);
  inputs[name] = { range, number };
  const box = make("div", { className: "control", set: { "data-control": name } },
    make("div", { className: "head" }, make("label", { htmlFor: range.id, textContent: label }), make("span", { className: "unit", textContent: unit })),
    make("div", { className: "value" }, range, number, reset));
  if (usual && name !== "mg_given") {
    const at = (value) => `calc(.6rem + (100% - 1.2rem) * ${Math.min(1, Math.max(0, (value - control.low) / (control.high - control.low)))})`;
    const shaded = (beside) => `linear-gradient(to right, ${beside} ${at(usual[0])}, var(--usual) ${at(usual[0])} ${at(usual[1])}, ${beside} ${at(usual[1])})`;
    range.style.setProperty("--band", shaded("transparent"));
    range.style.setProperty("--track", shaded("var(--rail)"));
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
function showPresets() {
  const level = state.level, box = $("presets");
  if (box.dataset.level !== level) {
    box.dataset.level = level;
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

/* What one goes back from, by the browser: a lesson, a level or a cell. */
const placeOf = (address) => {
  const { lesson, level, cell } = Object.fromEntries(new URLSearchParams(address.slice(1)));
  return lesson ? `lesson ${lesson}` : `${level || "cell"} ${cell || ""}`;
};

let writing = 0;
function writeAddress() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const address = addressNow();
    if (placeOf(location.hash) !== placeOf(address)) history.pushState(null, "", address); // so that one can go back
    else if (location.hash !== address) history.replaceState(null, "", address);
    showCommands();
  }, 150);
}

// --------------------------------------------------------------------------------------------------------------- the way

const FLOW = ["plate", "gut", "plasma", "cord", "motoneuron", "axon", "junction", "fibre", "force"];
const SHOWN = { cell: ["cord", "motoneuron"], axon: ["plasma", "axon"], chain: ["axon", "junction", "fibre", "force"], person: ["plate", "gut", "plasma", "cord", "motoneuron"] };
/* Onto which station of the way a setting acts. */
const ACTS = {
  cell: { mg: "motoneuron", ca: "motoneuron", rate: "motoneuron", current: "motoneuron", mg_given: "motoneuron", noise: "motoneuron" },
  axon: { mg: "axon", ca: "axon", rate: "axon", current: "axon", mg_given: "axon" },
  chain: { mg: "junction", ca: "junction", rate: "junction", train: "junction", mg_i: "fibre" },
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
