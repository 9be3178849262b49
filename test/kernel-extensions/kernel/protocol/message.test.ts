import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  HeaderFactory,
  MalformedMessage,
  Signer,
  encodeMessage,
  parseMessage,
} from "../../../../kernel-extensions/kernel/protocol/message.js";

const signer = new Signer("a key");
const headers = new HeaderFactory("tester");

function frames(
  content: string,
  identities: Uint8Array[] = [Buffer.from("client")],
  buffers: Uint8Array[] = [],
): Buffer[] {
  const header = headers.make("execute_request");
  return encodeMessage(
    { identities, header, parentHeader: "{}", metadata: "{}", content, buffers },
    signer,
  ).map((frame) => Buffer.from(frame as Uint8Array));
}

describe("parseMessage", () => {
  it("undoes encodeMessage", () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { maxLength: 3 }),
        fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 3 }),
        (content, identities, buffers) => {
          const message = parseMessage(frames(content, identities, buffers), signer);
          expect(message.contentJson).toBe(content);
          expect(message.identities).toEqual(identities);
          expect(message.buffers).toEqual(buffers);
          expect(message.header.msg_type).toBe("execute_request");
          expect(message.header.session).toBe(headers.session);
        },
      ),
    );
  });

  it("refuses every change of a signed byte", () => {
    const original = frames('{"code":"1+1"}');
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (at, place, change) => {
          const changed = original.map((frame) => Buffer.from(frame));
          const frame = changed[at]!;
          frame[place % frame.length]! ^= change;
          expect(() => parseMessage(changed, signer)).toThrow(MalformedMessage);
        },
      ),
    );
  });

  it("throws nothing but MalformedMessage", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), fc.boolean(), (junk, delimited) => {
        const message = junk.map((frame) => Buffer.from(frame));
        if (delimited) message.unshift(Buffer.from("<IDS|MSG>"));
        expect(() => parseMessage(message, signer)).toThrow(MalformedMessage);
      }),
    );
  });

  it("needs the delimiter, five frames, the signature and a header", () => {
    const good = frames("{}");
    const parse = (change: (frames: Buffer[]) => Buffer[]) => () => parseMessage(change(good), signer);
    expect(parse((f) => f.filter((frame) => frame.toString() !== "<IDS|MSG>"))).toThrow(
      "no <IDS|MSG> delimiter",
    );
    expect(parse((f) => f.slice(0, -1))).toThrow("4 frames after the delimiter, at least 5 needed");
    expect(parse((f) => f.with(2, Buffer.from("0".repeat(64))))).toThrow("wrong signature");
    expect(parse((f) => f.with(2, Buffer.alloc(0)))).toThrow("wrong signature");
    const unsigned = new Signer("");
    const header = (json: string) => () => parseMessage(good.with(3, Buffer.from(json)), unsigned);
    expect(header("{")).toThrow("not JSON");
    expect(header("null")).toThrow("not an object");
    expect(header('{"msg_id":1}')).toThrow("lacks msg_id");
  });
});

describe("Signer", () => {
  it("computes the HMAC that Python's clients compute", () => {
    // hmac.new(b"key", b"abcd", sha256).hexdigest()
    expect(new Signer("key").sign(["a", "b", Buffer.from("cd")])).toBe(
      "2a31ec0ee8d878c9eece9fb0df79b3b90b2256240163aa5ee50d176d3d1121f8",
    );
  });

  it("signs nothing without a key", () => {
    expect(new Signer("").sign(["a"])).toBe("");
    expect(new Signer("").verify([], Buffer.from("anything"))).toBe(true);
  });

  it("knows other schemes, and says which it does not know", () => {
    expect(new Signer("key", "hmac-sha512").sign(["a"])).toHaveLength(128);
    expect(() => new Signer("key", "hmac-nonsense")).toThrow(
      '"signature_scheme" "hmac-nonsense" is not supported',
    );
    expect(() => new Signer("key", "sha256")).toThrow(RangeError);
  });
});
