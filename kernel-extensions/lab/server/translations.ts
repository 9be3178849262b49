/** `/lab/api/translations`: English, which the front end has in itself. */
import type { LabPart } from "./context.js";

const english = { en: { displayName: "English", nativeName: "English" } };

export const translationsRoutes: LabPart = (app) => {
  app.get("/lab/api/translations", () => ({ data: english, message: "" }));
  app.get<{ Params: { "*": string } }>("/lab/api/translations/*", (request) => {
    const locale = request.params["*"];
    if (locale === "") return { data: english, message: "" };
    const known = locale === "default" || /^en([_-]|$)/.test(locale);
    return { data: {}, message: known ? "" : `No translation into '${locale.slice(0, 40)}' is installed` };
  });
};
