/** Still pictures of Plotly figures, made by a browser that is installed, without a network. */
export { findBrowser, type FoundBrowser } from "./find-browser.js";
export { makeStills, type Still, type StillFigure, type StillOptions, type Stills } from "./stills.js";
export type { Theme } from "../plots/theme.js";
