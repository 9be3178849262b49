/** Labels of Plotly drawings in a page, as they lie on the screen. */
import type { Page } from "playwright-core";

/**
 * What is wrong with the labels of the drawings that `selector` finds: texts and cards outside their drawing's
 * edges, and those that lie over one another. A pixel or two of a letter's white space is no fault.
 */
export async function labelFaults(page: Page, selector: string): Promise<string[]> {
  return await page.evaluate((drawings) => {
    const slack = 1.5;
    const faults: string[] = [];
    for (const drawing of document.querySelectorAll(drawings)) {
      const edge = drawing.getBoundingClientRect();
      const shown = (element: Element) => {
        const { width, height } = element.getBoundingClientRect();
        return width > 0 && height > 0 && getComputedStyle(element).visibility !== "hidden";
      };
      const texts = [...drawing.querySelectorAll("svg text")]
        .filter((text) => shown(text) && (text.textContent ?? "").trim() !== "")
        .map((text) => ({ name: text.textContent ?? "", box: text.getBoundingClientRect() }));
      const cards = [...drawing.querySelectorAll(".annotation rect.bg")]
        .filter((card) => shown(card) && Number(getComputedStyle(card).strokeOpacity) > 0)
        .map((card) => ({
          name: `card of ${card.parentElement?.textContent ?? ""}`,
          box: card.getBoundingClientRect(),
        }))
        .filter(({ box }) => box.height > 0);
      for (const { name, box } of [...texts, ...cards]) {
        if (
          box.left < edge.left - slack ||
          box.right > edge.right + slack ||
          box.top < edge.top - slack ||
          box.bottom > edge.bottom + slack
        )
          faults.push(`"${name}" is cut off`);
      }
      for (const group of [texts, cards]) {
        for (const [i, a] of group.entries()) {
          for (const b of group.slice(i + 1)) {
            const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
            const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
            if (wide > slack && high > slack) faults.push(`"${a.name}" lies over "${b.name}"`);
          }
        }
      }
    }
    return faults;
  }, selector);
}
