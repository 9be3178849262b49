/**
 * The gradient of a function of plain numbers, by central differences: (f(x + h) − f(x − h)) / 2h for each
 * coordinate. Exact to about h² where f is smooth.
 */
export function numericalGradient(f: (x: number[]) => number, x: readonly number[], step = 1e-5): number[] {
  return x.map((value, i) => {
    const at = (shifted: number) => f(x.map((other, j) => (j === i ? shifted : other)));
    return (at(value + step) - at(value - step)) / (2 * step);
  });
}
