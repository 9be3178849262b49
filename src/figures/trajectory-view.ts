/** What an agent wrote and read, token by token, and how that changes while it learns. */
import type { Trajectory } from "../rollout/trajectory.js";
import { plural, subtitleWidth } from "./curves.js";
import { createFigure, escapeText, ink, palette, wrap, type Figure, type PlotlyObject } from "./figure.js";
import { valueText } from "./metrics.js";

/** A trajectory as it was at an update of a training run. */
export interface TrajectorySnapshot {
  readonly update: number;
  readonly trajectory: Trajectory;
  /** One advantage per token, as the algorithm's estimator returns them. */
  readonly advantages?: ArrayLike<number>;
}

export interface TrajectoryViewOptions {
  /** One array per trajectory, one advantage per token; for snapshots, give them in the snapshots. */
  advantages?: readonly ArrayLike<number>[];
  /** States the finding; by default written from the data. */
  title?: string;
}

/** Who put a token into the context. */
type Writer = "policy" | "prompt" | "replayed" | "environment";

/** One token as a box: a column range and a line. */
interface Box {
  readonly token: string;
  readonly writer: Writer;
  readonly probability: number;
  readonly advantage: number | undefined;
  readonly position: number;
  readonly line: number;
  readonly left: number;
  readonly width: number;
}

/** What is seen at once: the contexts of one episode, laid out in lines. */
interface View {
  /** "update 40", "episode 2". */
  readonly name: string;
  readonly short: string;
  /** What the slider counts: "update", "episode", "update, episode". */
  readonly kind: string;
  readonly contexts: readonly Context[];
  readonly boxes: readonly Box[];
  /** Text left of each line; "" where a turn goes on. */
  readonly lineNames: readonly string[];
}

interface Context {
  readonly trajectory: Trajectory;
  readonly advantages: ArrayLike<number> | undefined;
}

/** Columns are letters of 12 px monospace; so many fit beside the lines' names at 700 px. */
const columns = 74;
const [fontSize, lineHeight, nameWidth] = [12, 40, 110];
/** Longer tokens are cut in their box; hovering shows them whole. */
const longestToken = 30;

const fills: Record<Exclude<Writer, "policy">, string> = {
  prompt: "#D8D8D8",
  replayed: "#E3BFD3",
  environment: "#F6CF7F",
};
const writers: Record<Writer, string> = {
  policy: "policy (mask 1); darker: likelier",
  prompt: "prompt (mask 0)",
  replayed: "replayed action (mask 0)",
  environment: "environment or tool (mask 0)",
};

/**
 * Tokens as boxes in the order of the context, a new line with every turn. The colour says who wrote a token, a
 * policy's shade its probability under the policy that sampled it; a bar under a token is its advantage (green
 * upwards of zero, red below, as thick as it is large). Hovering shows token, writer, probability, advantage.
 * Contexts of one episode (several agents, or a fresh context each turn) stand under one another; with
 * several snapshots or episodes a slider steps through them.
 *
 * @param trajectories of one policy, or snapshots over training, in the order in which they are to be seen.
 * @param vocabulary token id → text.
 * @throws RangeError for no trajectories, arrays of different lengths, a token id outside the vocabulary, a
 * turn outside the tokens.
 */
