/**
 * The kernel's process: `node main.js <connection file>`, as Jupyter starts it.
 *
 * The IO thread starts first, so that the kernel answers while the compiler is still loading.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { packageRoot, packageVersion } from "../package-root.js";
import { installKernelBridge } from "./bridge.js";
import { type Connection, ConnectionFileError, parseConnection } from "./protocol/connection.js";
import { Io } from "./protocol/io.js";
import { implementation, kernelInfo } from "./protocol/kernel-info.js";
import { Signer } from "./protocol/message.js";
import { outputLimit } from "./protocol/output-limit.js";
import type { ToMain } from "./protocol/threads.js";
import {
  type ChildOutput,
  childSocketPath,
  connectChildOutput,
  redirectChildren,
} from "./session/child-output.js";
import { connectTslab } from "./session/display.js";
import { Output } from "./session/output.js";
import { catchStrayErrors, guardExit } from "./session/process-guard.js";
import { Session } from "./session/session.js";
import { redirectStandardStreams } from "./session/standard-streams.js";

const installation = packageRoot();
const require = createRequire(import.meta.url);

function fail(message: string, code: number): never {
  fs.writeSync(2, `${message}\n`);
  process.exit(code);
}

function readConnection(): Connection {
  const [file, ...more] = process.argv.slice(2);
  if (file === undefined || file.startsWith("-") || more.length > 0) {
    fail(
      "usage: node main.js CONNECTION_FILE (Jupyter starts this program; to install it: arl kernel install)",
      2,
    );
  }
  try {
    const connection = parseConnection(fs.readFileSync(file, "utf8"));
    new Signer(connection.key, connection.signatureScheme);
    return connection;
  } catch (error) {
    const isOurs = error instanceof ConnectionFileError || error instanceof RangeError;
    return fail(
      `connection file ${file}: ${isOurs ? error.message : `cannot be read (${String(error)})`}`,
      2,
    );
  }
}

function username(): string {
  try {
    return os.userInfo().username;
  } catch {
    return implementation; // A container's user may have no name.
  }
}

async function main(): Promise<void> {
  const connection = readConnection();
  const socketPath = childSocketPath();
  if (socketPath !== undefined) {
    // Else a kernel that cannot start would leave it behind.
    process.once("exit", () => {
      fs.rmSync(path.dirname(socketPath), { recursive: true, force: true });
    });
  }
  const limit = outputLimit(process.env);
  const io = Io.start({
    connection,
    username: username(),
    kernelInfo: JSON.stringify(
      kernelInfo({
        kernel: packageVersion(),
        typescript: (require("typescript/package.json") as { version: string }).version,
        node: process.version.slice(1),
      }),
    ),
    outputLimit: limit,
    ...(socketPath === undefined ? {} : { childSocket: socketPath }),
    // Jupyter says by this variable that it wants the kernel gone when it dies.
    ...(process.env.JPY_PARENT_PID !== undefined && process.ppid > 1 ? { parentPid: process.ppid } : {}),
  });
  process.argv.length = 2;

  const output = new Output(io, limit);
  const exit = guardExit();
  redirectStandardStreams(output);

  const ready: { session?: Session } = {};
  const early: ToMain[] = [];
  const bound = new Promise<void>((resolve) => {
    io.listen((message) => {
      if (message.kind === "bound") resolve();
      else if (message.kind === "failed") stop(message.reason);
      else if (ready.session) ready.session.receive(message);
      else early.push(message);
    });
  });
  const stop = (reason: string): void => {
    process.stderr.write(`${implementation} kernel: ${reason}\n`);
    exit(1);
  };

  const [{ createLanguage }, { createExecutor }] = await Promise.all([
    import("./language/index.js"),
    import("./execution/index.js"),
  ]);
  const cwd = process.cwd();
  const language = createLanguage({ cwd, installation });
  const executor = createExecutor({
    language,
    cwd,
    installation,
    showFrame: async (frame) => (await import("../display/index.js")).toBundle(frame),
  });

  await bound;
  let children: ChildOutput | undefined;
  if (socketPath !== undefined) {
    children = await connectChildOutput(
      socketPath,
      (message) => {
        io.post(message);
      },
      () => {
        output.flush();
      },
    );
  }
  redirectChildren(children);

  const session = new Session({ io, output, language, executor, exit });
  const { bridge } = session;
  installKernelBridge(bridge);
  Object.defineProperty(globalThis, "input", { value: bridge.input, configurable: true, writable: true });
  connectTslab((data, options) => {
    bridge.display(data, options);
  });
  // `console.clear()` writes escape codes to terminals only.
  console.clear = () => {
    bridge.clearOutput();
  };
  catchStrayErrors(
    (text) => {
      session.report(text);
    },
    () => executor.signal,
  );
  process.on("SIGINT", () => {
    session.interrupt();
  });
  ready.session = session;
  io.post({ kind: "ready" }); // First: an early request may be a cell that never ends.
  for (const message of early) session.receive(message);
}

await main();
