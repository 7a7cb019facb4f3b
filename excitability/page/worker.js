/* Runs orders of the page, one at a time, in slices, so that a newer order can take the place of the one at work.
 *
 * An order is {id, model, options, traces, first}: the options of Excitability.start, the names of the traces to send, and
 * how much of the run to send first (in its own time). What comes back is {id, from, times, traces, events, time, done,
 * resting} for every part, or {id, error}. An order with a `pulse` {ions, width, latency} asks for its threshold too: the last
 * part has {now, normal}, in these ions and in normal ones, both from rest; or from the states of the run at pulse.at. An order with `warm` sends only {id, warm} in the end: it lets the
 * browser compile.
 */
"use strict";

const SLICE_MS = 8; // how long the worker does not listen
const SEND_MS = 70; // how often it tells

function server(send) {
  let wanted = null;
  const channel = new MessageChannel(), waiting = [];
  channel.port1.onmessage = () => waiting.shift()();
  const listen = () => new Promise((go) => { waiting.push(go); channel.port2.postMessage(0); });

  const usual = new Map(); // thresholds in normal ions, by model
  function thresholds({ model, options: { dt }, pulse }, states) {
    const of = (more, near) => Excitability.threshold(MODELS[model], { dt, ...more }, { ...pulse, near });
    if (!usual.has(model)) usual.set(model, of({ ions: Excitability.NORMAL }));
    const normal = usual.get(model);
    return { now: of({ ions: pulse.ions, states }, normal.current), normal };
  }

  async function serve(order) {
    wanted = order;
    try {
      const run = Excitability.start(MODELS[order.model], order.options);
      const end = order.options.duration, at = order.pulse && order.pulse.at;
      let states; // at that time
      let step = end / 200, told = 0, samples = 0, events = 0;
      for (let from = performance.now(); !run.done; ) {
        let next = samples === 0 && run.time < order.first ? Math.min(run.time + step, order.first) : run.time + step;
        if (run.time < at) next = Math.min(next, at);
        run.advance(Math.min(end, Math.max(next, run.time + run.tick / run.unit)));
        if (at && !states && run.time >= at) states = run.y.slice();
        const now = performance.now();
        if (now - from < SLICE_MS / 2) step *= 1.5;
        else if (now - from > SLICE_MS) step /= 1.5;
        const due = samples === 0 ? run.time >= order.first - 1e-9 : now - told >= SEND_MS;
        if (!order.warm && (run.done || due)) {
          const part = { id: order.id, from: samples, times: run.times.slice(samples, run.sampled), traces: {} };
          for (const name of order.traces) part.traces[name] = run.traces[name].slice(samples, run.sampled);
          Object.assign(part, { events: run.events.slice(events), time: run.time, done: run.done, resting: run.resting });
          if (run.done && order.pulse) part.threshold = thresholds(order, states);
          samples = run.sampled; events = run.events.length; told = now;
          send(part, [part.times.buffer, ...Object.values(part.traces).map((values) => values.buffer)]);
        } else if (order.warm && run.done) {
          if (order.pulse) thresholds(order, states);
          send({ id: order.id, warm: true }, []);
        }
        await listen();
        if (wanted !== order) return;
        from = performance.now();
      }
    } catch (problem) {
      send({ id: order.id, error: problem.message }, []);
    }
  }

  return serve;
}

if (typeof WorkerGlobalScope !== "undefined" && globalThis instanceof WorkerGlobalScope) {
  const serve = server((part, buffers) => postMessage(part, buffers));
  onmessage = (event) => serve(event.data);
}