export function trajectoryView(
  trajectories: readonly Trajectory[] | readonly TrajectorySnapshot[],
  vocabulary: readonly string[],
  options: TrajectoryViewOptions = {},
): Figure {
  if (trajectories.length === 0) throw new RangeError("trajectoryView(): there are no trajectories");
  const { advantages } = options;
  if (advantages !== undefined && advantages.length !== trajectories.length)
    throw new RangeError(
      `trajectoryView(): advantages has ${String(advantages.length)} arrays for ${plural(trajectories.length, "trajectory").replace("ys", "ies")}`,
    );
  const snapshots = trajectories.map((item, i) =>
    "trajectory" in item
      ? { update: item.update, trajectory: item.trajectory, advantages: item.advantages ?? advantages?.[i] }
      : { update: undefined, trajectory: item, advantages: advantages?.[i] },
  );
  for (const [i, snapshot] of snapshots.entries()) requireWhole(i, snapshot, vocabulary);

  const episodes = new Map<string, typeof snapshots>();
  for (const snapshot of snapshots) {
    const key = `${String(snapshot.update)} ${String(snapshot.trajectory.episode)}`;
    episodes.set(key, [...(episodes.get(key) ?? []), snapshot]);
  }
  const several = new Set(snapshots.map(({ trajectory }) => trajectory.episode)).size > 1;
  const updates = new Set([...episodes.values()].map(([first]) => first!.update));
  const views = [...episodes.values()].map((contexts) => {
    const { update, trajectory } = contexts[0]!;
    // Snapshots of one update are told apart by their episodes.
    const episode = update === undefined || (several && updates.size < episodes.size);
    const name = [
      ...(update === undefined ? [] : [`update ${String(update)}`]),
      ...(episode ? [`episode ${String(trajectory.episode)}`] : []),
    ].join(", ");
    const short = [...(update === undefined ? [] : [update]), ...(episode ? [trajectory.episode] : [])].join(
      ".",
    );
    const kind = [...(update === undefined ? [] : ["update"]), ...(episode ? ["episode"] : [])].join(", ");
    return { name, short, kind, contexts, ...arrange(contexts, vocabulary) };
  });

  const title = options.title ?? finding(views);
  const lines = Math.max(...views.map(({ lineNames }) => lineNames.length));
  const most = Math.max(
    1e-12,
    ...views.flatMap(({ boxes }) => boxes.map((box) => Math.abs(box.advantage ?? 0))),
  );
  const withAdvantages = views.some(({ boxes }) => boxes.some(({ advantage }) => advantage !== undefined));
  const tracesPerView = withAdvantages ? 2 : 1;
  const data = views.flatMap((view, i) => [
    tokenTrace(view, i === 0),
    ...(withAdvantages ? [advantageTrace(view, most, i === 0)] : []),
  ]);
  const present = (Object.keys(writers) as Writer[]).filter((writer) =>
    views.some(({ boxes }) => boxes.some((box) => box.writer === writer)),
  );
  const keys = legendTraces(present, withAdvantages);
  const slider = views.length > 1;
  // Two legend entries fit a row.
  const bottom = 30 + 20 * Math.ceil(keys.length / 2) + (slider ? 100 : 0);
  return createFigure({
    title,
    subtitle: summary(views[0]!),
    alt: [
      `Tokens of ${plural(views.length, "episode")} as boxes, coloured by who wrote them.`,
      ...spoken(views),
    ].join(" "),
    data: [...data, ...keys],
    layout: {
      height: lines * lineHeight + bottom + 90 + 23 * (wrap(title, 60).length - 1),
      margin: { l: nameWidth, r: 14, b: bottom, t: 82 + 23 * (wrap(title, 60).length - 1) },
      barmode: "overlay",
      dragmode: false,
      hovermode: "closest",
      xaxis: { range: [0, columns], visible: false, fixedrange: true },
      yaxis: {
        range: [lines - 0.4, -0.6],
        ...ticks(views[0]!),
        ...{
          showgrid: false,
          zeroline: false,
          ticks: "",
          fixedrange: true,
          showline: false,
          automargin: false,
        },
        tickfont: { size: 12, color: ink },
        ticklabelstandoff: 6,
      },
      legend: {
        ...{ orientation: "h", traceorder: "normal", font: { size: 12, color: ink } },
        ...{ itemclick: false, itemdoubleclick: false },
        ...{ x: 0, xref: "container", y: 0.005, yref: "container", yanchor: "bottom" },
      },
      ...(slider && {
        sliders: [
          {
            active: 0,
            // Under the boxes; the legend lies below it.
            ...{ x: 0, len: 1, y: 0, yanchor: "top", pad: { t: 10, b: 0 } },
            currentvalue: { prefix: `${views[0]!.kind} `, font: { size: 13, color: ink } },
            font: { size: 12, color: ink },
            ...{ bgcolor: ink, bordercolor: ink, tickcolor: ink, activebgcolor: palette.sky },
            steps: views.map((view, i) => ({
              label: view.short,
              method: "update",
              args: [
                {
                  visible: [
                    ...data.map((_, trace) => Math.floor(trace / tracesPerView) === i),
                    ...keys.map(() => true),
                  ],
                },
                {
                  "title.subtitle.text": summary(view).map(escapeText).join("<br>"),
                  "yaxis.tickvals": ticks(view)["tickvals"],
                  "yaxis.ticktext": ticks(view)["ticktext"],
                },
              ],
            })),
          },
        ],
      }),
    },
  });
}

function requireWhole(
  index: number,
  { trajectory, advantages }: Context,
  vocabulary: readonly string[],
): void {
  const which = `trajectoryView(): trajectory ${String(index)}`;
  const { tokens, mask, logProbs, turns } = trajectory;
  if (tokens.length === 0) throw new RangeError(`${which} has no tokens`);
  const lengths = { mask, logProbs, ...(advantages !== undefined && { advantages }) };
  for (const [name, array] of Object.entries(lengths)) {
    if (array.length !== tokens.length)
      throw new RangeError(
        `${which}: ${name} has length ${String(array.length)}, but there are ${String(tokens.length)} tokens`,
      );
  }
  for (const [column, token] of tokens.entries()) {
    if (vocabulary[token] === undefined)
      throw new RangeError(
        `${which}: token ${String(token)} at column ${String(column)} is not in the vocabulary of ${String(vocabulary.length)} words; is it this policy's vocabulary?`,
      );
  }
  let end = 0;
  for (const [i, turn] of turns.entries()) {
    if (turn.start < end || turn.end < turn.start || turn.end > tokens.length)
      throw new RangeError(
        `${which}: turn ${String(i)} spans columns ${String(turn.start)} to ${String(turn.end)}, which is not after the turn before and within the ${String(tokens.length)} tokens`,
      );
    end = turn.end;
  }
}

