// A button that copies the model's text, or a link with it as its query: copy_button.py, page_link.py.

const SAID_FOR = 2_000; // milliseconds

// What a server has put into the address is kept: its token, and how it is to look.
const isServers = (name) => name === "token" || name.startsWith("voila");

function address(query) {
  const kept = [...new URLSearchParams(location.search)].filter(([name]) => isServers(name));
  const parts = [new URLSearchParams(kept).toString(), query].filter(Boolean);
  return `${location.origin}${location.pathname}${parts.length ? "?" : ""}${parts.join("&")}`;
}

// JupyterLab rewrites its address as it starts; the browser still knows what was opened.
function opened() {
  const [first] = performance.getEntriesByType("navigation");
  return [location.search, first ? new URL(first.name).search : ""].find((search) =>
    new URLSearchParams(search).has("schedule"),
  );
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
  const search = opened();
  if (search && !window.prunelabOpened) {
    window.prunelabOpened = true; // once a page: a second explorer on it is one of its own
    model.send({ type: "opened", search });
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
      button.title = model.get("about");
      button.disabled = !model.get("text");
    };
    show();
    model.on("change:label change:about change:text", show);
    button.addEventListener("click", async () => {
      const text = model.get("text");
      try {
        await copy(model.get("is_link") ? address(text) : text);
        button.textContent = "copied";
      } catch (error) {
        button.textContent = error.message;
      }
      setTimeout(show, SAID_FOR);
    });
    el.append(button);
    const release = model.get("is_link") ? holdAddress(model) : () => {};
    return () => {
      model.off("change:label change:about change:text", show);
      release();
    };
  },
};
