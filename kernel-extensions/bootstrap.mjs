// What `npm start`, `npm test`, `npm run bench` and `npm run build` call on a fresh clone, where nothing
// is installed yet: Node's own modules only. This first file keeps to syntax that old versions of Node
// can read, so that they reach the message below instead of a syntax error.
var wanted = [20, 19];
var have = process.versions.node.split(".").map(Number);
if (have[0] < wanted[0] || (have[0] === wanted[0] && have[1] < wanted[1])) {
  console.error(
    "This needs Node.js " +
      wanted.join(".") +
      " or newer, and " +
      process.version +
      " is running: install a current one from https://nodejs.org and try again.",
  );
  process.exit(1);
}

import("./bootstrap/main.mjs").then(function (bootstrap) {
  return bootstrap.main(process.argv.slice(2));
});
