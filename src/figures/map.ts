/** Where an agent went: on a grid of cells, or through rooms joined by moves. */
import { plural } from "./curves.js";
import { createFigure, escapeText, ink, palette, wrap, type Figure, type PlotlyObject } from "./figure.js";
import { valueText } from "./metrics.js";

/** Column and row, from 0; row 0 is on top. */
export type Cell = readonly [column: number, row: number];

/** A world of cells. */
export interface GridMap {
  readonly kind: "grid";
  readonly width: number;
  readonly height: number;
  /** Cells nobody can enter. */
  readonly walls?: readonly Cell[];
  /** What stands in a cell, in a few letters. */
  readonly labels?: readonly { readonly cell: Cell; readonly text: string }[];
  /** Where the agent was, from the start on; the same cell may come again. */
  readonly path: readonly Cell[];
  readonly goal?: Cell;
}

/** A world of places, e.g. rooms of a house or pages of a form. */
export interface GraphMap {
  readonly kind: "graph";
  readonly rooms: readonly Room[];
  /** Pairs of ids one can go between, in either direction. */
  readonly moves: readonly (readonly [string, string])[];
  /** Ids of the rooms the agent was in, from the start on. */
  readonly path: readonly string[];
  readonly goal?: string;
}

export interface Room {
  readonly id: string;
  /** Position in any unit, y upwards; give both for all rooms, or for none (then they lie on a circle). */
  readonly x?: number;
  readonly y?: number;
  /** What is in the room: a few words under its name. */
  readonly items?: readonly string[];
}

export interface MapOptions {
  /** States the finding; by default written from the data. */
  title?: string;
}

/**
 * A map with the agent's way as numbered arrows, its start, its end and the goal.
 *
 * @throws RangeError for a map without cells or rooms, an empty path, a cell outside the grid, a path through
 * a wall, a room that does not exist (with the rooms' ids), or a path along a move that does not.
 */
