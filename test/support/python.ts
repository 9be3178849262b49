/** Python's Jupyter packages, for tests in which a real client is the point. */
import { spawnSync } from "node:child_process";

export const python = process.env.ARL_TEST_PYTHON ?? "/usr/bin/python3";

/**
 * Whether tests that need these Python modules can run here. Where they are missing, a line says so and the
 * tests are to be skipped; under CI (`CI=true`) that is an error, so that nothing is skipped unseen.
 */
export function hasPython(...modules: string[]): boolean {
  const { status, error, stderr } = spawnSync(
    python,
    ["-c", modules.map((name) => `import ${name}`).join("\n")],
    {
      encoding: "utf8",
    },
  );
  if (status === 0) return true;
  const reason = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
  const message = `${python} lacks ${modules.join(", ")} (${reason})`;
  if (process.env.CI === "true") throw new Error(message);
  console.warn(
    `skipped: ${message}; on Debian: apt-get install python3-nbclient python3-jupyter-kernel-test`,
  );
  return false;
}
