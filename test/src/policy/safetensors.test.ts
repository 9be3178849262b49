import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPolicy, readCheckpoint } from "../../../src/policy/index.js";
import { decodeSafeTensors, encodeSafeTensors, type SafeTensors } from "../../../src/policy/safetensors.js";
import { useEngine } from "../../../src/engine/index.js";
import { Random } from "../../../src/random.js";
import { hasPython, python } from "../../support/python.js";
import { shake, tinyPolicy } from "./tiny.js";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "safetensors-"));
  await useEngine("wasm");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const text = fc.string({ unit: "binary", maxLength: 8 });
const tensor = fc.array(fc.nat({ max: 4 }), { maxLength: 3 }).chain((shape) => {
  const size = shape.reduce((product, side) => product * side, 1);
  const values = fc.array(fc.float(), { minLength: size, maxLength: size });
  return values.map((numbers) => ({ shape, values: Float32Array.from(numbers) }));
});
const file: fc.Arbitrary<SafeTensors> = fc.record({
  tensors: fc
    .array(fc.tuple(fc.oneof(text, fc.constant("__proto__")), tensor), { maxLength: 5 })
    .map((entries) => new Map(entries.filter(([name]) => name !== "__metadata__"))),
  metadata: fc.array(fc.tuple(text, text), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
});

describe("encodeSafeTensors and decodeSafeTensors", () => {
  it("give back every tensor bit for bit, NaN, infinities, −0 and empty ones too", () => {
    fc.assert(
      fc.property(file, ({ tensors, metadata }) => {
        const decoded = decodeSafeTensors(encodeSafeTensors({ tensors, metadata }));
        expect([...decoded.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
        for (const [name, { shape, values }] of tensors) {
          expect(decoded.tensors.get(name)!.shape).toEqual(shape);
          // toEqual tells −0 from 0, and takes NaN for NaN.
          expect(decoded.tensors.get(name)!.values).toEqual(values);
        }
        expect(decoded.metadata).toEqual(metadata);
      }),
      { seed: 1 },
    );
  });

  it("are exact at the edges of float32", () => {
    const values = Float32Array.of(NaN, Infinity, -Infinity, -0, 0, 2 ** -149, 3.4028234663852886e38, -1e-40);
    const tensors = new Map([["x", { shape: [2, 2, 2], values }]]);
    const decoded = decodeSafeTensors(encodeSafeTensors({ tensors, metadata: {} })).tensors.get("x")!.values;
    expect(new Uint32Array(decoded.buffer)).toEqual(new Uint32Array(values.buffer));
  });

  it("lay the file out as the format asks: length, JSON header, aligned data", () => {
    const tensors = new Map([["é", { shape: [2], values: Float32Array.of(1, -2) }]]);
    const bytes = encodeSafeTensors({ tensors, metadata: { note: "ü" } });
    const view = new DataView(bytes.buffer);
    const length = Number(view.getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(bytes.byteLength).toBe(8 + length + 8);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({
      __metadata__: { note: "ü" },
      é: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    });
    expect([view.getFloat32(8 + length, true), view.getFloat32(12 + length, true)]).toEqual([1, -2]);
  });

  it("work on a part of a larger buffer", () => {
    const bytes = encodeSafeTensors({
      tensors: new Map([["x", { shape: [1], values: Float32Array.of(5) }]]),
      metadata: {},
    });
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(decodeSafeTensors(larger.subarray(3)).tensors.get("x")!.values).toEqual(Float32Array.of(5));
  });

  it("refuse a tensor in the place of the metadata", () => {
    const tensors = new Map([["__metadata__", { shape: [0], values: new Float32Array() }]]);
    expect(() => encodeSafeTensors({ tensors, metadata: {} })).toThrow("__metadata__");
  });

  const withHeader = (header: string, data = 8, length = header.length) => {
    const bytes = new Uint8Array(8 + header.length + data);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    return bytes;
  };
  const x = (entry: object) =>
    JSON.stringify({ x: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...entry } });

  it.each([
    ["nothing", new Uint8Array(0), "only 0 bytes"],
    ["a header longer than the file", withHeader("{}", 0, 999), "should have 999 bytes"],
    ["an absurd length", new Uint8Array(64).fill(255), "the file ends before"],
    ["no JSON", withHeader("{x"), "not JSON"],
    ["a list", withHeader("[1]"), "not an object of tensors"],
    ["null", withHeader("null"), "not an object of tensors"],
    ["an entry that is no object", withHeader('{"x": 3}'), "not an object of tensors"],
    ["another type", withHeader(x({ dtype: "BF16" })), 'tensor "x" has the type BF16, not F32'],
    ["no type", withHeader('{"x": {}}'), "has the type undefined"],
    ["a shape that is none", withHeader(x({ shape: 2 })), "no proper shape"],
    ["a negative side", withHeader(x({ shape: [-1, -2] })), "no proper shape"],
    ["half a side", withHeader(x({ shape: [0.5] })), "no proper shape"],
    ["one offset", withHeader(x({ data_offsets: [0] })), "no proper shape and data_offsets"],
    ["offsets backwards", withHeader(x({ data_offsets: [8, 0] })), "does not fit its bytes 8 to 0"],
    ["data beyond the end", withHeader(x({ data_offsets: [8, 16] })), "does not fit its bytes 8 to 16"],
    ["more than fits a number", withHeader(x({ shape: [2 ** 52, 2 ** 52, 2 ** 52] })), "does not fit"],
  ])("say what is wrong with %s", (_, bytes, message) => {
    expect(() => decodeSafeTensors(bytes)).toThrow(message);
  });
});

describe("a damaged checkpoint", () => {
  it("is refused by name at every length it may be cut to", async () => {
    const policy = await tinyPolicy({ width: 4, heads: 1, contextLength: 3 });
    const path = join(folder, "whole.safetensors");
    await policy.save(path);
    policy.dispose();
    const { tensors, metadata } = decodeSafeTensors(readFileSync(path));
    const whole = encodeSafeTensors({ tensors, metadata });
    const cut = join(folder, "cut.safetensors");
    for (let length = 0; length < whole.length; length += length < 2600 ? 1 : 13) {
      writeFileSync(cut, whole.subarray(0, length));
      expect(() => readCheckpoint(cut)).toThrow(`The checkpoint ${cut} is damaged`);
    }
    writeFileSync(cut, whole.subarray(0, whole.length - 1));
    expect(() => readCheckpoint(cut)).toThrow(/does not fit its bytes/);
  });

  it("either loads and works or is refused by name, whichever byte is flipped", async () => {
    const policy = await tinyPolicy({ width: 4, heads: 2, contextLength: 3, valueHead: true });
    const path = join(folder, "flipped.safetensors");
    await policy.save(path);
    policy.dispose();
    const whole = readFileSync(path);
    const header = Number(new DataView(whole.buffer, whole.byteOffset).getBigUint64(0, true));
    const random = new Random(8);
    let refused = 0;
    for (let i = 0; i < 600; i++) {
      const bytes = Uint8Array.from(whole);
      // Mostly in the header, where a byte means most.
      const at = random.integer(random.chance(0.8) ? 8 + header : bytes.length);
      bytes[at]! ^= 1 << random.integer(8);
      writeFileSync(path, bytes);
      try {
        const loaded = await loadPolicy(path);
        // Number by number it may be another policy; it must be a whole one.
        await loaded.distributions(["<bos>"]);
        loaded.dispose();
      } catch (error) {
        refused++;
        expect((error as Error).message, `byte ${at}`).toMatch(
          /^The checkpoint .*flipped\.safetensors is damaged: /,
        );
      }
    }
    expect(refused).toBeGreaterThan(200);
  });
});

/** An own reader of the format in a few lines: prints metadata and tensors as JSON, floats by their bits. */
const independentReader = `
import json, struct, sys
raw = open(sys.argv[1], "rb").read()
(length,) = struct.unpack("<Q", raw[:8])
header = json.loads(raw[8 : 8 + length])
metadata = header.pop("__metadata__")
data = raw[8 + length :]
tensors, end = {}, 0
for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    start, stop = entry["data_offsets"]
    assert entry["dtype"] == "F32" and start == end and (8 + length + start) % 4 == 0
    tensors[name] = {"shape": entry["shape"], "bits": struct.unpack(f"<{(stop - start) // 4}I", data[start:stop])}
    end = stop
assert end == len(data)
print(json.dumps({"metadata": metadata, "tensors": tensors}))
`;

const officialReader = `
import json, sys
from safetensors import safe_open
with safe_open(sys.argv[1], framework="numpy") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    print(json.dumps({
        "metadata": file.metadata(),
        "tensors": {n: {"shape": list(t.shape), "bits": t.reshape(-1).view("uint32").tolist()} for n, t in tensors.items()},
    }))
`;

/** Debian 12 has no package of it, so that it is used only where the reader has it. */
function hasSafetensors(): boolean {
  if (spawnSync(python, ["-c", "import numpy, safetensors"]).status === 0) return true;
  console.warn(`skipped: ${python} lacks safetensors; python3 -m pip install safetensors numpy`);
  return false;
}

describe.each([
  { name: "struct alone", program: independentReader, skip: !hasPython("struct") },
  { name: "the safetensors package", program: officialReader, skip: !hasSafetensors() },
])("Python with $name", ({ program, skip }) => {
  it.skipIf(skip)("reads our checkpoints", async () => {
    const policy = await tinyPolicy({ valueHead: true });
    shake(policy);
    const path = join(folder, "for-python.safetensors");
    await policy.save(path, { note: "naïve" });
    const { stdout, stderr, status } = spawnSync(python, ["-c", program, path], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    const read = JSON.parse(stdout) as {
      metadata: Record<string, string>;
      tensors: Record<string, { shape: number[]; bits: number[] }>;
    };
    expect(read.metadata).toMatchObject({ note: "naïve", format: "agentic-rl-lab policy 1" });
    expect(JSON.parse(read.metadata["config"]!)).toEqual(policy.config);
    expect(JSON.parse(read.metadata["vocabulary"]!)).toEqual(policy.vocabulary.words.slice(8));
    expect(Object.keys(read.tensors).sort()).toEqual([...policy.parameters.keys()].sort());
    for (const [name, values] of await policy.values()) {
      expect(read.tensors[name]!.shape).toEqual(policy.parameters.get(name)!.shape);
      expect(read.tensors[name]!.bits).toEqual([
        ...new Uint32Array(values.buffer, values.byteOffset, values.length),
      ]);
    }
    policy.dispose();
  });
});
