import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readCheckpoint } from "../../../src/policy/transformer-policy.js";
import { readTrajectories } from "../../../src/rollout/trajectory-file.js";
import { arl, temporary, type Finished } from "./support.js";

// Two updates are enough to see all that is written.
const env = { ARL_ENGINE: "wasm" };
const tiny = ["--prompts", "2", "--group-size", "4", "--episodes", "16"];

describe("arl train", () => {
  const folder = temporary();
  const path = (name: string) => join(folder, name);
  let first: Finished;

  beforeAll(async () => {
    first = await arl(
      [
        ...["train", "weather", "--algorithm", "grpo", "--seed", "7", "--updates", "2", ...tiny, "--json"],
        ...["--set", "clipHigh=0.28", "--out", "deep/policy.safetensors", "--state", "state.safetensors"],
        ...["--metrics", "metrics.jsonl", "--figure", "page.html", "--trajectories", "episodes.jsonl"],
      ],
      { cwd: folder, env },
    );
  });

  it("ends with one line of JSON, and tells its progress on stderr", () => {
    expect(first.code).toBe(0);
    expect(first.stdout.trim().split("\n")).toHaveLength(1);
    const result = JSON.parse(first.stdout) as Record<string, unknown>;
    expect(result).toMatchObject({
      ...{ environment: "weather", environment_options: {}, algorithm: "grpo" },
      ...{ algorithm_options: { clipHigh: 0.28 }, seed: 7, updates: 2, trajectories: 16, engine: "wasm" },
      ...{ episodes_before: 16, episodes_after: 16, interrupted: false },
    });
    for (const name of ["success_before", "success_after", "greedy_after"]) {
      const share = result[name] as number;
      const [low, high] = result[`${name}_interval`] as [number, number];
      expect(share * 16).toBe(Math.round(share * 16));
      expect(low).toBeLessThanOrEqual(share);
      expect(high).toBeGreaterThanOrEqual(share);
    }
    expect(result["seconds"]).toBeGreaterThan(0);
    expect(first.stderr).toMatch(
      /^weather, grpo {2}update 1\/2 {2}success (0|1)?\.\d\d {2}.* s {2}about .* left$/m,
    );
    expect(first.stderr).toMatch(/^weather, grpo {2}update 2\/2 /m);
  });

  it("writes what it was asked for", async () => {
    expect(readCheckpoint(path("deep/policy.safetensors")).notes).toMatchObject({
      ...{ environment: "weather", algorithm: "grpo", seed: "7", updates: "2" },
    });
    const metrics = readFileSync(path("metrics.jsonl"), "utf8").trim().split("\n");
    expect(metrics.map((line) => (JSON.parse(line) as { update: number }).update)).toEqual([1, 2]);
    expect(JSON.parse(metrics[1]!)).toMatchObject({
      "rollout/success": expect.any(Number) as number,
      "policy/entropy": expect.any(Number) as number,
      "time/sample_ms": expect.any(Number) as number,
    });
    const episodes = await readTrajectories(path("episodes.jsonl"));
    expect(episodes).toHaveLength(16);
    const solved = episodes.filter(({ success }) => success).length / 16;
    expect((JSON.parse(first.stdout) as { success_after: number }).success_after).toBe(solved);
    const page = readFileSync(path("page.html"), "utf8");
    expect(page.match(/<div class="plot"/g)).toHaveLength(2);
    expect(page).toContain("weather by grpo, seed 7: 2 updates");
    expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)="https?:/);
  });

  it("goes on where it was, with the metrics of both", async () => {
    const { code, stdout, stderr } = await arl(
      [
        ...["train", "weather", "--resume", "state.safetensors", "--updates", "3", ...tiny],
        ...["--metrics", "metrics.jsonl", "--figure", "curve.json"],
      ],
      { cwd: folder, env },
    );
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("update 3/3") as string,
    });
    expect(stdout).toMatch(/^weather by grpo, seed 7: 3 updates \(2 of them before\), 8 trajectories/);
    expect(stdout).toMatch(/^after \(greedy\) +\S+ +\S+ to \S+ +16$/m);
    const updates = readFileSync(path("metrics.jsonl"), "utf8").trim().split("\n");
    expect(updates.map((line) => (JSON.parse(line) as { update: number }).update)).toEqual([1, 2, 3]);
    const figure = JSON.parse(readFileSync(path("curve.json"), "utf8")) as Record<string, unknown>;
    expect(Object.keys(figure)).toEqual(["data", "layout"]);
  });

  it("keeps what was learned when it is interrupted", async () => {
    const { code, stdout, stderr } = await arl(
      ["train", "weather", "--updates", "1000", ...tiny, "--out", "stopped.safetensors", "--json"],
      { cwd: folder, env, signalAfter: { text: "update 100/1000", signal: "SIGINT" } },
    );
    expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.stringContaining("wrote") as string });
    const { interrupted, updates } = JSON.parse(stdout) as { interrupted: boolean; updates: number };
    expect(interrupted).toBe(true);
    expect(updates).toBeGreaterThanOrEqual(100);
    expect(updates).toBeLessThan(1000);
    expect(readCheckpoint(path("stopped.safetensors")).notes["updates"]).toBe(String(updates));
  });

  it("keeps the last whole update when the numbers overflow", async () => {
    const { code, stdout, stderr } = await arl(
      [
        ...["train", "weather", "--updates", "20", ...tiny, "--learning-rate", "1e30"],
        ...["--out", "overflown.safetensors"],
      ],
      { cwd: folder, env },
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^arl train: .* \(after update \d+; .* is in overflown\.safetensors\)$/m);
    expect(existsSync(path("overflown.safetensors"))).toBe(true);
  });

  it("refuses to go on from what does not fit", async () => {
    const from = (...args: string[]) =>
      arl(["train", "weather", "--resume", "state.safetensors", ...args], { cwd: folder, env });
    expect((await from("--seed", "8")).stderr).toMatch(/--seed 8: state.safetensors was trained with 7/);
    expect((await from("--algorithm", "rloo")).stderr).toMatch(/--algorithm rloo: .* trained with grpo/);
    expect((await from("--updates", "2")).stderr).toMatch(/--resume .* 2 updates are done; .* --updates/);
    const other = await arl(["train", "weather", "--resume", "deep/policy.safetensors"], {
      cwd: folder,
      env,
    });
    expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/it is not a training state/) });
  });

  it("shows how a policy plays", async () => {
    const args = ["play", "weather", "--policy", "deep/policy.safetensors", "--seed", "3", "--episodes", "2"];
    const { code, stdout } = await arl(args, { cwd: folder, env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^weather, episode with seed 3$/m);
    expect(stdout).toMatch(/^ {2}saw {4}weather lima \?$/m);
    expect(stdout).toMatch(/^ {2}wrote {2}<\S+ (1\.00|\.\d\d)( {2}\S+ (1\.00|\.\d\d))+$/m);
    expect(stdout).toMatch(/^[012] of 2 solved, mean return /m);
    const misfit = await arl(["play", "t-maze", "--policy", "deep/policy.safetensors"], { cwd: folder, env });
    expect(misfit).toMatchObject({ code: 1, stderr: expect.stringMatching(/^arl play: .*vocabulary.*\n$/) });
  });
});

