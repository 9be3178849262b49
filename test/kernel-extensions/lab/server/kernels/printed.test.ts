import { describe, expect, it, vi } from "vitest";
import { printedLines } from "../../../../../kernel-extensions/lab/server/kernels/printed.js";

describe("what a process prints", () => {
  it("becomes lines, whatever pieces it comes in", () => {
    const log = vi.fn();
    const print = printedLines(log);
    for (const piece of ["on", "e\r\ntw", "o\n\n  \nthr", "ee", "\n"]) print(piece);
    expect(log.mock.calls.flat()).toEqual(["one", "two", "three"]);
  });

  it("is bounded in length and in number", () => {
    vi.useFakeTimers();
    const log = vi.fn();
    const print = printedLines(log);
    print("x".repeat(5000));
    expect(log.mock.calls.flat()).toEqual(["x".repeat(1000)]);
    print("y\n".repeat(200));
    expect(log).toHaveBeenCalledTimes(51);
    expect(log).toHaveBeenLastCalledWith(expect.stringContaining("left out"));
    vi.advanceTimersByTime(1000);
    print("z\n");
    expect(log).toHaveBeenLastCalledWith("z");
    vi.useRealTimers();
  });
});
