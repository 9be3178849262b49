import { it } from "vitest";
import { appendFileSync } from "node:fs";
import { algorithmEntries } from "../../../../src/algorithms/catalogue.js";
import { useEngine } from "../../../../src/engine/engine.js";
import { makeEnvironment } from "../../../../src/environments/registry.js";
import { train } from "../../../../src/training/train.js";
import { warmStart } from "../../../../src/training/warm-start.js";
const env = "two-hop";
it("learns", async () => {
  await useEngine("wasm");
  for (const valueHead of [false, true]) {
    const t = Date.now();
    const policy = await warmStart({ environment: () => makeEnvironment(env), recipe: { warmStart: { demonstrations: 600, steps: 150, learningRate: 3e-3 }, model: { width: 32, layers: 2, heads: 2 } }, valueHead });
    appendFileSync("/tmp/learn.txt", `warm ${valueHead} ${((Date.now() - t) / 1000).toFixed(0)}s\n`);
    const start = await policy.values();
    for (const e of algorithmEntries()) {
      if (e.status === "not possible here" || e.create().valueHead !== valueHead) continue;
      policy.assign(start);
      const t0 = Date.now(); const s: number[] = [];
      try {
        for await (const step of train({ environment: env, policy, algorithm: e.name, updates: 20, prompts: 8, groupSize: 8, learningRate: 2e-3, keep: "last" })) s.push(step.metrics["rollout/success"] ?? NaN);
        const m = (a: number[]) => (a.reduce((x, y) => x + y, 0) / a.length).toFixed(2);
        appendFileSync("/tmp/learn.txt", `${e.name} ${m(s.slice(0, 3))} -> ${m(s.slice(-4))} ${((Date.now() - t0) / 1000).toFixed(0)}s\n`);
      } catch (error) { appendFileSync("/tmp/learn.txt", `${e.name} ERROR ${String(error)}\n`); }
    }
    policy.dispose();
  }
}, 900_000);