/** Lays the contexts of an episode out in lines: the prompt, then a line or more for each turn and its answer. */
function arrange(
  contexts: readonly Context[],
  vocabulary: readonly string[],
): Pick<View, "boxes" | "lineNames"> {
  const boxes: Box[] = [];
  const lineNames: string[] = [];
  const agents = new Set(contexts.map(({ trajectory }) => trajectory.agent)).size;
  const perAgent = new Map<number, number>();
  let turnNumber = 0;
  for (const { trajectory, advantages } of contexts) {
    const { tokens, mask, logProbs, turns, agent } = trajectory;
    if (agents > 1) turnNumber = perAgent.get(agent) ?? 0;
    const who = agents > 1 ? `agent ${String(agent)}: ` : "";
    const begins = new Map(turns.map((turn) => [turn.start, turn] as const));
    const inTurn = (column: number) => turns.some(({ start, end }) => column >= start && column < end);
    const first = turns[0]?.start ?? tokens.length;
    let left = columns;
    let next = first === 0 ? "" : `${who}prompt`;
    for (const [column, token] of tokens.entries()) {
      const turn = begins.get(column);
      if (turn !== undefined) {
        turnNumber += 1;
        const reward = turn.reward === 0 ? "" : `<br>reward ${valueText(turn.reward, false)}`;
        next = `${who}turn ${String(turnNumber)}${reward}`;
      }
      const text = vocabulary[token]!;
      const width = Math.min(text.length, longestToken) + 1.4;
      if (next !== "" || left + width > columns) {
        lineNames.push(next);
        [left, next] = [0, ""];
      }
      const written = mask[column] === 1;
      boxes.push({
        token: text,
        writer: written ? "policy" : column < first ? "prompt" : inTurn(column) ? "replayed" : "environment",
        probability: written ? Math.exp(logProbs[column]!) : NaN,
        advantage: written ? advantages?.[column] : undefined,
        position: column,
        line: lineNames.length - 1,
        left,
        width,
      });
      left += width + 0.25;
    }
    perAgent.set(agent, turnNumber);
  }
  return { boxes, lineNames };
}

const ticks = ({ lineNames }: View): PlotlyObject => ({
  tickvals: lineNames.map((_, line) => line),
  ticktext: lineNames,
});

/** Pale to full blue: the policy's probability. Opaque, so that letters are read on any page. */
function shade(probability: number): string {
  const [pale, full] = [
    [222, 236, 247],
    [0, 99, 160],
  ];
  const share = Math.min(1, Math.max(0, probability));
  return `rgb(${pale!.map((from, i) => String(Math.round(from + share * (full![i]! - from)))).join(",")})`;
}

const fill = ({ writer, probability }: Box) => (writer === "policy" ? shade(probability) : fills[writer]);

const cut = (token: string) => (token.length > longestToken ? `${token.slice(0, longestToken - 1)}…` : token);

function tokenTrace({ boxes }: View, visible: boolean): PlotlyObject {
  return {
    type: "bar",
    orientation: "h",
    base: boxes.map(({ left }) => left),
    x: boxes.map(({ width }) => width),
    y: boxes.map(({ line }) => line),
    width: 0.56,
    text: boxes.map(({ token }) => escapeText(cut(token))),
    textposition: "inside",
    insidetextanchor: "middle",
    textangle: 0,
    constraintext: "none",
    insidetextfont: {
      family: "ui-monospace, 'DejaVu Sans Mono', monospace",
      size: fontSize,
      color: boxes.map((box) => (box.writer === "policy" && box.probability > 0.78 ? "#ffffff" : "#111111")),
    },
    marker: {
      color: boxes.map(fill),
      line: { width: boxes.map(({ writer }) => (writer === "policy" ? 1.5 : 0)), color: palette.blue },
    },
    hovertext: boxes.map(hover),
    hovertemplate: "%{hovertext}<extra></extra>",
    showlegend: false,
    visible,
  };
}

function hover({ token, writer, probability, advantage, position }: Box): string {
  return [
    `<b>${escapeText(token)}</b> (column ${String(position)})`,
    writer === "policy"
      ? `written by the policy with probability ${probabilityText(probability)}`
      : writers[writer],
    ...(writer === "policy" ? ["mask 1"] : []),
    ...(advantage === undefined ? [] : [`advantage ${valueText(advantage, false)}`]),
  ].join("<br>");
}

