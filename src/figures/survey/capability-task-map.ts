/** Beyond the survey: which capabilities are studied in which tasks, and where nobody has looked. */
import { labelText, paperLabels, type PaperLabel } from "../../survey/labels.js";
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import { capabilities, tasks, type Capability, type Task } from "../../survey/rows.js";
import { createFigure, ink } from "../figure.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { and, capital } from "./words.js";

/** Pale to dark blue, legible under dark and under white figures. */
const scale = [
  [0, "#eef4fa"],
  [0.5, "#7fb2d9"],
  [1, "#08457e"],
];

/**
 * A heat map of the works that carry a label of each kind, six capabilities by eight tasks. A pair is strong when
 * both labels are; a work with several labels counts in each of its pairs.
 *
 * Drawn: the rows of `papers` with a capability and a task.
 */
export async function capabilityTaskMap(options: ReadOptions = {}): Promise<SurveyFigure> {
  const labels = await paperLabels(options);
  const { drawn, account } = divide(
    "papers",
    await readRows("papers", options),
    ({ key }) => key,
    ({ capability, task }) =>
      capability.length === 0
        ? task.length === 0
          ? "no capability and no task"
          : "a task but no capability"
        : task.length === 0
          ? "a capability but no task"
          : undefined,
  );
  const strengths = new Map(labels.map(({ key, label, strength }) => [`${key} ${label}`, strength]));
  const strengthOf = (key: string, label: PaperLabel["label"]) => strengths.get(`${key} ${label}`);
  const cell = (capability: Capability, task: Task) => {
    const own = drawn.filter((paper) => paper.capability.includes(capability) && paper.task.includes(task));
    const strong = own.filter(
      ({ key }) => strengthOf(key, capability) === "strong" && strengthOf(key, task) === "strong",
    );
    return { capability, task, strong: strong.length, weak: own.length - strong.length };
  };
  const cells = capabilities.map((capability) => tasks.map((task) => cell(capability, task)));
  const all = cells.flat();
  const size = ({ strong, weak }: (typeof all)[number]) => strong + weak;
  const most = Math.max(1, ...all.map(size));
  const gaps = all.filter((one) => size(one) === 0);
  const onlyWeak = all.filter((one) => one.strong === 0 && one.weak > 0);
  const top = all.filter((one) => size(one) === most);
  const names = tasks.map((task) => labelText(task));

  const title = `Where are the gaps? ${String(gaps.length)} of ${String(all.length)} pairs have no work; ${and(top.map(({ capability, task }) => `${labelText(capability)} in ${labelText(task)}`))} has most (${String(most)})`;
  const subtitle = [
    `${String(drawn.length)} works of the lists with a capability and a task. Bold: both labels strong; + n: at least one is weak.`,
    `A dash: no work. ${String(onlyWeak.length)} more pairs rest on weak labels only.`,
  ];
  const alt = [
    `Heat map of works by capability and task.`,
    ...cells.map(
      (row, i) =>
        `${capital(labelText(capabilities[i]!))}: ${row.map((one) => `${labelText(one.task)} ${String(one.strong)} strong, ${String(one.weak)} weak`).join("; ")}.`,
    ),
  ].join(" ");
  const figure = createFigure({
    ...{ title, subtitle, alt },
    data: [
      {
        type: "heatmap",
        x: names,
        y: capabilities.map(labelText),
        z: cells.map((row) => row.map((one) => (size(one) === 0 ? null : size(one)))),
        ...{ zmin: 0, zmax: most, colorscale: scale, xgap: 4, ygap: 4 },
        colorbar: { title: { text: "works", side: "right" }, thickness: 14, outlinewidth: 0 },
        customdata: cells.map((row) => row.map(({ strong, weak }) => [strong, weak])),
        hovertemplate:
          "%{y} in %{x}: %{customdata[0]} strong, %{customdata[1]} with a weak label<extra></extra>",
        hoverongaps: false,
      },
    ],
    layout: {
      height: 520,
      margin: { b: 70 },
      xaxis: {
        // Narrow, so that the names stand beside each other on small pages too.
        ...{
          tickvals: names,
          ticktext: names.map((name) => name.replace("-", "-<br>")),
          tickfont: { size: 12 },
        },
        title: { text: "task domain" },
        side: "bottom",
        showgrid: false,
        fixedrange: true,
      },
      yaxis: { title: { text: "capability" }, autorange: "reversed", showgrid: false, fixedrange: true },
      annotations: all.map((one) => ({
        ...{ x: labelText(one.task), y: labelText(one.capability), showarrow: false },
        text: cellText(one),
        font: { size: 14, color: size(one) === 0 ? ink : size(one) > 0.55 * most ? "#ffffff" : "#16191d" },
      })),
      shapes: gaps.map((one) => ({
        type: "rect",
        ...square(tasks.indexOf(one.task), capabilities.indexOf(one.capability)),
        ...{ line: { width: 0 }, fillcolor: "rgba(128,128,128,0.12)", layer: "below" },
      })),
    },
  });
  return surveyFigure(
    figure,
    [account],
    all.map(({ capability, task, strong, weak }) => ({
      capability,
      task,
      both_strong: strong,
      with_weak: weak,
    })),
  );
}

/** "**7** + 5": strong, then weak; a dash where there is neither. */
function cellText({ strong, weak }: { strong: number; weak: number }): string {
  const parts = [
    ...(strong > 0 ? [`<b>${String(strong)}</b>`] : []),
    ...(weak > 0 ? [`+ ${String(weak)}`] : []),
  ];
  return parts.join(" ") || "–";
}

const square = (x: number, y: number) => ({ x0: x - 0.48, x1: x + 0.48, y0: y - 0.47, y1: y + 0.47 });
