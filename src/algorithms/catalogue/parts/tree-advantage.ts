import { episodesOf, fillEpisode, groupsOf, mean, zeros } from "../../advantages/episodes.js";
import type { AdvantageEstimator } from "../../algorithm.js";

/**
 * TreePO's advantage (Li et al. 2025, arXiv 2508.17445; formula as in the authors' code,
 * verl/trainer/ppo/core_algos.py, with the plain average of recipe/treepo/run_treepo_train.sh, before its
 * whitening). A group's rollouts form a tree: those whose first d actions are the same went through the same node.
 * In every subtree a rollout was part of (unless it was alone there), its return is compared with the subtree's
 * mean:
 *
 *     A_i = mean over d of (R_i − mean return of the subtree of i at depth d)
 *
 * Depth 0 is the whole group, the deepest the node before the last action. Siblings that differ late are thus
 * compared with each other too, not only with the group.
 *
 * The paper's segments are stretches of a fixed number of tokens; here they are actions.
 */
export function treeAdvantage(): AdvantageEstimator {
  return {
    name: "tree",
    estimate(trajectories) {
      const advantages = zeros(trajectories);
      for (const group of groupsOf(episodesOf(trajectories))) {
        const nodes = group.map(({ turns }) =>
          turns.map((_, depth) => JSON.stringify(turns.slice(0, depth).map(({ action }) => action))),
        );
        for (const [i, episode] of group.entries()) {
          const differences = nodes[i]!.flatMap((node, depth) => {
            const peers = group.filter((_, j) => nodes[j]![depth] === node);
            if (depth > 0 && peers.length === 1) return [];
            return [episode.return - mean(peers.map((peer) => peer.return))];
          });
          fillEpisode(advantages, episode, mean(differences));
        }
      }
      return advantages;
    },
  };
}
