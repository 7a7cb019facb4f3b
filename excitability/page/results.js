/* What came of a run: a sentence, and the measures that challenges ask for:
 *   cell    spikes, train_spikes, rate_hz (after the drive), self_sustained_s, extra_s (after magnesium was given),
 *           spontaneous (0 or 1), rest_mV, peak_mV, threshold_mV, threshold_ratio (of the current, to that in normal ions)
 *   chain   nerve_impulses, fibre_impulses, answered (share), force_peak (share of the greatest), force_after (share of the
 *           peak, 0.3 s after the last impulse), twitch_ratio, ca_peak_uM, emg_peak_uV
 *   person  ca_plasma_mM, mg_plasma_mM (ionised), ca_cord_mM, mg_cord_mM, pth_ratio; spikes, rate_hz, self_sustained_s of the
 *           motoneuron in the cord's ions of the last day
 */
"use strict";

const judge = (ion, value) => TEXT.words[value < DATA.ranges[ion][0] ? "low" : value > DATA.ranges[ion][1] ? "high" : "normal"];
const ionsIn = ({ ca, mg, mg_given: then, given_at: after }, stage) => {
  const given = stage.given === null || givenLate(stage) ? "" : say(TEXT.says.then_given, { mg: digits(then, 3), t: digits(after, 1) });
  return say(TEXT.says.ions, { ca: digits(ca, 3), ca_word: judge("ca", ca), mg: digits(mg, 3), mg_word: judge("mg", mg), then: given });
};
const givenLate = (stage) => Boolean(stage.given) && stage.given >= stage.duration;
const details = (stage, said) => `${givenLate(stage) ? `${TEXT.says.given_late} ` : ""}${said}`;

const isDriven = (stage) => stage.options.volleys.length > 0 || stage.options.current.length > 0;

function firing(stage) {
  const { events, end, time } = stage, driven = isDriven(stage);
  const after = Excitability.selfSustained(events, driven ? end : 0, time);
  const late = events.filter((t) => t > end + after.duration + 1e-9).length; // too far apart to be a train
  const before = events.filter((t) => t <= START_S).length, during = events.filter((t) => t > START_S && t <= end).length;
  return { driven, after, late: driven ? late : 0, spikes: events.length, during, before, restless: before > 0 || !stage.resting };
}

/* Firing after magnesium was given, if it was. */
const sinceGiven = ({ given, time, events }) => (given !== null && time > given ? Excitability.selfSustained(events, given, time) : { duration: 0, ended: true });

function extremes(stage, name) {
  let low = Infinity, high = -Infinity;
  for (let k = 0; k < stage.n; k++) { low = Math.min(low, stage.data[name][k]); high = Math.max(high, stage.data[name][k]); }
  return { low, high };
}

/* The threshold in words and in numbers; `known` is whether it has come. None of a cell that fires by itself or answers nothing. */
function thresholdOf(stage, fires) {
  const known = stage.threshold !== undefined, { now, normal } = stage.threshold || {};
  if (fires || !now) return { known, said: "", threshold_mV: NaN, threshold_ratio: NaN };
  const { current, potential, from } = now, ratio = current / normal.current;
  const numbers = { mv: minus(digits(potential, 1)), up: digits(potential - from, 1), p: digits(100 * ratio, 0) };
  return { known, said: say(TEXT.says.threshold, numbers), threshold_mV: potential, threshold_ratio: ratio };
}

/* The stimulus in numbers. */
function drive(v) {
  const unit = unitOf(about("cell", "current", v.cell).unit);
  const parts = [v.rate > 0 ? `${digits(v.rate, 1)} Hz` : "", v.current > 0 ? `${digits(v.current, 4)} ${unit}` : ""];
  return `${parts.filter(Boolean).join(" + ")}, ${digits(v.train)} s`;
}

