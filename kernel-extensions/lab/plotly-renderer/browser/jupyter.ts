/** What we use of JupyterLab and Lumino, which come from the page: this code runs in every JupyterLab 4. */

/** `@lumino/widgets`, Widget. */
export interface Widget {
  readonly node: HTMLElement;
  readonly isDisposed: boolean;
  addClass(name: string): void;
  dispose(): void;
}

export type WidgetClass = new () => Widget;

/** `@jupyterlab/rendermime-interfaces`, IRenderMime.IMimeModel: an output's data by MIME type. */
export interface MimeModel {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  setData(options: { data: Record<string, unknown>; metadata: Record<string, unknown> }): void;
}

/** `@jupyterlab/rendermime-interfaces`, IRenderMime.IRenderer. */
export interface MimeRenderer extends Widget {
  renderModel(model: MimeModel): Promise<void>;
}

/** `@jupyterlab/rendermime-interfaces`, IRenderMime.IExtension. */
export interface MimeExtension {
  id: string;
  description: string;
  rank: number;
  dataType: "json";
  rendererFactory: {
    safe: boolean;
    mimeTypes: string[];
    createRenderer: () => MimeRenderer;
  };
}

interface Signal<Sender, Value> {
  connect(slot: (sender: Sender, value: Value) => void): void;
}

/** `@jupyterlab/notebook`, NotebookPanel. */
export interface NotebookPanel {
  readonly context: { readonly saveState: Signal<unknown, "started" | "completed" | "failed"> };
  readonly model: {
    readonly cells: Iterable<{
      readonly outputs?: { readonly length: number; get(index: number): MimeModel };
    }>;
  } | null;
}

/** `@jupyterlab/notebook`, INotebookTracker. */
export interface NotebookTracker {
  readonly widgetAdded: Signal<unknown, NotebookPanel>;
}

/** `@lumino/application`, IPlugin. */
export interface Plugin<Token> {
  id: string;
  description: string;
  autoStart: true;
  optional: Token[];
  activate: (app: unknown, tracker: NotebookTracker | null) => void;
}
