/** Runs one job in a process of its own: the job as JSON in the first argument, the result as the last line. */
import { run, type Job } from "./job.js";

const job = JSON.parse(process.argv[2] ?? "") as Job;
const result = await run(job, (update, updates, success) => {
  if (update % 10 === 0 || update === updates) {
    process.stderr.write(
      `${job.environment} (${job.variant}, seed ${job.seed}): ${update}/${updates}, success ${success.toFixed(2)}\n`,
    );
  }
});
process.stdout.write(`${JSON.stringify(result)}\n`);
