/**
 * The measurements. In each stage every contestant gets a fresh process, and they play in turn, round by round,
 * one at a time: what disturbs the machine disturbs all of them alike.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { environmentDefinition } from "../../src/environments/registry.js";
import { initialValues, parameterShapes } from "../../src/policy/transformer.js";
import { Random } from "../../src/random.js";
import { checkpointPath } from "../../src/training/checkpoints.js";
import { spread } from "../statistics.js";
import { Contestant, type Row } from "./contestant.js";
import type { OpenModel } from "./protocol.js";
import {
  agreement,
  isFlat,
  mean,
  type GrpoResult,
  type Result,
  type Results,
  type StepResult,
} from "./results.js";
import {
  batch,
  batches,
  comparedSteps,
  grpoUpdates,
  grpoWarmUp,
  lossTolerance,
  modelOf,
  peakShape,
  sampledRows,
  sampledTokens,
  smallest,
  type EnvironmentName,
  type SizeName,
} from "./workload.js";

export interface Plan {
  rounds: number;
  /** Milliseconds one contestant may take for one kind of work. */
  patience: number;
  progress: (text: string) => void;
}

/** Milliseconds a round should last, so that short steps are not timed one by one. */
const roundLength = 300;
/** Fewest rounds of a contestant that is short of time. */
const fewestRounds = 3;
/** Milliseconds for the threads of the one before to go to sleep. */
const breath = 100;

interface Player<R extends Result> {
  contestant: Contestant;
  result: R;
}

/** Who can start does; whom it fails is reported with its reason and left out. */
async function stage<R extends Result>(
  rows: readonly Row[],
  name: string,
  plan: Plan,
  play: (players: Player<R>[]) => Promise<void>,
): Promise<R[]> {
  const results: R[] = [];
  const players: Player<R>[] = [];
  try {
    for (const row of rows) {
      plan.progress(`${name}: ${row.label} starts`);
      const result = { row, rounds: [] as number[] } as unknown as R;
      results.push(result);
      try {
        const { contestant } = await Contestant.start(row);
        players.push({ contestant, result });
      } catch (error) {
        result.problem = (error as Error).message;
      }
    }
    await play(players);
    for (const { contestant, result } of players) {
      if (result.problem !== undefined) continue;
      const { peakMemory } = contestant;
      if (peakMemory !== undefined) result.peakMemory = peakMemory;
    }
  } finally {
    for (const { contestant } of players) await contestant.stop();
  }
  return results;
}

/** Lets each player do something in turn; one that fails is out. */
async function inTurn<R extends Result>(
  players: readonly Player<R>[],
  act: (player: Player<R>) => Promise<void>,
): Promise<void> {
  for (const player of players) {
    if (player.result.problem !== undefined) continue;
    await pause(breath);
    try {
      await act(player);
    } catch (error) {
      player.result.problem = (error as Error).message;
    }
  }
}

function patienceOf({ patience }: Plan, { slow }: Row): number {
  return slow === true ? patience / 3 : patience;
}

/** How many rounds of that many milliseconds a contestant gets. */
function roundsFor(plan: Plan, row: Row, milliseconds: number): number {
  const affordable = Math.max(fewestRounds, Math.floor(patienceOf(plan, row) / milliseconds));
  return Math.min(plan.rounds, affordable);
}

export async function stepStage(rows: readonly Row[], size: SizeName, plan: Plan): Promise<StepResult[]> {
  const name = `training step ${size}`;
  const entering = rows.filter(({ slow }) => slow !== true || size === smallest);
  const { work, remove } = material(size);
  try {
    return await stage<StepResult>(entering, name, plan, async (players) => {
      const perRound = new Map<Player<StepResult>, { steps: number; rounds: number }>();
      const tensors = new Map<Player<StepResult>, number[]>();
      let reference: number[] | undefined;
      await inTurn(players, async (player) => {
        const { contestant, result } = player;
        plan.progress(`${name}: ${contestant.row.label} is checked`);
        result.parameters = (await contestant.ask("open", work)).parameters;
        const { losses, milliseconds, tensors: counts } = await firstSteps(contestant, plan);
        tensors.set(player, [...counts]);
        if (contestant.row.ownModel !== true) {
          reference ??= losses;
          result.agreement = agreement(losses, reference, lossTolerance);
        }
        const typical = spread(milliseconds.slice(-5)).median;
        const steps = Math.max(1, Math.min(20, Math.round(roundLength / typical)));
        perRound.set(player, { steps, rounds: roundsFor(plan, contestant.row, steps * typical) });
      });
      for (let round = 0; round < plan.rounds; round++) {
        await inTurn(players, async (player) => {
          const { steps, rounds } = perRound.get(player)!;
          if (round >= rounds) return;
          plan.progress(`${name}: round ${round + 1}/${plan.rounds}, ${player.contestant.row.label}`);
          const answer = await player.contestant.ask("step", { steps });
          if (answer.programs !== undefined) player.result.programs = answer.programs;
          player.result.rounds.push(spread(answer.milliseconds).median);
          tensors.get(player)!.push(...(answer.tensors ?? []));
        });
      }
      for (const player of players) noteFlat(player.result, tensors.get(player) ?? []);
    });
  } finally {
    remove();
  }
}

