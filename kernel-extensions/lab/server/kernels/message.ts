/** A message on its way from a kernel to its clients. */
import { parseHeader, type HeaderFactory, type Opened } from "../../../kernel/protocol/message.js";
import { encodeParts, type Channel, type Parts, type Protocol } from "./wire.js";

/** What a cell shows: kept until every client surely has it, see outbox.ts. */
const outputTypes = new Set([
  "stream",
  "display_data",
  "update_display_data",
  "execute_result",
  "error",
  "clear_output",
]);

export class KernelMessage {
  readonly parts: Parts;
  readonly id: string;
  readonly type: string;
  /** Session id of who sent it: one per kernel process. */
  readonly session: string;
  /** Message id of the request it answers. */
  readonly parent: string | undefined;
  readonly parentSession: string | undefined;
  readonly bytes: number;
  readonly #encoded = new Map<Protocol, Buffer | string>();
  #displayId: { id: string | undefined } | undefined;

  /** @throws MalformedMessage when the header is none */
  constructor(parts: Parts) {
    const { msg_id, msg_type, session } = parseHeader(parts.header.toString());
    this.parts = parts;
    this.id = msg_id;
    this.type = msg_type;
    this.session = session;
    const parent = parseObject(parts.parentHeader);
    this.parent = typeof parent.msg_id === "string" ? parent.msg_id : undefined;
    this.parentSession = typeof parent.session === "string" ? parent.session : undefined;
    this.bytes =
      parts.header.length +
      parts.parentHeader.length +
      parts.metadata.length +
      parts.content.length +
      parts.buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  }

  static received(
    channel: Channel,
    { header, parentHeader, metadata, content, buffers }: Opened,
  ): KernelMessage {
    return new KernelMessage({ channel, header, parentHeader, metadata, content, buffers });
  }

  /** One that the server says in the kernel's place: with the kernel's session id, for clients drop what has another. */
  static made(
    headers: Pick<HeaderFactory, "make">,
    channel: Channel,
    type: string,
    content: Record<string, unknown>,
    { session, parentHeader = Buffer.from("{}") }: { session: string | undefined; parentHeader?: Buffer },
  ): KernelMessage {
    const header = headers.make(type);
    return new KernelMessage({
      channel,
      header: Buffer.from(JSON.stringify({ ...header, session: session ?? header.session })),
      parentHeader,
      metadata: Buffer.from("{}"),
      content: Buffer.from(JSON.stringify(content)),
      buffers: [],
    });
  }

  /** Encoded once for all clients. */
  encoded(protocol: Protocol): Buffer | string {
    let encoded = this.#encoded.get(protocol);
    if (encoded === undefined) this.#encoded.set(protocol, (encoded = encodeParts(this.parts, protocol)));
    return encoded;
  }

  get content(): Record<string, unknown> {
    return parseObject(this.parts.content);
  }

  /** The display that it shows or updates. Read once: an output may be megabytes of JSON. */
  get displayId(): string | undefined {
    this.#displayId ??= { id: displayIdOf(this.content) };
    return this.#displayId.id;
  }

  get isOutput(): boolean {
    return this.parts.channel === "iopub" && outputTypes.has(this.type);
  }

  /** `busy`, `idle` …; `undefined` when it is no status message. */
  get executionState(): string | undefined {
    if (this.type !== "status") return undefined;
    const { execution_state } = this.content;
    return typeof execution_state === "string" ? execution_state : undefined;
  }
}

function displayIdOf({ transient }: Record<string, unknown>): string | undefined {
  if (typeof transient !== "object" || transient === null) return undefined;
  const { display_id } = transient as Record<string, unknown>;
  return typeof display_id === "string" ? display_id : undefined;
}

function parseObject(json: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json.toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
