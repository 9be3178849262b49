import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isOurHost } from "../../../../../kernel-extensions/lab/server/security/host.js";
import { makeToken } from "../../../../../kernel-extensions/lab/server/security/secrets.js";
import { type Served, body, serve, statusOf, raw } from "../serving.js";

let served: Served;
let base: string;
/** As a browser that has opened the printed address: cookies, and what our pages then send. */
let cookies: string;
let xsrf: string;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  served = await serve((end) => ends.push(end));
  base = `http://127.0.0.1:${served.port}`;
  const jar = (await fetch(served.url, { redirect: "manual" })).headers.getSetCookie();
  cookies = jar.map((cookie) => cookie.split(";")[0]!).join("; ");
  xsrf = /_xsrf=([^;]+)/.exec(cookies)![1]!;
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
const withToken = () => ({ Authorization: `token ${served.token}` });

describe("without the token", () => {
  it.each([
    ["GET", "/api"],
    ["GET", "/api/contents/"],
    ["GET", "/api/kernels"],
    ["POST", "/api/kernels"],
    ["GET", "/api/sessions"],
    ["GET", "/files/x"],
    ["GET", "/static/lab/plain.js"],
    ["GET", "/lab/api/settings"],
    ["GET", "/lab/api/themes/@jupyterlab/theme-light-extension/index.css"],
    ["PUT", "/api/contents/x.txt"],
    ["DELETE", "/api/contents/x.txt"],
    ["GET", "/nothing"],
    ["OPTIONS", "/api/contents/"],
    ["HEAD", "/api/contents/"],
  ])("%s %s is refused", async (method, path) => {
    const wrong = [
      {},
      { Authorization: "token wrong" },
      { Authorization: `token ${makeToken()}` },
      { Authorization: `Basic ${served.token}` },
      { Cookie: `agentic-rl-lab-${served.port}=${served.token}` },
      { Cookie: cookies.replaceAll(/\d/g, "0"), "X-XSRFToken": xsrf },
    ];
    for (const headers of wrong) {
      expect((await fetch(base + path, { method, headers, redirect: "manual" })).status).toBe(403);
    }
    expect((await fetch(`${base}${path}?token=${makeToken()}`, { method })).status).toBe(403);
  });
});

describe("with the token", () => {
  it.each(["token", "Bearer", "bearer"])("%s in the header opens everything", async (scheme) => {
    const headers = { Authorization: `${scheme} ${served.token}` };
    expect((await fetch(`${base}/api/contents/`, { headers })).status).toBe(200);
  });

  it("also in the address, which is how programs open websockets", async () => {
    expect((await fetch(`${base}/api/contents/?token=${served.token}`)).status).toBe(200);
  });
});

describe("from our own page", () => {
  const page = (extra: Record<string, string>) => ({ Cookie: cookies, ...extra });

  it("reads with the cookie alone", async () => {
    expect((await fetch(`${base}/api/contents/`, { headers: page({}) })).status).toBe(200);
  });

  it.each(["PUT", "POST", "PATCH", "DELETE"])("%s needs the _xsrf value besides", async (method) => {
    served.write("guarded.txt", "as it was");
    const other = makeToken();
    const wrong: Record<string, string>[] = [
      {},
      { "X-XSRFToken": "" },
      { "X-XSRFToken": other },
      { Cookie: cookies.replace(/_xsrf=[^;]+/, "_xsrf="), "X-XSRFToken": "" },
      { Cookie: cookies.replace(/; _xsrf=[^;]+/, ""), "X-XSRFToken": xsrf },
    ];
    for (const headers of wrong) {
      const response = await fetch(`${base}/api/contents/guarded.txt`, {
        method,
        headers: page(headers),
        body: JSON.stringify({ type: "file", format: "text", content: "changed", path: "moved.txt" }),
      });
      expect([response.status, await response.json()]).toMatchObject([403, { reason: "xsrf" }]);
    }
    expect((await served.json<{ content: string }>("/api/contents/guarded.txt")).content).toBe("as it was");
  });

  it("changes things with both", async () => {
    const draft = body("PUT", { type: "file", format: "text", content: "new" });
    const response = await fetch(`${base}/api/contents/page.txt`, {
      ...draft,
      headers: page({ "X-XSRFToken": xsrf, Origin: base }),
    });
    expect(response.status).toBe(201);
  });
});

describe("from another site's page", () => {
  it.each(["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1", ""])(
    "a change with Origin %j is refused, whatever it knows",
    async (Origin) => {
      const headers = { ...withToken(), Cookie: cookies, "X-XSRFToken": xsrf, Origin };
      const { status } = await send("POST", "/api/contents/", headers, "{}");
      expect(status).toBe(403);
    },
  );

  it.each([
    { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script" },
    { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" },
    { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" },
    { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" },
  ])("reading as %j is refused", async (headers) => {
    served.write("read.txt", "x");
    for (const path of ["/files/read.txt", "/api/contents/", "/lab"]) {
      expect((await send("GET", path, { Cookie: cookies, ...headers })).status).toBe(403);
    }
  });

  it("following a link is not reading", async () => {
    const headers = { ...navigation, Cookie: cookies, "Sec-Fetch-Site": "cross-site" };
    expect((await send("GET", "/lab", headers)).status).toBe(200);
    // Without the cookie that the browser holds back, our page asks again, from then on as ourselves.
    const first = await send("GET", "/lab/tree/x.ipynb", { ...headers, Cookie: "" });
    expect(first.answer).toContain("url=/lab/tree/x.ipynb");
    const second = await send("GET", "/lab", { ...navigation, "Sec-Fetch-Site": "same-origin" });
    expect(second.status).toBe(302);
  });

  it("files are shown as of an origin of their own", async () => {
    served.write("page.html", "<script>fetch('/api/contents/')</script>");
    const response = await served.request("/files/page.html");
    expect(response.headers.get("content-security-policy")).toMatch(/sandbox allow-scripts$/);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    const download = await served.request("/files/page.html?download=1");
    expect(download.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''page.html");
  });
});

describe("the Host header", () => {
  it.each([
    "evil.example",
    "evil.example:8888",
    "127.0.0.1.evil.example",
    "localhost.",
    "",
    "127.0.0.1@evil.example",
  ])("%j is refused, token or not", async (Host) => {
    expect((await send("GET", "/api/contents/", { ...withToken(), Host })).status).toBeGreaterThanOrEqual(
      400,
    );
    expect((await send("GET", `/lab?token=${served.token}`, { Host })).status).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ["localhost", true],
    ["LOCALHOST:1234", true],
    ["127.0.0.1:8888", true],
    ["[::1]:8888", true],
    ["lab.example:8888", true],
    ["192.168.1.5", false],
    ["localhost:port", false],
    ["localhost:80:80", false],
    ["[::1", false],
    [undefined, false],
  ])("%j for a server on lab.example: %s", (header, expected) => {
    expect(isOurHost(header, "lab.example")).toBe(expected);
  });

  it("numeric ones pass where the server listens on all addresses", () => {
    expect(isOurHost("192.168.1.5:8888", "0.0.0.0")).toBe(true);
    expect(isOurHost("[fe80::1]:8888", "::")).toBe(true);
    expect(isOurHost("evil.example", "0.0.0.0")).toBe(false);
  });
});
