/** A small policy laid open: in each state, how likely each action is. */
import { plural } from "./curves.js";
import { createFigure, escapeText, palette, wrap, type Figure, type PlotlyObject } from "./figure.js";
import { valueText } from "./metrics.js";

export interface ActionTable {
  /** Rows: what the agent sees, e.g. "7 stones" or "K, opponent bets". */
  readonly states: readonly string[];
  /** Columns. */
  readonly actions: readonly string[];
  /** [state][action]; null where the action is not allowed. A row may sum to less than 1 (other actions). */
  readonly probabilities: readonly (readonly (number | null)[])[];
  /** For each state the actions that are best (any of them); empty where none is known. They are framed. */
  readonly optimal?: readonly (readonly string[])[];
}

export interface ActionProbabilitiesOptions {
  /** States the finding; by default written from the data. */
  title?: string;
  /** What the rows are, for the axis; default "state". */
  state?: string;
  /** What the columns are, for the axis; default "action". */
  action?: string;
}

/** Pale to full: legible letters on both ends, on any page. */
const scale: [number, string][] = [
  [0, "#EAF3FA"],
  [1, palette.blue],
];

const cellHeight = 30;

/**
 * State × action as coloured cells with their probabilities in print; best actions are framed.
 *
 * @throws RangeError for an empty table, rows of the wrong length, a name used twice, what is no probability,
 * a row that sums to more than 1, or an optimal action that is not among the actions.
 */
export function actionProbabilities(table: ActionTable, options: ActionProbabilitiesOptions = {}): Figure {
  requireTable(table);
  const { states, actions, probabilities, optimal } = table;
  const { state = "state", action = "action" } = options;
  const title = options.title ?? finding(table);
  const columns = actions.map((_, i) => i);
  const rows = states.map((_, i) => i);
  const frames: PlotlyObject[] = (optimal ?? []).flatMap((names, row) =>
    names.map((name) => {
      const column = actions.indexOf(name);
      return {
        type: "rect",
        ...{ x0: column - 0.46, x1: column + 0.46, y0: row - 0.42, y1: row + 0.42 },
        line: { color: palette.vermilion, width: 2.5 },
      };
    }),
  );
  const labels = states.map((name) => wrap(name, 26).map(escapeText).join("<br>"));
  const tall = Math.max(cellHeight, ...labels.map((label) => 17 * label.split("<br>").length + 6));
  // More columns leave no room for ".97": then hovering tells, and the scale beside the table.
  const printed = actions.length <= 14;
  const subtitle = [
    `Darker: likelier.${frames.length > 0 ? " Framed: best actions." : ""}${probabilities.some((row) => row.includes(null)) ? " Empty: not allowed." : ""}`,
  ];
  return createFigure({
    title,
    subtitle,
    alt: [
      `Table of action probabilities, ${plural(states.length, "state")} by ${plural(actions.length, "action")}.`,
      ...rows.map((row) => spoken(table, row)),
    ].join(" "),
    data: [
      {
        type: "heatmap",
        x: columns,
        y: rows,
        z: probabilities,
        zmin: 0,
        zmax: 1,
        colorscale: scale,
        xgap: 2,
        ygap: 2,
        ...(printed && {
          text: probabilities.map((row) => row.map((p) => (p === null ? "" : valueText(p, true)))),
          texttemplate: "%{text}",
        }),
        hoverongaps: false,
        customdata: probabilities.map((row, i) =>
          row.map(
            (p, j) =>
              `${escapeText(states[i]!)}, ${escapeText(actions[j]!)}: ${p === null ? "not allowed" : valueText(p, p >= 0.005)}`,
          ),
        ),
        hovertemplate: "%{customdata}<extra></extra>",
        showscale: !printed,
        colorbar: {
          title: { text: "probability", side: "right" },
          ...{ thickness: 12, outlinewidth: 0, tickvals: [0, 0.5, 1] },
        },
      },
    ],
    layout: {
      height: tall * states.length + 175 + 23 * (wrap(title, 60).length - 1),
      margin: { b: 70 },
      xaxis: {
        title: { text: action },
        tickvals: columns,
        ticktext: actions.map(escapeText),
        range: [-0.5, actions.length - 0.5],
        ...{ showgrid: false, zeroline: false, ticks: "" },
      },
      yaxis: {
        title: { text: state },
        tickvals: rows,
        ticktext: labels,
        range: [states.length - 0.5, -0.5],
        ...{ showgrid: false, zeroline: false, ticks: "", ticklabelstandoff: 4 },
      },
      shapes: frames,
    },
  });
}

