import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, serve, statusOf, raw } from "../serving.js";

let served: Served;
let base: string;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  served = await serve((end) => ends.push(end));
  base = `http://127.0.0.1:${served.port}`;
});
afterAll(() => Promise.all(ends.map((end) => end())));

const navigation = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
/** `fetch` sets Host and the Sec-Fetch headers itself, so requests with others are written by hand. */
const send = async (method: string, path: string, headers: Record<string, string>, text = "") => {
  const all = { Host: `127.0.0.1:${served.port}`, Connection: "close", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = method === "GET" ? "" : `Content-Length: ${Buffer.byteLength(text)}\r\n`;
  const answer = await raw(
    served.port,
    `${method} ${path} HTTP/1.1\r\n${lines.join("")}${length}\r\n${text}`,
  );
  return { status: statusOf(answer), answer };
};

describe("the printed address", () => {
  it("becomes a cookie that scripts cannot read, and an address without the token", async () => {
    const response = await fetch(served.url, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/lab");
    const [session, ours] = response.headers.getSetCookie();
    expect(session).toMatch(
      new RegExp(`^agentic-rl-lab-${served.port}=[\\da-f]{64}; Path=/; HttpOnly; SameSite=Strict$`),
    );
    expect(session).not.toContain(served.token);
    expect(ours).toMatch(/^_xsrf=[\da-f]{48}; Path=\/; SameSite=Strict$/);
  });

  it("can have a ticket in the token's place, which lets in once", async () => {
    expect((await fetch(`${base}/login/ticket`, { method: "POST" })).status).toBe(403);
    const { ticket } = await served.json<{ ticket: string }>("/login/ticket", { method: "POST" });
    const enter = () => fetch(`${base}/lab/tree/a.ipynb?ticket=${ticket}`, { redirect: "manual" });
    const first = await enter();
    expect(first.headers.get("location")).toBe("/lab/tree/a.ipynb");
    expect(first.headers.getSetCookie()).toHaveLength(2);
    const second = await enter();
    expect(second.headers.get("location")).toBe("/login?next=%2Flab%2Ftree%2Fa.ipynb");
    expect(second.headers.getSetCookie()).toEqual([]);
    // It is no token.
    expect((await fetch(`${base}/api?ticket=${ticket}`)).status).toBe(403);
  });

  it("keeps the rest of the address and drops only the token", async () => {
    const path = `/lab/tree/a%20b.ipynb?reset=1&token=${served.token}`;
    const response = await fetch(base + path, { redirect: "manual" });
    expect(response.headers.get("location")).toBe("/lab/tree/a%20b.ipynb?reset=1");
  });

  it("works when another site links to it: our own page then goes on", async () => {
    const { status, answer } = await send("GET", `/lab?token=${served.token}`, {
      ...navigation,
      "Sec-Fetch-Site": "cross-site",
    });
    expect(status).toBe(200);
    expect(answer).toContain(`http-equiv="refresh" content="0; url=/lab"`);
    expect(answer).toContain("HttpOnly");
    expect(answer.slice(answer.indexOf("\r\n\r\n"))).not.toContain(served.token);
  });

  it("leaves an _xsrf cookie that another Jupyter has set", async () => {
    const theirs = "2|a1b2c3d4|0123456789abcdef0123456789abcdef|1795402551";
    const headers = { Cookie: `_xsrf=${theirs}` };
    const response = await fetch(served.url, { redirect: "manual", headers });
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });
});

describe("the login page", () => {
  it.each(["/lab", "/lab/tree/x.ipynb", "/doc", "/"])("%s leads to the login page", async (path) => {
    const response = await fetch(`${base}${path}?token=wrong`, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(`/login?next=${encodeURIComponent(path)}`);
  });

  it("the login page takes the token, without a script", async () => {
    const page = await (await fetch(`${base}/login`)).text();
    expect(page).toContain("<form");
    expect(page).not.toContain("<script");
    const post = (token: string, next: string) =>
      fetch(`${base}/login?next=${encodeURIComponent(next)}`, {
        method: "POST",
        body: new URLSearchParams({ token }),
        redirect: "manual",
      });
    const good = await post(` ${served.token}\n`, "/lab/tree/x.ipynb");
    expect([good.status, good.headers.get("location")]).toEqual([303, "/lab/tree/x.ipynb"]);
    expect(good.headers.getSetCookie()).toHaveLength(2);
    const bad = await post("wrong", "/lab");
    expect(bad.status).toBe(403);
    expect(bad.headers.getSetCookie()).toEqual([]);
    for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", "/login", "", "/a\tb"]) {
      expect((await post(served.token, next)).headers.get("location")).toBe("/lab");
    }
  });
});
