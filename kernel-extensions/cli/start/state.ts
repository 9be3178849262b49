/** Where what must outlast a command is kept for this user: settings of the Lab, which servers run. */
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { CommandError } from "../command.js";

type Environment = Record<string, string | undefined>;

/**
 * The folder for state: `XDG_STATE_HOME` where it is set, else the platform's place.
 * Source: https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function stateFolder(env: Environment = process.env, platform = process.platform): string {
  const home = env.HOME ?? homedir();
  // "All paths must be absolute"; one that is not, or is empty, counts as not set.
  const stated = isAbsolute(env.XDG_STATE_HOME ?? "") ? env.XDG_STATE_HOME : undefined;
  const base =
    stated ??
    (platform === "darwin"
      ? join(home, "Library", "Application Support")
      : platform === "win32"
        ? (env.LOCALAPPDATA ?? join(home, "AppData", "Local"))
        : join(home, ".local", "state"));
  return join(base, "agentic-rl-lab");
}

/**
 * Makes a folder in {@link stateFolder} that only this user can look into.
 * @throws CommandError
 */
export async function makeStateFolder(name: string): Promise<string> {
  const folder = join(stateFolder(), name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch (error) {
    throw new CommandError(
      `${folder} cannot be made (${(error as Error).message}): set XDG_STATE_HOME to a folder that can be written`,
    );
  }
}
