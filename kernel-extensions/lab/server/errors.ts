/** Every failure as an answer that says what was wrong, without telling where on disk anything lies. */
import type { FastifyError, FastifyInstance } from "fastify";
import { type Log, seldom } from "./log.js";
import { Problem } from "./problem.js";

/** What the file system says, as an answer. */
const fileProblems: Record<string, [status: number, message: string]> = {
  EACCES: [403, "Permission denied"],
  EPERM: [403, "Permission denied"],
  EROFS: [403, "The disk is read-only"],
  ENOENT: [404, "No such file or folder"],
  ENOTDIR: [404, "No such file or folder"],
  EEXIST: [409, "A file or folder of this name is there already"],
  ENOTEMPTY: [409, "The folder is not empty"],
  EISDIR: [400, "This is a folder, not a file"],
  ENAMETOOLONG: [400, "The name is too long"],
  ELOOP: [400, "Too many symbolic links"],
  EBUSY: [423, "Another program holds the file: close it there and try again"],
  EMFILE: [503, "Too many files are open: try again"],
  ENFILE: [503, "Too many files are open: try again"],
  ENOSPC: [507, "The disk is full: nothing was saved, what was there before is unchanged"],
  EDQUOT: [507, "The disk quota is used up: nothing was saved, what was there before is unchanged"],
  EFBIG: [507, "The file is larger than the disk allows: nothing was saved"],
};

export function answerErrors(app: FastifyInstance, log: Log): void {
  const logRefusal = seldom(log);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    const path = request.url.split("?", 1)[0]!;
    if (problem.status >= 500) {
      log(
        `${request.method} ${printable(path)}: ${problem.status} ${printable(error.stack ?? error.message)}`,
      );
    } else if (problem.status === 403) {
      logRefusal(
        problem.reason ?? "forbidden",
        `${request.method} ${printable(path)}: 403 ${problem.message}`,
      );
    }
    // What was refused unread is not read to its end: the connection ends instead.
    if (!request.raw.complete) reply.header("Connection", "close");
    return reply.code(problem.status).send(answerOf(problem));
  });
  app.setNotFoundHandler(() => {
    throw new Problem(404, "There is nothing at this address");
  });
}

export function answerOf({ message, reason }: Problem): { message: string; reason: string | null } {
  return { message, reason };
}

export function problemOf(error: Error & { code?: unknown; statusCode?: number }): Problem {
  if (error instanceof Problem) return error;
  const known = typeof error.code === "string" ? fileProblems[error.code] : undefined;
  if (known) return new Problem(known[0], known[1], error.code as string);
  const status = error.statusCode ?? 500;
  return new Problem(status, status < 500 ? error.message : "The server failed: its log says why", null);
}

/** One line without a terminal's commands, whatever a client put into its path. */
export function printable(text: string): string {
  const plain = text.replace(/[\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g, "\uFFFD");
  return JSON.stringify(plain).slice(1, -1).slice(0, 2000);
}
