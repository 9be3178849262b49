import { noPositionals, parse, type Command } from "./command.js";
import { checkAll } from "./doctor/checks.js";

const help = `Usage: arl doctor [--json]

Checks this machine's set-up: Node.js, the kernel, TensorFlow.js, a GPU, JupyterLab, a browser, the disk.
Each line says what was found and, where something is amiss, how to mend it. The exit code is 1 when
something that is needed is missing.

  --json  print the checks as JSON
`;

export const doctor: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, { json: { type: "boolean", default: false } });
    noPositionals(positionals);
    const checks = await checkAll();
    if (values.json) {
      process.stdout.write(`${JSON.stringify(checks, null, 2)}\n`);
    } else {
      const width = Math.max(...checks.map((check) => check.name.length));
      for (const { name, status, detail, mend } of checks) {
        process.stdout.write(`${status.padEnd(8)} ${name.padEnd(width)}  ${detail}\n`);
        if (mend !== undefined) process.stdout.write(`${" ".repeat(width + 11)}→ ${mend}\n`);
      }
    }
    return checks.some((check) => check.status === "missing") ? 1 : 0;
  },
};
