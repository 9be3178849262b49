/** The library's errors as the command line tells them: one line each. */
import { CommandError, UsageError } from "../command.js";

/** What the library refuses in here is bad usage. @param flag named first, e.g. "--set tool" */
export function asUsage<T>(flag: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(flag === "" ? firstLine(message) : `${flag}: ${firstLine(message)}`);
  }
}

/** What fails in here is failed work. */
export async function asFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError || error instanceof CommandError) throw error;
    throw new CommandError(firstLine(messageOf(error)), { cause: error });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}
