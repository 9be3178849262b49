/** The paradigm shift in one drawing: a prompt and its response beside an agent's loop, both recorded. */
import { plural } from "./curves.js";
import { episodeMessages, type Message, type RecordedEpisode } from "./episode-messages.js";
import { escapeText, palette, type Figure } from "./figure.js";
import { valueText } from "./metrics.js";
import { Canvas, darkText, tint } from "./survey/canvas.js";
import { linesWithin } from "./survey/words.js";

export interface ParadigmsEpisodes {
  /** An episode of one turn: the response to its prompt. */
  readonly traditional: RecordedEpisode;
  /** An episode of several turns, whole in one context. */
  readonly agentic: RecordedEpisode;
}

export interface ParadigmsOptions {
  /** States the finding; by default written from the episodes. */
  title?: string;
}

const [size, lineHeight, gap] = [13, 18, 22];
/** Narrower than the other sheets: it fits beside JupyterLab's file browser on a window of 1280 pixels. */
const width = 808;
/** Edges of the two panels; the lifelines of agent and environment in the right one. */
const [leftEnd, rightStart] = [292, 304] as const;
const [agentLine, worldLine] = [412, 730] as const;
/** Where the last column of the comparison below begins. */
const agenticColumn = 556;
const [top, cardPad] = [84, 9];

/**
 * Left, the traditional use of a language model: the prompt, the response with its probability P(text | prompt),
 * the end. Right, the agentic one as a partially observable decision process: observations o and actions a to and
 * fro, each action with its probability π(a | s, h) and the history h it was chosen from. Below, element by element,
 * what is different, with the episodes' own numbers.
 *
 * @throws RangeError for a traditional episode of more than one turn, and for episodes that are not one agent's, whole
 * in one context.
 */
export function paradigms(
  { traditional, agentic }: ParadigmsEpisodes,
  options: ParadigmsOptions = {},
): Figure {
  const once = episodeMessages("paradigms(), traditional", traditional);
  const loop = episodeMessages("paradigms(), agentic", agentic);
  if (traditional.trajectory.turns.length !== 1) {
    throw new RangeError(
      `paradigms(): the traditional episode has ${plural(traditional.trajectory.turns.length, "turn")}; a prompt and its response have 1`,
    );
  }
  const canvas = new Canvas(width);
  const end = Math.max(drawOnce(canvas, once), drawLoop(canvas, loop));
  panel(canvas, 0, leftEnd, end, "Traditional: one prompt, one response", palette.grey);
  panel(canvas, rightStart, width, end, "Agentic: observe, act, observe again", palette.blue);
  const elements = compared(traditional, once, agentic, loop);
  const height = drawElements(canvas, elements, end + 14);
  const turns = plural(agentic.trajectory.turns.length, "turn");
  return canvas.figure({
    title:
      options.title ??
      `One response: return ${returnOf(traditional)}. A loop of ${turns}: return ${returnOf(agentic)}`,
    subtitle: [
      `Recorded: ${traditional.environment}, ${traditional.policy} (seed ${String(traditional.trajectory.seed)}); ` +
        `${agentic.environment}, ${agentic.policy} (seed ${String(agentic.trajectory.seed)}).`,
    ],
    alt: [
      `Left, the traditional paradigm: ${spoken(once)}.`,
      `Right, the agentic one: ${spoken(loop)}.`,
      ...elements.map(([name, left, right]) => `${name}: ${left}; ${right}.`),
    ].join(" "),
    height,
  });
}

const returnOf = ({ trajectory }: RecordedEpisode) => valueText(trajectory.return, false);
const spoken = (messages: readonly Message[]) =>
  messages.map(({ from, text }) => `${from}: ${text}`).join("; ");
