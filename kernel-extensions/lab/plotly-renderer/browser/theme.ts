/** The page's theme, as JupyterLab marks it on the body. */
import type { Theme } from "../../../plots/theme.js";

const mark = "data-jp-theme-light";

/** Pages that mark nothing are light. */
export function pageTheme(): Theme {
  return document.body.getAttribute(mark) === "false" ? "dark" : "light";
}

/** Calls back after every change; returns how to stop that. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributeFilter: [mark] });
  return () => {
    observer.disconnect();
  };
}
