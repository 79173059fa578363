import {sheet, TOKENS} from "/static/tokens.js";
import {App} from "./app.js";

document.adoptedStyleSheets.push(sheet(TOKENS));
new App(document.body).start();
