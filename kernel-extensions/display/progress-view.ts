/** A progress bar as text and as HTML. */
import type { MimeBundle } from "../kernel/bridge.js";
import { escapeHtml, oneLine } from "./text.js";

export interface ProgressState {
  label: string;
  /** Plural noun for what is counted; may be empty. */
  unit: string;
  /** `undefined` when nobody knows. */
  total: number | undefined;
  n: number;
  /** Milliseconds. */
  elapsed: number;
  note: string;
  /** Whether counting has ended, and how. Short of the total, it stopped. */
  ended: false | "done" | "stopped";
}

const cells = 10;

export function progressBundle(state: ProgressState): MimeBundle {
  return { "text/html": progressHtml(state), "text/plain": progressText(state) };
}

/** `training ━━━━────── 42% 84/200 updates, 3.1/s, 37 s left: loss 0.3` */
export function progressText(state: ProgressState): string {
  const { label, total, note } = state;
  const part = fraction(state);
  const filled = Math.floor(part * cells);
  const bar = total === undefined ? "" : "━".repeat(filled) + "─".repeat(cells - filled);
  const text = [label, bar, facts(state)].filter(Boolean).join(" ");
  return oneLine(note === "" ? text : `${text}: ${note}`);
}

function progressHtml(state: ProgressState): string {
  const { label, note } = state;
  return [
    '<div style="display:flex;flex-wrap:wrap;align-items:center;gap:0.2em 0.75em;font-variant-numeric:tabular-nums">',
    label === "" ? "" : `<span style="font-weight:600">${escapeHtml(label)}</span>`,
    barHtml(state),
    `<span>${escapeHtml(facts(state))}</span>`,
    note === "" ? "" : `<span style="opacity:0.75">${escapeHtml(note)}</span>`,
    "</div>",
  ].join("");
}

/**
 * A progress element for those who listen, under a bar drawn for those who look: browsers draw their own
 * for a light page only. A page that strips the styles shows the element.
 */
function barHtml(state: ProgressState): string {
  const { label, total, n, ended } = state;
  if (total === undefined) return "";
  const [value, max] = total === 0 ? [1, 1] : [Math.min(n, total), total];
  const colour = ended && n < total ? "rgba(128,128,128,0.85)" : "#3b82f6";
  return [
    '<span style="position:relative;display:inline-block;width:12em;height:0.55em;border-radius:0.3em;overflow:hidden;background:rgba(128,128,128,0.3)">',
    `<span style="display:block;height:100%;width:${(fraction(state) * 100).toFixed(1)}%;background:${colour}"></span>`,
    `<progress aria-label="${escapeHtml(label || "progress")}" max="${max}" value="${value}" style="position:absolute;inset:0;width:100%;height:100%;opacity:0"></progress>`,
    "</span>",
  ].join("");
}

function facts(state: ProgressState): string {
  const { total, n, elapsed, ended, unit } = state;
  const counted = (text: string) => (unit === "" ? text : `${text} ${unit}`);
  const percent = total === undefined ? "" : `${Math.floor(fraction(state) * 100)}% `;
  const complete = total !== undefined && n >= total;
  if (ended === "stopped" || (ended && total !== undefined && !complete)) {
    const where = counted(total === undefined ? String(n) : `${n} of ${total}`);
    return `${percent}stopped at ${where} after ${duration(elapsed)}`;
  }
  const done = total === undefined ? counted(String(n)) : `${percent}${counted(`${n}/${total}`)}`;
  if (ended || complete) return `${done} in ${duration(elapsed)}`;
  if (n <= 0 || elapsed <= 0) return done;
  const perSecond = (n / elapsed) * 1000;
  const speed = perSecond >= 0.1 ? `${rate(perSecond)}/s` : `${rate(perSecond * 60)}/min`;
  const left = total === undefined ? duration(elapsed) : `${duration(((total - n) / perSecond) * 1000)} left`;
  return `${done}, ${speed}, ${left}`;
}

function fraction({ total, n }: ProgressState): number {
  if (total === undefined) return 0;
  return total === 0 ? 1 : Math.min(1, Math.max(0, n / total));
}

function rate(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(2)));
}

/** `0.4 s`, `37 s`, `2 min 5 s`, `1 h 12 min` */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 0.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
