/** What we use of JupyterLab and Lumino, which come from the page: this code runs in every JupyterLab 4. */

interface Signal<Value> {
  connect(slot: (sender: unknown, value: Value) => void): void;
  disconnect(slot: (sender: unknown, value: Value) => void): void;
}

/** `@lumino/widgets`, Widget. */
export type WidgetClass = new (options: { node: HTMLElement }) => object;

/** `@jupyterlab/cells`, ICellModel; of code cells, ICodeCellModel. */
export interface CellModel {
  readonly type: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly sharedModel: { getSource(): string };
  /** JupyterLab 4.0 does not say. */
  readonly executionState?: string;
  readonly outputs?: { readonly length: number; get(index: number): OutputModel };
}

/** `@jupyterlab/rendermime`, IOutputModel. */
interface OutputModel {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** `@jupyterlab/notebook`, Notebook. */
export interface Notebook {
  activeCellIndex: number;
  readonly node: HTMLElement;
  scrollToItem(index: number, align: "start"): Promise<void>;
}

/** `@jupyterlab/notebook`, NotebookPanel. */
export interface NotebookPanel {
  readonly isDisposed: boolean;
  readonly disposed: Signal<undefined>;
  readonly context: { readonly ready: Promise<void> };
  readonly content: Notebook;
  readonly model: { readonly cells: Iterable<CellModel>; readonly contentChanged: Signal<undefined> } | null;
  readonly toolbar: {
    insertBefore(at: string, name: string, widget: object): boolean;
    addItem(name: string, widget: object): boolean;
  };
}

/** `@jupyterlab/notebook`, INotebookTracker. */
export interface NotebookTracker {
  readonly widgetAdded: Signal<NotebookPanel>;
}

/** `@jupyterlab/notebook`, NotebookActions. */
export interface NotebookActions {
  readonly executionScheduled: Signal<{ readonly notebook: object }>;
  readonly executed: Signal<{ readonly notebook: object }>;
}

/** `@lumino/application`, IPlugin. */
export interface Plugin<Token> {
  id: string;
  description: string;
  autoStart: true;
  optional: Token[];
  activate: (app: unknown, tracker: NotebookTracker | null) => void;
}
