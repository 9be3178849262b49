/**
 * The kernel's conversation with its clients, one request after the other (Jupyter messaging 5.4,
 * "Messages on the shell channel").
 *
 * A state machine rather than a chain of promises: when execution was terminated, V8 may throw pending
 * promise continuations away. Everything here happens in a message of the IO thread or in the executor's
 * `done`, and runs to its end in one piece.
 */
import type { DisplayOptions, KernelBridge, MimeBundle } from "../bridge.js";
import type { CellError, Executor, Outcome } from "../execution/execution.js";
import type { Language } from "../language/language.js";
import type { Wire } from "../protocol/io.js";
import { critical, repairAfterTermination } from "../protocol/termination.js";
import type { Request, ToIo, ToMain } from "../protocol/threads.js";
import { CommRegistry } from "./comms.js";
import { checkBundle, display } from "./display.js";
import { type PagerPayload, askedName, explain } from "./help.js";
import { History } from "./history.js";
import { Input } from "./input.js";
import { toJson } from "./json.js";
import type { Output } from "./output.js";
import { describe } from "./process-guard.js";
import { complete, inspect, isComplete } from "./questions.js";
import { type ExecuteRequest, Fields, InvalidRequest, parseExecute, parseHistory } from "./requests.js";

/** The session's hold on the IO thread. */
export interface SessionIo extends Wire {
  acknowledge(sequence: number, interrupt: boolean): void;
  setBusy(request: number): void;
  post(message: ToIo): void;
}

export interface SessionOptions {
  io: SessionIo;
  output: Output;
  language: Language;
  executor: Executor;
  /** Ends the process. */
  exit: (code: number) => void;
}

/** An execute_request being worked on. */
interface Cell {
  request: Request;
  content: ExecuteRequest;
  executionCount: number;
  startedAt: string;
  wasInterrupted: boolean;
  payload: PagerPayload[];
  /** Expressions still to be evaluated, and what became of the others. */
  expressions: [name: string, expression: string][];
  expressionResults: Record<string, unknown>;
  /** The reply, once the cell is done and waits for the requests behind it to be collected. */
  reply?: string;
}

export class Session {
  readonly #io: SessionIo;
  readonly #output: Output;
  readonly #language: Language;
  readonly #executor: Executor;
  readonly #exit: (code: number) => void;
  readonly #history = new History();
  readonly #input: Input;
  readonly #comms: CommRegistry;
  readonly #cellEndListeners = new Set<() => void>();
  #queue: Request[] = [];
  #current: Request | undefined;
  #cell: Cell | undefined;
  /** The cell that ran last, for which late code asks for input. */
  #lastCell: Cell | undefined;
  #executionCount = 0;
  #requestCount = 0;

