/** An exercise's report as a card: HTML without scripts for a light or a dark page, and text. */
import type { MimeBundle } from "../kernel/bridge.js";
import { escapeHtml } from "../display/text.js";
import type { CheckReport, CheckStatus, ExerciseReport, ExerciseStatus } from "./report.js";
import { pointsText } from "./score.js";

export function cardBundle(report: ExerciseReport): MimeBundle {
  return { "text/html": cardHtml(report), "text/plain": cardText(report) };
}

const marks: Readonly<Record<CheckStatus, { sign: string; word: string }>> = {
  passed: { sign: "✓", word: "passed" },
  failed: { sign: "✗", word: "failed" },
  "not yet": { sign: "○", word: "not yet" },
  running: { sign: "…", word: "running" },
  waiting: { sign: "·", word: "not run" },
};

/** Colour of the stripe on the left; words and signs say the same. */
const stripes: Readonly<Record<ExerciseStatus, string>> = {
  passed: "var(--jp-success-color1, #2e9e4f)",
  partly: "var(--jp-warn-color1, #e69138)",
  failed: "var(--jp-error-color1, #d64545)",
  "not yet": "rgba(128,128,128,0.6)",
  running: "var(--jp-brand-color1, #3b82f6)",
  interrupted: "rgba(128,128,128,0.6)",
};

const summaries: Readonly<Record<ExerciseStatus, string>> = {
  passed: "all checks passed",
  partly: "some checks passed",
  failed: "no check passed",
  "not yet": "not yet: write your answer in the cell above, run it, then run this cell",
  running: "checking",
  interrupted: "interrupted: run the cell again",
};

/** Why a check that has not run has not. */
const waitingNote = "runs when the checks above pass";

export function cardText(report: ExerciseReport): string {
  const { id, title, points, outOf, status } = report;
  const lines = [`Exercise ${id} · ${title}: ${pointsText(points, outOf)} (${summaries[status]})`];
  if (status === "not yet") return lines[0]!;
  for (const check of report.checks) {
    lines.push(`  ${marks[check.status].sign} ${check.title}: ${pointsText(check.points, check.outOf)}`);
    lines.push(
      ...details(report, check).map(([label, text]) => `      ${label === "" ? "" : `${label}: `}${text}`),
    );
  }
  return lines.join("\n");
}

/** What is to be said of a check, labelled. */
function details(report: ExerciseReport, check: CheckReport): [label: string, text: string][] {
  if (check.status === "running" && check.progress && check.progress.note !== "")
    return [["", check.progress.note]];
  const ended = report.status !== "running" && report.status !== "interrupted";
  if (check.status === "waiting" && ended) return [["", sentence(waitingNote)]];
  const { failure, hint } = check;
  if (!failure) return [];
  const { call, what, expected, got } = failure;
  const all: [string, string | undefined][] = [
    ["", sentence(what)],
    ["call", call],
    ["expected", expected],
    ["got", got],
    ["hint", hint],
  ];
  return all.filter((entry): entry is [string, string] => entry[1] !== undefined);
}

function cardHtml(report: ExerciseReport): string {
  const { id, title, points, outOf, status } = report;
  const label = `Exercise ${id}: ${pointsText(points, outOf)}, ${summaries[status]}`;
  const items = status === "not yet" ? "" : report.checks.map((check) => itemHtml(report, check)).join("");
  return [
    `<section aria-label="${escapeHtml(label)}" style="border:1px solid rgba(128,128,128,0.35);border-left:0.35em solid ${stripes[status]};border-radius:0.3em;padding:0.6em 1em;margin:0.3em 0;max-width:60em">`,
    '<div style="display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1.5em">',
    `<strong>Exercise ${escapeHtml(id)} · ${escapeHtml(title)}</strong>`,
    `<span style="font-variant-numeric:tabular-nums">${escapeHtml(pointsText(points, outOf))}</span></div>`,
    `<div style="opacity:0.75">${escapeHtml(sentence(summaries[status]))}</div>`,
    items === "" ? "" : `<ul style="list-style:none;margin:0.5em 0 0;padding:0">${items}</ul>`,
    "</section>",
  ].join("");
}

function itemHtml(report: ExerciseReport, check: CheckReport): string {
  const { sign, word } = marks[check.status];
  const rows = details(report, check).map(([label, text]) => detailHtml(label, text));
  return [
    '<li style="margin:0.35em 0;padding-left:1.5em;text-indent:-1.5em">',
    `<span aria-hidden="true" style="display:inline-block;width:1.5em;text-indent:0;font-weight:700">${sign}</span>`,
    `<span>${escapeHtml(check.title)}</span>`,
    `<span style="opacity:0.75"> (${word}, ${escapeHtml(pointsText(check.points, check.outOf))})</span>`,
    barHtml(check),
    rows.length === 0 ? "" : `<div style="text-indent:0;margin:0.15em 0 0.4em">${rows.join("")}</div>`,
    "</li>",
  ].join("");
}

const code = new Set(["call", "expected", "got"]);

function detailHtml(label: string, text: string): string {
  if (label === "") return `<div>${escapeHtml(text)}</div>`;
  const value = escapeHtml(text);
  const shown = code.has(label)
    ? `<code style="background:rgba(128,128,128,0.15);padding:0 0.3em;overflow-wrap:anywhere">${value}</code>`
    : `<span>${value}</span>`;
  return `<div style="display:flex;gap:0.5em"><span style="flex:0 0 5em;opacity:0.75">${label}</span>${shown}</div>`;
}

function barHtml({ status, progress, title }: CheckReport): string {
  if (status !== "running" || !progress) return "";
  const percent = Math.round(100 * Math.min(1, Math.max(0, progress.share)));
  return [
    '<span style="position:relative;display:inline-block;width:10em;height:0.5em;margin-left:0.8em;border-radius:0.3em;overflow:hidden;background:rgba(128,128,128,0.3)">',
    `<span style="display:block;height:100%;width:${percent}%;background:var(--jp-brand-color1, #3b82f6)"></span>`,
    `<progress aria-label="${escapeHtml(title)}" max="100" value="${percent}" style="position:absolute;inset:0;width:100%;height:100%;opacity:0">${percent}%</progress>`,
    "</span>",
  ].join("");
}

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replace(/([.?!])\.$/, "$1");
