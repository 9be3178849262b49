/**
 * Messages as they travel: signing, taking apart, putting together
 * (Jupyter messaging 5.4, sections "General Message Format" and "The Wire Protocol").
 */
import { createHmac, getHashes, randomUUID, timingSafeEqual } from "node:crypto";

export const protocolVersion = "5.4";

const delimiter = "<IDS|MSG>";

export interface Header {
  msg_id: string;
  session: string;
  username: string;
  /** ISO 8601 with a time zone. */
  date: string;
  msg_type: string;
  version: string;
}

/** A received message whose signature is right. Everything but the header is left as JSON text. */
export interface Incoming {
  /** ZeroMQ routing prefix: where a reply goes. */
  identities: Uint8Array[];
  header: Pick<Header, "msg_id" | "session" | "msg_type">;
  /** The header as sent, to be echoed as `parent_header` without a change. */
  headerJson: string;
  parentHeaderJson: string;
  metadataJson: string;
  contentJson: string;
  buffers: Uint8Array[];
}

export interface Outgoing {
  /** Routing prefix, or the topic on iopub. */
  identities: (Uint8Array | string)[];
  header: Header;
  /** JSON texts. */
  parentHeader: string;
  metadata: string;
  content: string;
  buffers?: Uint8Array[];
}

/** A message that cannot be trusted or read, and so cannot be answered. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

/** Signs with HMAC; an empty key signs nothing and accepts everything ("The Wire Protocol"). */
export class Signer {
  readonly #algorithm: string;
  readonly #key: string;

  /** Throws a RangeError for a scheme that this Node cannot compute. */
  constructor(key: string, scheme = "hmac-sha256") {
    const algorithm = /^hmac-(.+)$/.exec(scheme)?.[1];
    if (algorithm === undefined || !getHashes().includes(algorithm)) {
      throw new RangeError(
        `"signature_scheme" ${JSON.stringify(scheme)} is not supported; try "hmac-sha256"`,
      );
    }
    this.#algorithm = algorithm;
    this.#key = key;
  }

  sign(parts: readonly (string | Uint8Array)[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#algorithm, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  /** Compares in constant time, so that answering time tells nothing about the right signature. */
  verify(parts: readonly Uint8Array[], signature: Uint8Array): boolean {
    if (this.#key === "") return true;
    const expected = Buffer.from(this.sign(parts));
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }
}

/** The frames of a received message whose signature is right, none of them looked into. */
export interface Opened {
  identities: Buffer[];
  header: Buffer;
  parentHeader: Buffer;
  metadata: Buffer;
  content: Buffer;
  buffers: Buffer[];
}

/** Takes a multipart message apart. Throws {@link MalformedMessage} before looking into anything unsigned. */
export function openMessage(frames: readonly Buffer[], signer: Signer): Opened {
  const at = frames.findIndex((frame) => frame.length === delimiter.length && frame.toString() === delimiter);
  if (at < 0) throw new MalformedMessage("no <IDS|MSG> delimiter");
  const [signature, header, parentHeader, metadata, content, ...buffers] = frames.slice(at + 1);
  if (
    signature === undefined ||
    header === undefined ||
    parentHeader === undefined ||
    metadata === undefined ||
    content === undefined
  ) {
    throw new MalformedMessage(`${frames.length - at - 1} frames after the delimiter, at least 5 needed`);
  }
  if (!signer.verify([header, parentHeader, metadata, content], signature)) {
    throw new MalformedMessage("wrong signature");
  }
  return { identities: frames.slice(0, at), header, parentHeader, metadata, content, buffers };
}

/** {@link openMessage}, and reads the header. */
export function parseMessage(frames: readonly Buffer[], signer: Signer): Incoming {
  const { identities, header, parentHeader, metadata, content, buffers } = openMessage(frames, signer);
  const headerJson = header.toString();
  return {
    // Copies: a small Buffer is a view into a pool that would cross to the main thread whole.
    identities: identities.map((frame) => new Uint8Array(frame)),
    header: parseHeader(headerJson),
    headerJson,
    parentHeaderJson: parentHeader.toString(),
    metadataJson: metadata.toString(),
    contentJson: content.toString(),
    buffers: buffers.map((frame) => new Uint8Array(frame)),
  };
}

/** @throws MalformedMessage */
export function parseHeader(json: string): Incoming["header"] {
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch {
    throw new MalformedMessage("the header is not JSON");
  }
  if (typeof header !== "object" || header === null)
    throw new MalformedMessage("the header is not an object");
  const { msg_id, session, msg_type } = header as Record<string, unknown>;
  if (typeof msg_id !== "string" || typeof session !== "string" || typeof msg_type !== "string") {
    throw new MalformedMessage("the header lacks msg_id, session or msg_type");
  }
  return { msg_id, session, msg_type };
}

/** Puts a message together, signature included. */
export function encodeMessage(message: Outgoing, signer: Signer): (Uint8Array | string)[] {
  const parts = [JSON.stringify(message.header), message.parentHeader, message.metadata, message.content];
  return joinMessage(parts, signer, message);
}

/** Signs the four JSON parts (header, parent header, metadata, content) and puts the message together. */
export function joinMessage(
  parts: readonly (string | Uint8Array)[],
  signer: Signer,
  { identities = [], buffers = [] }: Partial<Pick<Outgoing, "identities" | "buffers">> = {},
): (Uint8Array | string)[] {
  return [...identities, delimiter, signer.sign(parts), ...parts, ...buffers];
}

/** Makes the headers of one kernel process: one session id for its whole life. */
export class HeaderFactory {
  readonly session = randomUUID();
  readonly #username: string;

  constructor(username: string) {
    this.#username = username;
  }

  make(msg_type: string): Header {
    return {
      msg_id: randomUUID(),
      session: this.session,
      username: this.#username,
      date: new Date().toISOString(),
      msg_type,
      version: protocolVersion,
    };
  }
}