/** Up to the compared steps, fewer where patience ends. */
async function firstSteps(contestant: Contestant, plan: Plan) {
  const end = performance.now() + patienceOf(plan, contestant.row);
  const all = { losses: [] as number[], milliseconds: [] as number[], tensors: [] as number[] };
  while (all.losses.length < comparedSteps && (all.losses.length < fewestRounds || performance.now() < end)) {
    const { losses, milliseconds, tensors = [] } = await contestant.ask("step", { steps: 1 });
    all.losses.push(...losses);
    all.milliseconds.push(...milliseconds);
    all.tensors.push(...tensors);
  }
  return all;
}

function noteFlat(result: Result, tensors: readonly number[]): void {
  const flat = isFlat(tensors);
  if (flat !== undefined) result.flat = flat;
}

export async function sampleStage(
  rows: readonly Row[],
  size: SizeName,
  plan: Plan,
): Promise<Results["sample"]> {
  const entering = rows.filter(({ slow }) => slow !== true || size === smallest);
  const { work, remove } = material(size);
  const all: Results["sample"] = [];
  try {
    for (const count of sampledRows) {
      const name = `sampling ${size}, ${count} rows`;
      const results = await stage<Result>(entering, name, plan, async (players) => {
        const perRound = new Map<Player<Result>, { times: number; rounds: number }>();
        const ask = { rows: count, count: sampledTokens };
        await inTurn(players, async (player) => {
          const { contestant } = player;
          plan.progress(`${name}: ${contestant.row.label} warms up`);
          await contestant.ask("open", work);
          const first = await contestant.ask("sample", ask);
          const second = await contestant.ask("sample", ask);
          const typical = Math.min(first.milliseconds, second.milliseconds);
          const times = Math.max(1, Math.min(10, Math.round(roundLength / typical)));
          perRound.set(player, { times, rounds: roundsFor(plan, contestant.row, times * typical) });
        });
        for (let round = 0; round < plan.rounds; round++) {
          await inTurn(players, async (player) => {
            const { times, rounds } = perRound.get(player)!;
            if (round >= rounds) return;
            plan.progress(`${name}: round ${round + 1}/${plan.rounds}, ${player.contestant.row.label}`);
            const took: number[] = [];
            for (let i = 0; i < times; i++) {
              took.push((await player.contestant.ask("sample", ask)).milliseconds);
            }
            player.result.rounds.push((count * sampledTokens * 1000) / spread(took).median);
          });
        }
      });
      all.push({ size, rows: count, results });
    }
    return all;
  } finally {
    remove();
  }
}

