import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { packageRoot } from "../package-root.js";
import { CommandError, parse, UsageError, type Command } from "./command.js";
import { namesOf } from "./new-environment/names.js";
import { environmentSource, testSource } from "./new-environment/templates.js";

const help = `Usage: arl new-environment NAME [--dir DIR]

Begins an environment of your own: NAME.ts, a small task that works and can be trained, and NAME.test.ts,
which checks it. In a checkout of agentic-rl-lab they go to src/environments and test/src/environments, and
the lines that register it are printed; elsewhere to DIR. Nothing is written over.

  --dir DIR  where to write both files, as a program that uses agentic-rl-lab
             (default: the current folder, unless that is in a checkout)

NAME is its id, in kebab case: parking-lot. Prints the paths of the files it wrote.
`;

export const newEnvironment: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, { dir: { type: "string" } });
    const [name, more] = positionals;
    if (name === undefined) throw new UsageError("name the environment, such as parking-lot");
    if (more !== undefined)
      throw new UsageError(`unexpected argument ${more}: a name has hyphens, no spaces`);
    if (values.dir === "") throw new UsageError("--dir needs the name of a folder");
    const names = namesOf(name);
    const { environments } = await import("../../src/environments/registry.js");
    if (environments().some(({ id }) => id === name)) {
      throw new UsageError(`there is an environment ${name} already: choose another name`);
    }

    const checkout = values.dir === undefined ? checkoutAround(process.cwd()) : undefined;
    const [folder, testFolder] =
      checkout === undefined
        ? [values.dir ?? ".", values.dir ?? "."]
        : [join(checkout, "src", "environments"), join(checkout, "test", "src", "environments")];
    const where = checkout === undefined ? "program" : "checkout";
    const files = new Map([
      [join(folder, `${name}.ts`), environmentSource(names, where)],
      [join(testFolder, `${name}.test.ts`), testSource(names, where)],
    ]);
    const there = [...files.keys()].find((file) => existsSync(file));
    if (there !== undefined)
      throw new CommandError(`${there} is there already: choose another name or --dir`);
    for (const directory of new Set([folder, testFolder])) make(directory);
    for (const [file, text] of files) {
      write(file, text);
      process.stdout.write(`${checkout === undefined ? file : relative(process.cwd(), file)}\n`);
    }
    process.stderr.write(
      checkout === undefined
        ? `Try it: node --test ${join(testFolder, `${name}.test.ts`)} (Node.js 22.18 or newer)\n`
        : "Register it in src/environments/registry.ts:\n" +
            `  import { ${names.constant} } from "./${name}.js";\n` +
            `  ${names.constant},\n` +
            `Try it: npm run build && npx vitest run ${name}, then npx arl train ${name}\n`,
    );
    return 0;
  },
};

/** The package's own sources, when the folder lies in them and not only in an installed package. */
function checkoutAround(folder: string): string | undefined {
  const root = packageRoot();
  const inside = resolve(folder) === root || resolve(folder).startsWith(root + sep);
  return inside && existsSync(join(root, "src", "environments", "registry.ts")) ? root : undefined;
}

function make(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new CommandError(`--dir ${folder} cannot be made: ${(error as Error).message}`, { cause: error });
  }
}

function write(file: string, text: string): void {
  try {
    // Never over a file that came meanwhile.
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    throw new CommandError(`${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
