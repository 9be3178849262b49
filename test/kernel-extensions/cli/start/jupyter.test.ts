/** `arl start` where JupyterLab is installed: a stand-in that answers and ends as it does. */
import { existsSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { findJupyter } from "../../../../kernel-extensions/cli/start/find-jupyter.js";
import { fakePrograms, temporary } from "../support.js";
import { fakeJupyter, stubborn } from "./fake-jupyter.js";
import { gone, home, Started } from "./started.js";

const system = ["/usr/bin", "/bin"].join(delimiter);
const lesson = "01-introduction.ipynb";

describe("arl start with an installed JupyterLab", () => {
  it.each(["jupyter-lab", "jupyter"] as const)(
    "opens the first lesson in %s, which knows the kernel",
    async (name) => {
      const env = home();
      const jupyter = fakeJupyter({ name, version: "4.0.11" });
      const folder = join(temporary(), "my lessons");
      const started = new Started(["--dir", folder], { ...env, PATH: jupyter.path + delimiter + system });
      const address = await started.address();
      const { args, cwd } = jupyter.said();
      const token = address.searchParams.get("token")!;
      expect(address.href).toBe(`http://127.0.0.1:${address.port}/lab/tree/${lesson}?token=${token}`);
      expect(cwd).toBe(realpathSync(folder));
      expect(args).toContain(`--LabApp.default_url=/lab/tree/${lesson}`);
      // Whoever lists the processes of this machine sees arguments.
      expect(args.join(" ")).not.toContain(token);
      expect(
        (await fetch(new URL("/api/status", address), { headers: { Authorization: `token ${token}` } }))
          .status,
      ).toBe(200);
      expect(existsSync(join(folder, lesson))).toBe(true);
      const data = env.JUPYTER_DATA_DIR!;
      expect(existsSync(join(data, "kernels", "agentic-rl", "kernel.json"))).toBe(true);
      expect(existsSync(join(data, "labextensions", "agentic-rl-lab-plotly", "package.json"))).toBe(true);
      expect(await started.stop()).toBe(0);
      await gone(jupyter.said().pid);
      expect(started.stdout.trim().split("\n")).toHaveLength(1);
    },
  );

  it("opens the browser without showing the token to other users, also a second time", async () => {
    const record = join(temporary(), "opened");
    const programs = fakePrograms({
      "xdg-open": `printf '%s' "$1" > '${record}.part'; mv '${record}.part' '${record}'`,
    });
    const jupyter = fakeJupyter({ version: "4.4.1" });
    const env = { ...home(), DISPLAY: ":0", PATH: [jupyter.path, programs, system].join(delimiter) };
    const folder = join(temporary(), "my lessons");
    const opened = async () => {
      while (!existsSync(record)) await new Promise((wait) => setTimeout(wait, 20));
      const text = readFileSync(record, "utf8");
      rmSync(record);
      return text;
    };
    const first = new Started(["--dir", folder], env);
    const address = await first.address();
    for (const again of [false, true]) {
      if (again) expect(await new Started(["--dir", folder], env).ended).toBe(0);
      const page = await opened();
      expect(page).toMatch(/^file:/);
      const file = fileURLToPath(page);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readFileSync(file, "utf8")).toContain(`content="0; url=${address.href}"`);
      expect(page).not.toContain(address.searchParams.get("token"));
    }
    expect(await first.stop()).toBe(0);
    expect(readdirSync(folder).filter((name) => name.endsWith(".html"))).toEqual([]);
  });

  it("takes the port and the token that this user's settings name", async () => {
    const jupyter = fakeJupyter({ version: "4.4.1" });
    const env = { ...home(), PATH: jupyter.path + delimiter + system, OTHER_TOKEN: "mine" };
    const taken = new Started(["--dir", temporary()], env);
    const { port, searchParams } = await taken.address();
    expect(searchParams.get("token")).toBe("mine");
    const refused = new Started(["--port", port, "--dir", temporary()], env);
    expect(await refused.ended).toBe(1);
    expect(refused.stderr).toContain(
      `arl start: port ${port} is taken by another program: choose another with --port\n`,
    );
    expect(await taken.stop()).toBe(0);
    const asked = new Started(["--port", port, "--dir", temporary()], env);
    expect((await asked.address()).port).toBe(port);
    expect(await asked.stop()).toBe(0);
  });

  it("ends when JupyterLab is shut down in the browser", async () => {
    const jupyter = fakeJupyter({ version: "4.4.1" });
    const started = new Started(["--dir", temporary()], {
      ...home(),
      PATH: jupyter.path + delimiter + system,
    });
    const address = await started.address();
    const headers = { Authorization: `token ${address.searchParams.get("token")!}` };
    await fetch(new URL("/api/shutdown", address), { method: "DELETE", headers });
    expect(await started.ended).toBe(0);
  });

  it("fails when JupyterLab does, and says what else there is", async () => {
    const jupyter = fakeJupyter({ version: "4.4.1", serve: "process.exit(7)" });
    const started = new Started(["--dir", temporary()], {
      ...home(),
      PATH: jupyter.path + delimiter + system,
    });
    expect(await started.ended).toBe(1);
    expect(started.stderr).toContain(
      "arl start: JupyterLab ended before it could be opened (exit code 7): see its lines above, or use ours with --embedded\n",
    );
  });

  it("on a second Ctrl-C ends one that does not end", async () => {
    const jupyter = fakeJupyter({ version: "4.4.1", serve: stubborn });
    const started = new Started(["--dir", temporary()], {
      ...home(),
      PATH: jupyter.path + delimiter + system,
    });
    await started.address();
    const ended = started.stop();
    while (!started.stderr.includes("again does not wait"))
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(started.child.exitCode).toBeNull();
    started.child.kill("SIGINT");
    expect(await ended).toBe(1);
    await gone(jupyter.said().pid);
  });

  it("ended while JupyterLab starts leaves nothing behind", async () => {
    const env = home();
    const jupyter = fakeJupyter({ version: "4.4.1", serve: "setInterval(() => undefined, 1000)" });
    const folder = temporary();
    const started = new Started(["--dir", folder], { ...env, PATH: jupyter.path + delimiter + system });
    const said = async () => {
      for (;;) {
        try {
          return jupyter.said();
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    const { pid } = await said();
    started.child.kill("SIGTERM");
    expect(await started.ended).toBe(130);
    await gone(pid);
    // The next start is not kept from serving the folder.
    const works = fakeJupyter({ version: "4.4.1" });
    const next = new Started(["--dir", folder], { ...env, PATH: works.path + delimiter + system });
    await next.address();
    expect(await next.stop()).toBe(0);
  });
});

describe("looking for JupyterLab", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ["3.6.8", /jupyter-lab is JupyterLab 3\.6\.8, and the lessons need 4 or newer$/],
    [undefined, /jupyter-lab does not start here \(see .*jupyter-lab --version\)$/],
  ])("passes over one that says it is %s, and says why", async (version, why) => {
    vi.stubEnv("PATH", fakeJupyter({ version }).path + delimiter + system);
    expect(await findJupyter()).toEqual({
      jupyter: undefined,
      problem: expect.stringMatching(why) as string,
    });
  });

  it("says nothing where there is none, or only a jupyter without a Lab", async () => {
    vi.stubEnv("PATH", system);
    expect(await findJupyter()).toEqual({ jupyter: undefined, problem: undefined });
    vi.stubEnv("PATH", fakeJupyter({ name: "jupyter", version: undefined }).path + delimiter + system);
    expect(await findJupyter()).toEqual({ jupyter: undefined, problem: undefined });
  });
});

