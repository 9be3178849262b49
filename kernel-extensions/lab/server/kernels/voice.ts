/** What the server says to clients in a kernel's place. */
import { HeaderFactory } from "../../../kernel/protocol/message.js";
import { KernelMessage } from "./message.js";
import type { Request } from "./requests.js";
import type { Channel } from "./wire.js";

export class Voice {
  readonly #headers = new HeaderFactory("server");
  /** Session id of the process that spoke last: JupyterLab drops messages that come with another one in between. */
  session: string | undefined;

  say(
    channel: Channel,
    type: string,
    content: Record<string, unknown>,
    parentHeader?: Buffer,
  ): KernelMessage {
    const parent = parentHeader ? { parentHeader } : {};
    return KernelMessage.made(this.#headers, channel, type, content, { session: this.session, ...parent });
  }

  status(execution_state: "idle" | "restarting" | "dead", parentHeader?: Buffer): KernelMessage {
    return this.say("iopub", "status", { execution_state }, parentHeader);
  }

  /** A text in a cell's output. */
  notice(text: string, parentHeader: Buffer): KernelMessage {
    return this.say("iopub", "stream", { name: "stderr", text }, parentHeader);
  }

  /** In the place of an output that no browser could show. */
  tooLarge({ bytes, parts }: KernelMessage): KernelMessage {
    return this.notice(
      `[An output of ${sizeOf(bytes)} is left out: it is too large to be shown.]\n`,
      parts.parentHeader,
    );
  }

  /** Before the rest of outputs that were too many. */
  dropped(bytes: number, parentHeader: Buffer): KernelMessage {
    return this.notice(
      `[The connection was lost for too much output: the first ${sizeOf(bytes)} of it are left out.]\n`,
      parentHeader,
    );
  }

  /** The reply to a request that was not carried out; with an error for one that had begun. */
  refusal({ type, parts }: Request, error?: { name: string; message: string }): KernelMessage {
    const content = error
      ? { status: "error", ename: error.name, evalue: error.message, traceback: [], execution_count: null }
      : { status: "aborted", execution_count: null };
    return this.say(parts.channel, type.replace(/_request$/, "_reply"), content, parts.header);
  }
}

function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${Math.round(bytes / 1024 / 1024)} MB`;
}