export function mapFigure(map: GridMap | GraphMap, options: MapOptions = {}): Figure {
  if (map.path.length === 0) throw new RangeError("mapFigure(): path is empty; it begins with the start");
  const drawing = map.kind === "grid" ? gridDrawing(map) : graphDrawing(map);
  const { stops, marks, goal, names, alt, layout } = drawing;
  const reached = goal === undefined ? undefined : same(stops.at(-1)!, goal);
  const title = options.title ?? finding(stops, reached);
  return createFigure({
    title,
    subtitle: [subtitleOf(stops, goal !== undefined)],
    alt: [
      alt,
      `The agent's way: ${names.join(", ")}.`,
      goal === undefined ? "" : `The goal was ${reached === true ? "" : "not "}reached at the end.`,
    ]
      .filter((sentence) => sentence !== "")
      .join(" "),
    data: [...marks, ...endTraces(stops, goal), visits(drawing)],
    layout: {
      ...layout,
      hovermode: "closest",
      dragmode: false,
      annotations: arrows(drawing),
      legend: {
        ...{ orientation: "h", traceorder: "normal", font: { size: 13, color: ink } },
        ...{ x: 0, xref: "container", y: 0.01, yref: "container", yanchor: "bottom" },
      },
    },
  });
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Drawing {
  readonly stops: readonly Point[];
  readonly goal: Point | undefined;
  readonly marks: PlotlyObject[];
  /** Words for the stops. */
  readonly names: readonly string[];
  readonly alt: string;
  readonly layout: PlotlyObject;
  /** Size of a cell or room in the axes' unit. */
  readonly scale: number;
  /** There is room for numbers beside the arrows. */
  readonly numbered: boolean;
  /** The y axis runs downwards. */
  readonly downwards: boolean;
}

const same = (a: Point, b: Point) => a.x === b.x && a.y === b.y;

const cellText = ([column, row]: Cell) => `(${String(column)}, ${String(row)})`;

function gridDrawing({ width, height, walls = [], labels = [], path, goal }: GridMap): Drawing {
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new RangeError(`mapFigure(): ${name} must be a whole number of at least 1, not ${String(size)}`);
  }
  const named = {
    walls,
    labels: labels.map(({ cell }) => cell),
    path,
    goal: goal === undefined ? [] : [goal],
  };
  for (const [name, cells] of Object.entries(named)) {
    const out = cells.find(([x, y]) => !isIndex(x, width) || !isIndex(y, height));
    if (out !== undefined)
      throw new RangeError(
        `mapFigure(): ${name} has the cell ${cellText(out)}, outside the grid of ${String(width)} columns and ${String(height)} rows`,
      );
  }
  const closed = new Set(walls.map(cellText));
  const through = path.find((cell) => closed.has(cellText(cell)));
  if (through !== undefined)
    throw new RangeError(`mapFigure(): path goes through the wall at ${cellText(through)}`);

  const side = Math.min(64, 600 / width, 560 / height);
  const ticks = (size: number) => {
    const every = size * side < 26 ? 1 : Math.ceil(26 / side);
    return { tickmode: "linear", tick0: 0, dtick: every };
  };
  const hidden = { showgrid: false, zeroline: false, ticks: "", constrain: "domain" };
  return {
    stops: path.map(([x, y]) => ({ x, y })),
    goal: goal === undefined ? undefined : { x: goal[0], y: goal[1] },
    names: path.map(cellText),
    scale: 1,
    numbered: side >= 40,
    downwards: true,
    alt: [
      `Grid of ${plural(width, "column")} and ${plural(height, "row")}, written (column, row) from the top left, with ${plural(walls.length, "wall cell")}.`,
      ...(labels.length > 0
        ? [`Labels: ${labels.map(({ cell, text }) => `${text} at ${cellText(cell)}`).join(", ")}.`]
        : []),
      ...(goal === undefined ? [] : [`Goal at ${cellText(goal)}.`]),
    ].join(" "),
    marks: [
      ...(labels.length > 0
        ? [
            {
              type: "scatter",
              mode: "text",
              x: labels.map(({ cell }) => cell[0]),
              y: labels.map(({ cell }) => cell[1]),
              text: labels.map(({ text }) => escapeText(text)),
              // In the cell's lower part, clear of the arrows between the middles.
              textposition: "bottom center",
              textfont: { size: 12, color: ink },
              hoverinfo: "skip",
              showlegend: false,
            },
          ]
        : []),
    ],
    layout: {
      height: side * height + 205,
      margin: { b: 95 },
      xaxis: { title: { text: "column" }, range: [-0.5, width - 0.5], ...ticks(width), ...hidden },
      yaxis: {
        title: { text: "row" },
        range: [height - 0.5, -0.5],
        scaleanchor: "x",
        ...ticks(height),
        ...hidden,
      },
      shapes: [
        ...Array.from({ length: width * height }, (_, i) => ({
          type: "rect",
          ...box(i % width, Math.floor(i / width)),
          line: { color: "rgba(128,128,128,0.45)", width: 1 },
          layer: "below",
        })),
        ...walls.map(([x, y]) => ({
          type: "rect",
          ...box(x, y),
          line: { width: 0 },
          fillcolor: ink,
          layer: "below",
        })),
      ],
    },
  };
}

const box = (x: number, y: number) => ({ x0: x - 0.5, x1: x + 0.5, y0: y - 0.5, y1: y + 0.5 });

const isIndex = (value: number, count: number) => Number.isSafeInteger(value) && value >= 0 && value < count;