describe("before anything slow starts, arl train refuses", () => {
  it.each([
    [["train"], /name an environment/],
    [["train", "weather", "t-maze"], /unexpected argument t-maze/],
    [["train", "wether"], /Unknown environment "wether"; did you mean "weather"\?/],
    [["train", "weather", "--algorithm", "gspoo"], /--algorithm: .*"gspoo"; did you mean gspo\?/],
    [["train", "weather", "--algorithm", "step-grpo"], /step-grpo is not possible here: /],
    [["train", "weather", "--updates=-3"], /--updates is a whole number of at least 1, not -3/],
    [["train", "weather", "--steps", "2.5"], /--steps is a whole number of at least 1, not 2\.5/],
    [["train", "weather", "--steps", "2", "--updates", "2"], /--updates and --steps are the same/],
    [["train", "weather", "--prompts", "0"], /--prompts is a whole number of at least 1, not 0/],
    [["train", "weather", "--group-size", ""], /--group-size is a whole number .*, not empty/],
    [["train", "weather", "--learning-rate", "0"], /--learning-rate is a number above 0, not 0/],
    [["train", "weather", "--seed", "2147483648"], /--seed is a whole number from 0 to 2147483647/],
    [["train", "weather", "--episodes", "many"], /--episodes is a whole number/],
    [["train", "weather", "--set", "tool"], /--set is written key=value, not tool/],
    [["train", "weather", "--set", "tool=no"], /--set tool is true or false, not no/],
    [["train", "weather", "--set", "callCost=x"], /--set callCost is a number, not x/],
    [["train", "weather", "--set", "callCost=7"], /--set: Option callCost must be a number from 0 to 1/],
    [["train", "weather", "--set", "tol=true"], /--set tol: .* did you mean tool \(weather\)\?/],
    [["train", "weather", "--set", "clipHih=1"], /--set clipHih: .* did you mean clipHigh \(grpo\)\?/],
    [["train", "weather", "--set", "tool=true", "--set", "tool=true"], /--set tool is given twice/],
    [["train", "weather", "--set", "clipHigh=-1"], /clipHigh must be a number of at least 0/],
    [["train", "weather", "--figure", "x.png"], /--figure is a file that ends in \.html or \.json/],
    [["train", "weather", "--out", "."], /--out \. cannot be written: that is a folder/],
    [["train", "weather", "--out", "/dev/null/x"], /--out \/dev\/null\/x cannot be written/],
    [["train", "weather", "--out", "a", "--state", "./a"], /--out and --state both name \.\/a/],
    [["train", "weather", "--resume", "nowhere"], /--resume: Training cannot go on from nowhere/],
    [["warm-start"], /name an environment, or say --all/],
    [["warm-start", "weather", "--all"], /leave weather away, or --all/],
    [["warm-start", "waether"], /did you mean "weather"\?/],
    [["warm-start", "weather", "--out", "/dev/null"], /cannot be written/],
    [["play", "weather", "--greedy"], /--greedy needs --policy/],
    [["play", "weather", "--set", "clipHigh=1"], /--set clipHigh: there is no such option/],
    [["environments", "wether"], /did you mean "weather"\?/],
    [["algorithms", "drgrpo"], /did you mean dr-grpo\?/],
    [["new-environment"], /name the environment/],
    [["new-environment", "Parking"], /kebab case/],
    [["new-environment", "class"], /means something else/],
    [["new-environment", "weather"], /there is an environment weather already/],
  ])("%j", async (args, expected) => {
    const { code, stdout, stderr } = await arl(args);
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/^arl.*\n$/); // One line.
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("a checkpoint that is damaged", async () => {
    const folder = temporary();
    writeFileSync(join(folder, "bad.safetensors"), "not tensors at all");
    const { code, stderr } = await arl(["play", "weather", "--policy", "bad.safetensors"], { cwd: folder });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^arl play: The checkpoint bad.safetensors is damaged: .*\n$/) as string,
    });
  });
});
