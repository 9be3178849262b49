/** A server on a folder of its own, and clients for it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type LabOptions,
  type LabServer,
  startLabServer,
} from "../../../../kernel-extensions/lab/server/server.js";

export interface Served extends LabServer {
  root: string;
  state: string;
  /** A folder beside the served one, that no client may reach. */
  outside: string;
  /** What the server logged. */
  lines: string[];
  /** As a program that knows the token. */
  request: (path: string, init?: RequestInit) => Promise<Response>;
  /** The answer's JSON; fails when the status is not the one expected. */
  json: <Result>(path: string, init?: RequestInit, status?: number) => Promise<Result>;
  write: (name: string, data: string | Uint8Array) => string;
}

/** Stops the server and removes its folders when the test is over. */
export async function serve(
  onEnd: (clean: () => Promise<void>) => void,
  options: Partial<LabOptions> = {},
): Promise<Served> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "arl-lab-")));
  const [root, state, outside] = ["root", "state", "outside"].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [root, state, outside]) mkdirSync(folder);
  writeFileSync(join(outside, "secret.txt"), "secret");
  const frontend = makeFrontend(join(home, "frontend"));
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const server = await startLabServer({ root, state, frontend, log, ...options });
  onEnd(async () => {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  });
  const request = (path: string, { headers, ...init }: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${server.port}${path}`, {
      redirect: "manual",
      ...init,
      headers: { Authorization: `token ${server.token}`, ...(headers as Record<string, string>) },
    });
  const json = async <Result>(path: string, init?: RequestInit, status = 200): Promise<Result> => {
    const response = await request(path, init);
    const text = await response.text();
    if (response.status !== status) throw new Error(`${path}: ${response.status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as Result;
  };
  const write = (name: string, data: string | Uint8Array) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), data);
    return join(root, name);
  };
  return { ...server, root, state, outside, lines, request, json, write };
}

/** JSON as JupyterLab sends it. */
export function body(method: string, value: unknown): RequestInit {
  return { method, body: JSON.stringify(value), headers: { "Content-Type": "text/plain;charset=UTF-8" } };
}

/** Sends bytes as they are, because `fetch` would tidy them up, and returns all that comes back until the end. */
export function raw(port: number, text: string, patience = 5000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let received = "";
    socket.setTimeout(patience, () => {
      socket.destroy();
      reject(new Error(`no end within ${patience} ms after: ${received.slice(0, 200)}`));
    });
    socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
    socket.on("error", () => resolve(received));
    socket.on("close", () => resolve(received));
  });
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

/** The few files of a front end that the server itself reads. */
function makeFrontend(folder: string): string {
  const files = {
    "static/index.html": `<script id="jupyter-config-data" type="application/json">__PAGE_CONFIG__</script>`,
    "static/main.0123abcd.js": "export {};",
    "static/plain.js": "export {};",
    "themes/@jupyterlab/theme-light-extension/index.css": "body {}",
    "schemas/@jupyterlab/tracker-extension/package.json.orig": `{"version": "4.6.4"}`,
    "schemas/@jupyterlab/tracker-extension/plugin.json": JSON.stringify({
      title: "Tracker",
      type: "object",
      properties: { depth: { type: "number", default: 1 }, deep: { default: { a: 1, b: 2 } } },
    }),
    "schemas/@jupyterlab/zoom-extension/main.json": `{"title": "Zoom", "type": "object", "properties": {}}`,
    "overrides.json": `{"@jupyterlab/tracker-extension:plugin": {"depth": 7, "deep": {"b": 3}}}`,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
