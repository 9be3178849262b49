// Compiles the fused kernels with the sanitizers of GCC or Clang and runs them: a program of their own (driver.c) under
// AddressSanitizer with LeakSanitizer and UndefinedBehaviorSanitizer, and under ThreadSanitizer; then the addon in Node,
// with the very tests that compare gradients and samples. Everything happens in a temporary copy of the sources.
//
//   npm run sanitize [-- NAME…]   the tests run in Node: gradients, differences, sampling and policies by default
//   npm run sanitize -- --driver  driver.c under AddressSanitizer only
//
// Exit code 2 when this machine lacks the sanitizers.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath, URL } from "node:url";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const here = "test/src/engine/native";
const native = "src/engine/native";
const compiler = process.env.CC ?? "gcc";
const driverOnly = process.argv.includes("--driver");
const chosen = process.argv.slice(2).filter((name) => name !== "--driver");
const tests = chosen.length > 0 ? chosen : ["gradients", "differences", "sampling", "policies"];

/** @param {string} name e.g. "libasan.so" */
function library(name) {
  const { stdout } = spawnSync(compiler, [`-print-file-name=${name}`], { encoding: "utf8" });
  const file = (stdout ?? "").trim();
  return isAbsolute(file) && existsSync(file) ? file : undefined;
}

const [asan, ubsan, tsan] = ["libasan.so", "libubsan.so", "libtsan.so"].map(library);
if (process.platform !== "linux" || [asan, ubsan, tsan].includes(undefined)) {
  console.error(
    `${compiler} has no sanitizers here (libasan, libubsan and libtsan); they come with GCC on Linux`,
  );
  process.exit(2);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
function run(program, args, env = {}) {
  const result = spawnSync(program, args, { cwd: copy, env: { ...process.env, ...env }, encoding: "utf8" });
  if (result.status === 0) return;
  console.error(`${program} ${args.join(" ")} (exit ${result.status ?? result.signal})`);
  console.error(result.stdout + result.stderr);
  rmSync(copy, { recursive: true, force: true });
  process.exit(1);
}

/** Node-gyp appends the flags to those of binding.gyp. @param {string[]} sanitizers */
function compile(...sanitizers) {
  const flags = sanitizers.join(" ");
  const env = { CC: compiler, CFLAGS: `${flags} -O1 -g1`, LDFLAGS: flags, JOBS: "2" };
  run(process.execPath, [join(native, "install.mjs"), "--force"], env);
}

/** @param {string[]} sanitizers */
function drive(...sanitizers) {
  const objects = join(copy, native, "build", "Release", "obj.target");
  const parts = readdirSync(objects, { recursive: true, encoding: "utf8" })
    .filter((name) => /(kernels|threads)\.o$/.test(name))
    .map((name) => join(objects, name));
  const source = [join(here, "driver.c"), `-I${native}`, "-std=gnu11", "-O1", "-g1"];
  run(compiler, [...sanitizers, ...source, ...parts, "-o", "driver", "-lm", "-lpthread"]);
  for (const threads of ["1", "3"]) run(join(copy, "driver"), [threads]);
  console.log(`driver.c, 1 and 3 threads, ${sanitizers[0]}: nothing found`);
}

const copy = mkdtempSync(join(tmpdir(), "arl-sanitize-"));
for (const name of ["src", "test/src/engine/native", "test/support", "package.json", "vitest.config.ts"]) {
  const built = join(root, native, "build");
  cpSync(join(root, name), join(copy, name), { recursive: true, filter: (file) => file !== built });
}
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

if (!driverOnly) {
  const thread = ["-fsanitize=thread"];
  compile(...thread);
  drive(...thread);
}

const memory = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
compile(...memory);
drive(...memory);

if (!driverOnly) {
  const files = tests.map((name) => join(here, `${name}.test.ts`));
  run(process.execPath, [join("node_modules", "vitest", "vitest.mjs"), "run", ...files], {
    LD_PRELOAD: `${asan} ${ubsan}`,
    // Node gives little back when it ends; the driver looks for leaks.
    ASAN_OPTIONS: "detect_leaks=0",
    ARL_THREADS: "3",
    // Without the addon there would be nothing to look at.
    CI: "true",
    ARL_TEST_RUNS: process.env.ARL_TEST_RUNS ?? "25",
  });
  console.log(`the addon in Node, ${tests.join(", ")}, ${memory[0]}: nothing found`);
}
rmSync(copy, { recursive: true, force: true });