  constructor({ io, output, language, executor, exit }: SessionOptions) {
    this.#io = io;
    this.#output = output;
    this.#language = language;
    this.#executor = executor;
    this.#exit = exit;
    this.#input = new Input((request, content) => {
      output.flush();
      io.requestInput(request, content);
    });
    this.#comms = new CommRegistry(
      (type, content, options) => {
        output.flush();
        io.waitForRoom();
        io.publish(type, output.parent, content, options);
      },
      (error) => {
        this.report(`Uncaught ${describe(error)}\n`);
      },
    );
  }

  /** What user code in this kernel can do. */
  get bridge(): KernelBridge {
    const count = (): number => this.#executionCount;
    const signal = (): AbortSignal => this.#executor.signal;
    return {
      get executionCount() {
        return count();
      },
      get signal() {
        return signal();
      },
      display: (data: MimeBundle, options?: DisplayOptions) => {
        display(this.#output, data, options);
      },
      clearOutput: (wait = false) => {
        this.#output.send("clear_output", { wait });
      },
      input: (prompt, options) => {
        const cell = this.#lastCell;
        const asker = cell && { request: cell.request, allowStdin: cell.content.allowStdin };
        return this.#input.ask(asker, this.#executor.signal, prompt, options);
      },
      comms: this.#comms,
      onCellEnd: (listener) => {
        this.#cellEndListeners.add(listener);
      },
    };
  }

  /** Shows an error that belongs to no cell's outcome. */
  report(text: string): void {
    this.#output.write("stderr", text);
  }

  /** Takes one message of the IO thread. */
  receive(message: ToMain): void {
    switch (message.kind) {
      case "request":
        if (this.#cell && !this.#cell.reply && isCommMessage(message.request))
          this.#commInBetween(message.request);
        else this.#queue.push(message.request);
        break;
      case "input-reply":
        this.#input.answer(message.reply);
        break;
      case "ping":
        this.#io.acknowledge(message.sequence, message.interrupt);
        if (message.interrupt) this.interrupt();
        break;
      case "terminated":
        this.#terminated();
        break;
      case "drained":
        this.#abortQueue();
        break;
      case "shutdown":
        this.#output.flush();
        this.#io.post({ kind: "bye" });
        break;
      case "flushed":
        this.#exit(0);
        break;
      case "bound":
      case "failed":
        break; // Only matter while the kernel starts.
    }
    this.#next();
  }

  /** Stops the running cell, or what earlier cells left running. */
  interrupt(): void {
    if (this.#cell) this.#cell.wasInterrupted = true;
    this.#executor.interrupt();
  }

  #terminated(): void {
    repairAfterTermination();
    this.#output.recover();
    const cell = this.#cell;
    if (cell) {
      cell.wasInterrupted = true;
    } else if (this.#current) {
      // Cut off in a completion or an inspection.
      this.#language.recover();
      this.#finish(this.#current, toJson(errorReply(interrupted)));
    }
    this.#executor.terminated();
    // The executor may not have got the cell yet (a slow `name?`); it reports those it has in the next turn.
    setImmediate(() =>
      setImmediate(() => {
        if (cell && cell === this.#cell && cell.reply === undefined && !this.#executor.busy) {
          this.#failed(cell, interrupted);
        }
      }),
    );
  }

  #next(): void {
    const request = critical(() => this.#takeRequest());
    if (!request) return;
    if (request.header.msg_type === "execute_request") {
      this.#guarded(request, () => {
        this.#execute(request, parseExecute(request.contentJson));
      });
    } else {
      this.#guarded(request, () => {
        const content = this.#answer(request);
        this.#finish(request, content === undefined ? undefined : toJson(content));
      });
    }
  }

  #takeRequest(): Request | undefined {
    if (this.#current) return undefined;
    const request = this.#queue.shift();
    if (!request) return undefined;
    this.#current = request;
    this.#io.setBusy(++this.#requestCount);
    this.#io.status("busy", request.headerJson);
    return request;
  }

  /** Answers with an error whatever goes wrong, the kernel's own faults included. */
  #guarded(request: Request, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof InvalidRequest)) this.report(`${describe(error)}\n`);
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.#cell = undefined;
      this.#finish(request, toJson(errorReply({ ename: name, evalue: message, traceback: [] })));
    }
  }

  /** Sends the reply, if the request has one, and goes on to the next request. */
  #finish(request: Request, replyJson: string | undefined, metadata?: string): void {
    critical(() => {
      this.#output.flush();
      if (replyJson !== undefined) {
        const type = request.header.msg_type.replace(/_request$/, "_reply");
        this.#io.reply(request, type, replyJson, metadata);
      }
      this.#io.status("idle", request.headerJson);
      this.#current = undefined;
      this.#io.setBusy(0);
    });
    // Its own turn of the event loop: timers and messages of user code get theirs.
    setImmediate(() => {
      this.#next();
    });
  }

  /** The reply's content; `undefined` where the message type has no reply or is not known. */
  #answer(request: Request): Record<string, unknown> | undefined {
    const { contentJson, header } = request;
    switch (header.msg_type) {
      case "complete_request":
        return complete(this.#language, contentJson);
      case "inspect_request":
        return inspect(this.#language, contentJson);
      case "is_complete_request":
        return isComplete(this.#language, contentJson);
      case "history_request":
        return { status: "ok", history: this.#history.find(parseHistory(contentJson)) };
      case "comm_info_request": {
        const target = new Fields(header.msg_type, contentJson).string("target_name", "");
        return { status: "ok", comms: this.#comms.info(target) };
      }
      case "comm_open":
      case "comm_msg":
      case "comm_close":
        this.#receiveComm(request);
        return undefined;
      default:
        if (!header.msg_type.endsWith("_request")) return undefined;
        throw new InvalidRequest(`${header.msg_type} is not supported`);
    }
  }

  // Cells.

  #execute(request: Request, content: ExecuteRequest): void {
    const { code, silent, storeHistory } = content;
    if (storeHistory) this.#executionCount++;
    const executionCount = this.#executionCount;
    const cell: Cell = {
      request,
      content,
      executionCount,
      startedAt: new Date().toISOString(),
      wasInterrupted: false,
      payload: [],
      expressions: Object.entries(content.userExpressions),
      expressionResults: {},
    };
    this.#cell = cell;
    this.#lastCell = cell;
    this.#output.begin(request.headerJson, silent);
    this.#io.post({ kind: "child-target", parent: silent ? undefined : request.headerJson });
    this.#output.send("execute_input", { code, execution_count: executionCount });
    if (storeHistory) this.#history.add(executionCount, code);
    const name = askedName(code);
    if (name === undefined) {
      this.#executor.execute(code, { executionCount, silent }, (outcome) => {
        this.#settled(cell, outcome);
      });
      return;
    }
    const explanation = explain(name, this.#language);
    if ("payload" in explanation) cell.payload.push(explanation.payload);
    this.#settled(cell, "outcome" in explanation ? explanation.outcome : { status: "ok" });
  }

  #settled(cell: Cell, outcome: Outcome): void {
    if (this.#cell !== cell) return; // Answered already, see #guarded.
    this.#announceCellEnd();
    const error = outcome.status === "error" ? outcome.error : this.#showResult(cell, outcome.result);
    if (error) this.#failed(cell, error);
    else this.#evaluateNext(cell);
  }

  #announceCellEnd(): void {
    for (const listener of this.#cellEndListeners) {
      try {
        listener();
      } catch (error) {
        this.report(`Uncaught ${describe(error)}\n`);
      }
    }
  }

  /** Publishes what the cell's last expression gave; returns what is wrong with it. */
  #showResult({ content, executionCount }: Cell, result: MimeBundle | undefined): CellError | undefined {
    // Handles of live displays show nothing of their own: an empty bundle.
    if (result === undefined || Object.keys(result).length === 0) return undefined;
    try {
      const data = checkBundle(result);
      this.#output.send("execute_result", { execution_count: executionCount, data, metadata: {} });
      const plain = data["text/plain"];
      if (content.storeHistory && typeof plain === "string") this.#history.setOutput(executionCount, plain);
      return undefined;
    } catch (error) {
      const { name, message } = error as Error;
      return { ename: name, evalue: message, traceback: [`${name}: ${message}`] };
    }
  }

  #failed(cell: Cell, error: CellError): void {
    const { content, executionCount: execution_count } = cell;
    this.#output.send("error", error);
    this.#conclude(cell, { ...errorReply(error), execution_count }, content.stopOnError);
  }

  /** Evaluates the request's user_expressions one by one, then concludes. */
  #evaluateNext(cell: Cell): void {
    const next = cell.expressions.shift();
    if (!next) {
      const { executionCount: execution_count, payload, expressionResults: user_expressions } = cell;
      this.#conclude(cell, { status: "ok", execution_count, payload, user_expressions }, false);
      return;
    }
    const [name, expression] = next;
    this.#executor.evaluate(expression, (outcome) => {
      cell.expressionResults[name] =
        outcome.status === "ok"
          ? { status: "ok", data: outcome.result ?? { "text/plain": "undefined" }, metadata: {} }
          : errorReply(outcome.error);
      this.#evaluateNext(cell);
    });
  }

  /**
   * The cell is done. When the cells queued behind it must not run, its reply waits until all of them that were
   * sent before it are here; see the IO thread's `drain`.
   */
  #conclude(cell: Cell, content: Record<string, unknown>, abortQueue: boolean): void {
    critical(() => {
      this.#output.end();
      if (cell.content.silent) this.#io.post({ kind: "child-target", parent: this.#output.parent });
      cell.reply = toJson(content);
      if (abortQueue || cell.wasInterrupted) this.#io.drain();
      else this.#sendReply(cell, cell.reply);
    });
  }

  #sendReply(cell: Cell, reply: string): void {
    this.#cell = undefined;
    this.#finish(cell.request, reply, toJson({ started: cell.startedAt }));
  }

  #abortQueue(): void {
    const cell = this.#cell;
    if (cell?.reply === undefined) return;
    const queue = this.#queue;
    this.#queue = queue.filter(({ header }) => header.msg_type !== "execute_request");
    this.#sendReply(cell, cell.reply);
    const reply = toJson({ status: "aborted", execution_count: this.#executionCount });
    for (const request of queue) {
      if (request.header.msg_type !== "execute_request") continue;
      this.#io.status("busy", request.headerJson);
      this.#io.reply(request, "execute_reply", reply);
      this.#io.status("idle", request.headerJson);
    }
  }

  // Comms.

  #receiveComm({ header, contentJson, buffers }: Request): void {
    try {
      this.#comms.receive(header.msg_type, contentJson, buffers);
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      this.report(`${error.name}: ${error.message}\n`); // Comm messages have no reply.
    }
  }

  /** A cell that awaits a front end's message would wait for ever if the message waited for the cell. */
  #commInBetween(request: Request): void {
    this.#io.status("busy", request.headerJson);
    this.#receiveComm(request);
    this.#output.flush();
    this.#io.status("idle", request.headerJson);
    // Front ends show the last status they saw: the cell is still running.
    if (this.#current) this.#io.status("busy", this.#current.headerJson);
  }
}

const interrupted: CellError = {
  ename: "Interrupted",
  evalue: "the kernel was interrupted",
  traceback: ["Interrupted: the kernel was interrupted"],
};

function isCommMessage({ header }: Request): boolean {
  return ["comm_open", "comm_msg", "comm_close"].includes(header.msg_type);
}

function errorReply({ ename, evalue, traceback }: CellError): Record<string, unknown> {
  return { status: "error", ename, evalue, traceback };
}
