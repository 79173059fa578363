/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {DRAWINGS} from "../talk/drawings.js";

const MAY = ["ask", "channel", "general"];

/** What it means that nothing proves a sender, and what can be done all the same. @param {Say} text */
export const doubt = (text) => [h("p", {class: "doubt-lead"}, icon(DRAWINGS.warn), h("span", {}, text("doubt.say"))), h("ul", {class: "doubt-may"}, ...MAY.map((what) => h("li", {}, text(`doubt.${what}`))))];

/** The same of a number that somebody calls from: whoever knows how can call from any. @param {Say} text */
export const doubtfulCaller = (text) => [h("p", {class: "doubt-lead"}, icon(DRAWINGS.warn), h("span", {}, text("call.unproven_say"))), h("ul", {class: "doubt-may"}, ...["call.doubt.ask", "call.doubt.back", "doubt.general"].map((key) => h("li", {}, text(key))))];
