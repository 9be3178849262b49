import { describe, expect, it } from "vitest";
import { mapFigure, type GraphMap, type GridMap } from "../../../src/figures/index.js";

interface Arrow {
  x: number;
  y: number;
  ax: number;
  ay: number;
  showarrow: boolean;
  text: string;
}
const annotations = (figure: { layout: Record<string, unknown> }) => figure.layout["annotations"] as Arrow[];
const arrows = (figure: { layout: Record<string, unknown> }) =>
  annotations(figure).filter(({ showarrow }) => showarrow);
const numbers = (figure: { layout: Record<string, unknown> }) =>
  annotations(figure)
    .filter(({ showarrow }) => !showarrow)
    .map(({ text }) => text);

const gridMap: GridMap = {
  kind: "grid",
  width: 4,
  height: 3,
  walls: [[1, 1]],
  path: [
    [0, 0],
    [1, 0],
    [0, 0],
    [1, 0],
    [1, 0],
    [2, 0],
  ],
  goal: [2, 0],
};
const house: GraphMap = {
  kind: "graph",
  rooms: [{ id: "hall" }, { id: "kitchen", items: ["cup"] }, { id: "bath" }],
  moves: [
    ["hall", "kitchen"],
    ["hall", "bath"],
  ],
  path: ["hall", "kitchen", "hall"],
  goal: "bath",
};

describe("mapFigure of a grid", () => {
  const figure = mapFigure(gridMap);

  it("draws one arrow a way, numbered with the moves, none where the agent stayed", () => {
    expect(arrows(figure)).toHaveLength(3);
    expect(numbers(figure)).toEqual(["1, 3", "2", "5"]);
    const [there, back] = arrows(figure);
    expect(there!.x - there!.ax).toBeGreaterThan(0);
    expect(back!.x - back!.ax).toBeLessThan(0);
    // Beside one another: to the right of the way there is below, in rows that count downwards.
    expect(there!.y).toBeGreaterThan(0);
    expect(back!.y).toBeLessThan(0);
  });

  it("says where the agent went and whether it arrived", () => {
    expect(figure.title).toBe("The agent reaches the goal in 5 moves");
    expect(figure.alt).toContain("Grid of 4 columns and 3 rows");
    expect(figure.alt).toContain("(0, 0), (1, 0), (0, 0), (1, 0), (1, 0), (2, 0)");
    expect(mapFigure({ ...gridMap, goal: [3, 2] }).title).toBe("The agent misses the goal in 5 moves");
    const { kind, width, height, path } = gridMap;
    expect(mapFigure({ kind, width, height, path }).title).toBe("The agent sees 3 places in 5 moves");
  });

  it.each<[string, Partial<GridMap>, string]>([
    ["an empty path", { path: [] }, "path is empty"],
    ["a size that is none", { width: 0 }, "width must be a whole number of at least 1, not 0"],
    [
      "a cell outside",
      { goal: [4, 0] },
      "goal has the cell (4, 0), outside the grid of 4 columns and 3 rows",
    ],
    ["a way through a wall", { path: [[1, 1]] }, "path goes through the wall at (1, 1)"],
  ])("refuses %s", (_, change, message) => {
    expect(() => mapFigure({ ...gridMap, ...change })).toThrow(message);
  });
});

describe("mapFigure of rooms", () => {
  it("places rooms without positions on a circle, and draws the way", () => {
    const figure = mapFigure(house);
    const { x, y } = figure.data[1] as unknown as { x: number[]; y: number[] };
    for (const [i, at] of x.entries()) expect(Math.hypot(at, y[i]!)).toBeCloseTo(1, 12);
    expect(numbers(figure)).toEqual(["1", "2"]);
    expect(figure.title).toBe("The agent misses the goal in 2 moves");
    expect(figure.alt).toContain("Map of 3 rooms: hall, kitchen (cup), bath. Moves: hall and kitchen");
  });

  it("keeps given positions", () => {
    const rooms = house.rooms.map((room, i) => ({ ...room, x: i, y: 2 * i }));
    expect(mapFigure({ ...house, rooms }).data[1]).toMatchObject({ x: [0, 1, 2], y: [0, 2, 4] });
  });

  it.each<[string, Partial<GraphMap>, string]>([
    ["no rooms", { rooms: [] }, "there are no rooms"],
    ["twins", { rooms: [{ id: "hall" }, { id: "hall" }] }, 'two rooms have the id "hall"'],
    [
      "an unknown room",
      { path: ["attic"] },
      'path names the room "attic"; the rooms are hall, kitchen, bath',
    ],
    ["a move that is none", { path: ["kitchen", "bath"] }, 'from "kitchen" to "bath", which no move joins'],
    [
      "half a position",
      { rooms: [{ id: "hall", x: 0, y: 0 }, { id: "kitchen" }, { id: "bath" }] },
      'room "kitchen" needs finite x and y',
    ],
    [
      "two rooms in one place",
      { rooms: house.rooms.map((room) => ({ ...room, x: 0, y: 0 })) },
      "two rooms have the same position",
    ],
  ])("refuses %s", (_, change, message) => {
    expect(() => mapFigure({ ...house, ...change })).toThrow(message);
  });
});
