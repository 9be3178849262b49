/** Figure 3: an agent and its world take turns. The turns drawn are a recorded episode's. */
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import { escapeText, palette } from "../figure.js";
import { plural } from "../curves.js";
import { episodeMessages, type RecordedEpisode } from "../episode-messages.js";
import { valueText } from "../metrics.js";
import { Canvas, chipPad, darkText, sheetWidth, tint, workHover } from "./canvas.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { flow } from "./place.js";
import { linesWithin, textWidth } from "./words.js";

export interface InteractionLoopOptions extends ReadOptions {
  /** Default: {@link shippedEpisode}. */
  readonly episode?: RecordedEpisode;
}

const shippedEnvironment = "two-hop";
/** So many episodes are played to find one that shows the loop. */
const played = 32;

/**
 * An episode of two-hop by the policy in `datasets/checkpoints`: of the seeds 0 to 31 the first that is solved
 * with at least two calls of the tool; when there is none, the one with most turns. Plays them (about a second).
 */
export async function shippedEpisode(): Promise<RecordedEpisode> {
  const { warmStartPolicy } = await import("../../training/checkpoints.js");
  const { rollout } = await import("../../rollout/rollout.js");
  const { makeEnvironment } = await import("../../environments/registry.js");
  const policy = await warmStartPolicy(shippedEnvironment);
  try {
    const trajectories = await rollout({
      environment: () => makeEnvironment(shippedEnvironment),
      ...{ policy, seed: 0 },
      requests: Array.from({ length: played }, (_, seed) => ({ seed })),
    });
    const seeds = `seeds 0–${String(played - 1)}`;
    const solved = trajectories.find(({ success, turns }) => success && turns.length > 2);
    const longest = trajectories.reduce((a, b) => (b.turns.length > a.turns.length ? b : a));
    return {
      ...{ trajectory: solved ?? longest, environment: shippedEnvironment },
      vocabulary: policy.vocabulary.words,
      policy: `the shipped checkpoint, ${solved ? `the first of ${seeds} that is solved after two calls` : `the longest of ${seeds}`}`,
    };
  } finally {
    policy.dispose();
  }
}

const [size, lineHeight] = [13, 18];
/** The lifelines and the panels beside them. */
const [agentRight, agentLine, worldLine, worldLeft] = [282, 306, 664, 688] as const;

/**
 * Figure 3 as a sequence of messages between the agent and the environment, read from a recorded episode, with
 * the survey's words beside them: the agent's capabilities, the environment's domains, what is done in between and
 * the algorithms that learn from it.
 *
 * Drawn: every row of `figure_entries` that belongs to Figure 3, and every turn of the episode.
 *
 * @throws RangeError for an episode with several agents' or several contexts' turns, or without turns.
 */
