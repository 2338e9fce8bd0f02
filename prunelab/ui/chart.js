// Shows one plotly figure. The figure belongs to the model: it is decoded once, grows with what is
// appended, and every view draws from it. Messages from and to Python: chart.py.

const TYPES = { float32: Float32Array, float64: Float64Array, int32: Int32Array };
const PING_EVERY = 20_000; // milliseconds

// ---- Data -------------------------------------------------------------------------------------

function unpack(tree, buffers) {
  if (Array.isArray(tree)) return tree.map((value) => unpack(value, buffers));
  if (tree === null || typeof tree !== "object") return tree;
  if ("$buffer" in tree) return decode(tree, buffers[tree.$buffer]);
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, unpack(value, buffers)]));
}

function decode({ type, shape }, { buffer, byteOffset, byteLength }) {
  // A copy: the message's bytes need not be aligned, and should not be kept alive by a part of it.
  return rows(new TYPES[type](buffer.slice(byteOffset, byteOffset + byteLength)), shape);
}

function rows(flat, [length, ...inner]) {
  if (!inner.length) return flat;
  const size = flat.length / length;
  return Array.from({ length }, (_, i) => rows(flat.subarray(i * size, (i + 1) * size), inner));
}

function append(old, more) {
  if (!old?.length) return more;
  if (!ArrayBuffer.isView(old) || !ArrayBuffer.isView(more)) return [...old, ...more];
  const Type = old.constructor === more.constructor ? old.constructor : Float64Array;
  const length = old.length + more.length;
  let room = old;
  if (Type !== old.constructor || old.buffer.byteLength < length * Type.BYTES_PER_ELEMENT) {
    room = new Type(2 * length); // twice, so that appending costs the length of what is appended
    room.set(old);
  }
  const grown = new Type(room.buffer, 0, length);
  grown.set(more, old.length);
  return grown;
}

function getAt(trace, path) {
  return path.split(".").reduce((value, key) => value?.[key], trace);
}

function setAt(trace, path, value) {
  const keys = path.split(".");
  const last = keys.pop();
  keys.reduce((inner, key) => (inner[key] ??= {}), trace)[last] = value;
}

// plotly writes into what it is given (a zoom into the layout, a click on the legend into the
// trace), so each view gets its own; it never writes into the numbers, so those are shared.
function own(tree) {
  if (Array.isArray(tree)) return typeof tree[0] === "object" ? tree.map(own) : tree;
  if (tree === null || typeof tree !== "object" || ArrayBuffer.isView(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, own(value)]));
}

// All of a figure but the arrays of its traces.
function frameOf({ data, layout }) {
  const shape = (value) => (Array.isArray(value) || ArrayBuffer.isView(value) ? "[]" : value);
  const traces = data.map((trace) => JSON.stringify(trace, (_, value) => shape(value)));
  return [JSON.stringify(layout), ...traces].join();
}

class Chart {
  constructor(model) {
    this.model = model;
    this.views = new Set();
    this.grown = new Map(); // trace -> paths that were appended to since the figure came
    this.closed = new Promise((resolve) => (this.close = resolve));
    const { revision, figure, buffers } = model.get("_figure");
    this.replace(revision, unpack(figure, buffers));
  }

  receive(message, buffers) {
    const { type, revision } = message;
    if (type === "figure") this.replace(revision, unpack(message.figure, buffers));
    else if (type === "extend" && revision > this.revision) {
      if (revision === this.revision + 1) this.extend(revision, unpack(message.traces, buffers));
      else this.askForWhole();
    } else if (type === "revision" && revision !== this.revision) {
      this.requested = false;
      this.askForWhole();
    }
  }

  replace(revision, figure) {
    this.revision = revision;
    this.figure = figure;
    this.requested = false;
    this.grown.clear();
    for (const view of this.views) view.update("figure");
  }

  extend(revision, traces) {
    this.revision = revision;
    for (const [index, columns] of traces) {
      const trace = this.figure.data[index];
      if (!this.grown.has(index)) this.grown.set(index, new Set());
      for (const [path, more] of Object.entries(columns)) {
        setAt(trace, path, append(getAt(trace, path), more));
        this.grown.get(index).add(path);
      }
    }
    for (const view of this.views) view.update("points");
  }

  // A message was missed: it came before this script ran, or the connection was cut.
  askForWhole() {
    if (!this.requested) this.model.send({ type: "whole" });
    this.requested = true;
  }
}

// ---- plotly.js, once a page -------------------------------------------------------------------

