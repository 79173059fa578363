const KEPT_COUNT = 40;

/** Pictures that were sent from here, by their file's id: shown from this computer, without a blank while they come back. @type {Map<string, string>} */
const previews = new Map();

/** @param {string} fileId */
export const previewOf = (fileId) => previews.get(fileId);

/** @param {string} fileId @param {File} file */
export function keepPreview(fileId, file) {
  previews.set(fileId, URL.createObjectURL(file));
  for (const [oldest, url] of previews) {
    if (previews.size <= KEPT_COUNT) break;
    URL.revokeObjectURL(url);
    previews.delete(oldest);
  }
}
