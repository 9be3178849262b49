/** The command line of `npm run bench -- train`. */
import { parseArgs } from "node:util";
import { sizeNames, type SizeName } from "./workload.js";

export const works = ["step", "sample", "grpo"] as const;
export type WorkName = (typeof works)[number];

export interface Flags {
  rounds: number;
  /** Ids of contestants; all when absent. */
  only: string[] | undefined;
  sizes: SizeName[];
  works: WorkName[];
  device: "cpu" | "cuda";
  /** Seconds that one contestant may take for one kind of work on one size: slower ones get fewer rounds. */
  patience: number;
  /** Minutes after which nothing new is begun. */
  minutes: number;
  /** Tried first for PyTorch. */
  python: string | undefined;
  out: string | undefined;
  help: boolean;
}

export const usage = `usage: npm run bench -- train [--rounds 10] [--work step,sample,grpo] [--sizes 64x2,128x4,256x6]
         [--only ID,…] [--patience SECONDS] [--minutes 60] [--device cpu|cuda] [--python PATH] [--out FILE]

Training steps, sampling and whole GRPO updates, by this library on each of its engines, by PyTorch and by
@genai-fi/nanogpt, in turn. Prints the tables and writes them to bench/train.md (--out: elsewhere; what is there
already after every size and work). After --minutes nothing new is begun: the tables say what is missing. A contestant
that is named by --only takes part even if it is left out by default (webgpu without a GPU). --device cuda compares
PyTorch on a CUDA device with this library on webgpu.
`;

/** @throws RangeError that names the flag and what it takes. */
export function parseFlags(args: readonly string[]): Flags {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: "string", default: "10" },
        only: { type: "string" },
        sizes: { type: "string", default: sizeNames.join() },
        work: { type: "string", default: works.join() },
        device: { type: "string", default: "cpu" },
        patience: { type: "string", default: "60" },
        minutes: { type: "string", default: "60" },
        python: { type: "string" },
        out: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new RangeError((error as Error).message.split(". ")[0], { cause: error });
  }
  const patience = Number(values.patience);
  if (!(patience > 0)) throw new RangeError(`--patience needs a number of seconds, got "${values.patience}"`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new RangeError(`--minutes needs a number of minutes, got "${values.minutes}"`);
  const rounds = Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds needs a whole number from 1, got "${values.rounds}"`);
  }
  return {
    ...{ rounds, patience, minutes, help: values.help, python: values.python, out: values.out },
    only: values.only === undefined ? undefined : list(values.only),
    sizes: chosen("--sizes", values.sizes, sizeNames),
    works: chosen("--work", values.work, works),
    device: single("--device", values.device, ["cpu", "cuda"] as const),
  };
}

/** Of the known names those in a comma-separated list, in the known order. */
export function chosen<Name extends string>(flag: string, text: string, known: readonly Name[]): Name[] {
  const wanted = list(text);
  const strange = wanted.find((name) => !known.includes(name as Name));
  if (strange !== undefined || wanted.length === 0) {
    throw new RangeError(`${flag} takes names of ${known.join(", ")}, separated by commas; got "${text}"`);
  }
  return known.filter((name) => wanted.includes(name));
}

function single<Name extends string>(flag: string, text: string, known: readonly Name[]): Name {
  const [name, ...more] = chosen(flag, text, known);
  if (name === undefined || more.length > 0) throw new RangeError(`${flag} takes one of ${known.join(", ")}`);
  return name;
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
