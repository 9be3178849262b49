/** One server for one folder, whoever starts at the same moment. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { takeOver } from "../../../../kernel-extensions/cli/start/take-over.js";
import { temporary } from "../support.js";
import { home } from "./started.js";

const compiled = fileURLToPath(
  new URL("../../../../dist/kernel-extensions/cli/start/running.js", import.meta.url),
);

/** The number of a process that has ended. */
const dead = spawnSync(process.execPath, ["-e", ""]).pid;

it("of many that find a claim that is nobody's, exactly one takes it", { timeout: 120_000 }, async () => {
  const folder = temporary();
  const script = `
    const { claimFolder } = await import(${JSON.stringify(pathToFileURL(compiled).href)});
    while (Date.now() < Number(process.argv[1]));
    const { claim } = await claimFolder(${JSON.stringify(folder)}, () => console.log("waits"));
    console.log("claims");
    setTimeout(() => claim.release(), 60_000);`;
  for (let round = 0; round < 4; round++) {
    const env = home();
    const servers = join(env.XDG_STATE_HOME!, "agentic-rl-lab", "servers");
    mkdirSync(servers, { recursive: true });
    const name = createHash("sha256").update(folder).digest("hex").slice(0, 16);
    writeFileSync(join(servers, `${name}.json`), JSON.stringify({ pid: dead, folder, round }));
    const start = String(Date.now() + 1500);
    const args = ["--input-type=module", "-e", script, start];
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, args, {
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "inherit"],
      }),
    );
    try {
      const said = await Promise.all(
        children.map(
          (child) =>
            new Promise<string>((done) => child.stdout.once("data", (text) => done(String(text).trim()))),
        ),
      );
      expect(said.sort()).toEqual(["claims", "waits", "waits", "waits", "waits", "waits"]);
      expect(readdirSync(servers)).toEqual([`${name}.json`]);
    } finally {
      for (const child of children) child.kill("SIGKILL");
    }
  }
});

it("a claim that somebody has taken meanwhile is not taken again", async () => {
  const file = join(temporary(), "claim");
  writeFileSync(file, "new");
  let replaced = false;
  const replace = () => {
    replaced = true;
    return Promise.resolve();
  };
  expect(await takeOver(file, "stale", () => true, replace)).toBe(false);
  expect(replaced).toBe(false);
  expect(readdirSync(join(file, ".."))).toEqual(["claim"]);
});

it("one that died while it took a claim keeps nobody from taking it", async () => {
  const file = join(temporary(), "claim");
  writeFileSync(file, "stale");
  const mark = `${file}.${createHash("sha256").update("stale").digest("hex").slice(0, 16)}.1`;
  writeFileSync(mark, String(dead));
  const replace = () => Promise.resolve(writeFileSync(file, "mine"));
  expect(await takeOver(file, "stale", (pid) => pid !== dead, replace)).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("mine");
  expect(readdirSync(join(file, ".."))).toEqual(["claim"]);
  writeFileSync(file, "stale");
  writeFileSync(mark, String(process.pid));
  expect(await takeOver(file, "stale", () => true, replace)).toBe(false);
});
