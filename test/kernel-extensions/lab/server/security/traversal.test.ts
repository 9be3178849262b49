import { existsSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Served, raw, serve, statusOf } from "../serving.js";

let served: Served;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  served = await serve((end) => ends.push(end));
  served.write("sub/inside.txt", "inside");
  symlinkSync(served.outside, join(served.root, "way out"));
  symlinkSync(join(served.outside, "secret.txt"), join(served.root, "sub/secret.txt"));
  symlinkSync(join(served.outside, "made.txt"), join(served.root, "dangling"));
  symlinkSync(served.outside, join(served.root, "sub/.ipynb_checkpoints"));
});
afterAll(() => Promise.all(ends.map((end) => end())));

/** Spellings of the way out, as they stand in the request. */
const spellings = [
  "../outside/secret.txt",
  "..%2foutside%2fsecret.txt",
  "%2e%2e/outside/secret.txt",
  "%2E%2E%2Foutside/secret.txt",
  ".%2e/outside/secret.txt",
  "..%5coutside%5csecret.txt",
  "..\\outside\\secret.txt",
  "%252e%252e%252foutside%252fsecret.txt",
  "..%c0%afoutside/secret.txt",
  "%c0%ae%c0%ae/outside/secret.txt",
  "..%ef%bc%8foutside/secret.txt",
  "....//outside/secret.txt",
  "..;/outside/secret.txt",
  "sub/../../outside/secret.txt",
  "sub/..%2f../outside/secret.txt",
  "/../outside/secret.txt",
  "//etc/passwd",
  "%2fetc%2fpasswd",
  "..%00/outside/secret.txt",
  "sub/inside.txt%00.png",
  "C:%5cWindows%5cwin.ini",
  "c:/Windows/win.ini",
  "file:///etc/passwd",
  "way%20out/secret.txt",
  "way%20out",
  "sub/secret.txt",
  "dangling",
  "~/secret.txt",
  ".ipynb_checkpoints/x",
  "sub/.ipynb_checkpoints/secret.txt",
];

const folders = ["/api/contents/", "/files/", "/static/lab/", "/lab/api/themes/", "/lab/api/settings/"];
const write = JSON.stringify({
  type: "file",
  format: "text",
  content: "overwritten",
  raw: "{}",
  path: "stolen.txt",
});

/** By hand, because every client tidies up the path first. */
async function ask(method: string, path: string, text = ""): Promise<string> {
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: token ${served.token}\r\n`;
  return raw(served.port, `${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`, 20_000);
}

function expectUntouched(): void {
  expect(readdirSync(served.outside)).toEqual(["secret.txt"]);
  expect(readFileSync(join(served.outside, "secret.txt"), "utf8")).toBe("secret");
  // A spelling that is a plain name inside the folder may have been written and moved there.
  const moved = join(served.root, "stolen.txt");
  if (!existsSync(moved)) return;
  expect(readFileSync(moved, "utf8")).not.toContain("secret");
  rmSync(moved);
}

it.each(spellings)("nothing outside is read by %s", async (spelling) => {
  for (const folder of folders) {
    for (const query of ["", "?content=1&type=file&format=text", "?type=directory"]) {
      const answer = await ask("GET", folder + spelling + query);
      expect(statusOf(answer), folder).toBeGreaterThanOrEqual(400);
      expect(statusOf(answer), folder).toBeLessThan(500);
      const text = answer.slice(answer.indexOf("\r\n\r\n"));
      expect(text).not.toMatch(/"secret"|^secret|root:|"content":/);
      // Nor is it said where on disk anything lies.
      expect(text).not.toContain(served.root);
    }
  }
});

it.each(spellings)("nothing outside is written, moved, copied or deleted by %s", async (spelling) => {
  for (const method of ["PUT", "PATCH", "DELETE", "POST"]) {
    for (const suffix of ["", "/checkpoints", "/checkpoints/checkpoint", "/trust"]) {
      const answer = await ask(method, `/api/contents/${spelling}${suffix}`, write);
      expect(statusOf(answer), `${method} ${suffix}`).not.toBe(500);
    }
  }
  await ask("PUT", `/lab/api/settings/${spelling}`, write);
  await ask("PUT", `/lab/api/workspaces/${spelling}`, write);
  expectUntouched();
});

it.each(spellings)("no copy comes from and no rename goes to %s", async (spelling) => {
  for (const path of [spelling, decode(spelling)]) {
    const copied = await ask("POST", "/api/contents/sub", JSON.stringify({ copy_from: path }));
    expect(statusOf(copied)).toBeGreaterThanOrEqual(400);
    served.write("sub/mine.txt", "mine");
    await ask("PATCH", "/api/contents/sub/mine.txt", JSON.stringify({ path }));
    expectUntouched();
  }
});

it("a checkpoint does not follow a link out of the folder", async () => {
  const answer = await ask("POST", "/api/contents/sub/inside.txt/checkpoints");
  expect(statusOf(answer)).toBe(403);
  expectUntouched();
});

function decode(spelling: string): string {
  try {
    return decodeURIComponent(spelling);
  } catch {
    return spelling;
  }
}
