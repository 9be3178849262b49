import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { registerKernel, startServer, type TestServer } from "./support.js";

let server: TestServer;
beforeAll(async () => {
  const logo = registerKernel("Logo", {
    argv: ["logo"],
    interrupt_mode: "message",
    env: { A: "1" },
    metadata: { m: 1 },
  });
  writeFileSync(join(logo, "kernels", "Logo", "logo-svg.svg"), "<svg/>");
  writeFileSync(join(logo, "kernels", "Logo", "secret.txt"), "secret");
  vi.stubEnv("JUPYTER_PATH", logo);
  server = await startServer();
});
afterAll(async () => {
  await server.app.close();
  vi.unstubAllEnvs();
});

describe("/api/kernelspecs", () => {
  it("has ours first and by default, then those that Jupyter would find", async () => {
    const { json } = await server.api("GET", "/api/kernelspecs");
    const { default: first, kernelspecs } = json as { default: string; kernelspecs: Record<string, unknown> };
    expect(first).toBe("agentic-rl");
    expect(Object.keys(kernelspecs)[0]).toBe("agentic-rl");
    expect(kernelspecs["agentic-rl"]).toMatchObject({
      name: "agentic-rl",
      spec: { language: "typescript", display_name: "TypeScript (Agentic RL)", interrupt_mode: "message" },
      resources: { "logo-64x64": "/kernelspecs/agentic-rl/logo-64x64.png" },
    });
    expect(kernelspecs.logo).toEqual({
      name: "logo",
      spec: {
        argv: ["logo"],
        env: { A: "1" },
        display_name: "Logo",
        language: "x",
        interrupt_mode: "message",
        metadata: { m: 1 },
      },
      resources: { "logo-svg": "/kernelspecs/logo/logo-svg.svg" },
    });
    expect((await server.api("GET", "/api/kernelspecs/LOGO")).json).toMatchObject({
      spec: { argv: ["logo"] },
    });
  });

  it("serves logos, and nothing else", async () => {
    const get = (path: string) => fetch(server.url + path);
    const drawing = await get("/kernelspecs/logo/logo-svg.svg");
    expect([drawing.headers.get("content-type"), await drawing.text()]).toEqual(["image/svg+xml", "<svg/>"]);
    expect(drawing.headers.get("content-security-policy")).toContain("sandbox");
    expect((await get("/kernelspecs/agentic-rl/logo-64x64.png")).headers.get("content-type")).toBe(
      "image/png",
    );
    for (const file of [
      "secret.txt",
      "kernel.json",
      "logo-64x64.png",
      "..%2fLogo%2flogo-svg.svg",
      "%2e%2e",
    ]) {
      expect((await get(`/kernelspecs/logo/${file}`)).status, file).toBe(404);
    }
    expect((await get("/kernelspecs/nobody/logo-svg.svg")).status).toBe(404);
  });
});
