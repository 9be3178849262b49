import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import * as tf from "@tensorflow/tfjs-core";
import { packageRoot } from "../../../kernel-extensions/package-root.js";
import { useEngine } from "../../../src/engine/index.js";
import { loadPolicy } from "../../../src/policy/index.js";
import { checkpointPath } from "../../../src/training/index.js";
import { python } from "../../support/python.js";

beforeAll(async () => {
  await useEngine("cpu");
});

/** PyTorch is 200 MB that only this benchmark needs: where it is not, as in CI, these tests are left out, and say so. */
const hasTorch = spawnSync(python, ["-c", "import torch"]).status === 0;
if (!hasTorch) console.warn(`skipped: ${python} lacks torch; on Debian: apt-get install python3-torch`);

/** What a Python program in the folder of the PyTorch contestant prints, as JSON. */
function run(program: string): unknown {
  const { stdout, stderr, status } = spawnSync(python, ["-c", program], {
    cwd: join(packageRoot(), "bench", "train", "torch"),
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", OMP_NUM_THREADS: "1" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe.skipIf(!hasTorch)("the PyTorch contestant", () => {
  it.each(["weather", "two-hop"])("reads the checkpoint of %s and predicts what we predict", async (id) => {
    const policy = await loadPolicy(checkpointPath(id));
    const row = Array.from(
      { length: policy.contextLength + 1 },
      (_, i) => (7 * i + 1) % policy.vocabulary.size,
    );
    const [words, logProbs] = run(`
import json, torch
from checkpoint import read_checkpoint
from gpt import GPT, Cache
values, config, words = read_checkpoint(${JSON.stringify(checkpointPath(id))})
model = GPT(config, values)
row = torch.tensor([[${row.join()}]])
with torch.no_grad():
    logits = model.forward(row[:, :-1])
    # The same again, token by token through the cache.
    cache = Cache(model, 1, row.shape[1] - 1)
    steps = [model.forward(row[:, :3], cache)[-1:]] + [model.advance(row[:, t], t, cache) for t in range(3, row.shape[1] - 1)]
    assert torch.allclose(torch.cat(steps), logits[2:], atol=1e-4)
chosen = torch.log_softmax(logits, -1).gather(1, row[0, 1:, None])[:, 0]
print(json.dumps([words, chosen.tolist()]))`) as [string[], number[]];
    expect(words).toEqual(policy.vocabulary.words);
    const expected = tf.tidy(() => policy.score(tf.tensor2d([row], undefined, "int32")).logProbs.dataSync());
    for (const [t, value] of expected.entries()) expect(logProbs[t]).toBeCloseTo(value, 3);
    policy.dispose();
  });

  it("says of a tensor that it cannot read what it is", () => {
    expect(
      run(`
import json, struct
from checkpoint import read_safetensors
header = json.dumps({"half": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}).encode()
import tempfile
with tempfile.NamedTemporaryFile() as file:
    file.write(struct.pack("<Q", len(header)) + header + b"ab"); file.flush()
    try:
        read_safetensors(file.name)
    except ValueError as error:
        print(json.dumps(str(error)))`),
    ).toMatch(/tensor half is F16, not F32/);
  });

  it("plays by the environments' rules", () => {
    // A scripted agent that always does the right thing is always rewarded, one that guesses is not.
    expect(
      run(`
import json
from random import Random
from environments import Weather, TwoHop
log = []
weather = Weather(Random(3))
out = weather.step(["<call>", weather.asked, "</call>"])
assert out[0] == "<obs>" and out[-1] == "</obs>" and weather.reward == 0
log.append(weather.step(["<ans>", *out[1:-1], "<eos>"])); log.append(weather.reward)
stubborn = Weather(Random(3))
log.append([stubborn.step(["<call>", "nowhere", "</call>"]) for _ in range(3)])
hop = TwoHop(Random(5))
first = hop.step(["<call>", hop.person, "</call>"])
second = hop.step(["<call>", first[2], "</call>"])
log.append(hop.step(["<ans>", second[4], "<eos>"])); log.append(hop.reward)
log.append(TwoHop(Random(5)).step(["what", "now", "<eos>"]))
print(json.dumps(log))`),
    ).toEqual([
      null,
      1,
      [["<obs>", "nothing", "</obs>"], ["<obs>", "nothing", "</obs>"], null],
      null,
      1,
      null,
    ]);
  });
});
