/** Text as the content of an element or the value of a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Code as the content of a script element: nothing in it may end the element. */
export function escapeScript(code: string): string {
  return code.replace(/<(?=\/script|!--)/gi, "\\x3C");
}

/** A JSON value as the content of a script element of a data type. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
