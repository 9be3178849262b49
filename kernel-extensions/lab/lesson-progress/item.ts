/** The toolbar's item: a button with the points, and a panel of the exercises that it opens. */
import { numberText, pointsText, total, type Standing, type State } from "./reading.js";
import { css } from "./style.js";

const words: Readonly<Record<State, { sign: string; word: string }>> = {
  passed: { sign: "✓", word: "done" },
  partly: { sign: "◐", word: "partly" },
  failed: { sign: "✗", word: "no check passed" },
  "not yet": { sign: "○", word: "not yet" },
  interrupted: { sign: "○", word: "interrupted" },
  error: { sign: "✗", word: "error" },
  running: { sign: "…", word: "running" },
  "not run": { sign: "·", word: "not run" },
};

/** Pixels, where the window has as many. */
const width = 440;
const margin = 8;

export class ProgressItem {
  readonly node = element("div", "arl-progress");
  readonly #button = element("button", "arl-progress-button");
  readonly #text = element("span", "arl-progress-text");
  readonly #bar = element("span", "arl-progress-bar");
  readonly #panel = element("div", "arl-progress-panel");
  readonly #sum = element("strong", "");
  readonly #list = element("ol", "");
  /** Read aloud when it changes. */
  readonly #news = element("span", "arl-progress-news");
  readonly #choose: (standing: Standing) => void;
  #shown: readonly Standing[] | undefined;

  /** @param choose the reader wants to go to an exercise */
  constructor(choose: (standing: Standing) => void) {
    this.#choose = choose;
    const style = element("style", "");
    style.textContent = css;
    this.#button.type = "button";
    this.#button.append(this.#text, this.#bar);
    this.#button.popoverTargetElement = this.#panel;
    this.#panel.popover = "auto";
    this.#panel.setAttribute("role", "dialog");
    this.#panel.setAttribute("aria-label", "Exercises of this lesson");
    this.#panel.append(this.#sum, this.#list);
    this.#panel.addEventListener("beforetoggle", () => {
      this.#place();
    });
    this.#news.setAttribute("role", "status");
    this.#news.setAttribute("aria-live", "polite");
    this.node.append(style, this.#button, this.#panel, this.#news);
  }

  show(standings: readonly Standing[]): void {
    if (JSON.stringify(standings) === JSON.stringify(this.#shown)) return;
    const { points, outOf } = total(standings);
    this.node.hidden = standings.length === 0;
    this.#text.textContent = `${numberText(points)} / ${numberText(outOf)} points`;
    this.#bar.style.setProperty("--arl-share", String(outOf > 0 ? points / outOf : 0));
    const sum = pointsText(points, outOf);
    this.#button.setAttribute("aria-label", `${sum} so far: show the exercises`);
    this.#button.title = `${sum} so far. Click for the exercises.`;
    this.#sum.textContent = sum;
    this.#showRows(standings);
    if (this.#shown) this.#tell(this.#shown, standings, sum);
    this.#shown = standings;
  }

  /** Rows stay as they are while their exercises are the same ones: one of them may have the focus. */
  #showRows(standings: readonly Standing[]): void {
    while (this.#list.children.length > standings.length) this.#list.lastElementChild!.remove();
    for (const [index, standing] of standings.entries()) {
      const { id, title, points, outOf, state } = standing;
      const row = (this.#list.children[index] as HTMLLIElement | undefined) ?? this.#addRow(index);
      const { sign, word } = words[state];
      const texts = [sign, `${id} ${title}`.trim(), word, `${numberText(points)} / ${numberText(outOf)}`];
      row.dataset["state"] = state;
      const button = row.firstElementChild!;
      button.setAttribute("aria-label", `Exercise ${id}, ${title}: ${word}, ${pointsText(points, outOf)}`);
      for (const [part, text] of texts.entries()) button.children[part]!.textContent = text;
    }
  }

  #addRow(index: number): HTMLLIElement {
    const row = element("li", "");
    const button = element("button", "");
    button.type = "button";
    button.append(...["sign", "title", "state", "points"].map((part) => element("span", `arl-${part}`)));
    button.addEventListener("click", () => {
      this.#panel.hidePopover();
      this.#choose(this.#shown![index]!);
    });
    row.append(button);
    this.#list.append(row);
    return row;
  }

  /** Says which exercises have come to another end than before. */
  #tell(before: readonly Standing[], now: readonly Standing[], sum: string): void {
    const news = now.filter(({ id, state, points }) => {
      if (state === "running" || state === "not run") return false;
      const last = before.find((standing) => standing.id === id);
      return last?.state !== state || last.points !== points;
    });
    if (news.length === 0) return;
    const parts = news.map(
      ({ id, state, points, outOf }) => `Exercise ${id}: ${words[state].word}, ${pointsText(points, outOf)}.`,
    );
    this.#news.textContent = [...parts, `${sum} so far.`].join(" ");
  }

  /** Below the button, within the window. */
  #place(): void {
    const { right, bottom } = this.#button.getBoundingClientRect();
    const used = Math.min(width, innerWidth - 2 * margin);
    const left = Math.min(Math.max(margin, right - used), innerWidth - used - margin);
    Object.assign(this.#panel.style, {
      ...{ width: `${used}px`, left: `${left}px`, top: `${bottom + margin / 2}px` },
      maxHeight: `${innerHeight - bottom - 2 * margin}px`,
    });
  }
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  return made;
}
