import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { DisplayOutput, Notebook } from "../../../kernel-extensions/client/notebook.js";
import { chromiumPath } from "../../support/debian-packages.mjs";
import { arl, fakePrograms, notebookFolder } from "./support.js";

const plotly = "application/vnd.plotly.v1+json";
const figure = (more = "") =>
  `import { display, figure } from "agentic-rl-lab/notebook"; figure({ data: [{ y: [1, 3, 2] }], layout: { title: { text: "Reward" }, width: 600, height: 300 } }${more})`;

function outputsOf(...path: string[]): DisplayOutput[] {
  const { cells } = JSON.parse(readFileSync(join(...path), "utf8")) as Notebook;
  return cells.flatMap(({ outputs }) => outputs ?? []) as DisplayOutput[];
}

/** Width and height, from the header of a PNG file. */
function sizeOf(base64: unknown): [number, number] {
  const bytes = Buffer.from(base64 as string, "base64");
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

it.runIf(chromiumPath())("arl run --stills adds a picture to each figure that has none", async () => {
  // Noise does not compress: this one is only small enough without the additional pixels of sharp screens.
  const noise = `figure({ data: [{ type: "heatmap", showscale: false, z: Array.from({ length: 270 }, (_, i) => Array.from({ length: 480 }, (_, j) => Math.sin(i * 12.9898 + j * 78.233) * 43758.5453 % 1)) }], layout: { margin: { l: 0, r: 0, t: 0, b: 0 } } })`;
  const folder = notebookFolder([
    { code: figure() },
    { code: figure(`, { still: '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' }`) },
    { code: noise },
    { code: "1 + 1" },
  ]);
  const env = { ARL_BROWSER: chromiumPath()! };
  const { code } = await arl(["run", "lesson.ipynb", "--stills", "--html", "--in-place"], {
    cwd: folder,
    env,
  });
  expect(code).toBe(0);
  const [small, own, large, text] = outputsOf(folder, "lesson.ipynb");
  expect(Object.keys(small!.data)).toEqual([plotly, "image/png", "text/plain"]);
  expect(sizeOf(small!.data["image/png"])).toEqual([1200, 600]);
  expect(small!.metadata).toEqual({ "image/png": { width: 600, height: 300 } });
  expect(Object.keys(own!.data)).toEqual([plotly, "image/png", "image/svg+xml", "text/plain"]);
  expect(sizeOf(large!.data["image/png"])).toEqual([960, 540]);
  expect(large!.metadata).toEqual({ "image/png": { width: 960, height: 540 } });
  expect(Object.keys(text!.data)).toEqual(["text/plain"]);
  // A page draws the figure itself, and has the picture for where it cannot.
  expect(readFileSync(join(folder, "out", "lesson.html"), "utf8")).toContain("data:image/png;base64,");
});

it("arl run --stills says when there is no browser, and that is no failure", async () => {
  const folder = notebookFolder([{ code: figure() }]);
  const env = { ARL_BROWSER: "no-such-browser" };
  const { code, stderr } = await arl(["run", "lesson.ipynb", "--stills"], { cwd: folder, env });
  expect(code).toBe(0);
  expect(stderr).toContain(
    "lesson.ipynb: its figures have no pictures: ARL_BROWSER is no-such-browser, and there is no such program\n",
  );
  expect(Object.keys(outputsOf(folder, "out", "lesson.ipynb")[0]!.data)).toEqual([plotly, "text/plain"]);
});

it("arl run --stills fails when the browser does, and writes the notebook all the same", async () => {
  const folder = notebookFolder([{ code: figure() }]);
  const env = { ARL_BROWSER: join(fakePrograms({ broken: "echo no screen >&2; exit 3" }), "broken") };
  const { code, stderr } = await arl(["run", "lesson.ipynb", "--stills"], { cwd: folder, env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^lesson.ipynb: its figures have no pictures: .*broken ended.*no screen$/m);
  expect(outputsOf(folder, "out", "lesson.ipynb")).toHaveLength(1);
});
