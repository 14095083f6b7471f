// Filters the rows of the scorecard. On every other page it finds no form and does nothing.
(() => {
  "use strict";
  const FIELDS = ["paper", "kind", "figure", "scale", "verdict"];

  function start() {
    const form = document.querySelector("form.scorecard-filter");
    if (!form) {
      return;
    }
    const count = document.querySelector(".scorecard-status");
    const rows = [...document.querySelectorAll("tr.scorecard-row")].map((element) => ({
      element,
      words: words(element),
    }));
    const tables = [...document.querySelectorAll("table.scorecard-claims")];
    const sections = [...document.querySelectorAll("section")].filter(
      (section) => section.querySelector("table.scorecard-claims") && !section.contains(form),
    );
    let waiting;

    function apply() {
      const wanted = new Map(FIELDS.map((name) => [name, form.elements[name].value]).filter(([, value]) => value));
      const sought = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const fits = [...wanted].every(([name, value]) => row.element.dataset[name] === value);
        row.element.hidden = !(fits && sought.every((word) => row.words.includes(word)));
      }
      for (const table of tables) {
        const all = table.tBodies[0].rows.length;
        const shown = visible(table);
        table.hidden = shown === 0;
        table.querySelector(".scorecard-shown").textContent = `${shown} of ${all} rows`;
      }
      for (const section of sections) {
        section.hidden = visible(section) === 0;
      }
      const shown = visible(document);
      count.textContent = `${shown} of ${rows.length} rows${shown ? "" : ": nothing matches"}`;
      remember(wanted);
    }

    function remember(wanted) {
      const query = new URLSearchParams([...wanted]);
      const sought = form.elements.words.value.trim();
      if (sought) {
        query.set("words", sought);
      }
      const address = new URL(location.href);
      address.search = query.toString();
      try {
        history.replaceState(null, "", address);
      } catch {
        // Some browsers refuse this for a page that was opened from a file. The filter works without it.
      }
    }

    // A link to a section that the filter hides shows everything again.
    function reveal() {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target?.closest("section[hidden]")) {
        form.reset();
        apply();
      }
      target?.scrollIntoView();
    }

    for (const [name, value] of new URLSearchParams(location.search)) {
      const field = form.elements.namedItem(name);
      if (name === "words" || (FIELDS.includes(name) && [...field.options].some((option) => option.value === value))) {
        field.value = value;
      }
    }
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(apply, 150);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    window.addEventListener("hashchange", reveal);
    form.hidden = false;
    apply();
    if (location.hash) {
      reveal();
    }
  }

  function visible(part) {
    return part.querySelectorAll("tr.scorecard-row:not([hidden])").length;
  }

  // What a row says, without what is folded in it.
  function words(row) {
    const copy = row.cloneNode(true);
    copy.querySelectorAll("details").forEach((details) => details.remove());
    return [...copy.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
