import { connect } from "node:net";
import { WebSocket } from "ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, serve } from "../serving.js";

let served: Served;
let cookies: string;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  served = await serve((end) => ends.push(end));
  const jar = (await fetch(served.url, { redirect: "manual" })).headers.getSetCookie();
  cookies = jar.map((cookie) => cookie.split(";")[0]!).join("; ");
});
afterAll(() => Promise.all(ends.map((end) => end())));

/** The status of the refusal, or 101. */
function open(path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}${path}`, { headers });
    socket.on("open", () => {
      socket.terminate();
      resolve(101);
    });
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on("error", reject);
  });
}

const events = "/api/events/subscribe";
const paths = [events, "/api/kernels/0b51b6d1/channels?session_id=1", "/lab", "/api/contents/"];
const own = () => `http://127.0.0.1:${served.port}`;

describe("websockets", () => {
  it("open with the token or from our own page", async () => {
    expect(await open(`${events}?token=${served.token}`)).toBe(101);
    expect(await open(events, { Authorization: `token ${served.token}` })).toBe(101);
    expect(await open(events, { Cookie: cookies, Origin: own() })).toBe(101);
  });

  it.each(paths)("%s needs the token", async (path) => {
    expect(await open(path)).toBe(403);
    expect(await open(path, { Authorization: "token wrong" })).toBe(403);
    expect(await open(path, { Cookie: `agentic-rl-lab-${served.port}=wrong`, Origin: own() })).toBe(403);
  });

  it.each(["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1"])(
    "from %s are refused, cookie, token and all",
    async (Origin) => {
      for (const path of paths) {
        const headers = { Cookie: cookies, Authorization: `token ${served.token}`, Origin };
        expect(await open(path, headers)).toBe(403);
      }
    },
  );

  it("from another port of this machine are refused", async () => {
    expect(await open(events, { Cookie: cookies, "Sec-Fetch-Site": "same-site" })).toBe(403);
  });

  it("by another name are refused", async () => {
    expect(await open(events, { Cookie: cookies, Host: "evil.example", Origin: "http://evil.example" })).toBe(
      403,
    );
  });

  it("go nowhere but where they belong", async () => {
    for (const path of ["/lab", "/api/contents/", "/nothing", "/api/kernels/no-such-kernel/channels"]) {
      expect(await open(path, { Authorization: `token ${served.token}` })).toBe(404);
    }
  });

  it("that break off at once leave the server running", async () => {
    for (let n = 0; n < 20; n++) {
      const socket = connect(served.port, "127.0.0.1", () => {
        const head = `GET ${events} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
        socket.write(head);
        socket.resetAndDestroy();
      });
      socket.on("error", () => undefined);
    }
    expect((await served.request("/api")).status).toBe(200);
  });
});
