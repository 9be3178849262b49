/** Beyond the survey: when the variants of PPO, DPO and GRPO came. */
import { monthsBetween } from "../../survey/counts.js";
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import type { Algorithm } from "../../survey/rows.js";
import { plural } from "../curves.js";
import { palette } from "../figure.js";
import { Canvas, workHover } from "./canvas.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { drawTimeTree } from "./time-tree.js";
import { monthName } from "./words.js";

const families: readonly { name: Algorithm["family"]; colour: string }[] = [
  { name: "PPO", colour: palette.orange },
  { name: "DPO", colour: palette.green },
  { name: "GRPO", colour: palette.blue },
];

/** How an algorithm holds on to its reference, as the card's symbol. */
const klTexts = { yes: "KL term", no: "no KL term", adaptive: "adaptive KL", scaled: "scaled KL" };
const klText = ({ kl }: Algorithm) => klTexts[kl];

/**
 * The algorithms of Table 2 as a tree in time, a stem a family; symbols tell what Table 2 says of the KL term. The
 * months are the papers' own; where none is known, the year is Table 2's.
 *
 * Drawn: every row of `algorithms`.
 */
export async function algorithmFamilyTree(options: ReadOptions = {}): Promise<SurveyFigure> {
  const { drawn, account } = divide(
    "algorithms",
    await readRows("algorithms", options),
    ({ key }) => key,
    ({ family }) =>
      families.some(({ name }) => name === family) ? undefined : "of none of the three families",
  );
  const canvas = new Canvas();
  const height = drawTimeTree(
    canvas,
    drawn.map((row) => ({
      ...{ branch: row.family, part: klText(row), label: row.method, date: row.date, year: row.year },
      ...{
        known: true,
        hover: `${workHover({ ...row, entry: row.method })}<br>${row.mechanism_tags.join(", ")}`,
      },
    })),
    families,
    { root: "Policy optimisation of language models", parts: Object.values(klTexts) },
  );

  const sizes = families.map(({ name }) => ({ name, own: drawn.filter(({ family }) => family === name) }));
  const largest = sizes.reduce((a, b) => (b.own.length > a.own.length ? b : a));
  const dates = largest.own.flatMap(({ date }) => (date === null ? [] : [date])).sort();
  const span =
    dates.length === 0
      ? ""
      : `, all dated ones within ${plural(monthsBetween([dates[0]!, dates.at(-1)!]).length, "month")} from ${monthName(dates[0]!)}`;
  const title = `Which family grew? ${largest.name}: ${String(largest.own.length)} of ${String(drawn.length)} methods${span}`;
  const yearly = drawn.filter(({ date }) => date === null).length;
  const subtitle = [
    `The ${String(drawn.length)} methods of the survey's Table 2 at the month of their paper; the symbol tells the KL term.`,
    `Earlier years have one column each; of ${String(yearly)} methods only the year that Table 2 prints is known.`,
  ];
  const alt = sizes
    .map(
      ({ name, own }) =>
        `${name}: ${own.map((row) => `${row.method} (${row.date ?? String(row.year)}, ${klText(row)})`).join(", ")}.`,
    )
    .join(" ");
  return surveyFigure(
    canvas.figure({ title, subtitle, alt, height }),
    [account],
    drawn.map((row) => ({
      ...{ family: row.family, method: row.method, date: row.date, year: row.year, kl: row.kl },
      ...{ clip: row.clip, mechanism_tags: row.mechanism_tags, key: row.key, arxiv_id: row.arxiv_id },
    })),
  );
}
