{
  // The theme is the system's, or what the address asks for: ?theme=light, ?theme=dark.
  const asked = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  if (asked) {
    document.getElementById("prunelab-dark").media = asked === "dark" ? "all" : "not all";
    document.documentElement.style.colorScheme = asked;
  }
  const setTheme = () => {
    const dark = asked ? asked === "dark" : system.matches;
    document.body.dataset.jpThemeLight = String(!dark);
    document.body.dataset.jpThemeName = dark ? "JupyterLab Dark" : "JupyterLab Light";
  };
  setTheme();
  system.addEventListener("change", setTheme);

  // Voila calls this when the notebook is here. Widgets come later: until then the page says so.
  window.voila_finish = () => {
    if (!window.themeLoaded) {
      window.cellLoaded = true;
      return;
    }
    const cells = document.getElementById("rendered_cells");
    cells.style.display = "";
    const reveal = () => {
      if (!cells.querySelector(".jupyter-widgets, .prunelab-problem")) return;
      document.getElementById("loading")?.remove();
      watching.disconnect();
    };
    const watching = new MutationObserver(reveal);
    watching.observe(cells, { childList: true, subtree: true });
    reveal();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const { baseUrl, kernelId } = config;

    const tell = (text) => {
      const line = document.getElementById("prunelab-ended") ?? document.createElement("p");
      line.id = "prunelab-ended";
      line.setAttribute("role", "alert");
      if (line.textContent !== text) line.textContent = text;
      if (text) document.body.append(line);
      else line.remove();
    };
    setInterval(async () => {
      try {
        const answer = await fetch(`${baseUrl}prunelab/alive/${kernelId}`);
        const { alive } = await answer.json();
        tell(alive ? "" : "This page's kernel has ended. Reload the page to go on.");
      } catch {
        tell("The server does not answer. Start prunelab dashboard again and reload the page.");
      }
    }, 5000);

    // Widgets come through a websocket, and some proxies let none pass.
    const askForSocket = () => {
      const line = document.getElementById("loading");
      if (!line) return;
      const channels = `${baseUrl}api/kernels/${kernelId}/channels?session_id=asked`;
      const address = new URL(channels, document.baseURI);
      address.protocol = address.protocol.replace("http", "ws");
      const socket = new WebSocket(address, "v1.kernel.websocket.jupyter.org");
      socket.onopen = () => socket.close();
      socket.onerror = () => {
        line.setAttribute("role", "alert");
        line.textContent =
          "The page is here, but WebSockets do not pass between it and the server: " +
          "let the proxy in front pass on Upgrade and Connection (docs/serving.md shows how).";
      };
    };
    setTimeout(askForSocket, 5000);

    // Voila's own beacon is sent when a page may be about to close; this when it does.
    addEventListener("pagehide", ({ persisted }) => {
      if (!persisted) navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`);
    });
  });
}
