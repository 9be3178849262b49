/**
 * Kernel messages as they travel over a websocket: the binary protocol {@link v1Protocol}, and the older one of JSON
 * texts (binary only where there are buffers) for clients that do not offer it.
 * Source: https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
 */

export const v1Protocol = "v1.kernel.websocket.jupyter.org";
/** The older protocol has no name. */
export type Protocol = typeof v1Protocol | "";

export const channels = ["shell", "control", "stdin", "iopub"] as const;
export type Channel = (typeof channels)[number];

/** A message in its parts; each but the buffers is JSON in UTF-8. */
export interface Parts {
  channel: Channel;
  header: Buffer;
  parentHeader: Buffer;
  metadata: Buffer;
  content: Buffer;
  buffers: Buffer[];
}

/** A client sent what is no message. */
export class MalformedFrame extends Error {
  override readonly name = "MalformedFrame";
}

export function encodeParts(parts: Parts, protocol: Protocol): Buffer | string {
  return protocol === v1Protocol ? encodeV1(parts) : encodeJson(parts);
}

/** @throws MalformedFrame */
export function decodeParts(data: Buffer, isBinary: boolean, protocol: Protocol): Parts {
  if (protocol === v1Protocol) {
    if (!isBinary) throw new MalformedFrame(`a text frame, ${v1Protocol} has binary ones only`);
    return decodeV1(data);
  }
  return decodeJson(data, isBinary);
}

/** Number of offsets, the offsets, and what lies between each two of them: channel, four JSON parts, buffers. */
function encodeV1({ channel, header, parentHeader, metadata, content, buffers }: Parts): Buffer {
  const pieces = [Buffer.from(channel), header, parentHeader, metadata, content, ...buffers];
  const head = Buffer.alloc(8 * (pieces.length + 2));
  head.writeBigUInt64LE(BigInt(pieces.length + 1), 0);
  let offset = head.length;
  head.writeBigUInt64LE(BigInt(offset), 8);
  for (const [index, piece] of pieces.entries()) {
    offset += piece.length;
    head.writeBigUInt64LE(BigInt(offset), 8 * (index + 2));
  }
  return Buffer.concat([head, ...pieces], offset);
}

function decodeV1(data: Buffer): Parts {
  const word = (index: number): number => Number(data.readBigUInt64LE(8 * index));
  if (data.length < 8) throw new MalformedFrame("shorter than its table of offsets");
  const count = word(0);
  if (count < 6) throw new MalformedFrame(`${count} offsets, at least 6 needed`);
  if (count > data.length / 8 - 1) throw new MalformedFrame("shorter than its table of offsets");
  const offsets = Array.from({ length: count }, (_, index) => word(index + 1));
  const [channel, ...rest] = slices(data, offsets, 8 * (count + 1));
  return parts(channel!.toString(), rest);
}

/** The pieces of `data` between each two of the offsets. */
function slices(data: Buffer, offsets: number[], first: number): Buffer[] {
  return offsets.slice(1).map((end, index) => {
    const start = offsets[index]!;
    if (start < first || end < start || end > data.length) throw new MalformedFrame("offsets out of order");
    return data.subarray(start, end);
  });
}

function parts(channel: string, pieces: Buffer[]): Parts {
  const [header, parentHeader, metadata, content, ...buffers] = pieces as [Buffer, Buffer, Buffer, Buffer];
  if (!isChannel(channel))
    throw new MalformedFrame(`no such channel: ${JSON.stringify(channel.slice(0, 40))}`);
  return { channel, header, parentHeader, metadata, content, buffers };
}

function isChannel(name: string): name is Channel {
  return (channels as readonly string[]).includes(name);
}

/** The parts are JSON already, and are put together as texts: an output of megabytes is not parsed to be sent on. */
function encodeJson({ channel, header, parentHeader, metadata, content, buffers }: Parts): Buffer | string {
  const { msg_id, msg_type } = JSON.parse(header.toString()) as Record<string, unknown>;
  const json =
    `{"header":${header.toString()},"msg_id":${JSON.stringify(msg_id)},"msg_type":${JSON.stringify(msg_type)},` +
    `"parent_header":${parentHeader.toString()},"metadata":${metadata.toString()},` +
    `"content":${content.toString()},"buffers":[],"channel":"${channel}"}`;
  if (buffers.length === 0) return json;
  const pieces = [Buffer.from(json), ...buffers];
  const head = Buffer.alloc(4 * (pieces.length + 1));
  head.writeUInt32BE(pieces.length, 0);
  let offset = head.length;
  for (const [index, piece] of pieces.entries()) {
    head.writeUInt32BE(offset, 4 * (index + 1));
    offset += piece.length;
  }
  return Buffer.concat([head, ...pieces], offset);
}

function decodeJson(data: Buffer, isBinary: boolean): Parts {
  const [json, ...buffers] = isBinary ? decodePieces(data) : [data];
  let message: unknown;
  try {
    message = JSON.parse(json!.toString());
  } catch {
    throw new MalformedFrame("not JSON");
  }
  if (typeof message !== "object" || message === null) throw new MalformedFrame("not an object");
  const { channel = "shell", header, parent_header, metadata, content } = message as Record<string, unknown>;
  const pieces = [header, parent_header, metadata, content].map((part) =>
    Buffer.from(JSON.stringify(part ?? {})),
  );
  return parts(String(channel), [...pieces, ...buffers]);
}

/** Number of pieces, the offset of each, the pieces: JSON, then buffers. */
function decodePieces(data: Buffer): Buffer[] {
  const count = data.length < 4 ? 0 : data.readUInt32BE(0);
  if (count === 0 || count > data.length / 4 - 1)
    throw new MalformedFrame("shorter than its table of offsets");
  const offsets = Array.from({ length: count }, (_, index) => data.readUInt32BE(4 * (index + 1)));
  return slices(data, [...offsets, data.length], 4 * (count + 1));
}
