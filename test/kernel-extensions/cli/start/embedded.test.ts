/** `arl start` on a machine without JupyterLab. Where its front end is not built, nothing is tested: that takes minutes. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { isFrontendBuilt } from "../../../../kernel-extensions/lab/frontend/build.mjs";
import { fakePrograms, notebookText, temporary } from "../support.js";
import { gone, home, Started } from "./started.js";

const PATH = ["/usr/bin", "/bin"].join(delimiter);

/** A client that the printed address has let in. */
async function enter(address: URL) {
  const answer = await fetch(address, { redirect: "manual" });
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]!);
  const xsrf = cookies.find((cookie) => cookie.startsWith("_xsrf="))?.slice("_xsrf=".length) ?? "";
  const headers = { Cookie: cookies.join("; "), "X-XSRFToken": xsrf };
  return async (path: string, body?: object) => {
    const sent = body && { method: "POST", body: JSON.stringify(body) };
    const reply = await fetch(new URL(path, address), { headers, ...sent });
    return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
  };
}

describe.runIf(isFrontendBuilt(resolve(".")))("arl start --embedded", () => {
  it("serves the learner's copies, and nobody else reads the address that it keeps", async () => {
    const env = home();
    const folder = join(temporary(), "lessons");
    const started = new Started(["--embedded", "--no-browser", "--dir", folder], { ...env, PATH });
    const ask = await enter(await started.address());
    const { body } = await ask("/api/contents/?content=1");
    const names = (body.content as { name: string }[]).map(({ name }) => name);
    expect(names).toContain("01-introduction.ipynb");
    expect(names).not.toContain(".agentic-rl-lab.json");
    const servers = join(env.XDG_STATE_HOME!, "agentic-rl-lab", "servers");
    expect(statSync(servers).mode & 0o077).toBe(0);
    expect(await started.stop()).toBe(0);
    expect(started.stderr).toContain(`Your lessons are in ${folder}\n`);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("ends its kernels on %s", async (signal) => {
    const folder = temporary();
    const started = new Started(["--embedded", "--no-browser", "--dir", folder], { ...home(), PATH });
    const ask = await enter(await started.address());
    const { status } = await ask("/api/kernels", { name: "agentic-rl" });
    expect(status).toBe(201);
    const kernels = childrenOf(started.child.pid!);
    expect(kernels).toHaveLength(1);
    expect(await started.stop(signal)).toBe(0);
    await gone(kernels[0]!);
  });

  it("takes the port that is asked for, and says when it is taken", async () => {
    const taken = createServer();
    await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
    const { port } = taken.address() as AddressInfo;
    const args = ["--embedded", "--no-browser", "--port", String(port), "--dir", temporary()];
    const env = { ...home(), PATH };
    const refused = new Started(args, env);
    expect(await refused.ended).toBe(1);
    expect(refused.stderr).toMatch(
      new RegExp(`^arl start: port ${String(port)} is taken by another program: choose another`, "im"),
    );
    await new Promise((closed) => taken.close(closed));
    const started = new Started(args, env);
    expect((await started.address()).port).toBe(String(port));
    expect(await started.stop()).toBe(0);
  });

  it("opens the browser, where there is a display, without showing the token to other users", async () => {
    const record = join(temporary(), "opened");
    const programs = fakePrograms({
      "xdg-open": `printf '%s' "$1" > '${record}.part'; mv '${record}.part' '${record}'`,
    });
    const env = { ...home(), DISPLAY: ":0", PATH: programs + delimiter + PATH };
    const started = new Started(["--embedded", "--dir", temporary()], env);
    const address = await started.address();
    while (!existsSync(record)) await new Promise((wait) => setTimeout(wait, 20));
    const opened = new URL(readFileSync(record, "utf8"));
    expect(opened.href).not.toContain(address.searchParams.get("token"));
    expect(opened.pathname).toBe(address.pathname);
    const { status } = await (await enter(opened))("/api/me");
    expect(status).toBe(200);
    expect(await started.stop()).toBe(0);
  });

  it("a browser that cannot be opened is no error", async () => {
    const env = { ...home(), DISPLAY: ":0", PATH: "" };
    const started = new Started(["--embedded", "--dir", temporary()], env);
    await started.address();
    expect(await started.stop()).toBe(0);
  });

  it("keeps answers, and says that a lesson has a newer version", async () => {
    const folder = temporary();
    writeFileSync(join(folder, "01-introduction.ipynb"), notebookText([{ code: "my answer" }]));
    const started = new Started(["--embedded", "--no-browser", "--dir", folder], { ...home(), PATH });
    await started.address();
    expect(await started.stop()).toBe(0);
    expect(started.stderr).toContain(
      "01-introduction.ipynb has a newer version. Yours was changed and stays; the newer one is 01-introduction.new.ipynb\n",
    );
    expect(readFileSync(join(folder, "01-introduction.ipynb"), "utf8")).toContain("my answer");
  });

  it("opens the package's own notebooks as they are", async () => {
    const folder = resolve("notebooks");
    const started = new Started(["--embedded", "--no-browser", "--dir", folder], { ...home(), PATH });
    await started.address();
    expect(await started.stop()).toBe(0);
    expect(existsSync(join(folder, ".agentic-rl-lab.json"))).toBe(false);
  });
});

it("arl start says when a folder or a port cannot be", async () => {
  const file = join(temporary(), "file");
  writeFileSync(file, "");
  const folder = new Started(["--embedded", "--dir", file], home());
  expect(await folder.ended).toBe(1);
  expect(folder.stderr).toMatch(/^arl start: .*file cannot be made \(.*\): choose another --dir\n$/);
  const blocked = temporary();
  mkdirSync(join(blocked, "01-introduction.ipynb"));
  const copies = new Started(["--embedded", "--dir", blocked], home());
  expect(await copies.ended).toBe(1);
  expect(copies.stderr).toMatch(/^arl start: .* cannot be used \(EISDIR.*\): choose another --dir\n$/);
  const port = new Started(["--port", "70000"], home());
  expect(await port.ended).toBe(2);
  expect(port.stderr).toContain("--port is a number from 1 to 65535, not 70000");
});

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}
