import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  channels,
  decodeParts,
  encodeParts,
  MalformedFrame,
  v1Protocol,
  type Parts,
} from "../../../../../kernel-extensions/lab/server/kernels/wire.js";

const json = fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)));
const buffer = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const header = fc
  .record({ msg_id: fc.string(), msg_type: fc.string(), session: fc.string() })
  .map((value) => Buffer.from(JSON.stringify(value)));
const parts: fc.Arbitrary<Parts> = fc.record({
  channel: fc.constantFrom(...channels),
  header,
  parentHeader: fc.constant(Buffer.from("{}")),
  metadata: fc.constant(Buffer.from('{"é":[1]}')),
  content: json,
  buffers: fc.array(buffer, { maxLength: 4 }),
});
const bytesOf = (encoded: Buffer | string): Buffer => Buffer.from(encoded);

describe.each([v1Protocol, ""] as const)("messages in the protocol %j", (protocol) => {
  it("are read as they were written", () => {
    fc.assert(
      fc.property(parts, (message) => {
        // The older protocol writes an absent part as an empty object.
        fc.pre(protocol === v1Protocol || message.content.toString() !== "null");
        const encoded = encodeParts(message, protocol);
        const decoded = decodeParts(bytesOf(encoded), typeof encoded !== "string", protocol);
        const values = ({ channel, buffers, ...rest }: Parts): unknown => [
          channel,
          buffers.map((piece) => piece.toString("hex")),
          Object.entries(rest).map(([name, part]) => [name, JSON.parse(part.toString()) as unknown]),
        ];
        expect(values(decoded)).toEqual(values(message));
      }),
    );
  });

  it("that are damaged are refused, whatever the damage", () => {
    fc.assert(
      fc.property(
        parts,
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 9 }),
        fc.boolean(),
        (message, at, bytes, cut) => {
          const data = bytesOf(encodeParts(message, protocol));
          const start = at % data.length;
          data.set(bytes.subarray(0, data.length - start), start);
          const damaged = cut ? data.subarray(0, start) : data;
          for (const isBinary of [true, false]) {
            try {
              decodeParts(damaged, isBinary, protocol);
            } catch (error) {
              expect(error).toBeInstanceOf(MalformedFrame);
            }
          }
        },
      ),
    );
  });
});
