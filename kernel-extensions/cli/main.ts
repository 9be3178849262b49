#!/usr/bin/env node
import { main } from "./commands.js";

// Whoever reads the output may stop reading: `arl play … | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await main(process.argv.slice(2));
