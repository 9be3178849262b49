/** Environments that are played again and again: making one costs more than an episode of a small one. */
import type { Environment } from "../environments/environment.js";

/** Lends environments for a batch of episodes. By the contract a closed one can be reset for another episode. */
export class EnvironmentPool {
  private idle: Environment[] = [];

  constructor(private readonly make: () => Environment) {}

  /**
   * @param play closes the environments it was given when their episodes are over
   * @returns what `play` returns; when it throws, the environments it was given are not lent again
   */
  async lend<T>(play: (environment: () => Environment) => Promise<T>): Promise<T> {
    const lent: Environment[] = [];
    const result = await play(() => {
      const environment = this.idle.pop() ?? this.make();
      lent.push(environment);
      return environment;
    });
    this.idle.push(...lent);
    return result;
  }
}
