/** `npm run bench -- NAME`: measurements side by side with peers, in one run. */

const BENCHES: Record<string, { summary: string; run: () => Promise<(args: string[]) => Promise<void>> }> = {
  applications: {
    summary: "runs over seeds that lesson 4 reads: the same tasks under outcome and process rewards",
    run: async () => (await import("./lessons/applications.js")).benchApplications,
  },
  capabilities: {
    summary: "runs over seeds that lesson 3 reads: the price of a tool, a plan for unseen pairs",
    run: async () => (await import("./lessons/capabilities.js")).benchCapabilities,
  },
  challenges: {
    summary: "runs over seeds that lesson 6 reads: reward hacking, injections, entropy, scaling …",
    run: async () => (await import("./lessons/challenges.js")).benchChallenges,
  },
  engines: {
    summary: "every environment's default run on the engines native and wasm: seconds, success",
    run: async () => (await import("./engines/engines.js")).benchEngines,
  },
  exercises: {
    summary:
      "the lessons' learning checks with their own solutions, over 20 seeds: do all reach the threshold?",
    run: async () => (await import("./exercises/exercises.js")).benchExercises,
  },
  kernel: {
    summary: "this kernel beside tslab's, ipykernel and Deno's: start-up, cells, imports, memory",
    run: async () => (await import("./kernel.js")).benchKernel,
  },
  learning: {
    summary: "every environment's learning run and its baselines, over seeds (also: npm run learning)",
    run: async () => (await import("./learning/learning.js")).learning,
  },
  notebooks: {
    summary:
      "every lesson, solved and as learners get it, in fresh kernels: minutes, points (also: npm run lessons)",
    run: async () => (await import("./notebooks/notebooks.js")).benchNotebooks,
  },
  preliminaries: {
    summary: "runs over seeds that lesson 2 reads: five algorithms, and learning from the tool's words",
    run: async () => (await import("./lessons/preliminaries.js")).benchPreliminaries,
  },
  start: {
    summary: "from an empty clone to the result of a first cell in the Lab: seconds a step, memory",
    run: async () => (await import("./start/start.js")).benchStart,
  },
  survey: {
    summary: "the survey's data at 100,000 works: loading, counting, grouping, checking",
    run: async () => (await import("./survey.js")).benchSurvey,
  },
  train: {
    summary: "training steps, sampling and GRPO beside PyTorch's and nanogpt's, on every engine",
    run: async () => (await import("./train/train.js")).benchTrain,
  },
};

const [name = "", ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) {
  const list = Object.entries(BENCHES).map(([key, { summary }]) => `  ${key.padEnd(12)}${summary}`);
  process.stderr.write(`usage: npm run bench -- NAME\n${list.join("\n")}\n`);
  process.exitCode = name === "" || name === "--help" ? 0 : 2;
} else await (await bench.run())(args);
