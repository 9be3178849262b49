/**
 * What the running cells have shown so far.
 *
 * A websocket that breaks leaves it open whether its last messages arrived. Outputs must neither be lost nor come twice
 * (JupyterLab appends what it gets), so a client that comes back has the cell's output cleared and is told all of it
 * again. A transcript is kept until its cell is through and every client surely has its outputs.
 */
import type { KernelMessage } from "./message.js";
import type { Voice } from "./voice.js";

interface Transcript {
  outputs: { message: KernelMessage; order: number }[];
  /** The parent header of all of it. */
  header: Buffer;
  /** A `clear_output` that waits for the next output. */
  clearing?: KernelMessage;
  isFinished: boolean;
  /** How much was left out because it was too much, in bytes. */
  dropped: number;
}

export class Transcripts {
  readonly #limit: number;
  readonly #voice: Voice;
  readonly #all = new Map<string, Transcript>();
  #bytes = 0;
  #order = 0;

  /** Keeps `limit` bytes in all. */
  constructor(limit: number, voice: Voice) {
    this.#limit = limit;
    this.#voice = voice;
  }

  begin(request: string, header: Buffer): void {
    if (!this.#all.has(request))
      this.#all.set(request, { outputs: [], header, isFinished: false, dropped: 0 });
  }

  record(message: KernelMessage): void {
    const transcript = this.#all.get(message.parent ?? "");
    if (!transcript) return;
    if (message.type === "clear_output") {
      if (message.content.wait === true) transcript.clearing = message;
      else this.#clear(transcript);
      return;
    }
    if (message.type === "update_display_data") {
      const { type, displayId } = message;
      this.#remove(transcript, (older) => older.type === type && older.displayId === displayId);
    } else if (transcript.clearing) this.#clear(transcript);
    transcript.outputs.push({ message, order: this.#order++ });
    this.#bytes += message.bytes;
    if (this.#bytes > this.#limit) this.#shrink();
  }

  finish(request: string): void {
    const transcript = this.#all.get(request);
    if (transcript) transcript.isFinished = true;
  }

  /** Forgets the finished ones that nobody needs any more. */
  forget(isNeeded: (request: string) => boolean): void {
    for (const [request, transcript] of this.#all) {
      if (transcript.isFinished && !isNeeded(request)) this.#drop(request, transcript);
    }
  }

  has(request: string): boolean {
    return this.#all.has(request);
  }

  /**
   * The messages that bring a client's outputs to what they are, whatever they were. Those of all cells: a cell may
   * have updated what another one displays.
   */
  retell(): KernelMessage[] {
    const all = [...this.#all.values()];
    const before = all.flatMap(({ outputs, header, dropped }) => {
      const notice = dropped === 0 ? [] : [this.#voice.dropped(dropped, header)];
      // Where an output follows, the old ones stay until then, so that nothing flickers. An update is none.
      const wait = dropped > 0 || outputs.some(({ message }) => message.type !== "update_display_data");
      return [this.#voice.say("iopub", "clear_output", { wait }, header), ...notice];
    });
    const outputs = all.flatMap((transcript) => transcript.outputs).sort((a, b) => a.order - b.order);
    const clearing = all.flatMap((transcript) => transcript.clearing ?? []);
    return [...before, ...outputs.map(({ message }) => message), ...clearing];
  }

  #clear(transcript: Transcript): void {
    delete transcript.clearing;
    transcript.dropped = 0;
    // Updates stay: they may be of what another cell shows.
    this.#remove(transcript, ({ type }) => type !== "update_display_data");
  }

  #remove(transcript: Transcript, isGone: (message: KernelMessage) => boolean): void {
    transcript.outputs = transcript.outputs.filter(({ message }) => {
      const gone = isGone(message);
      if (gone) this.#bytes -= message.bytes;
      return !gone;
    });
  }

  #drop(request: string, { outputs }: Transcript): void {
    for (const { message } of outputs) this.#bytes -= message.bytes;
    this.#all.delete(request);
  }

  /** Finished cells first, oldest first; then the beginnings of those that run. An eighth at a time: it takes a while. */
  #shrink(): void {
    const goal = (this.#limit * 7) / 8;
    for (const [request, transcript] of this.#all) {
      if (this.#bytes <= goal) return;
      if (transcript.isFinished) this.#drop(request, transcript);
    }
    for (const transcript of this.#all.values()) {
      let count = 0;
      while (this.#bytes > goal && count < transcript.outputs.length - 1) {
        const { bytes } = transcript.outputs[count++]!.message;
        this.#bytes -= bytes;
        transcript.dropped += bytes;
      }
      transcript.outputs.splice(0, count);
    }
  }
}