export async function figure3InteractionLoop(options: InteractionLoopOptions = {}): Promise<SurveyFigure> {
  const { episode = await shippedEpisode(), ...read } = options;
  const all = (await readRows("figure_entries", read)).filter(({ figure }) => figure === 3);
  const { drawn, account } = divide(
    "figure_entries, figure 3",
    all,
    ({ key, entry }) => key ?? entry,
    ({ sub_branch }) =>
      ["capability", "action verb", "algorithm", "domain"].includes(sub_branch ?? "")
        ? undefined
        : "of a kind the figure has no place for",
  );
  const entries = (kind: string) => drawn.filter(({ sub_branch }) => sub_branch === kind);
  const messages = episodeMessages("figure3InteractionLoop()", episode).map((message) => ({
    ...message,
    ...(message.probability !== undefined && {
      text: `${message.text}  (p = ${valueText(message.probability, true)})`,
    }),
  }));

  const canvas = new Canvas();
  // The middle: a message under the other.
  let y = 50;
  const [left, right] = [agentLine + 10, worldLine - 10];
  const steps = messages.map((message, index) => {
    const lines = linesWithin(`${String(index + 1)}  ${message.text}`, right - left - 24, size, true);
    const at = y + lines.length * lineHeight;
    y = at + 20;
    return { message, lines, at };
  });
  const height = Math.max(y + 6, 50 + 6 * 46 + 10);
  for (const x of [agentLine, worldLine]) canvas.line(x, 34, x, height, { width: 2, dash: "dot" });
  canvas.text((agentLine + worldLine) / 2, 16, "Interaction", { size: 15, bold: true, anchor: "center" });
  for (const { message, lines, at } of steps) {
    const own = message.from === "agent";
    const text = lines.map(escapeText).join("<br>");
    canvas.text((left + right) / 2, at - 4, own ? `<b>${text}</b>` : text, {
      ...{ size, anchor: "center", vertical: "bottom" },
    });
    const [start, end] = own ? [left - 8, right + 8] : [right + 8, left - 8];
    canvas.arrow(start, at, end, at, own ? palette.blue : palette.green);
  }

  // The sides.
  panel(canvas, 0, agentRight, height, "Agentic LLM", palette.blue);
  const capabilities = entries("capability");
  const step = (height - 50) / Math.max(1, capabilities.length);
  for (const [index, row] of capabilities.entries()) {
    const [name = "", rest = ""] = row.entry.split(/:\s*/, 2);
    const html = `<b>${escapeText(name)}</b><br>${escapeText(rest)}`;
    canvas.chip(agentRight / 2, 44 + step * (index + 0.5), html, {
      ...{
        size: 12,
        anchor: "center",
        width: agentRight - 40,
        fill: tint(palette.blue, 0.14),
        line: palette.blue,
      },
      ...{ hover: workHover(row), name: `capability ${row.entry}` },
    });
  }
  panel(canvas, worldLeft, sheetWidth, height, "Environment", palette.green);
  const domains = entries("domain");
  const rowsOfTwo = Math.ceil(domains.length / 2);
  const domainStep = (height - 50) / Math.max(1, rowsOfTwo);
  for (const [index, row] of domains.entries()) {
    const x = worldLeft + ((sheetWidth - worldLeft) * (index % 2 === 0 ? 1 : 3)) / 4;
    canvas.chip(x, 44 + domainStep * (Math.floor(index / 2) + 0.5), escapeText(row.entry), {
      ...{ size: 13, anchor: "center", width: 86, fill: tint(palette.green, 0.2), line: palette.green },
      ...{ hover: workHover(row), name: `domain ${row.entry}` },
    });
  }

  // Below: what the turns are made of, and what learns from them.
  let top = height + 16;
  for (const [kind, heading, colour] of [
    ["action verb", "What an action does", palette.orange],
    ["algorithm", "What learns from it", palette.purple],
  ] as const) {
    const cards = entries(kind).map((row) => ({
      row,
      width: textWidth(row.entry, 12) + 2 * chipPad,
      height: 25,
    }));
    const { placed, height: own } = flow(cards, { left: 184, width: sheetWidth - 192 });
    canvas.rect(0, top, sheetWidth, top + own + 14, { fill: "rgba(128,128,128,0.09)" });
    canvas.text(10, top + 7 + own / 2, heading, { size: 13, bold: true });
    for (const { item, x, y: middle } of placed) {
      canvas.chip(x, top + 7 + middle, escapeText(item.row.entry), {
        ...{ size: 12, fill: tint(colour, 0.25), line: colour },
        ...{ hover: workHover(item.row), name: `${kind} ${item.row.entry}` },
      });
    }
    top += own + 22;
  }

  const { trajectory, environment, policy } = episode;
  const calls = trajectory.turns.filter(({ action }) => action.includes("<call>")).length;
  const outcome = trajectory.success ? "solved" : "not solved";
  const title = `One episode of ${environment} goes around the loop ${plural(trajectory.turns.length, "time")}: ${plural(calls, "tool call")}, ${outcome}`;
  const subtitle = [
    `Recorded: ${policy} (seed ${String(trajectory.seed)}); return ${valueText(trajectory.return, false)}.`,
    `Beside it all ${String(drawn.length)} words of the survey's figure. Bold: the agent's own tokens and their probability.`,
  ];
  const alt = [
    `The loop of agent and environment, as messages: ${messages.map(({ from, text }) => `${from}: ${text}`).join("; ")}.`,
    ...(
      [
        ["capability", "Capabilities of the agent"],
        ["domain", "Domains of the environment"],
        ["action verb", "Actions"],
        ["algorithm", "Algorithms"],
      ] as const
    ).map(
      ([kind, words]) =>
        `${words}: ${entries(kind)
          .map(({ entry }) => entry)
          .join(", ")}.`,
    ),
  ].join(" ");
  return surveyFigure(
    canvas.figure({ title, subtitle, alt, height: top - 8 }),
    [
      account,
      divide(`turns of an episode of ${environment}`, trajectory.turns, ({ step: at }) => String(at)).account,
    ],
    [
      ...messages.map(({ from, text, probability, reward }, index) => ({
        ...{ part: "message", position: index + 1, from, text, key: null },
        ...{ probability: probability ?? null, reward: reward ?? null },
      })),
      ...drawn.map(({ sub_branch, position, entry, key }) => ({
        ...{ part: sub_branch, position, from: null, text: entry, key, probability: null, reward: null },
      })),
    ],
  );
}

function panel(canvas: Canvas, left: number, right: number, bottom: number, name: string, colour: string) {
  canvas.rect(left, 0, right, bottom, { fill: "rgba(128,128,128,0.09)" });
  canvas.rect(left, 0, right, 32, { fill: tint(colour, 0.4) });
  canvas.text((left + right) / 2, 16, name, { size: 15, bold: true, anchor: "center", color: darkText });
}