async function loadPlotly(chart) {
  while (!window.Plotly) {
    const loading = (window.prunelabPlotly ??= findPlotly(chart));
    try {
      await loading;
    } catch (error) {
      if (window.prunelabPlotly === loading) window.prunelabPlotly = undefined;
      // The chart that requested the whole is gone: the next one requests it.
      if (!error.chartClosed || chart.isClosed) throw error;
    }
  }
  return window.Plotly;
}

async function findPlotly(chart) {
  const tag = document.getElementById("prunelab-plotly"); // it is there only while it loads
  if (tag) await ended(tag);
  if (!window.Plotly) await ended(await kernelScript(chart));
  if (!window.Plotly) throw new Error("plotly.js could not be loaded");
}

function ended(script) {
  return new Promise((resolve) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", resolve);
  });
}

async function kernelScript(chart) {
  const answer = new Promise((resolve) => {
    chart.model.on("msg:custom", ({ type }, buffers) => type === "plotly" && resolve(buffers[0]));
  });
  chart.model.send({ type: "plotly" });
  const source = await Promise.race([answer, chart.closed]);
  if (!source) throw Object.assign(new Error("the chart was closed"), { chartClosed: true });
  const script = document.createElement("script");
  script.src = URL.createObjectURL(new Blob([source], { type: "text/javascript;charset=utf-8" }));
  document.head.append(script);
  return script;
}

// ---- The page's theme -------------------------------------------------------------------------

function theme(element) {
  const style = getComputedStyle(element);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const colour = (name, light, night) =>
    style.getPropertyValue(name).trim() || (dark ? night : light);
  const text = colour("--jp-ui-font-color1", "#212121", "#e0e0e0");
  const faint = colour("--jp-ui-font-color2", "#616161", "#bdbdbd");
  const line = colour("--jp-border-color2", "#e0e0e0", "#424242");
  const ground = colour("--jp-layout-color1", "#ffffff", "#111111");
  const clear = "rgba(0,0,0,0)";
  const axis = {
    automargin: true,
    gridcolor: line,
    linecolor: line,
    zerolinecolor: line,
    title: { standoff: 12 },
  };
  return {
    layout: {
      paper_bgcolor: clear,
      plot_bgcolor: clear,
      font: { color: text, family: style.fontFamily },
      hoverlabel: { bgcolor: ground, bordercolor: line, font: { color: text } },
      margin: { l: 56, r: 16, t: 48, b: 48 },
      modebar: { bgcolor: clear, color: faint, activecolor: text },
      xaxis: axis,
      yaxis: axis,
    },
  };
}

function onThemeChange(callback) {
  const observer = new MutationObserver(callback);
  const attributeFilter = ["data-jp-theme-light", "data-jp-theme-name", "class"];
  observer.observe(document.body, { attributeFilter });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    scheme.removeEventListener("change", callback);
  };
}

// ---- Points that can be dragged ----------------------------------------------------------------

const REACH = 16; // pixels from a point's middle, wide enough for a finger

// The point of the trace that `layout.meta.draggable` names which lies under the pointer.
function pointAt(plot, index, event) {
  const trace = plot.data?.[index];
  if (!trace) return undefined;
  const { x, y } = inPlot(plot, event);
  const { xaxis, yaxis } = plot._fullLayout;
  let nearest;
  for (let i = 0; i < trace.x.length; i++) {
    const distance = Math.hypot(xaxis.d2p(trace.x[i]) - x, yaxis.d2p(trace.y[i]) - y);
    if (distance <= REACH && !(distance >= nearest?.distance)) nearest = { point: i, distance };
  }
  return nearest?.point;
}

function inPlot(plot, event) {
  const box = plot.getBoundingClientRect();
  const { xaxis, yaxis } = plot._fullLayout;
  return { x: event.clientX - box.left - xaxis._offset, y: event.clientY - box.top - yaxis._offset };
}

// Python gets where the pointer is, once a frame, and answers with a figure.
function followPointer(plot, point, send) {
  let last;
  const sendPointer = () => {
    const { x, y } = inPlot(plot, last);
    const { xaxis, yaxis } = plot._fullLayout;
    send({ type: "drag", point, x: xaxis.p2d(x), y: yaxis.p2d(y) });
    last = undefined;
  };
  const move = (event) => {
    if (!last) requestAnimationFrame(sendPointer);
    last = event;
  };
  const end = () => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
}

