// A button that copies the model's text, or a link with it as its query: copy_button.py, page_link.py.

const SHOWN_FOR = 2_000; // milliseconds
const SETTLED_AFTER = 300; // milliseconds

// What a server has added to the address stays: its token, and how it is to look.
const isServers = (name) => name === "token" || name.startsWith("voila");

// A page of JupyterLab keeps one parameter of each name, so there all are packed into one.
const pack = (query) =>
  document.body.dataset.voila ? query : `schedule=${encodeURIComponent(query)}`;

function unpack(search) {
  const schedule = new URLSearchParams(search).get("schedule");
  return schedule?.includes("=") ? `?${schedule}` : search;
}

function address(query) {
  const own = [...new URLSearchParams(location.search)].filter(([name]) => isServers(name));
  const parts = [new URLSearchParams(own).toString(), pack(query)].filter(Boolean);
  return `${location.origin}${location.pathname}?${parts.join("&")}`;
}

// JupyterLab rewrites its address as it starts; the browser still knows what was opened.
function opened(model) {
  const [first] = performance.getEntriesByType("navigation");
  const searches = [first ? new URL(first.name).search : "", location.search];
  // On a page that is there for the widgets alone, a link may also be of the run alone.
  const names = document.body.dataset.voila ? model.get("names") : ["schedule"];
  const found = searches.find((search) => names.some((name) => new URLSearchParams(search).has(name)));
  return found && unpack(found);
}

// The link holds what is chosen on the page, so a reload brings it back. Only where the page is
// there for the widgets alone: elsewhere, as in JupyterLab, the address is not ours.
function holdAddress(model) {
  const follow = () => {
    if (document.body.dataset.voila && model.get("text")) {
      history.replaceState(null, "", address(model.get("text")));
    }
  };
  model.on("change:text", follow);
  const search = opened(model);
  if (search && !window.prunelabOpened) {
    window.prunelabOpened = true; // once a page: a second explorer on it is one of its own
    // Not before the page is at rest: a slider that appears sends its value as it reads it, which
    // would come after what the link says, and overwrite it.
    setTimeout(() => requestIdleCallback(() => model.send({ type: "opened", search })), SETTLED_AFTER);
  }
  return () => model.off("change:text", follow);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only pages of this machine or of https may use the clipboard: elsewhere the old way.
    const area = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("the browser does not let this page copy");
  }
}

export default {
  render({ model, el }) {
    const button = document.createElement("button");
    button.className = "lm-Widget jupyter-widgets jupyter-button widget-button prunelab-copy";
    const show = () => {
      button.textContent = model.get("label");
      button.title = model.get("hint");
      button.disabled = !model.get("text");
    };
    show();
    model.on("change:label change:hint change:text", show);
    button.addEventListener("click", async () => {
      const text = model.get("text");
      try {
        await copy(model.get("is_link") ? address(text) : text);
        button.textContent = "copied";
      } catch (error) {
        button.textContent = error.message;
      }
      setTimeout(show, SHOWN_FOR);
    });
    el.append(button);
    const release = model.get("is_link") ? holdAddress(model) : () => {};
    return () => {
      model.off("change:label change:hint change:text", show);
      release();
    };
  },
};
