/** What stands for each kind of thing that can be sent, in its button and in the chat. */
export const SIGNS = {
  image: "M4 6h16v12H4zM4 15l4-4 4 4 3-3 5 5M9 9.5h.01",
  voice: "M12 4v9M9 8v4a3 3 0 0 0 6 0V8M6.5 12a5.5 5.5 0 0 0 11 0M12 17.5V20",
  video: "M4 7h11v10H4zM15 11l5-3v8l-5-3",
  location: "M12 21c4-5 6-8 6-11a6 6 0 1 0-12 0c0 3 2 6 6 11zM12 10h.01",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16",
};