function requireTable({ states, actions, probabilities, optimal }: ActionTable): void {
  const call = "actionProbabilities()";
  for (const [field, names] of Object.entries({ states, actions })) {
    if (names.length === 0) throw new RangeError(`${call}: ${field} is empty`);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw new RangeError(`${call}: ${field} names "${twice}" twice`);
  }
  for (const [field, rows] of Object.entries({ probabilities, ...(optimal && { optimal }) })) {
    if (rows.length !== states.length)
      throw new RangeError(
        `${call}: ${field} has ${plural(rows.length, "row")} for ${plural(states.length, "state")}`,
      );
  }
  for (const [i, row] of probabilities.entries()) {
    const which = `${call}: probabilities of "${states[i]!}"`;
    if (row.length !== actions.length)
      throw new RangeError(
        `${which} has ${plural(row.length, "entry").replace("entrys", "entries")} for ${plural(actions.length, "action")}`,
      );
    const bad = row.find((p) => p !== null && !(p >= 0 && p <= 1));
    if (bad !== undefined) throw new RangeError(`${which} must lie between 0 and 1, got ${String(bad)}`);
    const sum = row.reduce<number>((total, p) => total + (p ?? 0), 0);
    if (sum > 1 + 1e-4) throw new RangeError(`${which} sum to ${valueText(sum, false)}, more than 1`);
  }
  for (const [i, names] of (optimal ?? []).entries()) {
    const unknown = names.find((name) => !actions.includes(name));
    if (unknown !== undefined)
      throw new RangeError(
        `${call}: optimal of "${states[i]!}" names "${unknown}", which is not among the actions ${actions.join(", ")}`,
      );
  }
}

/** The likeliest action of a row; the first of equals. */
function likeliest(
  { actions, probabilities }: ActionTable,
  row: number,
): { name: string; probability: number } {
  const values = probabilities[row]!.map((p) => p ?? -1);
  const probability = Math.max(...values);
  return { name: actions[values.indexOf(probability)]!, probability };
}

/** Every probability of a row; of long rows the three largest. */
function spoken(table: ActionTable, row: number): string {
  const allowed = table.actions.flatMap((name, column) => {
    const p = table.probabilities[row]![column] ?? null;
    return p === null ? [] : [{ name, p }];
  });
  const told = allowed.length <= 9 ? allowed : allowed.toSorted((a, b) => b.p - a.p).slice(0, 3);
  const values = told.map(({ name, p }) => `${name} ${valueText(p, true)}`);
  if (told.length < allowed.length) values.push(`${String(allowed.length - told.length)} others`);
  const best = table.optimal?.[row] ?? [];
  return `${table.states[row]!}: ${values.join(", ") || "no action allowed"}${best.length > 0 ? `; best: ${best.join(" or ")}` : ""}.`;
}

/** The sentence over the table. */
function finding(table: ActionTable): string {
  const { states, optimal } = table;
  const judged = states.map((_, row) => row).filter((row) => (optimal?.[row] ?? []).length > 0);
  if (judged.length > 0) {
    const right = judged.filter((row) => optimal![row]!.includes(likeliest(table, row).name));
    return `The likeliest action is a best one in ${String(right.length)} of ${plural(judged.length, "state")}`;
  }
  const sure = states.filter((_, row) => likeliest(table, row).probability >= 0.9).length;
  return `One action has probability .90 or more in ${String(sure)} of ${plural(states.length, "state")}`;
}
