import { afterEach, beforeEach, expect, it } from "vitest";
import { checkSetup, displaySymbol } from "../../../kernel-extensions/display/index.js";
import { enterKernel, leaveKernel } from "./harness.js";

beforeEach(() => void enterKernel());
afterEach(leaveKernel);

const text = async (options?: Parameters<typeof checkSetup>[0]) =>
  String((await checkSetup(options))[displaySymbol]()["text/plain"]);

it("finds everything here, with the engine and the checkpoints asked for", async () => {
  const shown = await text({ environments: ["nim"] });
  expect(shown).toContain("Everything is there");
  expect(shown).toContain(process.version);
  expect(shown).toMatch(/environment nim\s+✓\s+checkpoint of \d+ parameters/);
  expect(shown).not.toContain("✗");
});

it("tells what is missing and how to mend it, and goes on", async () => {
  leaveKernel();
  const shown = await text({ environments: ["nym"] });
  expect(shown).toContain("To mend before you go on: 2 of 5");
  expect(shown).toMatch(/✗\s+another kernel\s+menu Kernel/);
  expect(shown).toMatch(/environment nym\s+✗\s+Unknown environment "nym"/);
});
