/** Exercises as cells call them, under the kernel's compiler. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TestNotebook } from "../kernel/notebook.js";

let notebook: TestNotebook;
beforeAll(async () => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  notebook = new TestNotebook();
  await notebook.value('import { blank, exercise, notYet, points } from "agentic-rl-lab/notebook";');
});
afterAll(() => {
  notebook.remove();
  vi.restoreAllMocks();
});

const answer = (body: string) =>
  `function blindGuess(temperatures: readonly number[], skies: readonly number[]): number { ${body} }`;
const test = 'await exercise("1.1", { blindGuess });';

describe("an exercise", () => {
  it("untouched type-checks, does not stop the notebook, and gives nothing", async () => {
    await notebook.value(answer("return notYet();"));
    expect(await notebook.value(test)).toBe("1e-9");
    await notebook.value("const ceiling = blank<number>();");
    expect(await notebook.value("ceiling")).toBe("not yet");
  });

  it("gives the points of the checks that pass", async () => {
    await notebook.value(answer("return Math.max(...temperatures) * Math.max(...skies);"));
    const full = Number(await notebook.value(test));
    await notebook.value(answer("return 0.04;"));
    const part = Number(await notebook.value(test));
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(full);
    expect(await notebook.value("await points()")).toContain(`${part} of 100 points so far`);
  });

  it("has no stack trace in what it prints of an answer that throws", async () => {
    const written: string[] = [];
    vi.mocked(process.stdout.write).mockImplementation((text) => Boolean(written.push(String(text))));
    await notebook.value(answer('\n throw new TypeError("oh"); '));
    expect(await notebook.value(test)).toBe("1e-9");
    const text = written.join("");
    expect(text).toMatch(/It stopped with TypeError: oh \(line 2 of cell \[\d+\]\)/);
    expect(text).not.toMatch(/^\s*at /m);
  });

  it("is typed by its id", async () => {
    expect((await notebook.error('await exercise("99.1", {});')).evalue).toContain('"99.1"');
    expect((await notebook.error('await exercise("1.1", { guess: 1 });')).evalue).toContain("guess");
    const wrong = 'await exercise("1.1", { blindGuess: (temperatures: string) => 1 });';
    expect((await notebook.error(wrong)).evalue).toMatch(/string/);
    expect(notebook.language.complete('exercise("', 10).matches.map(({ text }) => text)).toContainEqual(
      expect.stringContaining("1.1"),
    );
  });

  it("that is not there is refused by name", async () => {
    const { evalue } = await notebook.error(
      'const id: string = "1.99"; await exercise(id as "1.1", { blindGuess });',
    );
    expect(evalue).toContain("there is no exercise 1.99");
  });
});
