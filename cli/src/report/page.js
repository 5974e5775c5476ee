// What a page of figures does in the browser: each figure is drawn by plotly.js from the JSON inside its place, in the colours of the
// page's scheme, as wide as its place is, and can be had as PNG, as SVG, as PDF by printing, and as a table of its numbers.
"use strict";
(() => {
  const LOOKS = {
    light: {
      paper: "#ffffff", ink: "#24292f", soft: "#5b6470", rule: "#e6e9ed", frame: "#9aa3ae", guide: "#5b6470",
      series: ["#0f5fa8", "#2d9bd3", "#0c7a54", "#7c9c15", "#cf5f12", "#b0308c", "#6455c8", "#846536"],
    },
    dark: {
      paper: "#1a1d22", ink: "#e4e7eb", soft: "#a3acb8", rule: "#2c3138", frame: "#6c7580", guide: "#a3acb8",
      series: ["#4f9fe8", "#93d3f7", "#35c08f", "#c3dd5f", "#f39a55", "#ea83cd", "#aaa0f7", "#cbb07a"],
    },
  };
  // Amounts from zero up, whose lightness tells the order; and either sign, neutral at zero.
  const SCALES = {
    amount: "Viridis",
    signed: [
      "#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7", "#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f",
    ].map((colour, n) => [n / 10, colour]),
  };
  // Below this width a legend stands under its figure.
  const NARROW = 620;
  const LEGEND_LINE = 21;

  const dark = matchMedia("screen and (prefers-color-scheme: dark)");
  // A finger on a figure moves the page; zooming has buttons there.
  const touched = matchMedia("(pointer: coarse), (hover: none)").matches;
  const config = {
    displaylogo: false,
    displayModeBar: touched ? true : "hover",
    // These alone: another one would send the numbers to a server.
    modeBarButtons: [["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]],
    plotlyServerURL: "",
  };
  const places = [...document.querySelectorAll(".plot")];
  const written = new Map(places.map((place) => [place, place.querySelector("script").textContent]));
  let printing = false;
  const look = () => (dark.matches ? LOOKS.dark : LOOKS.light);

  /// Data and layout of a place, in a look and at a width; of a picture that stands still without room for buttons.
  function figure(place, look, width, still) {
    const buttons = touched && !still ? 26 : 0;
    const { data, layout } = JSON.parse(written.get(place));
    let legends = 0;
    for (const trace of data) {
      if (trace.type === "heatmap") {
        trace.colorscale = SCALES[trace.meta];
        trace.colorbar = { thickness: 10, outlinewidth: 0, tickfont: { size: 11 }, xpad: 6, exponentformat: "power", nticks: 5 };
        trace.xgap = trace.ygap = 0;
      } else {
        trace.line.color = trace.meta === "guide" ? look.guide : look.series[trace.meta % look.series.length];
        if (trace.marker) trace.marker.color = trace.line.color;
        // A shaded band, a fifth of its colour.
        if (trace.fill === "tonexty") trace.fillcolor = `${trace.line.color}33`;
        legends += trace.showlegend === false ? 0 : 1;
      }
    }
    const axis = (own) => ({
      gridcolor: look.rule, linecolor: look.frame, tickcolor: look.frame, zerolinecolor: look.frame, ticks: "outside", ticklen: 3,
      showline: true, mirror: true, automargin: true, tickangle: 0, exponentformat: "power", tickfont: { size: 11, color: look.soft }, ...own,
      title: { standoff: 8, font: { size: 12 }, ...own.title },
    });
    const beside = width >= NARROW;
    const legend = beside ? { x: 1.02, y: 1 } : { orientation: "h", x: 0, y: 0, yref: "container", yanchor: "bottom" };
    const rows = legends > 1 && !beside ? Math.ceil(legends / Math.max(1, Math.floor(width / 190))) : 0;
    const base = layout.meta.ratio ? Math.round(width * layout.meta.ratio) + 40 : layout.meta.height;
    // Buttons that are always there stand above what they would cover.
    const above = (layout.title ? 30 : 12) + buttons;
    const title = layout.title && { ...layout.title, y: 1, yref: "container", yanchor: "top", pad: { t: 6 + buttons } };
    for (const shape of layout.shapes || []) shape.line.color = shape.line.color || look.guide;
    return {
      data,
      layout: {
        font: { family: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif", size: 12, color: look.ink },
        paper_bgcolor: look.paper, plot_bgcolor: look.paper, hovermode: "closest", dragmode: touched ? false : "zoom",
        hoverlabel: { namelength: -1 },
        ...layout,
        ...(title && { title }),
        width, height: base + rows * LEGEND_LINE + buttons,
        showlegend: legends > 1,
        legend: { font: { size: 12 }, traceorder: "normal", ...legend },
        margin: { l: 20, r: 14, t: above, b: 20 + rows * LEGEND_LINE + (rows ? 26 : 0), ...layout.margin },
        xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis),
      },
    };
  }

  async function draw(place) {
    // Paper is white, and narrower than a desk.
    const { data, layout } = printing
      ? figure(place, LOOKS.light, place.matches(".wide, .printed") ? 660 : 300, true)
      : figure(place, look(), place.clientWidth, false);
    await Plotly.react(place, data, layout, config);
  }

  /// A place as a picture on white paper, as the address of its data.
  function picture(place, format) {
    const { data, layout } = figure(place, LOOKS.light, Math.max(place.clientWidth, least_width(place)), true);
    return Plotly.toImage({ data, layout, config }, { format, width: layout.width, height: layout.height, scale: format === "png" ? 3 : 1 });
  }
  const least_width = (place) => (place.classList.contains("wide") ? 860 : 330);

  /// The numbers of a place as a table.
  function table(place) {
    const { data, layout } = JSON.parse(written.get(place));
    const plain = (cell) => String(cell).replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
    const quoted = (cell) => (/[",\n]/.test(plain(cell)) ? `"${plain(cell).replaceAll('"', '""')}"` : plain(cell));
    const titles = [layout.yaxis, layout.xaxis].map((axis) => axis.title.text);
    const lines = data[0] && data[0].type === "heatmap" ? [["matrix", titles[0] || "row", titles[1] || "column", "value"]] : [["curve", titles[1], titles[0]]];
    for (const trace of data) {
      if (trace.type === "heatmap") {
        trace.z.forEach((row, j) => row.forEach((value, i) => {
          if (value !== null) lines.push([trace.name, trace.y0 + j * trace.dy, trace.x0 + i * trace.dx, value]);
        }));
      } else {
        trace.x.forEach((x, i) => lines.push([trace.name, x, (trace.customdata || trace.y)[i]]));
      }
    }
    return lines.map((line) => line.map(quoted).join(",") + "\n").join("");
  }

  function save(name, address) {
    const link = document.createElement("a");
    link.download = name;
    link.href = address;
    link.click();
  }

  function print(place) {
    place.classList.add("printed");
    document.body.classList.add("one");
    window.print();
    document.body.classList.remove("one");
    place.classList.remove("printed");
  }

  function buttons(place) {
    const bar = document.createElement("div");
    bar.className = "save";
    const { name } = place.dataset;
    const button = (text, title, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.title = title;
      made.addEventListener("click", act);
      bar.append(made);
    };
    for (const format of ["png", "svg"]) {
      button(format.toUpperCase(), `Save this figure as ${format.toUpperCase()}`, async () => save(`${name}.${format}`, await picture(place, format)));
    }
    button("PDF", "Print this figure, or save it as PDF", () => print(place));
    button("CSV", "Save the numbers of this figure", () => save(`${name}.csv`, `data:text/csv;charset=utf-8,${encodeURIComponent(table(place))}`));
    place.after(bar);
  }

  const all = () => Promise.all(places.map(draw));
  async function start() {
    for (const place of places) {
      place.replaceChildren();
      buttons(place);
      await draw(place);
    }
    const resized = new ResizeObserver((entries) => {
      for (const { target } of entries) if (!printing && target.clientWidth !== target.layout.width) draw(target);
    });
    places.forEach((place) => resized.observe(place));
    dark.addEventListener("change", () => all());
    addEventListener("beforeprint", () => { printing = true; all(); });
    addEventListener("afterprint", () => { printing = false; all(); });
    document.documentElement.dataset.drawn = places.length;
  }
  window.tutee = { places, picture, table };
  start();
})();
