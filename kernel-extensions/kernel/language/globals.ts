/** What a function type gives: `ReturnType` under a name that no notebook declares for itself. */
export const RESULT = "__ResultOf";

/** Names every cell has without an import, declared for the checker. The session and executor define them. */
export const NOTEBOOK_GLOBALS = `
declare global {
  type ${RESULT}<F extends () => unknown> = F extends () => infer R ? R : never;
  /**
   * Asks the person at the notebook for a line of text.
   * @param prompt shown beside the box
   * @param options \`password: true\` hides what is typed
   * @returns what was typed; rejects when the front end allows no input or the cell is interrupted
   */
  function input(prompt?: string, options?: { password?: boolean }): Promise<string>;
}
export {};
`;
