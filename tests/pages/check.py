"""Opens pages in headless Chromium at the width of a telephone and of a desk, and says what is wrong with them.

    check.py [--chromium COMMAND] [--shots FOLDER] [--save DRAWING.svg FILE] PAGE...

Wrong are: anything that the page says on the console as an error, an exception, a request for anything but the page itself; a
document that scrolls sideways; an element, above all a figure, that stands out of it or of its card; a drawing without marks, without its numbers
under the pointer, without zoom, or that cannot be had as PNG, SVG, PDF and CSV.
The browser is spoken to over two pipes, by the DevTools protocol. Exit code 1 where something is wrong.
"""

import argparse
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

WIDTHS = (390, 1400)

# What is wrong with the layout and the drawings; run in the page.
LOOK = r"""
(async () => {
  const wrong = [];
  const root = document.documentElement;
  if (root.dataset.drawn === undefined) wrong.push("not drawn in time");
  if (root.scrollWidth > root.clientWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} in ${root.clientWidth}`);
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("svg, script")) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.right > root.clientWidth + 1 || box.left < -1)) {
      wrong.push(`stands out: <${element.tagName.toLowerCase()} class="${element.className}"> from ${box.left} to ${box.right}`);
    }
  }
  const places = window.tutee ? window.tutee.places : [];
  if (places.length === 0) wrong.push("no drawing");
  for (const place of places) {
    const name = place.dataset.name;
    const marks = place.querySelectorAll("path.js-line[d*='L'], .hm image, path.point[d*='a'], path.point[d*='A']").length;
    if (marks === 0) wrong.push(`${name}: nothing is drawn`);
    const svg = place.querySelector("svg.main-svg");
    if (svg && svg.getBoundingClientRect().width > place.getBoundingClientRect().width + 1) wrong.push(`${name}: wider than its place`);
    // Words that a figure cuts off, beyond its outermost picture.
    const frame = svg && svg.getBoundingClientRect();
    for (const text of place.querySelectorAll(".main-svg text")) {
      const box = text.getBoundingClientRect();
      if (!box.width || text.closest(".hoverlayer")) continue;
      if (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) {
        wrong.push(`${name}: cut off: ${text.textContent}`);
      }
    }
    // Words on one another: along an axis, and over a picture.
    for (const group of [".xaxislayer-above text", ".yaxislayer-above text", ".annotation text"]) {
      const boxes = [...place.querySelectorAll(group)].map((text) => [text, text.getBoundingClientRect()]);
      boxes.forEach(([one, a], n) => boxes.slice(n + 1).forEach(([other, b]) => {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left), down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 3) wrong.push(`${name}: on one another: ${one.textContent} and ${other.textContent}`);
      }));
    }
    if (window.tutee.table(place).split("\n").length < 3) wrong.push(`${name}: no numbers behind it`);
    const saves = [...place.parentElement.querySelectorAll(".save button")].map((button) => button.textContent).join(" ");
    if (saves !== "PNG SVG PDF CSV") wrong.push(`${name}: saved as: ${saves}`);
    // A pointer on a point in the middle of the longest line, or on cells of a matrix, which may have gaps.
    const { _fullLayout: full, data: traces = [] } = place, ground = place.querySelector(".nsewdrag");
    const told = () => [...place.querySelectorAll(".hoverlayer text")].map((text) => text.textContent).join(" ");
    if (full && ground) {
      const { xaxis, yaxis } = full, parts = [0.53, 0.31, 0.72, 0.11, 0.9];
      // A band around a line says nothing, and a guide ends at the border.
      const speaking = traces.filter((trace) => trace.hoverinfo !== "skip" && trace.meta !== "guide");
      const longest = speaking.reduce((best, trace) => ((trace.x || []).length > (best.x || []).length ? trace : best), {});
      const inside = ([x, y]) => x >= 0 && x <= xaxis._length && y >= 0 && y <= yaxis._length;
      const points = traces[0].type === "heatmap" ? parts.flatMap((x) => parts.map((y) => [x * xaxis._length, y * yaxis._length]))
        : (longest.x || []).map((x, i) => [xaxis.d2p(x), yaxis.d2p(longest.y[i])]).filter(inside);
      const tried = traces[0].type === "heatmap" ? points : [points[points.length >> 1] || [0, 0]];
      for (const [x, y] of tried) {
        const box = ground.getBoundingClientRect();
        ground.dispatchEvent(new MouseEvent("mousemove", { clientX: box.left + x, clientY: box.top + y, bubbles: true }));
        if (/[0-9]/.test(told())) break;
        // The next one is looked at after a while.
        await new Promise((done) => setTimeout(done, 70));
      }
    }
    if (!/[0-9]/.test(told())) wrong.push(`${name}: no numbers under the pointer`);
    if (ground) ground.dispatchEvent(new MouseEvent("mouseout", { bubbles: true }));
  }
  // Slower, and the same for all drawings of a kind: one line and one matrix of a page.
  const kinds = new Map(places.filter((place) => place.data).map((place) => [place.data[0].type, place]));
  for (const place of kinds.values()) {
    const { name } = place.dataset;
    for (const [format, start] of [["png", "data:image/png;base64,iVBOR"], ["svg", "data:image/svg+xml,%3Csvg"]]) {
      const picture = await window.tutee.picture(place, format);
      if (!picture.startsWith(start) || picture.length < 2000) wrong.push(`${name}: no ${format}`);
    }
    const range = () => JSON.stringify(place._fullLayout.xaxis.range);
    const before = range();
    const press = async (what) => {
      const button = place.querySelector(`.modebar-btn[data-attr="zoom"][data-val="${what}"]`);
      if (button) button.click();
      await new Promise((done) => setTimeout(done, 600));
    };
    await press("in");
    if (range() === before) wrong.push(`${name}: no zoom`);
    await press("reset");
    if (range() !== before) wrong.push(`${name}: no way back from zoom`);
  }
  return JSON.stringify({ drawings: places.length, wrong });
})()
"""


