/** Every lesson's exercises, loaded when one of them is run. A new lesson is one line here. */
export const lessons = {
  "1": async () => (await import("./1-introduction/index.js")).introduction,
  "2": async () => (await import("./2-preliminaries/index.js")).preliminaries,
  "3": async () => (await import("./3-capabilities/index.js")).capabilities,
  "4": async () => (await import("./4-applications/index.js")).applications,
  "5": async () => (await import("./5-systems/index.js")).systems,
  "6": async () => (await import("./6-challenges/index.js")).challenges,
};
