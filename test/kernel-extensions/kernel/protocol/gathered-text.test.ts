/** Text on its way to iopub is gathered for a moment, in order. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GatheredText } from "../../../../kernel-extensions/kernel/protocol/gathered-text.js";

interface Sent {
  parent: string;
  name: string;
  text: string;
}

function setUp() {
  const sent: Sent[] = [];
  const text = new GatheredText((parent, content) => {
    sent.push({ parent, ...(JSON.parse(content) as Omit<Sent, "parent">) });
  });
  const add = ({ parent, name, text: words }: Sent) => {
    text.add(parent, JSON.stringify({ name, text: words }));
  };
  return { sent, text, add };
}

describe("gathered text", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("is sent together after a moment, without waiting for more", () => {
    const { sent, add } = setUp();
    for (const words of ["a", "b"]) add({ parent: "p", name: "stdout", text: words });
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(sent).toEqual([{ parent: "p", name: "stdout", text: "ab" }]);
    vi.advanceTimersByTime(1000);
    expect(sent).toHaveLength(1);
  });

  it("is sent at 16 KB", () => {
    const { sent, add } = setUp();
    add({ parent: "p", name: "stdout", text: "x".repeat(16 * 1024) });
    expect(sent).toHaveLength(1);
  });

  it("keeps every character, its order, its stream and its cell", () => {
    const part = fc.record({
      parent: fc.constantFrom("p", "q"),
      name: fc.constantFrom("stdout", "stderr"),
      text: fc.string({ minLength: 1 }),
    });
    const characters = (parts: readonly Sent[]) =>
      parts.flatMap(({ parent, name, text }) => [...text].map((one) => `${parent} ${name} ${one}`));
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const { sent, text, add } = setUp();
        for (const one of parts) add(one);
        text.flush();
        expect(characters(sent)).toEqual(characters(parts));
        for (const [i, one] of sent.slice(1).entries())
          expect([one.parent, one.name]).not.toEqual([sent[i]!.parent, sent[i]!.name]);
      }),
    );
  });
});
