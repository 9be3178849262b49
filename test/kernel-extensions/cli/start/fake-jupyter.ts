/** A program that behaves as `jupyter-lab` does to `arl start`, and says in a file what it was told. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporary } from "../support.js";

export interface Said {
  args: string[];
  cwd: string;
  pid: number;
}

export interface FakeJupyter {
  /** The only folder on PATH that is its own. */
  path: string;
  /** What the last start was told. */
  said(): Said;
}

/**
 * @param version what `--version` says; a version of `undefined` fails, as a broken installation does
 * @param serve JavaScript that runs where it would serve; default: it serves, and ends on SIGTERM
 */
export function fakeJupyter({
  name = "jupyter-lab",
  version,
  serve = usual,
}: {
  name?: "jupyter-lab" | "jupyter";
  version: string | undefined;
  serve?: string;
}): FakeJupyter {
  const folder = join(temporary(), "a folder", "bin");
  mkdirSync(folder, { recursive: true });
  const record = join(folder, "said.json");
  const program = `#!${process.execPath}
const args = process.argv.slice(2);
${name === "jupyter" ? 'if (args.shift() !== "lab") process.exit(2);' : ""}
if (args[0] === "--version") {
  ${version === undefined ? 'throw new Error("no module named jupyterlab")' : `console.log("${version}"); process.exit(0)`};
}
require("fs").writeFileSync(${JSON.stringify(record)}, JSON.stringify({ args, cwd: process.cwd(), pid: process.pid }));
const option = (name) => args.find((arg) => arg.startsWith("--ServerApp." + name + "="))?.split("=")[1];
setTimeout(() => process.exit(1), 60_000).unref();
${serve}
`;
  writeFileSync(join(folder, name), program);
  chmodSync(join(folder, name), 0o755);
  return { path: folder, said: () => JSON.parse(readFileSync(record, "utf8")) as Said };
}

/** Serves as Jupyter Server does: on the first free port, told in a file of the runtime folder. */
const serving = (onTerm: string) => `
const fs = require("fs"), path = require("path");
const token = process.env.OTHER_TOKEN ?? process.env.JUPYTER_TOKEN;
const server = require("http").createServer((request, response) => {
  const known = request.headers.authorization === "token " + token;
  response.statusCode = known ? 200 : 403;
  if (known && request.method === "DELETE") setTimeout(() => process.exit(0), 50);
  response.end("{}");
});
const asked = option("port");
let port = Number(asked ?? 8888);
server.on("error", () => (asked ? process.exit(1) : server.listen(++port, option("ip"))));
server.on("listening", () => {
  fs.mkdirSync(process.env.JUPYTER_RUNTIME_DIR, { recursive: true });
  const file = path.join(process.env.JUPYTER_RUNTIME_DIR, "jpserver-" + process.pid + ".json");
  const url = "http://127.0.0.1:" + port + "/";
  fs.writeFileSync(file, JSON.stringify({ pid: process.pid, port, token, url }));
});
setTimeout(() => server.listen(port, option("ip")), 200);
process.on("SIGTERM", () => ${onTerm});
`;

const usual = serving("process.exit(0)");

/** It does not end when it is asked to. */
export const stubborn = serving("undefined");
