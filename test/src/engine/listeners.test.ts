/** What the WASM backend leaves behind in the process that starts it. */
import { expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";

it("nobody listens for stray errors who did not before: it would end a notebook's kernel", async () => {
  const listeners = () =>
    ["uncaughtException", "unhandledRejection"].map((event) => process.listeners(event as "exit"));
  const before = listeners();
  await useEngine("wasm");
  expect(listeners()).toEqual(before);
});
