/** A learner works, deletes and renames; lessons change; records get lost: nothing that was written is lost. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bringUpToDate, recordName } from "../../../../kernel-extensions/cli/start/copies.js";
import { notebookText, temporary } from "../support.js";

/** A folder of originals and a learner's, as the tests of this file move between them. */
class World {
  readonly lessons = temporary();
  readonly own = join(temporary(), "lessons");
  readonly #names = new Set<string>();

  publish(name: string, text: string): void {
    write(join(this.lessons, name), text);
    this.#names.add(name);
  }

  async update() {
    const originals = [...this.#names].sort().map((name) => ({ name, file: join(this.lessons, name) }));
    return await bringUpToDate(originals, this.own);
  }

  read(name: string): string {
    return readFileSync(join(this.own, name), "utf8");
  }

  learn(name: string, text: string): void {
    write(join(this.own, name), text);
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const lesson = "01-a.ipynb";
const image = "images/picture.png";

describe("a learner's copies", () => {
  it("are made once, with the images", async () => {
    const world = new World();
    world.publish(lesson, "first");
    world.publish(image, "dots");
    expect(await world.update()).toEqual([
      { kind: "created", name: lesson },
      { kind: "created", name: image },
    ]);
    expect([world.read(lesson), world.read(image)]).toEqual(["first", "dots"]);
    expect(await world.update()).toEqual([]);
  });

  it("follow the lessons as long as nobody touches them", async () => {
    const world = new World();
    world.publish(lesson, "first");
    await world.update();
    world.publish(lesson, "second");
    expect(await world.update()).toEqual([{ kind: "updated", name: lesson }]);
    expect(world.read(lesson)).toBe("second");
    expect(readdirSync(world.own).sort()).toEqual([recordName, lesson].sort());
  });

  it("that were touched stay, with the newer version beside them until it is removed", async () => {
    const world = new World();
    world.publish(lesson, "first");
    await world.update();
    world.learn(lesson, "answers");
    expect(await world.update()).toEqual([]);
    world.publish(lesson, "second");
    const kept = [{ kind: "kept", name: lesson, beside: "01-a.new.ipynb" }];
    expect(await world.update()).toEqual(kept);
    expect(await world.update()).toEqual(kept);
    expect([world.read(lesson), world.read("01-a.new.ipynb")]).toEqual(["answers", "second"]);

    world.publish(lesson, "third");
    expect(await world.update()).toEqual(kept);
    expect(world.read("01-a.new.ipynb")).toBe("third");

    world.learn("01-a.new.ipynb", "answers in the new one");
    world.publish(lesson, "fourth");
    expect(await world.update()).toEqual([{ kind: "kept", name: lesson, beside: "01-a.new-2.ipynb" }]);
    expect(world.read("01-a.new.ipynb")).toBe("answers in the new one");

    rmSync(join(world.own, "01-a.new-2.ipynb"));
    expect(await world.update()).toEqual([]);
  });

  it("of the glossary are refreshed, but never over what somebody wrote into it", async () => {
    const world = new World();
    world.publish("glossary.md", "# Glossary");
    await world.update();
    world.publish("glossary.md", "# Glossary, longer");
    expect(await world.update()).toEqual([{ kind: "updated", name: "glossary.md" }]);
    world.learn("glossary.md", "# Glossary, with notes");
    world.publish("glossary.md", "# Glossary, new");
    expect(await world.update()).toEqual([{ kind: "kept", name: "glossary.md", beside: "glossary.new.md" }]);
    expect(world.read("glossary.md")).toBe("# Glossary, with notes");
  });

  it("that a Lab opened and saved were not touched by the learner; one that was run or written in was", async () => {
    const world = new World();
    const given = notebookText([{ markdown: "# A\ntext" }, { code: "1 + 1" }]);
    world.publish(lesson, given);
    await world.update();
    const saved = JSON.parse(given) as { metadata: object; cells: { source: unknown; metadata: object }[] };
    saved.metadata = { language_info: { name: "typescript", version: "9" }, ...saved.metadata };
    saved.cells[0]!.source = ["# A\n", "text"];
    saved.cells[1]!.metadata = { trusted: true };
    world.learn(lesson, JSON.stringify(saved, null, 2));
    world.publish(lesson, notebookText([{ code: "2 + 2" }]));
    expect(await world.update()).toEqual([{ kind: "updated", name: lesson }]);

    const output = { name: "stdout", output_type: "stream", text: ["4\n"] };
    for (const [index, changed] of [{ code: "2 + 2", outputs: [output] }, { code: "2 + 3" }].entries()) {
      world.learn(lesson, notebookText([changed]));
      world.publish(lesson, notebookText([{ code: `3 + ${String(index)}` }]));
      expect(await world.update()).toEqual([{ kind: "kept", name: lesson, beside: "01-a.new.ipynb" }]);
      expect(world.read(lesson)).toBe(notebookText([changed]));
    }
  });

  it("that were removed come back fresh", async () => {
    const world = new World();
    world.publish(lesson, "first");
    await world.update();
    rmSync(join(world.own, lesson));
    expect(await world.update()).toEqual([{ kind: "created", name: lesson }]);
  });

  it("are never made over a file that was there before", async () => {
    const world = new World();
    world.learn(lesson, "mine");
    world.learn("01-a.new.ipynb", "mine, too");
    world.publish(lesson, "first");
    expect(await world.update()).toEqual([{ kind: "kept", name: lesson, beside: "01-a.new-2.ipynb" }]);
    expect([world.read(lesson), world.read("01-a.new.ipynb")]).toEqual(["mine", "mine, too"]);
  });

  it.each(["", "{", "[]", "null", '{"files":{"01-a.ipynb":null}}', '{"files":{"01-a.ipynb":{"copied":5}}}'])(
    "count as the learner's where the record is %j",
    async (record) => {
      const world = new World();
      world.publish(lesson, "first");
      await world.update();
      world.learn(recordName, record);
      world.publish(lesson, "second");
      expect(await world.update()).toEqual([{ kind: "kept", name: lesson, beside: "01-a.new.ipynb" }]);
      expect(world.read(lesson)).toBe("first");
    },
  );
});

const file = fc.constantFrom("a.ipynb", "b.ipynb", "images/c.png");
const reached = fc.constantFrom(
  "a.ipynb",
  "b.ipynb",
  "images/c.png",
  "a.new.ipynb",
  "b.new.ipynb",
  "a.new-2.ipynb",
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("update" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("publish" as const), name: file, version: fc.nat(3) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("learn" as const), name: reached }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), name: reached }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rename" as const), name: reached, to: reached }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose the record" as const) }) },
);

