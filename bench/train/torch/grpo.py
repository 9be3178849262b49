"""GRPO (Shao et al. 2024) as src/algorithms/grpo.ts has it: batched rollouts with a key-value cache, one clipped step."""

from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor

from checkpoint import read_checkpoint
from environments import ENVIRONMENTS
from gpt import GPT, Cache


@dataclass
class Settings:
    environment: str
    checkpoint: str
    learning_rate: float
    prompts: int
    group_size: int
    seed: int
    clip: float = 0.2
    clip_norm: float = 1.0


@dataclass
class Update:
    success: float
    tokens: int  # of all contexts, prompts and tool outputs included
    trained: int  # of the contexts whose advantage is not 0


class Grpo:
    def __init__(self, settings: Settings, device: str) -> None:
        self.settings = settings
        values, config, self.words = read_checkpoint(settings.checkpoint)
        self.ids = {word: i for i, word in enumerate(self.words)}
        self.model = GPT(config, values, device)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=settings.learning_rate, betas=(0.9, 0.98), eps=1e-8, foreach=True
        )
        self.environment = ENVIRONMENTS[settings.environment]
        self.random = Random(settings.seed)
        torch.manual_seed(settings.seed)

    def update(self) -> Update:
        settings = self.settings
        tasks = [self.random.getrandbits(32) for _ in range(settings.prompts)]
        episodes = [self.environment(Random(task)) for task in tasks for _ in range(settings.group_size)]
        tokens, mask, old_log_probs, lengths = self.rollout(episodes)

        rewards = torch.tensor([episode.reward for episode in episodes])
        groups = rewards.view(settings.prompts, settings.group_size)
        scale = groups.std(1, keepdim=True) + 1e-6
        advantages = ((groups - groups.mean(1, keepdim=True)) / scale).flatten()
        # A task that was always solved, or never, has no gradient.
        kept = (advantages != 0).nonzero()[:, 0]
        if len(kept) > 0:
            kept_on_device = kept.to(tokens.device)
            longest = int(lengths[kept].max())
            self.step(
                tokens[kept_on_device, :longest],
                mask[kept_on_device, 1:longest],
                old_log_probs[kept_on_device, 1:longest],
                advantages[kept].to(tokens.device),
                len(episodes),
            )
        return Update(float(rewards.mean()), int(lengths.sum()), int(lengths[kept].sum()))

    def step(self, tokens: Tensor, mask: Tensor, old_log_probs: Tensor, advantages: Tensor, rows: int) -> None:
        settings = self.settings
        logits = self.model.forward(tokens[:, :-1])
        log_probs = -torch.nn.functional.cross_entropy(logits, tokens[:, 1:].reshape(-1), reduction="none")
        ratio = ((log_probs.view_as(mask) - old_log_probs) * mask).exp()
        clipped = ratio.clamp(1 - settings.clip, 1 + settings.clip)
        surrogate = torch.minimum(ratio * advantages[:, None], clipped * advantages[:, None])
        loss = -((surrogate * mask).sum(1) / mask.sum(1)).sum() / rows
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip_norm)
        self.optimizer.step()

    @torch.no_grad()
    def rollout(self, episodes: list) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """
        Plays all episodes in lock-step: a row whose next token is known (the rest of its prompt, what a tool
        said) is forced, the others are sampled.
        Returns tokens, mask (1 where the policy wrote), log-probabilities [B, T], and each row's length [B].
        """
        model, environment = self.model, self.environment
        rows, width, device = len(episodes), environment.CONTEXT, model.device
        stops = {self.ids[word] for word in environment.STOPS}
        prompts = [[self.ids[word] for word in episode.prompt()] for episode in episodes]
        prefix = min(len(prompt) for prompt in prompts)
        forced = [prompt[prefix:][::-1] for prompt in prompts]
        action: list[list[int]] = [[] for _ in episodes]
        lengths = torch.full((rows,), width)
        done = [False] * rows

        tokens = torch.zeros((rows, width), dtype=torch.long, device=device)
        mask = torch.zeros((rows, width), device=device)
        log_probs = torch.zeros((rows, width), device=device)
        tokens[:, :prefix] = torch.tensor([prompt[:prefix] for prompt in prompts], device=device)
        cache = Cache(model, rows, width)
        logits = model.forward(tokens[:, :prefix], cache).view(rows, prefix, -1)[:, -1]
        active = list(range(rows))
        active_on_device = torch.arange(rows, device=device)

        for column in range(prefix, width):
            all_log_probs = torch.log_softmax(logits, -1)
            sampled = torch.multinomial(all_log_probs.exp(), 1)[:, 0].tolist()
            next_tokens, written = [0] * len(active), [0.0] * len(active)
            for i, row in enumerate(active):
                if done[row]:
                    continue
                if forced[row]:
                    next_tokens[i] = forced[row].pop()
                    continue
                token = next_tokens[i] = sampled[i]
                written[i] = 1.0
                action[row].append(token)
                if token in stops or len(action[row]) >= environment.MAX_TURN:
                    response = episodes[row].step([self.words[token] for token in action[row]])
                    action[row] = []
                    if response is None:
                        done[row] = True
                        lengths[row] = column + 1
                    else:
                        forced[row] = [self.ids[word] for word in response][::-1]
            chosen = torch.tensor(next_tokens, device=device)
            tokens[active_on_device, column] = chosen
            mask[active_on_device, column] = torch.tensor(written, device=device)
            log_probs[active_on_device, column] = all_log_probs.gather(1, chosen[:, None])[:, 0]

            left = [i for i, row in enumerate(active) if not done[row]]
            if not left or column == width - 1:
                break
            # Finished rows cost as much as the others: they are dropped once there are enough of them.
            if len(active) - len(left) > max(4, 0.2 * len(active)):
                index = torch.tensor(left, device=device)
                cache.keep(index)
                chosen, active_on_device = chosen[index], active_on_device[index]
                active = [active[i] for i in left]
            logits = model.advance(chosen, column, cache)
        return tokens, mask, log_probs, lengths
