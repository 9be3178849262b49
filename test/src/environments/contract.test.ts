/** Every registered environment keeps the contract, with its defaults and with each baseline's options. */
import { describe, expect, it } from "vitest";

import { checkEnvironment } from "../../../src/environments/check.js";
import { environments } from "../../../src/environments/registry.js";

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

    it("says what each option does, and how it is trained", () => {
      expect(Object.keys(optionDocs)).toEqual(Object.keys(defaults));
      expect(recipe.groupSize * recipe.prompts).toBeLessThanOrEqual(256);
    });
  },
);
