/** The `arl` command: which commands there are, and what happens around them. */
import { packageVersion } from "../package-root.js";
import { nearest } from "../../src/nearest.js";
import { CommandError, UsageError, type Command } from "./command.js";

interface Entry {
  summary: string;
  /** Loaded when it is run: `arl --help` must not wait for what another command needs. */
  load: () => Promise<Command>;
}

/** A new command is one file and one entry here. A name may have two words. */
const commands: Record<string, Entry> = {
  start: {
    summary: "open the lessons",
    load: async () => (await import("./start.js")).start,
  },
  run: {
    summary: "execute notebooks in fresh kernels, and make pages of them",
    load: async () => (await import("./run.js")).run,
  },
  train: {
    summary: "train an agent in an environment, and measure it before and after",
    load: async () => (await import("./train.js")).train,
  },
  play: {
    summary: "be the agent yourself, or watch a policy play",
    load: async () => (await import("./play.js")).play,
  },
  environments: {
    summary: "list the environments, or explain one",
    load: async () => (await import("./environments.js")).environments,
  },
  algorithms: {
    summary: "list the algorithms, or explain one",
    load: async () => (await import("./algorithms.js")).algorithms,
  },
  figures: {
    summary: "redraw the survey's figures and tables from its data",
    load: async () => (await import("./figures.js")).figures,
  },
  "warm-start": {
    summary: "remake the policies training starts from",
    load: async () => (await import("./warm-start.js")).warmStart,
  },
  "new-environment": {
    summary: "begin an environment of your own",
    load: async () => (await import("./new-environment.js")).newEnvironment,
  },
  check: {
    summary: "run a lesson, and print the points of its exercises",
    load: async () => (await import("./check.js")).check,
  },
  release: {
    summary: "make the learners' copies of solved lessons",
    load: async () => (await import("./release.js")).release,
  },
  "data check": {
    summary: "check the survey's data set, and say how to mend it",
    load: async () => (await import("./data-check.js")).dataCheck,
  },
  doctor: {
    summary: "check this machine's set-up, and say how to mend it",
    load: async () => (await import("./doctor.js")).doctor,
  },
  "kernel install": {
    summary: "make the TypeScript kernel known to Jupyter",
    load: async () => (await import("./kernel-install.js")).kernelInstall,
  },
  "kernel uninstall": {
    summary: "take it back",
    load: async () => (await import("./kernel-uninstall.js")).kernelUninstall,
  },
};

/** Runs one command line and returns its exit code. */
export async function main(argv: string[]): Promise<number> {
  const first = argv[0];
  // `arl help`, and `arl help COMMAND` for `arl COMMAND --help`.
  if (first === "help") return await main([...argv.slice(1), "--help"]);
  if (first === undefined || first === "--help" || first === "-h") {
    (first === undefined ? process.stderr : process.stdout).write(overview(Object.keys(commands)));
    return first === undefined ? 2 : 0;
  }
  if (first === "--version") {
    process.stdout.write(`${packageVersion()}\n`);
    return 0;
  }

  const name = [argv.slice(0, 2).join(" "), first].find((words) => Object.hasOwn(commands, words));
  if (name === undefined) return unknown(argv);
  const args = argv.slice(name.split(" ").length);
  try {
    const command = await commands[name]!.load();
    const end = args.indexOf("--");
    if (args.slice(0, end < 0 ? args.length : end).some((arg) => arg === "--help" || arg === "-h")) {
      process.stdout.write(command.help);
      return 0;
    }
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`arl ${name}: ${error.message} (see arl ${name} --help)\n`);
      return 2;
    }
    if (error instanceof CommandError) {
      process.stderr.write(`arl ${name}: ${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

/** Half of a two-word command, or no command at all. */
function unknown([first = "", second]: string[]): number {
  const group = Object.keys(commands).filter((name) => name.startsWith(`${first} `));
  if (group.length > 0 && (second === "--help" || second === "-h")) {
    process.stdout.write(overview(group));
    return 0;
  }
  const asked = second === undefined || group.length === 0 ? first : `${first} ${second}`;
  const closest = nearest(asked, group.length > 0 ? group : Object.keys(commands));
  const problem =
    group.length > 0 && asked === first
      ? `arl ${first} is one of: ${group.map((name) => `arl ${name}`).join(", ")}`
      : first.startsWith("-")
        ? `arl: unknown option ${first} (see arl --help)`
        : `arl: unknown command ${asked}` +
          (closest === undefined ? " (see arl --help)" : `; did you mean arl ${closest}?`);
  process.stderr.write(`${problem}\n`);
  return 2;
}

function overview(names: string[]): string {
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${commands[name]!.summary}`);
  return [
    "Usage: arl COMMAND [arguments]",
    "",
    ...lines,
    "",
    "arl COMMAND --help explains a command; arl --version prints the version.",
    "",
  ].join("\n");
}
