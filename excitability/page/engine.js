/* Runs models that were translated from their Brian2 equations: rest, time steps, volleys, noise, events. It knows nothing of
 * pages and needs nothing but MODELS; it runs in a page, in a worker and in Node alike.
 *
 *   const run = Excitability.start(MODELS.motoneuron, {ions: {Ca: 1.2, Mg: 0.25}, volleys: [0.1, 0.15], duration: 1});
 *   run.advance(0.5);            // to 0.5 s; run.advance() goes to the end
 *   run.traces.V_soma, run.events, run.times
 *
 * Times are seconds (days for a body); parameters are in their own units, ions in mM (SI are mol/m3, the same number).
 */
(function (root) {
  "use strict";

  const LONG = 1e8; // s; steps of the search for rest that are as long as this are Newton's method
  const NORMAL = { Ca: 1.2, Mg: 0.55 };
  const GRADED_MV = 5; // an "impulse" that so little is missing for only follows the current
  const SHORT_OF = 0.99; // of a threshold current: a pulse that is not answered
  const GAP_S = 0.4; // ends a train

  // ------------------------------------------------------------------------------------------- functions of generated code

  const d_phi_1 = (x) => { const u = Math.abs(x) < 1e-4 ? 1e-4 : x; return (Math.exp(u) - Math.expm1(u) / u) / u; };
  const clip = (x, low, high) => Math.min(Math.max(x, low), high);

  // logarithm of the gamma function from 1 on: Stirling's series, after shifting small arguments up
  function lgamma(x) {
    let shift = 0;
    while (x < 15) { shift -= Math.log(x); x += 1; }
    const y = 1 / (x * x);
    const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y / 1188)))) / x;
    return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
  }

  /* Smallest number of successes whose probability of not being exceeded is u; below 0 the mean. */
  function binomial_quantile(u, trials, probability) {
    if (u < 0) return trials * probability;
    const n = Math.floor(Math.max(trials, 0) + 0.5), p = clip(probability, 1e-300, 1 - 1e-16);
    let k = Math.max(0, Math.floor(n * p - 12 * Math.sqrt(n * p * (1 - p)) - 12));
    let share = Math.exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p));
    for (let below = share; below < u && k < n; below += share) {
      share *= (n - k) / (k + 1) * p / (1 - p);
      k += 1;
    }
    return k;
  }

  // ------------------------------------------------------------------------------------------------------------- chance

  /* Uniform numbers from 0 to 1, 53 bits of them: sfc32, seeded. */
  function uniform(seed) {
    let a = 0x9e3779b9 ^ seed, b = 0x243f6a88, c = 0xb7e15162 ^ (seed * 2654435761), d = 1;
    const next = () => {
      const t = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0; a = b ^ (b >>> 9); b = (c + (c << 3)) | 0; c = (c << 21) | (c >>> 11); c = (c + t) | 0;
      return t >>> 0;
    };
    for (let k = 0; k < 20; k++) next();
    return () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  }

  /* Normal numbers, two by two after Box and Muller. */
  function normal(draw) {
    let kept = null;
    return () => {
      if (kept !== null) { const value = kept; kept = null; return value; }
      const size = Math.sqrt(-2 * Math.log(1 - draw())), angle = 2 * Math.PI * draw();
      kept = size * Math.sin(angle);
      return size * Math.cos(angle);
    };
  }

  // --------------------------------------------------------------------------------------------------------------- rest

  /* Solve A x = b in place; returns the sign of the determinant, 0 if there is no solution. */
  function solve(A, b, n) {
    let sign = 1;
    for (let k = 0; k < n; k++) {
      let pivot = k;
      for (let i = k + 1; i < n; i++) if (Math.abs(A[i * n + k]) > Math.abs(A[pivot * n + k])) pivot = i;
      const top = A[pivot * n + k];
      if (top === 0 || !isFinite(top)) return 0;
      if (pivot !== k) {
        sign = -sign;
        for (let j = k; j < n; j++) { const t = A[k * n + j]; A[k * n + j] = A[pivot * n + j]; A[pivot * n + j] = t; }
        const t = b[k]; b[k] = b[pivot]; b[pivot] = t;
      }
      if (top < 0) sign = -sign;
      for (let i = k + 1; i < n; i++) {
        const factor = A[i * n + k] / top;
        if (factor === 0) continue;
        for (let j = k + 1; j < n; j++) A[i * n + j] -= factor * A[k * n + j];
        b[i] -= factor * b[k];
      }
    }
    for (let k = n - 1; k >= 0; k--) {
      for (let j = k + 1; j < n; j++) b[k] -= A[k * n + j] * b[j];
      b[k] /= A[k * n + k];
    }
    return sign;
  }

  /* The equilibrium to which the dynamics lead from a guess: implicit Euler steps that grow as they succeed. */
  function equilibrium(rates, guess) {
    const n = guess.length, x = Float64Array.from(guess), rate = new Float64Array(n);
    const up = new Float64Array(n), moved = new Float64Array(n), matrix = new Float64Array(n * n);
    const scale = x.map((v) => (v === 0 ? 1 : Math.abs(v)));
    let step = 1e-3;
    for (let round = 0; round < 300; round++) {
      rates(x, rate);
      let usable = rate.every(isFinite);
      for (let j = 0; j < n; j++) {
        const h = 1e-6 * Math.abs(x[j]) + 1e-10;
        moved.set(x); moved[j] = x[j] + h; rates(moved, up);
        for (let i = 0; i < n; i++) {
          matrix[i * n + j] = (i === j ? 1 / step : 0) - (up[i] - rate[i]) / h;
          usable = usable && isFinite(matrix[i * n + j]);
        }
      }
      const move = Float64Array.from(rate);
      usable = usable && solve(matrix, move, n) > 0;
      if (!usable) move.fill(0);
      let most = 0, left = 0, still = true;
      for (let i = 0; i < n; i++) {
        scale[i] = Math.max(scale[i], Math.abs(x[i]));
        most = Math.max(most, Math.abs(move[i]) / scale[i]);
        still = still && rate[i] === 0;
      }
      const share = Math.min(1, 0.05 / Math.max(most, 1e-300));
      for (let i = 0; i < n; i++) {
        x[i] += move[i] * share;
        left = Math.max(left, Math.abs(move[i]) / Math.max(Math.abs(x[i]), 1e-12));
      }
      if (still || (usable && left < 1e-10 && step >= LONG)) return { x, found: true };
      step = usable && share >= 1 ? Math.min(step * 2, 2 * LONG) : step * (usable ? 0.7 : 0.5);
    }
    return { x, found: false };
  }

  // -------------------------------------------------------------------------------------------------------------- a run

  function parametersOf(model, changes) {
    const p = {};
    for (const [name, one] of Object.entries(model.parameters)) p[name] = one.si;
    for (const [name, value] of Object.entries(changes || {})) {
      if (!(name in model.parameters)) throw new Error(`${model.name} has no parameter ${name}`);
      if (!Number.isFinite(value)) throw new Error(`${name} = ${value} is not a number`);
      p[name] = value * model.parameters[name].factor;
    }
    return p;
  }

  const unitOf = (model) => (model.time === "day" ? 86400 : 1); // of a model's time, s
  const stepOf = (model, options) => (options.dt === undefined ? model.dt_s : options.dt * unitOf(model)); // s

  /* The model's functions for a set of parameters; the last ones are kept, because the browser has compiled them by then. */
  const functions = new WeakMap();
  function functionsOf(model, parameters, dt) {
    const key = JSON.stringify([parameters || {}, dt]), last = functions.get(model);
    if (last && last.key === key) return last;
    const p = parametersOf(model, parameters), made = { key, p };
    for (const name of ["slow", "derivatives", "step", "volley", "read"]) made[name] = model[name](p, dt);
    functions.set(model, made);
    return made;
  }

  /* Resting states (SI, in the order of model.states) and whether there is a rest in these ions. */
  function rest(model, options) {
    const { p, slow, derivatives } = functionsOf(model, options.parameters, stepOf(model, options));
    const s = new Float64Array(model.ticked.length);
    const resting = model.states.map((name, k) => k).filter((k) => !model.counters.includes(model.states[k]));
    const guess = model.states.map((name) => model.guess[name] || 0);
    const y = Float64Array.from(guess), out = new Float64Array(y.length);

    function search(ions) {
      const given = { ...ions, ...options.before };
      for (let k = 0; k < model.given; k++) s[k] = heldValue(model, p, given, model.ticked[k]);
      slow(s);
      const rates = (x, rate) => {
        resting.forEach((k, j) => { y[k] = x[j]; });
        derivatives(y, -1, s, out);
        resting.forEach((k, j) => { rate[j] = out[k]; });
      };
      return equilibrium(rates, resting.map((k) => guess[k]));
    }

    const ions = options.ions || NORMAL;
    let found = search(ions), known = found.found;
    if (!known && model.held.includes("Mg")) {
      const other = search(NORMAL);
      if (other.found) found = other;
    }
    const states = Float64Array.from(guess);
    resting.forEach((k, j) => { states[k] = found.x[j]; });
    return { states, found: known };
  }

  /* What a name that is given has when nothing else is said: an ion, a parameter that may change, or nothing. */
  function heldValue(model, p, values, name) {
    if (name in values) return name in model.parameters ? values[name] * model.parameters[name].factor : values[name];
    return name in p ? p[name] : 0;
  }

  class Run {
    constructor(model, options) {
      const unit = unitOf(model), dt = stepOf(model, options), made = functionsOf(model, options.parameters, dt);
      const changes = [...(options.changes || [])].sort((a, b) => a.at - b.at);
      const within = model.time === "day" && changes.some((c) => Math.abs(c.at - Math.round(c.at)) > 1e-9);
      this.model = model;
      this.unit = unit;
      this.dt = dt;
      this.tick = within ? this.dt : model.tick_s;
      this.steps = Math.round(this.tick / this.dt);
      this.ticks = Math.round(options.duration * unit / this.tick);
      const sample = options.sample === undefined ? (model.time === "day" ? 1 : 5e-4) : options.sample;
      this.every = Math.max(1, Math.round(sample * unit / this.dt));
      this.p = made.p;
      this.values = { ...(options.ions || NORMAL), ...(options.before || {}) };
      this.changes = changes.map((c) => ({ tick: Math.round(c.at * unit / this.tick), values: c.values }));
      this.volleyTicks = new Set((options.volleys || []).map((t) => Math.floor(t * unit / this.tick + 0.5)));
      this.current = (options.current || []).map(([from, to, a, b]) => [from, to, a * model.stimulus_si, b * model.stimulus_si]);
      const start = options.states ? { states: Float64Array.from(options.states), found: true } : rest(model, options);
      this.resting = start.found;
      this.y = start.states;
      this.s = new Float64Array(model.ticked.length);
      Object.assign(this, { slow: made.slow, step: made.step, volley: made.volley });
      this.readouts = model.readouts.length ? made.read : null;
      this.k = 0; // ticks done
      this.n = 0; // steps done
      this.next = 0; // of the changes
      this.held = true; // whether s has to be filled
      const samples = Math.ceil(this.ticks * this.steps / this.every);
      this.times = new Float64Array(samples);
      this.traces = {};
      for (const name of Object.keys(model.traces)) this.traces[name] = new Float64Array(samples);
      for (const one of model.readouts) this.traces[one.name] = new Float64Array(samples);
      this.sampled = 0;
      this.events = [];
      this.watched = model.states.indexOf(model.event.state);
      this.before = this.y[this.watched];
      this.stimulusAt = model.stimulus ? model.ticked.indexOf(model.stimulus) : -1;
      this.noise = null;
      if (options.seed !== undefined && options.seed !== null) {
        this.chance = uniform(2 * options.seed + 1);
        if (model.noise) {
          const tau = this.p[model.noise.tau], decay = Math.exp(-this.tick / tau), draw = normal(uniform(2 * options.seed));
          this.noise = { value: 0, decay, kick: () => draw() * Math.sqrt(1 - decay * decay) };
        }
      }
    }

    get done() { return this.k >= this.ticks; }

    get time() { return this.k * this.tick / this.unit; }

    /* Goes on to a time, or to the end. */
    advance(until) {
      const model = this.model, last = until === undefined ? this.ticks : Math.min(this.ticks, Math.round(until * this.unit / this.tick));
      const y = this.y, s = this.s, level = model.event.level, dt = this.dt;
      const names = Object.keys(model.traces), place = names.map((name) => model.states.indexOf(name));
      const factors = names.map((name) => model.traces[name].factor), kept = names.map((name) => this.traces[name]);
      const out = new Float64Array(model.readouts.length);
      for (; this.k < last; this.k++) {
        this._give(this.k);
        if (this.volleyTicks.has(this.k)) this.volley(y, s, this.chance ? this.chance() : -1);
        for (let i = 0; i < this.steps; i++) {
          if (this.n % this.every === 0) {
            const m = this.sampled++;
            this.times[m] = this.n * dt / this.unit;
            for (let j = 0; j < names.length; j++) kept[j][m] = y[place[j]] / factors[j];
            if (this.readouts) {
              this.readouts(y, 0, s, out);
              for (let j = 0; j < out.length; j++) this.traces[model.readouts[j].name][m] = out[j] / model.readouts[j].factor;
            }
          }
          const t = this.n * dt;
          if (this.stimulusAt >= 0) s[this.stimulusAt] = this._stimulus(t + dt / 2);
          this.step(y, t, s);
          const after = y[this.watched];
          if (this.before < level && level <= after) {
            this.events.push((this.n + (level - this.before) / (after - this.before)) * dt / this.unit);
          }
          this.before = after;
          this.n++;
        }
        for (let j = 0; j < y.length; j++) {
          if (!isFinite(y[j])) throw new Error(`${model.states[j]} is not a finite number any more at ${this.time} ${model.time}`);
        }
      }
      return this;
    }

    _stimulus(t) {
      let sum = 0;
      for (const [from, to, a, b] of this.current) if (t >= from && t < to) sum += a + (b - a) * (t - from) / (to - from);
      return sum;
    }

    /* What changes once a tick. */
    _give(k) {
      const model = this.model, s = this.s;
      while (this.next < this.changes.length && this.changes[this.next].tick <= k) {
        Object.assign(this.values, this.changes[this.next++].values);
        this.held = true;
      }
      if (this.held) {
        for (let j = 0; j < model.given; j++) s[j] = heldValue(model, this.p, this.values, model.ticked[j]);
        this.slow(s);
        this.held = false;
      }
      const volley = this.volleyTicks.has(k) ? 1 : 0;
      for (const [name, size] of Object.entries(model.pulse)) s[model.ticked.indexOf(name)] = this.p[size] * volley;
      if (this.noise) {
        s[model.ticked.indexOf(model.noise.name)] = this.p[model.noise.sd] * this.noise.value;
        this.noise.value = this.noise.value * this.noise.decay + this.noise.kick();
      }
    }
  }

  const start = (model, options) => new Run(model, options);
  const simulate = (model, options) => start(model, options).advance();

  /* What a pulse of current has to reach in a cell at rest, or in the states given: the smallest that is answered by an impulse
   * (`current`), the highest potential that SHORT_OF of it leads to (`potential`, mV), and the one from which it begins; as the
   * package's assays.threshold. null without a rest or an all-or-none answer. `near` is where to look first. */
  function threshold(model, options, { width, latency, near = 1 }) {
    const { ions, parameters, dt } = options, name = model.event.state;
    const { states, found } = options.states ? { states: options.states, found: true } : rest(model, options);
    const answered = (size) => { // or how far it goes without
      const current = [[0, width, size, size]], sample = stepOf(model, options);
      const run = start(model, { ions, parameters, dt, states, current, sample, duration: width + latency });
      while (!run.done && !run.events.length) run.advance(run.time + width);
      return run.events.length ? true : run.traces[name].reduce((a, b) => Math.max(a, b));
    };
    if (!found || answered(0) === true) return null;
    let low = 0, high = Infinity, size = near;
    for (let k = 0; k < 60 && high > low * 1.0005; k++) {
      if (answered(size) === true) high = size;
      else low = size;
      size = high === Infinity ? low * 1.25 : low === 0 ? high / 1.25 : (low + high) / 2;
    }
    const potential = high < Infinity && answered(SHORT_OF * high), level = 1e3 * model.event.level;
    if (typeof potential !== "number" || potential > level - GRADED_MV) return null;
    return { current: high, potential, from: 1e3 * states[model.states.indexOf(name)] };
  }

  /* Firing that outlasts a stimulus: from its end to the last event before a gap. */
  function selfSustained(events, after, until) {
    let last = after, rate = null, count = 0, first = null;
    for (const t of events) {
      if (t <= after) continue;
      if (t - last > GAP_S) break;
      if (first === null) first = t;
      last = t;
      count++;
    }
    if (count > 1) rate = (count - 1) / (last - first);
    return { duration: count ? last - after : 0, rate, count, ended: until - last > GAP_S };
  }

  root.Excitability = { start, simulate, rest, threshold, uniform, normal, selfSustained, d_phi_1, binomial_quantile, NORMAL, GRADED_MV, SHORT_OF, GAP_S };
})(typeof globalThis !== "undefined" ? globalThis : self);
const { d_phi_1, binomial_quantile } = globalThis.Excitability;
