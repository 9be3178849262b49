// Runs determinism.mjs in this thread, which starts one thread of the pool, and in two JavaScript threads more that
// would have three.
import { URL } from "node:url";
import { Worker } from "node:worker_threads";

const program = new URL("./determinism.mjs", import.meta.url);
process.env.ARL_THREADS = "1";
for (let i = 0; i < 2; i++) new Worker(program, { env: { ...process.env, ARL_THREADS: "3" } });
await import(program.href);
