/** Means, intervals and quantiles: what a claim over seeds or episodes is stated with. All intervals are 95 %. */

/** An estimate with its 95 % confidence interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Values or trials it was estimated from. */
  readonly n: number;
}

/** Standard normal quantile at 0.975. */
const normalQuantile = 1.959963984540054;

/**
 * Arithmetic mean.
 *
 * @throws RangeError when there is no value or one is not finite.
 */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("mean: needs at least one value, got none");
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new RangeError(`mean: values[${bad}] is ${values[bad]}; leave out what is not a finite number`);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Sample standard deviation (divisor n − 1), in the values' unit.
 *
 * @throws RangeError when there are fewer than two values or one is not finite.
 */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2)
    throw new RangeError(`standardDeviation: needs at least two values, got ${values.length}`);
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * Mean of independent values (e.g. one a seed) with its 95 % t-interval: mean ± t(0.975, n − 1) · s / √n,
 * for values that are roughly normal. The interval of a single value is unbounded: `low` is −Infinity and
 * `high` Infinity. It is not cut to a measure's range: that of a success rate can pass 1.
 *
 * @throws RangeError when there is no value or one is not finite.
 */
export function meanInterval(values: readonly number[]): Interval {
  const centre = mean(values);
  const n = values.length;
  if (n === 1) return { mean: centre, low: -Infinity, high: Infinity, n };
  const half = (studentQuantile(0.975, n - 1) * standardDeviation(values)) / Math.sqrt(n);
  return { mean: centre, low: centre - half, high: centre + half, n };
}

/**
 * Share of successes in n independent trials with Wilson's 95 % score interval, without continuity correction:
 * its bounds are the roots p of |share − p| = z √(p (1 − p) / n), so they stay inside [0, 1]. `mean` is the
 * share itself, not the interval's centre.
 *
 * @throws RangeError when n is not a positive whole number or successes not a whole number from 0 to n.
 */
export function wilsonInterval(successes: number, n: number): Interval {
  if (!Number.isSafeInteger(n) || n < 1)
    throw new RangeError(`wilsonInterval: n must be a whole number of at least 1, not ${String(n)}`);
  if (!Number.isSafeInteger(successes) || successes < 0 || successes > n) {
    throw new RangeError(
      `wilsonInterval: successes must be a whole number from 0 to n = ${n}, not ${String(successes)}`,
    );
  }
  const share = successes / n;
  const z2 = normalQuantile ** 2;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (normalQuantile * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return {
    mean: share,
    // At the ends the bound is the share itself, whatever rounding leaves.
    low: successes === 0 ? 0 : centre - half,
    high: successes === n ? 1 : centre + half,
    n,
  };
}

/**
 * Quantile of Student's t: the t with P(T ≤ t) = `probability`, found by bisection on the angle
 * θ = arctan(t / √ν) of {@link withinAngle}.
 *
 * @param degreesOfFreedom ν, a whole number of at least 1.
 * @throws RangeError when the probability is not strictly between 0 and 1, or ν is not such a number.
 */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  if (!(probability > 0 && probability < 1))
    throw new RangeError(`studentQuantile: probability must lie between 0 and 1, not ${String(probability)}`);
  if (!Number.isSafeInteger(degreesOfFreedom) || degreesOfFreedom < 1) {
    throw new RangeError(
      `studentQuantile: degreesOfFreedom must be a whole number of at least 1, not ${String(degreesOfFreedom)}`,
    );
  }
  if (probability < 0.5) return -studentQuantile(1 - probability, degreesOfFreedom);
  const wanted = 2 * probability - 1;
  let [low, high] = [0, Math.PI / 2];
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (withinAngle(middle, degreesOfFreedom) < wanted) low = middle;
    else high = middle;
  }
  return Math.sqrt(degreesOfFreedom) * Math.tan(low);
}

/**
 * P(|T| < √ν tan θ). With t = √ν tan θ the density is proportional to cos^(ν − 1) θ, whose integral by parts is
 * a finite sum for whole ν: powers 0, 2 … ν − 2 of the cosine (even ν) or 1, 3 … ν − 2 (odd ν), each
 * coefficient the one before times (k + 1) / (k + 2).
 */
function withinAngle(angle: number, degreesOfFreedom: number): number {
  const odd = degreesOfFreedom % 2 === 1;
  const cosine = Math.cos(angle);
  let term = odd ? cosine : 1;
  let sum = 0;
  for (let k = odd ? 1 : 0; k <= degreesOfFreedom - 2 && term > 1e-18; k += 2) {
    sum += term;
    term *= (cosine * cosine * (k + 1)) / (k + 2);
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
