/**
 * Remembers what a pure function of plain options gave. Every episode of a rollout makes an environment of its
 * own, and tables of all instances are too dear to be made again each time.
 */
export function memoize<Arguments extends readonly (number | string | boolean)[], Result>(
  compute: (...options: Arguments) => Result,
): (...options: Arguments) => Result {
  const known = new Map<string, Result>();
  return (...options) => {
    const key = options.join(" ");
    if (!known.has(key)) known.set(key, compute(...options));
    return known.get(key)!;
  };
}
