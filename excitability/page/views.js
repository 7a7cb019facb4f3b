/* Which panels a level shows, and what of a run is in each. */
"use strict";

const W = TEXT.words;
const potential = (more) => ({ unit: "mV", tall: true, time: W.time_s, clock: "s", ...more });
const trace = (stage, name, factor = 1) => {
  if (factor === 1) return { times: stage.times, values: stage.data[name], n: stage.n };
  return { times: stage.times, values: stage.data[name].map((value) => value * factor), n: stage.n };
};
const driveMark = (stage) => (isDriven(stage) ? [{ kind: "stimulus", from: START_S, to: stage.end, text: W.drive }] : []);
/* What was there stays until the new threshold is known. */
const thresholdMark = ({ threshold }, panel) => {
  if (!threshold || !threshold.known) return panel.marks.filter((mark) => mark.kind === "level");
  return Number.isFinite(threshold.threshold_mV) ? [{ kind: "level", at: threshold.threshold_mV, text: W.threshold }] : [];
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
      panel.remark([...driveMark(stage), ...givenMark(stage, W.given), ...thresholdMark(run.result, panel)]);
    },
  },
  chain: {
    arrange(run) {
      const end = run.stages[0].duration, small = { clock: "s", time: null, end, tall: false };
      plots.arrange("chain", [
        potential({ ...small, name: "V", label: W.V_fibre, ticks: 3, tall: false, y: [-95, 50], lines: [{ name: "V", colour: "trace" }] }),
        { ...small, name: "Ca_i", label: W.Ca_i, unit: "µM", y: [0, 12], ticks: 2, minor: true, lines: [{ name: "Ca_i", colour: "calcium" }] },
        { ...small, name: "emg", label: W.emg, unit: "µV", y: [-9, 9], ticks: 2, lines: [{ name: "emg", colour: "emg" }] },
        { ...small, name: "force", label: W.force, unit: `% ${W.share}`, column: "force_percent", y: [0, 100], tall: true, time: W.time_s, lines: [{ name: "force", colour: "force" }] },
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
        { ...days, name: "PTH", column: "PTH_ratio", label: W.PTH, unit: `× ${W.normal}`, y: [-0.2, 3.5], ticks: 2, minor: true, lines: [{ name: "PTH", colour: "hormone" }] },
        {
          ...days, name: "Mg_ionised", label: W.Mg_ionised, unit: "mM", y: [0, 0.9], ticks: 2, time: W.time_day, tall: true,
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
      panel.remark([drive, ...thresholdMark(run.result, panel)]);
      if (cell && cell.n) panel.traces = { V_soma: trace(cell, "V_soma") };
    },
  },
};
