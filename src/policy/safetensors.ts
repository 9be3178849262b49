/**
 * The safetensors file format (https://huggingface.co/docs/safetensors): eight bytes with the header's length
 * (little endian), a JSON header, then the tensors' bytes. Float32 only.
 */

export interface SafeTensors {
  tensors: Map<string, { shape: number[]; values: Float32Array }>;
  /** The header's `__metadata__`: texts by name. */
  metadata: Readonly<Record<string, string>>;
}

/** The reference implementation refuses longer headers. */
const longestHeader = 100_000_000;

export function encodeSafeTensors({ tensors, metadata }: SafeTensors): Uint8Array {
  if (tensors.has("__metadata__"))
    throw new RangeError('No tensor can be named "__metadata__" in safetensors');
  const header = new Map<string, unknown>([["__metadata__", metadata]]);
  let size = 0;
  for (const [name, { shape, values }] of tensors) {
    header.set(name, { dtype: "F32", shape, data_offsets: [size, size + values.byteLength] });
    size += values.byteLength;
  }
  // Padded with spaces, as the format asks for, so that the tensors are aligned.
  let json = JSON.stringify(Object.fromEntries(header));
  let headerBytes = new TextEncoder().encode(json);
  json += " ".repeat((8 - (headerBytes.length % 8)) % 8);
  headerBytes = new TextEncoder().encode(json);

  const file = new Uint8Array(8 + headerBytes.length + size);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerBytes.length), true);
  file.set(headerBytes, 8);
  let offset = 8 + headerBytes.length;
  for (const { values } of tensors.values()) {
    for (const value of values) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return file;
}

/** @throws Error that says what is wrong with the bytes; nothing is read beyond them. */
export function decodeSafeTensors(file: Uint8Array): SafeTensors {
  if (file.byteLength < 8) throw new Error(`it has only ${file.byteLength} bytes`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > longestHeader || 8 + headerLength > file.byteLength) {
    throw new Error(`its header should have ${headerLength} bytes, but the file ends before`);
  }
  const header = parseHeader(new TextDecoder().decode(file.subarray(8, 8 + headerLength)));
  const data = 8 + headerLength;
  const tensors: SafeTensors["tensors"] = new Map();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: range } = entry as Record<string, unknown>;
    if (dtype !== "F32") throw new Error(`tensor "${name}" has the type ${String(dtype)}, not F32`);
    if (!isSizes(shape) || !isSizes(range) || range.length !== 2) {
      throw new Error(`tensor "${name}" has no proper shape and data_offsets`);
    }
    const [start, end] = range as [number, number];
    const size = shape.reduce((product, side) => product * side, 1);
    if (end - start !== 4 * size || data + end > file.byteLength) {
      throw new Error(
        `tensor "${name}" of shape [${shape.join(", ")}] does not fit its bytes ${start} to ${end}`,
      );
    }
    const values = new Float32Array(size);
    for (let i = 0; i < size; i++) values[i] = view.getFloat32(data + start + 4 * i, true);
    tensors.set(name, { shape, values });
  }
  return { tensors, metadata: texts(header["__metadata__"]) };
}

function parseHeader(json: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch {
    throw new Error("its header is not JSON");
  }
  if (
    typeof header !== "object" ||
    header === null ||
    Object.values(header).some((entry) => typeof entry !== "object" || entry === null)
  ) {
    throw new Error("its header is not an object of tensors");
  }
  return header as Record<string, unknown>;
}

function texts(metadata: unknown): Record<string, string> {
  const entries = Object.entries((metadata ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]));
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
