/* What the tests ask of the page; each is a function without arguments. */
({
  /* Controls without a name. */
  nameless() {
    const all = [...document.querySelectorAll("button, input, select, summary, [role]")].filter((e) => e.offsetParent !== null);
    const nameOf = (e) => {
      const labels = [...(e.labels || [])].map((label) => label.textContent).join(" ");
      const others = (e.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean);
      const by = others.map((id) => document.getElementById(id).textContent).join(" ");
      const own = ["BUTTON", "SUMMARY"].includes(e.tagName) ? e.textContent : "";
      return (e.getAttribute("aria-label") || by || labels || own).trim();
    };
    const live = (e) => ["alert", "status"].includes(e.getAttribute("role"));
    return all.filter((e) => !live(e) && !nameOf(e)).map((e) => e.outerHTML.slice(0, 120));
  },

  /* Elements that show text of their own. */
  texts() {
    const says = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return [...document.querySelectorAll("main *, header *, footer *")].filter((e) => e.offsetParent && says(e));
  },

  smallest() { return Math.min(...this.texts().map((e) => parseFloat(getComputedStyle(e).fontSize))); },

  /* Elements that reach beyond the right edge. */
  wide() {
    const all = [...document.querySelectorAll("body *")].filter((e) => e.offsetParent);
    const far = all.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.id || e.className || e.tagName);
    return document.documentElement.scrollWidth > innerWidth ? ["page", ...far] : far;
  },

  /* Texts whose contrast with what is under them is below 4.5. */
  faint() {
    const shine = (colour) => {
      const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      const [r, g, b] = colour.match(/[\d.]+/g).map((v) => linear(Number(v) / 255));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const under = (e) => {
      const colour = getComputedStyle(e).backgroundColor;
      return /, 0\)$/.test(colour) ? under(e.parentElement) : colour;
    };
    const ratio = (e) => {
      const [high, low] = [shine(getComputedStyle(e).color), shine(under(e))].sort((a, b) => b - a);
      return (high + 0.05) / (low + 0.05);
    };
    return this.texts().filter((e) => !e.closest(":disabled") && ratio(e) < 4.5).map((e) => [e.outerHTML.slice(0, 80), ratio(e)]);
  },

  /* Of every line: how many dashes the kept one has, and how many points both. */
  lines() {
    const of = (line) => [line.old.glyph.line_dash.value.length, line.under.data.x.length, line.source.data.x.length];
    return Classroom.plots.panels.flatMap((panel) => panel.lines.map(of));
  },

  /* Times and potentials of the motoneuron. */
  voltages() {
    const { times, data, n } = Classroom.runs.now.stages[0];
    return [times, data.V_soma].map((values) => Array.from(values.subarray(0, n)));
  },

  /* Of the first panel: where its threshold is, and whether it can be seen. */
  threshold() {
    const { model, label } = Classroom.plots.panels[0].models.level;
    return { shown: model.visible && label.visible, at: model.location };
  },

  /* How far the first line is drawn. */
  drawn() { return Math.max(...Classroom.plots.panels[0].lines[0].source.data.x); },
})
