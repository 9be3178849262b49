/** Messages as a client sees them, over the kernel's own wire format. */
import {
  encodeMessage,
  MalformedMessage,
  parseMessage,
  type Header,
  type Signer,
} from "../kernel/protocol/message.js";

export interface Message {
  header: Pick<Header, "msg_id" | "msg_type">;
  /** The header of the request this answers; empty where there is none. */
  parentHeader: Partial<Header>;
  content: Record<string, unknown>;
}

/** The frames of a request. */
export function encodeRequest(
  header: Header,
  content: Record<string, unknown>,
  signer: Signer,
): (string | Uint8Array)[] {
  return encodeMessage(
    { identities: [], header, parentHeader: "{}", metadata: "{}", content: JSON.stringify(content) },
    signer,
  );
}

/** Reads frames; `undefined` when they are not a message, or not one signed with this key. */
export function decode(frames: Buffer[], signer: Signer): Message | undefined {
  try {
    const { header, parentHeaderJson, contentJson } = parseMessage(frames, signer);
    return {
      header,
      parentHeader: JSON.parse(parentHeaderJson) as Partial<Header>,
      content: JSON.parse(contentJson) as Record<string, unknown>,
    };
  } catch (error) {
    if (error instanceof MalformedMessage || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
