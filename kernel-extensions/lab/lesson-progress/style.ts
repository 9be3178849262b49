/** The item's looks, in the colours of the page's theme. */
export const css = `
.arl-progress { display: flex; align-items: center; }
.arl-progress[hidden] { display: none; }
.arl-progress button {
  border: none; background: none; color: var(--jp-ui-font-color1); cursor: pointer;
  font: inherit; font-size: var(--jp-ui-font-size1); border-radius: var(--jp-border-radius, 2px);
}
.arl-progress button:hover { background: var(--jp-layout-color2); }
.arl-progress button:focus-visible { outline: 2px solid var(--jp-brand-color1); outline-offset: -2px; }
.arl-progress .arl-progress-button { padding: 2px 8px; line-height: 1.2; min-width: 9.5em; white-space: nowrap; }
.arl-progress-text { display: block; text-align: center; font-variant-numeric: tabular-nums; }
.arl-progress-bar {
  display: block; height: 3px; margin-top: 1px; border-radius: 2px; background: linear-gradient(
    to right, var(--jp-success-color1, #2e9e4f) calc(100% * var(--arl-share, 0)), rgba(128, 128, 128, 0.35) 0
  );
}
.arl-progress-news { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.arl-progress-panel { display: none; }
.arl-progress-panel:popover-open {
  display: block; position: fixed; inset: auto; margin: 0; box-sizing: border-box; overflow: auto; padding: 8px;
  color: var(--jp-ui-font-color1); background: var(--jp-layout-color1);
  font-family: var(--jp-ui-font-family); font-size: var(--jp-ui-font-size1); line-height: 1.4;
  border: 1px solid var(--jp-border-color1); border-radius: 4px; box-shadow: 0 4px 16px rgba(0, 0, 0, 0.3);
}
.arl-progress-panel > strong { display: block; padding: 2px 8px 6px; }
.arl-progress-panel > ol { list-style: none; margin: 0; padding: 0; }
.arl-progress-panel li > button {
  display: grid; grid-template-columns: 1.2em 1fr auto 4.2em; gap: 0 8px; align-items: baseline;
  width: 100%; padding: 5px 8px; text-align: left;
}
.arl-sign { font-weight: 700; text-align: center; }
.arl-state { color: var(--jp-ui-font-color2); }
.arl-points { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.arl-progress-panel [data-state="passed"] .arl-sign { color: var(--jp-success-color1, #2e9e4f); }
.arl-progress-panel [data-state="partly"] .arl-sign { color: var(--jp-warn-color1, #e69138); }
.arl-progress-panel :is([data-state="failed"], [data-state="error"]) .arl-sign { color: var(--jp-error-color1, #d64545); }
`;
