/** Notebooks in other formats, as the File menu asks for them. */
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Served, body, serve } from "./serving.js";

let served: Served;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  served = await serve((end) => ends.push(end));
});
afterAll(() => Promise.all(ends.map((end) => end())));

const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const display = (data: Record<string, unknown>) => ({ output_type: "display_data", data, metadata: {} });
const cells = [
  { cell_type: "markdown", id: "a", metadata: {}, source: "# Growth\n\nIt *doubles*. ![dot](dot.png)" },
  {
    cell_type: "code",
    id: "b",
    metadata: { trusted: true },
    execution_count: 1,
    source: "const doubled = (n: number): number => 2 * n;\ndoubled(21)",
    outputs: [
      { output_type: "stream", name: "stdout", text: "\u001b[31mred\u001b[0m\n```\n" },
      display({ "text/html": "<b onclick='x()'>42</b><script>stolen()</script>", "text/plain": "42" }),
      display({ "image/png": png, "text/plain": "A [dot]\nmore" }),
    ],
  },
  { cell_type: "raw", id: "c", metadata: {}, source: "" },
];
const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { language_info: { name: "typescript", file_extension: ".ts" } },
  cells,
};

const exported = async (format: string, path = "growth.ipynb", query = "") =>
  served.request(`/nbconvert/${format}/${path}${query}`);

it("offers HTML, Markdown and the program", async () => {
  expect(await served.json("/api/nbconvert")).toEqual({
    html: { output_mimetype: "text/html" },
    markdown: { output_mimetype: "text/markdown" },
    script: { output_mimetype: "text/plain" },
  });
});

it("makes a program that compiles, with the text as comments", async () => {
  served.write("growth.ipynb", JSON.stringify(notebook));
  const answer = await exported("script", "growth.ipynb", "?download=true");
  expect(answer.headers.get("Content-Disposition")).toBe("attachment; filename*=UTF-8''growth.ts");
  const program = await answer.text();
  expect(program).toBe(
    "// # Growth\n//\n// It *doubles*. ![dot](dot.png)\n\n" +
      "const doubled = (n: number): number => 2 * n;\ndoubled(21)\n",
  );
  expect(ts.transpileModule(program, { reportDiagnostics: true }).diagnostics).toEqual([]);
  const python = { ...notebook, metadata: { kernelspec: { language: "python" } } };
  served.write("snake ü.ipynb", JSON.stringify(python));
  const other = await exported("script", "snake%20%C3%BC.ipynb", "?download=true");
  expect(other.headers.get("Content-Disposition")).toBe("attachment; filename*=UTF-8''snake%20%C3%BC.py");
  expect(await other.text()).toMatch(/^# # Growth\n#\n/);
});

it("makes Markdown with outputs and pictures in it", async () => {
  served.write("growth.ipynb", JSON.stringify(notebook));
  const answer = await exported("markdown");
  expect(answer.headers.get("Content-Type")).toBe("text/markdown; charset=utf-8");
  expect(answer.headers.get("Content-Disposition")).toBeNull();
  expect(await answer.text()).toBe(
    "# Growth\n\nIt *doubles*. ![dot](dot.png)\n\n" +
      "```typescript\nconst doubled = (n: number): number => 2 * n;\ndoubled(21)\n```\n\n" +
      "````text\nred\n```\n````\n\n```text\n42\n```\n\n" +
      `![A \\[dot\\]](data:image/png;base64,${png})\n`,
  );
});

it("makes a page whose scripts are those of outputs that were made here", async () => {
  served.write("growth.ipynb", JSON.stringify(notebook));
  served.write("dot.png", Buffer.from(png, "base64"));
  const foreign = await exported("html");
  // Opened instead of saved, it may do nothing in the name of this server.
  expect(foreign.headers.get("Content-Security-Policy")).toContain("sandbox allow-scripts");
  const page = await foreign.text();
  expect(page).toContain("<title>Growth</title>");
  expect(page).toContain(`src="data:image/png;base64,${png}" alt="dot"`);
  expect(page).toContain("<b>42</b>");
  expect(page).not.toContain("stolen");
  await served.request("/api/contents/growth.ipynb", body("PUT", { type: "notebook", content: notebook }));
  expect(await (await exported("html")).text()).toContain("<script>stolen()</script>");
});

it("reads no picture outside of the folder, nor a hidden one", async () => {
  const secret = join(served.outside, "secret.png");
  writeFileSync(secret, "secret picture");
  symlinkSync(secret, join(served.root, "link.png"));
  served.write(".hidden.png", "secret picture");
  served.write("seen.png", "seen picture");
  const names = ["../outside/secret.png", secret, "link.png", ".hidden.png", "sub/../../outside/secret.png"];
  const source = [...names, "seen.png"].map((name) => `![x](${name})`).join("\n");
  const text = { cell_type: "markdown", id: "a", metadata: {}, source };
  served.write("pictures.ipynb", JSON.stringify({ ...notebook, cells: [text] }));
  const page = await (await exported("html", "pictures.ipynb")).text();
  expect(page).toContain(Buffer.from("seen picture").toString("base64"));
  expect(page).not.toContain(Buffer.from("secret picture").toString("base64"));
});

it("puts nothing of a crafted notebook into the page's own markup", async () => {
  const script = '"><script>stolen()</script>';
  const crafted = {
    ...notebook,
    metadata: { language_info: { name: script, file_extension: `.${script}/../x` } },
    cells: [
      {
        ...cells[1],
        metadata: {},
        execution_count: script,
        outputs: [display({ "image/png": script, "text/plain": script })],
      },
    ],
  };
  served.write("crafted.ipynb", JSON.stringify(crafted));
  expect(await (await exported("html", "crafted.ipynb")).text()).not.toContain("<script>stolen");
  const program = await exported("script", "crafted.ipynb", "?download=true");
  expect(program.headers.get("Content-Disposition")).toBe("attachment; filename*=UTF-8''crafted.txt");
});

it("refuses strangers, other formats and what is no notebook", async () => {
  served.write("growth.ipynb", JSON.stringify(notebook));
  served.write("text.txt", "text");
  const address = `http://127.0.0.1:${served.port}/nbconvert/script/growth.ipynb`;
  expect((await fetch(address)).status).toBe(403);
  const elsewhere = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" };
  expect((await served.request("/nbconvert/script/growth.ipynb", { headers: elsewhere })).status).toBe(403);
  expect((await exported("pdf")).status).toBe(404);
  expect((await exported("constructor")).status).toBe(404);
  expect((await exported("script", "missing.ipynb")).status).toBe(404);
  expect((await exported("script", "text.txt")).status).toBe(400);
  expect((await exported("script", "..%2foutside%2fsecret.txt")).status).toBe(404);
  expect(readFileSync(join(served.outside, "secret.txt"), "utf8")).toBe("secret");
});