function graphDrawing({ rooms, moves, path, goal }: GraphMap): Drawing {
  if (rooms.length === 0) throw new RangeError("mapFigure(): there are no rooms");
  const ids = rooms.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) throw new RangeError(`mapFigure(): two rooms have the id "${twice}"`);
  for (const [name, used] of Object.entries({
    moves: moves.flat(),
    path,
    goal: goal === undefined ? [] : [goal],
  })) {
    const unknown = used.find((id) => !ids.includes(id));
    if (unknown !== undefined)
      throw new RangeError(
        `mapFigure(): ${name} names the room "${unknown}"; the rooms are ${ids.join(", ")}`,
      );
  }
  for (const [i, id] of path.slice(1).entries()) {
    const from = path[i]!;
    if (from !== id && !moves.some((move) => move.includes(from) && move.includes(id)))
      throw new RangeError(`mapFigure(): path goes from "${from}" to "${id}", which no move joins`);
  }
  const places = positions(rooms);
  const at = (id: string) => places[ids.indexOf(id)]!;
  const scale = rooms.length === 1 ? 1 : closest(places);
  const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
  // Room for the names beside and below; a single room does not fill the page.
  const [beside, beyond] = rooms.length === 1 ? [2, 0.6] : [0.6, 0.5];
  const [left, right] = [Math.min(...xs) - beside * scale, Math.max(...xs) + beside * scale];
  const [low, high] = [Math.min(...ys) - beyond * scale, Math.max(...ys) + beyond * scale];
  const axis = { visible: false, fixedrange: true };
  return {
    stops: path.map(at),
    goal: goal === undefined ? undefined : at(goal),
    names: path,
    scale,
    numbered: true,
    downwards: false,
    alt: [
      `Map of ${plural(rooms.length, "room")}: ${rooms.map(({ id, items = [] }) => (items.length > 0 ? `${id} (${items.join(", ")})` : id)).join(", ")}.`,
      `Moves: ${moves.map(([a, b]) => `${a} and ${b}`).join(", ") || "none"}.`,
      ...(goal === undefined ? [] : [`Goal: ${goal}.`]),
    ].join(" "),
    marks: [
      {
        type: "scatter",
        mode: "lines",
        x: moves.flatMap(([a, b]) => [at(a).x, at(b).x, null]),
        y: moves.flatMap(([a, b]) => [at(a).y, at(b).y, null]),
        line: { color: "rgba(128,128,128,0.55)", width: 2 },
        hoverinfo: "skip",
        showlegend: false,
      },
      {
        type: "scatter",
        mode: "markers+text",
        x: xs,
        y: ys,
        text: rooms.map(({ id, items = [] }) =>
          [
            `<b>${escapeText(id)}</b>`,
            ...wrap(items.join(", "), 22)
              .filter((line) => line !== "")
              .map(escapeText),
          ].join("<br>"),
        ),
        textposition: "bottom center",
        textfont: { size: 12, color: ink },
        marker: { size: 26, color: "#D8D8D8", line: { color: ink, width: 1.5 } },
        hovertext: rooms.map(({ id, items = [] }) => escapeText([id, ...items].join(", "))),
        hovertemplate: "%{hovertext}<extra></extra>",
        showlegend: false,
      },
    ],
    layout: {
      height: Math.min(620, Math.max(220, (600 * (high - low)) / (right - left))) + 150,
      margin: { l: 20, b: 60 },
      xaxis: { ...axis, range: [left, right] },
      yaxis: { ...axis, range: [low, high], scaleanchor: "x" },
    },
  };
}

/** The given positions, or a circle that starts on top and goes clockwise. */
function positions(rooms: readonly Room[]): Point[] {
  const given = rooms.filter(({ x, y }) => x !== undefined && y !== undefined);
  if (given.length > 0) {
    return rooms.map(({ id, x, y }) => {
      if (x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y))
        throw new RangeError(
          `mapFigure(): room "${id}" needs finite x and y, as others have them; give all or none`,
        );
      return { x, y };
    });
  }
  return rooms.map((_, i) => {
    const angle = (2 * Math.PI * i) / rooms.length;
    return { x: Math.sin(angle), y: Math.cos(angle) };
  });
}

/** The least distance between two places. */
function closest(places: readonly Point[]): number {
  const distances = places.flatMap((a, i) => places.slice(0, i).map((b) => Math.hypot(a.x - b.x, a.y - b.y)));
  const least = Math.min(...distances);
  if (!(least > 0)) throw new RangeError("mapFigure(): two rooms have the same position");
  return least;
}

/**
 * One arrow for each way that was gone, a little to its right so that the way back lies beside it, with the
 * numbers of the moves. Where the agent stayed there is none.
 */