it("whatever happens, what the learner wrote stays where it was, and the newest lesson is at hand", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = new World();
      /** What the learner wrote, by where it is. */
      const written = new Map<string, string>();
      const published = new Map<string, string>();
      for (const [index, one] of [...steps, { do: "update" as const }].entries()) {
        if (one.do === "publish") {
          published.set(one.name, `version ${String(one.version)} of ${one.name}`);
          world.publish(one.name, published.get(one.name)!);
        } else if (one.do === "learn") {
          written.set(one.name, `answer ${String(index)}`);
          world.learn(one.name, written.get(one.name)!);
        } else if (one.do === "remove") {
          written.delete(one.name);
          rmSync(join(world.own, one.name), { force: true });
        } else if (one.do === "lose the record") {
          rmSync(join(world.own, recordName), { force: true });
        } else if (one.do === "rename") {
          if (!existsSync(join(world.own, one.name)) || one.name === one.to) continue;
          mkdirSync(dirname(join(world.own, one.to)), { recursive: true });
          renameSync(join(world.own, one.name), join(world.own, one.to));
          const text = written.get(one.name);
          written.delete(one.name);
          written.delete(one.to);
          if (text !== undefined) written.set(one.to, text);
        } else {
          const changes = await world.update();
          for (const [name, text] of written) expect(world.read(name), name).toBe(text);
          for (const [name, text] of published) {
            const kept = changes.find((change) => change.kind === "kept" && change.name === name);
            if (kept?.kind === "kept") {
              // The learner may have begun to work in the newer one.
              if (!written.has(kept.beside)) expect(world.read(kept.beside)).toBe(text);
            } else if (!written.has(name) && changes.some((change) => change.name === name))
              expect(world.read(name)).toBe(text);
          }
          // A second run has nothing to do but to say again what is beside what.
          expect(await world.update()).toEqual(changes.filter(({ kind }) => kind === "kept"));
        }
      }
      expect(readdirSync(world.own).filter((name) => name.endsWith(".part"))).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
