/** What a kernel's process prints outside of any cell, for the server's log. */

const maxLinesPerSecond = 50;
const maxCharacters = 1000;

/** Makes lines of pieces of text, and hands on so many in a second. Long ones are cut. */
export function printedLines(log: (line: string) => void): (text: string) => void {
  let rest = "";
  let second = 0;
  let count = 0;
  const hand = (line: string): void => {
    if (line.trim() === "") return;
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) [second, count] = [now, 0];
    if (++count > maxLinesPerSecond) return;
    log(line.slice(0, maxCharacters));
    if (count === maxLinesPerSecond) log("(what else it prints in this second is left out)");
  };
  return (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? "";
    if (rest.length > maxCharacters) {
      lines.push(rest); // Its end is not waited for.
      rest = "";
    }
    for (const line of lines) hand(line);
  };
}
