/** A network cable between a client and the server, to be cut. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class Cable {
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  /** Whether what goes through is swallowed: neither side sees that the other one is gone. */
  #isDead = false;
  /** How many more bytes come through to the client before the cable is cut. */
  #left = Infinity;

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const server = connect(port, "127.0.0.1");
      const pair: [Socket, Socket] = [client, server];
      this.#pairs.add(pair);
      server.on("data", (data) => {
        if (this.#isDead) return;
        client.write(data.subarray(0, this.#left));
        this.#left -= data.length;
        if (this.#left <= 0) this.cut();
      });
      client.on("data", (data) => {
        if (!this.#isDead) server.write(data);
      });
      for (const socket of pair) {
        socket.on("error", () => undefined);
        socket.on("close", () => {
          if (!this.#isDead) for (const other of pair) other.destroySoon();
          this.#pairs.delete(pair);
        });
      }
    });
  }

  static async to(port: number): Promise<Cable> {
    const cable = new Cable(port);
    await new Promise<void>((resolve) => cable.#server.listen(0, "127.0.0.1", resolve));
    return cable;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Every connection breaks. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.destroySoon(); // What came through is delivered.
      server.resetAndDestroy();
    }
    this.#left = Infinity;
  }

  /** Every connection breaks when so many more bytes have come through, in the middle of a message most likely. */
  cutAfter(bytes: number): void {
    this.#left = bytes;
  }

  /** The client sees its connections break, the server does not. */
  unplug(): void {
    this.#isDead = true;
    for (const [client] of this.#pairs) client.destroy();
  }

  replug(): void {
    this.#isDead = false;
  }

  close(): void {
    this.#isDead = false;
    this.cut();
    this.#server.close();
  }
}
