/** A proxy between browser and server that can be unplugged: what is open breaks, what is new is refused. */
import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

export class NetworkCable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #plugged = true;

  constructor() {
    this.#server = createServer((incoming, outgoing) => {
      const onward = request(
        incoming.url!,
        { method: incoming.method!, headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.on("error", () => outgoing.destroy());
      incoming.pipe(onward);
    });
    // Websockets ask for a tunnel.
    this.#server.on("connect", (incoming, near: Socket) => {
      const { hostname, port } = new URL(`http://${incoming.url!}`);
      const far = connect(Number(port), hostname, () => {
        near.write("HTTP/1.1 200 Connection established\r\n\r\n");
        far.pipe(near).pipe(far);
      });
      this.#sockets.add(far);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on("error", () => other.destroy()).on("close", () => other.destroy());
      }
    });
    this.#server.on("connection", (socket) => {
      if (!this.#plugged) socket.destroy();
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** @returns the address for the browser's proxy settings */
  async open(): Promise<string> {
    await new Promise<void>((done) => {
      this.#server.listen(0, "127.0.0.1", done);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  unplug(): void {
    this.#plugged = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  plug(): void {
    this.#plugged = true;
  }

  close(): void {
    this.unplug();
    this.#server.close();
  }
}
