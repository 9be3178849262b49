/** Seeded random numbers: everything random in the library draws from a {@link Random}, never from `Math.random`. */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/** Largest seed: seeds are whole numbers in [0, 2³¹). */
export const maxSeed = 2 ** 31 - 1;

/**
 * A stream of random numbers (xoroshiro128+, Blackman & Vigna 2018).
 * Streams of different seeds are independent, also when the seeds are neighbours: the state is filled by
 * hashing them, since the generator's own seeding leaves the first draws of seeds 1, 2, 3 … alike.
 */
export class Random {
  private generator: RandomGenerator;

  /** @param seeds whole numbers; `new Random(seed, 3)` is stream 3 of the seed. */
  constructor(...seeds: readonly number[]) {
    this.generator = xoroshiro128plusFromState(hashedState(seeds));
  }

  /** Uniform in [0, 1). */
  next(): number {
    return uniformFloat64(this.generator);
  }

  /** Uniform whole number in [0, count). */
  integer(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Uniform whole number in [first, last], both included. */
  between(first: number, last: number): number {
    return first + this.integer(last - first + 1);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the items, each as likely, or by weights (which need not sum to one). */
  choice<T>(items: readonly T[], weights?: readonly number[]): T {
    if (items.length === 0) throw new RangeError("Random.choice: there is nothing to choose from");
    if (weights === undefined) return items[this.integer(items.length)]!;
    let left = this.next() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return items[i]!;
    }
    return items[items.length - 1]!;
  }

  /** A copy of the items in random order (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    return shuffled;
  }

  /** `count` different items, in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    return this.shuffle(items).slice(0, count);
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** A fresh seed, for a stream of its own. */
  seed(): number {
    return this.integer(maxSeed + 1);
  }

  /** The generator's state: four 32-bit whole numbers. */
  get state(): readonly number[] {
    return this.generator.getState();
  }

  /** The stream that goes on exactly where {@link state} was taken. */
  static fromState(state: readonly number[]): Random {
    const random = new Random(0);
    random.generator = xoroshiro128plusFromState(state);
    return random;
  }
}

/** Four words of state from any number of seeds: a chain of MurmurHash3's 32-bit finalizer. */
function hashedState(seeds: readonly number[]): number[] {
  let hash = 0x9e3779b9;
  for (const seed of seeds) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`A seed is a whole number, not ${seed}`);
    hash = mix(hash ^ (seed | 0));
    hash = mix(hash ^ Math.floor(seed / 2 ** 32));
  }
  const state = [1, 2, 3, 4].map((i) => (hash = mix(hash + Math.imul(i, 0x9e3779b9))));
  // The one state from which the generator never leaves is all zeros.
  return state.some((word) => word !== 0) ? state : [1, 0, 0, 0];
}

function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) | 0;
}

/** Throws a RangeError that names the field unless the value is a seed. */
export function assertSeed(seed: number, name = "seed"): void {
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > maxSeed) {
    throw new RangeError(`${name} must be a whole number from 0 to ${maxSeed}, not ${String(seed)}`);
  }
}
