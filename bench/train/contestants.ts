/** Who takes part: this library on each engine, PyTorch, `@genai-fi/nanogpt`. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import { installPeer, peerFolder } from "../peers.js";
import type { Row } from "./contestant.js";
import type { Flags } from "./flags.js";

const nanoGpt = { name: "@genai-fi/nanogpt", version: "1.3.0", scripts: false };

export interface Entrants {
  rows: Row[];
  /** Who does not take part, and why. */
  absent: { label: string; reason: string }[];
}

/** PyTorch comes first: the others are compared with it. @throws RangeError for an unknown id in `--only`. */
export function entrants({ device, only, python }: Flags): Entrants {
  const all: Row[] = [
    ...(device === "cuda" ? [torch("cuda", "gpu")] : [torch("cpu", 1), torch("cpu", 2)]),
    ...(device === "cuda" ? [] : [ours("native", 1), ours("native", 2)]),
    ...(device === "cuda" ? [] : [ours("wasm", 1), ours("wasm", 1, "off"), ours("cpu", 1)]),
    ...[ours("webgpu", "gpu"), ours("webgpu", "gpu", "off")],
    ...(device === "cuda" ? [] : [nanogpt("wasm"), nanogpt("cpu")]),
  ];
  const strange = only?.find((id) => all.every((row) => row.id !== id));
  if (strange !== undefined || only?.length === 0) {
    throw new RangeError(`--only takes ids of ${all.map(({ id }) => id).join(", ")}; got "${strange ?? ""}"`);
  }
  const wanted = all.filter(({ id }) => only === undefined || only.includes(id));

  const absent: Entrants["absent"] = [];
  const needs = (prefix: string, found: () => string | Error, complete: (row: Row, found: string) => Row) => {
    const mine = wanted.filter(({ id }) => id.startsWith(prefix));
    if (mine.length === 0) return;
    const place = found();
    for (const row of mine) {
      if (typeof place === "string") wanted[wanted.indexOf(row)] = complete(row, place);
      else {
        absent.push({ label: row.label, reason: place.message });
        wanted.splice(wanted.indexOf(row), 1);
      }
    }
  };
  needs(
    "torch",
    () => findTorch(device, python),
    (row, program) => ({ ...row, command: [program, ...row.command] }),
  );
  needs("nanogpt", findNanoGpt, (row, folder) => ({
    ...row,
    command: row.command.map((word) => word || folder),
  }));
  // Asked for by name, a GPU may be one made of software: slow, but its losses can be compared.
  const rows = wanted.map((row) =>
    row.env?.["ARL_ENGINE"] === "webgpu" && only !== undefined
      ? { ...row, command: [...row.command, "--software-gpu"] }
      : row,
  );
  return { rows, absent };
}

function ours(engine: string, threads: Row["threads"], fused: "on" | "off" = "on"): Row {
  const own = engine === "wasm" ? "tfjs's kernels with our overrides" : "tfjs's kernels";
  const what = engine === "cpu" || fused === "off" ? own : "fused";
  return {
    id: engine === "native" ? `native-${threads}` : fused === "off" ? `${engine}-tfjs` : engine,
    label: `${engine}, ${what}${threads === 2 ? ", 2 threads" : ""}`,
    command: [process.execPath, program("ours.js")],
    env: {
      ARL_ENGINE: engine,
      ARL_FUSED: fused,
      ...(threads === "gpu" ? {} : { ARL_THREADS: String(threads) }),
    },
    threads,
    ...(engine === "cpu" ? { slow: true } : {}),
  };
}

function torch(device: "cpu" | "cuda", threads: Row["threads"]): Row {
  const count = threads === "gpu" ? "1" : String(threads);
  return {
    id: device === "cuda" ? "torch-cuda" : `torch-${threads}`,
    label: device === "cuda" ? "PyTorch, CUDA" : `PyTorch, ${threads} thread${threads === 2 ? "s" : ""}`,
    command: [
      path.join(packageRoot(), "bench", "train", "torch", "contestant.py"),
      ...["--device", device, "--threads", count],
    ],
    env: { OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, PYTHONDONTWRITEBYTECODE: "1" },
    threads,
  };
}

function nanogpt(backend: "wasm" | "cpu"): Row {
  return {
    id: `nanogpt-${backend}`,
    label: backend === "wasm" ? "nanogpt on tfjs wasm with our kernels" : "nanogpt on tfjs cpu",
    // The empty word becomes the folder it is installed in.
    command: [process.execPath, program("nanogpt.js"), "", backend],
    threads: 1,
    ownModel: true,
    ...(backend === "cpu" ? { slow: true } : {}),
    lacks: ["grpo", "peak"],
  };
}

function program(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** The first Python that has PyTorch; for CUDA one that sees a device, which a system's own often does not. */
function findTorch(device: Flags["device"], asked: string | undefined): string | Error {
  const candidates = asked === undefined ? ["/usr/bin/python3", "python3"] : [asked];
  const test = `import torch${device === "cuda" ? "; assert torch.cuda.is_available()" : ""}`;
  for (const candidate of candidates) {
    try {
      execFileSync(candidate, ["-c", test], { stdio: "ignore" });
      return candidate;
    } catch {
      // The next one may have it.
    }
  }
  const names = candidates.join(" and ");
  if (device === "cuda") {
    return new Error(
      `no PyTorch of ${names} sees a CUDA device; --python PATH names one that has (pytorch.org: pip install torch)`,
    );
  }
  return new Error(
    `${names} cannot import torch; on Debian: apt-get install python3-torch libopenblas0-pthread`,
  );
}

/** 400 MB with what it depends on. */
function findNanoGpt(): string | Error {
  const folder = peerFolder(nanoGpt);
  if (existsSync(path.join(folder, "node_modules", nanoGpt.name, "dist", "main.js"))) return folder;
  try {
    installPeer(nanoGpt);
    return folder;
  } catch (error) {
    return error as Error;
  }
}
