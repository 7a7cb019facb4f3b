/* The trace again: kept under a new one, swept from left to right, heard. */
"use strict";

function keep() {
  if (!runs.now.done) return; // half a run says nothing beside a whole one
  plots.keep();
  plots.keptValues = runs.now.values;
  showKept();
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

/* In which settings the kept run is another than the present one, or than the usual one. */
function showKept() {
  const kept = plots.keptValues, others = [runs.now.values, defaults(state.level, kept.cell)];
  const what = others.map((other) => describe(state.level, kept, other)).find(Boolean) || TEXT.presets.normal;
  $("kept").textContent = say(TEXT.page.kept, { what });
}

/* The settings that are not those of another run, in words. */
function describe(level, values, other) {
  const parts = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === other[name] || idle(level, name, values)) continue;
    const control = about(level, name, values.cell);
    parts.push(`${labelOf(level, name, values.cell)}: ${control.choices ? TEXT.controls[name][value] : `${value} ${unitOf(control.unit)}`}`.trim());
  }
  return parts.join("; ");
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
