import { expect, it, vi } from "vitest";

it("importing the library, and reading records with it, loads no danfo", async () => {
  const loaded = vi.fn(() => ({}));
  vi.doMock("danfojs-node", loaded);
  const { survey } = await import("../../src/index.js");
  await survey.rows("papers");
  await survey.figures.labelsByMonth({ by: "task" });
  await survey.figure(4);
  expect(loaded).not.toHaveBeenCalled();
  await survey.papers().catch(() => undefined);
  expect(loaded).toHaveBeenCalled();
  vi.doUnmock("danfojs-node");
});
