// Rows of the table of runs by keyboard: Tab to it, arrows go from row to row, Space selects.
// The table itself is of another widget (DataTables), which makes its rows anew at every update.

const ROWS = "table.dataTable tbody tr:has(td:nth-child(2))";

function serve(place) {
  let current = ""; // the run whose row has, or had, the focus
  let within = false; // whether the focus is, or was until the rows were made anew, on a row

  const rows = () => [...place.querySelectorAll(ROWS)];
  const runOf = (row) => row.cells[1]?.textContent.trim() ?? "";

  function mark() {
    const all = rows();
    const chosen = all.find((row) => runOf(row) === current) ?? all[0];
    for (const row of all) {
      const index = row === chosen ? 0 : -1;
      if (row.tabIndex !== index || !row.hasAttribute("tabindex")) row.tabIndex = index;
      const selected = String(row.classList.contains("selected"));
      if (row.getAttribute("aria-selected") !== selected) row.setAttribute("aria-selected", selected);
    }
    // The row that had the focus is gone, and with it the focus.
    if (within && chosen && document.activeElement === document.body) chosen.focus();
  }

  function move(row, steps) {
    const all = rows();
    const at = Math.min(Math.max(all.indexOf(row) + steps, 0), all.length - 1);
    current = runOf(all[at]);
    mark();
    all[at].focus();
  }

  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 };

  place.addEventListener("keydown", (event) => {
    const row = event.target;
    if (!row.matches?.(ROWS) || event.altKey || event.metaKey) return;
    if (event.key in STEPS) move(row, STEPS[event.key]);
    else if (event.key === " " || event.key === "Enter") {
      row.cells[1].dispatchEvent(new MouseEvent("click", { bubbles: true, ctrlKey: true }));
    } else return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab has keys of its own
  });
  place.addEventListener("focusin", ({ target }) => {
    within = Boolean(target.matches?.(ROWS));
    if (within) current = runOf(target);
  });
  place.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget) within = false;
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!place.contains(target)) within = false;
  });

  const watching = new MutationObserver(mark);
  watching.observe(place, { childList: true, subtree: true, attributeFilter: ["class"] });
  mark();
  return () => watching.disconnect();
}

export default {
  render({ el }) {
    let release = () => {};
    let closed = false;
    const attach = () => {
      const place = el.closest(".prunelab-runs");
      if (place) release = serve(place);
      else if (!closed) requestAnimationFrame(attach); // not on the page yet
    };
    attach();
    return () => {
      closed = true;
      release();
    };
  },
};
