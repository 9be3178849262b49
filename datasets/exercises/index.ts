/** Every lesson's exercises, loaded when one of them is run. A new lesson is one line here. */
export const lessons = {
  "1": async () => (await import("./1-introduction/index.js")).introduction,
};
