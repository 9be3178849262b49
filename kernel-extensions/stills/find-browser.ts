/** A browser on this machine that speaks Chromium's protocol. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findOnPath } from "../on-path.js";

/** Names on PATH, the ones that are there for programs first. */
const names = [
  ...["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"],
  ...["microsoft-edge", "microsoft-edge-stable", "msedge", "brave-browser"],
];

export type FoundBrowser =
  | { readonly path: string; readonly reason?: undefined }
  | { readonly path: undefined; readonly reason: string };

/**
 * The browser that stills are made with: `ARL_BROWSER` (a file or a program name) where it is set, else Chromium,
 * Chrome, Edge or Brave from PATH or from their usual places. Without one, the reason in one line.
 */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): FoundBrowser {
  const asked = env.ARL_BROWSER;
  if (asked !== undefined && asked !== "") {
    const path = existsSync(asked) ? asked : findOnPath(asked);
    if (path !== undefined) return { path };
    return { path: undefined, reason: `ARL_BROWSER is ${asked}, and there is no such program` };
  }
  for (const name of names) {
    const path = findOnPath(name);
    if (path !== undefined) return { path };
  }
  const path = usualPlaces(env).find((place) => existsSync(place));
  if (path !== undefined) return { path };
  return {
    path: undefined,
    reason: "no Chromium, Chrome or Edge was found: install one, or name it in ARL_BROWSER",
  };
}

function usualPlaces(env: NodeJS.ProcessEnv): string[] {
  if (process.platform === "darwin") {
    const apps = [
      "Google Chrome.app/Contents/MacOS/Google Chrome",
      "Chromium.app/Contents/MacOS/Chromium",
      "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
      "Brave Browser.app/Contents/MacOS/Brave Browser",
    ];
    const folders = ["/Applications", ...(env.HOME === undefined ? [] : [join(env.HOME, "Applications")])];
    return folders.flatMap((folder) => apps.map((app) => join(folder, app)));
  }
  if (process.platform === "win32") {
    const programs = ["Google\\Chrome\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"];
    const folders = [env.ProgramFiles, env["ProgramFiles(x86)"], env.LOCALAPPDATA];
    return folders.flatMap((folder) =>
      folder === undefined ? [] : programs.map((program) => join(folder, program)),
    );
  }
  return ["/usr/bin/chromium", "/snap/bin/chromium", "/opt/google/chrome/chrome"];
}
