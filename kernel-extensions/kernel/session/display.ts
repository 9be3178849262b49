/** Rich outputs of cells (Jupyter messaging, "Display data" and "update_display_data"). */
import Module from "node:module";
import type { DisplayOptions, MimeBundle } from "../bridge.js";
import type { Output } from "./output.js";

export function display(output: Output, data: MimeBundle, options: DisplayOptions = {}): void {
  const { metadata = {}, displayId, update = false } = options;
  if (update && displayId === undefined) throw new TypeError("display: update needs a displayId");
  output.sendRich(update ? "update_display_data" : "display_data", {
    data: checkBundle(data),
    metadata,
    transient: displayId === undefined ? {} : { display_id: displayId },
  });
}

/** A bundle as messages carry it. Throws a TypeError for what is none; bytes become base64. */
export function checkBundle(data: MimeBundle): MimeBundle {
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new TypeError("display: the data must be an object from MIME types to contents");
  }
  return Object.fromEntries(
    Object.entries(data).map(([type, content]) => {
      if (!/^[^/\s]+\/[^/\s]+$/.test(type))
        throw new TypeError(`display: ${JSON.stringify(type)} is not a MIME type`);
      return [type, content instanceof Uint8Array ? Buffer.from(content).toString("base64") : content];
    }),
  );
}

interface TslabMessage {
  data: MimeBundle;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
}

/**
 * Makes `import { display } from "tslab"` work in this kernel: tslab prints through a function that its own
 * kernel would have put into one of its modules. That module is slow to load, so it is caught when a cell loads it.
 */
export function connectTslab(show: (data: MimeBundle, options: DisplayOptions) => void): void {
  const loader = Module as unknown as {
    _load: (request: string, parent?: { filename?: string | null }, isMain?: boolean) => unknown;
  };
  const originalLoad = loader._load;
  loader._load = function load(request, parent, isMain) {
    const loaded = originalLoad.call(this, request, parent, isMain);
    const isTslab =
      (request === "./jupyter" && /[\\/]tslab[\\/]dist[\\/]/.test(parent?.filename ?? "")) ||
      /[\\/]?tslab[\\/]dist[\\/]jupyter(\.js)?$/.test(request);
    if (isTslab) {
      const write = ({ data, metadata, transient }: TslabMessage, update?: boolean): void => {
        const displayId = transient.display_id;
        show(data, { metadata, update: update === true, ...(displayId === undefined ? {} : { displayId }) });
      };
      (loaded as { lastWriteDisplayData: typeof write }).lastWriteDisplayData = write;
    }
    return loaded;
  };
}
