/** Asking the person at the front end for a line (Jupyter messaging, "Messages on the stdin channel"). */
import type { InputOptions } from "../bridge.js";
import type { Incoming } from "../protocol/message.js";
import type { ReplyTo } from "../protocol/threads.js";
import { Fields, InvalidRequest } from "./requests.js";

export class StdinNotAllowed extends Error {
  override readonly name = "StdinNotAllowed";
  constructor() {
    super("this front end takes no input (the cell was run with allow_stdin false)");
  }
}

/** The cell on whose behalf is asked. */
export interface Asker {
  request: ReplyTo;
  allowStdin: boolean;
}

interface Question {
  asker: Asker;
  prompt: string;
  password: boolean;
  resolve: (value: string) => void;
  reject: (error: unknown) => void;
  stopListening: () => void;
}

export class Input {
  readonly #ask: (request: ReplyTo, content: string) => void;
  /** The first one is on the screen; a cell that asks twice at once is answered in order. */
  #questions: Question[] = [];

  constructor(ask: (request: ReplyTo, content: string) => void) {
    this.#ask = ask;
  }

  ask(
    asker: Asker | undefined,
    signal: AbortSignal,
    prompt = "",
    options: InputOptions = {},
  ): Promise<string> {
    if (!asker?.allowStdin) return Promise.reject(new StdinNotAllowed());
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#settle(question);
        reject(signal.reason as Error);
      };
      const question: Question = {
        asker,
        prompt: String(prompt),
        password: options.password === true,
        resolve,
        reject,
        stopListening: () => {
          signal.removeEventListener("abort", onAbort);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#questions.push(question);
      if (this.#questions.length === 1) this.#show(question);
    });
  }

  /** Takes an `input_reply`; one that nobody waits for (any more) is thrown away. */
  answer(reply: Incoming): void {
    const [question] = this.#questions;
    if (!question || !sameIdentity(reply, question.asker.request)) return;
    let value: string;
    try {
      value = new Fields("input_reply", reply.contentJson).string("value");
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      this.#settle(question);
      question.reject(error);
      return;
    }
    this.#settle(question);
    question.resolve(value);
  }

  #settle(question: Question): void {
    question.stopListening();
    const wasShown = this.#questions[0] === question;
    this.#questions = this.#questions.filter((other) => other !== question);
    const [next] = this.#questions;
    if (wasShown && next) this.#show(next);
  }

  #show({ asker, prompt, password }: Question): void {
    this.#ask(asker.request, JSON.stringify({ prompt, password }));
  }
}

/** Clients use one ZeroMQ identity for shell and stdin; that is how the kernel knows whom to ask. */
function sameIdentity(reply: Incoming, request: ReplyTo): boolean {
  return Buffer.compare(Buffer.concat(reply.identities), Buffer.concat(request.identities)) === 0;
}
