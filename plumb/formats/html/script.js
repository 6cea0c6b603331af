"use strict";
(() => {
  const told = (count, all, noun) =>
    count === all ? `${all} ${noun}${all === 1 ? "" : "s"}` : `${count} of ${all} ${noun}${all === 1 ? "" : "s"}`;

  // A link into something folded opens it, also when the page is opened at it.
  const reveal = () => {
    let id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target.tagName === "DETAILS") {
      target.scrollIntoView();
      target.querySelector("summary").focus({ preventScroll: true });
    }
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) setTimeout(reveal);
  });
  reveal();

  for (const form of document.querySelectorAll("form.filters")) {
    const section = form.closest("section");
    const noun = form.dataset.for;
    const items = [...section.querySelectorAll(`[data-kind="${noun}"]`)];
    const groups = [...section.querySelectorAll("details")].reverse();
    const nothing = section.querySelector(".nothing");
    const result = form.querySelector(".result");
    const texts = new Map();
    // What a finding is about stands in the head of its group.
    const text = (item) => {
      if (!texts.has(item)) {
        const group = item.closest("details");
        const head = group && group !== item ? group.querySelector("summary").textContent : "";
        texts.set(item, `${item.textContent} ${head}`.toLowerCase());
      }
      return texts.get(item);
    };
    const apply = () => {
      const wanted = [...form.querySelectorAll("[data-filter]")].map((one) => [one.dataset.filter, one.value.trim().toLowerCase()])
        .filter(([, value]) => value);
      let count = 0;
      for (const item of items) {
        const shown = wanted.every(([name, value]) => name === "text"
          ? value.split(/\s+/).every((word) => text(item).includes(word))
          : (item.dataset[name] || "").toLowerCase() === value);
        item.hidden = !shown;
        count += shown;
      }
      for (const group of groups) {
        if (group.dataset.kind) continue;
        group.hidden = !group.querySelector(`[data-kind="${noun}"]:not([hidden])`);
        if (wanted.length && !group.hidden && count <= 40) group.open = true;
      }
      nothing.hidden = count > 0;
      result.textContent = told(count, items.length, noun);
    };
    let waiting = 0;
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 60); });
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && event.target.type === "search") { event.target.value = ""; apply(); }
    });
    form.addEventListener("click", (event) => {
      const what = event.target.dataset.do;
      if (!what) return;
      for (const group of groups) group.open = what === "open";
    });
    form.hidden = false;
    apply();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const search = document.querySelector("form.filters input[type=search]");
    if (search) { event.preventDefault(); search.focus(); }
  });
})();