export async function grpoStage(
  rows: readonly Row[],
  environment: EnvironmentName,
  plan: Plan,
): Promise<GrpoResult[]> {
  const name = `GRPO in ${environment}`;
  const entering = rows.filter(({ slow, lacks }) => slow !== true && lacks?.includes("grpo") !== true);
  const { algorithm, learningRate, prompts, groupSize, entropy, kl, epochs } =
    environmentDefinition(environment).recipe;
  if (algorithm !== "grpo" || entropy !== undefined || kl !== undefined || epochs !== undefined) {
    throw new Error(
      `the recipe of ${environment} is no longer plain GRPO: bench/train/torch/grpo.py must follow it`,
    );
  }
  const settings = { environment, learningRate, prompts, groupSize, seed: 1 };
  return await stage<GrpoResult>(entering, name, plan, async (players) => {
    const records = new Map<Player<GrpoResult>, ReturnType<typeof emptyRecord>>();
    const update = async (player: Player<GrpoResult>, updates: number) => {
      const answer = await player.contestant.ask("grpo", { updates });
      const record = records.get(player)!;
      record.success.push(...answer.success);
      record.tokens.push(...answer.tokens);
      record.trained.push(...answer.trained);
      record.tensors.push(...(answer.tensors ?? []));
      record.milliseconds.push(...answer.milliseconds);
      return answer.milliseconds;
    };
    const roundsOf = new Map<Player<GrpoResult>, number>();
    const opening = new Map<Player<GrpoResult>, number>();
    const perRound = Math.ceil((grpoUpdates - grpoWarmUp) / plan.rounds);
    await inTurn(players, async (player) => {
      plan.progress(`${name}: ${player.contestant.row.label} warms up`);
      const start = performance.now();
      await player.contestant.ask("grpo.open", { ...settings, checkpoint: checkpointPath(environment) });
      opening.set(player, performance.now() - start);
      records.set(player, emptyRecord());
      const took = await update(player, grpoWarmUp);
      roundsOf.set(player, roundsFor(plan, player.contestant.row, perRound * took.at(-1)!));
    });
    for (let round = 0; round < plan.rounds; round++) {
      await inTurn(players, async (player) => {
        if (round >= roundsOf.get(player)!) return;
        plan.progress(`${name}: round ${round + 1}/${plan.rounds}, ${player.contestant.row.label}`);
        player.result.rounds.push(mean(await update(player, perRound)));
      });
    }
    for (const player of players) {
      const { success, tokens, trained, tensors, milliseconds } = records.get(player) ?? emptyRecord();
      if (success.length <= grpoWarmUp) continue;
      if (milliseconds.length >= grpoUpdates) {
        const run = [opening.get(player)!, ...milliseconds.slice(0, grpoUpdates)];
        player.result.run = run.reduce((sum, took) => sum + took, 0) / 1000;
      }
      Object.assign(player.result, {
        tokens: mean(tokens.slice(grpoWarmUp)),
        trained: mean(trained.slice(grpoWarmUp)),
        success: { first: mean(success.slice(0, 5)), last: mean(success.slice(-5)), updates: success.length },
      });
      noteFlat(player.result, tensors);
    }
  });
}

function emptyRecord() {
  return { success: [], tokens: [], trained: [], tensors: [], milliseconds: [] } as Record<
    "success" | "tokens" | "trained" | "tensors" | "milliseconds",
    number[]
  >;
}

/** What every contestant is, and how fast it multiplies matrices. Also finds out who cannot take part. */
export async function introductions(rows: readonly Row[], sizes: readonly SizeName[], plan: Plan) {
  const present: { row: Row; device: string; versions: string }[] = [];
  const absent: { label: string; reason: string }[] = [];
  const peaks: Results["peaks"] = sizes.map((size) => ({ size, gigaflops: {} }));
  for (const row of rows) {
    plan.progress(`${row.label} introduces itself`);
    try {
      const { contestant, hello } = await Contestant.start(row);
      try {
        if (row.lacks?.includes("peak") !== true && row.slow !== true) {
          for (const { size, gigaflops } of peaks) {
            gigaflops[row.id] = (await contestant.ask("peak", { shape: peakShape(size) })).gigaflops;
          }
        }
        present.push({ row, ...hello });
      } finally {
        await contestant.stop();
      }
    } catch (error) {
      absent.push({ label: row.label, reason: (error as Error).message });
    }
  }
  return { present, absent, peaks };
}

/** Initial parameters and tokens in files of a temporary folder. */
function material(size: SizeName): { work: OpenModel; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "bench-train-"));
  const model = modelOf(size);
  const values = [...initialValues(model, 1).values()];
  const parameters = join(folder, "parameters.f32");
  writeFileSync(parameters, Buffer.concat(values.map(({ buffer }) => new Uint8Array(buffer))));
  const tokens = join(folder, "tokens.i32");
  const length = batch.predictions + 1;
  writeFileSync(tokens, new Uint8Array(learnableTokens(batches * batch.rows, length).buffer));
  return {
    work: {
      model,
      parameters: { path: parameters, shapes: [...parameterShapes(model)] },
      tokens: { path: tokens, shape: [batches, batch.rows, length] },
    },
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

/** Mostly a token's successor follows it: losses fall within the compared steps, so that gradients count. */
function learnableTokens(rows: number, length: number): Int32Array {
  const random = new Random(2);
  const tokens = new Int32Array(rows * length);
  for (let i = 0; i < tokens.length; i++) {
    const fresh = i % length === 0 || random.chance(0.1);
    tokens[i] = fresh ? random.integer(batch.vocabulary) : (5 * tokens[i - 1]! + 3) % batch.vocabulary;
  }
  return tokens;
}
