import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../../../dist/kernel-extensions/cli/main.js", import.meta.url));

/** Plays with these lines on stdin; resolves with what was printed. */
function play(args: string[], lines: string): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, "play", ...args]);
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.on("close", (code) => {
      resolve({ code, stdout });
    });
    child.stdin.end(lines);
  });
}

describe("arl play, a person at the keyboard", () => {
  it("asks again for what is no action, and plays to the end", async () => {
    const lines = [
      ...["hello", "<call> osla </call>", "", "oslo lima oslo lima oslo lima", "<call> lima </call> lima"],
      ...["<call> lima </call>", "<ans>50sunny <eos>"],
    ];
    const { code, stdout } = await play(["weather", "--seed", "3"], lines.join("\n"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^weather: Tell a city's weather/);
    expect(stdout).toMatch(/^ {2}weather lima \?$/m);
    expect(stdout).toMatch(/^"hello" is not in the vocabulary/m);
    expect(stdout).toMatch(/^"osla" is not in the vocabulary.*the nearest is "oslo"/m);
    expect(stdout).toMatch(/^a turn has at most 5 words, not 6/m);
    expect(stdout).toMatch(/^a turn ends with <\/call>: leave away what follows/m);
    expect(stdout).toMatch(/^ {2}<obs> . . \w+ <\/obs>$/m);
    expect(stdout).toMatch(/^reward [01]: (no )?success\n$/m);
  });

  it("copies the weather and wins", async () => {
    const first = await play(["weather", "--seed", "3"], "<call> lima </call>\n");
    const report = /<obs> (.*) <\/obs>\n/.exec(first.stdout.split("episode with seed")[1]!)![1]!;
    const { stdout } = await play(["weather", "--seed", "3"], `<call> lima </call>\n<ans> ${report}\n`);
    expect(stdout).toMatch(/^reward 1: success$/m);
  });

  it("explains itself, and lets go", async () => {
    const { code, stdout } = await play(["t-maze", "--set", "cues=2"], "?\nquit\n");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Options: .*cues=2/m);
    expect(stdout).toMatch(/^Reward: 1 for the door of the sign's colour\.$/m);
    expect(stdout).toMatch(/^red green cat dog/m);
    expect(stdout).not.toMatch(/Weak policy/);
    expect(stdout).toMatch(/left before the end\n$/);
  });

  it("plays both sides of a game, several times", async () => {
    const { code, stdout } = await play(
      ["kuhn-poker", "--seed", "1", "--episodes", "2"],
      "pass\nbet\npass\nbet\npass\n",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^agent 1: {2}/m);
    expect(stdout).toMatch(/^rewards -1 for agent 0, 1 for agent 1$/m);
    expect(stdout).toMatch(/^[012] of [12] solved, mean return /m);
  });
});