function motoneuronResult(run) {
  const [stage] = run.stages, v = run.values, f = firing(stage), S = TEXT.says, s = f.after.duration, parts = [];
  const { duration: extra, ended } = sinceGiven(stage), given = stage.given !== null && stage.time > stage.given;
  parts.push(say(f.driven ? S.train : S.no_train, { ...many(f.driven ? f.during : f.spikes), drive: drive(v) }));
  if (!f.driven) parts[0] += ".";
  else if (stage.time > stage.end + LATE_S) {
    const numbers = { s: digits(s, 1), hz: digits(f.after.rate || 0, 0) };
    if (s >= DATA.cramp_s) {
      let how = stage.done ? (f.after.ended ? S.cramp_ends : S.cramp_goes_on) : ".";
      if (given && s > v.given_at) how = stage.done ? say(ended ? S.cramp_stopped : S.cramp_not_stopped, { d: digits(extra, 1) }) : ".";
      parts.push(say(S.cramp, numbers) + how);
    } else parts.push(s > 0 ? say(S.afterdischarge, numbers) : f.late ? say(S.late_only, many(f.late)) : say(S.silent_after, { watch: digits(stage.time - stage.end, 1) }));
    if (s > 0 && f.late) parts.push(say(S.late_too, many(f.late)));
  }
  if (f.before > 0 && f.driven) parts.push(say(S.before, many(f.before)));
  const threshold = thresholdOf(stage, f.restless), { threshold_mV, threshold_ratio } = threshold;
  const measures = {
    spikes: f.spikes, train_spikes: f.during, rate_hz: f.after.rate || 0, self_sustained_s: s, extra_s: extra, spontaneous: f.restless ? 1 : 0,
    rest_mV: stage.data.V_soma[0], peak_mV: extremes(stage, "V_soma").high, threshold_mV, threshold_ratio,
  };
  return { measures, threshold, lead: ionsIn(v, stage), text: parts.join(" ").replace(/\.\./g, "."), detail: details(stage, threshold.said), aside: v.ca !== Excitability.NORMAL.Ca ? S.hinges : "" };
}

function axonResult(run) {
  const [stage] = run.stages, v = run.values, S = TEXT.says, { events, end, time } = stage, stimuli = stage.options.volleys;
  const driven = isDriven(stage);
  const evoked = (t) => stimuli.some((s) => t > s && t <= s + EVOKED_S) || (stage.options.current.length > 0 && t > START_S && t <= end + EVOKED_S);
  const own = events.filter((t) => !evoked(t)), late = own.filter((t) => t > time - LATE_S), asked = events.length - own.length;
  const alone = own.length >= 2 && late.length >= 1, trace = stage.data.V, parts = [];
  let mv = 0;
  const from = Math.max(0, stage.n - Math.round(0.1 / stage.options.sample));
  for (let k = from; k < stage.n; k++) mv += trace[k] / (stage.n - from);
  const rate = late.length > 1 ? (late.length - 1) / (late.at(-1) - late[0]) : own.length > 1 ? 1 / (own.at(-1) - own.at(-2)) : 0;
  const blocked = stage.threshold && !alone && !stage.threshold.now;
  if (alone) {
    parts.push(say(S.axon_alone, { ...many(own.length), hz: digits(rate, 0) }));
    if (asked) parts.push(say(S.axon_asked, { ...many(asked), drive: drive(v) }) + ".");
  } else if (!driven && own.length) {
    parts.push(say(S.axon_once, many(own.length)));
  } else {
    parts.push(!driven ? say(S.axon_silent, { s: digits(time - IONS_AT_S, 1) }) : asked ? say(S.axon_asked, { ...many(asked), drive: drive(v) }) : say(S.axon_weak, { drive: drive(v) }));
    if (driven && asked && !blocked && !own.length) parts.push(say(S.axon_quiet, { watch: digits(Math.max(0, time - end), 1) }));
    else parts[0] += ".";
    if (own.length) parts.push(say(S.axon_few, many(own.length)));
  }
  if (blocked) parts.push(say(S.axon_blocked, { mv: minus(digits(mv, 0)) }));
  const after = Excitability.selfSustained(events, driven ? end : IONS_AT_S, time), threshold = thresholdOf(stage, alone), { threshold_mV, threshold_ratio } = threshold;
  const measures = {
    spikes: events.length, train_spikes: events.filter((t) => t > START_S && t <= end).length, rate_hz: rate, self_sustained_s: after.duration, spontaneous: alone ? 1 : 0,
    extra_s: sinceGiven(stage).duration,
    rest_mV: trace[Math.round(START_S / stage.options.sample) - 1], // in its ions, when the drive begins
    peak_mV: extremes(stage, "V").high, threshold_mV, threshold_ratio,
  };
  return { measures, threshold, lead: ionsIn(v, stage), text: parts.join(" "), detail: details(stage, threshold.said), aside: "" };
}

