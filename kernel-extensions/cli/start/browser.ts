/** Bringing the Lab before the user's eyes. */
import { spawn } from "node:child_process";
import { hostname, userInfo } from "node:os";
import { findOnPath } from "../../on-path.js";

type Environment = Record<string, string | undefined>;

/**
 * Why no browser can be opened for the user from here, with what to do instead; `undefined` when one can. `port` is the
 * server's.
 */
export function withoutBrowser(
  port: number,
  env: Environment = process.env,
  platform = process.platform,
): string | undefined {
  const ssh = env.SSH_CONNECTION ?? env.SSH_CLIENT;
  const hasDisplay = platform !== "linux" || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
  if (ssh !== undefined && !(platform === "linux" && hasDisplay)) {
    // SSH_CONNECTION: the client's address and port, then the address and port it reached us under.
    const host = env.SSH_CONNECTION?.split(" ")[2] ?? hostname();
    const tunnel = `ssh -N -L ${String(port)}:127.0.0.1:${String(port)} ${user()}${host}`;
    return `This is a remote machine. On your own, run: ${tunnel}\nand then open the address above in its browser.`;
  }
  if (!hasDisplay && env.WSL_DISTRO_NAME === undefined) {
    return (
      `This machine has no display: open the address above in a browser that reaches it; from another machine, ` +
      `run there: ssh -N -L ${String(port)}:127.0.0.1:${String(port)} ${user()}${hostname()}`
    );
  }
  return undefined;
}

/** Opens the user's browser; that it does not open is no error, because the address is printed as well. */
export function openBrowser(url: string, env: Environment = process.env, platform = process.platform): void {
  const [program, ...args] = opener(env, platform);
  const child = spawn(program, [...args, url], { stdio: "ignore", detached: true, windowsHide: true });
  child.on("error", () => undefined);
  child.unref();
}

/** Whether the browser reads files of this machine: on WSL it may be one of Windows, which has other paths. */
export function opensFiles(env: Environment = process.env, platform = process.platform): boolean {
  return !opener(env, platform)[0].endsWith(".exe");
}

/** The program that opens an address. None is a shell, to which the address might be more than an address. */
function opener(env: Environment, platform: NodeJS.Platform): [string, ...string[]] {
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  if (env.WSL_DISTRO_NAME !== undefined && findOnPath("xdg-open") === undefined)
    return ["rundll32.exe", "url.dll,FileProtocolHandler"];
  return ["xdg-open"];
}

function user(): string {
  try {
    return `${userInfo().username}@`;
  } catch {
    return ""; // A container's user may have no name.
  }
}