/** Small probabilities keep their digits. */
const probabilityText = (probability: number) => valueText(probability, probability >= 0.005);

/** A bar under each written token, at most a fifth of the line thick. */
function advantageTrace({ boxes }: View, most: number, visible: boolean): PlotlyObject {
  const drawn = boxes.filter(({ advantage }) => advantage !== undefined && advantage !== 0);
  return {
    type: "bar",
    orientation: "h",
    base: drawn.map(({ left }) => left),
    x: drawn.map(({ width }) => width),
    y: drawn.map(({ line }) => line + 0.4),
    width: drawn.map(({ advantage }) => 0.05 + 0.15 * (Math.abs(advantage!) / most)),
    marker: {
      color: drawn.map(({ advantage }) => (advantage! > 0 ? palette.green : palette.vermilion)),
      line: { width: 0 },
    },
    hovertext: drawn.map(hover),
    hovertemplate: "%{hovertext}<extra></extra>",
    showlegend: false,
    visible,
  };
}

/** Empty traces that only stand in the legend. */
function legendTraces(present: readonly Writer[], withAdvantages: boolean): PlotlyObject[] {
  const key = (name: string, color: string, symbol: string, outlined = false) => ({
    type: "scatter",
    mode: "markers",
    x: [null],
    y: [null],
    name,
    marker: { color, symbol, size: 11, line: { width: outlined ? 1.5 : 0, color: palette.blue } },
  });
  return [
    ...present.map((writer) =>
      writer === "policy"
        ? key(writers.policy, shade(0.6), "square", true)
        : key(writers[writer], fills[writer], "square"),
    ),
    ...(withAdvantages
      ? [
          key("advantage above 0", palette.green, "line-ew"),
          key("advantage below 0", palette.vermilion, "line-ew"),
        ].map((trace) => ({
          ...trace,
          marker: { ...trace.marker, line: { width: 4, color: trace.marker.color } },
        }))
      : []),
  ];
}

/** Success and return, of each agent where there are several. */
function outcome({ contexts }: View): { solved: boolean; words: string } {
  const agents = new Map(contexts.map(({ trajectory }) => [trajectory.agent, trajectory] as const));
  const words = [...agents].map(([agent, { success, truncated, return: sum }]) =>
    [
      agents.size > 1 ? `agent ${String(agent)} ` : "",
      success ? "success" : "no success",
      truncated ? ", cut off" : "",
      `, return ${valueText(sum, false)}`,
    ].join(""),
  );
  return { solved: [...agents.values()].some(({ success }) => success), words: words.join("; ") };
}

/** Geometric mean probability of the tokens the policy wrote. */
function certainty({ boxes }: View): number {
  const written = boxes.filter(({ writer }) => writer === "policy");
  if (written.length === 0) return NaN;
  return Math.exp(written.reduce((sum, { probability }) => sum + Math.log(probability), 0) / written.length);
}

function summary(view: View): string[] {
  const written = view.boxes.filter(({ writer }) => writer === "policy").length;
  const sure = written === 0 ? "" : ` (geometric mean probability ${probabilityText(certainty(view))})`;
  const text = `${view.name}: ${outcome(view).words}; ${String(written)} of ${plural(view.boxes.length, "token")} by the policy${sure}`;
  return wrap(capital(text), subtitleWidth).slice(0, 2);
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The sentence over the boxes. */
function finding(views: readonly View[]): string {
  const [first, last] = [views[0]!, views.at(-1)!];
  if (views.length === 1) return `${capital(first.name)}: ${outcome(first).words}`;
  if (first.kind === "update") {
    const sure = (view: View) =>
      `${outcome(view).solved ? "success" : "no success"} (token probability ${probabilityText(certainty(view))})`;
    return `From ${first.name}, ${sure(first)}, to ${last.name}, ${sure(last)}`;
  }
  const solved = views.filter((view) => outcome(view).solved).length;
  return `${String(solved)} of ${plural(views.length, "episode")} with success`;
}

/** The texts themselves, of the first and the last view; of those between only the outcome. */
function spoken(views: readonly View[]): string[] {
  return views.map((view, i) => {
    if (i > 0 && i < views.length - 1) return `${capital(view.name)}: ${outcome(view).words}.`;
    const stretches: { line: number; writer: Writer; words: string[] }[] = [];
    let line = 0;
    for (const box of view.boxes) {
      // A line without a name goes on with the turn of the line before.
      if (view.lineNames[box.line] !== "") line = box.line;
      const before = stretches.at(-1);
      if (before?.writer === box.writer && before.line === line) before.words.push(box.token);
      else stretches.push({ line, writer: box.writer, words: [box.token] });
    }
    const texts = stretches.map(({ writer, words }) => `${writer}: ${words.join(" ")}`);
    return `${summary(view).join(" ")}. ${texts.join("; ")}.`;
  });
}
