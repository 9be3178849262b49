import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { MarkedStream, markBytes } from "../../../../kernel-extensions/kernel/protocol/child-reader.js";

/** Pushes `bytes` in pieces of the given sizes. */
function read(bytes: Buffer, sizes: number[]): (string | { mark: string })[] {
  const seen: (string | { mark: string })[] = [];
  const stream = new MarkedStream(
    (text) => {
      if (typeof seen.at(-1) === "string") seen.push(`${seen.pop() as string}${text}`);
      else seen.push(text);
    },
    (mark) => seen.push({ mark }),
  );
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    stream.push(bytes.subarray(at, at + size));
    at += size;
  }
  return seen;
}

it("finds marks between text, however the bytes are cut", () => {
  const mark = randomUUID();
  const part = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\0", "\0arl-mark", "\n"), minLength: 1 });
  fc.assert(
    fc.property(part, part, fc.array(fc.integer({ min: 1, max: 30 })), (before, after, sizes) => {
      // A NUL right before a mark or at the very end is only told apart by what follows.
      const bytes = Buffer.concat([Buffer.from(`${before}.`), markBytes(mark), Buffer.from(`${after}.`)]);
      expect(read(bytes, sizes)).toEqual([`${before}.`, { mark }, `${after}.`]);
    }),
  );
});