class Browser:
    """One Chromium, and one page in it."""

    def __init__(self, command):
        self.folder = tempfile.TemporaryDirectory()
        to_browser, self.write = os.pipe()
        self.read, from_browser = os.pipe()

        def pipes():
            # The two numbers that --remote-debugging-pipe is about; by way of numbers that are none of them.
            here, there = os.dup(to_browser), os.dup(from_browser)
            high = [os.dup2(here, 20), os.dup2(there, 21)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [
                command, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio",
                "--no-first-run", f"--user-data-dir={self.folder.name}", "--remote-debugging-pipe", "about:blank",
            ],
            preexec_fn=pipes, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def message(self):
        while b"\0" not in self.buffer:
            more = os.read(self.read, 1 << 20)
            if not more:
                raise SystemExit("the browser ended")
            self.buffer += more
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"{answer['exceptionDetails']}")
        return answer["result"].get("value")

    def open(self, address, width):
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setTouchEmulationEnabled", enabled=width < 600, maxTouchPoints=1)
        self.call("Page.navigate", url=address)
        # Drawn, or given up after two minutes.
        self.evaluate(
            """new Promise((done) => {
                const late = Date.now() + 120000;
                const wait = () => document.documentElement.dataset.drawn !== undefined || Date.now() > late ? done() : setTimeout(wait, 50);
                document.readyState === "complete" ? setTimeout(wait, window.tutee ? 0 : 1500) : addEventListener("load", wait);
            })"""
        )

    def said(self, address):
        """Errors on the console, exceptions, and requests for anything else."""
        wrong = []
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                wrong.append(f"exception: {details.get('exception', {}).get('description', details['text'])}")
            elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
                words = [str(word.get("value", word.get("description"))) for word in parameters["args"]]
                wrong.append(f"console: {' '.join(words)}")
            elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
                wrong.append(f"console: {parameters['entry']['text']} {parameters['entry'].get('url', '')}")
            elif method == "Network.requestWillBeSent":
                url = parameters["request"]["url"]
                if url.split("#")[0] != address and not url.startswith(("data:", "blob:")):
                    wrong.append(f"asks for {url}")
        return wrong

    def shot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        picture = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))

    def close(self):
        self.session = None
        os.write(self.write, json.dumps({"id": 0, "method": "Browser.close"}).encode() + b"\0")
        self.process.wait(timeout=20)
        self.folder.cleanup()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--chromium", default="chromium")
    parser.add_argument("--shots")
    parser.add_argument("--save", nargs=2, action="append", default=[], metavar=("DRAWING", "FILE"))
    parser.add_argument("pages", nargs="+")
    given = parser.parse_args()
    browser, failed = Browser(given.chromium), False
    for page in given.pages:
        page = pathlib.Path(page).resolve()
        address = page.as_uri()
        for width in WIDTHS:
            browser.open(address, width)
            found = json.loads(browser.evaluate(LOOK))
            wrong = browser.said(address) + found["wrong"]
            for line in wrong:
                print(f"{page.parent.name}/{page.name} at {width}: {line}")
            failed |= bool(wrong)
            print(f"{page.parent.name}/{page.name} at {width}: {found['drawings']} drawings, {len(wrong)} wrong")
            if given.shots:
                browser.shot(pathlib.Path(given.shots) / f"{page.parent.name}-{page.stem}-{width}.png")
        for drawing, file in given.save:
            name = json.dumps(drawing)
            svg = browser.evaluate(f"window.tutee.picture(window.tutee.places.find((place) => place.dataset.name === {name}), 'svg')")
            pathlib.Path(file).write_text(urllib.parse.unquote(svg.split(",", 1)[1]))
    browser.close()
    sys.exit(failed)


if __name__ == "__main__":
    main()