function chainResult(run) {
  const [stage] = run.stages, v = run.values, S = TEXT.says, given = stage.options.volleys.filter((t) => t < stage.time - ANSWER_S);
  const passed = given.filter((t) => stage.events.some((e) => e > t && e <= t + ANSWER_S)).length, n = given.length, share = n ? passed / n : 1;
  const force = stage.data.force, peak = extremes(stage, "force").high, last = stage.options.volleys.at(-1) + LEFT_AFTER_S;
  const k = Math.round(last / stage.options.sample), left = k < stage.n && peak > 1e-3 ? force[k] / peak : 0, emg = emgOf(stage);
  const parts = [];
  if (n === 1) parts.push(passed ? S.pass_one : S.pass_not);
  else parts.push(say(passed === n ? S.pass_all : passed === 0 ? S.pass_none : S.pass_part, { ...many(n), m: passed }));
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
  return { measures, lead: ionsIn(v, stage), text: parts.join(" "), detail: "", aside: v.mg_i !== DATA.controls.chain.mg_i.default ? say(S.inside, v) : "" };
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
  const treated = body.given === null ? "" : say(S.treated, { months: months(v.treat_after) });
  const ill = v.disease === "none" ? "" : say(S.ill, { illness: TEXT.controls.disease[v.disease] });
  const cord = { cord_ca: digits(of("Ca_cord")), cord_mg: digits(of("Mg_cord")) }, mild = Math.abs(of("Ca_cord") - Excitability.NORMAL.Ca) < 0.05;
  parts.push(say(S.person, { ...v, ill, treated, months: months(v.months), ca: digits(ca), ca_word: judge("ca", ca), mg: digits(mg), mg_word: judge("mg", mg), ...cord }));
  parts.push(say(S.pth, { p: digits(of("PTH"), 2) }));
  const measures = { ca_plasma_mM: ca, mg_plasma_mM: mg, ca_cord_mM: of("Ca_cord"), mg_cord_mM: of("Mg_cord"), pth_ratio: of("PTH"), spikes: 0, rate_hz: 0, self_sustained_s: 0 };
  if (cell && cell.n && cell.time > cell.end + LATE_S) {
    const f = firing(cell), s = f.after.duration;
    Object.assign(measures, { spikes: f.spikes, rate_hz: f.after.rate || 0, self_sustained_s: s });
    const numbers = { ...many(f.late), s: digits(s, 1), hz: digits(f.after.rate || 0, 0) };
    parts.push(say(s >= DATA.cramp_s ? S.then_cramp : s > 0 ? S.then_more : f.late ? S.then_late : S.then_silent, numbers));
    if (f.before > 0) parts.push(say(S.before, many(f.before)));
  }
  const threshold = cell && thresholdOf(cell, cell.n > 0 && firing(cell).restless);
  const late = v.treat_after >= v.months && v.treat_after > 0 ? S.treated_late : "";
  return { measures, threshold, lead: "", text: parts.join(" "), detail: late, aside: mild ? "" : S.hinges };
}

const RESULTS = {
  cell: (run) => (run.values.cell === "motor_axon" ? axonResult(run) : motoneuronResult(run)), chain: chainResult, person: personResult,
};
