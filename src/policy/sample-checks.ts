/** What may be asked of a sampler. */
import type { SampleOptions, SampleRequest } from "./policy.js";
import type { TransformerConfig } from "./transformer.js";

/**
 * Checks options and prompts.
 * @returns the most tokens of a context
 * @throws RangeError that says what is wrong
 */
export function checkRequests(
  requests: readonly SampleRequest[],
  options: SampleOptions,
  config: TransformerConfig,
): number {
  checkOptions(options);
  const length = Math.min(options.contextLength ?? config.contextLength, config.contextLength);
  for (const [i, { prompt }] of requests.entries()) checkPrompt(prompt, i, length, config.vocabularySize);
  return length;
}

function checkOptions({ maxTurnTokens, contextLength = 1, temperature = 1 }: SampleOptions): void {
  for (const [name, size] of Object.entries({ maxTurnTokens, contextLength })) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(`sample: ${name} must be a whole number of at least 1, not ${size}`);
    }
  }
  checkTemperature(temperature);
}

/** @throws RangeError for what logits cannot be divided by. */
export function checkTemperature(temperature: number): void {
  if (temperature > 0 && Number.isFinite(temperature)) return;
  throw new RangeError(
    `temperature must be a positive number, not ${temperature}; for the likeliest token use \`greedy\``,
  );
}

/** @throws RangeError that says what is wrong with the prompt. */
export function checkPrompt(prompt: readonly number[], index: number, length: number, words: number): void {
  if (prompt.length === 0) throw new RangeError(`Prompt ${index} is empty; begin it with <bos>`);
  if (prompt.length > length) {
    throw new RangeError(
      `Prompt ${index} has ${prompt.length} tokens, more than the context of ${length}; ` +
        "make the policy with a larger contextLength",
    );
  }
  checkTokens(prompt, words, `Prompt ${index}`);
}

export function checkTokens(tokens: readonly number[], words: number, what: string): void {
  const unknown = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= words);
  if (unknown !== undefined) throw new RangeError(`${what} holds ${unknown}, which is no token id`);
}
