/** A worker that only keeps time: a page in the background is throttled to one timer a minute, and its agent would seem to be gone. */
setInterval(() => postMessage(null), 10_000);
