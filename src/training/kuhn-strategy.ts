/** From a policy's probabilities to game theory. */
import { informationSets, type Strategy } from "../environments/kuhn-poker-tree.js";
import type { TransformerPolicy } from "../policy/transformer-policy.js";

/**
 * What a policy plays in each of Kuhn poker's twelve information sets: its probability to bet, among the two
 * legal words. Feed it to `exploitability`.
 * @param cards false for a policy that was trained without seeing its card (the environment's option of that name)
 */
export async function kuhnStrategy(policy: TransformerPolicy, cards = true): Promise<Strategy> {
  const contexts = informationSets.map(({ key }) => `<bos> ${cards ? key : key.replace(/^\w+/, "hidden")}`);
  const distributions = await policy.distributions(contexts);
  return Object.fromEntries(
    informationSets.map(({ key }, i) => {
      const bet = distributions[i]!.get("bet")!;
      return [key, bet / (bet + distributions[i]!.get("pass")!)];
    }),
  );
}
