/* The classroom: settings to orders for the worker, what comes back to plots and a sentence, until a run is done. */
"use strict";

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
  lessons.wait();
  if (plots.hasKept) showKept();
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
  if (part.error) {
    tell(say(TEXT.page.broken, { message: part.error }));
    $("sentence").setAttribute("aria-busy", "false");
    document.documentElement.dataset.state = "broken";
    return;
  }
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
  run.result = RESULTS[run.level](run);
  view.fill(run);
  plots.draw();
  run.drawn = true;
  showSentence(run.result, run.done);
  const { done } = run; // more may have come by then
  requestAnimationFrame(() => setTimeout(() => drawn(run, first, done), 0)); // after the frame in which the plots paint
}

function drawn(run, first, done) {
  if (run !== runs.now) return;
  if (first) {
    run.first = performance.now() - run.asked;
    document.documentElement.dataset.state = "begun";
  }
  if (done) {
    run.all = performance.now() - run.asked;
    keepHeight();
    finished(run);
  }
}

function finished(run) {
  if (run.told) return;
  run.told = true;
  lessons.finished(run);
  if (sound.on) player.toggle(); // heard again
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

// ---------------------------------------------------------------------------------------------------------- the sentence

function showSentence(result, done) {
  const sentence = $("sentence"), text = `${result.lead} ${result.text}`.trim(), { detail, aside } = result;
  sentence.setAttribute("aria-busy", String(!done)); // read out when it is complete
  if (sentence.dataset.text === text + detail + aside) return;
  sentence.dataset.text = text + detail + aside;
  const more = (words, className) => (words ? [" ", make("span", { className, textContent: words })] : []);
  sentence.replaceChildren(text, ...more(detail, "detail"), ...more(aside, "aside"));
}

const keepHeight = () => { $("sentence").style.minHeight = `${$("sentence").offsetHeight}px`; }; // plots stay where they are
const forgetHeight = () => { $("sentence").style.minHeight = ""; };

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
  $("link").onclick = () => copy(location.href.split("#")[0] + addressOf(state.level, state.values[state.level], lessons.ran ? "" : state.lesson));
  for (const button of document.querySelectorAll("[data-copy]")) button.onclick = () => copy($(button.dataset.copy).textContent);
  window.addEventListener("hashchange", () => { if (location.hash !== addressNow()) readOn(); });
  window.addEventListener("keydown", (event) => { if (event.key === "Escape" && $("take").open) { $("take").open = false; $("take").firstElementChild.focus(); } });
  window.addEventListener("pointerdown", (event) => { if (!$("take").contains(event.target)) $("take").open = false; });
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
