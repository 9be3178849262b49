import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { arl, fakePrograms, notebookText, temporary, type TestCell } from "./support.js";

/** A folder of lessons with a first lesson. */
function lessons(cells: TestCell[]): string {
  const folder = temporary();
  mkdirSync(join(folder, "solutions"));
  writeFileSync(join(folder, "solutions", "01-introduction.ipynb"), notebookText(cells));
  return folder;
}

const system = ["/usr/bin", "/bin"].join(delimiter);

it("opens the first lesson in an installed JupyterLab that knows the kernel", async () => {
  const record = join(temporary(), "arguments");
  const env = {
    PATH: fakePrograms({ "jupyter-lab": `printf '%s\\n' "$@" > '${record}'` }),
    JUPYTER_DATA_DIR: temporary(),
  };
  const folder = lessons([]);
  const { code, stdout, stderr } = await arl(["start", "--no-browser", "--dir", folder], { env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr).toContain("starting JupyterLab");
  const args = readFileSync(record, "utf8").trim().split("\n");
  expect(args.filter((arg) => arg !== "--allow-root")).toEqual([
    `--ServerApp.root_dir=${folder}`,
    "--LabApp.default_url=/lab/tree/solutions/01-introduction.ipynb",
    "--no-browser",
  ]);
  expect(existsSync(join(env.JUPYTER_DATA_DIR, "kernels", "agentic-rl", "kernel.json"))).toBe(true);
});

it("fails when JupyterLab does", async () => {
  const env = { PATH: fakePrograms({ "jupyter-lab": "exit 7" }), JUPYTER_DATA_DIR: temporary() };
  expect(await arl(["start", "--dir", lessons([])], { env })).toMatchObject({ code: 1 });
});

it("without JupyterLab writes the first lesson as a page, and prints where", async () => {
  const cwd = temporary();
  const folder = lessons([{ markdown: "# First" }, { code: "1 + 1" }]);
  const { code, stdout } = await arl(["start", "--dir", folder], { cwd, env: { PATH: system } });
  const page = join(cwd, "out", "01-introduction.html");
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${page}\n${pathToFileURL(page).href}\n` });
  expect(readFileSync(page, "utf8")).toContain("<title>First</title>");
});

it("still shows the page of a lesson that fails", async () => {
  const cwd = temporary();
  const folder = lessons([{ code: "throw new Error('no')" }]);
  const { code, stdout, stderr } = await arl(["start", "--dir", folder], { cwd, env: { PATH: system } });
  expect(code).toBe(1);
  expect(stdout).toContain("01-introduction.html");
  expect(stderr).toContain("cell 1 of 1, line 1: Error: no");
});

it("says when there is no lesson", async () => {
  const { code, stderr } = await arl(["start", "--dir", temporary()]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^arl start: .*01-introduction.ipynb is not there: check --dir/);
});
