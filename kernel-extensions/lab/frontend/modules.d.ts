/** What the build puts in the place of modules that are no files. */

declare module "jupyterlab-extensions" {
  import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
  import type { JupyterFrontEndPlugin } from "@jupyterlab/application";

  /** Of package.json, "jupyterlab". */
  export const extensions: JupyterFrontEndPlugin<unknown>[];
  export const mimeExtensions: IRenderMime.IExtension[];
}

declare module "*?file" {
  const address: string;
  export default address;
}
