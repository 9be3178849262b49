/** A figure's title in a narrow place. Plotly breaks no lines: what is wider than the figure would be cut off. */

type PlotlyObject = Readonly<Record<string, unknown>>;

/**
 * The layout with title and subtitle broken where they are wider than the figure, and with room for the new lines: the
 * figure becomes as much higher as they take.
 *
 * It runs in pages too, from its own source ({@link titleScript}): it may use nothing from outside.
 *
 * @param width of the figure, pixels
 * @param textWidth pixels of a text in a font as CSS writes it
 */
export function fitTitle(
  layout: PlotlyObject,
  width: number,
  textWidth: (text: string, font: string) => number,
): PlotlyObject {
  interface Part extends PlotlyObject {
    text: string;
    font?: { size?: number; family?: string; weight?: string | number };
  }
  const isPart = (value: unknown): value is Part =>
    typeof value === "object" && value !== null && typeof (value as { text?: unknown }).text === "string";
  const title: unknown = typeof layout.title === "string" ? { text: layout.title } : layout.title;
  if (!isPart(title) || !(width > 0)) return layout;
  const { font, template, margin, height } = layout as {
    font?: { size?: number; family?: string };
    template?: { layout?: { font?: { size?: number; family?: string }; margin?: { t?: number } } };
    margin?: { t?: number };
    height?: number;
  };
  const themed = template?.layout;
  const family = font?.family ?? themed?.font?.family ?? '"Open Sans", verdana, arial, sans-serif';
  const pad = (title.pad ?? {}) as { l?: number; r?: number; t?: number };
  const room = width - (pad.l ?? 0) - (pad.r ?? 0) - 20;
  const linesOf = (text: string) => text.split(/<br\s*\/?>/i);

  /** A line that ends a sentence stays one; the others were broken for a wider page. No break within a tag. */
  const wrapped = (text: string, widthOf: (words: string) => number): string => {
    const lines = linesOf(text);
    if (lines.every((line) => widthOf(line) <= room)) return text;
    const joined = lines.reduce((done, line) => done + (/[.!?:;]\s*$/.test(done) ? "<br>" : " ") + line);
    const broken = linesOf(joined).map((line) =>
      line.split(/\s+(?![^<]*>)/).reduce<string[]>((done, word) => {
        const longer = `${done.at(-1) ?? ""} ${word}`;
        if (done.length > 0 && widthOf(longer) <= room) done[done.length - 1] = longer;
        else done.push(word);
        return done;
      }, []),
    );
    return broken.flat().join("<br>");
  };
  /** The text for a part of that size, how high it is, and how much of that is lines that it did not have. Pixels. */
  const fit = (part: Part, usualSize: number) => {
    const { size = usualSize, family: own = family, weight = "" } = part.font ?? {};
    const text = wrapped(part.text, (words) => {
      // Tags and entities as they are seen; bold ones are wider.
      const seen = words.replace(/<[^>]*>/g, "").replace(/&[^;\s]+;/g, "x");
      return textWidth(seen, `${/<b\b/i.test(part.text) ? "bold" : String(weight)} ${String(size)}px ${own}`);
    });
    const [lines, before] = [text, part.text].map((whole) => linesOf(whole).length) as [number, number];
    return { text, height: lines * size * 1.3, added: (lines - before) * size * 1.3 };
  };

  const size = title.font?.size ?? Math.round(1.4 * (font?.size ?? themed?.font?.size ?? 12));
  const main = fit(title, size);
  const subtitle = isPart(title.subtitle) ? title.subtitle : undefined;
  const below = subtitle && fit(subtitle, Math.max(12, Math.round(0.7 * size)));
  if (main.text === title.text && (subtitle === undefined || below?.text === subtitle.text))
    return { ...layout, title };

  const margins = margin?.t ?? themed?.margin?.t ?? 100;
  let more = Math.max(0, main.added + (below?.added ?? 0));
  // Plotly centres the lines of a title around where its only line would be.
  let place: PlotlyObject = { pad: { ...pad, t: (pad.t ?? 0) + main.added / 2 } };
  if (title.yanchor !== "top") {
    // Plotly would put it in the middle of the margin, and what is below it into the plot.
    const top = 14 + (pad.t ?? 0);
    const half = (main.height - size * 1.3) / 2;
    place = { y: 1, yref: "container", yanchor: "top", pad: { ...pad, t: top + half } };
    more = Math.max(0, top + main.height + (below?.height ?? 0) + 16 - margins);
  }
  return {
    ...layout,
    title: {
      ...title,
      text: main.text,
      ...(subtitle && below && { subtitle: { ...subtitle, text: below.text } }),
      ...place,
    },
    margin: { ...margin, t: margins + more },
    height: (height ?? 420) + more,
  };
}

/** JavaScript for a page: defines `fitTitle(layout, width, textWidth)` there. */
export const titleScript = `const fitTitle = ${fitTitle.toString()};
`;