it("the second arl start on a folder says where the first is", async () => {
  const jupyter = fakeJupyter({ version: "4.4.1" });
  const env = { ...home(), PATH: jupyter.path + delimiter + system };
  const folder = temporary();
  const first = new Started(["--dir", folder], env);
  const second = new Started(["--dir", folder], env); // At once: it waits for the first, or the first for it.
  const [one, other] = await Promise.all([first.address(), second.address()]);
  expect(one.href).toBe(other.href);
  const [server, visitor] = /open already/.test(second.stderr) ? [first, second] : [second, first];
  expect(await visitor.ended).toBe(0);
  expect(visitor.stderr).toContain(`(process ${String(server.child.pid)}, Ctrl-C there ends it)`);
  expect(await server.stop()).toBe(0);

  const third = new Started(["--dir", folder], env);
  expect((await third.address()).href).not.toBe(one.href);
  // A machine that went down leaves the file behind, and another program may have the number by now.
  third.child.kill("SIGKILL");
  await gone(third.child.pid!);
  process.kill(jupyter.said().pid);
  const fourth = new Started(["--dir", folder], env);
  expect((await fourth.address()).searchParams.get("token")).toMatch(/^[0-9a-f]{48}$/);
  expect(fourth.stderr).not.toContain("open already");
  expect(await fourth.stop()).toBe(0);
});