const subscript = (index: number) => [...String(index)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");

/** Cards under one another. Returns where they end. */
function drawOnce(canvas: Canvas, messages: readonly Message[]): number {
  const middle = leftEnd / 2;
  let y = top - 22;
  const response = messages.find(({ from }) => from === "agent")!;
  const rewarded = response.reward ?? 0;
  const cards = [
    ...messages
      .slice(0, messages.indexOf(response))
      .map(({ text }) => ({ heading: "prompt", text, colour: palette.green })),
    { heading: "response", text: response.text, colour: palette.blue },
    {
      heading: "reward",
      text: `${valueText(rewarded, false)}; the episode is over`,
      colour: palette.orange,
    },
  ];
  for (const [index, { heading, text, colour }] of cards.entries()) {
    if (index > 0) {
      canvas.arrow(middle, y, middle, y + 42, colour);
      if (heading === "response") {
        const label = `P(text | prompt) = ${valueText(response.probability ?? NaN, true)}`;
        canvas.text(middle + 10, y + 19, escapeText(label), { size: 12 });
      }
      y += 44;
    }
    const lines = linesWithin(text, leftEnd - 60, size, true);
    const height = lineHeight * (lines.length + 1) + 2 * cardPad;
    canvas.rect(24, y, leftEnd - 24, y + height, { fill: tint(colour, 0.2), line: colour });
    canvas.text(middle, y + cardPad + lineHeight / 2, heading, {
      size: 12,
      anchor: "center",
      color: darkText,
    });
    canvas.text(
      middle,
      y + cardPad + lineHeight * (1 + lines.length / 2),
      lines.map(escapeText).join("<br>"),
      {
        ...{ size, bold: true, anchor: "center", color: darkText },
      },
    );
    y += height;
  }
  return y + 16;
}

/** Messages between two lifelines. Returns where they end. */
function drawLoop(canvas: Canvas, messages: readonly Message[]): number {
  let y = top - 10;
  let [seen, acted] = [0, 0];
  let history = "";
  for (const message of messages) {
    const own = message.from === "agent";
    const reward = message.text.startsWith("reward ");
    const symbol = own ? `a${subscript(acted)}` : reward ? `r${subscript(acted - 1)}` : `o${subscript(seen)}`;
    const lines = linesWithin(`${symbol}  ${message.text}`, worldLine - agentLine - 40, size, true);
    const at = y + lines.length * lineHeight;
    const text = lines.map(escapeText).join("<br>");
    canvas.text((agentLine + worldLine) / 2, at - 4, own ? `<b>${text}</b>` : text, {
      ...{ size, anchor: "center", vertical: "bottom" },
    });
    const [start, stop] = own ? [agentLine + 4, worldLine - 4] : [worldLine - 4, agentLine + 4];
    canvas.arrow(start, at, stop, at, own ? palette.blue : reward ? palette.orange : palette.green);
    if (own) {
      const t = subscript(acted);
      canvas.text(agentLine - 10, at - 18, `h${t} = ${history}`, { size: 12, anchor: "right" });
      const policy = `π(a${t} | s${t}, h${t})`;
      canvas.text(agentLine - 10, at, policy, { size: 12, anchor: "right" });
      const probability = `= ${valueText(message.probability ?? NaN, true)}`;
      canvas.text(agentLine - 10, at + 17, probability, { size: 12, anchor: "right" });
      acted += 1;
    } else if (!reward) {
      canvas.text(worldLine + 10, at, `s${subscript(seen)} hidden`, { size: 12 });
      seen += 1;
    }
    if (!reward) history += `${history === "" ? "" : " "}${symbol}`;
    y = at + gap + (own ? 6 : 0);
  }
  for (const [x, name, colour] of [
    [agentLine, "agent", palette.blue],
    [worldLine, "environment", palette.green],
  ] as const) {
    canvas.line(x, top - 22, x, y, { width: 2, dash: "dot" });
    canvas.chip(x, 52, name, { size, anchor: "center", fill: tint(colour, 0.2), line: colour });
  }
  return y + 8;
}

function panel(canvas: Canvas, left: number, right: number, bottom: number, name: string, colour: string) {
  canvas.rect(left, 0, right, bottom, { fill: "rgba(128,128,128,0.09)" });
  canvas.rect(left, 0, right, 32, { fill: tint(colour, 0.4) });
  canvas.text((left + right) / 2, 16, name, { size, bold: true, anchor: "center", color: darkText });
}

type Element = readonly [name: string, traditional: string, agentic: string];

/** The decision process, element by element, with the numbers of the two episodes. */
function compared(
  traditional: RecordedEpisode,
  once: readonly Message[],
  agentic: RecordedEpisode,
  loop: readonly Message[],
): Element[] {
  const acts = (messages: readonly Message[]) => messages.filter(({ from }) => from === "agent");
  const chance = (messages: readonly Message[]) =>
    valueText(
      acts(messages).reduce((product, { probability = 1 }) => product * probability, 1),
      true,
    );
  const observations = loop.filter(({ from, text }) => from === "environment" && !text.startsWith("reward "));
  const later = (episode: RecordedEpisode) => {
    const { mask, turns } = episode.trajectory;
    return mask.subarray(turns[0]!.end).filter((written) => written === 0).length;
  };
  return [
    [
      "what it knows",
      "the prompt, all of it",
      `${plural(observations.length, "observation")} of a hidden state`,
    ],
    ["policy", `P(text | prompt) = ${chance(once)}`, `∏ π(aₜ | sₜ, hₜ) = ${chance(loop)}`],
    ["turns", String(acts(once).length), String(acts(loop).length)],
    ["tokens read after its first act", String(later(traditional)), String(later(agentic))],
    ["return", returnOf(traditional), returnOf(agentic)],
  ];
}

/** A row an element. Returns where they end. */
function drawElements(canvas: Canvas, elements: readonly Element[], from: number): number {
  const row = 27;
  for (const [index, [name, left, right]] of elements.entries()) {
    const y = from + row * (index + 0.5);
    if (index % 2 === 0) canvas.rect(0, y - row / 2, width, y + row / 2, { fill: "rgba(128,128,128,0.09)" });
    canvas.text(leftEnd - 12, y, escapeText(left), { size, anchor: "right" });
    canvas.text((leftEnd + agenticColumn) / 2, y, escapeText(name), { size, bold: true, anchor: "center" });
    canvas.text(agenticColumn, y, escapeText(right), { size });
  }
  return from + row * elements.length;
}
