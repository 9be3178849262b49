// What the tests get for "fast-check" (see vitest.config.ts): the same cases at every run, so that a run that was green
// stays green. Other cases: ARL_TEST_SEED=123 npx vitest run test/…; and more of them: ARL_TEST_RUNS=10000.
import fc from "../../node_modules/fast-check/lib/fast-check.js";

const { ARL_TEST_SEED: seed, ARL_TEST_RUNS: runs } = process.env;
fc.configureGlobal({ seed: Number(seed ?? 7), ...(runs === undefined ? {} : { numRuns: Number(runs) }) });

export * from "../../node_modules/fast-check/lib/fast-check.js";
export default fc;
