/** Changes to the folder happen one after another: two tabs never choose the same new name. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<Result>(change: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(change, change);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
