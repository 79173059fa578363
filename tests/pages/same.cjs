// Prints the name of every pair of scripts that do not say the same: node same.cjs TYPESCRIPT WRITTEN_FOLDER SENT_FOLDER
const fs = require("fs");
const [, , typescript, written, sent] = process.argv;
const ts = require(typescript);

/** What a script says, however it is laid out; the names of private members and the spaces of style sheets left aside. */
function said(path) {
  const tree = ts.createSourceFile(path, fs.readFileSync(path, "utf8"), ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS);
  if (tree.parseDiagnostics.length) throw new Error(`${path}: ${JSON.stringify(tree.parseDiagnostics[0].messageText)}`);
  const tokens = [];
  const visit = (node) => {
    if (ts.isPrivateIdentifier(node)) tokens.push("#");
    else if (!node.getChildCount(tree)) tokens.push(/^[`}]/.test(node.getText(tree)) ? node.getText(tree).replace(/[\s;]/g, "") : node.getText(tree));
    else tokens.push(`<${node.kind}>`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return tokens.join("\u0001");
}

for (const name of fs.readdirSync(written)) {
  const [one, other] = [said(`${written}/${name}`), said(`${sent}/${name}`)];
  if (one === other) continue;
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  console.log(`${name}: ${JSON.stringify(one.slice(at - 80, at + 80))} ${JSON.stringify(other.slice(at - 80, at + 80))}`);
  process.exitCode = 1;
}
