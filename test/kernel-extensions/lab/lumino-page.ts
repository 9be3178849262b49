/** A page that loads our labextension as JupyterLab does, with the real Lumino: no server, no network. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { labextensionName } from "../../../kernel-extensions/lab/plotly-renderer/labextension.js";

const address = "http://lab.test/";
const types: Record<string, string> = { ".js": "text/javascript", ".html": "text/html" };

/** The folder of `node_modules` that has Lumino: ours, or the front end's where it was built. */
export function luminoFolder(): string | undefined {
  return ["package.json", "kernel-extensions/lab/frontend/package.json"]
    .map((name) => fileURLToPath(new URL(`../../../${name}`, import.meta.url)))
    .flatMap((file) => createRequire(file).resolve.paths("@lumino/widgets") ?? [])
    .find((folder) => existsSync(join(folder, "@lumino/widgets/dist/index.es6.js")));
}

/**
 * Opens the page. It has `render(bundle, output?)`, which shows a bundle as JupyterLab's output area does and returns
 * the output's number, the renderers by number in `outputs`, and `reset()`, which takes them all away.
 *
 * @param extension the assembled labextension
 * @param blocked what the network loses meanwhile
 * @returns the page, and the addresses it asked for outside of its own host
 */
export async function openPage(
  browser: Browser,
  extension: string,
  blocked: { pattern: RegExp | undefined } = { pattern: undefined },
): Promise<{ page: Page; foreign: string[]; problems: string[] }> {
  const modules = luminoFolder()!;
  const about = JSON.parse(readFileSync(join(extension, "package.json"), "utf8")) as {
    jupyterlab: { _build: { load: string } };
  };
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  const foreign: string[] = [];
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.route("**/*", async (route) => {
    const url = route.request().url();
    if (!url.startsWith(address)) {
      foreign.push(url);
      await route.abort();
      return;
    }
    const path = url.slice(address.length);
    if (blocked.pattern?.test(path)) {
      await route.abort();
      return;
    }
    const [folder, ...rest] = path.split("/");
    const file =
      folder === "lumino" ? join(modules, "@lumino", rest.join("/")) : join(extension, rest.join("/"));
    const body =
      path === ""
        ? html(about.jupyterlab._build.load, readdirSync(join(modules, "@lumino")))
        : readFileSync(file);
    await route.fulfill({ body, contentType: types[extname(path)] ?? "text/html" });
  });
  await page.goto(address);
  // A module that fails to load would be waited for in vain.
  await page.waitForLoadState();
  if (problems.length > 0) throw new Error(problems.join("; "));
  await page.waitForFunction("window.render !== undefined");
  return { page, foreign, problems };
}

/** @param lumino the names of Lumino's packages */
function html(load: string, lumino: readonly string[]): string {
  const imports = Object.fromEntries(
    lumino.map((name) => [`@lumino/${name}`, `/lumino/${name}/dist/index.es6.js`]),
  );
  return `<!doctype html>
<script type="importmap">${JSON.stringify({ imports })}</script>
<style>body { margin: 0 } main { width: 800px }</style>
<body data-jp-theme-light="true"><main></main>
<script>
  const old = { get: async () => { throw new Error("the copy that is not in use was taken") } };
  const used = { get: async () => { const module = await import("@lumino/widgets"); return () => module }, loaded: 1 };
  const loaded = new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { onload: resolve, onerror: reject, src: "/extension/${load}" });
    document.head.append(script);
  });
  // As JupyterLab: extensions first, then it waits for the page's load event.
  (async () => {
    await loaded;
    await window._JUPYTERLAB[${JSON.stringify(labextensionName)}].init({
      "@lumino/widgets": { "1.0.0": old, "2.0.0": used },
    });
    window.addEventListener("load", start);
  })();
  async function start() {
  const widgets = await import("@lumino/widgets");
  const container = window._JUPYTERLAB[${JSON.stringify(labextensionName)}];
  const extension = (await container.get("./mimeExtension"))().default;
  window.outputs = [];
  window.extension = { ...extension, rendererFactory: { ...extension.rendererFactory, createRenderer: undefined } };
  window.container = container;
  window.reset = () => {
    for (const output of window.outputs.splice(0)) output.dispose();
    document.querySelector("main").removeAttribute("style");
    document.body.setAttribute("data-jp-theme-light", "true");
  };
  window.render = async (data, number = window.outputs.length) => {
    let renderer = window.outputs[number];
    if (!renderer) {
      renderer = extension.rendererFactory.createRenderer({ mimeType: extension.rendererFactory.mimeTypes[0] });
      window.outputs[number] = renderer;
      widgets.Widget.attach(renderer, document.querySelector("main"));
    }
    await renderer.renderModel({ data, metadata: {}, trusted: false, setData() {} });
    return number;
  };
  }
</script>`;
}
