/** Opening the Lab without its key among a program's arguments, which every user of the machine can read. */
import { rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Hidden, so that the Lab does not list it. */
const name = ".open-jupyterlab.html";

/**
 * A page on disk that only this user can read and that leads to `address`, as Jupyter's own server writes one. It lies
 * among the lessons, because browsers in a sandbox (Ubuntu's) see no hidden folder of the home folder.
 *
 * @param isOurs whether the server is this process's: the page then goes with it. Else it is that process's to remove.
 * @returns the page's address
 */
export async function redirectTo(address: string, folder: string, isOurs: boolean): Promise<string> {
  const file = join(folder, name);
  const url = address.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  // Made anew: a file that was there would keep its permissions.
  await rm(file, { force: true });
  const html = `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${url}">
<title>JupyterLab</title>
<p><a href="${url}">Open JupyterLab</a></p>
`;
  await writeFile(file, html, { mode: 0o600, flag: "wx" });
  if (isOurs) removeAtExit(file);
  return pathToFileURL(file).href;
}

function removeAtExit(file: string): void {
  process.once("exit", () => {
    rmSync(file, { force: true });
  });
}
