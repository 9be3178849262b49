/**
 * Milliseconds of processor time this process has used. Limits on how long something may compute are measured in
 * them, since a clock also counts what other processes took.
 */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
