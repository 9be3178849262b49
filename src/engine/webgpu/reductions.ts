/**
 * Sums within a workgroup, for programs to include among their declarations. Every thread adds all numbers up:
 * on so few, two barriers and a read that all threads share cost no more than a tree with a barrier each level.
 */

/** Threads that work on one row of a matrix. */
export const rowThreads = 64;

/** `total(lane, value)`: the sum of all threads' values, for all of them. */
export const rowTotal = /* wgsl */ `
var<workgroup> partial: array<f32, ${rowThreads}>;
fn total(lane: u32, value: f32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < ${rowThreads}u; i++) { sum += partial[i]; }
  workgroupBarrier();
  return sum;
}`;

/** `largest(lane, value)`: the largest of all threads' values, for all of them. It needs {@link rowTotal}. */
export const rowLargest = /* wgsl */ `
fn largest(lane: u32, value: f32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  var most = partial[0];
  for (var i = 1u; i < ${rowThreads}u; i++) { most = max(most, partial[i]); }
  workgroupBarrier();
  return most;
}`;

/**
 * Sums down a matrix: a workgroup takes eight columns, 32 threads each, so that neighbouring threads read
 * neighbouring numbers. Every column is summed by one workgroup, always in the same order.
 */
export const columnsAtOnce = 8;
const columnLanes = 32;
export const columnThreads = columnsAtOnce * columnLanes;

/** For the head of `main`: `column`, and `first`, from where the thread takes every `lanes`th row. */
export const columnStart = /* wgsl */ `
  let column = group * ${columnsAtOnce}u + lane % ${columnsAtOnce}u;
  let first = lane / ${columnsAtOnce}u;
  let lanes = ${columnLanes}u;`;

/** `columnTotal(lane, value)`: the sum over the threads of the same column, for its first thread. */
export const columnTotal = /* wgsl */ `
var<workgroup> partial: array<f32, ${columnThreads}>;
fn columnTotal(lane: u32, value: f32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  var sum = 0.0;
  if (lane < ${columnsAtOnce}u) {
    for (var i = lane; i < ${columnThreads}u; i += ${columnsAtOnce}u) { sum += partial[i]; }
  }
  workgroupBarrier();
  return sum;
}`;
