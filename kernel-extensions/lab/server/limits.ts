/** What one client may ask of the server before it is refused. A person at a browser meets none of these. */

const mebibyte = 1024 * 1024;

export const limits = {
  /** The largest body of a request, in bytes: a notebook with its outputs. Uploads come in pieces of 1 MiB. */
  body: 64 * mebibyte,
  /** The largest file that comes in pieces, and all of those together that are not whole yet, in bytes. */
  upload: 2048 * mebibyte,
  uploads: 4096 * mebibyte,
  /** All bodies that are being received at one time, in bytes. */
  bodiesAtOnce: 256 * mebibyte,
  /** The largest file that is read into an answer; larger ones can be downloaded. */
  readableFile: 64 * mebibyte,
  /** The largest folder that one request copies, in bytes. */
  copiedFolder: 500 * mebibyte,
  /** Connections at one time: a tab holds up to 6, and 1 more for each kernel. More are closed at once. */
  connections: 256,
  /** A client that needs longer for its headers, or for its whole request, is cut off. Milliseconds. */
  headersTime: 10_000,
  requestTime: 120_000,
  /** An idle connection is kept this long. Milliseconds. */
  keepAliveTime: 15_000,
  /** How often slow clients are looked for. Milliseconds. */
  checkInterval: 1_000,
  /** What requests in progress are given to finish when the server closes. Milliseconds. */
  closingTime: 2_000,
} as const;

export type Limits = Record<keyof typeof limits, number>;