function arrows({ stops, scale, numbered, downwards }: Drawing): PlotlyObject[] {
  const ways = new Map<string, { from: Point; to: Point; numbers: number[] }>();
  for (const [i, to] of stops.slice(1).entries()) {
    const from = stops[i]!;
    if (same(from, to)) continue;
    const key = JSON.stringify([from, to]);
    const way = ways.get(key) ?? { from, to, numbers: [] };
    way.numbers.push(i + 1);
    ways.set(key, way);
  }
  return [...ways.values()].flatMap(({ from, to, numbers }) => {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const along = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
    // A y axis that runs downwards turns the right hand to the left.
    const right = downwards ? { x: -along.y, y: along.x } : { x: along.y, y: -along.x };
    const point = (share: number) => ({
      x: from.x + along.x * length * share + right.x * 0.06 * scale,
      y: from.y + along.y * length * share + right.y * 0.06 * scale,
    });
    const inset = Math.min(0.3, (0.22 * scale) / length);
    const [tail, head, middle] = [point(inset), point(1 - inset), point(0.45)];
    const shown = numbers.length > 4 ? [...numbers.slice(0, 3), "…"] : numbers;
    const text = shown.join(", ");
    return [
      {
        ...{ x: head.x, y: head.y, ax: tail.x, ay: tail.y, xref: "x", yref: "y", axref: "x", ayref: "y" },
        ...{ text: "", showarrow: true, arrowhead: 2, arrowwidth: 2, arrowcolor: palette.blue },
      },
      ...(numbered
        ? [
            {
              ...{ x: middle.x, y: middle.y, xref: "x", yref: "y", xanchor: "center", yanchor: "middle" },
              // Letters are 7 pixels wide: beside a vertical arrow a long text stands further off.
              xshift: right.x * (7 + 3.5 * text.length),
              yshift: right.y * 10 * (downwards ? -1 : 1),
              ...{ text, showarrow: false, font: { size: 12, color: ink } },
            },
          ]
        : []),
    ];
  });
}

/** An invisible mark on every place the agent was: hovering tells when. */
function visits({ stops, names }: Drawing): PlotlyObject {
  const places = stops.filter((stop, i) => stops.findIndex((other) => same(stop, other)) === i);
  return {
    type: "scatter",
    mode: "markers",
    x: places.map(({ x }) => x),
    y: places.map(({ y }) => y),
    marker: { size: 26, color: ink, opacity: 0 },
    hovertext: places.map((place) => {
      const steps = stops.flatMap((stop, i) => (same(stop, place) ? [i] : []));
      return `${escapeText(names[steps[0]!]!)}: after ${steps.join(", ")} ${steps.length === 1 && steps[0] === 1 ? "move" : "moves"}`;
    }),
    hovertemplate: "%{hovertext}<extra></extra>",
    showlegend: false,
  };
}

/** Start, end and goal with their places in the legend. */
function endTraces(stops: readonly Point[], goal: Point | undefined): PlotlyObject[] {
  const mark = (name: string, { x, y }: Point, marker: PlotlyObject) => ({
    type: "scatter",
    mode: "markers",
    name,
    x: [x],
    y: [y],
    marker,
    hoverinfo: "skip",
  });
  return [
    ...(goal === undefined
      ? []
      : [
          mark("goal", goal, {
            symbol: "star",
            size: 24,
            color: palette.orange,
            line: { color: "#111111", width: 0.5 },
          }),
        ]),
    mark("start", stops[0]!, {
      symbol: "circle",
      size: 13,
      color: palette.sky,
      line: { color: "#111111", width: 0.5 },
    }),
    mark("end", stops.at(-1)!, {
      symbol: "x",
      size: 10,
      color: palette.vermilion,
      line: { color: "#111111", width: 0.5 },
    }),
  ];
}

function subtitleOf(stops: readonly Point[], goal: boolean): string {
  const stayed = stops.slice(1).filter((stop, i) => same(stop, stops[i]!)).length;
  return [
    "Arrows: the agent's moves in order",
    ...(stayed > 0 ? [`; no arrow where it stayed (${plural(stayed, "time")})`] : []),
    goal ? "; star: goal." : ".",
  ].join("");
}

/** The sentence over the map. */
function finding(stops: readonly Point[], reached: boolean | undefined): string {
  const moves = plural(stops.length - 1, "move");
  if (reached !== undefined)
    return reached ? `The agent reaches the goal in ${moves}` : `The agent misses the goal in ${moves}`;
  const visited = new Set(stops.map(({ x, y }) => `${valueText(x, false)} ${valueText(y, false)}`)).size;
  return `The agent sees ${plural(visited, "place")} in ${moves}`;
}
