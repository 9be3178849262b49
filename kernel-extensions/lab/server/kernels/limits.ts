/** How much kernels and what waits for their clients may take. */

const mebibyte = 1024 * 1024;

export const kernelLimits = {
  /** Kernels at one time; each takes some 200 MB. */
  kernels: 16,
  /** Clients (browser tabs, consoles) of one kernel, those included that may yet come back. */
  clients: 16,
  /** The largest message of a client, in bytes. */
  request: 64 * mebibyte,
  /** The largest output of a kernel, in bytes; larger ones are left out, which is said. */
  output: 100 * mebibyte,
  /** What one client may have on its way to a kernel that does not read, in bytes; more is not read from it. */
  unreadRequests: 64 * mebibyte,
  /** What is kept of the outputs of the cells that run, in bytes for each kernel. */
  transcripts: 64 * mebibyte,
  /** What may wait for one client, in bytes: more than a transcript, which is sent at one time. */
  outbox: 128 * mebibyte,
  /** What is handed to a client's socket before it is seen to read, in bytes. */
  socketBuffer: 4 * mebibyte,
  /** How long a client that was cut off may stay away. Milliseconds. */
  absence: 60 * 60 * 1000,
  /** How often an idle client is asked whether it is there, and how long it may owe the answer. Milliseconds. */
  pingInterval: 15_000,
  pongTime: 45_000,
  /** How many times in a row a kernel is restarted that does not live for `stableTime` milliseconds. */
  restarts: 5,
  stableTime: 10_000,
};

export type KernelLimits = typeof kernelLimits;
