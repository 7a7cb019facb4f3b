/* Lessons as cards: predict, run, explain, then a challenge that the page checks by itself. */
"use strict";

const lessons = {
  now: null, // the lesson
  choice: null, committed: false, ran: false, from: null, // what the challenge began with

  list() {
    const select = $("lesson");
    $("lesson-choice").hidden = DATA.lessons.length === 0;
    select.append(make("option", { value: "", textContent: TEXT.page.no_lesson }), ...DATA.lessons.map((one) => make("option", { value: one.name, textContent: one.title })));
    select.onchange = () => { if (select.value) this.open(select.value); else { this.leave(); writeAddress(); } };
  },

  open(name) {
    const lesson = DATA.lessons.find((one) => one.name === name);
    Object.assign(this, { now: lesson, choice: null, committed: false, ran: false, from: null });
    state.lesson = name;
    $("lesson").value = name;
    $("main").classList.add("taught");
    $("card").hidden = false;
    const found = settings(lesson.level, lesson.setup || {});
    apply(lesson.level, found.values);
    forget();
    tell(found.told.join(" "));
    this.show();
  },

  leave() {
    if (!this.now) return;
    Object.assign(this, { now: null, ran: false });
    state.lesson = "";
    $("lesson").value = "";
    $("main").classList.remove("taught");
    $("card").hidden = true;
    this.lock();
  },

  /* What may be moved now: nothing before the run, afterwards what the challenge allows. */
  lock() {
    const lesson = this.now, free = !lesson || (this.ran && !lesson.challenge);
    $("presets").hidden = $("case-choice").hidden = !free;
    $("reset-all").disabled = lesson !== null && !free;
    for (const box of $("sliders").querySelectorAll("[data-control]")) {
      const name = box.dataset.control, open = free || (this.ran && lesson.challenge.may_move.includes(name));
      const may = open && !idle(state.level, name, state.values[state.level]);
      for (const input of box.querySelectorAll("input, select, button")) input.disabled = !may;
    }
    $("main").classList.toggle("free", free || this.ran); // on a projector, what cannot be moved is not shown
    const more = $("sliders").querySelector("details.more");
    if (more && !free && this.ran && lesson.challenge.may_move.some((name) => more.querySelector(`[data-control="${name}"]`))) more.open = true;
  },

  commit() {
    this.committed = true;
    this.show();
    $("run-lesson").focus();
  },

  run() {
    keep();
    this.ran = true;
    const found = settings(this.now.level, { ...this.now.setup, ...this.now.run });
    tell(found.told.join(" "));
    state.values[this.now.level] = found.values;
    showControls();
    showFlow(Object.keys(this.now.run || {})[0] || "");
    writeAddress();
    this.from = JSON.stringify(found.values);
    beginRun();
    this.show();
    // where both cannot be seen at once, what came out goes before what explains it
    const narrow = matchMedia("(max-width: 59.99rem)").matches;
    $(narrow ? "stage" : "explained").focus({ preventScroll: narrow });
    if (narrow) $("stage").scrollIntoView();
  },

  /* What the challenge is judged by is on its way. */
  wait() {
    if (!$("check")) return;
    $("check").textContent = TEXT.page.waiting;
    $("check").classList.remove("good");
  },

  /* A run has come to its end: the challenge is checked. */
  finished(run) {
    const challenge = this.now && this.ran && this.now.challenge, box = $("check");
    if (!challenge || !box) return;
    const value = run.result.measures[challenge.measure], above = challenge.above !== undefined, goal = above ? challenge.above : challenge.below;
    const share = DATA.shares.includes(challenge.measure), number = (x) => digits(share ? 100 * x : x), unit = share ? "%" : unitOf(DATA.measures[run.level][challenge.measure] || "");
    const words = { measure: TEXT.measures[challenge.measure], value: number(value), unit: unit && ` ${unit}` };
    const solved = above ? value > goal : value < goal, moved = JSON.stringify(run.values) !== this.from;
    box.classList.toggle("good", moved && solved);
    if (!moved) box.textContent = say(TEXT.lesson.nothing_moved, { controls: challenge.may_move.map((name) => labelOf(run.level, name)).join("; ") });
    else if (solved) box.textContent = say(TEXT.lesson.solved, words);
    else box.textContent = say(TEXT.lesson.unsolved, { ...words, sign: above ? TEXT.lesson.above : TEXT.lesson.below, goal: number(goal) });
  },

  show() {
    const lesson = this.now, L = TEXT.lesson, card = [], paragraph = (text, className = "") => make("p", { textContent: text, className });
    card.push(make("h2", { textContent: lesson.title, tabIndex: -1 }));
    if (lesson.goal && !this.ran) card.push(make("p", { className: "small goal", textContent: lesson.goal }));
    const { question, choices, answer } = lesson.prediction;
    card.push(make("h3", { textContent: L.predict, id: "predict" }));
    if (!this.committed) {
      const commit = make("button", { type: "button", className: "main", textContent: L.commit, disabled: this.choice === null });
      commit.onclick = () => this.commit();
      const radios = choices.map((text, k) => {
        const radio = make("input", { type: "radio", name: "prediction", value: k, checked: this.choice === k });
        radio.onchange = () => { this.choice = k; commit.disabled = false; };
        return make("label", {}, radio, text);
      });
      card.push(paragraph(question), make("div", { className: "choices", set: { role: "radiogroup", "aria-label": question } }, ...radios), commit);
    } else card.push(paragraph(question, this.ran ? "small" : ""), paragraph(say(L.committed, { choice: choices[this.choice] })));
    if (!this.ran) {
      const run = make("button", { type: "button", id: "run-lesson", className: "main", textContent: L.run_now, disabled: !this.committed });
      run.onclick = () => this.run();
      card.push(make("h3", { textContent: L.run }), run);
      if (!this.committed) { card.push(paragraph(L.first, "small")); }
    } else {
      const right = this.choice === answer;
      card.push(make("h3", { textContent: L.explain, id: "explained", tabIndex: -1 }));
      card.push(paragraph(right ? L.right : say(L.wrong, { answer: choices[answer] }), right ? "verdict good" : "verdict"));
      card.push(...(lesson.explanation || []).map((text) => paragraph(text)));
      if (lesson.challenge) {
        card.push(make("h3", { textContent: L.challenge }), paragraph(lesson.challenge.text));
        card.push(make("p", { id: "check", className: "verdict", set: { role: "status" }, textContent: TEXT.page.waiting }));
      }
      if (lesson.limits) card.push(make("p", { className: "small", textContent: `${L.limits}: ${lesson.limits}` }));
      const sources = Object.entries(lesson.sources || {});
      if (sources.length) {
        card.push(make("details", { className: "small" }, make("summary", { textContent: L.sources }),
          make("dl", {}, ...sources.flatMap(([key, text]) => [make("dt", { textContent: key }), make("dd", { textContent: text })]))));
      }
      const again = make("button", { type: "button", textContent: L.again });
      again.onclick = () => { this.open(lesson.name); $("card").firstElementChild.focus(); };
      card.push(again);
    }
    const leave = make("button", { type: "button", textContent: L.leave });
    leave.onclick = () => { this.leave(); apply(state.level, state.values[state.level]); $("lesson").focus(); };
    card.push(leave);
    $("card").replaceChildren(...card);
    this.lock();
  },
};
