/** Shows values, and shows them again when they change. */
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { kernelBridge, type DisplayOptions, type MimeBundle } from "../kernel/bridge.js";
import {
  displaySymbol,
  isDisplayable,
  isMimeBundle,
  isObject,
  isPromise,
  type AsyncDisplayable,
} from "./displayable.js";
import { figureBundle, isFigure, plotlyType } from "./figure.js";
import { toJson } from "./json.js";
import { Paced } from "./pace.js";
import { isFrame, isRecords } from "./rows.js";
import { table } from "./table.js";
import { print } from "./terminal.js";
import { plainText } from "./text.js";

/** An output that can be replaced. */
export interface DisplayHandle {
  /** The id under which the front end knows this output. */
  readonly id: string;
  /**
   * Replaces what is shown. Call it as often as you like: at most about ten times a second something is
   * sent, the latest value wins, and the last one is always delivered.
   *
   * @throws TypeError when `value` cannot be shown and is sent at once; later failures go to stderr.
   * @throws Error after {@link close}.
   */
  update(value: unknown): void;
  /** Sends what is held back, at once; resolves when it has gone. */
  flush(): Promise<void>;
  /** Flushes, and ends the updates. */
  close(): Promise<void>;
}

/**
 * Shows a value below the cell; outside a kernel prints its text to stdout.
 *
 * Takes objects with a `Symbol.for("Jupyter.display")` method, MIME bundles (plain objects with keys such
 * as `text/html`), Plotly figures (`{ data, layout }`), danfo frames and series, arrays of records (both as
 * tables) and strings; of anything else it shows what `util.inspect` prints.
 *
 * When the method returns a promise, the result is a promise too, of the handle, resolved when the value
 * is shown.
 *
 * @throws TypeError when the value's own method gives no MIME bundle, or the bundle is not JSON.
 */
export function display(
  value: AsyncDisplayable,
  options?: DisplayOptions,
): DisplayHandle & Promise<DisplayHandle>;
export function display(value: unknown, options?: DisplayOptions): DisplayHandle;
export function display(value: unknown, options: DisplayOptions = {}): DisplayHandle {
  const output = new Output(options);
  const handle: DisplayHandle = {
    id: output.id,
    update: (next) => output.update(next),
    flush: () => output.flush(),
    close: () => output.close(),
  };
  // The handle as a cell's last expression: everything there is to see is shown already.
  Object.defineProperty(handle, displaySymbol, { value: () => ({}) });
  const shown = output.start(value);
  if (!shown) return handle;
  return Object.assign(
    shown.then(() => handle),
    handle,
  );
}

/** Milliseconds between updates: on a page that redraws, and on paper that only grows. */
const redraw = 100;
const reprint = 2000;

class Output {
  readonly id: string;
  readonly #options: DisplayOptions;
  readonly #paced: Paced<unknown>;
  #started = false;
  #closed = false;
  #printed = "";

  constructor(options: DisplayOptions) {
    this.#options = options;
    this.id = options.displayId ?? randomUUID();
    this.#paced = new Paced((value) => this.#send(value), {
      interval: () => (kernelBridge() ? redraw : reprint),
      signal: () => kernelBridge()?.signal,
    });
  }

  start(value: unknown): Promise<void> | undefined {
    return this.#paced.send(value);
  }

  update(value: unknown): void {
    if (this.#closed) throw new Error("this display is closed: call display() for a new one");
    this.#paced.offer(value);
  }

  flush(): Promise<void> {
    return this.#paced.flush();
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.flush();
  }

  #send(value: unknown): void | Promise<void> {
    const bundle = toBundle(value);
    return isPromise(bundle) ? bundle.then((data) => this.#publish(data)) : this.#publish(bundle);
  }

  #publish(data: MimeBundle): void {
    const { metadata, update = false } = this.#options;
    const bridge = kernelBridge();
    if (bridge) {
      bridge.display(data, {
        ...(metadata && { metadata }),
        displayId: this.id,
        update: update || this.#started,
      });
    } else {
      const text = plainText(data);
      if (!this.#started || text !== this.#printed) print(text);
      this.#printed = text;
    }
    this.#started = true;
  }
}

/**
 * The MIME bundle by which {@link display} shows `value`; a promise of it when the value's own method
 * returns one. Errors as there.
 */
export function toBundle(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (isDisplayable(value)) {
    const bundle: unknown = value[displaySymbol]();
    return isPromise(bundle) ? bundle.then(checked) : checked(bundle);
  }
  if (isMimeBundle(value)) return checked(value);
  if (isFigure(value)) return figureBundle(value);
  if (isFrame(value) || isRecords(value)) return toBundle(table(value));
  return { "text/plain": typeof value === "string" ? value : inspect(value) };
}

/** A bundle made by others: an object, and its Plotly figure, if any, as JSON can hold it. */
function checked(bundle: unknown): MimeBundle {
  if (!isObject(bundle) || Array.isArray(bundle)) {
    throw new TypeError('Symbol.for("Jupyter.display") must return a MIME bundle such as { "text/html": … }');
  }
  const figure = bundle[plotlyType];
  return figure === undefined ? bundle : { ...bundle, [plotlyType]: toJson(figure, "figure") };
}
