/** Every registered environment keeps the contract, with its defaults and with each baseline's options. */
import { describe, expect, it } from "vitest";

import { checkEnvironment } from "../../../src/environments/check.js";
import { environments } from "../../../src/environments/registry.js";
import { Random } from "../../../src/random.js";

describe.each(environments().map((definition) => [definition.id, definition] as const))(
  "%s",
  (id, definition) => {
    const { defaults, baselines, optionDocs, recipe } = definition;

    it("is clean", async () => {
      const make = () => definition.create(defaults);
      const report = await checkEnvironment(make, { episodes: 6, seed: 1 });
      const { spec } = make();
      expect(report).toMatchObject({ id, episodes: 66 });
      expect(spec).toMatchObject({
        id,
        title: definition.title,
        capability: definition.capability,
        domain: definition.domain,
      });
      expect(spec.options).toEqual(defaults);
      expect(report.longestContext).toBeGreaterThan(spec.contextLength / 2);
    });

    it("keeps its vocabulary and sizes in its baselines' contexts", async () => {
      expect(baselines.length).toBeGreaterThan(0);
      for (const { name, options } of baselines) {
        expect(name).not.toBe("");
        expect(Object.keys(defaults)).toEqual(expect.arrayContaining(Object.keys(options)));
        await checkEnvironment(() => definition.create({ ...defaults, ...options }), {
          episodes: 3,
          seed: 2,
        });
      }
    });

    const sharing = Object.keys(definition.sameStart ?? {}) as (keyof typeof defaults)[];
    it.each(sharing)("shows and demonstrates the same whatever %s is", async (name) => {
      const changed = { ...defaults, [name]: typeof defaults[name] === "number" ? 1 : !defaults[name] };
      const [standard, other] = [definition.create(defaults), definition.create(changed)];
      expect(other.spec.vocabulary).toEqual(standard.spec.vocabulary);
      expect(other.spec.contextLength).toBe(standard.spec.contextLength);
      for (let seed = 0; seed < 20; seed++) {
        const [a, b] = [await standard.reset({ seed }), await other.reset({ seed })];
        expect(b.observation).toBe(a.observation);
        expect(other.demonstrate(new Random(seed))).toBe(standard.demonstrate(new Random(seed)));
      }
    });

    it("says what each option does, and how it is trained", () => {
      expect(Object.keys(optionDocs)).toEqual(Object.keys(defaults));
      expect(recipe.groupSize * recipe.prompts).toBeLessThanOrEqual(256);
    });
  },
);