// plotly would zoom: where a point is caught, it hears nothing of the press.
function letPointsBeDragged(chart, plot) {
  let caught = false;
  plot.addEventListener(
    "pointerdown",
    (event) => {
      const index = chart.figure.layout.meta?.draggable;
      const point = index === undefined ? undefined : pointAt(plot, index, event);
      caught = point !== undefined;
      if (caught) followPointer(plot, point, (message) => chart.model.send(message));
    },
    true,
  );
  for (const name of ["mousedown", "touchstart"]) {
    const swallow = (event) => {
      if (!caught) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    plot.addEventListener(name, swallow, { capture: true, passive: false });
  }
}

// ---- A view -----------------------------------------------------------------------------------

class View {
  constructor(chart, element) {
    this.chart = chart;
    this.stale = new Set(["figure"]);
    this.plot = document.createElement("div");
    this.plot.setAttribute("role", "img");
    Object.assign(this.plot.style, { width: "100%", height: "100%", overflow: "hidden" });
    this.error = document.createElement("p");
    this.error.setAttribute("role", "alert");
    this.error.hidden = true;
    element.append(this.plot, this.error);
    letPointsBeDragged(chart, this.plot);
    this.resizing = new ResizeObserver(() => this.update("size"));
    this.resizing.observe(this.plot);
    this.stopTheme = onThemeChange(() => {
      const wanted = JSON.stringify(theme(this.plot));
      if (wanted !== this.theme) this.update("figure");
    });
  }

  update(what) {
    this.stale.add(what);
    this.draw();
  }

  // One drawing at a time, in step with the screen: what comes meanwhile is drawn together. A
  // hidden chart is drawn when it appears (its size changes then).
  async draw() {
    if (this.drawing) return;
    this.drawing = true;
    try {
      const plotly = await loadPlotly(this.chart);
      while (this.stale.size && !this.removed && this.plot.offsetWidth) {
        const stale = this.stale;
        this.stale = new Set();
        await this.apply(plotly, stale);
        await new Promise(requestAnimationFrame);
      }
      this.error.hidden = true;
    } catch (error) {
      this.stale.add("figure");
      this.error.textContent = `The chart cannot be drawn: ${error.message ?? error}`;
      this.error.hidden = false;
      console.error(error);
    } finally {
      this.drawing = false;
    }
  }

  async apply(plotly, stale) {
    const { data, layout } = this.chart.figure;
    if (stale.has("figure")) {
      // The height is the container's: plotly forgets one of its own when it resizes.
      const { height, ...rest } = own(layout);
      this.plot.style.height = height ? `${height}px` : "100%";
      const template = theme(this.plot);
      this.theme = JSON.stringify(template);
      const frame = frameOf(this.chart.figure) + this.theme;
      const isFramed = frame === this.frame;
      this.frame = frame;
      if (isFramed) await this.renumber(plotly, data);
      else await this.react(plotly, data, { ...rest, template });
    } else if (stale.has("points")) {
      for (const [index, paths] of this.chart.grown) {
        for (const path of paths) setAt(this.plot.data[index], path, getAt(data[index], path));
      }
      await plotly.redraw(this.plot);
    }
    if (stale.has("size")) plotly.Plots.resize(this.plot).catch(() => {}); // hidden meanwhile
  }

  // A drag changes nothing but numbers: the lines are drawn anew, and axes and legend stay.
  renumber(plotly, data) {
    const still = { duration: 0, redraw: false };
    const numbers = { data: own(data), traces: data.map((_, index) => index) };
    return plotly.animate(this.plot, numbers, { mode: "immediate", frame: still, transition: still });
  }

  async react(plotly, data, layout) {
    const config = {
      displaylogo: false,
      responsive: true,
      showSendToCloud: false, // plotly.js 4 offers to upload the chart to another host
      plotlyServerURL: "",
      toImageButtonOptions: { filename: this.chart.model.get("label") || "chart" },
    };
    await plotly.react(this.plot, own(data), { autosize: true, ...layout }, config);
  }

  remove() {
    this.removed = true;
    this.resizing.disconnect();
    this.stopTheme();
    window.Plotly?.purge(this.plot);
  }
}

export default () => {
  let chart;
  return {
    initialize({ model }) {
      chart = new Chart(model);
      model.on("msg:custom", (message, buffers) => chart.receive(message, buffers));
      return () => {
        chart.isClosed = true;
        chart.close();
      };
    },
    render({ model, el }) {
      const view = new View(chart, el);
      const setLabel = () => view.plot.setAttribute("aria-label", model.get("label"));
      setLabel();
      model.on("change:label", setLabel);
      chart.views.add(view);
      view.draw();
      const ping = () => model.send({ type: "ping" });
      ping();
      const pinging = setInterval(ping, PING_EVERY);
      return () => {
        clearInterval(pinging);
        chart.views.delete(view);
        view.remove();
      };
    },
  };
};
