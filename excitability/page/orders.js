/* Settings to orders for the worker: the stages of a run, each a model with its ions, drive and length. */
"use strict";

/* Volleys as the package's Train has them: on whole milliseconds. */
function volleys(rate, duration, start) {
  const times = [];
  if (rate <= 0) return times;
  for (let k = 0; k < Math.ceil(rate * duration - 1e-9); k++) times.push((Math.round(1000 * start) + Math.floor(1000 * k / rate + 0.5)) / 1000);
  return times;
}

/* Stages of a run: {model, traces, first, end (of the drive), given (when), duration, options, pulse} as the worker takes
 * them; a later one may need what an earlier one found. */
function motoneuronStage(v) {
  const end = START_S + v.train, given = v.mg_given > 0 ? end + v.given_at : null, changes = [];
  if (given !== null) changes.push({ at: given, values: { Mg: v.mg_given } });
  const duration = Number((end + v.watch).toFixed(3));
  return {
    model: "motoneuron", traces: ["V_soma"], first: Math.min(1, duration), end, given, duration,
    pulse: { ions: { Ca: v.ca, Mg: v.mg }, width: PULSE_S, latency: LATENCY_S },
    options: {
      ions: { Ca: v.ca, Mg: v.mg }, changes, volleys: volleys(v.rate, v.train, START_S), duration, sample: 2.5e-4,
      current: v.current > 0 ? [[START_S, end, v.current, v.current]] : [], seed: v.noise ? v.seed : undefined,
    },
  };
}

function axonStage(v) {
  const stage = motoneuronStage(v), changes = [{ at: IONS_AT_S, values: { Ca: v.ca, Mg: v.mg } }, ...stage.options.changes];
  const options = { ...stage.options, ions: Excitability.NORMAL, changes, dt: AXON_DT_S, sample: AXON_SAMPLE_S, seed: undefined };
  const pulse = { ...stage.pulse, at: START_S }; // its gates have followed by then, its sodium has not
  return { ...stage, model: "motor_axon", traces: ["V"], first: Math.min(1, stage.duration), options, pulse };
}

function fibreStage(v) {
  const duration = Number((CHAIN_START_S + v.train + CHAIN_REST_S).toFixed(3)), times = volleys(v.rate, v.train, CHAIN_START_S);
  return {
    model: "muscle_fibre", traces: ["V", "Ca_i", "force"], first: Math.min(1, duration), end: CHAIN_START_S + v.train, given: null, duration,
    options: { ions: { Ca: v.ca, Mg: v.mg }, parameters: { Mg_i: v.mg_i }, volleys: times, duration, dt: FIBRE_DT_S, sample: 2.5e-4 },
  };
}

function bodyStage(v) {
  const disease = DATA.diseases[v.disease] || {}, days = v.months * MONTH;
  const eaten = { Ca_eaten: v.ca_mg / DATA.molar_mass.ca, Mg_eaten: v.mg_mg / DATA.molar_mass.mg };
  const changes = [{ at: 0, values: { ...eaten, ...disease } }], given = v.treat_after > 0 && v.treat_after < v.months ? v.treat_after * MONTH : null;
  if (given !== null) changes.push({ at: given, values: { ...DATA.treatment, ...DATA.treatments[v.disease] } });
  return {
    model: "body", traces: ["Ca_ionised", "Mg_ionised", "Mg_cord", "Ca_cord", "PTH"], first: days, end: 0, given, duration: days,
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
