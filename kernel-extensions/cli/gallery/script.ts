import { themeScript } from "../../plots/theme.js";

/**
 * Runs in the gallery: draws the figures, redraws them when the theme changes, filters the cards. A figure on a
 * sheet of fixed width is scaled down to three quarters at most; what is wider then scrolls in its own box.
 */
export const galleryScript = `
(() => {
${themeScript}  const root = document.documentElement;
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => root.dataset.theme || (systemDark.matches ? "dark" : "light");
  const least = 0.72, narrowest = 720;

  const plots = [...document.querySelectorAll(".plot")].map((box) => {
    const figure = JSON.parse(box.querySelector("script").textContent);
    const sheet = document.createElement("div");
    const target = document.createElement("div");
    sheet.className = "sheet";
    target.className = "target";
    sheet.append(target);
    box.append(sheet);
    return { box, sheet, target, figure, shown: "" };
  });
  const draw = (plot, name) => {
    const { box, sheet, target, figure } = plot;
    const room = box.clientWidth;
    if (room === 0) return;
    const fixed = figure.layout.width;
    const width = fixed || Math.max(narrowest, room);
    const height = figure.layout.height;
    const scale = Math.min(1, Math.max(least, room / width));
    sheet.style.width = Math.floor(width * scale) + "px";
    sheet.style.height = Math.ceil(height * scale) + "px";
    target.style.width = width + "px";
    target.style.height = height + "px";
    target.style.transform = scale < 1 ? "scale(" + scale + ")" : "";
    const state = name + " " + width;
    if (plot.shown === state) return;
    plot.shown = state;
    const layout = { ...themedLayout(figure, name), width, height };
    const config = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: fixed ? false : "reset" };
    Plotly.react(target, figure.data, layout, config);
  };
  /* What is on the screen first, and one after the other, so that the page answers in between. */
  let drawing = 0;
  const drawAll = async () => {
    const own = ++drawing;
    root.dataset.drawn = "false";
    const distance = ({ box }) => Math.abs(box.getBoundingClientRect().top + box.clientHeight / 2 - innerHeight / 2);
    for (const plot of [...plots].sort((a, b) => distance(a) - distance(b))) {
      try {
        draw(plot, theme());
      } catch (error) {
        plot.box.append("This figure could not be drawn: " + error.message);
      }
      await new Promise((resolve) => setTimeout(resolve));
      if (own !== drawing) return;
    }
    root.dataset.drawn = "true";
  };
  const printing = (name) => { for (const plot of plots) draw(plot, name); };
  const watcher = new ResizeObserver(() => { drawAll(); });
  for (const { box } of plots) watcher.observe(box);

  const remember = (value) => { try { value ? localStorage.setItem("theme", value) : localStorage.removeItem("theme"); } catch {} };
  const buttons = [...document.querySelectorAll("[data-set-theme]")];
  const setTheme = (value) => {
    if (value) root.dataset.theme = value; else delete root.dataset.theme;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.setTheme === value));
    drawAll();
  };
  for (const button of buttons) {
    button.addEventListener("click", () => { remember(button.dataset.setTheme); setTheme(button.dataset.setTheme); });
  }
  let saved = "";
  try { saved = localStorage.getItem("theme") || ""; } catch {}
  setTheme(saved === "light" || saved === "dark" ? saved : "");
  systemDark.addEventListener("change", () => { drawAll(); });
  addEventListener("beforeprint", () => { printing("light"); });
  addEventListener("afterprint", () => { drawAll(); });

  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const cards = [...document.querySelectorAll("article")].map((card) => ({
    card,
    entry: document.querySelector('nav a[href="#' + card.id + '"]').parentElement,
    text: card.textContent.toLowerCase(),
  }));
  let kind = "all";
  const filter = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const { card, entry, text } of cards) {
      const fits = (kind === "all" || card.dataset.kind === kind) && words.every((word) => text.includes(word));
      card.hidden = entry.hidden = !fits;
      if (fits) shown++;
    }
    count.textContent = shown === cards.length ? cards.length + " shown" : shown + " of " + cards.length + " shown";
  };
  search.addEventListener("input", filter);
  const filters = [...document.querySelectorAll("[data-filter]")];
  for (const button of filters) {
    button.addEventListener("click", () => {
      kind = button.dataset.filter;
      for (const other of filters) other.setAttribute("aria-pressed", String(other === button));
      filter();
    });
  }
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(input|textarea|select)$/i.test(document.activeElement.tagName)) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && document.activeElement === search && search.value !== "") {
      search.value = "";
      filter();
    }
  });
  filter();
})();
`;
