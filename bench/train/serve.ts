/** The contestants' side of the protocol, for those that run in Node. */
import { createInterface } from "node:readline";
import type { CommandName, Commands } from "./protocol.js";

export type Handlers = {
  [Name in CommandName]?: (ask: Commands[Name]["ask"]) => Promise<Commands[Name]["answer"]>;
};

/** Answers until standard input ends. */
export async function serve(handlers: Handlers): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...ask } = JSON.parse(line) as { command: CommandName };
    process.stdout.write(`${JSON.stringify(await answer(handlers, command, ask))}\n`);
  }
}

async function answer(handlers: Handlers, command: CommandName, ask: object): Promise<object> {
  const handler = handlers[command] as ((ask: object) => Promise<object>) | undefined;
  if (handler === undefined) return { error: `there is no "${command}" here` };
  try {
    return await handler(ask);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
