/** Leads everything that JavaScript writes to the process's stdout and stderr into the notebook. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { StringDecoder } from "node:string_decoder";
import type { StreamName } from "../protocol/child-reader.js";
import type { Output } from "./output.js";

type Done = (error?: Error | null) => void;

export function redirectStandardStreams(output: Output): void {
  ignoredCallbacks = consoleCallbacks();
  const writers = [redirect(process.stdout, "stdout", output), redirect(process.stderr, "stderr", output)];
  redirectFileDescriptors(writers);
}

/**
 * `console.log` passes a callback that only looks for errors. Called later, these would pile up by the million
 * while a loop prints and never yields.
 */
let ignoredCallbacks = new Set<unknown>();

function consoleCallbacks(): Set<unknown> {
  const callbacks = new Set<unknown>();
  for (const [stream, print] of [
    [process.stdout, console.log],
    [process.stderr, console.error],
  ] as const) {
    stream.write = (...args: unknown[]) => callbacks.add(args.at(-1)) !== undefined;
    print("");
    Reflect.deleteProperty(stream, "write");
  }
  return callbacks;
}

type Writer = (chunk: unknown, encoding?: BufferEncoding) => void;

function redirect(stream: NodeJS.WriteStream, name: StreamName, output: Output): Writer {
  const { writeSync } = fs; // As it was before redirectFileDescriptors.
  const decoder = new StringDecoder("utf8");
  const log = (text: string): void => {
    try {
      writeSync(name === "stdout" ? 1 : 2, text);
    } catch {
      // The server's log is closed or full; the notebook goes on without it.
    }
  };

  const put: Writer = (chunk, encoding) => {
    const text = textOf(chunk, encoding, decoder);
    // Before the first cell there is no notebook output; the server's log is the place.
    if (output.hasTarget) output.write(name, text);
    else log(text);
  };

  const write = (chunk: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean => {
    const [encodingName, callback] =
      typeof encoding === "function" ? [undefined, encoding] : [encoding, done];
    put(chunk, encodingName);
    if (callback && !ignoredCallbacks.has(callback)) process.nextTick(callback, null);
    return true;
  };
  const end = (chunk?: unknown, encoding?: BufferEncoding | Done, done?: Done): unknown => {
    const callback = [chunk, encoding, done].find((argument) => typeof argument === "function") as
      Done | undefined;
    if (chunk !== undefined && chunk !== null && typeof chunk !== "function") {
      put(chunk, typeof encoding === "string" ? encoding : undefined);
    }
    if (callback) process.nextTick(callback, null);
    return stream; // It stays open: later cells print, too.
  };
  const replacements = {
    write,
    end,
    _write: (chunk: unknown, encoding: BufferEncoding, done: Done) => {
      put(chunk, encoding);
      done();
    },
    _writev: (chunks: { chunk: unknown; encoding: BufferEncoding }[], done: Done) => {
      for (const { chunk, encoding } of chunks) put(chunk, encoding);
      done();
    },
    // A terminal's tricks (moving the cursor, asking for its width) have no place in a notebook.
    isTTY: false,
  };
  for (const [property, value] of Object.entries(replacements)) {
    Object.defineProperty(stream, property, { value, configurable: true, writable: true, enumerable: false });
  }
  return put;
}

function textOf(chunk: unknown, encoding: BufferEncoding | undefined, decoder: StringDecoder): string {
  if (typeof chunk === "string") {
    const isUtf8 = encoding === undefined || /^utf-?8$/i.test(encoding) || (encoding as string) === "buffer";
    return isUtf8 ? chunk : decoder.write(Buffer.from(chunk, encoding));
  }
  if (chunk instanceof Uint8Array)
    return decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  const error = new TypeError(
    `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array, got ${typeof chunk}`,
  );
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

/** `fs.writeSync(1, …)` and its kin write past the stream objects. */
function redirectFileDescriptors([stdout, stderr]: Writer[]): void {
  const writerOf = (fd: unknown): Writer | undefined => (fd === 1 ? stdout : fd === 2 ? stderr : undefined);
  const { write, writeSync, writeFileSync, appendFileSync } = fs as unknown as Record<
    "write" | "writeSync" | "writeFileSync" | "appendFileSync",
    (...args: unknown[]) => unknown
  >;
  const replacements = {
    writeSync: (...args: unknown[]): unknown => {
      const writer = writerOf(args[0]);
      if (!writer) return writeSync(...args);
      const bytes = bytesOf(args);
      writer(bytes);
      return bytes.length;
    },
    write: (...args: unknown[]): unknown => {
      const writer = writerOf(args[0]);
      if (!writer) return write(...args);
      const bytes = bytesOf(args);
      writer(bytes);
      const done = args.at(-1) as (error: null, written: number, data: unknown) => void;
      setImmediate(done, null, bytes.length, args[1]);
      return undefined;
    },
    writeFileSync: (...args: unknown[]): unknown => {
      const writer = writerOf(args[0]);
      return writer ? writer(bytesOf([args[0], args[1]])) : writeFileSync(...args);
    },
    appendFileSync: (...args: unknown[]): unknown => {
      const writer = writerOf(args[0]);
      return writer ? writer(bytesOf([args[0], args[1]])) : appendFileSync(...args);
    },
  };
  Object.assign(fs, replacements);
  syncBuiltinESMExports();
}

/** The bytes named by the arguments of `fs.write(fd, buffer, offset, length)` or `fs.write(fd, text, position, encoding)`. */
function bytesOf([, data, first, second]: unknown[]): Uint8Array {
  if (typeof data === "string") {
    return Buffer.from(data, typeof second === "string" ? (second as BufferEncoding) : "utf8");
  }
  if (!ArrayBuffer.isView(data)) {
    throw new TypeError(
      'The "buffer" argument must be of type string or an instance of Buffer, TypedArray, or DataView',
    );
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const options =
    typeof first === "object" && first !== null ? (first as { offset?: number; length?: number }) : {};
  const offset = typeof first === "number" ? first : (options.offset ?? 0);
  const length = typeof second === "number" ? second : (options.length ?? bytes.length - offset);
  return bytes.subarray(offset, offset + length);
}
