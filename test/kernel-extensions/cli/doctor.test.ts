import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Check } from "../../../kernel-extensions/cli/doctor/check.js";
import { hasAddon } from "../../support/fused-forms.js";
import { arl, fakePrograms, temporary } from "./support.js";

async function doctor(env: Record<string, string>): Promise<Record<string, Check>> {
  const { code, stdout } = await arl(["doctor", "--json"], { env });
  expect(code).toBe(0);
  return Object.fromEntries((JSON.parse(stdout) as Check[]).map((check) => [check.name, check]));
}

it("tells what a bare machine lacks, and how to mend it", async () => {
  const checks = await doctor({ PATH: temporary(), JUPYTER_DATA_DIR: temporary() });
  expect(checks["Node.js"]).toMatchObject({
    status: "ok",
    detail: expect.stringContaining(process.versions.node),
  });
  expect(checks["kernel program"]).toMatchObject({ status: "ok" });
  expect(checks["kernel in Jupyter"]).toMatchObject({ status: "warning", mend: "npx arl kernel install" });
  expect(checks.engine).toMatchObject({
    status: "ok",
    detail: expect.stringContaining("@tensorflow/tfjs 4.22.0"),
  });
  expect(checks.GPU).toMatchObject({ status: "ok", detail: expect.stringContaining("none found") });
  expect(checks.JupyterLab).toMatchObject({ status: "warning", mend: expect.stringContaining("jupyterlab") });
  expect(checks.disk!.detail).toMatch(/GB free/);
});

it("tells which engine training would take, and why", async () => {
  const asked = await doctor({ ARL_ENGINE: "cpu" });
  expect(asked.engine).toMatchObject({
    status: "ok",
    detail: expect.stringMatching(/^cpu: .*; asked for by ARL_ENGINE$/),
  });
  const off = await doctor({ ARL_ENGINE: "wasm", ARL_FUSED: "off" });
  expect(off.engine!.detail).toMatch(/; without fused kernels, by ARL_FUSED; asked for by ARL_ENGINE$/);
  const mistyped = await doctor({ ARL_ENGINE: "wsam" });
  expect(mistyped.engine).toMatchObject({
    status: "warning",
    detail: expect.stringContaining('did you mean "wasm"?'),
    mend: expect.stringContaining("unset ARL_ENGINE"),
  });
});

it("tells why the addon with the fast kernels is not used", async () => {
  const { engine } = await doctor({ ARL_ENGINE: "", ARL_THREADS: "many" });
  const why = hasAddon()
    ? 'native does not start: ARL_THREADS must be a whole number from 1 to 64, not "many"'
    : "native does not start: no addon was built or shipped";
  expect(engine).toMatchObject({ status: "ok", detail: expect.stringContaining(why) });
  expect(engine!.detail).toMatch(/^wasm: CPU with WebAssembly SIMD/);
});

it("tells what it found", async () => {
  const env = {
    PATH: fakePrograms({
      "nvidia-smi": "echo 'Some GPU'\necho 'Other GPU'",
      "jupyter-lab": "echo 4.9.9",
      firefox: "",
    }),
    JUPYTER_DATA_DIR: temporary(),
  };
  expect(await arl(["kernel", "install"], { env })).toMatchObject({ code: 0 });
  const checks = await doctor(env);
  expect(checks.GPU!.detail).toBe("Some GPU, Other GPU");
  expect(checks.JupyterLab!.detail).toMatch(/^4\.9\.9 /);
  expect(checks.browser!.detail).toBe(join(env.PATH, "firefox"));
  expect(checks["kernel in Jupyter"]).toMatchObject({ status: "ok" });

  const { stdout } = await arl(["doctor"], { env });
  expect(stdout).toMatch(/^ok {7}GPU {16}Some GPU, Other GPU$/m);
});

it("notices programs that do not work, and a kernel whose Node is gone", async () => {
  const env = {
    PATH: fakePrograms({ "nvidia-smi": "exit 9", "jupyter-lab": "exit 1" }),
    JUPYTER_DATA_DIR: temporary(),
  };
  const folder = join(env.JUPYTER_DATA_DIR, "kernels", "agentic-rl");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), JSON.stringify({ argv: ["/gone/node", "{connection_file}"] }));
  const checks = await doctor(env);
  expect(checks.GPU).toMatchObject({ status: "warning", detail: "nvidia-smi is there, but reports no GPU" });
  expect(checks.JupyterLab).toMatchObject({
    status: "warning",
    detail: expect.stringContaining("does not run"),
  });
  expect(checks["kernel in Jupyter"]).toMatchObject({
    status: "warning",
    detail: expect.stringContaining("names /gone/node, which is gone"),
  });
});
