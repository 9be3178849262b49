/**
 * From the messages that a kernel publishes to the outputs that a notebook stores, by the rules that
 * nbclient follows: streams are merged, a display id names outputs that are replaced together, and a
 * clear that waits happens with the next output.
 */
import type { Message } from "./message.js";
import { joinLines, splitLines, type CodeCell, type DisplayOutput, type Output } from "./notebook.js";

/** Types beside `text/…` that are text, and that the file therefore holds as lists of lines. */
const textTypes = new Set(["application/javascript", "image/svg+xml"]);

/** The outputs of one run of a notebook. */
export class OutputRecorder {
  /** Every output shown under a display id, in whatever cell. */
  readonly #shown = new Map<string, Set<DisplayOutput>>();
  /** Cells whose outputs go when the next one arrives. */
  readonly #clearing = new Set<CodeCell>();

  /** Takes in one message that the run of `cell` published. */
  record(cell: CodeCell, message: Message): void {
    const { content } = message;
    switch (message.header.msg_type) {
      case "execute_input":
        if (typeof content.execution_count === "number") cell.execution_count = content.execution_count;
        return;
      case "stream":
        this.#stream(cell, String(content.name), String(content.text));
        return;
      case "display_data":
      case "execute_result":
        this.#display(cell, message.header.msg_type, content);
        return;
      case "update_display_data":
        this.#update(displayId(content), content);
        return;
      case "error":
        this.#add(cell, {
          ename: String(content.ename),
          evalue: String(content.evalue),
          output_type: "error",
          traceback: Array.isArray(content.traceback) ? content.traceback.map(String) : [],
        });
        return;
      case "clear_output":
        if (content.wait === true) this.#clearing.add(cell);
        else this.#clear(cell);
    }
  }

  /** Appends to the last output when that is the same stream. Split into lines at the end, in {@link finish}. */
  #stream(cell: CodeCell, name: string, text: string): void {
    const last = this.#clearing.has(cell) ? undefined : cell.outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) {
      last.text = joinLines(last.text) + text;
    } else {
      this.#add(cell, { name, output_type: "stream", text });
    }
  }

  /** After the last message: puts the streams into their final form. */
  finish(cells: CodeCell[]): void {
    for (const output of cells.flatMap((cell) => cell.outputs)) {
      if (output.output_type === "stream") output.text = splitLines(overwrite(joinLines(output.text)));
    }
  }

  #display(cell: CodeCell, type: "display_data" | "execute_result", content: Record<string, unknown>): void {
    const output: DisplayOutput = {
      data: bundle(content.data),
      ...(type === "execute_result" ? { execution_count: content.execution_count as number } : {}),
      metadata: record(content.metadata),
      output_type: type,
    };
    const id = displayId(content);
    this.#update(id, content);
    this.#add(cell, output);
    if (id === undefined) return;
    const shown = this.#shown.get(id) ?? new Set();
    this.#shown.set(id, shown.add(output));
  }

  #update(id: string | undefined, content: Record<string, unknown>): void {
    for (const output of (id !== undefined && this.#shown.get(id)) || []) {
      output.data = bundle(content.data);
      output.metadata = record(content.metadata);
    }
  }

  #add(cell: CodeCell, output: Output): void {
    if (this.#clearing.has(cell)) this.#clear(cell);
    cell.outputs.push(output);
  }

  #clear(cell: CodeCell): void {
    this.#clearing.delete(cell);
    for (const shown of this.#shown.values()) {
      for (const output of cell.outputs) shown.delete(output as DisplayOutput);
    }
    cell.outputs = [];
  }
}

/**
 * What a terminal would still show: a backspace takes the character before it back, and what follows a
 * carriage return takes the place of the line so far. A trailing carriage return waits for what follows.
 */
export function overwrite(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  let shorter = text;
  let before: string;
  do {
    before = shorter;
    shorter = before.replace(/[^\n\b][\b]/g, "");
  } while (shorter.length < before.length);
  return shorter.replace(/\r+\n/g, "\n").replace(/^[^\n]*\r(?=[^\n\r])/gm, "");
}

/** MIME types sorted, and text as lines, as nbformat stores them. */
function bundle(data: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record(data))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, value]) => [
        type,
        typeof value === "string" && (type.startsWith("text/") || textTypes.has(type))
          ? splitLines(value)
          : value,
      ]),
  );
}

function displayId(content: Record<string, unknown>): string | undefined {
  const id = record(content.transient).display_id;
  return typeof id === "string" ? id : undefined;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
