/** `/api/kernelspecs` and the kernels' logos: ours first and by default, then those that Jupyter would find. */
import type { FastifyInstance } from "fastify";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  installedKernelSpecs,
  ownKernelJson,
  ownKernelName,
  ownKernelSpec,
  ownResources,
} from "../../../cli/kernelspec/find.js";
import type { KernelSpec } from "../../../client/process.js";
import { Problem } from "../problem.js";

interface Known {
  spec: KernelSpec;
  /** What kernel.json says. */
  json: Record<string, unknown>;
  /** Where its logos are. */
  resources: string;
}

const logo = /^(logo-[\w.-]+)\.(png|svg)$/;
const types: Record<string, string> = { png: "image/png", svg: "image/svg+xml" };

export function kernelspecRoutes(app: FastifyInstance): void {
  app.get("/api/kernelspecs", () => ({
    default: ownKernelName,
    kernelspecs: Object.fromEntries([...knownSpecs()].map(([name, known]) => [name, modelOf(name, known)])),
  }));

  app.get<{ Params: { name: string } }>("/api/kernelspecs/:name", ({ params }) =>
    modelOf(params.name, known(params.name)),
  );

  app.get<{ Params: { name: string; file: string } }>(
    "/kernelspecs/:name/:file",
    async ({ params }, reply) => {
      const { resources } = known(params.name);
      const type = types[logo.exec(params.file)?.[2] ?? ""];
      // Only a file that is listed: its name cannot lead anywhere else.
      if (type === undefined || !filesOf(resources).includes(params.file))
        throw new Problem(404, "No such file");
      // A drawing can hold scripts: opened by itself, it must not run as a page of this server.
      return reply
        .header("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
        .type(type)
        .send(await readFile(join(resources, params.file)));
    },
  );
}

/** How to start the kernel of this name; ours without one. @throws Problem */
export function kernelSpecOf(name = ownKernelName): KernelSpec {
  return known(name).spec;
}

function known(name: string): Known {
  const found = knownSpecs().get(name) ?? knownSpecs().get(name.toLowerCase());
  if (!found)
    throw new Problem(404, `No kernel named ${JSON.stringify(name)} is installed`, "no such kernel");
  return found;
}

function knownSpecs(): Map<string, Known> {
  const specs = new Map<string, Known>([
    [ownKernelName, { spec: ownKernelSpec(), json: ownKernelJson(), resources: ownResources() }],
  ]);
  for (const [name, { file, spec }] of installedKernelSpecs()) {
    const json = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    if (!specs.has(name)) specs.set(name, { spec, json, resources: dirname(file) });
  }
  return specs;
}

/** As Jupyter Server describes a kernelspec. */
function modelOf(name: string, { spec, json, resources }: Known): Record<string, unknown> {
  const logos = filesOf(resources).filter((file) => logo.test(file));
  return {
    name,
    spec: {
      argv: spec.argv,
      env: spec.env ?? {},
      display_name: String(json.display_name ?? name),
      language: String(json.language ?? ""),
      interrupt_mode: spec.interruptMode,
      metadata: typeof json.metadata === "object" && json.metadata !== null ? json.metadata : {},
    },
    resources: Object.fromEntries(
      logos.map((file) => [
        logo.exec(file)![1],
        `/kernelspecs/${encodeURIComponent(name)}/${encodeURIComponent(file)}`,
      ]),
    ),
  };
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
