/** What `arl new-environment` writes, from a cell of a notebook. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { namesOf } from "./names.js";
import { environmentSource, testSource } from "./templates.js";

export interface Scaffold {
  /** Paths of the environment's file, which a cell can import, and of its test. */
  file: string;
  test: string;
  /** What stands in the environment's file. */
  source: string;
}

/**
 * Begins an environment of your own as `arl new-environment NAME --dir FOLDER` does, and keeps files that are there:
 * a cell can run again after you have changed them.
 *
 * ```ts
 * const { file } = scaffold("parking-lot", { folder: "environments" });
 * const { parkingLot } = await import(file);
 * registerEnvironment(parkingLot);
 * ```
 *
 * @param name its id, in kebab case; the definition in the file has the same name in camel case.
 * @throws Error for a name that is not in kebab case or means something else in TypeScript.
 */
export function scaffold(name: string, { folder }: { folder: string }): Scaffold {
  const names = namesOf(name);
  mkdirSync(folder, { recursive: true });
  const written = (file: string, text: string) => {
    const path = resolve(join(folder, file));
    if (!existsSync(path)) writeFileSync(path, text);
    return path;
  };
  const file = written(`${name}.ts`, environmentSource(names, "program"));
  const test = written(`${name}.test.ts`, testSource(names, "program"));
  return { file, test, source: readFileSync(file, "utf8") };
}
