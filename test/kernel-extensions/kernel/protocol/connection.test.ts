import { describe, expect, it } from "vitest";
import { endpoint, parseConnection } from "../../../../kernel-extensions/kernel/protocol/connection.js";

const file = {
  transport: "tcp",
  ip: "127.0.0.1",
  shell_port: 1,
  iopub_port: 2,
  stdin_port: 3,
  control_port: 4,
  hb_port: 5,
  key: "k",
  signature_scheme: "hmac-sha256",
};
const parse = (change: Record<string, unknown>) => () =>
  parseConnection(JSON.stringify({ ...file, ...change }));

describe("parseConnection", () => {
  it("reads what Jupyter writes", () => {
    const connection = parse({ kernel_name: "x" })();
    expect(connection.ports).toEqual({ shell: 1, iopub: 2, stdin: 3, control: 4, hb: 5 });
    expect(endpoint(connection, "stdin")).toBe("tcp://127.0.0.1:3");
    expect(endpoint(parse({ ip: "::1" })(), "hb")).toBe("tcp://[::1]:5");
    expect(endpoint(parse({ transport: "ipc", ip: "/tmp/k" })(), "shell")).toBe("ipc:///tmp/k-1");
  });

  it("has the defaults of the specification", () => {
    const { key, signatureScheme } = parse({ key: undefined, signature_scheme: undefined })();
    expect([key, signatureScheme]).toEqual(["", "hmac-sha256"]);
  });

  it("says in one line what is wrong", () => {
    expect(() => parseConnection("{")).toThrow(/^not JSON: [^\n]+$/);
    expect(() => parseConnection("[]")).toThrow("must hold a JSON object");
    expect(parse({ ip: undefined })).toThrow('"ip" is missing');
    expect(parse({ hb_port: undefined })).toThrow('"hb_port" is missing');
    expect(parse({ hb_port: "5" })).toThrow('"hb_port" must be a port number, got "5"');
    expect(parse({ hb_port: 70000 })).toThrow('"hb_port" must be a port number, got 70000');
    expect(parse({ key: 3 })).toThrow('"key" must be a string, got 3');
    expect(parse({ transport: "udp" })).toThrow('"transport" must be "tcp" or "ipc", got "udp"');
  });
});
