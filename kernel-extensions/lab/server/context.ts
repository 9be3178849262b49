/** What every part of the embedded server is given. */
import type { FastifyInstance } from "fastify";

export interface LabContext {
  /** The folder that is served, as a real path: nothing outside of it is read or written for a client. */
  root: string;
  /** The built front end: `static/`, `schemas/`, `themes/`, `index.html`. */
  frontend: string;
  /** Where settings, workspaces, checkpoints' index and trust signatures are kept. Readable by this user only. */
  state: string;
  /** Who knows it may do everything here. */
  token: string;
  /** Where the Lab starts: a path inside {@link LabContext.root}, such as `01-introduction.ipynb`. */
  open?: string;
  /** Takes one short line about what went wrong. Never holds the token. */
  log: (line: string) => void;
}

/**
 * One part of the server: adds its routes to `app`. Every route is behind the checks of `security/` already. What it
 * holds open (kernels, timers) ends in an `onClose` hook.
 */
export type LabPart<Result = void> = (app: FastifyInstance, context: LabContext) => Result;
