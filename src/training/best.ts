/** Keeps the parameters that were best while training, by the return of the training rollouts themselves. */

/** Updates over which returns are averaged: one batch alone wobbles by a tenth. */
const span = 4;

export interface BestState {
  /** Mean returns of the latest updates. */
  recent: readonly number[];
  score: number;
  parameters: ReadonlyMap<string, Float32Array> | undefined;
}

export class BestParameters {
  private recent: number[] = [];
  private score = -Infinity;
  /** The best ones; undefined while fewer than four updates were seen, or when nothing is kept. */
  parameters: ReadonlyMap<string, Float32Array> | undefined;

  constructor(private readonly active: boolean) {}

  /** @param values the parameters that earned this return; nobody may change them any more. */
  offer(meanReturn: number, values: ReadonlyMap<string, Float32Array>): void {
    if (!this.active) return;
    this.recent = [...this.recent, meanReturn].slice(-span);
    if (this.recent.length < span) return;
    const score = this.recent.reduce((sum, value) => sum + value, 0) / span;
    // The later of two equals has seen more.
    if (score < this.score) return;
    this.score = score;
    this.parameters = values;
  }

  get state(): BestState {
    return { recent: [...this.recent], score: this.score, parameters: this.parameters };
  }

  set state({ recent, score, parameters }: BestState) {
    this.recent = [...recent];
    this.score = score;
    this.parameters = parameters;
  }
}
