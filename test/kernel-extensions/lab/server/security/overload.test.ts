import { connect } from "node:net";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type Served, body, raw, serve, statusOf } from "../serving.js";

const mebibyte = 2 ** 20;
const quick = { headersTime: 400, requestTime: 800, checkInterval: 100, keepAliveTime: 300 };
const start = (limits: Parameters<typeof serve>[1] = {}) => serve(onTestFinished, limits);
const head = (served: Served, method: string, path: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token ${served.token}\r\n`;

/** Sends one byte after the other; resolves with the time it took until the server hung up. */
function drip(port: number, start: string, rest: string): Promise<number> {
  return new Promise((resolve) => {
    const began = Date.now();
    let next = 0;
    const socket = connect(port, "127.0.0.1", () => socket.write(start));
    const timer = setInterval(() => socket.write(rest[next++ % rest.length]!), 50);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(timer);
      resolve(Date.now() - began);
    });
    socket.resume();
  });
}

it("refuses bodies that are too large, before they have come", async () => {
  const served = await start({ limits: { body: mebibyte } });
  const declared = await raw(
    served.port,
    `${head(served, "PUT", "/api/contents/large.txt")}Content-Length: ${2 ** 40}\r\n\r\n{`,
  );
  expect(statusOf(declared)).toBe(413);
  const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
  const undeclared = await raw(
    served.port,
    `${head(served, "PUT", "/api/contents/large.txt")}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(40)}`,
  );
  expect(statusOf(undeclared)).toBe(413);
  expect(existsSync(join(served.root, "large.txt"))).toBe(false);
  expect((await served.request("/api")).status).toBe(200);
});

it("does not read a stranger's body at all", async () => {
  const served = await start();
  const answer = await raw(
    served.port,
    `PUT /api/contents/x.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${2 ** 30}\r\n\r\n${"x".repeat(1000)}`,
  );
  expect(statusOf(answer)).toBe(403);
});

it("holds only so much of all bodies at a time", async () => {
  const served = await start({ limits: { body: 2 * mebibyte, bodiesAtOnce: 3 * mebibyte } });
  const open = Array.from({ length: 4 }, () => {
    const socket = connect(served.port, "127.0.0.1", () =>
      socket.write(
        `${head(served, "PUT", "/api/contents/x.txt")}Content-Length: ${mebibyte}\r\nConnection: close\r\n\r\n{`,
      ),
    );
    onTestFinished(() => void socket.destroy());
    return new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
  });
  expect(statusOf(await Promise.race(open))).toBe(503);
});

it("keeps its room for those who know the token", async () => {
  const served = await start({ limits: { body: 2 * mebibyte, bodiesAtOnce: 3 * mebibyte } });
  const strangers = Array.from({ length: 4 }, () => {
    const socket = connect(served.port, "127.0.0.1", () =>
      socket.write("POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nt\r\n"),
    );
    onTestFinished(() => void socket.destroy());
    return new Promise((connected) => socket.once("connect", connected));
  });
  await Promise.all(strangers);
  await served.request("/api"); // The strangers' requests came before this one.
  const large = { type: "file", format: "text", content: "x".repeat(mebibyte) };
  expect((await served.request("/api/contents/x.txt", body("PUT", large))).status).toBe(201);
});

it("cuts off clients whose headers or bodies drip in, and goes on serving others", async () => {
  const served = await start({ limits: quick });
  const slow = [
    drip(served.port, "GET /lab HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", "slow"),
    drip(served.port, `${head(served, "PUT", "/api/contents/x.txt")}Content-Length: 100000\r\n\r\n{`, " "),
    drip(served.port, "GET ", "/slow"),
  ];
  const whileTheyDrip = await served.request("/api/contents/");
  expect(whileTheyDrip.status).toBe(200);
  for (const time of await Promise.all(slow)) expect(time).toBeLessThan(5000);
  expect(existsSync(join(served.root, "x.txt"))).toBe(false);
});

it("closes connections that stay idle", async () => {
  const served = await start({ limits: quick });
  const answer = await raw(served.port, `${head(served, "GET", "/api")}\r\n`, 5000);
  expect(statusOf(answer)).toBe(200);
});

it("refuses headers beyond all measure", async () => {
  const served = await start();
  const answer = await raw(
    served.port,
    `${head(served, "GET", "/api")}X-Long: ${"x".repeat(20_000)}\r\nConnection: close\r\n\r\n`,
  );
  expect(statusOf(answer)).toBe(431);
});

it("answers 200 requests at the same time, and refuses 200 strangers", async () => {
  const served = await start();
  served.write("a.txt", "a".repeat(10_000));
  const requests = Array.from({ length: 200 }, (_, index) =>
    index % 4 === 0
      ? served.request(
          `/api/contents/b${index}.txt`,
          body("PUT", { type: "file", format: "text", content: "b" }),
        )
      : served.request(index % 4 === 1 ? "/api/contents/" : "/api/contents/a.txt?hash=1"),
  );
  const statuses = (await Promise.all(requests)).map(({ status }) => status);
  expect(statuses.filter((status) => status !== 200 && status !== 201)).toEqual([]);
  expect((await served.json<{ content: unknown[] }>("/api/contents/")).content).toHaveLength(51);
  const strangers = Array.from({ length: 200 }, () => fetch(`http://127.0.0.1:${served.port}/api/contents/`));
  expect(new Set((await Promise.all(strangers)).map(({ status }) => status))).toEqual(new Set([403]));
});

it("lets only so many connections in", async () => {
  const served = await start({ limits: { connections: 10 } });
  const sockets = Array.from({ length: 30 }, () => connect(served.port, "127.0.0.1"));
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  const closed = sockets.map(
    (socket) =>
      new Promise<boolean>((resolve) => {
        socket.on("error", () => undefined);
        socket.on("close", () => resolve(true));
        socket.resume();
        setTimeout(() => resolve(false), 1500);
      }),
  );
  expect((await Promise.all(closed)).filter(Boolean).length).toBeGreaterThanOrEqual(20);
});

it("answers what is no HTTP, and what cannot be decoded, with a short no", async () => {
  const served = await start();
  expect(statusOf(await raw(served.port, "SSH-2.0-OpenSSH_9.2\r\n\r\n"))).toBe(400);
  const undecodable = await raw(
    served.port,
    `${head(served, "GET", `/api/contents/%zz?token=${served.token}`)}Connection: close\r\n\r\n`,
  );
  expect(statusOf(undecodable)).toBe(400);
  expect(undecodable).not.toContain(served.token);
});

it("never logs the token, and keeps each line a line", async () => {
  const served = await start();
  const secrets = [served.token];
  await fetch(served.url, { redirect: "manual" });
  await fetch(`http://127.0.0.1:${served.port}/api/contents/x?token=${served.token}1`);
  await fetch(`http://127.0.0.1:${served.port}/api/%0a%1bforged?token=wrong`);
  await served.request(`/api/contents/missing?token=${served.token}`);
  await raw(
    served.port,
    `GET /lab?token=${served.token} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
  );
  await raw(
    served.port,
    `GET /api/%zz?token=${served.token} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
  );
  await raw(
    served.port,
    `GET /api/kernels/x/channels?token=${served.token} HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  );
  expect(served.lines.length).toBeGreaterThanOrEqual(2);
  for (const line of served.lines) {
    for (const secret of secrets) expect(line).not.toContain(secret);
    // eslint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\x00-\x1f\x7f]/);
  }
});
