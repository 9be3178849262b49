import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { namesOf } from "../../../kernel-extensions/cli/new-environment/names.js";
import { scaffold } from "../../../kernel-extensions/cli/new-environment/scaffold.js";
import { environmentSource, testSource } from "../../../kernel-extensions/cli/new-environment/templates.js";
import { packageRoot } from "../../../kernel-extensions/package-root.js";
import { checkEnvironment } from "../../../src/environments/check.js";
import type { EnvironmentDefinition } from "../../../src/environments/environment.js";
import { Random } from "../../../src/random.js";
import { warmStart } from "../../../src/training/warm-start.js";
import { train } from "../../../src/training/train.js";
import { arl, temporary } from "./support.js";

const root = packageRoot();

/** What the compiler finds wrong with files, with the options of this package. */
function problems(files: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) => readFileSync(path, "utf8")) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  delete options.rootDir;
  delete options.tsBuildInfoFile;
  const program = ts.createProgram(files, {
    ...options,
    ...{ noEmit: true, incremental: false, declaration: false, allowImportingTsExtensions: true },
    typeRoots: [join(root, "node_modules", "@types")],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName ?? ""}: ${JSON.stringify(messageText)}`);
}

describe("arl new-environment", () => {
  it("begins one elsewhere, which compiles against the built library, and writes over nothing", async () => {
    const folder = temporary();
    const { code, stdout } = await arl(["new-environment", "parking-lot"], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "parking-lot.ts\nparking-lot.test.ts\n" });
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules", "agentic-rl-lab"), "junction");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    expect(problems(["parking-lot.ts", "parking-lot.test.ts"].map((file) => join(folder, file)))).toEqual([]);

    const again = await arl(["new-environment", "parking-lot"], { cwd: folder });
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/parking-lot\.ts is there already/),
    });
  });

  it("writes into the folder it is told to", async () => {
    const folder = temporary();
    await arl(["new-environment", "lot", "--dir", "deep/down"], { cwd: folder });
    expect(readdirSync(join(folder, "deep", "down")).sort()).toEqual(["lot.test.ts", "lot.ts"]);
  });

  it("writes the same from a notebook, and keeps what was changed there", async () => {
    const [folder, own] = [temporary(), temporary()];
    await arl(["new-environment", "parking-lot"], { cwd: folder });
    const { file, test, source } = scaffold("parking-lot", { folder: join(own, "deep") });
    expect(source).toBe(readFileSync(join(folder, "parking-lot.ts"), "utf8"));
    expect(readFileSync(file, "utf8")).toBe(source);
    expect(readFileSync(test, "utf8")).toBe(readFileSync(join(folder, "parking-lot.test.ts"), "utf8"));
    writeFileSync(file, "// mine\n");
    expect(scaffold("parking-lot", { folder: join(own, "deep") }).source).toBe("// mine\n");
    expect(() => scaffold("Parking Lot", { folder: own })).toThrow("kebab case");
  });

  it("knows a checkout: its files go to the environments", async () => {
    // Of a name that is taken there, so that nothing is written.
    const { code, stderr } = await arl(["new-environment", "action"], { cwd: join(root, "src") });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(join("src", "environments", "action.ts is there")) as string,
    });
  });

  it("begins an environment that keeps the contract and can be trained", async () => {
    const names = namesOf("parking-lot");
    const folder = temporary();
    // As in a checkout, with the imports that lead there.
    const library = fileURLToPath(new URL("../../../src", import.meta.url));
    const source = environmentSource(names, "checkout")
      .replace('"../random.js"', JSON.stringify(join(library, "random.js")))
      .replaceAll(/"\.\/(action|environment)\.js"/g, (_, name: string) =>
        JSON.stringify(join(library, "environments", `${name}.js`)),
      );
    const file = join(folder, "parking-lot.ts");
    writeFileSync(file, source);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    expect(problems([file])).toEqual([]);
    const { parkingLot } = (await import(file)) as { parkingLot: EnvironmentDefinition<{ digits: number }> };
    const environment = () => parkingLot.create(parkingLot.defaults);

    const { spec } = environment();
    const report = await checkEnvironment(environment, { episodes: 40 });
    expect(report.longestContext).toBe(spec.contextLength);
    expect(spec.chance).toBeCloseTo(0.19, 10);
    // The weak policy's success, as its docstring says it.
    let solved = 0;
    const random = new Random(1);
    const one = environment();
    for (let seed = 0; seed < 4000; seed++) {
      await one.reset({ seed });
      solved += (await one.step(one.demonstrate(random))).reward;
    }
    expect(solved / 4000).toBeGreaterThan(0.53);
    expect(solved / 4000).toBeLessThan(0.57);

    const recipe = { warmStart: { demonstrations: 100, steps: 2, learningRate: 1e-3 } };
    const policy = await warmStart({ environment, recipe });
    const steps = await train({ environment, policy, updates: 2, prompts: 2, groupSize: 2 }).run();
    expect(steps.map(({ update }) => update)).toEqual([1, 2]);
    policy.dispose();
  });

  it("writes tests in the manner of their place", () => {
    const names = namesOf("parking-lot");
    expect(testSource(names, "checkout")).toContain('from "../../../src/environments/parking-lot.js"');
    expect(testSource(names, "program")).toContain('from "./parking-lot.ts"');
  });
});
